import PawlCore
import PawlGate
import PawlSystem

/// A gate from its turn to its verdict: gather both sides, judge, keep what a promotion needs.
struct GateLife: Sendable {
  let context: RunContext
  let stage: Stage
  let gate: Gate
  let settlements: [StageID: Settlement]

  struct Judged: Sendable {
    var result: GateResult
    var diagnostics: [Diagnostic] = []
  }

  func judge() async -> Judged {
    var policy = gate.policy
    let state = policy.baseline.map { context.baselines[$0] }
    if context.options.promotes, context.options.bootstraps, case .nothing? = state {
      // The first record has nothing to be compared with; absolute rules still judge.
      for index in policy.rules.indices { policy.rules[index].onMissingBaseline = .warn }
    }
    if case .unusable? = state {
      // Two heads or a record that cannot be read is not "no baseline": never softened to a warning.
      for index in policy.rules.indices { policy.rules[index].onMissingBaseline = .invalid }
    }
    var exhibits: [ExhibitEvidence] = []
    for exhibit in gate.exhibits { exhibits.append(await evidence(exhibit, state)) }
    let evidence = GateEvidence(exhibits: exhibits, baseline: use(state, exhibits), seed: seed(state))
    var judged = Judged(result: PawlGate.judge(policy, on: evidence, name: stage.id.name))
    judged.result.location = stage.location
    judged.result.changes = changes(since: state)
    do throws(Failure) {
      try draft(exhibits, judged.result).write(to: context.folder, context.disk)
    } catch {
      judged.diagnostics += error.diagnostics.map { problem in
        var problem = problem
        problem.severity = .warning
        return problem
      }
    }
    return judged
  }

  // MARK: Both sides

  private func evidence(_ exhibit: Exhibit, _ state: BaselineHeads.State?) async -> ExhibitEvidence {
    var evidence = ExhibitEvidence(name: exhibit.name, candidate: [])
    // What a gate needs beside its evidence counts as well: a smoke test that failed is no pass.
    let others = (context.plan.needs[stage.id] ?? []).filter { context.plan[$0]?.subject == .candidate }
    evidence.candidateProblem = others.lazy.compactMap { problem(with: $0) }.first
    for id in exhibit.candidate {
      if let problem = problem(with: id) {
        evidence.candidateProblem = evidence.candidateProblem ?? problem
      } else {
        evidence.candidate.append(replicate(of: id))
      }
    }
    evidence.ships = exhibit.ships.flatMap { exhibit.candidate.firstIndex(of: $0) }
    switch state {
    case nil: break
    case .nothing(let diagnostic), .unusable(let diagnostic): evidence.baselineProblem = diagnostic
    case .one(let record): addRecorded(record, exhibit, to: &evidence)
    case .tree(let tree, let label): addTree(tree, label, exhibit, to: &evidence)
    case .file(let path): addFile(path, exhibit, to: &evidence)
    }
    return evidence
  }

  private func problem(with id: StageID) -> Diagnostic? {
    let settlement = settlements[id]
    switch settlement?.outcome {
    case .succeeded, .reused: return nil
    case .failed, .rejected, .unscorable:
      return Diagnostic(
        "gate.evidence-failed", "its evidence was not made: `\(id)` failed", at: context.plan[id]?.location,
        remedy: "pawl log latest \(ShellWord.quote(id.name))")
    case .skipped, nil:
      return Diagnostic(
        "gate.evidence-skipped", "its evidence was not made: `\(id)` was not run", at: context.plan[id]?.location)
    }
  }

  private func replicate(of id: StageID) -> Replicate {
    guard let stage = context.plan[id], let evaluation = stage.evaluation, let settlement = settlements[id] else {
      return Replicate(
        name: id.name, problem: Diagnostic("gate.no-evidence", "`\(id)` is no `evaluate` stage", at: stage.location))
    }
    let made = Forecast.byPath(settlement.outputs)
    if let recorded = recordedEvidence(key: settlement.key), !context.workspace.holds(settlement.outputs) {
      return replicate(recorded.record, recorded.evidence, evaluation, name: id.name)
    }
    return EvidenceReader(context.workspace).replicate(id.name, evaluation) { path throws(Failure) in
      guard let output = made[path] else { return try context.disk.read(path) }
      return try bytes(of: output)
    }
  }

