import PawlCore
import Testing

private func stage(
  _ name: String, needs: [String] = [], _ resources: Resources = Resources(), isFinal: Bool = false
) -> Stage {
  var stage = Stage(
    id: StageID(name), kind: "run", work: .job(Command(lines: ["true"])),
    at: SourceLocation(file: "w.yml", line: 1, column: 1))
  stage.needs = needs.map { StageID($0) }
  stage.resources = resources
  stage.isFinal = isFinal
  return stage
}

private func plan(_ stages: [Stage]) throws -> Plan { try Plan(stages, exists: { _ in false }) }

/// What runs, added up, so that a test can hold it against what there is.
private struct Load {
  var running: [Stage] = []
  var gpus: [StageID: [Int]] = [:]

  func exceeds(_ capacity: Schedule.Capacity) -> Bool {
    let wants = running.map(\.resources)
    var counts: [String: Int] = [:]
    for (name, count) in wants.flatMap(\.counts) { counts[name, default: 0] += count }
    let locks = wants.flatMap(\.locks)
    let handed = running.flatMap { gpus[$0.id] ?? [] }
    return running.count > capacity.slots || wants.map(\.cpus).reduce(0, +) > capacity.cpus + 1e-9
      || wants.map(\.memory).reduce(0, +) > capacity.memory || Set(locks).count < locks.count
      || counts.contains { $0.value > capacity.counts[$0.key] ?? 0 }
      || Set(handed).count < handed.count || handed.count != wants.map(\.gpus).reduce(0, +)
      || handed.contains { !(0..<capacity.gpus).contains($0) }
  }
}

@Suite struct SchedulePropertyTests {
  private static let capacity = Schedule.Capacity(
    slots: 4, cpus: 2, memory: 1_000, gpus: 3, counts: ["licenses": 2, "boards": 1])

  private static func resources(_ dice: inout Dice) -> Resources {
    guard dice.below(3) > 0 else { return Resources() }
    return Resources(
      cpus: [0, 0.1, 0.3, 1, 2][dice.below(5)], memory: [0, 100, 999][dice.below(3)], gpus: dice.below(4),
      locks: dice.below(4) == 0 ? ["l\(dice.below(2))"] : [],
      counts: dice.below(3) == 0 ? ["licenses": 1 + dice.below(2)] : dice.below(5) == 0 ? ["boards": 1] : [:])
  }

  /// Random graphs of random demands, a failure here and there.
  @Test(arguments: 0..<300) func `never over capacity, every stage settles once, none before its needs, final ones run`(
    _ seed: UInt64
  ) throws {
    var dice = Dice(seed: seed &* 104_729 &+ 3)
    let count = 1 + dice.below(40)
    let stages = (0..<count).map { index in
      stage(
        "s\(index)", needs: (0..<index).filter { _ in dice.below(8) == 0 }.map { "s\($0)" },
        Self.resources(&dice), isFinal: dice.below(8) == 0)
    }
    let plan = try plan(stages)
    var schedule = Schedule(plan, capacity: Self.capacity)
    var load = Load()
    var settled: [StageID: StageOutcome] = [:]
    while !schedule.isFinished {
      for next in schedule.takeReady() {
        load.running.append(next)
        load.gpus[next.id] = schedule.gpus(of: next.id)
        for need in plan.needs[next.id] ?? [] {
          #expect(next.isFinal ? settled[need] != nil : settled[need]?.satisfiesNeeds == true)
        }
      }
      #expect(!load.exceeds(Self.capacity))
      guard !load.running.isEmpty else {
        Issue.record("nothing runs and the schedule is not finished")
        return
      }
      let ended = load.running.remove(at: dice.below(load.running.count))
      var queue: [(StageID, StageOutcome)] = [(ended.id, dice.below(6) == 0 ? .failed(.exit(.code(1))) : .succeeded)]
      while let (id, outcome) = queue.popLast() {
        if schedule.outcome(of: id) != nil { continue }
        #expect(settled.updateValue(outcome, forKey: id) == nil)
        for (lost, reason) in schedule.settle(id, outcome) { queue.append((lost, .skipped(reason))) }
      }
    }
    #expect(settled.count == count)
    for stage in stages where stage.isFinal {
      if case .skipped = settled[stage.id] { Issue.record("\(stage.id) is final and did not run") }
    }
  }

