import PawlCore
import PawlEngine
import PawlReports
import PawlSystem
import PawlWorkflow

/// A workflow made ready: loaded, planned, and asked what it would do.
struct Session: Sendable {
  let file: WorkflowFile
  let workflow: Workflow
  let plan: Plan
  let memory: StageMemory
  let heads: BaselineHeads
  let forecast: PawlEngine.Forecast
  /// Wall seconds of earlier runs.
  let durations: [StageID: Double]
  let capacity: Schedule.Capacity
  let environment: [String: String]
  let workspace: Workspace
  /// Warnings and notes of the workflow; no errors.
  let diagnostics: [Diagnostic]
  /// Every path that was looked at to read the workflow.
  let paths: Set<String>
  /// Names of variables that the workflow's text may mean.
  let variables: Set<String>
  /// `WallClock.steadyBefore()` before anything was read.
  let began: Int64

  /// Reads and checks the workflow without touching a store; throws every problem at once.
  static func load(
    _ file: WorkflowFile, _ overrides: Overrides, promotes: Bool = false, tree: (any Tree)? = nil,
    heads: inout BaselineHeads
  ) throws(Failure) -> (workflow: Workflow, diagnostics: [Diagnostic]) {
    let environment = Environment.all()
    var pairs: [(name: String, text: String)] = []
    for set in overrides.sets {
      guard let equals = set.firstIndex(of: "="), equals != set.startIndex else {
        throw Failure(
          Diagnostic("usage.set", "`--set \(set)` has no name and value", remedy: "write `--set train.rate=0.1`"))
      }
      pairs.append((String(set[..<equals]), String(set[set.index(after: equals)...])))
    }
    var request = LoadRequest(
      file: file.shown, path: file.path, sets: pairs, environment: environment, baselineOverride: overrides.baseline,
      promotes: promotes)
    request.waivers = try overrides.waivers.map { path throws(Failure) in try file.project.inner(path) }
    request.pin = try overrides.policyFrom.map { revision throws(Failure) in
      try PinnedTree(revision, root: file.project.disk.root)
    }
    var found = heads
    let loaded = WorkflowLoader.load(request, tree: tree ?? file.project.disk) { reference in
      if case .one(let record) = found.look(up: reference, disk: file.project.disk, runs: file.project.runs) {
        return record
      }
      return nil
    }
    guard let workflow = loaded.workflow else { throw Failure(loaded.diagnostics) }
    found.look(upAllOf: workflow.stages, disk: file.project.disk, runs: file.project.runs)
    heads = found
    return (workflow, loaded.diagnostics)
  }

  /// Loads, plans and forecasts; `makesEnvironments` where a run follows, whose keys need what is installed.
  static func open(
    _ file: WorkflowFile, stages: [String], overrides: Overrides, options: RunOptions, makesEnvironments: Bool = false
  ) async throws(Failure) -> Session {
    let project = file.project
    let began = WallClock.steadyBefore()
    let seen = RecordingTree(project.disk)
    var heads = BaselineHeads()
    let (workflow, diagnostics) = try load(
      file, overrides, promotes: options.promotes, tree: seen, heads: &heads)
    let disk = project.disk
    var plan = try Plan(workflow.stages) { path in
      Glob.isPattern(path) ? !((try? disk.expand(path)) ?? []).isEmpty : ((try? disk.entry(path)) ?? nil) != nil
    }
    // The record is the lock whatever part of the workflow runs.
    let records = heads.records(of: plan, disk)
    if !stages.isEmpty { plan = try plan.limited(to: stages) }
    let publishes = plan.stages.contains { if case .publish = $0.work { true } else { false } }
    if options.promotes, !publishes {
      throw Failure(
        Diagnostic(
          "usage.promote", "`--promote` promotes nothing: these stages hold no promotion",
          remedy: stages.isEmpty ? "add a gate with a baseline" : "name no stage, or the `promote` stage"))
    }
    let environment = Environment.all()
    let workspace = project.workspace
    let cache = project.cache
    try await cache.open()
    let memory = try StageMemory(
      scope: workflow.name, workspace: workspace, keyring: Keyring(workspace: workspace, environment: environment),
      cache: cache,
      objects: project.objects.linking(workflow.cacheLinks), records: records, skipsCache: options.skipsCache)
    if makesEnvironments {
      for python in Set(plan.stages.compactMap(\.python)) {
        if !(try memory.keyring.python.isMade(python)) {
          Console.progress("making the environment of `\(python.written)`; it is kept")
        }
        // Also one that is made: from now on no collector takes it away.
        _ = try memory.keyring.python.make(python)
      }
    }
    let forecast = await PawlEngine.Forecast.make(plan, memory, options: options)
    if forecast.problems.contains(where: { $0.severity == .error }) { throw Failure(forecast.problems) }
    var durations: [StageID: Double] = [:]
    for stage in plan.stages { durations[stage.id] = await memory.latest(of: stage.id)?.seconds }
    // The cache knows nothing of what it never keeps; the runs do.
    let others = Set(plan.stages.lazy.filter { durations[$0.id] == nil && !memory.keeps($0) }.map(\.id))
    durations.merge(project.runs.durations(of: others, in: workflow.name)) { known, _ in known }
    return Session(
      file: file, workflow: workflow, plan: plan, memory: memory, heads: heads, forecast: forecast,
      durations: durations, capacity: Schedule.Capacity(options, for: plan), environment: environment,
      workspace: workspace, diagnostics: diagnostics,
      paths: seen.paths, variables: try names(in: file), began: began)
  }