  private func bytes(of made: Made) throws(Failure) -> [UInt8]? {
    if context.workspace.holds([made]) { return try context.disk.read(made.path) }
    return try context.memory.objects.read(made.digest)
  }

  private func recordedEvidence(key: Digest?) -> (record: BaselineRecord, evidence: RecordedEvidence)? {
    guard let key else { return nil }
    for (_, record) in context.memory.records {
      if let evidence = record.evidence.first(where: { $0.key == key }) { return (record, evidence) }
    }
    return nil
  }

  /// A recorded replicate: its numbers from the record, its rows from the record's folder or the cache.
  private func replicate(
    _ record: BaselineRecord, _ recorded: RecordedEvidence, _ evaluation: Evaluation?, name: String
  ) -> Replicate {
    var replicate = Replicate(name: name, measurements: recorded.metrics.filter { $0.file != nil })
    guard let rows = recorded.predictions else {
      replicate.measurements = recorded.metrics
      return replicate
    }
    guard var spec = evaluation?.predictions else {
      replicate.measurements = recorded.metrics
      return replicate
    }
    spec.path = rows.path
    do throws(Failure) {
      guard let bytes = try content(rows, of: record) else {
        replicate.measurements = recorded.metrics
        replicate.problem = missingRows(rows, record)
        return replicate
      }
      replicate.rows = try RowTable.read(
        bytes, spec: spec, file: "baseline \(record.name): \(rows.path)", needsSlices: false)
      replicate.files = [rows.path]
    } catch {
      replicate.problem = error.diagnostics.first
    }
    return replicate
  }

  /// Why recorded rows cannot be read. Where the record has one replicate and only their digest, its numbers are left:
  /// the gate compares with a number and says so. Numbers of several seeds would hide that rows vary.
  private func missingRows(_ rows: Made, _ record: BaselineRecord) -> Diagnostic? {
    if let file = record.stored[rows.digest] {
      return Diagnostic(
        "baseline.content-damaged", "`\(file)` of baseline `\(record.name)` is missing or not what was promoted",
        remedy: "`git checkout` brings it back; `pawl baseline verify` names every such file")
    }
    if record.evidence.count == 1 { return nil }
    return Diagnostic(
      "baseline.rows-gone",
      "the rows of baseline `\(record.name)` are neither in its record nor in the cache (\(rows.digest.hex.prefix(16))…)",
      remedy: "raise `keep: { predictions: … }` before the next promotion, or judge where the cache has them")
  }

  private func content(_ made: Made, of record: BaselineRecord) throws(Failure) -> [UInt8]? {
    if let entry = context.memory.records.first(where: { $0.record.id == record.id }),
      let bytes = try entry.store.content(record, made.digest)
    {
      return bytes
    }
    return try context.memory.objects.read(made.digest)
  }

  private func addRecorded(_ record: BaselineRecord, _ exhibit: Exhibit, to evidence: inout ExhibitEvidence) {
    let recorded = record.evidence.filter { $0.exhibit == exhibit.name }
    guard !recorded.isEmpty else {
      let names = Set(record.evidence.map(\.exhibit)).sorted().map { "`\($0)`" }.joined(separator: ", ")
      evidence.baselineProblem = Diagnostic(
        "baseline.no-evidence", "baseline `\(record.name)` holds no evidence of `\(exhibit.name)`; it has: \(names)",
        at: stage.location)
      return
    }
    let evaluation = exhibit.candidate.compactMap { context.plan[$0]?.evaluation }.first
    evidence.isSameModel = isSameModel(exhibit, recorded)
    let today = exhibit.candidate.lazy.compactMap { settlements[$0]?.testData }.first
    let before = recorded.lazy.compactMap(\.testData).first
    let twins = exhibit.baseline.filter { id in
      settlements[id]?.outcome == .succeeded || settlements[id]?.outcome == .reused
    }
    if !evidence.isSameModel, !exhibit.baseline.isEmpty, twins.count == exhibit.baseline.count {
      evidence.baseline = exhibit.baseline.map { id in
        var half = replicate(of: id)
        half.name = id.name.replacingSuffix("@baseline", with: "")
        return half
      }
      evidence.isRescored = true
      let changed = changedInputs(exhibit)
      if !changed.isEmpty {
        evidence.caveats.append("old weights through what has changed since: \(changed.joined(separator: ", "))")
      }
      return
    }
    evidence.baseline = recorded.map { replicate(record, $0, evaluation, name: $0.stage.name) }
    if evaluation?.rescore == .always, !evidence.isSameModel {
      // A measure of the machine: yesterday's numbers of another machine are no comparison.
      evidence.isOtherData = true
      evidence.baselineProblem = otherData(exhibit, record)
      return
    }
    if before == nil || today == nil {
      if !evidence.isSameModel, evidence.candidateProblem == nil {
        evidence.caveats.append("the test data are assumed to be the baseline's: name them under `test-data`")
      }
    } else if before != today, !evidence.isSameModel {
      evidence.isOtherData = true
      evidence.baselineProblem = otherData(exhibit, record)
    }
  }

