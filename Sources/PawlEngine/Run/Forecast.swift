package import PawlCore

/// What a run would do, told before anything runs.
package struct Forecast: Sendable {
  package var answers: [StageID: Recall] = [:]
  /// Recorded stages whose outputs cannot be had although a stage that runs needs them: they run, for that stage.
  package var needed: [StageID: StageID] = [:]
  /// Problems that only the files show: a pattern that matches nothing, an input that is gone.
  package var problems: [Diagnostic] = []

  /// Asks the memory about each stage in the plan's order, upstream results first.
  package static func make(
    _ plan: Plan, _ memory: StageMemory, options: RunOptions
  ) async -> Forecast {
    var forecast = Forecast()
    var known: [StageID: [Made]] = [:]
    for stage in plan.stages {
      guard case .job = stage.work, stage.subject == .candidate else { continue }
      let producers = plan.producers[stage.id] ?? []
      let open = producers.filter { known[$0] == nil }
      if !open.isEmpty {
        forecast.answers[stage.id] = .undetermined(awaiting: open)
        continue
      }
      let hidden = producers.filter { forecast.hides($0, from: stage, memory) }
      if !hidden.isEmpty {
        forecast.answers[stage.id] = .undetermined(awaiting: hidden)
        continue
      }
      if options.force.covers(stage.base, stage.id.name) {
        forecast.answers[stage.id] = .absent([.forced])
        continue
      }
      let upstream = Forecast.byPath(producers.flatMap { known[$0] ?? [] })
      do {
        let answer = try await memory.recall(stage, upstream: upstream)
        forecast.answers[stage.id] = answer.recall
        if let kept = answer.recall.kept { known[stage.id] = kept.outputs }
      } catch {
        // Input inside a folder that is recorded but absent: known only once that is here.
        let absent = producers.filter { forecast.answers[$0]?.isElsewhere ?? false }
        if absent.isEmpty {
          forecast.problems += error.diagnostics
          forecast.answers[stage.id] = .absent([.firstTime])
        } else {
          forecast.answers[stage.id] = .undetermined(awaiting: absent)
        }
      }
    }
    forecast.findNeeded(plan, memory)
    return forecast
  }

  /// Whether a stage reads a part of what a producer made, or a folder around it, while that is not here: the disk may
  /// then hold another experiment's files, so nothing is said before the producer's own are back.
  private func hides(_ producer: StageID, from stage: Stage, _ memory: StageMemory) -> Bool {
    guard let answer = answers[producer], answer.isElsewhere, let kept = answer.kept else { return false }
    let missing = kept.outputs.filter { !memory.workspace.holds([$0]) }
    return stage.inputs.contains { input in
      let start = input.isGlob ? Glob.fixedPrefix(of: input.path) : input.path
      return missing.contains { output in
        if !input.isGlob, output.path == input.path { return false }
        return start.isEmpty || Paths.overlap(start, output.path)
      }
    }
  }

  /// Whether the plan has only jobs, and each is done with its outputs where they belong.
  package func isAllInPlace(_ plan: Plan) -> Bool {
    plan.stages.allSatisfy { stage in
      guard case .job = stage.work, case .inPlace = answers[stage.id] else { return false }
      return true
    }
  }

  static func byPath(_ outputs: [Made]) -> [String: Made] {
    Dictionary(outputs.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private mutating func findNeeded(_ plan: Plan, _ memory: StageMemory) {
    for stage in plan.stages.reversed() {
      guard case .recorded(let kept) = answers[stage.id] else { continue }
      if stage.evaluation != nil, !memory.holdsEvidence(of: kept.key) {
        needed[stage.id] = plan.judges(of: stage.id).first ?? stage.id
        continue
      }
      let reader = plan.consumers(of: stage.id).first { consumer in
        guard case .job = consumer.work, consumer.subject == .candidate else { return false }
        return needed[consumer.id] != nil || answers[consumer.id]?.mayRun ?? true
      }
      if let reader { needed[stage.id] = reader.id }
    }
  }
}

extension Recall {
  /// The earlier result, where there is one.
  package var kept: Kept? {
    switch self {
    case .inPlace(let kept), .stored(let kept), .recorded(let kept): kept
    case .absent, .undetermined: nil
    }
  }

  var mayRun: Bool {
    switch self {
    case .absent, .undetermined: true
    case .inPlace, .stored, .recorded: false
    }
  }

  var isElsewhere: Bool {
    switch self {
    case .stored, .recorded: true
    case .inPlace, .absent, .undetermined: false
    }
  }
}
