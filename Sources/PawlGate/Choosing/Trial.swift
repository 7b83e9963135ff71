import PawlCore
import PawlStatistics

/// A method that fits the evidence, ready to be asked at any level.
///
/// Comparisons of two sides are advantages of the candidate: higher is better, whatever the metric's direction.
struct Trial {
  /// As results show it: `score`, `two-way and score`, `phantom` …
  var name: String
  /// nil when the sample is too small for any bound.
  var compare: (Level) -> Comparison?
  /// What is taken off a comparison to have the advantage: the other side's number, where it is exact.
  var offset = 0.0
  /// The least sample with any bound, where `compare` has none.
  var least: (count: Int, what: String) = (2, "rows")
  /// Rows on which only one side is right, averaged over seeds.
  var discordant: (candidateOnly: Double, baselineOnly: Double)?
  /// Rows in one of what the comparison counts: more than 1 where clusters are its unit.
  var rowsPerUnit = 1.0
  var caveats: [String] = []

  /// The same trial seen with the other side's gain as the advantage.
  func oriented(_ direction: Direction) -> Trial {
    guard direction == .lowerIsBetter else { return self }
    var other = self
    let compare = compare
    other.compare = { compare($0)?.mirrored }
    return other
  }

  /// This trial, passing and failing only where `other` does too.
  func widened(by other: Trial, named name: String? = nil) -> Trial {
    var both = self
    let (own, second) = (compare, other.compare)
    both.compare = { level in
      guard let first = own(level), let other = second(level) else { return nil }
      return first.widened(by: other)
    }
    both.name = name ?? "\(self.name) and \(other.name)"
    both.discordant = discordant ?? other.discordant
    both.caveats += other.caveats.filter { !caveats.contains($0) }
    return both
  }
}

/// What the chooser found.
enum Choice {
  case trial(Trial)
  /// No interval: the point values decide.
  case point(caveats: [String])
  /// The test that the rule names does not fit the evidence.
  case unfit(fitting: [TestChoice])

  func adding(_ caveats: [String]) -> Choice {
    switch self {
    case .trial(var trial):
      trial.caveats = caveats + trial.caveats
      return .trial(trial)
    case .point(let own): return .point(caveats: caveats + own)
    case .unfit: return self
    }
  }
}

/// How a metric follows from rows, which settles its methods.
enum MetricFamily {
  /// Right or wrong a row; only the positives' rows for recall.
  case outcomes(positivesOnly: Bool)
  /// The mean of the recalls of the classes.
  case classRecalls
  /// A mean of row losses or values.
  case losses
  /// The root of a mean of row losses.
  case rootLoss
  /// The area under the ROC curve.
  case area
  /// Anything else of labels or scores, and of numbers: rows are drawn again.
  case labels, ranks, numbers
  /// No interval is known.
  case pointOnly

  init(_ name: MetricName, _ views: [View]) {
    guard let table = views.first?.table else {
      self = .pointOnly
      return
    }
    if RowLoss(name, table, RowSelection([])) != nil {
      self = .losses
      return
    }
    switch (table.spec.task, name.stem) {
    case (.values, _): self = .numbers
    case (.regression, "rmse"): self = .rootLoss
    case (.regression, "max-error"): self = .pointOnly
    case (.regression, _): self = .numbers
    case (_, "accuracy"), (_, "f1-micro"): self = .outcomes(positivesOnly: false)
    case (_, "recall"): self = .outcomes(positivesOnly: true)
    case (_, "balanced-accuracy"): self = .classRecalls
    case (_, "recall-macro"):
      let hasOnlyPredicted = views.contains { view in
        let counts = LabelCounts(view.table, view.rows)
        return counts.truth.indices.contains { counts.truth[$0] == 0 && counts.predicted[$0] > 0 }
      }
      self = hasOnlyPredicted ? .labels : .classRecalls
    case (_, "auc"): self = .area
    case (_, "average-precision"), (_, "auc-ovr"), (_, "auc-ovo"), (_, "ece"): self = .ranks
    default: self = .labels
    }
  }
}
