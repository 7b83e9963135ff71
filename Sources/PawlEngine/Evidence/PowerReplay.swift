package import PawlCore
import PawlGate

/// The stored runs of a workflow judged by today's policy, from the evidence that they left.
extension PowerSources {
  /// Oldest first, at most `limit` of the newest, and what could not be replayed.
  package func replay(
    of gate: Gate, _ stage: Stage, now: Timestamp, limit: Int = 100
  ) -> (runs: [Replayed], caveats: [String]) {
    let drafts = self.drafts(stage)
    var runs: [Replayed] = []
    var (gone, rescored) = (0, 0)
    for draft in drafts.prefix(limit).reversed() {
      switch replay(draft, gate, stage, now) {
      case .judged(let replayed): runs.append(replayed)
      case .gone: gone += 1
      case .rescored: rescored += 1
      }
    }
    var caveats: [String] = []
    func count(_ number: Int) -> String { "\(number) \(number == 1 ? "run" : "runs")" }
    if gone > 0 { caveats.append("\(count(gone)) not replayed: the evidence is no longer stored") }
    if rescored > 0 {
      caveats.append("\(count(rescored)) not replayed: the baseline of then was scored again on other test data")
    }
    if drafts.count > limit { caveats.append("replayed are the newest \(limit) of \(drafts.count) runs") }
    if gate.policy.testSet != nil, !runs.isEmpty { caveats.append("replayed without the test set's budget of looks") }
    return (runs, caveats)
  }

  private enum Outcome {
    case judged(Replayed)
    /// Rows are no longer stored.
    case gone
    /// Measured on other data than the baseline, which only a run can score again.
    case rescored
  }

  private func replay(_ draft: Draft, _ gate: Gate, _ stage: Stage, _ now: Timestamp) -> Outcome {
    var policy = gate.policy
    policy.testSet = nil
    policy.pin = nil
    let record = self.baseline(of: draft, gate)
    if record == nil, policy.baseline != nil {
      // As with `--bootstrap`: the first run had nothing to compare with.
      for index in policy.rules.indices { policy.rules[index].onMissingBaseline = .warn }
    }
    var exhibits: [ExhibitEvidence] = []
    for exhibit in gate.exhibits {
      switch side(exhibit, draft, record, gate) {
      case .success(let evidence): exhibits.append(evidence)
      case .failure(.gone): return .gone
      case .failure(.rescored): return .rescored
      }
    }
    var evidence = GateEvidence(exhibits: exhibits)
    evidence.time = now
    let result = PawlGate.judge(policy, on: evidence, name: stage.id.name)
    return .judged(
      Replayed(
        run: draft.record.run, time: draft.record.time, gate: stage.id.name, verdict: draft.record.verdict,
        now: result.verdict, blocks: result.blocks))
  }

  private enum Lack: Error { case gone, rescored }

  private func side(
    _ exhibit: Exhibit, _ draft: Draft, _ record: BaselineRecord?, _ gate: Gate
  ) -> Result<ExhibitEvidence, Lack> {
    let mine = draft.record.evidence.filter { $0.exhibit == exhibit.name }
    var evidence = ExhibitEvidence(
      name: exhibit.name, candidate: replicates(mine, of: draft.record, gate, exhibit))
    guard !mine.isEmpty, evidence.candidate.allSatisfy({ $0.problem == nil }) else { return .failure(.gone) }
    evidence.ships = exhibit.ships.flatMap { id in mine.firstIndex { $0.stage == id } }
    evidence.models = mine.flatMap(\.models).map(\.digest)
    let today = mine.lazy.compactMap(\.testData).first
    evidence.baselineProblem = Diagnostic("baseline.none", "there was no baseline")
    if let record {
      let recorded = record.evidence.filter { $0.exhibit == exhibit.name }
      if recorded.first?.testData != today { return .failure(.rescored) }
      evidence.isSameModel = recorded.map(\.key).sorted() == mine.map(\.key).sorted()
      evidence.baseline = replicates(recorded, of: record, gate, exhibit)
      guard evidence.baseline.allSatisfy({ $0.problem == nil }) else { return .failure(.gone) }
      evidence.baselineProblem = nil
      evidence.history = history(gate, exhibit, until: record, today)
    }
    for name in gate.policy.anchorNames { evidence.anchors[name] = anchor(name, exhibit, gate, mine, today) }
    return .success(evidence)
  }

  /// The record that the run was judged against, else today's head; nil where there was none.
  private func baseline(of draft: Draft, _ gate: Gate) -> BaselineRecord? {
    guard let reference = gate.policy.baseline, case .one(let head) = heads[reference] else { return nil }
    guard let id = draft.record.parents.first else { return nil }
    if case .named(let name) = reference.origin, let record = try? store(gate)?.record(name, id) { return record }
    return head
  }

  private func anchor(
    _ name: String, _ exhibit: Exhibit, _ gate: Gate, _ mine: [RecordedEvidence], _ today: Digest?
  ) -> AnchorEvidence? {
    guard let reference = gate.policy.anchor(name), case .one(let record) = heads[reference] else { return nil }
    let recorded = record.evidence.filter { $0.exhibit == exhibit.name }
    var anchor = AnchorEvidence(baseline: replicates(recorded, of: record, gate, exhibit))
    anchor.isSameModel = recorded.map(\.key).sorted() == mine.map(\.key).sorted()
    anchor.isOtherData = recorded.first?.testData != today
    anchor.use = BaselineUse(record)
    return anchor
  }
}
