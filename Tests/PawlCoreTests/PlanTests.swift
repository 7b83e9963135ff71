import PawlCore
import PawlTestSupport
import Testing

/// A stage with a command, in a line.
private func stage(
  _ name: String, inputs: [String] = [], outputs: [String] = [], needs: [String] = []
) -> Stage {
  var stage = Stage(
    id: StageID(name), kind: "run", work: .job(Command(lines: ["true"])),
    at: SourceLocation(file: "w.yml", line: 1, column: 1))
  stage.inputs = inputs.map { Input($0) }
  stage.outputs = outputs.map { Output($0) }
  stage.needs = needs.map { StageID($0) }
  return stage
}

private func names(_ plan: Plan) -> [String] { plan.stages.map(\.id.name) }

private func codes(_ stages: [Stage], exists: (String) -> Bool = { _ in false }) -> [String] {
  do throws(Failure) {
    _ = try Plan(stages, exists: exists)
    return []
  } catch {
    return error.diagnostics.map(\.code)
  }
}

@Suite struct PlanTests {
  @Test func `a stage comes after what makes its inputs, whatever the order of the file`() throws {
    let plan = try Plan(
      [
        stage("c", inputs: ["b.txt"]), stage("b", inputs: ["a.txt"], outputs: ["b.txt"]),
        stage("a", outputs: ["a.txt"]),
      ],
      exists: { _ in false })
    #expect(names(plan) == ["a", "b", "c"])
  }

  @Test func `the order of the file is kept where the graph leaves a choice`() throws {
    let plan = try Plan([stage("z"), stage("m"), stage("a")], exists: { _ in false })
    #expect(names(plan) == ["z", "m", "a"])
  }

  @Test func `an input inside, containing or matching an output makes an edge`() throws {
    let plan = try Plan(
      [
        stage("make", outputs: ["data/set/x.csv", "models"]), stage("inside", inputs: ["models/1.json"]),
        stage("containing", inputs: ["data"]), stage("matching", inputs: ["data/**/*.csv"]),
      ], exists: { _ in true })
    for name in ["inside", "containing", "matching"] { #expect(plan.producers[StageID(name)] == [StageID("make")]) }
  }

  @Test func `a name that only starts like a folder makes no edge`() throws {
    let plan = try Plan([stage("make", outputs: ["data"]), stage("other", inputs: ["data2/x"])], exists: { _ in true })
    #expect(plan.producers[StageID("other")] == [])
  }

  @Test func `two producers of one path are an error`() {
    #expect(codes([stage("a", outputs: ["x"]), stage("b", outputs: ["x"])]) == ["plan.two-producers"])
  }

  @Test func `outputs inside each other are an error`() {
    #expect(codes([stage("a", outputs: ["m"]), stage("b", outputs: ["m/1.json"])]) == ["plan.overlapping-outputs"])
  }

  @Test func `an input that nobody makes is an error with a suggestion`() throws {
    do throws(Failure) {
      _ = try Plan(
        [stage("a", outputs: ["data/train.csv"]), stage("b", inputs: ["data/trian.csv"])], exists: { _ in false })
      Issue.record("a missing input was accepted")
    } catch {
      #expect(error.diagnostics.map(\.code) == ["plan.missing-input"])
      #expect(error.diagnostics.first?.remedy == "did you mean `data/train.csv`?")
    }
  }

  @Test func `a cycle is told with its path`() throws {
    do throws(Failure) {
      _ = try Plan(
        [
          stage("a", inputs: ["c.txt"], outputs: ["a.txt"]), stage("b", inputs: ["a.txt"], outputs: ["b.txt"]),
          stage("c", inputs: ["b.txt"], outputs: ["c.txt"]),
        ], exists: { _ in false })
      Issue.record("a cycle was accepted")
    } catch {
      #expect(error.diagnostics.map(\.code) == ["plan.cycle"])
      #expect(error.diagnostics.first?.message.contains("`a` → `b` → `c` → `a`") == true)
    }
  }

  @Test func `a stage that reads its own output is an error`() {
    #expect(codes([stage("a", inputs: ["x"], outputs: ["x"])]).contains("plan.reads-own-output"))
  }

  @Test func `an unknown need is an error, and every problem is told at once`() {
    #expect(
      codes([stage("a", inputs: ["nowhere"], needs: ["b"])]).sorted() == ["plan.missing-input", "plan.unknown-need"])
  }

