/// What a gate can see: chances of each verdict, planned from numbers alone or measured on a gate's own evidence.
///
/// Chances and shares are in [0, 1], differences and margins in the metric's own unit.
package struct PowerReport: Sendable, Hashable {
  /// The workflow's name, or `plan`.
  package var title: String
  /// What was asked with `--rows`, `--disagree`, `--margin`; nil for a gate.
  package var plan: PowerPlan?
  /// One for each rule of each gate, in their order.
  package var rules: [RulePower] = []
  /// How the stored runs would fare under today's policy, oldest first.
  package var replay: [Replayed] = []
  /// What to type next, where less is said than could be.
  package var remedies: [String] = []
  package var caveats: [String] = []

  package init(title: String) { self.title = title }

  /// The share of the replayed runs that today's policy would block; nil without any.
  package var shareBlocked: Double? {
    replay.isEmpty ? nil : Double(replay.count(where: \.blocks)) / Double(replay.count)
  }
}

/// A test set planned before any training.
package struct PowerPlan: Sendable, Hashable {
  /// What the rows are, and what is assumed of two models on them.
  package enum Kind: Sendable, Hashable {
    /// Right / wrong outcomes, paired; the share of rows on which exactly one model is right.
    case outcomes(disagreement: Double)
    /// The mean of a number a row; the standard deviation of the difference of two models on one row.
    case mean(deviation: Double)
    /// The area under the ROC curve of both models, and the correlation of their scores within a class (binormal).
    case area(positives: Int, negatives: Int, area: Double, correlation: Double)
  }

  package var kind: Kind
  /// nil: not given, or the positives and negatives of an area.
  package var rows: Int?
  package var margin: Double?
  /// One-sided, of one look.
  package var alpha: Double
  /// Looks that share the error, with what they tell; nil: one look.
  package var testSet: TestSetPolicy?
  /// The level of one look: `alpha` shared among the looks.
  package var lookAlpha: Double
  /// Rows with which equal models pass with a chance of 80 %; nil when no number does, or without a margin.
  package var rowsNeeded: Int?
  /// The same with the whole error for one look: what the looks cost.
  package var rowsOneLook: Int?
  /// What the rows do at the margin; without a margin, only what they decide.
  package var chances: PowerChances?
  /// Without a margin, or without rows: the same for a few margins, smallest first.
  package var options: [PowerOption] = []
  package var curve: [PowerPoint] = []

  package init(_ kind: Kind, alpha: Double) {
    self.kind = kind
    self.alpha = alpha
    self.lookAlpha = alpha
  }

  /// The share of rows on which exactly one model is right, where that was given.
  package var disagreement: Double? {
    switch kind {
    case .outcomes(let disagreement): disagreement
    case .mean, .area: nil
    }
  }
}

/// One margin that a plan might choose.
package struct PowerOption: Sendable, Hashable {
  package var margin: Double
  /// Rows with which equal models pass with a chance of 80 %; nil when no number does, or where the rows are given.
  package var rowsNeeded: Int?
  /// nil without rows.
  package var chances: PowerChances?

  package init(margin: Double, rowsNeeded: Int? = nil, chances: PowerChances? = nil) {
    self.margin = margin
    self.rowsNeeded = rowsNeeded
    self.chances = chances
  }
}

/// What becomes of equal and of worse models at one margin.
package struct PowerChances: Sendable, Hashable {
  /// An equal model passes; what it neither passes nor fails is inconclusive.
  package var equalPasses: Double
  package var equalFails: Double
  /// An equal model is stopped under `when-inconclusive: block` and under `point`.
  package var blockStopsEqual: Double
  package var pointStopsEqual: Double
  /// A model whose true loss is the margin passes: the promise is at most alpha.
  package var marginPasses: Double
  /// The smallest true loss that fails with a chance of 80 %; nil when none does.
  package var smallestLossSeen: Double?
  /// The smallest margin that equal models pass with a chance of 80 %.
  package var marginDecided: Double?

  /// An equal model is inconclusive.
  package var equalInconclusive: Double { max(0, 1 - equalPasses - equalFails) }

  package init(
    equalPasses: Double, equalFails: Double, blockStopsEqual: Double, pointStopsEqual: Double, marginPasses: Double,
    smallestLossSeen: Double? = nil, marginDecided: Double? = nil
  ) {
    self.equalPasses = equalPasses
    self.equalFails = equalFails
    self.blockStopsEqual = blockStopsEqual
    self.pointStopsEqual = pointStopsEqual
    self.marginPasses = marginPasses
    self.smallestLossSeen = smallestLossSeen
    self.marginDecided = marginDecided
  }
}

