/// A rule's or a gate's verdict, worst last in `severityOrder`.
package enum Verdict: String, Sendable, Hashable, CaseIterable {
  case pass, fail, inconclusive, invalid, waived, notJudged = "not-judged"

  /// How bad it is: not-judged < pass < waived < inconclusive < fail < invalid (contract §4).
  package var rank: Int {
    switch self {
    case .notJudged: 0
    case .pass: 1
    case .waived: 2
    case .inconclusive: 3
    case .fail: 4
    case .invalid: 5
    }
  }
}

/// One side's number: value, one-sided bounds at the rule's confidence, and what it rests on.
package struct Estimate: Sendable, Hashable {
  /// May be NaN or infinite: the judgement then says so.
  package var value: Double
  /// The digits of the file, where the number comes from one.
  package var text: String?
  package var low: Double?
  package var high: Double?
  package var rows: Int?
  package var replicates: Int?

  package init(
    value: Double, text: String? = nil, low: Double? = nil, high: Double? = nil, rows: Int? = nil,
    replicates: Int? = nil
  ) {
    self.value = value
    self.text = text
    self.low = low
    self.high = high
    self.rows = rows
    self.replicates = replicates
  }
}

/// Candidate − baseline as measured, with its two one-sided bounds; no bounds for a point comparison.
package struct Difference: Sendable, Hashable {
  package var value: Double
  package var low: Double?
  package var high: Double?
  package var confidence: Double

  package init(value: Double, low: Double? = nil, high: Double? = nil, confidence: Double) {
    self.value = value
    self.low = low
    self.high = high
    self.confidence = confidence
  }
}

/// A column and the value that a slice has in it.
package struct SliceValue: Sendable, Hashable {
  package var column: String
  package var value: String

  package init(_ column: String, _ value: String) {
    self.column = column
    self.value = value
  }
}

/// Why a rule has its verdict, as a value that reports put into words.
package enum Finding: Sendable, Hashable {
  /// The bounds (or the points) clear the limit.
  case holds
  /// The bounds (or the points) break it.
  case broken
  /// The limit lies between the bounds; whether the point value alone would hold.
  case undecided(pointHolds: Bool)
  /// Too few rows or runs for the test, with the least number.
  case tooFew(needed: Int, what: String, pointHolds: Bool)
  /// The candidate is the baseline's model on the same evidence: the difference is 0 by identity.
  case sameModel
  /// The candidate's value is NaN or infinite.
  case candidateNotFinite(String)
  /// The evidence cannot be used.
  case invalid(Diagnostic)
  /// No baseline, or the metric is absent there, and the rule's policy is to warn.
  case missingBaseline(Diagnostic)
  /// A slice below `min-rows`.
  case notJudged(rows: Int, least: Int)
}

/// One rule on all rows, or on one slice.
package struct Judgement: Sendable, Hashable {
  package var rule: GateRule
  /// Which evidence it was judged on.
  package var exhibit: String?
  /// Empty: all rows.
  package var slice: [SliceValue] = []
  package var verdict: Verdict
  package var finding: Finding
  package var candidate: Estimate?
  package var baseline: Estimate?
  package var difference: Difference?
  /// The margin, or the absolute bound, resolved to a number in the metric's own unit.
  package var limit: Double?
  /// The comparison's method: `score`, `two-way and score`, `phantom`, `paired-bootstrap`, `point` …
  package var test: String?
  /// Two-sided, of "no difference".
  package var p: Double?
  /// Rows (or seeds) in all that would decide with 80 % chance if the models are equal.
  package var rowsNeeded: Int?
  package var needsSeeds = false
  /// Rows on which only one side is right, averaged over seeds.
  package var candidateOnlyRight: Double?
  package var baselineOnlyRight: Double?
  /// The one-sided error that it was judged at, where a budget of looks makes it smaller than the rule's own.
  package var alpha: Double?
  /// Waivers that meet this judgement, applied or not, in the file's order.
  package var waivers: [WaiverUse] = []
  /// The record of an `anchor`, or the newest of a `history`.
  package var compared: BaselineUse?
  /// Whether this judgement alone stops a merge.
  package var blocks = false
  /// Footnotes that travel with the number.
  package var caveats: [String] = []

  package init(rule: GateRule, verdict: Verdict, finding: Finding) {
    self.rule = rule
    self.verdict = verdict
    self.finding = finding
  }
}

/// What a gate can see with the rows it has, said once.
package struct Decidable: Sendable, Hashable {
  package var metric: String
  package var rows: Int
  /// Share of rows on which the two models disagree.
  package var disagreement: Double
  /// The smallest margin that is decided with 80 % chance when the models are equal.
  package var margin: Double
  /// How often `block` would stop an equal model, as a share.
  package var blocksEqual: Double

  package init(metric: String, rows: Int, disagreement: Double, margin: Double, blocksEqual: Double) {
    self.metric = metric
    self.rows = rows
    self.disagreement = disagreement
    self.margin = margin
    self.blocksEqual = blocksEqual
  }
}

/// The baseline a gate compared with.
package struct BaselineUse: Sendable, Hashable {
  package var name: String
  package var run: String?
  package var commit: String?
  package var time: Timestamp?
  /// Scored again on today's data.
  package var isRescored: Bool
  /// The record's folder name.
  package var record: String?

  package init(
    name: String, run: String? = nil, commit: String? = nil, time: Timestamp? = nil, isRescored: Bool = false,
    record: String? = nil
  ) {
    self.name = name
    self.run = run
    self.commit = commit
    self.time = time
    self.isRescored = isRescored
    self.record = record
  }
}

/// Rules × slices, judged.
package struct GateResult: Sendable, Hashable {
  package var name: String
  package var verdict: Verdict
  package var baseline: BaselineUse?
  /// Said in the title: a rule that compares had nothing to compare with.
  package var hasNoBaseline = false
  package var judgements: [Judgement]
  package var decides: Decidable?
  /// What changed since the baseline: `train.rate 0.1 → 0.0001`.
  package var changes: [String] = []
  package var caveats: [String] = []
  package var location: SourceLocation?
  /// One for each evidence, where the policy counts looks.
  package var looks: [Look] = []
  package var pin: PolicyPin?

  package init(name: String, verdict: Verdict, judgements: [Judgement]) {
    self.name = name
    self.verdict = verdict
    self.judgements = judgements
  }

  package var blocks: Bool { judgements.contains(where: \.blocks) }
}
