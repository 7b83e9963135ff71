/// Which stage may start next: owns slots, cpus, memory, GPUs, named counts and locks; has no clock and runs nothing.
///
/// The longest remaining path goes first; what does not fit is passed over, but not for ever. Each call's time grows
/// with what it starts, not with what waits.
package struct Schedule: Sendable {
  /// What the machine offers.
  package struct Capacity: Sendable, Hashable {
    package var slots: Int
    package var cpus: Double
    /// Bytes.
    package var memory: Int
    package var gpus: Int
    /// By name, what the caller says that there is.
    package var counts: [String: Int]

    package init(slots: Int, cpus: Double, memory: Int, gpus: Int = 0, counts: [String: Int] = [:]) {
      self.slots = max(1, slots)
      self.cpus = cpus
      self.memory = memory
      self.gpus = gpus
      self.counts = counts
    }
  }

  private enum State { case waiting, ready, running, settled }

  private let plan: Plan
  private var free: Pool
  private var states: [State]
  private var outcomes: [StageOutcome?]
  /// How many stages each still waits for.
  private var waiting: [Int]
  private var dependents: [[Int]]
  /// Each stage's place when all are sorted by the length of the path behind them; 0 is the longest.
  private let ranks: [Int]
  /// The stage of each rank.
  private let byRank: [Int]
  /// Stages that ask for the same of the machine wait in one queue: when its first does not fit, none does.
  private let queueOf: [Int]
  private var queues: [Heap]
  /// The first of each queue, by rank; a queue's first is always here, others may be left over.
  private var fronts = Heap()
  /// Gates and promotions, which ask for nothing.
  private var freeOfCharge = Heap()
  private var gpusOf: [StageID: [Int]] = [:]
  private var settled = 0
  private var running = 0
  private var isClosed = false
  /// How often a stage was passed over by one with less behind it.
  private var overtaken: [Int: Int] = [:]
  /// A stage that was passed over for too long: nobody takes what it waits for.
  private var reserved: Int?
  private let patience: Int
  /// How many stages were looked at so far, for tests of what a decision costs.
  package private(set) var looks = 0

  /// How many stages that do not fit are looked past while others run.
  private static let horizon = 64

  /// `durations` are wall seconds from history; unknown ones count as one second.
  package init(_ plan: Plan, capacity: Capacity, durations: [StageID: Double] = [:]) {
    self.plan = plan
    free = Pool(capacity)
    patience = 2 * min(capacity.slots, 1_000)
    let count = plan.stages.count
    states = [State](repeating: .waiting, count: count)
    outcomes = [StageOutcome?](repeating: nil, count: count)
    var waiting = [Int](repeating: 0, count: count)
    var dependents = [[Int]](repeating: [], count: count)
    for (index, stage) in plan.stages.enumerated() {
      let before = Set(plan.waits(stage).compactMap { plan.position(of: $0) }).subtracting([index])
      waiting[index] = before.count
      for other in before { dependents[other].append(index) }
    }
    // One order for all time: a set's own differs from run to run.
    for index in dependents.indices { dependents[index].sort() }
    self.waiting = waiting
    self.dependents = dependents
    byRank = Schedule.longestFirst(plan, dependents, durations)
    var ranks = [Int](repeating: 0, count: count)
    for (rank, index) in byRank.enumerated() { ranks[index] = rank }
    self.ranks = ranks
    var numbers: [Resources: Int] = [:]
    queueOf = plan.stages.map { stage in
      var wants = stage.resources
      wants.locks.sort()
      let number = numbers[wants, default: numbers.count]
      numbers[wants] = number
      return number
    }
    queues = [Heap](repeating: Heap(), count: numbers.count)
    for index in 0..<count where waiting[index] == 0 { makeReady(index) }
  }

  private static func longestFirst(_ plan: Plan, _ dependents: [[Int]], _ durations: [StageID: Double]) -> [Int] {
    var remaining = [Double](repeating: 0, count: plan.stages.count)
    for index in plan.stages.indices.reversed() {
      let own = durations[plan.stages[index].id] ?? 1
      remaining[index] = (dependents[index].map { remaining[$0] }.max() ?? 0) + (own.isFinite ? max(0, own) : 1)
    }
    return plan.stages.indices.sorted { a, b in
      remaining[a] == remaining[b] ? a < b : remaining[a] > remaining[b]
    }
  }

  /// Whether every stage is settled.
  package var isFinished: Bool { settled == states.count }

  package var isIdle: Bool { running == 0 }

  package func outcome(of id: StageID) -> StageOutcome? { plan.position(of: id).flatMap { outcomes[$0] } }

  /// The indices of the GPUs that a running stage holds, ascending.
  package func gpus(of id: StageID) -> [Int] { gpusOf[id] ?? [] }

  /// Nothing more is started; `settle` still takes what runs.
  package mutating func close() { isClosed = true }

  /// Allows starts again: what remains after a failure are gates and final stages, which do not ask how others ended.
  package mutating func reopen() { isClosed = false }

  /// Stages that are neither settled nor running: what a stop leaves behind.
  package var unstarted: [StageID] {
    states.indices.filter { states[$0] == .waiting || states[$0] == .ready }.map { plan.stages[$0].id }
  }

  // MARK: Starting

  /// The stages that may start now, longest remaining path first; they count as running until settled.
  package mutating func takeReady() -> [Stage] {
    guard !isClosed else { return [] }
    var taken: [Int] = []
    while let rank = freeOfCharge.pop() {
      looks += 1
      if states[byRank[rank]] == .ready { taken.append(start(byRank[rank])) }
    }
    takeJobs(&taken)
    // Nobody runs who could ever give back what the reservation waits for.
    if running == 0, let index = reserved {
      overtaken[index] = Int.min
      reserved = nil
      takeJobs(&taken)
    }
    return taken.sorted { ranks[$0] < ranks[$1] }.map { plan.stages[$0] }
  }

  private mutating func takeJobs(_ taken: inout [Int]) {
    var parked: [Int] = []
    while free.slots > 0, running == 0 || parked.count < Schedule.horizon, let rank = fronts.pop() {
      looks += 1
      let index = byRank[rank]
      let queue = queueOf[index]
      // Left over from a time when it was the first.
      guard queues[queue].first == rank else { continue }
      if states[index] == .ready {
        guard free.fits(plan.stages[index].resources), !isKeptFree(from: index) else {
          parked.append(rank)
          continue
        }
        taken.append(start(index))
        if let first = parked.first { overtake(byRank[first]) }
      }
      _ = queues[queue].pop()
      if let next = queues[queue].first { fronts.push(next) }
    }
    for rank in parked { fronts.push(rank) }
  }

  private mutating func start(_ index: Int) -> Int {
    let stage = plan.stages[index]
    states[index] = .running
    running += 1
    overtaken[index] = nil
    if reserved == index { reserved = nil }
    if Schedule.isJob(stage) {
      let gpus = free.take(stage.resources)
      if !gpus.isEmpty { gpusOf[stage.id] = gpus }
    }
    return index
  }

  private mutating func overtake(_ index: Int) {
    let count = (overtaken[index] ?? 0) &+ 1
    overtaken[index] = count
    if count >= patience, reserved == nil { reserved = index }
  }

  /// Whether a stage would take what another was promised.
  private func isKeptFree(from index: Int) -> Bool {
    guard let reserved, reserved != index else { return false }
    let (own, promised) = (plan.stages[index].resources, plan.stages[reserved].resources)
    return (own.cpus > 0 && promised.cpus > 0) || (own.memory > 0 && promised.memory > 0)
      || (own.gpus > 0 && promised.gpus > 0) || own.counts.contains { $0.value > 0 && promised.counts[$0.key] ?? 0 > 0 }
      || own.locks.contains { promised.locks.contains($0) }
  }

  private mutating func makeReady(_ index: Int) {
    states[index] = .ready
    guard Schedule.isJob(plan.stages[index]) else { return freeOfCharge.push(ranks[index]) }
    let queue = queueOf[index]
    queues[queue].push(ranks[index])
    if queues[queue].first == ranks[index] { fronts.push(ranks[index]) }
  }

  // MARK: Settling

  /// Takes a stage's end; answers with those that can now never run, each with the stage it waited for.
  package mutating func settle(_ id: StageID, _ outcome: StageOutcome) -> [(StageID, SkipReason)] {
    guard let index = plan.position(of: id), states[index] != .settled else { return [] }
    let stage = plan.stages[index]
    if states[index] == .running {
      running -= 1
      if Schedule.isJob(stage) { free.give(stage.resources, gpus: gpusOf.removeValue(forKey: id) ?? []) }
    }
    states[index] = .settled
    outcomes[index] = outcome
    settled += 1
    if reserved == index { reserved = nil }
    var lost: [(StageID, SkipReason)] = []
    for next in dependents[index] {
      looks += 1
      guard states[next] == .waiting else { continue }
      if !outcome.satisfiesNeeds, needs(plan.stages[next], id) {
        lost.append((plan.stages[next].id, .needs(id)))
      } else {
        waiting[next] -= 1
        if waiting[next] == 0 { makeReady(next) }
      }
    }
    return lost
  }

  /// Whether an unsuccessful stage keeps another from running. A gate is judged whatever became of its evidence, so
  /// that missing evidence is a verdict and never a silence; a final stage runs in any case; `after` waits only for an
  /// end.
  private func needs(_ stage: Stage, _ id: StageID) -> Bool {
    if case .judge = stage.work { return false }
    return !stage.isFinal && plan.needs[stage.id]?.contains(id) ?? false
  }

  // MARK: What there is

  private static func isJob(_ stage: Stage) -> Bool {
    guard case .job = stage.work else { return false }
    return true
  }

  /// Why a stage can never fit this machine, nil when it can; of named counts see `shortage`.
  package static func excess(_ stage: Stage, _ capacity: Capacity) -> String? {
    let wants = stage.resources
    if Pool.millionths(wants.cpus) > Pool.millionths(capacity.cpus) {
      return "\(text(wants.cpus)) cpus, the machine has \(text(capacity.cpus))"
    }
    if wants.memory > capacity.memory {
      return "\(wants.memory >> 20) MiB of memory, the machine has \(capacity.memory >> 20) MiB"
    }
    if wants.gpus > capacity.gpus { return "\(wants.gpus) GPUs, the machine has \(capacity.gpus)" }
    return nil
  }

  private static func text(_ cpus: Double) -> String { Decimal(cpus)?.text ?? Number(cpus).text }

  /// Why what the caller offers by name never suffices for a stage, nil when it does.
  package static func shortage(_ stage: Stage, offered: [String: Int]) -> Diagnostic? {
    for (name, count) in stage.resources.counts.sorted(by: { $0.key < $1.key }) where count > offered[name] ?? 0 {
      let near = offered[name] == nil ? Suggestion.nearest(to: name, in: offered.keys.sorted()) : nil
      return Diagnostic(
        "engine.no-resource",
        "`\(stage.id)` asks for \(count) `\(name)`, and "
          + (offered[name].map { "there are \($0)" } ?? "nobody says how many there are"),
        at: stage.location,
        remedy: near.map { "did you mean `\($0)`?" } ?? "say what there is: `--resources \(name)=\(count)`")
    }
    return nil
  }

  /// Wall seconds from the first start to the last end, if every stage takes its known time (unknown: one second).
  package static func span(_ plan: Plan, capacity: Capacity, durations: [StageID: Double] = [:]) -> Double {
    var schedule = Schedule(plan, capacity: capacity, durations: durations)
    var ends: [(time: Double, id: StageID)] = []
    var now = 0.0
    while true {
      for stage in schedule.takeReady() {
        let own = isJob(stage) ? durations[stage.id] ?? 1 : 0
        ends.append((now + (own.isFinite ? max(0, own) : 1), stage.id))
      }
      guard let next = ends.indices.min(by: { ends[$0].time < ends[$1].time }) else { return now }
      now = ends[next].time
      _ = schedule.settle(ends[next].id, .succeeded)
      ends.swapAt(next, ends.count - 1)
      ends.removeLast()
    }
  }
}