/// A point of a power curve: a true loss of the candidate (negative: a gain), and the chance of each verdict.
package struct PowerPoint: Sendable, Hashable {
  package var loss: Double
  package var passes: Double
  package var fails: Double

  package init(loss: Double, passes: Double, fails: Double) {
    self.loss = loss
    self.passes = passes
    self.fails = fails
  }
}

/// What one rule of a gate can see on its own evidence.
package struct RulePower: Sendable, Hashable {
  package var gate: String
  package var rule: GateRule
  package var exhibit: String?
  /// The method that `auto` picked.
  package var test: String?
  package var rows: Int?
  package var replicates: Int?
  package var disagreement: Double?
  /// The disagreement was given, not observed.
  package var assumesDisagreement = false
  /// The one-sided error of one look.
  package var alpha: Double?
  /// The margin in the metric's unit.
  package var margin: Double?
  /// Exact, for right / wrong outcomes.
  package var chances: PowerChances?
  package var curve: [PowerPoint] = []
  /// Measured through the gate itself on equal models made of the evidence; nil where there is no evidence for it.
  package var equal: EqualModels?
  package var seeds: SeedSpread?
  /// Why less is said than could be.
  package var caveats: [String] = []

  package init(gate: String, rule: GateRule) {
    self.gate = gate
    self.rule = rule
  }
}

/// Equal models, made of the evidence, judged by the gate itself: A/A.
package struct EqualModels: Sendable, Hashable {
  package enum Made: String, Sendable, Hashable, CaseIterable {
    /// The two models' answers are swapped on each row by a coin.
    case swappedRows = "swapped-rows"
    /// The baseline's rows, split at random into two halves.
    case splitRows = "split-rows"
    /// The baseline's seeds, split at random into two halves.
    case splitSeeds = "split-seeds"
  }

  package var made: Made
  package var draws: Int
  package var passes: Double
  package var fails: Double
  package var inconclusive: Double
  package var blockStops: Double
  package var pointStops: Double

  package init(
    _ made: Made, draws: Int, passes: Double, fails: Double, inconclusive: Double, blockStops: Double,
    pointStops: Double
  ) {
    self.made = made
    self.draws = draws
    self.passes = passes
    self.fails = fails
    self.inconclusive = inconclusive
    self.blockStops = blockStops
    self.pointStops = pointStops
  }
}

/// The spread between seeds beside the margin.
package struct SeedSpread: Sendable, Hashable {
  package var seeds: Int
  /// Standard deviation of the baseline's metric between seeds.
  package var deviation: Double
  /// nil without a margin.
  package var margin: Double?

  package init(seeds: Int, deviation: Double, margin: Double?) {
    self.seeds = seeds
    self.deviation = deviation
    self.margin = margin
  }

  /// Zero spread: any change at all would be a shown difference, or none.
  package var isFlat: Bool { deviation == 0 }
  /// Below 2.5 times the spread nights block on luck (statistics.md §7).
  package var isTight: Bool { margin.map { $0 < 2.5 * deviation } ?? false }
}

/// A stored run judged by today's policy.
package struct Replayed: Sendable, Hashable {
  package var run: String
  package var time: Timestamp?
  package var gate: String
  /// As it was judged then.
  package var verdict: Verdict?
  /// As it would be judged now.
  package var now: Verdict
  package var blocks: Bool

  package init(run: String, time: Timestamp?, gate: String, verdict: Verdict?, now: Verdict, blocks: Bool) {
    self.run = run
    self.time = time
    self.gate = gate
    self.verdict = verdict
    self.now = now
    self.blocks = blocks
  }
}
