import Foundation
import PawlCore
import PawlEngine
import PawlSystem
import Synchronization
import Testing

private func evaluate(_ name: String = "evaluate") -> Stage {
  job(name, outputs: ["m.json"]) { $0.evaluation = Evaluation(exhibit: name, metricFiles: ["m.json"]) }
}

private func literal(_ value: Double) -> Condition.Operand { .value(.number(Number(value)), written: "\(value)") }

private func text(_ value: String) -> Condition.Operand { .value(.text(value), written: value) }

private let accurate = Condition.comparison(
  .metric("accuracy", of: [], written: "metrics.accuracy"), .atLeast, literal(0.9))

private func ended(_ name: String, _ word: String) -> Condition {
  .comparison(.outcome(of: [StageID(name)], written: "stages.\(name).outcome"), .equal, text(word))
}

@Suite struct DirectorSchedulingTests {
  @Test(arguments: [(0.95, true), (0.9, true), (0.87, false)])
  func `a stage runs by the number of what it needs`(_ accuracy: Double, _ runs: Bool) async throws {
    let deploy = job("deploy", outputs: ["d"], needs: ["evaluate"]) { $0.condition = accurate }
    let below = job("below", needs: ["deploy"])
    let project = try Bench()
    let (record, ran) = try await project.run([evaluate(), deploy, below]) { stage, _, write in
      write(stage == "evaluate" ? "m.json" : "d", "{\"accuracy\": \(accuracy)}")
      return .code(0)
    }
    #expect(ran == (runs ? ["evaluate", "deploy", "below"] : ["evaluate"]))
    #expect(record.exitStatus?.code == 0)
    if !runs {
      #expect(
        record[StageID("deploy")]?.settlement?.outcome
          == .skipped(.condition("metrics.accuracy >= 0.9 is false: metrics.accuracy is 0.87")))
      #expect(record[StageID("below")]?.settlement?.outcome == .skipped(.needs(StageID("deploy"))))
    }
    #expect(RunRecord(replaying: project.events) == record)
  }

  @Test func `a number that nobody measured fails the stage that asks, and is the mean over replicates`() async throws {
    let replicates = (1...2).map { seed in
      job("e\(seed)", outputs: ["m\(seed).json"]) {
        $0.evaluation = Evaluation(exhibit: "e", metricFiles: ["m\(seed).json"])
      }
    }
    let deploy = job("deploy", needs: ["e1", "e2"]) { $0.condition = accurate }
    let project = try Bench()
    let (record, _) = try await project.run(replicates + [deploy]) { stage, _, write in
      write("m\(stage.dropFirst()).json", "{\"accuracy\": \(stage == "e1" ? 0.75 : 1.0)}")
      return .code(0)
    }
    #expect(
      record[StageID("deploy")]?.settlement?.outcome
        == .skipped(.condition("metrics.accuracy >= 0.9 is false: metrics.accuracy is 0.875")))
    let other = try Bench()
    let (missing, _) = try await other.run(replicates + [deploy]) { stage, _, write in
      write("m\(stage.dropFirst()).json", "{\"loss\": 1}")
      return .code(0)
    }
    guard case .failed(.unusable(let problem)) = missing[StageID("deploy")]?.settlement?.outcome else {
      Issue.record("it did not fail")
      return
    }
    #expect(problem.message == "no stage measured `accuracy`, which the `when` of `deploy` asks for")
    #expect(missing.exitStatus?.code == 3)
  }

  @Test func `a gate whose evidence was skipped is invalid, and one that is skipped judges nothing`() async throws {
    let rule = GateRule(
      metric: "accuracy", comparison: .atLeast(Number(0.9), isInclusive: true), direction: .higherIsBetter,
      line: "accuracy >= 0.9")
    var gate = Stage(
      id: StageID("gate"), kind: "gate",
      work: .judge(
        Gate(policy: GatePolicy(rules: [rule]), exhibits: [Exhibit(name: "evaluate", candidate: [StageID("evaluate")])])
      ),
      at: SourceLocation(file: "w.yml", line: 2, column: 1))
    var skipped = evaluate()
    skipped.condition = .comparison(text("slow"), .equal, text("fast"))
    let first = try Bench()
    let (record, ran) = try await first.run([skipped, gate]) { _, _, _ in .code(0) }
    #expect(ran.isEmpty)
    #expect(record.gates.map(\.verdict) == [.invalid])
    #expect(record.exitStatus?.code == 6)
    gate.condition = .comparison(text("slow"), .equal, text("fast"))
    let publish = Stage(
      id: StageID("promote"), kind: "promote", work: .publish(Publication(gates: [StageID("gate")])),
      at: SourceLocation(file: "w.yml", line: 3, column: 1))
    var options = RunOptions()
    options.promotes = true
    let second = try Bench()
    let (unjudged, _) = try await second.run([evaluate(), gate, publish], options: options) { _, _, write in
      write("m.json", "{\"accuracy\": 1}")
      return .code(0)
    }
    #expect(unjudged.gates.isEmpty)
    #expect(unjudged[StageID("promote")]?.settlement?.outcome == .skipped(.refused))
    #expect(unjudged.refusal?.message == "gate `gate` was not judged, so nothing is promoted")
    #expect(unjudged.exitStatus?.code == 6)
  }

  @Test(arguments: [false, true])
  func `a final stage runs whatever became of what it needs, and is told`(_ keepsGoing: Bool) async throws {
    for (exit, word, told) in [(JobExit.code(0), "succeeded", "succeeded"), (.code(1), "failed", "failed")] {
      let tell = job("tell", needs: ["train"]) { $0.isFinal = true }
      let alarm = job("alarm", needs: ["train"]) {
        $0.isFinal = true
        $0.condition = ended("train", "failed")
        $0.after = [StageID("train")]
      }
      let project = try Bench()
      let executor = ToldExecutor(failing: exit == .code(0) ? [] : ["train"])
      var options = RunOptions()
      options.keepsGoing = keepsGoing
      let context = try await project.context([job("train"), tell, alarm], options: options, executor: executor)
      let record = await RunDirector(context, sinks: []).run()
      #expect(executor.told["tell"] == told)
      #expect(executor.told["alarm"] == (word == "failed" ? "failed" : nil))
      #expect(record.exitStatus?.code == (word == "failed" ? 3 : 0))
    }
  }

  @Test func `a final stage that fails is status 3, and none runs after a stop`() async throws {
    let tell = job("tell", needs: ["train"]) { $0.isFinal = true }
    let project = try Bench()
    let (record, _) = try await project.run([job("train"), tell]) { stage, _, _ in .code(stage == "tell" ? 1 : 0) }
    #expect(record.exitStatus?.code == 3)
    let other = try Bench()
    let executor = ToldExecutor(failing: [], waiting: ["train"])
    let context = try await other.context([job("train"), tell], executor: executor)
    let director = RunDirector(context, sinks: [])
    executor.atStart(director.signalInbox)
    let stopped = await director.run()
    #expect(executor.told["tell"] == nil)
    #expect(stopped[StageID("tell")]?.settlement?.outcome == .skipped(.cancelled))
  }

  @Test func `when the run's time is up what runs is stopped, the rest is not begun, and the status is 3`() async throws
  {
    let project = try Bench()
    let executor = ToldExecutor(failing: [], waiting: ["train"])
    var options = RunOptions()
    options.timeout = 0.01
    let tell = job("tell", needs: ["train"]) { $0.isFinal = true }
    let context = try await project.context(
      [job("train"), job("next", needs: ["train"]), tell, job("other")],
      options: options, executor: executor)
    let record = await RunDirector(context, sinks: []).run()
    #expect(record[StageID("train")]?.settlement?.outcome == .failed(.exit(.timedOut)))
    #expect(record[StageID("tell")]?.settlement?.outcome == .skipped(.outOfTime))
    #expect(record[StageID("other")]?.settlement?.outcome == .skipped(.outOfTime))
    #expect(record.diagnostics.map(\.code).contains("engine.out-of-time"))
    #expect(record.exitStatus?.code == 3)
    #expect(record.verdict == .error)
  }

  @Test func `a plan tells what its conditions skip and leaves open what they cannot know`() async throws {
    var slow = job("slow", outputs: ["s"])
    slow.condition = .comparison(text("slow"), .equal, text("fast"))
    let below = job("below", inputs: ["s"], outputs: ["b"])
    let deploy = job("deploy", outputs: ["d"], needs: ["evaluate"]) { $0.condition = accurate }
    let told = job("told", outputs: ["t"], needs: ["deploy"])
    let project = try Bench()
    let script: ScriptedExecutor.Script = { stage, _, write in
      write(stage == "evaluate" ? "m.json" : "d", "{\"accuracy\": 0.5}")
      return .code(0)
    }
    let stages = [slow, below, evaluateWithInput, deploy, told]
    try project.write("in.txt", "x")
    let executor = ScriptedExecutor(root: project.root, script)
    let before = try await project.context(stages, executor: executor).forecast
    #expect(before.skips[StageID("slow")] == .condition("slow == fast is false"))
    #expect(before.skips[StageID("below")] == .needs(StageID("slow")))
    #expect(before.answers[StageID("deploy")] == .undetermined(awaiting: [StageID("evaluate")]))
    #expect(before.open == [StageID("deploy"): [StageID("evaluate")]])
    // Whether it runs hangs on a condition that is not its own.
    #expect(before.answers[StageID("told")] == .undetermined(awaiting: [StageID("deploy")]))
    _ = try await project.run(stages, script: script)
    let after = try await project.context(stages, executor: executor).forecast
    #expect(after.skips[StageID("deploy")] == .condition("metrics.accuracy >= 0.9 is false: metrics.accuracy is 0.5"))
  }

  private var evaluateWithInput: Stage {
    var stage = evaluate()
    stage.inputs = [Input("in.txt")]
    return stage
  }

  @Test func `a name that nobody offers is an error before anything runs`() async throws {
    let licensed = job("a") { $0.resources.counts = ["licenses": 2] }
    var options = RunOptions()
    options.offered = [:]
    let project = try Bench()
    let executor = ScriptedExecutor(root: project.root) { _, _, _ in .code(0) }
    #expect(
      try await project.context([licensed], options: options, executor: executor).forecast.problems.map(\.code) == [
        "engine.no-resource"
      ])
    options.offered = ["licenses": 2]
    #expect(try await project.context([licensed], options: options, executor: executor).forecast.problems.isEmpty)
    #expect(try await project.context([licensed], executor: executor).forecast.problems.isEmpty)
  }

  /// 64 stages of about a second on 16 slots, in time that only the executor moves.
  @Test func `many stages take near-ideal time, and the second run takes what was foreseen`() async throws {
    let stages = (0..<64).map { index in job("s\(index)") }
    var options = RunOptions()
    options.jobs = 16
    let project = try Bench()
    let first = VirtualExecutor(total: 64, width: 16) { 1 + 0.1 * Double($0 % 3) }
    var context = try await project.context(stages, options: options, executor: first)
    let record = await RunDirector(context, sinks: []).run()
    #expect(record.exitStatus?.code == 0)
    #expect(first.now <= 5.2)
    let durations = first.durations
    let foreseen = Schedule.span(context.plan, capacity: context.capacity, durations: durations)
    let second = VirtualExecutor(total: 64, width: 16) { 1 + 0.1 * Double(($0 + 1) % 3) }
    context = try await project.context(stages, options: options, executor: second)
    context.durations = durations
    _ = await RunDirector(context, sinks: []).run()
    #expect(abs(foreseen - second.now) <= 0.2 * second.now)
  }
}

