/// A condition of a pass beside the bound: a sample that has not met it can fail a rule, but not pass it.
package struct Need: Sendable, Hashable {
  /// What is counted.
  package enum Subject: Sendable, Hashable {
    /// Rows, when the lower bound is what passes.
    case rowsBelow
    /// Rows, when the upper bound is what passes.
    case rowsAbove
    /// Rows of the rarer class expected to be ranked wrongly at the threshold (AUC).
    case misrankedRows
    /// Rows on which the predictions of the two models differ.
    case differingRows
    /// Rows of the rarest class.
    case rarestClassRows
    /// Draws of a bootstrap.
    case draws
    /// Runs on record.
    case runs
  }

  package let subject: Subject
  /// What the sample has.
  package let seen: Double
  /// What a pass wants; met when `seen` is at least this.
  package let wanted: Double

  package init(_ subject: Subject, seen: Double, wanted: Double) {
    self.subject = subject
    self.seen = seen
    self.wanted = wanted
  }

  /// Whether the sample meets the condition.
  package var isMet: Bool { seen >= wanted }
}

/// How large a sample would decide an inconclusive rule with a chance of 80 %.
///
/// For a difference: if the two models are equal. For one model's value: if the value stays as seen.
package struct SampleSize: Sendable, Hashable {
  /// What is counted.
  package enum Unit: Sendable, Hashable {
    case rows
    case seeds
  }

  package let unit: Unit
  /// The total, not what is missing.
  package let count: Int
  /// Rows of the rarer class within `count`, where the method depends on them (AUC).
  package let rarerClass: Int?

  package init(_ unit: Unit, _ count: Int, rarerClass: Int? = nil) {
    self.unit = unit
    self.count = count
    self.rarerClass = rarerClass
  }
}

/// What a comparison says about a claim.
package enum Decision: String, Sendable, Hashable {
  case pass, fail, inconclusive
}
