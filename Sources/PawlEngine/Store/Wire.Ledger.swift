package import PawlCore

/// One look at a test set: a file of the ledger, read by people in a git review.
package struct RecordedLook: Sendable, Hashable {
  /// The run that looked; for `pawl gate` a name of its own.
  package var run: String
  package var gate: String
  /// `evaluate`, or `evaluate[variant=a]`.
  package var exhibit: String
  package var time: Timestamp
  /// `EvidenceIdentity.digest(judgedBy:under:)`: looks with one digest are one look.
  package var evidence: Digest
  /// What was asked, a line a rule.
  package var rules: [String]
  /// The worst of the exhibit's judgements.
  package var verdict: Verdict
  package var feedback: TestSetPolicy.Feedback
  package var budget: Int
  /// The budget was spent, or a pass had ended the set's life, when it looked.
  package var isSpent: Bool
  package var commit: String?
  /// The CI's attempt number.
  package var attempt: Int?

  package init(
    run: String, gate: String, exhibit: String, time: Timestamp, evidence: Digest, rules: [String], verdict: Verdict,
    policy: TestSetPolicy, isSpent: Bool = false, commit: String? = nil, attempt: Int? = nil
  ) {
    self.run = run
    self.gate = gate
    self.exhibit = exhibit
    self.time = time
    self.evidence = evidence
    self.rules = rules
    self.verdict = verdict
    feedback = policy.feedback
    budget = policy.budget
    self.isSpent = isSpent
    self.commit = commit
    self.attempt = attempt
  }
}

extension RecordedLook: WireValue {
  package static let schema = "pawl.look/1"

  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("schema", RecordedLook.schema)
      $0.put("run", run)
      $0.put("gate", gate)
      $0.put("exhibit", exhibit)
      $0.put("date", time.rfc3339)
      $0.put("time", time)
      $0.put("commit", commit)
      $0.put("attempt", attempt)
      $0.put("evidence", evidence)
      $0.put("rules", rules)
      $0.put("verdict", verdict)
      $0.put("feedback", feedback)
      $0.put("budget", budget)
      $0.put("spent", isSpent, unless: false)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      run: try wire.get("run"), gate: try wire.get("gate"), exhibit: try wire.get("exhibit"),
      time: try wire.get("time"), evidence: try wire.get("evidence"), rules: try wire.get("rules"),
      verdict: try wire.get("verdict"),
      policy: TestSetPolicy(budget: try wire.get("budget"), feedback: try wire.get("feedback")),
      isSpent: try wire.get("spent", else: false), commit: try wire.find("commit"), attempt: try wire.find("attempt"))
  }

  /// The file's text: pretty JSON, the same bytes for the same look.
  package var fileBytes: [UInt8] {
    var wire = WireWriter()
    write(to: &wire)
    return PrettyJSON.text(wire.bytes)
  }

  /// Nil for anything torn, altered beyond reading, or of another version.
  package init?(_ bytes: [UInt8]) {
    guard let value = Wire.parse(bytes), case .text(RecordedLook.schema)? = value["schema"],
      let look = try? RecordedLook(wire: value)
    else { return nil }
    self = look
  }
}
