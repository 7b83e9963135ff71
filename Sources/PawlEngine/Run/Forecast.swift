package import PawlCore
import PawlSystem

/// What a run would do, told before anything runs.
package struct Forecast: Sendable {
  package var answers: [StageID: Recall] = [:]
  /// Of answers that a baseline's record gave: its name.
  package var recordedBy: [StageID: String] = [:]
  /// Stages whose `when` cannot be answered yet, with what it waits for.
  package var open: [StageID: [StageID]] = [:]
  /// Recorded stages whose outputs cannot be had although a stage that runs needs them: they run, for that stage.
  package var needed: [StageID: StageID] = [:]
  /// Stages that will not run, as far as it can be told: their `when` does not hold, or they need such a stage.
  package var skips: [StageID: SkipReason] = [:]
  /// Problems that only the files show: a pattern that matches nothing, an input that is gone.
  package var problems: [Diagnostic] = []

  /// Asks the memory about each stage in the plan's order, upstream results first.
  package static func make(
    _ plan: Plan, _ memory: StageMemory, options: RunOptions
  ) async -> Forecast {
    var forecast = Forecast()
    var known: [StageID: [Made]] = [:]
    // Stages of which it cannot be told whether they run at all.
    var unsure: Set<StageID> = []
    for stage in plan.stages {
      if let offered = options.offered, let shortage = Schedule.shortage(stage, offered: offered) {
        forecast.problems.append(shortage)
      }
      guard stage.subject == .candidate else { continue }
      let isOpen = !forecast.foresees(stage, plan, memory)
      if forecast.skips[stage.id] != nil { continue }
      if isOpen {
        let asked = stage.condition?.operands.flatMap { $0.stages(for: stage, in: plan) } ?? []
        forecast.open[stage.id] = asked.filter { id in
          if case .inPlace = forecast.answers[id] { false } else { true }
        }
      }
      guard case .job = stage.work else { continue }
      if let awaited = forecast.open[stage.id] {
        unsure.insert(stage.id)
        forecast.answers[stage.id] = .undetermined(awaiting: awaited)
        continue
      }
      // Whether what it needs runs at all is open, and with that whether it does.
      let doubtful = stage.isFinal ? [] : (plan.needs[stage.id] ?? []).filter { unsure.contains($0) }
      if !doubtful.isEmpty {
        unsure.insert(stage.id)
        forecast.answers[stage.id] = .undetermined(awaiting: doubtful)
        continue
      }
      if options.force.covers(stage.base, stage.id.name) {
        forecast.answers[stage.id] = .absent([.forced])
        continue
      }
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
      let upstream = Forecast.byPath(producers.flatMap { known[$0] ?? [] })
      do {
        let answer = try await memory.recall(stage, upstream: upstream)
        forecast.answers[stage.id] = answer.recall
        forecast.recordedBy[stage.id] = answer.baseline
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

  /// Notes that a stage is skipped where that can be told; false when its `when` cannot be answered yet.
  private mutating func foresees(_ stage: Stage, _ plan: Plan, _ memory: StageMemory) -> Bool {
    var isJudge = false
    if case .judge = stage.work { isJudge = true }
    if !isJudge, !stage.isFinal, let lost = plan.needs[stage.id]?.first(where: { skips[$0] != nil }) {
      skips[stage.id] = .needs(lost)
      return true
    }
    guard let condition = stage.condition else { return true }
    var reading = NumberReading(plan: plan, stage: stage) { [answers] id in
      guard let source = plan[id], case .inPlace = answers[id] else { return nil }
      let evaluation = source.evaluation ?? Evaluation(exhibit: source.base, metricFiles: source.metricFiles)
      return EvidenceReader(memory.workspace).replicate(id.name, evaluation) { path throws(Failure) in
        try memory.workspace.disk.read(path)
      }
    }
    let answer = condition.answer { ids in
      let words = ids.compactMap { id -> OutcomeWord? in
        skips[id] != nil ? .skipped : answers[id]?.kept == nil ? nil : .reused
      }
      return words.count == ids.count ? words.max() : nil
    } metric: { name, ids in
      reading.number(name, ids)
    }
    switch answer {
    case .holds: return true
    case .fails(let why):
      skips[stage.id] = .condition(why)
      return true
    case .open: return false
    }
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
    // A condition reads the metric files of the stages that it asks for.
    var askers: [StageID: StageID] = [:]
    for stage in plan.stages where skips[stage.id] == nil {
      for case .metric(_, let ids, _) in stage.condition?.operands ?? [] {
        for id in NumberReading.sources(ids, for: stage, in: plan) where plan[id]?.evaluation == nil {
          askers[id] = stage.id
        }
      }
    }
    for stage in plan.stages.reversed() {
      guard case .recorded(let kept) = answers[stage.id] else { continue }
      if stage.evaluation != nil, !memory.holdsEvidence(of: kept.key) {
        needed[stage.id] = plan.judges(of: stage.id).first ?? stage.id
        continue
      }
      let reader = plan.consumers(of: stage.id).first { consumer in
        guard case .job = consumer.work, consumer.subject == .candidate, skips[consumer.id] == nil else { return false }
        return needed[consumer.id] != nil || answers[consumer.id]?.mayRun ?? true
      }
      if let reader = reader?.id ?? askers[stage.id] { needed[stage.id] = reader }
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
