/// How much a metric may move: `0.005`, `0.5pt`, `1%`.
package struct Margin: Sendable, Hashable {
  package enum Unit: String, Sendable, Hashable {
    case absolute
    /// Hundredths: `0.5pt` is 0.005.
    case points
    /// Of the absolute value of the baseline on the same rows and slice.
    case relative
  }

  /// As written, without the unit: 0.5 of `0.5pt`.
  package var amount: Number
  package var unit: Unit

  package init(_ amount: Number, _ unit: Unit) {
    self.amount = amount
    self.unit = unit
  }

  /// The margin as it is written in a rule.
  package var text: String {
    switch unit {
    case .absolute: amount.text
    case .points: amount.text + "pt"
    case .relative: amount.text + "%"
    }
  }
}

/// What a rule compares; `isInclusive` is false for the one-line forms with `<` or `>`.
package enum RuleComparison: Sendable, Hashable {
  case atLeast(Number, isInclusive: Bool)
  case atMost(Number, isInclusive: Bool)
  /// Non-inferiority; several margins are alternatives, the widest counts (a relative one beside an absolute one).
  case mayLose([Margin], isInclusive: Bool)
  /// Superiority; a margin of zero is strict (`accuracy > baseline`).
  case mustGain([Margin], isInclusive: Bool)
  /// Equivalence.
  case within([Margin])
  /// Not unusually bad beside the last promoted records: a prediction limit along the parent chain.
  case history(last: Int)
  /// Slow erosion: the total loss against a named release of the same store.
  case anchor(baseline: String, [Margin])

  /// The key in YAML and in `result.json`.
  package var kind: String {
    switch self {
    case .atLeast: "at-least"
    case .atMost: "at-most"
    case .mayLose: "may-lose"
    case .mustGain: "must-gain"
    case .within: "within"
    case .history: "history"
    case .anchor: "anchor"
    }
  }

  /// Whether it compares with the gate's own baseline; `history` and `anchor` bring their own records.
  package var needsBaseline: Bool {
    switch self {
    case .atLeast, .atMost, .history, .anchor: false
    case .mayLose, .mustGain, .within: true
    }
  }

  /// Whether it is of the candidate alone.
  package var isAbsolute: Bool {
    switch self {
    case .atLeast, .atMost: true
    case .mayLose, .mustGain, .within, .history, .anchor: false
    }
  }
}

/// One way to cut rows: the columns that are crossed, and for a map the values that must be there.
package struct SliceSelection: Sendable, Hashable {
  package var columns: [String]
  /// Values of the single column that must be there; empty: whatever the rows hold.
  package var values: [String]
  package var location: SourceLocation?

  package init(columns: [String], values: [String] = [], at location: SourceLocation? = nil) {
    self.columns = columns
    self.values = values
    self.location = location
  }
}

/// The tests that a rule may name.
package enum TestChoice: String, Sendable, Hashable, CaseIterable {
  case auto, score, pairedBootstrap = "paired-bootstrap", mcnemar, delong, mover
  case moverStrict = "mover-strict", phantom, pairedT = "paired-t", welch, twoWay = "two-way", betting, point
}

package struct GateRule: Sendable, Hashable {
  package enum Severity: String, Sendable, Hashable { case block, warn }
  package enum Undecided: String, Sendable, Hashable { case point, block, warn }
  package enum MissingBaseline: String, Sendable, Hashable { case invalid, warn }

  package var name: String?
  package var metric: String
  /// Which evidence, where a metric is found in several: `evaluate[variant=a]`.
  package var stage: String?
  package var comparison: RuleComparison
  package var direction: Direction
  package var format: NumberFormat
  package var slices: [SliceSelection] = []
  package var minRows: Int?
  /// One-sided, in (0.5, 1).
  package var confidence: Double = 0.95
  package var test: TestChoice = .auto
  package var severity: Severity = .block
  /// nil: `point` on all rows, `warn` in slices.
  package var whenInconclusive: Undecided?
  package var onMissingBaseline: MissingBaseline = .invalid
  /// Compare point values although an interval exists.
  package var comparesPoints = false
  package var allowsOtherData = false
  package var location: SourceLocation?
  /// The rule in its one-line form, for messages and waivers: `accuracy >= baseline - 3pt`.
  package var line: String

  package init(
    metric: String, comparison: RuleComparison, direction: Direction, format: NumberFormat = .plain, line: String
  ) {
    self.metric = metric
    self.comparison = comparison
    self.direction = direction
    self.format = format
    self.line = line
  }
}

/// Which production record a gate compares with.
package struct BaselineReference: Sendable, Hashable {
  package enum Origin: Sendable, Hashable {
    /// A name in the store: `production`.
    case named(String)
    /// Any other SOURCE of contract §2, as written.
    case source(String)
  }

  package var origin: Origin
  /// The folder of baselines, from the project root.
  package var store: String
  /// Bytes of predictions and models that a record may hold itself.
  package var keepPredictions: Int = 10 << 20
  package var keepModel: Int = 10 << 20
  /// The git revision that the store is read from, as the pin wants it; nil: the working tree.
  package var revision: String?
  package var location: SourceLocation?

  package init(_ origin: Origin, store: String) {
    self.origin = origin
    self.store = store
  }

  /// How reports name it.
  package var name: String {
    switch origin {
    case .named(let name): name
    case .source(let text): text
    }
  }
}

/// Everything that decides: rules, directions, columns, the baseline.
package struct GatePolicy: Sendable, Hashable {
  /// nil when no rule compares.
  package var baseline: BaselineReference?
  package var rules: [GateRule]
  package var metrics: [String: MetricMeaning]
  /// For `pawl gate`: what the columns of its files mean.
  package var predictions: Predictions?
  package var waivers: [Waiver] = []
  /// nil: looks are not counted.
  package var testSet: TestSetPolicy?
  /// Where the ledger of looks lies, from the project root: the store of baselines.
  package var ledgerStore: String?
  /// nil: the policy of the working tree.
  package var pin: PolicyPin?

  package init(
    baseline: BaselineReference? = nil, rules: [GateRule], metrics: [String: MetricMeaning] = [:],
    predictions: Predictions? = nil
  ) {
    self.baseline = baseline
    self.rules = rules
    self.metrics = metrics
    self.predictions = predictions
  }
}