  /// `HOME` of every `${env.HOME}` in the file, and no harm where the text only looks like one.
  private static func names(in file: WorkflowFile) throws(Failure) -> Set<String> {
    let bytes = try file.project.disk.read(file.path) ?? []
    var names: Set<String> = []
    for part in String(decoding: bytes, as: UTF8.self).split(separator: "env.", omittingEmptySubsequences: false)
      .dropFirst()
    {
      let name = part.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      if !name.isEmpty { names.insert(String(name)) }
    }
    return names
  }

  /// What each stage would do, for `pawl plan`.
  var forecasts: [PlanForecast] {
    plan.stages.filter { $0.subject == .candidate }.map { stage in
      var directory = "."
      if case .job(let command) = stage.work, !command.directory.isEmpty { directory = command.directory }
      var told = PlanForecast(
        stage: PlannedStage(stage, in: plan), directory: directory, inputs: stage.inputs.map(\.path),
        outputs: stage.outputs.map(\.path), forecast: .undetermined)
      forecast.foretell(stage, &told)
      switch told.forecast {
      case .run, .undetermined: told.seconds = times.seconds(stage)
      case .reuse, .skip: break
      }
      return told
    }
  }

  /// How long stages would take, as far as history knows.
  var times: StageTimes {
    StageTimes(plan, durations: durations) { stage in
      forecast.skips[stage.id] != nil
        || forecast.answers[stage.id]?.kept != nil && forecast.needed[stage.id] == nil
    }
  }
}

extension PawlEngine.Forecast {
  /// What would become of a stage, and why.
  func foretell(_ stage: Stage, _ told: inout PlanForecast) {
    if let skip = skips[stage.id] {
      (told.forecast, told.skip) = (.skip, skip)
      return
    }
    if let awaited = open[stage.id], let condition = stage.condition {
      told.why = [.condition(condition.text, awaiting: awaited)]
      return
    }
    switch stage.work {
    case .judge: (told.forecast, told.why) = (.run, [.alwaysJudged])
    case .publish: (told.forecast, told.skip) = (.skip, .notAuthorised)
    case .job: recall(stage, &told)
    }
  }

  private func recall(_ stage: Stage, _ told: inout PlanForecast) {
    if let reader = needed[stage.id] {
      (told.forecast, told.why) = (.run, [.neededBy(reader)])
      return
    }
    func reuse(_ outputs: Reuse.Outputs, _ kept: Kept) {
      told.forecast = .reuse
      told.reuse = Reuse(outputs, run: kept.run, baseline: recordedBy[stage.id])
    }
    switch answers[stage.id] {
    case .inPlace(let kept): reuse(.inPlace, kept)
    case .stored(let kept): reuse(.restored, kept)
    case .recorded(let kept): reuse(.elsewhere, kept)
    case .absent(let why): (told.forecast, told.why) = (.run, why)
    case .undetermined(let awaited): told.why = awaited.map { .upstream($0) }
    case nil: break
    }
  }
}

extension Session {
  /// The record that the first gate compares with.
  var baselineUse: BaselineUse? {
    for stage in plan.stages {
      guard case .judge(let gate) = stage.work, let reference = gate.policy.baseline,
        case .one(let record) = heads[reference]
      else { continue }
      return BaselineUse(
        name: record.name, run: record.run, commit: record.commit, time: record.time, record: record.id)
    }
    return nil
  }

  /// `baseline production run 7f3ac1 (4c1d9e2) · cache 0 of 8`, for a CI's first line.
  var baselineNote: String? {
    let jobs = forecast.answers.count
    let kept = forecast.answers.values.filter { $0.kept != nil }.count
    let cache = "cache \(kept) of \(jobs)"
    return ([baselineUse.map { Wording.baseline($0) }, cache].compactMap { $0 }).joined(separator: " · ")
  }
}
