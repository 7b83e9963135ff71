import Foundation
import Glibc
import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// What stages leave at their outputs' paths without its being kept, and what becomes of it.
@Suite struct LeftOutputTests {
  private let stage = job("s", inputs: ["in.txt"], outputs: ["out.txt", "more"])

  private func project() throws -> Bench {
    let project = try Bench()
    try project.write("in.txt", "1")
    return project
  }

  /// Notes on what was kept before it was removed.
  private func notes(_ project: Bench) -> [Diagnostic] {
    project.events.compactMap { event in
      if case .diagnosed(let diagnostic) = event.kind { diagnostic } else { nil }
    }
  }

  private func objects(_ project: Bench) throws -> Int {
    try project.project.disk.list(".pawl/cache/objects").filter { $0.kind == .folder }.reduce(0) {
      try $0 + project.project.disk.list(".pawl/cache/objects/\($1.name)").count
    }
  }

  /// Ends with a code after it made something of its outputs.
  private static func failing(_ code: JobExit) -> ScriptedExecutor.Script {
    { _, _, write in
      write("out.txt", "half")
      write("more/deep/a.bin", "half of much")
      return code
    }
  }

  private static let working: ScriptedExecutor.Script = { _, _, write in
    write("out.txt", "whole")
    write("more/b.bin", "all")
    return .code(0)
  }

