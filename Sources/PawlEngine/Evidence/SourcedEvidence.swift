package import PawlCore
package import PawlGate
import PawlSystem

/// Everything that a gate without a run is judged on: one evidence, put together from sources.
package struct SourcedEvidence: Sendable {
  package var exhibit: ExhibitEvidence
  package var identity: EvidenceIdentity
  package var baseline: BaselineUse?

  /// What `judge` and `CountedGate` take.
  package func evidence(at time: Timestamp) -> GateEvidence {
    var evidence = GateEvidence(
      exhibits: [exhibit], baseline: baseline, seed: EvidenceIdentity.seed([identity]))
    evidence.time = time
    return evidence
  }
}

extension SourceReader {
  /// Both sides from sources, with the anchors and the history that the policy's rules ask for.
  ///
  /// - Parameters:
  ///   - name: what reports call the evidence.
  ///   - baseline: none: rules that compare say that there is nothing to compare with.
  /// - Throws: where a source names nothing, or a source's record holds several pieces of evidence and no `stage` says
  ///   which.
  package func evidence(
    _ name: String, candidate: [String], baseline: [String], policy: GatePolicy
  ) throws(Failure) -> SourcedEvidence {
    let mine = try side(candidate)
    let (other, problem) = try self.baseline(baseline, policy)
    var exhibit = ExhibitEvidence(name: name, candidate: mine.map(\.replicate), baseline: other.map(\.replicate))
    var identity = EvidenceIdentity(
      testData: asksWhichData(policy) ? TestSetDigest.of(mine.map(\.testData)) : nil, candidate: mine.map(\.digest),
      baseline: other.map(\.digest))
    for model in mine.flatMap(\.models) where !exhibit.models.contains(model) { exhibit.models.append(model) }
    var use: BaselineUse?
    if other.isEmpty {
      exhibit.baselineProblem =
        problem
        ?? Diagnostic("baseline.none", "there is no baseline to compare with", remedy: "give one: --baseline old.json")
    } else {
      exhibit.isSameModel = SourceReader.isSameModel(mine, other)
      if !exhibit.isSameModel, SourceReader.isOtherData(mine, other) {
        exhibit.isOtherData = true
        exhibit.baselineProblem = Diagnostic(
          "baseline.other-data", "the baseline was measured on other test data than the candidate",
          remedy: "score both on the same data, or say `allow-other-data: true` on the rule")
      }
      let records = Set(other.map { $0.use?.record })
      use = records.count == 1 ? other[0].use : nil
      use = use ?? BaselineUse(name: baseline.joined(separator: ", "))
    }
    try addAnchors(policy, mine, &exhibit, &identity)
    try addHistory(policy, mine, &exhibit, &identity)
    return SourcedEvidence(exhibit: exhibit, identity: identity, baseline: use)
  }

  /// The policy's own baseline comes from the revision that the policy was taken from, and where there is none yet that
  /// is a verdict to give; any other source must be there.
  private func baseline(
    _ sources: [String], _ policy: GatePolicy
  ) throws(Failure) -> (replicates: [SourcedReplicate], problem: Diagnostic?) {
    guard let reference = policy.baseline, case .named(let name) = reference.origin, sources == ["baseline:" + name]
    else { return (try side(sources), nil) }
    var heads = BaselineHeads()
    switch heads.look(up: reference, disk: project.disk, runs: project.runs) {
    case .one(let record):
      return (try replicates(of: record, in: heads.store(of: reference, project.disk), sources[0]), nil)
    case .nothing(let diagnostic): return ([], diagnostic)
    case .unusable(let diagnostic): throw Failure(diagnostic)
    case .tree, .file: return (try side(sources), nil)
    }
  }

  private func replicates(
    of record: BaselineRecord, in store: BaselineStore, _ source: String
  ) throws(Failure) -> [SourcedReplicate] {
    replicates(
      try evidence(of: record, source), of: record, RecordReader(objects: project.objects) { _ in store })
  }

  /// It takes a pass over the rows, so only a budget, or a ledger that is there, asks which test set this is.
  private func asksWhichData(_ policy: GatePolicy) -> Bool {
    let store = policy.ledgerStore ?? policy.baseline?.store ?? "baselines"
    return policy.testSet != nil || project.disk.exists(Paths.join(store, "ledger"))
  }

