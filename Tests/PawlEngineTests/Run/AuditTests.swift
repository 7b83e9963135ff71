import Foundation
import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// Results that are made again to be compared, through the whole engine.
///
/// Longer than most, and one thing: each test is one way that an audit ends, all on the same two stages.
@Suite struct AuditTests {
  private let chain = [
    job("a", inputs: ["in.txt"], outputs: ["a.txt"]), job("b", inputs: ["a.txt"], outputs: ["b.txt"]),
  ]

  private func bench() throws -> Bench {
    let bench = try Bench()
    try bench.write("in.txt", "hello")
    return bench
  }

  private var all: RunOptions {
    var options = RunOptions()
    options.audit = 1
    return options
  }

  /// Each stage writes its name.
  private let honest: ScriptedExecutor.Script = { stage, _, write in
    write("\(stage).txt", stage)
    return .code(0)
  }

  /// Each stage writes its name, `a` another text each time.
  private func liar() -> ScriptedExecutor.Script {
    let count = Guarded(0)
    return { stage, _, write in
      let number = count.change { value in
        value += 1
        return value
      }
      write("\(stage).txt", stage == "a" ? "a \(number)" : stage)
      return .code(0)
    }
  }

  private func settlement(_ record: RunRecord, _ name: String) -> Settlement? { record[StageID(name)]?.settlement }

  private func outlook(_ bench: Bench, _ stages: [Stage]) async throws -> [StageID: Recall] {
    try await bench.context(stages, executor: ScriptedExecutor(root: bench.root, honest)).forecast.answers
  }

  @Test func `a result that is the same again stays cached, and the run says that it was audited`() async throws {
    let bench = try bench()
    let first = try await bench.run(chain, script: honest).record
    let (record, ran) = try await bench.run(chain, options: all, script: honest)
    #expect(ran == ["a", "b"])
    for name in ["a", "b"] {
      #expect(settlement(record, name)?.audit == Audit(run: first.head?.id ?? ""))
      #expect(settlement(record, name)?.outcome == .succeeded)
      #expect(record[StageID(name)]?.why == [.audited(run: first.head?.id ?? "")])
    }
    #expect(record.diagnostics.isEmpty)
    #expect(RunRecord(replaying: bench.events) == record)
    #expect(try await bench.run(chain, script: honest).ran.isEmpty)
  }

