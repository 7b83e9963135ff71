/// What a run intends: every stage once, in an order in which each comes after what it needs.
package struct Plan: Sendable, Hashable {
  /// In topological order; the file's order where that leaves a choice.
  package let stages: [Stage]
  /// For each stage, those that must have succeeded first: named, or making what it reads.
  package let needs: [StageID: [StageID]]
  /// For each stage, those whose outputs it reads: what its key depends on.
  package let producers: [StageID: [StageID]]
  private let positions: [StageID: Int]
  /// For each stage, the positions of those that read its outputs.
  private let readers: [StageID: [Int]]
  /// For each stage, the gates that take it as evidence.
  private let gates: [StageID: [StageID]]

  /// Throws every problem of the graph at once: two producers, overlapping outputs, inputs nobody makes, unknown
  /// needs, cycles. `exists` says whether a path stands in the project, or whether a pattern matches anything there.
  package init(_ stages: [Stage], exists: (String) -> Bool) throws(Failure) {
    var problems: [Diagnostic] = []
    let makers = Makers(stages, &problems)
    var needs: [StageID: [StageID]] = [:]
    var producers: [StageID: [StageID]] = [:]
    let known = Set(stages.map(\.id))
    for stage in stages {
      var from: [StageID] = []
      var seen: Set<StageID> = [stage.id]
      for input in stage.inputs where input.placed == nil {
        let found = makers.producers(of: input)
        if found.contains(stage.id) {
          problems.append(
            Diagnostic(
              "plan.reads-own-output", "`\(stage.id)` reads `\(input.written)`, which it makes itself",
              at: input.location ?? stage.location, remedy: "take it out of `inputs`, or give the output another path"))
        }
        if found.isEmpty, !exists(input.path) { problems.append(Plan.missing(input, of: stage, makers)) }
        for id in found where seen.insert(id).inserted { from.append(id) }
      }
      producers[stage.id] = from
      var all = from
      for id in stage.needs + Plan.judged(by: stage.work) where seen.insert(id).inserted || id == stage.id {
        if known.contains(id) {
          all.append(id)
        } else {
          problems.append(
            Diagnostic(
              "plan.unknown-need", "`\(stage.id)` needs `\(id)`, which is not a stage", at: stage.location,
              remedy: Suggestion.nearest(to: id.name, in: known.map(\.name)).map { "did you mean `\($0)`?" }
                ?? "there are: " + stages.prefix(12).map(\.id.name).joined(separator: ", ")))
        }
      }
      needs[stage.id] = all
    }
    let order = Plan.order(stages, needs, &problems)
    if problems.contains(where: { $0.severity == .error }) { throw Failure(problems) }
    self.init(stages: order, needs: needs, producers: producers)
  }

  private init(stages: [Stage], needs: [StageID: [StageID]], producers: [StageID: [StageID]]) {
    self.stages = stages
    self.needs = needs
    self.producers = producers
    positions = Dictionary(stages.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    var readers: [StageID: [Int]] = [:]
    var gates: [StageID: [StageID]] = [:]
    for (position, stage) in stages.enumerated() {
      for id in producers[stage.id] ?? [] { readers[id, default: []].append(position) }
      guard case .judge(let gate) = stage.work else { continue }
      for id in Set(gate.exhibits.flatMap { $0.candidate + $0.baseline }) { gates[id, default: []].append(stage.id) }
    }
    self.readers = readers
    self.gates = gates
  }

  package subscript(id: StageID) -> Stage? { positions[id].map { stages[$0] } }

  /// Everything that must be settled before a stage may start.
  package func waits(_ stage: Stage) -> [StageID] {
    (needs[stage.id] ?? []) + stage.after.filter { positions[$0] != nil }
  }

  /// Where a stage stands in `stages`.
  package func position(of id: StageID) -> Int? { positions[id] }

  /// The stages that read a stage's outputs.
  package func consumers(of id: StageID) -> [Stage] { (readers[id] ?? []).map { stages[$0] } }

  /// The gates that take a stage as evidence.
  package func judges(of id: StageID) -> [StageID] { gates[id] ?? [] }

  /// The stages that a stage needs and what those need, the nearest first.
  package func upstream(of id: StageID) -> [StageID] {
    var found: [StageID] = []
    var seen: Set<StageID> = [id]
    var next = needs[id] ?? []
    while !next.isEmpty {
      next = next.filter { seen.insert($0).inserted }
      found += next
      next = next.flatMap { needs[$0] ?? [] }
    }
    return found
  }

  /// The plan of the named stages and everything they need; a base name means all its instances.
  package func limited(to names: [String]) throws(Failure) -> Plan {
    var wanted: Set<StageID> = []
    var queue: [StageID] = []
    for name in names {
      let found = stages.filter { $0.id.name == name || ($0.base == name && $0.subject == .candidate) }
      if found.isEmpty {
        let choices = Set(stages.filter { $0.subject == .candidate }.flatMap { [$0.base, $0.id.name] })
        throw Failure(
          Diagnostic(
            "plan.unknown-stage", "`\(name)` is not a stage",
            remedy: Suggestion.nearest(to: name, in: choices.sorted()).map { "did you mean `\($0)`?" }
              ?? "there are: " + Array(Set(stages.map(\.base))).sorted().joined(separator: ", ")))
      }
      queue += found.map(\.id)
    }
    while let id = queue.popLast() {
      guard wanted.insert(id).inserted else { continue }
      queue += needs[id] ?? []
      queue += self[id]?.after ?? []
    }
    return Plan(
      stages: stages.filter { wanted.contains($0.id) }, needs: needs.filter { wanted.contains($0.key) },
      producers: producers.filter { wanted.contains($0.key) })
  }

  private static func judged(by work: Work) -> [StageID] {
    switch work {
    case .job: []
    case .judge(let gate): gate.exhibits.flatMap { $0.candidate + $0.baseline }
    case .publish(let publication): publication.gates
    }
  }

  private static func missing(_ input: Input, of stage: Stage, _ makers: Makers) -> Diagnostic {
    let near = Suggestion.nearest(to: input.path, in: makers.paths)
    return Diagnostic(
      input.isGlob ? "plan.empty-glob" : "plan.missing-input",
      input.isGlob
        ? "`\(input.written)` matches no file and no stage's output"
        : "`\(input.written)` does not exist and no stage makes it",
      at: input.location ?? stage.location,
      remedy: near.map { "did you mean `\($0)`?" } ?? "add it, or declare it under `outputs` of the stage that makes it"
    )
  }

  /// Kahn's order with the file's order as the tie-break; a cycle is reported with its path.
  private static func order(
    _ stages: [Stage], _ needs: [StageID: [StageID]], _ problems: inout [Diagnostic]
  ) -> [Stage] {
    let index = Dictionary(stages.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    var waiting = [Int](repeating: 0, count: stages.count)
    var dependents = [[Int]](repeating: [], count: stages.count)
    for (position, stage) in stages.enumerated() {
      for id in (needs[stage.id] ?? []) + stage.after {
        guard let from = index[id], from != position else { continue }
        waiting[position] += 1
        dependents[from].append(position)
      }
    }
    var ready = Heap()
    for position in stages.indices where waiting[position] == 0 { ready.push(position) }
    var order: [Stage] = []
    order.reserveCapacity(stages.count)
    while let position = ready.pop() {
      order.append(stages[position])
      for next in dependents[position] {
        waiting[next] -= 1
        if waiting[next] == 0 { ready.push(next) }
      }
    }
    if order.count < stages.count {
      let stuck = Set(stages.indices.filter { waiting[$0] > 0 }.map { stages[$0].id })
      problems.append(cycle(among: stuck, stages, needs))
    }
    return order
  }

  private static func cycle(
    among stuck: Set<StageID>, _ stages: [Stage], _ needs: [StageID: [StageID]]
  ) -> Diagnostic {
    let waits = Dictionary(
      stages.lazy.filter { stuck.contains($0.id) }.map { ($0.id, (needs[$0.id] ?? []) + $0.after) },
      uniquingKeysWith: { first, _ in first })
    var path: [StageID] = []
    var seen: Set<StageID> = []
    var next = stages.first { stuck.contains($0.id) }?.id
    while let id = next, seen.insert(id).inserted {
      path.append(id)
      next = waits[id]?.first { stuck.contains($0) }
    }
    if let next, let start = path.firstIndex(of: next) { path = Array(path[start...]) + [next] }
    return Diagnostic(
      "plan.cycle", "the stages wait for each other: " + path.reversed().map { "`\($0)`" }.joined(separator: " → "),
      at: stages.first { $0.id == path.first }?.location, remedy: "break the circle: one of them must not need the next"
    )
  }
}
