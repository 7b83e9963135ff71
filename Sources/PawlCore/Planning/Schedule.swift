/// Which stage may start next: owns slots, cpus, memory, GPUs and locks; has no clock and runs nothing.
package struct Schedule: Sendable {
  /// What the machine offers.
  package struct Capacity: Sendable, Hashable {
    package var slots: Int
    package var cpus: Double
    /// Bytes.
    package var memory: Int
    package var gpus: Int

    package init(slots: Int, cpus: Double, memory: Int, gpus: Int = 0) {
      self.slots = max(1, slots)
      self.cpus = cpus
      self.memory = memory
      self.gpus = gpus
    }
  }

  private let plan: Plan
  private var free: Capacity
  private var heldLocks: Set<String> = []
  private var waiting: [StageID: Int] = [:]
  private var dependents: [StageID: [StageID]] = [:]
  private var outcomes: [StageID: StageOutcome] = [:]
  private var ready: [StageID] = []
  private var running: Set<StageID> = []
  private var isClosed = false
  /// Seconds from a stage's start to the end of the longest chain behind it.
  private var remaining: [StageID: Double] = [:]

  /// `durations` are wall seconds from history; unknown ones count as one second.
  package init(_ plan: Plan, capacity: Capacity, durations: [StageID: Double] = [:]) {
    self.plan = plan
    free = capacity
    for stage in plan.stages {
      let before = Set(plan.waits(stage))
      waiting[stage.id] = before.count
      for id in before { dependents[id, default: []].append(stage.id) }
      if before.isEmpty { ready.append(stage.id) }
    }
    for stage in plan.stages.reversed() {
      let behind = (dependents[stage.id] ?? []).compactMap { remaining[$0] }.max() ?? 0
      remaining[stage.id] = behind + (durations[stage.id] ?? 1)
    }
  }

  /// Whether every stage is settled.
  package var isFinished: Bool { outcomes.count == plan.stages.count }

  package var isIdle: Bool { running.isEmpty }

  package func outcome(of id: StageID) -> StageOutcome? { outcomes[id] }

  /// Nothing more is started; `settle` still takes what runs.
  package mutating func close() { isClosed = true }

  /// Allows starts again: what remains after a failure are gates, which are judged whatever became of their evidence.
  package mutating func reopen() { isClosed = false }

  /// The stages that may start now, longest remaining path first; they count as running until settled.
  package mutating func takeReady() -> [Stage] {
    guard !isClosed else { return [] }
    var taken: [Stage] = []
    let byLength = ready.enumerated().sorted { a, b in
      let (x, y) = (remaining[a.element] ?? 0, remaining[b.element] ?? 0)
      return x == y ? a.offset < b.offset : x > y
    }
    for (_, id) in byLength {
      guard let stage = plan[id], fits(stage) else { continue }
      take(stage)
      running.insert(id)
      taken.append(stage)
    }
    ready.removeAll { running.contains($0) }
    return taken
  }

  /// Takes a stage's end; answers with those that can now never run, each with the stage it waited for.
  package mutating func settle(_ id: StageID, _ outcome: StageOutcome) -> [(StageID, SkipReason)] {
    guard outcomes[id] == nil else { return [] }
    if running.remove(id) != nil, let stage = plan[id] { give(stage) }
    outcomes[id] = outcome
    ready.removeAll { $0 == id }
    var lost: [(StageID, SkipReason)] = []
    for next in dependents[id] ?? [] {
      guard outcomes[next] == nil, let stage = plan[next] else { continue }
      if !outcome.satisfiesNeeds, needs(stage, id) {
        lost.append((next, .needs(id)))
      } else {
        waiting[next, default: 1] -= 1
        if waiting[next] == 0 { ready.append(next) }
      }
    }
    return lost
  }

  /// Stages that are neither settled nor running: what a stop leaves behind.
  package var unstarted: [StageID] {
    plan.stages.map(\.id).filter { outcomes[$0] == nil && !running.contains($0) }
  }

  /// Whether an unsuccessful stage keeps another from running. A gate is judged whatever became of its evidence, so
  /// that missing evidence is a verdict and never a silence; `after` waits only for an end.
  private func needs(_ stage: Stage, _ id: StageID) -> Bool {
    if case .judge = stage.work { return false }
    return plan.needs[stage.id]?.contains(id) ?? false
  }

  /// Why a stage can never fit this machine, nil when it can.
  package static func excess(_ stage: Stage, _ capacity: Capacity) -> String? {
    let wants = stage.resources
    if wants.cpus > capacity.cpus {
      return "\(Number(wants.cpus).text) cpus, the machine has \(Number(capacity.cpus).text)"
    }
    if wants.memory > capacity.memory {
      return "\(wants.memory >> 20) MiB of memory, the machine has \(capacity.memory >> 20) MiB"
    }
    if wants.gpus > capacity.gpus { return "\(wants.gpus) GPUs, the machine has \(capacity.gpus)" }
    return nil
  }

  private func fits(_ stage: Stage) -> Bool {
    guard case .job = stage.work else { return true }
    let wants = stage.resources
    return free.slots > 0 && wants.cpus <= free.cpus && wants.memory <= free.memory && wants.gpus <= free.gpus
      && heldLocks.isDisjoint(with: wants.locks)
  }

  private mutating func take(_ stage: Stage) {
    guard case .job = stage.work else { return }
    free.slots -= 1
    free.cpus -= stage.resources.cpus
    free.memory -= stage.resources.memory
    free.gpus -= stage.resources.gpus
    heldLocks.formUnion(stage.resources.locks)
  }

  private mutating func give(_ stage: Stage) {
    guard case .job = stage.work else { return }
    free.slots += 1
    free.cpus += stage.resources.cpus
    free.memory += stage.resources.memory
    free.gpus += stage.resources.gpus
    heldLocks.subtract(stage.resources.locks)
  }
}