  @Test func `a file that differs is named, used downstream, and no result of its stage is reused any more`()
    async throws
  {
    let bench = try bench()
    let liar = liar()
    let first = try await bench.run(chain, script: liar).record
    let second = try await bench.run(chain, options: all, script: liar).record
    let difference = try #require(settlement(second, "a")?.audit?.difference)
    #expect(difference.path == "a.txt")
    #expect(
      difference.manner
        == .content(was: Digester.digest("a 1"), now: Digester.digest(try bench.project.disk.read("a.txt") ?? [])))
    let told = try #require(second.diagnostics.first { $0.code == "cache.differs" })
    #expect(told.severity == .warning)
    #expect(told.message.contains("`a.txt`"))
    #expect(told.message.contains(RunName.short(first.head?.id ?? "?")))
    #expect(second.exitStatus == .ok)
    // What reads it runs for its new content, not for an audit.
    #expect(second[StageID("b")]?.why == [.inputChanged("a.txt")])
    let distrusted = MissReason.distrusted(run: second.head?.id ?? "", path: "a.txt")
    #expect(try await outlook(bench, chain)[StageID("a")] == .absent([distrusted]))
    let third = try await bench.run(chain, script: liar)
    #expect(third.ran == ["a", "b"])
    #expect(third.record[StageID("a")]?.why == [distrusted])
    #expect(settlement(third.record, "a")?.audit == nil)
    // What it made is not taken for somebody else's.
    #expect(third.record.diagnostics.isEmpty)
  }

  @Test func `every way to differ is found, inside folders too, and the first path is named`() async throws {
    let ways: [(String, Set<String>, OutputDifference.Manner?)] = [
      ("out/a/b.bin", ["change"], nil), ("out/run.sh", ["mode"], .mode(isExecutable: true)),
      ("out/gone.txt", ["remove"], .onlyBefore), ("out/new.txt", ["add"], .onlyNow), ("out/other", ["link"], .kind),
      ("out/a/b.bin", ["change", "add", "link", "remove", "mode"], nil), ("tool", ["tool"], .mode(isExecutable: true)),
      ("out", ["file"], .kind),
    ]
    for (path, changes, manner) in ways {
      let bench = try bench()
      let stages = [job("a", inputs: ["in.txt"], outputs: ["out", "tool"])]
      let again = Guarded(false)
      let root = bench.root
      let script: ScriptedExecutor.Script = { _, _, write in
        let isAgain = again.change { $0 }
        func has(_ change: String) -> Bool { isAgain && changes.contains(change) }
        if has("file") {
          write("out", "x")
          write("tool", "true")
          return .code(0)
        }
        write("out/a/b.bin", has("change") ? "two" : "one")
        write("out/other", "x")
        write("out/run.sh", "true")
        write("tool", "true")
        if !has("remove") { write("out/gone.txt", "x") }
        if has("add") { write("out/new.txt", "x") }
        if has("mode") { chmod(root + "/out/run.sh", 0o755) }
        if has("tool") { chmod(root + "/tool", 0o755) }
        if has("link") {
          unlink(root + "/out/other")
          symlink("run.sh", root + "/out/other")
        }
        return .code(0)
      }
      _ = try await bench.run(stages, script: script)
      again.change { $0 = true }
      let record = try await bench.run(stages, options: all, script: script).record
      let difference = try #require(settlement(record, "a")?.audit?.difference, "\(changes)")
      #expect(difference.path == path)
      let expected = manner ?? .content(was: Digester.digest("one"), now: Digester.digest("two"))
      #expect(difference.manner == expected, "\(changes)")
    }
  }

  @Test(arguments: [JobExit.code(3), .signal(9), .code(0)])
  func `a run that fails or leaves an output out is a failed stage and no evidence`(_ exit: JobExit) async throws {
    let bench = try bench()
    _ = try await bench.run(chain, script: honest)
    let record = try await bench.run(chain, options: all) { _, _, _ in exit }.record
    #expect(settlement(record, "a")?.audit == nil)
    #expect(record.exitStatus == .stageFailed)
    #expect(try AuditLog(FileActions(bench.project.disk)).entries().isEmpty)
    // The result of before is still kept.
    #expect(try await bench.run(chain, script: honest).ran.isEmpty)
    #expect(try bench.project.disk.read("a.txt") == Array("a".utf8))
  }

  @Test func `retries apply, and the result of the last attempt is compared`() async throws {
    let bench = try bench()
    let stages = [
      job("a", inputs: ["in.txt"], outputs: ["a.txt"]) { $0.retry = RetryPolicy(count: 1, causes: [.signal]) }
    ]
    _ = try await bench.run(stages, script: honest)
    let (record, ran) = try await bench.run(stages, options: all) { _, attempt, write in
      write("a.txt", "a")
      return attempt == 1 ? .signal(9) : .code(0)
    }
    #expect(ran.count == 2)
    #expect(settlement(record, "a")?.audit?.difference == nil)
    #expect(settlement(record, "a")?.audit != nil)
  }

  @Test func `a result whose inputs changed while it was made is not compared`() async throws {
    let bench = try bench()
    let stages = [chain[0]]
    _ = try await bench.run(stages, script: honest)
    let record = try await bench.run(stages, options: all) { _, _, write in
      write("in.txt", "other")
      write("a.txt", "other")
      return .code(0)
    }.record
    #expect(settlement(record, "a")?.audit == nil)
    #expect(record.diagnostics.map(\.code) == ["engine.input-changed"])
    try bench.write("in.txt", "hello")
    #expect(try await bench.run(stages, script: honest).ran.isEmpty)
  }

  @Test func `a mark ends when command, environment or a source changes, and holds again when that is undone`()
    async throws
  {
    let bench = try bench()
    try bench.write("lib/x.py", "seed = random()")
    let stage = job("a", inputs: ["in.txt", "lib/*.py"], outputs: ["a.txt"])
    let liar = liar()
    _ = try await bench.run([stage], script: liar)
    _ = try await bench.run([stage], options: all, script: liar)
    func isDistrusted(_ stage: Stage) async throws -> Bool {
      guard case .absent(let why) = try await outlook(bench, [stage])[StageID("a")] else { return false }
      return why.contains { if case .distrusted = $0 { true } else { false } }
    }
    #expect(try await isDistrusted(stage))
    // What only makes another key is no mend.
    var changed = stage
    changed.parameters = [.init("rate", .number(Number(0.1)))]
    #expect(try await isDistrusted(changed))
    changed.definition += " --seed 7"
    #expect(try await !isDistrusted(changed))
    try bench.write("lib/x.py", "seed = 7")
    #expect(try await !isDistrusted(stage))
    #expect(try await bench.run([stage], script: honest).ran == ["a"])
    #expect(try await bench.run([stage], options: all, script: honest).ran == ["a"])
    #expect(try await bench.run([stage], script: honest).ran.isEmpty)
    try bench.write("lib/x.py", "seed = random()")
    #expect(try await isDistrusted(stage))
    try bench.write("lib/y.py", "")
    #expect(try await !isDistrusted(stage))
  }

  @Test func `what another stage makes is no mend`() async throws {
    let bench = try bench()
    let count = Guarded(0)
    let liar: ScriptedExecutor.Script = { stage, _, write in
      let number = count.change { value in
        value += 1
        return value
      }
      write("\(stage).txt", stage == "b" ? "b \(number)" : "a")
      return .code(0)
    }
    _ = try await bench.run(chain, script: liar)
    let second = try await bench.run(chain, options: all, script: liar).record
    #expect(settlement(second, "a")?.audit?.difference == nil)
    #expect(settlement(second, "b")?.audit?.difference?.path == "b.txt")
    try bench.write("in.txt", "other")
    let third = try await bench.run(chain) { stage, _, write in
      write("\(stage).txt", stage + " anew")
      return .code(0)
    }.record
    #expect(third[StageID("b")]?.why == [.distrusted(run: second.head?.id ?? "", path: "b.txt")])
  }

  @Test func `one instance speaks for all of its stage, and trust for all of them again`() async throws {
    let bench = try bench()
    let stages = [1, 2].map { seed in
      job("a[seed=\(seed)]", inputs: ["in.txt"], outputs: ["\(seed).txt"]) {
        $0.base = "a"
        $0.definition = "make a ${matrix.seed}"
      }
    }
    func script(_ text: String) -> ScriptedExecutor.Script {
      { stage, _, write in
        write(stage.contains("1") ? "1.txt" : "2.txt", stage.contains("1") ? text : "steady")
        return .code(0)
      }
    }
    let first = try await bench.run(stages, script: script("x")).record
    let second = try await bench.run(stages, options: all, script: script("y")).record
    // Both are audited in the run that finds it: a run holds one view of what is trusted.
    #expect(settlement(second, "a[seed=1]")?.audit?.difference?.path == "1.txt")
    #expect(settlement(second, "a[seed=2]")?.audit == Audit(run: first.head?.id ?? ""))
    #expect(try await bench.run(stages, script: script("y")).ran.sorted() == ["a[seed=1]", "a[seed=2]"])
    let log = AuditLog(FileActions(bench.project.disk))
    let history = try #require(try log.histories().first)
    #expect((history.stage, history.audited, history.differed) == ("w / a", 2, 1))
    #expect(history.distrusts.map(\.instance) == [StageID("a[seed=1]")])
    try log.trust("w / a")
    #expect(try await bench.run(stages, script: script("z")).ran.isEmpty)
    #expect(try log.histories().first?.distrusts.isEmpty == true)
    #expect(try log.histories().first?.differed == 1)
  }

  @Test func `each run audits what its draw takes, as the record tells again`() async throws {
    let bench = try bench()
    let stages = (0..<6).map { job("s\($0)", inputs: ["in.txt"], outputs: ["s\($0).txt"]) }
    let first = try await bench.run(stages, script: honest).record
    let keys = first.entries.compactMap { $0.settlement?.key }
    #expect(keys.count == 6)
    var seen = 0
    for _ in 0..<10 {
      var options = RunOptions()
      options.audit = 0.4
      let (record, ran) = try await bench.run(stages, options: options, script: honest)
      let draw = AuditDraw(share: 0.4, run: record.head?.id ?? "")
      let predicted = record.entries.filter { entry in entry.settlement?.key.map(draw.takes) ?? false }
      #expect(Set(ran) == Set(predicted.map(\.planned.id.name)))
      #expect(record.entries.count { $0.settlement?.audit != nil } == ran.count)
      seen += ran.count
    }
    #expect(seen > 0)
  }

  @Test func `nothing is audited where no result is reused or nothing may run, and not what cannot run`() async throws {
    let bench = try bench()
    let stages = [job("a", inputs: ["in.txt"], outputs: ["a.txt"]) { $0.secrets = ["TOKEN"] }]
    var withToken = try await bench.context(stages, executor: ScriptedExecutor(root: bench.root, honest))
    withToken.environment = ["TOKEN": "x"]
    _ = await RunDirector(withToken, sinks: [try withToken.folder.openLog()]).run()
    // The secret is not set here: the result is reused as it is.
    let plain = try await bench.run(stages, options: all, script: honest)
    #expect(plain.ran.isEmpty)
    #expect(settlement(plain.record, "a")?.outcome == .reused)
    #expect(plain.record.exitStatus == .ok)

    let other = try self.bench()
    _ = try await other.run(chain, script: honest)
    var options = all
    options.reuseOnly = .stages(["a"])
    #expect(try await other.run(chain, options: options, script: honest).ran == ["b"])
    options.reuseOnly = .all
    #expect(try await other.run(chain, options: options, script: honest).ran.isEmpty)
    for change: (inout RunOptions) -> Void in [
      { $0.force = .all }, { $0.skipsCache = true }, { $0.force = .stages(["a", "b"]) },
    ] {
      var options = all
      change(&options)
      let record = try await other.run(chain, options: options, script: honest).record
      #expect(record.entries.allSatisfy { $0.attempts == 1 && $0.settlement?.audit == nil })
    }
  }

  @Test func `a stage without outputs is done, and that cannot be compared`() async throws {
    let bench = try bench()
    let stages = [job("a", inputs: ["in.txt"])]
    _ = try await bench.run(stages, script: honest)
    #expect(try await bench.run(stages, options: all, script: honest).ran.isEmpty)
  }

  @Test func `outputs that are only in the cache are compared without being put back first`() async throws {
    let bench = try bench()
    _ = try await bench.run([chain[0]], script: honest)
    try bench.project.disk.remove("a.txt")
    let (record, ran) = try await bench.run([chain[0]], options: all, script: honest)
    #expect(ran == ["a"])
    #expect(settlement(record, "a")?.audit?.difference == nil)
    #expect(settlement(record, "a")?.audit != nil)
  }

  @Test func `outputs that are only in the workspace are kept before they are made again`() async throws {
    let bench = try bench()
    _ = try await bench.run([chain[0]], script: honest)
    try bench.project.disk.remove(".pawl/cache/objects", recursively: true)
    let record = try await bench.run([chain[0]], options: all) { _, _, _ in .code(1) }.record
    #expect(settlement(record, "a")?.outcome == .failed(.exit(.code(1))))
    #expect(!record.diagnostics.contains { $0.code == "engine.foreign-output" })
    #expect(try await bench.run([chain[0]], script: honest).ran.isEmpty)
  }

  @Test func `a run that is stopped during an audit leaves the result of before in the cache`() async throws {
    let bench = try bench()
    _ = try await bench.run([chain[0]], script: honest)
    let context = try await bench.context([chain[0]], options: all, executor: Endless(disk: bench.project.disk))
    let director = RunDirector(context, sinks: [try context.folder.openLog()])
    let stop = director.signalInbox
    Task {
      while !context.disk.exists("started") { try? await Task.sleep(for: .milliseconds(5)) }
      stop(15)
    }
    let record = await director.run()
    #expect(record.verdict == .cancelled)
    #expect(!bench.exists("a.txt"))
    let (after, ran) = try await bench.run([chain[0]], script: honest)
    #expect(ran.isEmpty)
    #expect(settlement(after, "a")?.outcome == .reused)
    #expect(bench.exists("a.txt"))
  }

  @Test func `an audit does not go on from a checkpoint: one of this key is removed, one of another keeps it away`()
    async throws
  {
    let bench = try bench()
    let disk = bench.project.disk
    let stages = [job("a", inputs: ["in.txt"], outputs: ["a.txt"]) { $0.checkpoint = "work/check" }]
    /// Writes how many files lay in the checkpoint when it began.
    let script: ScriptedExecutor.Script = { _, _, write in
      let found = ((try? disk.list("work/check")) ?? []).count
      write("work/check/epoch", "1")
      write("a.txt", "\(found)")
      return .code(0)
    }
    _ = try await bench.run(stages, script: script)
    #expect(!bench.exists("work/check"))
    // An audit that fails leaves one of this key behind.
    let failing = try await bench.run(stages, options: all) { _, _, write in
      write("work/check/epoch", "1")
      return .code(1)
    }
    #expect(failing.record.exitStatus == .stageFailed)
    #expect(bench.exists("work/check/epoch"))
    let again = try await bench.run(stages, options: all, script: script).record
    #expect(settlement(again, "a")?.audit != nil)
    #expect(settlement(again, "a")?.audit?.difference == nil)
    // One of another key is somebody's unfinished work.
    try bench.write("in.txt", "other")
    _ = try await bench.run(stages) { _, _, write in
      write("work/check/epoch", "7")
      return .code(1)
    }
    try bench.write("in.txt", "hello")
    #expect(try await bench.run(stages, options: all, script: script).ran.isEmpty)
    #expect(try disk.read("work/check/epoch") == Array("7".utf8))
  }
}

/// Never ends by itself.
private struct Endless: Executor {
  let disk: Disk

  func run(
    _ job: JobSpec, handle: JobHandle, onStart: @escaping @Sendable (Int32, UInt64) -> Void,
    onOutput: @escaping @Sendable ([UInt8]) -> Void
  ) async -> JobReport {
    try? disk.write("started", [])
    while handle.wanted == nil { try? await Task.sleep(for: .milliseconds(5)) }
    return JobReport(exit: .stopped, usage: Usage(seconds: 0.01))
  }
}
