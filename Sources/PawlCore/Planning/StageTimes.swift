/// How long the stages of a plan may take: as the last time, else as others of the same name, since another seed takes
/// as long.
package struct StageTimes: Sendable {
  private var known: [StageID: Double] = [:]
  private var siblings: [String: (sum: Double, count: Double)] = [:]

  /// - Parameters:
  ///   - durations: wall seconds of earlier runs.
  ///   - idle: stages that take no time, because they are in place or will not run.
  package init(_ plan: Plan, durations: [StageID: Double], idle: (Stage) -> Bool) {
    for stage in plan.stages {
      let seconds = durations[stage.id]
      if let seconds { add(stage.base, seconds) }
      switch stage.work {
      case .judge, .publish: known[stage.id] = 0
      case .job: known[stage.id] = idle(stage) ? 0 : seconds
      }
    }
  }

  /// Learns what a stage of a name took.
  package mutating func add(_ base: String, _ seconds: Double) {
    let old = siblings[base] ?? (0, 0)
    siblings[base] = (old.sum + seconds, old.count + 1)
  }

  /// Wall seconds; nil where nobody knows.
  package func seconds(_ stage: Stage) -> Double? {
    if let seconds = known[stage.id] { return seconds }
    // A baseline half that never ran has mostly nothing to score again.
    if stage.subject == .baseline { return 0 }
    return siblings[stage.base].map { $0.sum / $0.count }
  }

  /// Wall seconds from the first start to the last end of a whole run; nil while the time of a stage is not known.
  package func span(_ plan: Plan, capacity: Schedule.Capacity) -> Double? {
    var durations: [StageID: Double] = [:]
    for stage in plan.stages {
      guard let seconds = seconds(stage) else { return nil }
      durations[stage.id] = seconds
    }
    return Schedule.span(plan, capacity: capacity, durations: durations)
  }
}
