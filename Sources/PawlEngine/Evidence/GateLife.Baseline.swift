import PawlCore
import PawlGate
import PawlSystem

/// The other side: what the candidate is compared with.
extension GateLife {
  /// Fills in the baseline, the anchors and the history that the rules on an evidence ask for.
  func compare(
    _ exhibit: Exhibit, _ policy: GatePolicy, _ state: BaselineHeads.State?, _ evidence: inout ExhibitEvidence,
    _ identity: inout EvidenceIdentity
  ) {
    switch state {
    case nil: break
    case .nothing(let diagnostic), .unusable(let diagnostic): evidence.baselineProblem = diagnostic
    case .one(let record):
      let other = other(record, exhibit, twins: exhibit.baseline)
      // Nothing need be said of test data where the candidate has none.
      let caveats = other.side.caveats.filter { evidence.candidateProblem == nil || $0 != GateLife.assumedEqual }
      evidence.baseline = other.side.baseline
      evidence.baselineProblem = other.side.problem
      evidence.isSameModel = other.side.isSameModel
      evidence.isRescored = other.side.isRescored
      evidence.isOtherData = other.side.isOtherData
      evidence.caveats += caveats
      identity.baseline = other.digests
    case .tree(let tree, let label): addTree(tree, label, exhibit, &evidence, &identity)
    case .file(let path):
      let spec = exhibit.candidate.lazy.compactMap { context.plan[$0]?.evaluation?.predictions }.first
      let half = SourceFile(path: path, spec: spec).read(context.disk)
      evidence.baseline = [half.replicate]
      identity.baseline = [half.digest]
    }
    addAnchors(exhibit, policy, &evidence, &identity)
    addHistory(exhibit, policy, state, &evidence, &identity)
  }

  func use(_ state: BaselineHeads.State?, _ exhibits: [ExhibitEvidence]) -> BaselineUse? {
    guard let reference = gate.policy.baseline else { return nil }
    switch state {
    case .one(let record):
      return BaselineUse(
        record, name: record.name.isEmpty ? reference.name : record.name,
        isRescored: exhibits.contains(where: \.isRescored))
    case .tree, .file: return BaselineUse(name: reference.name)
    case nil, .nothing, .unusable: return nil
    }
  }

  // MARK: A record

  private static let assumedEqual = "the test data are assumed to be the baseline's: name them under `test-data`"

  /// A record as the other side of an evidence: as it was recorded where the test data are the same, else its model
  /// scored again by `twins`.
  private func other(
    _ record: BaselineRecord, _ exhibit: Exhibit, twins: [StageID]
  ) -> (side: AnchorEvidence, digests: [Digest]) {
    var side = AnchorEvidence(baseline: [])
    let recorded = record.evidence.filter { $0.exhibit == exhibit.name }
    guard !recorded.isEmpty else {
      let names = Set(record.evidence.map(\.exhibit)).sorted().map { "`\($0)`" }.joined(separator: ", ")
      side.problem = Diagnostic(
        "baseline.no-evidence", "baseline `\(record.name)` holds no evidence of `\(exhibit.name)`; it has: \(names)",
        at: stage.location)
      return (side, [])
    }
    side.isSameModel = isSameModel(exhibit, recorded)
    let ready = twins.filter { id in
      settlements[id]?.outcome == .succeeded || settlements[id]?.outcome == .reused
    }
    if !side.isSameModel, !twins.isEmpty, ready.count == twins.count {
      let halves = twins.map { id in
        var half = replicate(of: id)
        half.replicate.name = context.plan[id]?.evaluation?.origin?.stage.name ?? id.name
        return half
      }
      side.baseline = halves.map(\.replicate)
      side.isRescored = true
      let changed = changedInputs(exhibit, since: record)
      if !changed.isEmpty {
        side.caveats.append("old weights through what has changed since: \(changed.joined(separator: ", "))")
      }
      return (side, halves.map(\.digest))
    }
    let evaluation = exhibit.candidate.compactMap { context.plan[$0]?.evaluation }.first
    side.baseline = recorded.map { records.replicate(record, $0, evaluation?.predictions, name: $0.stage.name) }
    let digests = zip(recorded, side.baseline).map {
      EvidenceIdentity.replicate(rows: $0.predictions?.digest, $1.measurements)
    }
    if side.isSameModel { return (side, digests) }
    let today = exhibit.candidate.lazy.compactMap { settlements[$0]?.testData }.first
    let before = recorded.lazy.compactMap(\.testData).first
    if evaluation?.rescore == .always {
      // A measure of the machine: yesterday's numbers of another machine are no comparison.
      side.isOtherData = true
    } else if before == nil || today == nil {
      side.caveats.append(GateLife.assumedEqual)
    } else if before != today {
      side.isOtherData = true
    }
    if side.isOtherData { side.problem = otherData(record, twins) }
    return (side, digests)
  }