  @Test func `a wide stage gets its turn though narrow ones always fit`() throws {
    let wide = stage("wide", needs: ["zero"], Resources(cpus: 2))
    var stages = [stage("first"), stage("zero", needs: ["first"]), wide]
    // Narrow stages come one after the other in two chains, so that never both processors are free of them.
    for index in 0..<200 {
      stages.append(stage("n\(index)", needs: [index < 2 ? "first" : "n\(index - 2)"], Resources(cpus: 1)))
    }
    var schedule = Schedule(
      try plan(stages), capacity: .init(slots: 3, cpus: 2, memory: 0), durations: [wide.id: 1_000])
    #expect(schedule.takeReady().map(\.id.name) == ["first"])
    _ = schedule.settle(StageID("first"), .succeeded)
    var running = schedule.takeReady().map(\.id)
    #expect(running.map(\.name) == ["zero", "n0", "n1"])
    var started = 0
    while !running.contains(wide.id), !running.isEmpty {
      _ = schedule.settle(running.removeFirst(), .succeeded)
      let next = schedule.takeReady().map(\.id)
      running += next
      started += next.count
    }
    #expect(running == [wide.id])
    #expect(started < 20)
  }

  @Test func `a reservation that never can be kept does not stop the rest`() throws {
    let stages = [stage("impossible", Resources(cpus: 9))] + (0..<50).map { stage("s\($0)", Resources(cpus: 1)) }
    var schedule = Schedule(
      try plan(stages), capacity: .init(slots: 1, cpus: 1, memory: 0), durations: [StageID("impossible"): 100])
    var ended = 0
    while let next = schedule.takeReady().first {
      _ = schedule.settle(next.id, .succeeded)
      ended += 1
    }
    #expect(ended == 50)
    #expect(schedule.unstarted == [StageID("impossible")])
  }

  @Test func `fractions of processors are given back exactly`() throws {
    let stages =
      (0..<10).map { stage("s\($0)", Resources(cpus: 0.1)) } + [stage("all", needs: ["s9"], Resources(cpus: 1))]
    var schedule = Schedule(try plan(stages), capacity: .init(slots: 16, cpus: 1, memory: 0))
    let taken = schedule.takeReady()
    #expect(taken.count == 10)
    for next in taken { _ = schedule.settle(next.id, .succeeded) }
    #expect(schedule.takeReady().map(\.id.name) == ["all"])
  }

