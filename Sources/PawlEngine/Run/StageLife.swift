import PawlCore
import PawlSystem

/// One job from its turn to its end: place inputs, recall, restore or run, check outputs, keep.
struct StageLife: Sendable {
  let context: RunContext
  let stage: Stage
  let command: Command
  /// Settlements of everything that this stage waited for.
  let upstream: [StageID: Settlement]
  let handle: JobHandle
  let lastLine: LastLine
  /// Tells the director what happened, in order.
  let tell: @Sendable (Event.Kind) -> Void
  /// Whether a checkpoint of another key lay there.
  let goesOnFromOther = Guarded(false)
  /// Whether the store failed to take what was made: that is nobody's to remove.
  let isRefused = Guarded(false)
  /// Whether the cache holds what the last attempt made.
  let isKept = Guarded(false)
  /// Indices of the GPUs that are this stage's while it runs.
  var gpus: [Int] = []

  var producers: [StageID] { context.plan.producers[stage.id] ?? [] }

  func live() async -> Settlement {
    do throws(Failure) {
      if let skip = await needlessTwin() { return Settlement(outcome: .skipped(skip)) }
      try await placeInputs()
      guard let answer = try await recall() else { return stopped(nil, attempts: 0) }
      // What must be put in its place waits for its turn: another `pawl` may be making the same paths.
      if !answer.isStored, let settled = try await reuse(answer) { return settled }
      if let refusal = refusal(answer) { return refusal }
      // The second time it may put back what it reads from upstream.
      if let settled = try await inTurn(answer, mends: false) { return settled }
      return try await inTurn(answer, mends: true) ?? stopped(answer, attempts: 0)
    } catch {
      return broken(error.diagnostics)
    }
  }

  /// What is done while no other `pawl` writes to what this stage makes or reads; nil when something upstream must be
  /// put back first and `mends` is not said.
  private func inTurn(_ answer: StageMemory.Answer, mends: Bool) async throws(Failure) -> Settlement? {
    guard let turn = try await turn(mends: mends) else { return stopped(answer, attempts: 0) }
    defer { turn.locks.release() }
    // Another `pawl` may have finished it while this one waited.
    var hasNews = turn.waited || mends
    if !hasNews { hasNews = await context.memory.cache.mark() != answer.mark }
    if hasNews { await context.memory.cache.refresh() }
    guard let found = hasNews ? try await recall() : answer else { return stopped(answer, attempts: 0) }
    let again = await secured(found)
    if let settled = try await reuse(again) { return settled }
    if let refusal = refusal(again, isStored: false) { return refusal }
    let lost = replacedUpstream
    if !lost.isEmpty {
      if !mends { return nil }
      if let settled = await putBack(lost, again) { return settled }
    }
    if mends { turn.locks.share() }
    return try await run(again)
  }

  /// What memory says; nil when the run is stopped meanwhile, since hashing many gigabytes is not waited for.
  private func recall() async throws(Failure) -> StageMemory.Answer? {
    let (memory, stage, upstream) = (context.memory, stage, upstreamOutputs)
    let found = try await unlessStopped(.gracefully) { () async throws(Failure) -> StageMemory.Answer in
      try await memory.recall(stage, upstream: upstream)
    }
    guard var answer = found else { return nil }
    answer.audited = audited(answer)
    return answer
  }

  /// Why a stage that is not in place may not run; nil when it may.
  private func refusal(_ answer: StageMemory.Answer, isStored: Bool? = nil) -> Settlement? {
    if isStored ?? answer.isStored, !mustRun { return nil }
    if context.options.reuseOnly.covers(stage.base, stage.id.name) { return wouldRun(answer) }
    if let missing = missingSecret { return fault(.secretMissing(missing), answer) }
    return nil
  }

  /// Whether no earlier result will do.
  var mustRun: Bool {
    context.options.force.covers(stage.base, stage.id.name) || stage.evaluation?.rescore == .always
  }

  /// What this stage reads from the stages before it.
  var upstreamMade: [Made] { producers.flatMap { upstream[$0]?.outputs ?? [] } }

  var upstreamOutputs: [String: Made] { Forecast.byPath(upstreamMade) }

