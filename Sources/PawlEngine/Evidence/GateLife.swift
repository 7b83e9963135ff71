import PawlCore
import PawlGate
import PawlSystem

/// A gate from its turn to its verdict: gather both sides, judge, keep what a promotion needs.
struct GateLife: Sendable {
  let context: RunContext
  let stage: Stage
  let gate: Gate
  let settlements: [StageID: Settlement]

  func judge() async -> CountedGate.Judged {
    let state = gate.policy.baseline.map { context.baselines[$0] }
    let policy = softened(gate.policy, state)
    let (evidence, identities) = gather(policy, state)
    var judged = counted(policy).judge(policy, on: evidence, identities: identities)
    judged.result.location = stage.location
    judged.result.changes = changes(since: state)
    do throws(Failure) {
      try draft(evidence.exhibits, judged.result).write(to: context.folder, context.disk)
    } catch {
      // Whoever asked to promote needs this draft; whoever did not may still promote another run.
      judged.diagnostics +=
        context.options.promotes
        ? error.diagnostics : error.warnings(remedy: "this run cannot be promoted later: run it again")
    }
    return judged
  }

  /// Both sides of everything that is judged, and what each evidence is.
  func gather(_ policy: GatePolicy, _ state: BaselineHeads.State?) -> (GateEvidence, [EvidenceIdentity]) {
    var exhibits: [ExhibitEvidence] = []
    var identities: [EvidenceIdentity] = []
    for exhibit in gate.exhibits {
      let (evidence, identity) = self.evidence(exhibit, policy, state)
      exhibits.append(evidence)
      identities.append(identity)
    }
    var evidence = GateEvidence(
      exhibits: exhibits, baseline: use(state, exhibits), seed: EvidenceIdentity.seed(identities))
    evidence.time = context.now()
    return (evidence, identities)
  }

  private func softened(_ policy: GatePolicy, _ state: BaselineHeads.State?) -> GatePolicy {
    var policy = policy
    if context.options.promotes, context.options.bootstraps, case .nothing? = state {
      // The first record has nothing to be compared with; absolute rules still judge.
      for index in policy.rules.indices { policy.rules[index].onMissingBaseline = .warn }
    }
    for index in policy.rules.indices {
      var own = state
      if case .anchor(let name, _) = policy.rules[index].comparison {
        own = policy.anchor(name).map { context.baselines[$0] }
        // No release was named yet, as no baseline was promoted yet.
        if context.options.promotes, context.options.bootstraps, case .nothing? = own {
          policy.rules[index].onMissingBaseline = .warn
        }
      }
      // Two heads or a record that cannot be read is not "no baseline": never softened to a warning.
      if case .unusable? = own { policy.rules[index].onMissingBaseline = .invalid }
    }
    return policy
  }

  private func counted(_ policy: GatePolicy) -> CountedGate {
    var ledger: Ledger?
    if let store = policy.ledgerStore ?? policy.baseline?.store {
      let revision = policy.pin.flatMap { $0.isAbsent ? nil : $0.commit }
      ledger = Ledger(disk: context.disk, store: store, git: Git(root: context.disk.root), revision: revision)
    }
    return CountedGate(
      ledger: ledger, name: stage.id.name, run: context.head.id ?? "", time: context.now(),
      commit: context.head.commit, attempt: context.head.attempt)
  }

  // MARK: The candidate