/// Notes what a stage is told; some fail, some wait until they are stopped.
private final class ToldExecutor: Executor {
  private let failing: Set<String>
  private let waiting: Set<String>
  private let seen = Mutex<[String: String]>([:])
  private let signal = Mutex<(@Sendable (Int32) -> Void)?>(nil)

  init(failing: Set<String>, waiting: Set<String> = []) {
    self.failing = failing
    self.waiting = waiting
  }

  /// `PAWL_OUTCOME` of every stage that ran, empty where it has none.
  var told: [String: String] { seen.withLock { $0 } }

  func atStart(_ post: @escaping @Sendable (Int32) -> Void) { signal.withLock { $0 = post } }

  func run(
    _ job: JobSpec, handle: JobHandle, onStart: @escaping @Sendable (Int32, UInt64) -> Void,
    onOutput: @escaping @Sendable ([UInt8]) -> Void
  ) async -> JobReport {
    let stage = job.environment["PAWL_STAGE"] ?? ""
    seen.withLock { $0[stage] = job.environment["PAWL_OUTCOME"] ?? "" }
    if waiting.contains(stage) {
      signal.withLock { $0 }?(2)
      while handle.wanted == nil { await Task.yield() }
      return JobReport(exit: .stopped)
    }
    return JobReport(exit: .code(failing.contains(stage) ? 1 : 0))
  }
}