  @Test func `what a machine or a caller does not have is said`() throws {
    let capacity = Schedule.Capacity(slots: 1, cpus: 2, memory: 1 << 30, gpus: 1)
    #expect(Schedule.excess(stage("a", Resources(cpus: 3)), capacity) == "3 cpus, the machine has 2")
    #expect(Schedule.excess(stage("a", Resources(gpus: 2)), capacity) == "2 GPUs, the machine has 1")
    #expect(Schedule.excess(stage("a", Resources(cpus: 2, memory: 1 << 30, gpus: 1)), capacity) == nil)
    let licensed = stage("a", Resources(counts: ["licenses": 2]))
    #expect(Schedule.shortage(licensed, offered: ["licenses": 2]) == nil)
    #expect(Schedule.shortage(licensed, offered: ["license": 2])?.remedy == "did you mean `license`?")
    #expect(
      Schedule.shortage(licensed, offered: [:])?.message
        == "`a` asks for 2 `licenses`, and nobody says how many there are")
    #expect(
      Schedule.shortage(licensed, offered: ["licenses": 1])?.message == "`a` asks for 2 `licenses`, and there are 1")
  }

  /// Counts looks instead of seconds: a decision must not cost more because more waits.
  @Test(arguments: [Resources(), Resources(cpus: 1), Resources(memory: 10, locks: ["one"])])
  func `ten thousand stages cost looks in proportion`(_ resources: Resources) throws {
    let wide = (0..<10_000).map { stage("s\($0)", resources) }
    let chains = (0..<10_000).map { stage("c\($0)", needs: $0 < 100 ? [] : ["c\($0 - 100)"], resources) }
    for stages in [wide, chains] {
      var schedule = Schedule(try plan(stages), capacity: .init(slots: 16, cpus: 4, memory: 1 << 40))
      var running: [StageID] = []
      while !schedule.isFinished {
        running += schedule.takeReady().map(\.id)
        guard let next = running.popLast() else {
          Issue.record("nothing runs")
          return
        }
        _ = schedule.settle(next, .succeeded)
      }
      #expect(schedule.looks < 40_000, "\(schedule.looks)")
    }
  }

  @Test func `demands that all differ are looked past up to a horizon`() throws {
    let stages = (0..<2_000).map { stage("o\($0)", Resources(cpus: 1, memory: $0)) }
    var schedule = Schedule(try plan(stages), capacity: .init(slots: 16, cpus: 4, memory: 1 << 40))
    var running: [StageID] = []
    while !schedule.isFinished {
      running += schedule.takeReady().map(\.id)
      guard let next = running.popLast() else {
        Issue.record("nothing runs")
        return
      }
      _ = schedule.settle(next, .succeeded)
    }
    #expect(schedule.looks < 80 * 2_000, "\(schedule.looks)")
  }

  @Test func `the span of a plan is what it takes on so many slots`() throws {
    let stages = (0..<64).map { stage("s\($0)") }
    #expect(Schedule.span(try plan(stages), capacity: .init(slots: 16, cpus: 2, memory: 0)) == 4)
    let chain = [stage("a"), stage("b", needs: ["a"]), stage("c")]
    let durations = [StageID("a"): 2.0, StageID("b"): 3, StageID("c"): 4]
    #expect(Schedule.span(try plan(chain), capacity: .init(slots: 2, cpus: 2, memory: 0), durations: durations) == 5)
    #expect(Schedule.span(try plan(chain), capacity: .init(slots: 1, cpus: 2, memory: 0), durations: durations) == 9)
  }

  @Test func `stages take as long as the last time, another seed as long as its siblings, and what is kept no time`()
    throws
  {
    var stages = [stage("train1"), stage("train2"), stage("train3", Resources(locks: ["board"])), stage("new")]
    for index in 0..<3 { stages[index].base = "train" }
    let plan = try plan(stages)
    let durations = [StageID("train1"): 2.0, StageID("train2"): 4]
    let capacity = Schedule.Capacity(slots: 2, cpus: 2, memory: 0)
    var times = StageTimes(plan, durations: durations) { $0.id == StageID("train1") }
    #expect(stages.map { times.seconds($0) } == [0, 4, 3, nil])
    #expect(times.span(plan, capacity: capacity) == nil)
    times.add("new", 1.5)
    #expect(times.span(plan, capacity: capacity) == 4.5)
  }

  @Test func `two runs' keys are compared part by part`() {
    func side(_ byte: UInt8, _ parts: [Fingerprint.Part]) -> Settlement {
      Settlement(
        outcome: .succeeded, key: Digest(bytes: [UInt8](repeating: byte, count: 32)), fingerprint: Fingerprint(parts))
    }
    let old = side(1, [.init(.parameter, "n", "2"), .init(.input, "gone", "aa"), .init(.platform, "", "linux")])
    let new = side(2, [.init(.parameter, "n", "3"), .init(.input, "new", "bb"), .init(.platform, "", "linux")])
    let changes = KeyComparison(StageID("a"), now: .init(new), was: .init(old)).changes
    #expect(changes.map { $0.old.map(\.line) } == [["input gone aa"], [], ["parameter n 2"]])
    #expect(changes.map { $0.new.map(\.line) } == [[], ["input new bb"], ["parameter n 3"]])
    #expect(KeyComparison(StageID("a"), now: .init(new), was: .init(new)).changes.isEmpty)
    #expect(KeyComparison(StageID("a"), now: .init(new), was: nil).changes.isEmpty)
    #expect(Fingerprint.Part(.tool, "python", "a\nb\n").line == "tool python a\\nb\\n")
  }

  @Test func `a cycle through the end of a stage is told with its path`() {
    var a = stage("a", needs: ["b"])
    var b = stage("b")
    b.after = [StageID("a")]
    a.after = []
    do throws(Failure) {
      _ = try Plan([a, b], exists: { _ in false })
      Issue.record("a cycle was accepted")
    } catch {
      #expect(error.diagnostics.first?.message.contains("`a`") == true)
      #expect(error.diagnostics.first?.message.contains("`b`") == true)
    }
  }
}

/// Seeded randomness for tests (SplitMix64).
private struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(max(1, bound)))
  }
}