  /// Why the baseline was measured on other data and is not scored again.
  private func otherData(_ record: BaselineRecord, _ twins: [StageID]) -> Diagnostic {
    var cause = "its record holds no model"
    for id in twins {
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
      remedy: (twins.isEmpty ? "give `evaluate` a `model:`" : "mend what keeps it from being scored")
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

  // MARK: Anchors and history

  private func addAnchors(
    _ exhibit: Exhibit, _ policy: GatePolicy, _ evidence: inout ExhibitEvidence, _ identity: inout EvidenceIdentity
  ) {
    for rule in policy.rules where rule.speaks(of: exhibit.name) {
      guard case .anchor(let name, _) = rule.comparison, evidence.anchors[name] == nil else { continue }
      guard let reference = policy.anchor(name) else {
        evidence.anchors[name] = AnchorEvidence(baseline: [], problem: .noAnchorStore(name, rule.location))
        continue
      }
      switch context.baselines[reference] {
      case .one(let record):
        var (side, digests) = other(record, exhibit, twins: exhibit.anchors[name] ?? [])
        side.use = BaselineUse(record, isRescored: side.isRescored)
        evidence.anchors[name] = side
        identity.beside["anchor " + name] = digests
      case .nothing(let diagnostic):
        evidence.anchors[name] = AnchorEvidence(baseline: [], problem: diagnostic.asAnchor(name))
      case .unusable(let diagnostic): evidence.anchors[name] = AnchorEvidence(baseline: [], problem: diagnostic)
      case .tree, .file:
        evidence.anchors[name] = AnchorEvidence(baseline: [], problem: .noAnchorStore(name, rule.location))
      }
    }
  }

  private func addHistory(
    _ exhibit: Exhibit, _ policy: GatePolicy, _ state: BaselineHeads.State?, _ evidence: inout ExhibitEvidence,
    _ identity: inout EvidenceIdentity
  ) {
    guard let last = policy.historyLength(of: exhibit.name) else { return }
    evidence.historyProblem = RecordReader.historyProblem(policy, state)
    guard evidence.historyProblem == nil, case .one(let head)? = state, let reference = policy.baseline else { return }
    do throws(Failure) {
      let chain = try context.baselines.store(of: reference, context.disk).chain(of: head)
      evidence.history = RecordReader.history(
        chain, of: exhibit.name, last: last,
        today: exhibit.candidate.lazy.compactMap { settlements[$0]?.testData }.first)
      identity.beside["history"] = evidence.history.map(\.digest)
    } catch {
      evidence.historyProblem = error.diagnostics.first
    }
  }

  // MARK: Files

  private func addTree(
    _ tree: GitTree, _ label: String, _ exhibit: Exhibit, _ evidence: inout ExhibitEvidence,
    _ identity: inout EvidenceIdentity
  ) {
    let reader = EvidenceReader(context.workspace)
    for id in exhibit.candidate {
      guard let evaluation = context.plan[id]?.evaluation else { continue }
      var rows: Digest?
      var half = reader.replicate(id.name, evaluation) { path throws(Failure) in
        let bytes = try tree.read(path)
        if path == evaluation.predictions?.path { rows = bytes.map { Digester.digest($0) } }
        return bytes
      }
      half.problem?.message += " in `\(label)`"
      evidence.baseline.append(half)
      identity.baseline.append(EvidenceIdentity.replicate(rows: rows, half.measurements))
    }
  }
}

extension HistoricRun {
  /// What it measured, for the identity of what a rule asked.
  var digest: Digest {
    var wire = WireWriter()
    replicates.write(to: &wire)
    return Digester.digest(wire.bytes)
  }
}

extension Diagnostic {
  static func noAnchorStore(_ name: String, _ location: SourceLocation?) -> Diagnostic {
    Diagnostic(
      "baseline.no-anchor", "the anchor `\(name)` is looked up in the store of the gate's baseline, and it names none",
      at: location, remedy: "add `baseline: production` to the gate")
  }

  /// There is no such release yet.
  func asAnchor(_ name: String) -> Diagnostic {
    var diagnostic = self
    diagnostic.message = "there is no anchor: " + message
    diagnostic.remedy = "make the release: pawl baseline promote run:latest --name \(ShellWord.quote(name)) --bootstrap"
    return diagnostic
  }
}