  @Test(arguments: [JobExit.code(1), .timedOut, .signal(9)])
  func `a file that a failed stage left is removed without a copy or a note, and its folder kept`(_ exit: JobExit)
    async throws
  {
    let project = try project()
    let (failed, _) = try await project.run([stage], script: Self.failing(exit))
    #expect(failed.exitStatus == .stageFailed)
    // People look at it.
    #expect(project.exists("out.txt") && project.exists("more/deep/a.bin"))
    #expect(try objects(project) == 0)
    let (record, _) = try await project.run([stage], script: Self.working)
    #expect(record.exitStatus == .ok)
    // A person may have put something into the folder while the stage ran.
    #expect(
      notes(project).map { $0.message.prefix(38) } == ["`more` may hold what Pawl did not make;"].map { $0.prefix(38) })
    #expect(!project.exists("more/deep"))
    // The two outputs and the one file of the folder, and the folder of before with its one.
    #expect(try objects(project) == 5)
  }

  @Test func `what a hand changed after the stage failed is kept and named, and what it left alone is not`()
    async throws
  {
    let project = try project()
    _ = try await project.run([stage], script: Self.failing(.code(1)))
    // As long as before.
    try project.write("out.txt", "HALF")
    _ = try await project.run([stage], script: Self.working)
    #expect(notes(project).map(\.code) == ["engine.foreign-output", "engine.foreign-output"])
    #expect(notes(project).first?.message.contains("`out.txt` was not made by Pawl") == true)
    let half = Made(path: "out.txt", digest: Digester.digest("HALF"), size: 4)
    #expect(project.project.objects.has(half))
  }

  @Test func `a file that a hand added to a half-made folder keeps the whole folder from being lost`() async throws {
    let project = try project()
    _ = try await project.run([stage], script: Self.failing(.code(1)))
    try project.write("more/deep/notes.txt", "what I found")
    _ = try await project.run([stage], script: Self.working)
    #expect(notes(project).map(\.message).filter { $0.contains("`more` may hold what Pawl did not make") }.count == 1)
    #expect(try project.project.objects.read(Digester.digest("what I found")) != nil)
  }

  @Test func `one output of two that was made before the stage failed is the stage's as well`() async throws {
    let project = try project()
    let (record, _) = try await project.run([stage]) { _, _, write in
      write("out.txt", "alone")
      return .code(0)
    }
    #expect(record.exitStatus == .stageFailed)
    _ = try await project.run([stage], script: Self.working)
    #expect(notes(project) == [])
  }

  @Test func `what a stage that is never cached made is no stranger to the next run`() async throws {
    let project = try project()
    var stage = stage
    stage.isCacheable = false
    for _ in 1...2 {
      let (record, ran) = try await project.run([stage], script: Self.working)
      #expect(record.exitStatus == .ok && ran == ["s"])
      #expect(notes(project) == [])
    }
    #expect(try objects(project) == 0)
  }

  @Test func `what a stage made is no stranger after a collector freed its room`() async throws {
    let project = try project()
    _ = try await project.run([stage], script: Self.working)
    try project.project.disk.remove(".pawl/cache/objects", recursively: true)
    try project.write("in.txt", "2")
    let (record, ran) = try await project.run([stage], script: Self.working)
    #expect(record.exitStatus == .ok && ran == ["s"])
    #expect(notes(project) == [])
  }

  @Test func `a run that stopped before it cleared leaves what stood there a stranger`() async throws {
    let project = try project()
    try project.write("out.txt", "by hand")
    // Keeping it fails, so nothing is cleared and nothing runs.
    var context = try await project.context(
      [stage], executor: ScriptedExecutor(root: project.root, Self.working))
    let failing = ObjectStore(
      FileActions(Disk(root: project.root) { step in step.kind == .rename ? Disk.Fault(ENOSPC) : nil }))
    context.memory = try StageMemory(
      scope: "w", workspace: context.workspace, keyring: context.memory.keyring, cache: context.memory.cache,
      objects: failing, records: [], skipsCache: false)
    let record = await RunDirector(context, sinks: [try context.folder.openLog()]).run()
    #expect(record.exitStatus == .surroundings || record.exitStatus == .stageFailed)
    #expect(try project.project.disk.read("out.txt") == Array("by hand".utf8))
    _ = try await project.run([stage], script: Self.working)
    #expect(notes(project).map(\.code) == ["engine.foreign-output"])
    #expect(try project.project.objects.read(Digester.digest("by hand")) != nil)
  }

  @Test func `what an interrupted run left is kept and called what it is`() async throws {
    let project = try project()
    // A run whose log ends in the middle of the stage, as after kill -9.
    let id = RunStore.newID(at: Timestamp(WallClock.now().seconds - 5))
    let log = try project.project.runs.create(id).openLog()
    let head = RunHead(id: id, workflow: "w", file: "w.yml", version: "t")
    let plan = try Plan([stage]) { _ in true }
    let kinds: [Event.Kind] = [
      .runPlanned(head, [PlannedStage(stage, in: plan)]), .attemptStarted(stage.id, attempt: 1, why: [.firstTime]),
      .runFinished(.error, .surroundings),
    ]
    for (index, kind) in kinds.enumerated() {
      try log.append(Event(sequence: index + 1, time: WallClock.now(), kind: kind))
    }
    try project.write("out.txt", "half")
    _ = try await project.run([stage], script: Self.working)
    let note = try #require(notes(project).first)
    #expect(note.code == "engine.half-made-output")
    #expect(note.message.contains("run \(RunName.short(id)), which was interrupted, left half-made; it is kept"))
    #expect(try project.project.objects.read(Digester.digest("half")) != nil)
    // Once the stage has ended in order, a stranger is a stranger again.
    try project.write("out.txt", "by hand")
    try project.write("in.txt", "2")
    _ = try await project.run([stage], script: Self.working)
    #expect(notes(project).map(\.code) == ["engine.foreign-output"])
  }

  @Test func `attempts of one run clear what the one before left, as ever`() async throws {
    let project = try project()
    var stage = stage
    stage.retry = RetryPolicy(count: 1, causes: [.exit(nil)])
    let (record, _) = try await project.run([stage]) { _, attempt, write in
      write("out.txt", "\(attempt)")
      write(attempt == 1 ? "more/first" : "more/second", "x")
      return attempt == 1 ? .code(3) : .code(0)
    }
    #expect(record.exitStatus == .ok)
    #expect(notes(project) == [])
    #expect(!project.exists("more/first"))
  }

  // MARK: Upstream

  @Test func `what another replaced upstream is put back before a stage reads it`() async throws {
    let project = try project()
    let stages = [
      job("a", inputs: ["in.txt"], outputs: ["a.txt"]), job("other", needs: ["a"]),
      job("b", inputs: ["a.txt"], outputs: ["b.txt"], needs: ["other"]),
    ]
    let disk = project.project.disk
    let (record, _) = try await project.run(stages) { stage, _, write in
      switch stage {
      case "a": write("a.txt", "mine")
      case "other": write("a.txt", "theirs")
      default: write("b.txt", "read " + String(decoding: ((try? disk.read("a.txt")) ?? nil) ?? [], as: UTF8.self))
      }
      return .code(0)
    }
    #expect(record.exitStatus == .ok)
    #expect(try disk.read("b.txt") == Array("read mine".utf8))
    // What stood in the way was nowhere else.
    #expect(try project.project.objects.read(Digester.digest("theirs")) != nil)
  }

  @Test func `a stage does not run on what is no longer this run's and cannot be put back`() async throws {
    let project = try project()
    var first = job("a", inputs: ["in.txt"], outputs: ["a.txt"])
    first.isCacheable = false
    let stages = [
      first, job("other", needs: ["a"]), job("b", inputs: ["a.txt"], outputs: ["b.txt"], needs: ["other"]),
    ]
    let (record, ran) = try await project.run(stages) { stage, _, write in
      write(stage == "b" ? "b.txt" : "a.txt", stage)
      return .code(0)
    }
    #expect(ran == ["a", "other"])
    #expect(record.exitStatus == .stageFailed)
    guard case .failed(.unusable(let why)) = record[StageID("b")]?.settlement?.outcome else {
      Issue.record("\(String(describing: record[StageID("b")]?.settlement?.outcome))")
      return
    }
    #expect(why.code == "engine.input-replaced" && why.message.contains("`a.txt`"))
  }
}