  @Test func `a limited plan holds a stage and all it needs`() throws {
    let plan = try Plan(
      [stage("a", outputs: ["a.txt"]), stage("b", inputs: ["a.txt"], outputs: ["b.txt"]), stage("c")],
      exists: { _ in false })
    #expect(names(try plan.limited(to: ["b"])) == ["a", "b"])
    #expect(throws: Failure.self) { try plan.limited(to: ["d"]) }
  }

  @Test func `10,000 stages are planned without a quadratic walk`() throws {
    var stages: [Stage] = []
    for index in 0..<10_000 {
      stages.append(
        stage("s\(index)", inputs: index == 0 ? [] : ["out/\(index - 1)"], outputs: ["out/\(index)"]))
    }
    let plan = try Plan(stages.reversed(), exists: { _ in false })
    #expect(names(plan).first == "s0")
    #expect(names(plan).last == "s9999")
  }
}

@Suite struct ScheduleTests {
  /// Random graphs, seeded: every stage is settled exactly once and none starts before what it needs.
  @Test(arguments: 0..<200) func `every stage settles once and none before its needs`(_ seed: UInt64) throws {
    var random = Dice(seed: seed &* 7919 &+ 1)
    let count = 1 + random.below(20)
    var stages: [Stage] = []
    for index in 0..<count {
      let needs = (0..<index).filter { _ in random.below(4) == 0 }.map { "s\($0)" }
      stages.append(stage("s\(index)", needs: needs))
    }
    let plan = try Plan(stages, exists: { _ in false })
    var schedule = Schedule(plan, capacity: .init(slots: 1 + random.below(4), cpus: 4, memory: 1 << 30))
    var settled: [StageID: StageOutcome] = [:]
    var running: [Stage] = []
    var queue: [(StageID, StageOutcome)] = []
    while !schedule.isFinished {
      for next in schedule.takeReady() {
        for need in plan.needs[next.id] ?? [] { #expect(settled[need]?.satisfiesNeeds == true) }
        running.append(next)
      }
      guard !running.isEmpty else {
        Issue.record("nothing runs and the schedule is not finished")
        return
      }
      let ended = running.remove(at: random.below(running.count))
      queue.append((ended.id, random.below(5) == 0 ? .failed(.outputMissing("x")) : .succeeded))
      while let (id, outcome) = queue.popLast() {
        if schedule.outcome(of: id) != nil { continue }
        #expect(settled[id] == nil)
        settled[id] = outcome
        for (lost, reason) in schedule.settle(id, outcome) { queue.append((lost, .skipped(reason))) }
      }
    }
    #expect(settled.count == count)
  }

  @Test func `no more stages run than there are slots, and locks exclude each other`() throws {
    var a = stage("a")
    var b = stage("b")
    a.resources.locks = ["license"]
    b.resources.locks = ["license"]
    var schedule = Schedule(
      try Plan([a, b, stage("c"), stage("d")], exists: { _ in false }), capacity: .init(slots: 2, cpus: 2, memory: 0))
    #expect(schedule.takeReady().map(\.id.name) == ["a", "c"])
    #expect(schedule.takeReady().isEmpty)
    _ = schedule.settle(StageID("a"), .succeeded)
    #expect(schedule.takeReady().map(\.id.name) == ["b"])
  }

  @Test func `the longest chain starts first`() throws {
    var schedule = Schedule(
      try Plan([stage("short"), stage("long"), stage("after", needs: ["long"])], exists: { _ in false }),
      capacity: .init(slots: 1, cpus: 1, memory: 0), durations: [StageID("after"): 60])
    #expect(schedule.takeReady().map(\.id.name) == ["long"])
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