  private func side(_ sources: [String]) throws(Failure) -> [SourcedReplicate] {
    var replicates: [SourcedReplicate] = []
    for source in sources { replicates += try sourced(source) }
    return replicates
  }

  /// Model digests and predictions both equal, replicate by replicate; only records name their models.
  private static func isSameModel(_ a: [SourcedReplicate], _ b: [SourcedReplicate]) -> Bool {
    func marks(_ side: [SourcedReplicate]) -> [String]? {
      var marks: [String] = []
      for replicate in side {
        guard let rows = replicate.rows, !replicate.models.isEmpty else { return nil }
        marks.append(([rows] + replicate.models.sorted()).map(\.hex).joined(separator: " "))
      }
      return marks.isEmpty ? nil : marks.sorted()
    }
    return marks(a).map { $0 == marks(b) } ?? false
  }

  /// Rows on both sides say it themselves, row by row.
  private static func isOtherData(_ a: [SourcedReplicate], _ b: [SourcedReplicate]) -> Bool {
    if (a + b).allSatisfy({ $0.replicate.rows != nil }) { return false }
    guard let mine = a.lazy.compactMap(\.comparedData).first, let other = b.lazy.compactMap(\.comparedData).first else {
      return false
    }
    return mine != other
  }

  // MARK: Anchors and history

  private func addAnchors(
    _ policy: GatePolicy, _ mine: [SourcedReplicate], _ exhibit: inout ExhibitEvidence,
    _ identity: inout EvidenceIdentity
  ) throws(Failure) {
    var heads = BaselineHeads()
    for anchor in policy.anchorNames {
      var side = AnchorEvidence(baseline: [])
      if let reference = policy.anchor(anchor) {
        switch heads.look(up: reference, disk: project.disk, runs: project.runs) {
        case .one(let record):
          let found = try replicates(
            of: record, in: heads.store(of: reference, project.disk), "baseline:" + anchor)
          side.baseline = found.map(\.replicate)
          side.use = BaselineUse(record)
          side.isSameModel = SourceReader.isSameModel(mine, found)
          if !side.isSameModel, SourceReader.isOtherData(mine, found) {
            side.isOtherData = true
            side.problem = Diagnostic(
              "baseline.other-data", "the anchor `\(anchor)` was measured on other test data than the candidate",
              at: reference.location,
              remedy: "judge in a run, which can score it again, or say `allow-other-data: true`")
          }
          identity.beside["anchor " + anchor] = found.map(\.digest)
        case .nothing(let diagnostic): side.problem = diagnostic.asAnchor(anchor)
        case .unusable(let diagnostic): throw Failure(diagnostic)
        case .tree, .file: side.problem = .noAnchorStore(anchor, reference.location)
        }
      } else {
        side.problem = .noAnchorStore(anchor, nil)
      }
      exhibit.anchors[anchor] = side
    }
  }

  private func addHistory(
    _ policy: GatePolicy, _ mine: [SourcedReplicate], _ exhibit: inout ExhibitEvidence,
    _ identity: inout EvidenceIdentity
  ) throws(Failure) {
    let lasts = policy.rules.compactMap { if case .history(let last) = $0.comparison { last } else { nil } }
    guard let last = lasts.max() else { return }
    var heads = BaselineHeads()
    let state = policy.baseline.map { heads.look(up: $0, disk: project.disk, runs: project.runs) }
    if case .unusable(let diagnostic)? = state { throw Failure(diagnostic) }
    exhibit.historyProblem = RecordReader.historyProblem(policy, state)
    guard exhibit.historyProblem == nil, case .one(let head)? = state, let reference = policy.baseline else { return }
    guard let recorded = try evidence(of: head, "baseline:" + reference.name).first else { return }
    let chain = try heads.store(of: reference, project.disk).chain(of: head)
    exhibit.history = RecordReader.history(
      chain, of: recorded.exhibit, last: last, today: mine.lazy.compactMap(\.comparedData).first)
    identity.beside["history"] = exhibit.history.map(\.digest)
  }
}
