import PawlCore
import PawlGate
import PawlSystem

/// Whether a stage's `when` holds, asked when everything it waits for is settled.
struct StageCondition: Sendable {
  let context: RunContext
  let stage: Stage
  /// Settlements of every stage that the condition asks for.
  let settlements: [StageID: Settlement]

  /// nil for a stage that always runs. Only what the condition asks for is taken from all settlements.
  init?(_ stage: Stage, _ context: RunContext, settlements all: [StageID: Settlement]) {
    guard let condition = stage.condition else { return nil }
    self.context = context
    self.stage = stage
    var settlements: [StageID: Settlement] = [:]
    for operand in condition.operands {
      for id in operand.stages(for: stage, in: context.plan) { settlements[id] = all[id] }
    }
    self.settlements = settlements
  }

  /// The end of a stage that is not to run; nil when it is.
  func end() -> Settlement? {
    guard let condition = stage.condition else { return nil }
    var reading = NumberReading(plan: context.plan, stage: stage) { replicate(of: $0) }
    let answer = condition.answer { ids in
      ids.compactMap { settlements[$0].map { OutcomeWord($0.outcome) } }.max()
    } metric: { name, ids in
      reading.number(name, ids)
    }
    switch answer {
    case .holds: return nil
    case .fails(let why): return Settlement(outcome: .skipped(.condition(why)))
    case .open: break
    }
    if let problem = reading.problem { return Settlement(outcome: .failed(.unusable(problem))) }
    let why = reading.missing ?? "what it asks for did not run"
    return Settlement(outcome: .skipped(.condition("\(condition.text) cannot be told: \(why)")))
  }

  private func replicate(of id: StageID) -> Replicate? {
    guard let source = context.plan[id], let settlement = settlements[id], settlement.outcome.satisfiesNeeds else {
      return nil
    }
    if source.evaluation != nil {
      // A record may hold what the files here do not.
      let gate = Gate(policy: GatePolicy(rules: []), exhibits: [])
      return GateLife(context: context, stage: source, gate: gate, settlements: settlements).replicate(of: id).replicate
    }
    let made = Forecast.byPath(settlement.outputs)
    let evaluation = Evaluation(exhibit: source.base, metricFiles: source.metricFiles)
    return EvidenceReader(context.workspace).replicate(id.name, evaluation) { path throws(Failure) in
      guard let output = made[path], !context.workspace.holds([output]) else { return try context.disk.read(path) }
      return try context.memory.objects.read(output.digest)
    }
  }
}

extension Condition.Operand {
  /// The stages that it asks for.
  func stages(for stage: Stage, in plan: Plan) -> [StageID] {
    switch self {
    case .value: []
    case .outcome(let ids, _): ids
    case .metric(_, let ids, _): NumberReading.sources(ids, for: stage, in: plan)
    }
  }
}

/// Finds the numbers that a condition compares: the mean over the replicates of one stage.
struct NumberReading {
  let plan: Plan
  let stage: Stage
  /// What a stage measured; nil while it has not, or when it did not succeed.
  let replicate: (StageID) -> Replicate?
  /// Why a number of stages that succeeded cannot be had.
  private(set) var problem: Diagnostic?
  /// Why there is no number, where a stage did not succeed.
  private(set) var missing: String?

  init(plan: Plan, stage: Stage, replicate: @escaping (StageID) -> Replicate?) {
    self.plan = plan
    self.stage = stage
    self.replicate = replicate
  }

  static func sources(_ named: [StageID], for stage: Stage, in plan: Plan) -> [StageID] {
    (named.isEmpty ? plan.upstream(of: stage.id) : named).filter { plan[$0]?.hasMetrics ?? false }
  }

  mutating func number(_ name: String, _ named: [StageID]) -> Number? {
    var groups: [(exhibit: String, ids: [StageID])] = []
    for id in NumberReading.sources(named, for: stage, in: plan) {
      guard let source = plan[id] else { continue }
      let exhibit = source.evaluation?.exhibit ?? source.base
      if let index = groups.firstIndex(where: { $0.exhibit == exhibit }) {
        groups[index].ids.append(id)
      } else {
        groups.append((exhibit, [id]))
      }
    }
    var found: [(exhibit: String, value: Number)] = []
    var faults: [Diagnostic] = []
    var unmade: StageID?
    for group in groups {
      var numbers: [Number] = []
      for id in group.ids {
        guard let replicate = replicate(id) else {
          unmade = unmade ?? id
          continue
        }
        if let number = NumberReading.number(name, in: replicate, &faults) { numbers.append(number) }
      }
      if !numbers.isEmpty, numbers.count == group.ids.count { found.append((group.exhibit, mean(numbers))) }
    }
    if found.count == 1 { return found[0].value }
    if found.count > 1 {
      note(
        "`metrics.\(name)` is measured by " + found.map { "`\($0.exhibit)`" }.joined(separator: " and "),
        "write `stages.\(found[0].exhibit).metrics.\(name)`")
    } else if let unmade {
      missing = missing ?? "`\(unmade)` did not measure it"
    } else if let fault = faults.first {
      problem = problem ?? fault
    } else {
      note(
        "no stage measured `\(name)`, which the `when` of `\(stage.id)` asks for",
        "it was looked for in " + groups.map { "`\($0.exhibit)`" }.joined(separator: ", "))
    }
    return nil
  }

  private mutating func note(_ message: String, _ remedy: String) {
    if problem != nil { return }
    problem = Diagnostic("engine.when", message, at: stage.location, remedy: remedy)
  }

  private func mean(_ numbers: [Number]) -> Number {
    numbers.count == 1 ? numbers[0] : Number(numbers.map(\.value).reduce(0, +) / Double(numbers.count))
  }

  private static func number(_ name: String, in replicate: Replicate, _ faults: inout [Diagnostic]) -> Number? {
    if let problem = replicate.problem {
      faults.append(problem)
      return nil
    }
    if let rows = replicate.rows, RowMetrics.canCompute(name, from: rows) {
      let result = RowMetrics.value(of: name, rows: rows)
      if let value = result.value { return Number(value) }
      faults.append(Diagnostic("engine.when", "`\(name)` is not defined: \(result.reason ?? "it cannot be computed")"))
      return nil
    }
    guard let found = replicate.measurements.first(where: { $0.name == name }) else { return nil }
    switch found.content {
    case .number(let number): return number
    case .other(let kind):
      let place = found.file.map { " in `\($0)`" } ?? ""
      faults.append(Diagnostic("engine.when", "`\(name)`\(place) is no number but \(kind)"))
      return nil
    }
  }
}