  /// Why the baseline was measured on other data and is not scored again.
  private func otherData(_ exhibit: Exhibit, _ record: BaselineRecord) -> Diagnostic {
    var cause = "its record holds no model"
    for id in exhibit.baseline {
      switch settlements[id]?.outcome {
      case .unscorable(.unusable(let diagnostic)): cause = diagnostic.message
      case .unscorable: cause = "`\(id)` failed: pawl log latest \(ShellWord.quote(id.name))"
      case .succeeded, .reused, .failed, .rejected, .skipped, nil: continue
      }
      break
    }
    return Diagnostic(
      "baseline.other-data",
      "baseline `\(record.name)` was measured on other test data and cannot be scored again", at: stage.location,
      cause: cause,
      remedy: (exhibit.baseline.isEmpty ? "give `evaluate` a `model:`" : "mend what keeps it from being scored")
        + ", or say `allow-other-data: true` on the rule")
  }

  private func isSameModel(_ exhibit: Exhibit, _ recorded: [RecordedEvidence]) -> Bool {
    let mine = exhibit.candidate.compactMap { settlements[$0] }
    guard mine.count == exhibit.candidate.count, mine.count == recorded.count, !mine.isEmpty else { return false }
    if mine.compactMap(\.key).sorted() == recorded.map(\.key).sorted() { return true }
    // Model digests and predictions both equal, replicate by replicate.
    return zip(exhibit.candidate, mine).allSatisfy { id, settlement in
      guard let old = recorded.first(where: { $0.stage == id }), let rows = old.predictions, !old.models.isEmpty,
        settlement.outputs.contains(where: { $0.digest == rows.digest })
      else { return false }
      return models(of: id).map(\.digest).sorted() == old.models.map(\.digest).sorted()
    }
  }

  private func addTree(_ tree: GitTree, _ label: String, _ exhibit: Exhibit, to evidence: inout ExhibitEvidence) {
    let reader = EvidenceReader(context.workspace)
    for id in exhibit.candidate {
      guard let evaluation = context.plan[id]?.evaluation else { continue }
      var half = reader.replicate(id.name, evaluation) { path throws(Failure) in try tree.read(path) }
      if half.problem != nil {
        half.problem = half.problem.map { problem in
          var problem = problem
          problem.message += " in `\(label)`"
          return problem
        }
      }
      evidence.baseline.append(half)
    }
  }

  private func addFile(_ path: String, _ exhibit: Exhibit, to evidence: inout ExhibitEvidence) {
    let spec = exhibit.candidate.lazy.compactMap { context.plan[$0]?.evaluation?.predictions }.first
    evidence.baseline = [SourceFile(path: path, spec: spec).replicate(context.disk)]
  }

  // MARK: What goes with the verdict

