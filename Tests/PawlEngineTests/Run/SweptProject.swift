import Foundation
import PawlCore
import PawlEngine
import PawlSystem
import PawlWorkflow
import Testing

/// A project with every kind of thing that a run writes: outputs that are a folder, a file, an executable and a link,
/// restored ones, one made by hand, a checkpoint, a log, rows, a model that is scored again, a look at a test set, a
/// promotion.
struct SweptProject {
  let scratch: Scratch

  var disk: Disk { scratch.disk }

  private static let workflow = """
    pawl: 1
    name: swept
    params: { seed: 7 }
    stages:
      split:
        run: mkdir -p data/sub && (cat in.txt; head -c 1100000 /dev/zero) > data/big && cp in.txt data/a && echo b > data/sub/b && ln -s a data/l
        inputs: [in.txt]
        outputs: [data]
      build:
        run: printf 'cat "$1"\\n' > tool && chmod +x tool && ln -s tool latest && mkdir made
        inputs: [tool.txt]
        outputs: [tool, latest, made]
      train:
        kind: train
        run: echo training; echo ${params.seed} > $PAWL_CHECKPOINT/step; sh ./tool data/a > ${outputs.model}
        inputs: [data, tool]
        outputs: { model: model.txt }
        checkpoint: steps
      evaluate:
        kind: evaluate
        model: model.txt
        run: sh score.sh ${model} work/${subject}.csv
        inputs: [test.csv, score.sh]
        predictions: { path: "work/${subject}.csv", task: binary, id: id, label: label, prediction: guess, positive: "1" }
      gate:
        kind: gate
        baseline: production
        test-set: { budget: 32 }
        rules: [{ metric: accuracy, may-lose: 50pt }]
    """

  private static let files = [
    "w.yml": workflow, "in.txt": "one\n", "tool.txt": "tool\n",
    "score.sh": "sed '1s/$/,guess/; 2,$s/,\\([01]\\)$/,\\1,\\1/' test.csv > $2\n",
    "test.csv": testSet(60),
  ]

  private static func testSet(_ rows: Int) -> String {
    "id,label\n" + (1...rows).map { "\($0),\($0 % 2)\n" }.joined()
  }

  /// A baseline was promoted; since then the data changed and the test set too, outputs are gone, and one is in the way.
  static func prepared() async throws -> SweptProject {
    let project = SweptProject(scratch: try Scratch())
    for (path, text) in files { try project.scratch.write(path, text) }
    let first = await project.run(on: project.disk, isFirst: true)
    guard case .ran(let record) = first, record.exitStatus == .ok else { throw Missing(path: "\(first)") }
    try project.scratch.write("in.txt", "two\n")
    try project.scratch.write("test.csv", testSet(61))
    for path in ["tool", "latest", "made"] { try project.disk.remove(path, recursively: true) }
    try project.scratch.write("model.txt", "made by hand\n")
    return project
  }

  /// Another one just like it.
  func copy() throws -> SweptProject {
    let other = SweptProject(scratch: try Scratch())
    let answer = try capture(["cp", "-a", disk.root + "/.", other.disk.root], in: "/", timeout: .seconds(60))
    guard answer.status == 0 else { throw Missing(path: answer.complaint) }
    return other
  }

  enum Ending {
    case ran(RunRecord)
    case refused(Failure)

    var status: Int32 {
      switch self {
      case .ran(let record): record.exitStatus?.code ?? -1
      // As the command does.
      case .refused(let failure):
        failure.diagnostics.contains { $0.severity == .error && $0.code.hasPrefix("system.") } ? 4 : 2
      }
    }

    var diagnostics: [Diagnostic] {
      switch self {
      case .ran(let record): record.diagnostics
      case .refused(let failure): failure.diagnostics
      }
    }
  }

