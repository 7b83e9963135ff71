import PawlCore
import PawlEngine
import PawlSystem
import Testing

@Suite struct DirectorTests {
  private let chain = [
    job("a", inputs: ["in.txt"], outputs: ["a.txt"]), job("b", inputs: ["a.txt"], outputs: ["b.txt"]),
    job("c", inputs: ["b.txt"], outputs: ["c.txt"]),
  ]

  /// Every stage writes its output; `b` copies only the first letter of its input.
  private static func copying(_ project: Bench) -> ScriptedExecutor.Script {
    let disk = project.project.disk
    return { stage, _, write in
      let text = ((try? disk.read(stage == "a" ? "in.txt" : stage == "b" ? "a.txt" : "b.txt")) ?? nil) ?? []
      let all = String(decoding: text, as: UTF8.self)
      write("\(stage).txt", stage == "b" ? String(all.prefix(1)) : all)
      return .code(0)
    }
  }

  @Test func `a first run is told from plan to end, and its log replays to an equal record`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    let (record, ran) = try await project.run(chain, script: Self.copying(project))
    #expect(ran == ["a", "b", "c"])
    #expect(
      project.story == [
        "planned a b c", "started a 1 [PawlCore.MissReason.firstTime]", "settled a succeeded",
        "started b 1 [PawlCore.MissReason.firstTime]", "settled b succeeded",
        "started c 1 [PawlCore.MissReason.firstTime]", "settled c succeeded", "finished passed 0",
      ])
    #expect(RunRecord(replaying: project.events) == record)
  }

  @Test func `the second run runs nothing`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    _ = try await project.run(chain, script: Self.copying(project))
    let (record, ran) = try await project.run(chain, script: Self.copying(project))
    #expect(ran.isEmpty)
    #expect(record.entries.allSatisfy { $0.settlement?.outcome == .reused })
    let reuses = Set(record.entries.compactMap { $0.settlement?.reuse })
    #expect(reuses.count == 1 && reuses.first?.outputs == .inPlace)
    #expect(reuses.first?.run?.isEmpty == false && reuses.first?.run != record.head?.id)
    #expect(RunRecord(replaying: project.events) == record)
  }

  @Test func `what holds in every run is no earlier result's fault`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    let final = job("tell", inputs: ["in.txt"]) { stage in
      stage.isFinal = true
      stage.isCacheable = false
    }
    let never = job("never", inputs: ["in.txt"]) { $0.isCacheable = false }
    let script: ScriptedExecutor.Script = { _, _, _ in .code(0) }
    let (record, _) = try await project.run([final, never], script: script)
    #expect(record[StageID("tell")]?.why == [.final])
    #expect(record[StageID("never")]?.why == [.neverCached("no-cache")])
    var options = RunOptions()
    options.skipsCache = true
    let kept = job("kept", inputs: ["in.txt"])
    _ = try await project.run([kept], script: script)
    let (second, _) = try await project.run([kept], options: options, script: script)
    #expect(second[StageID("kept")]?.why == [.cacheOff])
  }

  @Test func `a forced plan says of every stage that it is forced`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    _ = try await project.run(chain, script: Self.copying(project))
    var options = RunOptions()
    options.force = .all
    let executor = ScriptedExecutor(root: project.root, Self.copying(project))
    let forecast = try await project.context(chain, options: options, executor: executor).forecast
    #expect(chain.allSatisfy { forecast.answers[$0.id] == .absent([.forced]) })
  }

  @Test func `the same bytes upstream stop the wave`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    _ = try await project.run(chain, script: Self.copying(project))
    try project.write("in.txt", "howdy")
    let (record, ran) = try await project.run(chain, script: Self.copying(project))
    #expect(ran == ["a", "b"])
    #expect(record[StageID("c")]?.settlement?.outcome == .reused)
    #expect(record[StageID("a")]?.why == [.inputChanged("in.txt")])
    #expect(record[StageID("b")]?.why == [.inputChanged("a.txt")])
  }

  @Test func `outputs that were deleted are put back without running`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    _ = try await project.run(chain, script: Self.copying(project))
    try project.project.disk.remove("b.txt")
    try project.project.disk.remove("c.txt")
    let (record, ran) = try await project.run(chain, script: Self.copying(project))
    #expect(ran.isEmpty)
    #expect(record.entries.map { $0.settlement?.reuse?.outputs } == [.inPlace, .restored, .restored])
    #expect(project.exists("b.txt"))
    #expect(project.exists("c.txt"))
  }

  @Test func `going back to earlier content reuses the earlier result`() async throws {
    let project = try Bench()
    try project.write("in.txt", "one")
    _ = try await project.run(chain, script: Self.copying(project))
    try project.write("in.txt", "two")
    _ = try await project.run(chain, script: Self.copying(project))
    try project.write("in.txt", "one")
    let (_, ran) = try await project.run(chain, script: Self.copying(project))
    #expect(ran.isEmpty)
    #expect(try project.project.disk.read("c.txt") == Array("o".utf8))
  }

  @Test func `a failed stage skips everything below it, each with its reason`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    let (record, ran) = try await project.run(chain) { _, _, _ in .code(3) }
    #expect(ran == ["a"])
    #expect(record[StageID("b")]?.settlement?.outcome == .skipped(.needs(StageID("a"))))
    #expect(record[StageID("c")]?.settlement?.outcome == .skipped(.needs(StageID("b"))))
    #expect(record.exitStatus?.code == 3)
  }

  @Test func `a failure starts nothing new, and with keep-going the rest still runs`() async throws {
    let stages = [
      job("bad", outputs: ["bad"]), job("other", outputs: ["other"], needs: []), job("last", outputs: ["last"]),
    ]
    let script: ScriptedExecutor.Script = { stage, _, write in
      write(stage, stage)
      return stage == "bad" ? .code(1) : .code(0)
    }
    let first = try Bench()
    #expect(try await first.run(stages, script: script).ran == ["bad"])
    let second = try Bench()
    var options = RunOptions()
    options.keepsGoing = true
    #expect(try await second.run(stages, options: options, script: script).ran == ["bad", "other", "last"])
  }

  @Test func `a missing output is a failure with its path`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    let (record, _) = try await project.run([chain[0]]) { _, _, _ in .code(0) }
    #expect(record[StageID("a")]?.settlement?.outcome == .failed(.outputMissing("a.txt")))
  }

  @Test func `a stage is tried again only for the causes that it names`() async throws {
    let retried = job("a", outputs: ["a.txt"]) { $0.retry = RetryPolicy(count: 2, causes: [.signal], backoff: 0) }
    let project = try Bench()
    let (record, ran) = try await project.run([retried]) { _, attempt, write in
      write("a.txt", "x")
      return attempt < 3 ? .signal(9) : .code(0)
    }
    #expect(ran.count == 3)
    #expect(record[StageID("a")]?.settlement?.outcome == .succeeded)
    #expect(record[StageID("a")]?.settlement?.attempts == 3)
    let other = try Bench()
    #expect(try await other.run([retried]) { _, _, _ in .code(1) }.ran.count == 1)
  }

  @Test func `reuse-only runs nothing and names the key that is missing`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    var options = RunOptions()
    options.reuseOnly = .all
    let (record, ran) = try await project.run(chain, options: options, script: Self.copying(project))
    #expect(ran.isEmpty)
    #expect(record.exitStatus?.code == 3)
    guard case .failed(.unusable(let diagnostic)) = record[StageID("a")]?.settlement?.outcome else {
      Issue.record("the stage did not fail")
      return
    }
    #expect(diagnostic.code == "engine.reuse-only")
  }

  @Test func `an input that changes while its stage runs is not cached, and said`() async throws {
    let project = try Bench()
    try project.write("in.txt", "hello")
    let script: ScriptedExecutor.Script = { stage, _, write in
      write("in.txt", "changed while running \(stage)")
      write("a.txt", "x")
      return .code(0)
    }
    _ = try await project.run([chain[0]], script: script)
    #expect(project.story.contains("diagnosed engine.input-changed"))
    try project.write("in.txt", "hello")
    #expect(try await project.run([chain[0]], script: Self.copying(project)).ran == ["a"])
  }

  /// Each change of what a stage depends on is a miss with the right name.
  @Test func `every part of the key is watched`() async throws {
    let base = job("a", inputs: ["in.txt"], outputs: ["a.txt"]) { stage in
      stage.parameters = [.init("rate", .number(Number(0.1)))]
      stage.environment = [EnvironmentVariable("MODE", value: "x")]
    }
    let changes: [(String, MissReason, (inout Stage) -> Void)] = [
      ("command", .commandChanged, { $0.work = .job(Command(lines: ["other"])) }),
      ("directory", .directoryChanged("", "sub"), { $0.work = .job(Command(lines: ["make a"], directory: "sub")) }),
      ("parameter", .parameterChanged("rate", "0.1", "0.2"), { $0.parameters = [.init("rate", .number(Number(0.2)))] }),
      ("environment", .environmentChanged("MODE"), { $0.environment = [EnvironmentVariable("MODE", value: "y")] }),
      ("input added", .inputAdded("more.txt"), { $0.inputs.append(Input("more.txt")) }),
      ("input removed", .inputRemoved("in.txt"), { $0.inputs = [] }),
      ("output", .outputsDeclared, { $0.outputs = [Output("a.txt"), Output("a.txt", role: .metrics)] }),
    ]
    for (name, expected, change) in changes {
      let project = try Bench()
      try project.write("in.txt", "hello")
      try project.write("more.txt", "more")
      let script: ScriptedExecutor.Script = { _, _, write in
        write("a.txt", "x")
        return .code(0)
      }
      _ = try await project.run([base], script: script)
      var changed = base
      change(&changed)
      let (record, ran) = try await project.run([changed], script: script)
      #expect(ran == ["a"], "\(name)")
      #expect(record[StageID("a")]?.why.contains(expected) == true, "\(name): \(record[StageID("a")]?.why ?? [])")
    }
  }

  @Test func `a mode bit, a renamed file and an added file in a folder are changes; touching and copying are not`()
    async throws
  {
    let project = try Bench()
    try project.write("data/one.txt", "1")
    let stages = [job("a", inputs: ["data"], outputs: ["a.txt"])]
    let script: ScriptedExecutor.Script = { _, _, write in
      write("a.txt", "x")
      return .code(0)
    }
    func runs() async throws -> Int { try await project.run(stages, script: script).ran.count }
    #expect(try await runs() == 1)
    try project.write("data/one.txt", "1")
    #expect(try await runs() == 0)
    try project.write("data/two.txt", "2")
    #expect(try await runs() == 1)
    try project.project.disk.rename("data/two.txt", to: "data/three.txt")
    #expect(try await runs() == 1)
    _ = try capture(["chmod", "+x", "data/one.txt"], in: project.root, timeout: .seconds(10))
    #expect(try await runs() == 1)
    #expect(try await runs() == 0)
  }

  @Test func `a gate is judged although its evidence failed, and is invalid`() async throws {
    var evaluate = job("evaluate", outputs: ["m.json"])
    evaluate.evaluation = Evaluation(exhibit: "evaluate", metricFiles: ["m.json"])
    let rule = GateRule(
      metric: "accuracy", comparison: .atLeast(Number(0.9), isInclusive: true), direction: .higherIsBetter,
      line: "accuracy >= 0.9")
    let gate = Stage(
      id: StageID("gate"), kind: "gate",
      work: .judge(
        Gate(
          policy: GatePolicy(rules: [rule]),
          exhibits: [Exhibit(name: "evaluate", candidate: [StageID("evaluate")])])),
      at: SourceLocation(file: "w.yml", line: 2, column: 1))
    let failed = try Bench()
    let (record, _) = try await failed.run([evaluate, gate]) { _, _, _ in .code(1) }
    #expect(record.gates.map(\.verdict) == [.invalid])
    #expect(record[StageID("gate")]?.settlement?.outcome == .rejected)
    #expect(record.exitStatus?.code == 3)
    for (text, verdict, status) in [(#"{"accuracy": 0.9}"#, Verdict.pass, 0), (#"{"accuracy": 0.89}"#, .fail, 1)] {
      let project = try Bench()
      let (record, _) = try await project.run([evaluate, gate]) { _, _, write in
        write("m.json", text)
        return .code(0)
      }
      #expect(record.gates.map(\.verdict) == [verdict])
      #expect(record.exitStatus?.code == Int32(status))
    }
  }

  @Test func `many stages settle once each whatever the width`() async throws {
    let stages = (0..<60).map { index in
      job("s\(index)", inputs: index < 10 ? [] : ["o\(index - 10)"], outputs: ["o\(index)"])
    }
    for jobs in [1, 4, 16] {
      let project = try Bench()
      var options = RunOptions()
      options.jobs = jobs
      let (record, ran) = try await project.run(stages, options: options) { stage, _, write in
        write("o" + stage.dropFirst(), stage)
        return .code(0)
      }
      #expect(ran.count == 60)
      #expect(project.story.filter { $0.hasPrefix("settled") }.count == 60)
      #expect(RunRecord(replaying: project.events) == record)
    }
  }
}