  /// A twin on the record's own test data has nothing to say that the record does not hold.
  private func needlessTwin() async -> SkipReason? {
    guard stage.subject == .baseline, let evaluation = stage.evaluation else { return nil }
    guard let half = stage.after.first(where: { upstream[$0] != nil }), let mine = upstream[half] else { return nil }
    guard mine.outcome == .succeeded || mine.outcome == .reused else { return .needs(half) }
    if evaluation.rescore == .always { return nil }
    guard let origin = evaluation.origin,
      let record = context.memory.records.first(where: {
        $0.record.id == origin.record && $0.record.name == origin.baseline
      })?.record, let recorded = record.evidence.first(where: { $0.stage == origin.stage })
    else { return nil }
    if recorded.testData == mine.testData { return .sameTestData }
    // Metric files without `test-data:` cannot tell: assumed equal, and the gate says so.
    return recorded.testData == nil || mine.testData == nil ? .sameTestData : nil
  }

  private func placeInputs() async throws(Failure) {
    for input in stage.inputs {
      guard let digest = input.placed else { continue }
      if (try? context.workspace.made(input.path))?.digest == digest { continue }
      try await context.memory.placeModel(digest, at: input.path)
    }
  }

  /// The settlement of a stage that need not run, nil when it must.
  private func reuse(_ answer: StageMemory.Answer) async throws(Failure) -> Settlement? {
    if mustRun || answer.audited != nil { return nil }
    let kept: Kept
    let outputs: Reuse.Outputs
    switch answer.recall {
    case .inPlace(let found): (kept, outputs) = (found, .inPlace)
    case .stored(let found):
      guard let saved = try await restored(found) else { return nil }
      for made in saved { tell(.diagnosed(foreign(made, written: made.path, at: stage.location))) }
      (kept, outputs) = (found, .restored)
    case .recorded(let found):
      if context.forecast.needed[stage.id] != nil { return nil }
      (kept, outputs) = (found, .elsewhere)
    case .absent, .undetermined: return nil
    }
    // From now on this machine knows it too, whichever stages the next run asks for. Speed only.
    if answer.baseline != nil, context.workspace.holds(kept.outputs) { try? await context.memory.keep(stage, kept) }
    // What says which test data they were may have been declared since.
    var testData = kept.testData
    if context.workspace.holds(kept.outputs) {
      testData = try await EvidenceReader(context.workspace).testData(of: stage) ?? testData
    }
    return Settlement(
      outcome: .reused, key: answer.key, fingerprint: answer.fingerprint, outputs: kept.outputs, testData: testData,
      reuse: Reuse(outputs, run: kept.run, baseline: answer.baseline))
  }

  /// What was kept before it was replaced; nil where the content was damaged or removed behind our back, which counts
  /// as absent: then the stage runs. A disk that takes no copy of an hour's work is no reason to do that work again.
  private func restored(_ kept: Kept) async throws(Failure) -> [Made]? {
    do throws(Failure) { return try await context.memory.restore(kept, for: stage.id) } catch {
      if error.diagnostics.contains(where: { $0.code.hasPrefix("system.") }) { throw error }
      return nil
    }
  }

  private func why(_ answer: StageMemory.Answer) -> [MissReason] {
    if context.options.force.covers(stage.base, stage.id.name) { return [.forced] }
    if stage.evaluation?.rescore == .always { return [.neverCached("rescore: always")] }
    if let kept = answer.audited { return [.audited(run: kept.run)] }
    if let reader = context.forecast.needed[stage.id] { return [.neededBy(reader)] }
    if case .absent(let reasons) = answer.recall { return reasons }
    if case .stored(let kept) = answer.recall { return kept.outputs.map { .outputMissing($0.path) } }
    return [.firstTime]
  }

  private func wouldRun(_ answer: StageMemory.Answer) -> Settlement {
    if let distrust = Diagnostic.distrusted(stage, answer) { return fault(.unusable(distrust), answer) }
    return fault(
      .unusable(
        Diagnostic(
          "engine.reuse-only", "`\(stage.id)` would have to run: no result has its key \(answer.key.hex.prefix(16))…",
          remedy: "run it where training is allowed, or without `--reuse-only`")), answer)
  }

  var missingSecret: String? {
    stage.secrets.first { (context.environment[$0] ?? "").isEmpty }
  }

  /// Waits so many seconds, or until the run is stopped.
  private func pause(_ seconds: Double) async {
    let end = MonotonicClock.now() + seconds
    while handle.wanted == nil, MonotonicClock.now() < end { try? await Task.sleep(for: .milliseconds(50)) }
  }