  /// What `pawl run w.yml --promote` does, on a disk that may fail.
  func run(on disk: Disk, isFirst: Bool = false) async -> Ending {
    do throws(Failure) {
      let project = Project(disk: disk)
      let now = WallClock.now()
      _ = Recovery.clear(project.runs, now: now)
      var options = RunOptions()
      (options.promotes, options.bootstraps, options.allowsDirty) = (true, isFirst, true)
      let context = try await context(project, options, RunStore.newID(at: now))
      let alive = try project.runs.markAlive(context.folder.id)
      defer { alive.end() }
      _ = try project.runs.create(context.folder.id)
      return .ran(await RunDirector(context, sinks: [try context.folder.openLog()]).run())
    } catch {
      return .refused(error)
    }
  }

  private func context(_ project: Project, _ options: RunOptions, _ id: String) async throws(Failure) -> RunContext {
    let disk = project.disk
    var heads = BaselineHeads()
    let loaded = WorkflowLoader.load(
      LoadRequest(file: "w.yml", path: "w.yml", promotes: options.promotes), tree: disk
    ) { reference in
      guard case .one(let record) = heads.look(up: reference, disk: disk, runs: project.runs) else { return nil }
      return record
    }
    guard let workflow = loaded.workflow else { throw Failure(loaded.diagnostics) }
    heads.look(upAllOf: workflow.stages, disk: disk, runs: project.runs)
    let plan = try Plan(workflow.stages) { disk.exists($0) }
    let cache = project.cache
    try await cache.open()
    let memory = try StageMemory(
      scope: workflow.name, workspace: project.workspace,
      keyring: Keyring(workspace: project.workspace, environment: [:], platform: "test"), cache: cache,
      objects: project.objects, records: heads.records(of: plan, disk), skipsCache: false)
    let forecast = await PawlEngine.Forecast.make(plan, memory, options: options)
    if forecast.problems.contains(where: { $0.severity == .error }) { throw Failure(forecast.problems) }
    return RunContext(
      workspace: project.workspace, workflow: workflow, plan: plan,
      head: RunHead(id: id, workflow: workflow.name, file: "w.yml", version: "test"), folder: project.runs[id],
      memory: memory, baselines: heads, options: options, forecast: forecast, durations: [:],
      environment: ["PATH": "/usr/bin:/bin"], capacity: .init(slots: 1, cpus: 4, memory: 1 << 30), claims: { _ in [] })
  }

  // MARK: What must be true

  static let outputs = ["data", "tool", "latest", "made", "model.txt", "work/candidate.csv"]

  /// What the outputs hold, by path.
  func results() throws -> [String: Digest?] {
    var found: [String: Digest?] = [:]
    for path in SweptProject.outputs { found[path] = try TreeDigest().content(of: path, root: disk)?.digest }
    return found
  }

  func head() throws -> BaselineRecord? {
    guard case .one(let record) = try BaselineStore(disk: disk, folder: "baselines").head("production") else {
      return nil
    }
    return record
  }

  /// Every store can be read, and holds nothing that is not what it says.
  func checkStores(_ place: String) async throws {
    let runs = RunStore(disk: disk)
    for id in try runs.ids() { #expect(try runs.events(of: id).caveats == [], "\(place)") }
    #expect(try !runs.list().isEmpty, "\(place)")
    _ = try runs.resolve("latest")
    let damaged = try CacheCheck(FileActions(disk)).run(threads: 1).damaged
    #expect(damaged == [], "\(place)")
    let cache = StageCache(disk: disk)
    try await cache.open()
    let known = await cache.latest(of: StageID("swept / build"))
    #expect(known != nil, "\(place)")
    let store = BaselineStore(disk: disk, folder: "baselines")
    for record in try store.records("production") { #expect(try store.verify(record) == [], "\(place)") }
    let head = try head()
    #expect(head != nil, "\(place)")
  }

  /// What interrupted writes left, once what is older than a day was swept.
  func rest() throws -> [String] {
    let later = Timestamp(WallClock.now().seconds + 2 * 86_400)
    _ = try CacheCollector(FileActions(disk)) { later }.collect(.init(age: nil))
    return try temporaries()
  }

  func temporaries() throws -> [String] {
    try scratch.paths().filter { $0.hasSuffix(".tmp") || $0.hasSuffix(".old") || $0.contains("/.tmp-") }
  }
}