  private func evidence(
    _ exhibit: Exhibit, _ policy: GatePolicy, _ state: BaselineHeads.State?
  ) -> (ExhibitEvidence, EvidenceIdentity) {
    var evidence = ExhibitEvidence(name: exhibit.name, candidate: [])
    // What a gate needs beside its evidence counts as well: a smoke test that failed is no pass.
    let others = (context.plan.needs[stage.id] ?? []).filter { context.plan[$0]?.subject == .candidate }
    evidence.candidateProblem = others.lazy.compactMap { problem(with: $0) }.first
    var identity = EvidenceIdentity(candidate: [])
    for id in exhibit.candidate {
      if let problem = problem(with: id) {
        evidence.candidateProblem = evidence.candidateProblem ?? problem
      } else {
        let (replicate, digest) = replicate(of: id)
        evidence.candidate.append(replicate)
        identity.candidate.append(digest)
      }
    }
    evidence.ships = exhibit.ships.flatMap { exhibit.candidate.firstIndex(of: $0) }
    for model in exhibit.candidate.flatMap({ models(of: $0) }) where !evidence.models.contains(model.digest) {
      evidence.models.append(model.digest)
    }
    // Without a budget only a ledger that is there has something to say of the test set.
    if policy.testSet != nil || counted(policy).ledger?.isThere ?? false {
      identity.testData = testData(exhibit, evidence)
    }
    compare(exhibit, policy, state, &evidence, &identity)
    return (evidence, identity)
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

  /// What a stage of either side measured, and what tells it from another replicate.
  func replicate(of id: StageID) -> (replicate: Replicate, digest: Digest) {
    guard let stage = context.plan[id], let evaluation = stage.evaluation, let settlement = settlements[id] else {
      let problem = Diagnostic("gate.no-evidence", "`\(id)` is no `evaluate` stage", at: stage.location)
      return (Replicate(name: id.name, problem: problem), Digester.digest(id.name))
    }
    if let recorded = recordedEvidence(key: settlement.key), !context.workspace.holds(settlement.outputs) {
      let replicate = records.replicate(recorded.record, recorded.evidence, evaluation.predictions, name: id.name)
      return (
        replicate, EvidenceIdentity.replicate(rows: recorded.evidence.predictions?.digest, replicate.measurements)
      )
    }
    let made = Forecast.byPath(settlement.outputs)
    let replicate = EvidenceReader(context.workspace).replicate(id.name, evaluation) { path throws(Failure) in
      guard let output = made[path] ?? inner(path, of: settlement) else { return try context.disk.read(path) }
      return try bytes(of: output)
    }
    var rows: Digest?
    if let path = evaluation.predictions?.path {
      rows = (self.made(path, by: settlement) ?? (try? context.workspace.made(path)))?.digest ?? settlement.key
    }
    return (replicate, EvidenceIdentity.replicate(rows: rows, replicate.measurements))
  }

  /// A file in a folder that a stage made and the cache holds.
  private func inner(_ path: String, of settled: Settlement) -> Made? {
    guard let folder = settled.outputs.first(where: { $0.isFolder && Paths.isUnder(path, $0.path) }) else { return nil }
    return context.memory.objects.digest(of: path, in: folder).map { Made(path: path, digest: $0, size: 0) }
  }

  /// Another `pawl` may replace the file at any moment: what was read counts, not what stands there.
  private func bytes(of made: Made) throws(Failure) -> [UInt8]? {
    if context.workspace.holds([made]), let bytes = try context.disk.read(made.path),
      Digester.digest(bytes) == made.digest || context.disk.linkText(made.path) != nil
    {
      return bytes
    }
    return try context.memory.objects.read(made.digest)
  }

  private func recordedEvidence(key: Digest?) -> (record: BaselineRecord, evidence: RecordedEvidence)? {
    guard let key else { return nil }
    for (_, record) in context.memory.records {
      if let evidence = record.evidence.first(where: { $0.key == key }) { return (record, evidence) }
    }
    return nil
  }

  var records: RecordReader {
    RecordReader(objects: context.memory.objects) { [memory = context.memory] record in
      memory.records.first { $0.record.isSame(as: record) }?.store
    }
  }

  /// Which test data the ledger counts looks at.
  private func testData(_ exhibit: Exhibit, _ evidence: ExhibitEvidence) -> Digest? {
    guard evidence.candidate.count == exhibit.candidate.count else { return nil }
    return TestSetDigest.of(
      zip(exhibit.candidate, evidence.candidate).map { id, replicate in
        let settled = settlements[id]?.testData
        // With ids the digest that was taken when the stage ended does not depend on the rows' order.
        guard let rows = replicate.rows, rows.spec.id == nil || settled == nil else { return settled }
        return TestSetDigest.of(rows) ?? settled
      })
  }

  func models(of id: StageID) -> [Made] {
    guard let evaluation = context.plan[id]?.evaluation else { return [] }
    let upstream = Forecast.byPath((context.plan.producers[id] ?? []).flatMap { settlements[$0]?.outputs ?? [] })
    return evaluation.models.compactMap { path in upstream[path] ?? (try? context.workspace.made(path)) }
  }

  /// A file of a stage: an output of its own, or inside a folder that it made.
  func made(_ path: String, by settled: Settlement) -> Made? {
    if let output = settled.outputs.first(where: { $0.path == path }) { return output }
    guard let folder = settled.outputs.first(where: { Paths.isUnder(path, $0.path) }), context.workspace.holds([folder])
    else { return nil }
    return try? context.workspace.made(path)
  }
}