  private func use(_ state: BaselineHeads.State?, _ exhibits: [ExhibitEvidence]) -> BaselineUse? {
    guard let reference = gate.policy.baseline else { return nil }
    switch state {
    case .one(let record):
      return BaselineUse(
        name: record.name.isEmpty ? reference.name : record.name, run: record.run, commit: record.commit,
        time: record.time, isRescored: exhibits.contains(where: \.isRescored), record: record.id)
    case .tree, .file: return BaselineUse(name: reference.name)
    case nil, .nothing, .unusable: return nil
    }
  }

  /// The same evidence gives the same draws: the seed is made of what was judged.
  private func seed(_ state: BaselineHeads.State?) -> UInt64 {
    var text = ""
    for exhibit in gate.exhibits {
      for id in exhibit.candidate { text += (settlements[id]?.outputs ?? []).map(\.digest.hex).joined(separator: " ") }
    }
    if case .one(let record)? = state { text += record.evidence.compactMap { $0.predictions?.digest.hex }.joined() }
    return Digester.digest(text).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func models(of id: StageID) -> [Made] {
    guard let evaluation = context.plan[id]?.evaluation else { return [] }
    let upstream = Forecast.byPath((context.plan.producers[id] ?? []).flatMap { settlements[$0]?.outputs ?? [] })
    return evaluation.models.compactMap { path in upstream[path] ?? (try? context.workspace.made(path)) }
  }

  /// The record that a promotion of this candidate would write.
  private func draft(_ exhibits: [ExhibitEvidence], _ result: GateResult) -> Draft {
    var record = BaselineRecord(
      id: "", name: gate.policy.baseline?.name ?? "", run: context.head.id ?? "", workflow: context.workflow.name,
      time: context.now(), commit: context.head.commit, isDirty: context.head.isDirty ?? false, verdict: result.verdict,
      claims: context.claims(result))
    record.parents = result.baseline?.record.map { [$0] } ?? []
    let judged = gate.exhibits.flatMap(\.candidate)
    var upstream: [StageID] = []
    var queue = judged
    while let id = queue.popLast() {
      guard !upstream.contains(id) else { continue }
      upstream.append(id)
      queue += context.plan.needs[id] ?? []
    }
    for stage in context.plan.stages where upstream.contains(stage.id) {
      guard let settled = settlements[stage.id], let key = settled.key, let fingerprint = settled.fingerprint else {
        continue
      }
      record.stages.append(RecordedStage(id: stage.id, key: key, fingerprint: fingerprint, outputs: settled.outputs))
    }
    for (exhibit, evidence) in zip(gate.exhibits, exhibits) {
      for (id, replicate) in zip(exhibit.candidate, evidence.candidate) {
        guard let stage = context.plan[id], let settled = settlements[id], let key = settled.key else { continue }
        let rows = stage.evaluation?.predictions?.path
        record.evidence.append(
          RecordedEvidence(
            exhibit: exhibit.name, stage: id, base: stage.base, matrix: stage.matrix, key: key,
            testData: settled.testData, models: models(of: id),
            predictions: rows.flatMap { self.made($0, by: settled) }, metrics: measured(replicate, stage)))
      }
    }
    return Draft(gate: stage.id.name, reference: gate.policy.baseline, record: record)
  }

  /// A file of a stage: an output of its own, or inside a folder that it made.
  private func made(_ path: String, by settled: Settlement) -> Made? {
    if let output = settled.outputs.first(where: { $0.path == path }) { return output }
    guard let folder = settled.outputs.first(where: { Paths.isUnder(path, $0.path) }), context.workspace.holds([folder])
    else { return nil }
    return try? context.workspace.made(path)
  }

  /// What was read from files, and what Pawl computes from the rows.
  private func measured(_ replicate: Replicate, _ stage: Stage) -> [Measurement] {
    var metrics = replicate.measurements
    if let rows = replicate.rows, let spec = stage.evaluation?.predictions {
      for name in spec.compute + spec.values.map(\.name) {
        if let value = RowMetrics.value(of: name, rows: rows).value {
          metrics.append(Measurement(name, .number(Number(value))))
        }
      }
    }
    return metrics.sorted { $0.name < $1.name }
  }
}

extension String {
  /// The text with one ending in place of another, unchanged when it has another ending.
  func replacingSuffix(_ suffix: String, with other: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) + other : self
  }
}