/// Time that moves to the next end when as many stages run as can.
private final class VirtualExecutor: Executor {
  private struct State {
    var now = 0.0
    var ended = 0
    var durations: [StageID: Double] = [:]
    var running: [(end: Double, wake: CheckedContinuation<Void, Never>)] = []
  }

  private let total: Int
  private let width: Int
  private let seconds: @Sendable (Int) -> Double
  private let state = Mutex(State())

  init(total: Int, width: Int, seconds: @escaping @Sendable (Int) -> Double) {
    self.total = total
    self.width = width
    self.seconds = seconds
  }

  var now: Double { state.withLock { $0.now } }
  var durations: [StageID: Double] { state.withLock { $0.durations } }

  func run(
    _ job: JobSpec, handle: JobHandle, onStart: @escaping @Sendable (Int32, UInt64) -> Void,
    onOutput: @escaping @Sendable ([UInt8]) -> Void
  ) async -> JobReport {
    let stage = job.environment["PAWL_STAGE"] ?? ""
    let length = seconds(Int(stage.dropFirst()) ?? 0)
    await withCheckedContinuation { continuation in
      state.withLock { state in
        state.durations[StageID(stage)] = length
        state.running.append((state.now + length, continuation))
        advance(&state)
      }
    }
    return JobReport(exit: .code(0), usage: Usage(seconds: length))
  }

  /// Wakes the earliest when every slot that can be taken is.
  private func advance(_ state: inout State) {
    guard state.running.count == min(width, total - state.ended),
      let next = state.running.indices.min(by: { state.running[$0].end < state.running[$1].end })
    else { return }
    let (end, wake) = state.running.remove(at: next)
    state.now = end
    state.ended += 1
    wake.resume()
    if total - state.ended < width { advance(&state) }
  }
}
