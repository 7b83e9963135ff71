import Foundation
import PawlCore
import PawlEngine
import PawlSystem

/// An executor that runs no process: a script says what each stage does.
final class ScriptedExecutor: Executor {
  typealias Script = @Sendable (_ stage: String, _ attempt: Int, _ write: (String, String) -> Void) -> JobExit

  private let root: String
  private let script: Script
  private let started = Guarded<[String]>([])

  init(root: String, _ script: @escaping Script) {
    self.root = root
    self.script = script
  }

  /// The stages that ran, in the order in which they started.
  var ran: [String] { started.change { $0 } }

  func run(
    _ job: JobSpec, handle: JobHandle, onStart: @escaping @Sendable (Int32, UInt64) -> Void,
    onOutput: @escaping @Sendable ([UInt8]) -> Void
  ) async -> JobReport {
    let stage = job.environment["PAWL_STAGE"] ?? ""
    started.change { $0.append(stage) }
    let exit = script(stage, Int(job.environment["PAWL_ATTEMPT"] ?? "") ?? 0) { path, text in
      let url = URL(fileURLWithPath: root + "/" + path)
      try? FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try? Data(text.utf8).write(to: url)
    }
    return JobReport(exit: exit, usage: Usage(seconds: 0.01))
  }
}

/// A project in a temporary folder, and runs of it through the director.
final class Bench {
  let root: String
  let project: Project
  private(set) var events: [Event] = []

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("engine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    root = folder.resolvingSymlinksInPath().path
    project = Project(root: root)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func write(_ path: String, _ text: String) throws {
    try project.disk.makeFolder(Paths.parent(path))
    try project.disk.write(path, Array(text.utf8))
  }

  func exists(_ path: String) -> Bool { project.disk.exists(path) }

  /// Runs the stages; `signal` is posted when that stage starts.
  func run(
    _ stages: [Stage], options: RunOptions = RunOptions(), script: @escaping ScriptedExecutor.Script
  ) async throws -> (record: RunRecord, ran: [String]) {
    let executor = ScriptedExecutor(root: root, script)
    let context = try await context(stages, options: options, executor: executor)
    let director = RunDirector(context, sinks: [try context.folder.openLog()])
    let record = await director.run()
    events = try project.runs.events(of: context.folder.id).events
    return (record, executor.ran)
  }

  /// What a run of the stages is given; what their gates compare with is looked up as a command does.
  func context(
    _ stages: [Stage], options: RunOptions = RunOptions(), executor: any Executor
  ) async throws -> RunContext {
    let disk = project.disk
    let plan = try Plan(stages) { path in
      Glob.isPattern(path) ? !((try? disk.expand(path)) ?? []).isEmpty : disk.exists(path)
    }
    let workspace = project.workspace
    let cache = project.cache
    var heads = BaselineHeads()
    heads.look(upAllOf: stages, disk: disk, runs: project.runs)
    let memory = try StageMemory(
      scope: "w", workspace: workspace, keyring: Keyring(workspace: workspace, environment: [:], platform: "test"),
      cache: cache,
      objects: project.objects, records: heads.records(of: plan, disk), skipsCache: options.skipsCache)
    let id = "run\(events.count)-\(UUID().uuidString.prefix(6))"
    let folder = try project.runs.create(id)
    var head = RunHead(id: id, workflow: "w", file: "w.yml", version: "test")
    head.commit = Git(root: root).head()?.commit
    return RunContext(
      workspace: workspace, workflow: Workflow(name: "w", file: "w.yml", stages: stages), plan: plan,
      head: head, folder: folder, memory: memory, baselines: heads, options: options,
      forecast: await PawlEngine.Forecast.make(plan, memory, options: options), durations: [:], environment: [:],
      capacity: .init(slots: options.jobs, cpus: 4, memory: 1 << 30), executor: executor, claims: { _ in [] })
  }

  /// Git in the project's folder.
  @discardableResult func git(_ words: String...) throws -> String {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    let answer = try capture(["git"] + identity + words, in: root, timeout: .seconds(60))
    guard answer.status == 0 else { throw Failure(Diagnostic("test.git", answer.complaint)) }
    return answer.text
  }

  /// The log as a text golden: what happened, without times and digests.
  var story: [String] {
    events.map { event in
      switch event.kind {
      case .runPlanned(_, let stages): "planned " + stages.map(\.id.name).joined(separator: " ")
      case .attemptStarted(let id, let attempt, let why): "started \(id) \(attempt) \(why)"
      case .attemptSpawned(let id, _, _, _): "spawned \(id)"
      case .attemptFailed(let id, let attempt, let exit, _, _): "attempt failed \(id) \(attempt) \(exit)"
      case .stageSettled(let id, let settlement): "settled \(id) \(settlement.outcome)"
      case .gateJudged(let id, let result): "judged \(id) \(result.verdict.rawValue)"
      case .baselineMoved(let change): "moved \(change.name)"
      case .promotionRefused(let diagnostic): "refused \(diagnostic.code)"
      case .diagnosed(let diagnostic): "diagnosed \(diagnostic.code)"
      case .cancelRequested(let signal): "cancel \(signal)"
      case .runFinished(let verdict, let status): "finished \(verdict.rawValue) \(status.code)"
      }
    }
  }
}

/// A job in a line.
func job(
  _ name: String, inputs: [String] = [], outputs: [String] = [], needs: [String] = [],
  change: (inout Stage) -> Void = { _ in }
) -> Stage {
  var stage = Stage(
    id: StageID(name), kind: "run", work: .job(Command(lines: ["make \(name)"])),
    at: SourceLocation(file: "w.yml", line: 1, column: 1))
  stage.inputs = inputs.map { Input($0) }
  stage.outputs = outputs.map { Output($0) }
  stage.needs = needs.map { StageID($0) }
  change(&stage)
  return stage
}
