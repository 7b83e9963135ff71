package import PawlCore
package import PawlGate

/// Judges a gate and counts the looks that it takes at test sets: one piece for a run's gates and for `pawl gate`.
package struct CountedGate: Sendable {
  /// Nil where the policy counts no looks, or where nothing says where the ledger lies.
  package var ledger: Ledger?
  package var name: String
  /// The run that looks; `pawl gate` takes `RunStore.newID(at:)`.
  package var run: String
  package var time: Timestamp
  package var commit: String?
  package var attempt: Int?

  package init(
    ledger: Ledger?, name: String, run: String, time: Timestamp, commit: String? = nil, attempt: Int? = nil
  ) {
    self.ledger = ledger
    self.name = name
    self.run = run
    self.time = time
    self.commit = commit
    self.attempt = attempt
  }

  package struct Judged: Sendable {
    package var result: GateResult
    package var diagnostics: [Diagnostic] = []
  }

  /// The looks are on the disk when this returns; where they cannot be, the gate is invalid and says nothing else.
  ///
  /// - Parameter identities: one for each exhibit of the evidence, in its order.
  package func judge(
    _ policy: GatePolicy, on evidence: GateEvidence, identities: [EvidenceIdentity]
  ) -> Judged {
    var judged: Judged
    if let testSet = policy.testSet {
      do throws(Failure) {
        guard let ledger else {
          throw Failure(
            Diagnostic(
              "ledger.no-store", "nothing says where looks at the test set are recorded", at: testSet.location,
              remedy: "add `baseline: { name: production, store: baselines }`"))
        }
        judged = try ledger.hold { () throws(Failure) in try count(policy, testSet, evidence, identities, ledger) }
      } catch {
        // A disk that refuses the look is the surroundings' fault, and no fault of the evidence.
        judged = Judged(
          result: undecided(policy, evidence, error), diagnostics: error.diagnostics.filter(Ledger.isOfDisk))
      }
    } else {
      judged = Judged(result: PawlGate.judge(policy, on: evidence, name: name))
      judged.result.caveats += uncounted(identities)
    }
    judged.result.caveats += copies(identities)
    judged.result.pin = policy.pin
    return judged
  }

  /// Replicates with the very same content are no independent evidence, whatever they are called.
  private func copies(_ identities: [EvidenceIdentity]) -> [String] {
    var lines: [String] = []
    for identity in identities {
      for (side, digests) in [("candidate", identity.candidate), ("baseline", identity.baseline)] {
        let copies = digests.count - Set(digests).count
        guard copies > 0 else { continue }
        let line =
          "\(copies) of the \(side)'s \(digests.count) replicates measured the very same as another: "
          + "if they are copies, they are no evidence of their own"
        if !lines.contains(line) { lines.append(line) }
      }
    }
    return lines
  }

  /// A test set that other gates count looks at is said to be one, though this policy does not count.
  private func uncounted(_ identities: [EvidenceIdentity]) -> [String] {
    guard let ledger, ledger.isThere else { return [] }
    var lines: [String] = []
    for testData in identities.compactMap(\.testData) {
      guard let looks = (try? ledger.history(of: testData))?.count, looks > 0 else { continue }
      let line =
        "\(looks) look\(looks == 1 ? "" : "s") at this test set \(looks == 1 ? "is" : "are") on record, and this policy counts none: "
        + "without `test-set:` nothing is known of how often it was looked at"
      if !lines.contains(line) { lines.append(line) }
    }
    return lines
  }

  private func count(
    _ policy: GatePolicy, _ testSet: TestSetPolicy, _ evidence: GateEvidence, _ identities: [EvidenceIdentity],
    _ ledger: Ledger
  ) throws(Failure) -> Judged {
    var evidence = evidence
    var pending:
      [(names: Set<String>, exhibit: String, testData: Digest, evidence: Digest, rules: [GateRule], isSpent: Bool)] = []
    var beside: [Digest: Set<Digest>] = [:]
    var damaged: [Diagnostic] = []
    for (index, identity) in zip(evidence.exhibits.indices, identities) {
      let exhibit = evidence.exhibits[index]
      let rules = policy.rules.filter { $0.speaks(of: exhibit.name) }
      // What was not measured was not looked at.
      guard !rules.isEmpty, exhibit.candidateProblem == nil, !exhibit.candidate.isEmpty,
        exhibit.candidate.allSatisfy({ $0.problem == nil })
      else { continue }
      guard let testData = identity.testData else {
        evidence.exhibits[index].look = Look(
          exhibit: exhibit.name, testData: nil, policy: testSet, isFree: exhibit.isSameModel)
        continue
      }
      let digest = identity.digest(judgedBy: rules, under: testSet)
      let answer = try ledger.look(
        Ledger.Request(
          exhibit: exhibit.name, testData: testData, evidence: digest, policy: testSet, isFree: exhibit.isSameModel,
          beside: beside[testData] ?? [], run: run))
      evidence.exhibits[index].look = answer.look
      damaged += answer.damaged.filter { !damaged.contains($0) }
      if answer.look.isNew { beside[testData, default: []].insert(digest) }
      // The replicate that ships is judged under its own name.
      let names = Set([exhibit.name] + exhibit.candidate.map(\.name))
      if answer.mustBeWritten { pending.append((names, exhibit.name, testData, digest, rules, answer.look.isSpent)) }
    }
    var result = PawlGate.judge(policy, on: evidence, name: name)
    for item in pending {
      let judgements = result.judgements.filter { judgement in judgement.exhibit.map(item.names.contains) ?? true }
      // No rule spoke of it: nothing was shown.
      guard let verdict = judgements.map(\.verdict).max(by: { $0.rank < $1.rank }) else { continue }
      let look = RecordedLook(
        run: run, gate: name, exhibit: item.exhibit, time: time, evidence: item.evidence,
        rules: item.rules.map(\.line), verdict: verdict, policy: testSet, isSpent: item.isSpent, commit: commit,
        attempt: attempt)
      try ledger.record(look, of: item.testData, amongSeveral: evidence.exhibits.count > 1)
      if try ledger.isInRepository() {
        for index in evidence.exhibits.indices where evidence.exhibits[index].name == item.exhibit {
          evidence.exhibits[index].look?.uncommitted += 1
        }
      }
    }
    result.looks = evidence.exhibits.compactMap(\.look)
    result.caveats += damaged.map(\.message).filter { !result.caveats.contains($0) }
    return Judged(result: result, diagnostics: damaged)
  }

  /// A look that is not on record must not be seen: no verdict, and no number either.
  private func undecided(_ policy: GatePolicy, _ evidence: GateEvidence, _ failure: Failure) -> GateResult {
    let problem =
      failure.diagnostics.first ?? Diagnostic("ledger.unusable", "looks at the test set cannot be counted")
    let judgements = policy.rules.map { rule in
      var judgement = Judgement(rule: rule, verdict: .invalid, finding: .invalid(problem))
      judgement.blocks = true
      return judgement
    }
    var result = GateResult(name: name, verdict: .invalid, judgements: judgements)
    result.baseline = evidence.baseline
    return result
  }
}

extension GateRule {
  /// Whether the rule may be judged on this evidence: `stage: evaluate` is any of its variants.
  func speaks(of exhibit: String) -> Bool {
    guard let stage else { return true }
    return exhibit == stage || exhibit.hasPrefix(stage + "[")
  }
}