  private func stopped(_ answer: StageMemory.Answer?, attempts: Int) -> Settlement {
    Settlement(
      outcome: ended(.exit(.stopped)), key: answer?.key, fingerprint: answer?.fingerprint, attempts: attempts)
  }

  private func run(_ answer: StageMemory.Answer) async throws(Failure) -> Settlement {
    let reasons = why(answer)
    try await clearOutputs()
    return try await notingOutputs { () async throws(Failure) -> Settlement in
      try await attempts(answer, reasons)
    }
  }

  private func attempts(_ answer: StageMemory.Answer, _ reasons: [MissReason]) async throws(Failure) -> Settlement {
    try openCheckpoint(answer)
    let parameters = try writeParameters()
    guard let caller = try await callersVariables() else { return stopped(answer, attempts: 0) }
    var attempt = 1
    while true {
      tell(.attemptStarted(stage.id, attempt: attempt, why: reasons))
      let report = await start(attempt, parameters, caller)
      for problem in report.problems { tell(.diagnosed(problem)) }
      if case .code(0) = report.exit {
        let attempts = attempt
        let settlement = try await unlessStopped(.now) { () async throws(Failure) -> Settlement in
          try await finish(answer, report, attempts: attempts)
        }
        guard let settlement else { return stopped(answer, attempts: attempt) }
        if settlement.outcome == .succeeded { closeCheckpoint() }
        return settlement
      }
      guard attempt <= stage.retry.count, stage.retry.covers(report.exit) else {
        return Settlement(
          outcome: ended(.exit(report.exit)), key: answer.key, fingerprint: answer.fingerprint, attempts: attempt,
          usage: report.usage, leftovers: report.leftovers, tail: report.tail, line: command.line(of: report))
      }
      let delay = stage.retry.delay(after: attempt, of: stage.id, in: context.head.id ?? "")
      tell(.attemptFailed(stage.id, attempt: attempt, report.exit, line: command.line(of: report), retryAfter: delay))
      await pause(delay)
      if handle.wanted != nil { return stopped(answer, attempts: attempt) }
      try await clearOutputs(keeping: false)
      attempt += 1
    }
  }

  /// With the stage's environment in front of the path, which is made first when it has gone; nil when the run is stopped
  /// meanwhile.
  private func callersVariables() async throws(Failure) -> [String: String]? {
    guard let environment = stage.python else { return context.environment }
    let (python, caller) = (context.memory.keyring.python, context.environment)
    return try await unlessStopped(.gracefully) { () throws(Failure) -> [String: String] in
      try python.variables(making: caller, in: environment)
    }
  }

  private func start(_ attempt: Int, _ parameters: String?, _ caller: [String: String]) async -> JobReport {
    let variables = JobEnvironment.variables(
      for: stage, caller: caller, run: context.head.id ?? "", attempt: attempt, parametersFile: parameters,
      checkpoint: stage.checkpoint.map { context.disk.absolute($0) }, gpus: gpus)
    lastLine.begin()
    var spec = JobSpec(
      argv: command.argv, environment: variables, directory: context.disk.absolute(command.directory),
      log: context.disk.absolute(context.folder.logPath(stage.id, attempt: attempt)),
      masks: stage.secrets.compactMap { context.environment[$0] }, timeout: stage.timeout.map { .seconds($0) },
      grace: .seconds(stage.grace), logLimit: stage.logLimit, mark: ("PAWL_RUN", context.head.id ?? ""))
    spec.times = context.disk.absolute(context.folder.timesPath(stage.id, attempt: attempt))
    spec.countsSteps = command.lines.count > 1
    spec.disk = context.disk
    if stage.resources.memory > 0 { spec.memoryLimit = stage.resources.memory }
    spec.plain = PlainCommand.read(command, environment: variables)
    // What a shell would have done.
    if spec.plain != nil { spec.environment["PWD"] = spec.directory }
    let id = stage.id
    let tell = tell
    return await context.executor.run(spec, handle: handle) { pid, startTime in
      tell(.attemptSpawned(id, attempt: attempt, pid: pid, startTime: startTime))
    } onOutput: { [lastLine] chunk in
      lastLine.take(chunk)
    }
  }

