/// How often one test set may be looked at, and what the looks tell (statistics.md §7; ease.ml/ci, 2019).
package struct TestSetPolicy: Sendable, Hashable {
  package enum Feedback: String, Sendable, Hashable, CaseIterable {
    /// A pass ends the life of the set: each of N looks at δ/N.
    case passOnly = "pass-only"
    /// Nothing is fed back: each of N looks at δ/N.
    case none
    /// Every verdict may steer the search: each look at δ/2^N.
    case full
  }

  /// Looks in all, N; at least 1.
  package var budget: Int
  package var feedback: Feedback
  package var location: SourceLocation?

  package init(budget: Int, feedback: Feedback = .passOnly, at location: SourceLocation? = nil) {
    self.budget = budget
    self.feedback = feedback
    self.location = location
  }
}

/// What the ledger says of one gate's look at one test set.
package struct Look: Sendable, Hashable {
  /// The evidence, `evaluate`, or `evaluate[variant=a]`.
  package var exhibit: String
  /// Of ids and labels, whatever the order of the rows; nil where nothing says which data they are, so that no look
  /// can be counted.
  package var testData: Digest?
  package var policy: TestSetPolicy
  /// Distinct looks on record before this one.
  package var before: Int
  /// The run whose look this one repeats: the same evidence is no new look.
  package var repeats: String?
  /// The run whose pass ended the life of the set (`pass-only`).
  package var endedBy: String?
  /// In place of a run's name: a look on record that cannot be read.
  package static let unreadable = "a look that cannot be read"

  /// Of the looks before, and of this one once it is taken, those that git does not hold: they count on this machine only.
  package var uncommitted: Int
  /// The difference is 0 by identity: nothing was asked of the test set.
  package var isFree: Bool

  package init(
    exhibit: String, testData: Digest?, policy: TestSetPolicy, before: Int = 0, repeats: String? = nil,
    endedBy: String? = nil, uncommitted: Int = 0, isFree: Bool = false
  ) {
    self.exhibit = exhibit
    self.testData = testData
    self.policy = policy
    self.before = before
    self.repeats = repeats
    self.endedBy = endedBy
    self.uncommitted = uncommitted
    self.isFree = isFree
  }

  /// Whether it takes one of the budget.
  package var isNew: Bool { repeats == nil && !isFree }

  /// Whether nothing is left for it: inconclusive at best.
  package var isSpent: Bool { isNew && (endedBy != nil || before >= policy.budget) }

  /// Which look it is, from 1.
  package var number: Int { isNew ? before + 1 : max(1, before) }

  /// Looks that are left after it.
  package var left: Int { endedBy != nil ? 0 : max(0, policy.budget - before - (isNew ? 1 : 0)) }
}
