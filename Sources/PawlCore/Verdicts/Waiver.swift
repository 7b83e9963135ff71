/// A reviewed exception to one rule: who accepts its failure, why, and until when (contract §4, *Waivers*).
package struct Waiver: Sendable, Hashable {
  /// As written: a rule's name, or its one-line form.
  package var rule: String
  /// The one-line form after parsing, when `rule` is one; compared with `GateRule.line`.
  package var line: String?
  /// Empty: all rows and every slice of the rule.
  package var slice: [SliceValue]
  /// Only this candidate: a SHA-256 of one of its model files, or the first digits of one (at least 8).
  package var model: String?
  /// Beyond this loss the waiver is void.
  package var upTo: Margin?
  package var reason: String
  package var owner: String
  /// The last day that counts, `2026-12-31`, in UTC.
  package var expires: String
  /// The first instant after that day.
  package var end: Timestamp
  package var location: SourceLocation?

  package init(
    rule: String, line: String? = nil, slice: [SliceValue] = [], model: String? = nil, upTo: Margin? = nil,
    reason: String, owner: String, expires: String, end: Timestamp, at location: SourceLocation? = nil
  ) {
    self.rule = rule
    self.line = line
    self.slice = slice
    self.model = model
    self.upTo = upTo
    self.reason = reason
    self.owner = owner
    self.expires = expires
    self.end = end
    self.location = location
  }
}

/// A waiver that meets a judgement: it softened the verdict, or why it did not.
package struct WaiverUse: Sendable, Hashable {
  package enum State: String, Sendable, Hashable, CaseIterable {
    /// The judgement is `waived` because of it.
    case applied
    case expired
    /// The loss is larger than `up-to`, or cannot be measured.
    case void
    /// It is for another candidate.
    case otherModel = "other-model"
  }

  package var waiver: Waiver
  package var state: State
  /// The verdict as it would be without it.
  package var original: Verdict

  package init(_ waiver: Waiver, _ state: State, original: Verdict) {
    self.waiver = waiver
    self.state = state
    self.original = original
  }
}