  private func finish(
    _ answer: StageMemory.Answer, _ report: JobReport, attempts: Int
  ) async throws(Failure) -> Settlement {
    var settlement = Settlement(
      outcome: .succeeded, key: answer.key, fingerprint: answer.fingerprint, attempts: attempts, usage: report.usage,
      leftovers: report.leftovers)
    for output in stage.outputs {
      guard let made = try context.workspace.made(output.path) else {
        settlement.outcome = ended(.outputMissing(output.written))
        settlement.tail = report.tail
        return settlement
      }
      if !settlement.outputs.contains(where: { $0.path == made.path }) { settlement.outputs.append(made) }
    }
    settlement.testData = try await EvidenceReader(context.workspace).testData(of: stage)
    var after: Fingerprint?
    var cause: String?
    do throws(Failure) {
      after = try await context.memory.keyring.fingerprint(of: stage, upstream: upstreamOutputs)
    } catch {
      cause = error.diagnostics.first.map { [$0.message, $0.cause].compactMap { $0 }.joined(separator: ": ") }
    }
    // Another process, or the stage itself, may have replaced what it read from upstream.
    let replaced = replacedUpstream
    if !replaced.isEmpty {
      tell(.diagnosed(changedMeanwhile(replaced.map { .inputChanged($0.path) })))
      return settlement
    }
    guard after == answer.fingerprint else {
      let changed = after.map { $0.changes(since: answer.fingerprint) } ?? []
      tell(.diagnosed(changedMeanwhile(changed, cause: cause)))
      return settlement
    }
    if goesOnFromOther.change({ $0 }) { return settlement }
    settlement.audit = compare(settlement.outputs, with: answer)
    let kept = Kept(
      key: answer.key, fingerprint: answer.fingerprint, outputs: settlement.outputs, testData: settlement.testData,
      seconds: report.usage.seconds, run: context.head.id ?? "")
    do {
      let holds = try await context.memory.keep(stage, kept)
      isKept.change { $0 = holds }
    } catch {
      // The result is there and right, and the run goes on; but the store failed, and status 4 says so.
      isRefused.change { $0 = true }
      for var diagnostic in error.diagnostics {
        diagnostic.remedy = diagnostic.remedy ?? "the result of `\(stage.id)` is used but not kept: it will run again"
        tell(.diagnosed(diagnostic))
      }
    }
    return settlement
  }

  private func changedMeanwhile(_ changes: [MissReason], cause: String? = nil) -> Diagnostic {
    var paths: [String] = []
    for change in changes {
      if case .inputChanged(let path) = change { paths.append("`\(path)`") }
    }
    return Diagnostic(
      "engine.input-changed",
      "`\(stage.id)` is not cached: its inputs changed while it ran"
        + (paths.isEmpty ? "" : " (" + paths.joined(separator: ", ") + ")"),
      severity: .warning, at: stage.location, cause: cause,
      remedy: "run again for a result that belongs to its inputs")
  }

  private func writeParameters() throws(Failure) -> String? {
    // Stages without parameters share one file.
    let isEmpty = stage.parameters.isEmpty
    let path =
      context.folder.path + (isEmpty ? "/no-params.json" : "/params/" + RunFolder.escaped(stage.id.name) + ".json")
    if isEmpty, context.disk.exists(path) { return context.disk.absolute(path) }
    try context.disk.makeFolder(Paths.parent(path))
    try context.disk.write(path, Array(JobEnvironment.parametersJSON(stage.parameters).utf8))
    return context.disk.absolute(path)
  }

  private func ended(_ fault: StageFault) -> StageOutcome {
    stage.subject == .baseline ? .unscorable(fault) : .failed(fault)
  }

  func fault(_ fault: StageFault, _ answer: StageMemory.Answer) -> Settlement {
    Settlement(outcome: ended(fault), key: answer.key, fingerprint: answer.fingerprint)
  }

  private func broken(_ diagnostics: [Diagnostic]) -> Settlement {
    let worst = diagnostics.first { $0.severity == .error } ?? diagnostics.first
    // A disk or store that fails is the surroundings' fault, not the stage's: it is said as such.
    if let worst, worst.code.hasPrefix("system.") || worst.code.hasPrefix("store.") { tell(.diagnosed(worst)) }
    return Settlement(
      outcome: ended(.unusable(worst ?? Diagnostic("engine.unexpected", "`\(stage.id)` could not be run"))))
  }
}
