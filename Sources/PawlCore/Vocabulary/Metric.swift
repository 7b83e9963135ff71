/// Which way a metric is better.
package enum Direction: String, Sendable, Hashable {
  case higherIsBetter = "higher-is-better"
  case lowerIsBetter = "lower-is-better"
}

/// How people read a metric's number.
package enum NumberFormat: String, Sendable, Hashable { case plain, percent }

/// What a number means, as declared under `metrics:` or known for the names that Pawl computes.
package struct MetricMeaning: Sendable, Hashable {
  package var direction: Direction?
  package var format: NumberFormat?

  package init(direction: Direction? = nil, format: NumberFormat? = nil) {
    self.direction = direction
    self.format = format
  }
}

/// The metrics that Pawl computes from rows (scikit-learn's definitions), with the direction that follows.
package enum KnownMetric {
  private static let higher: Set<String> = [
    "accuracy", "balanced-accuracy", "precision", "recall", "f1", "f1-macro", "f1-micro", "f1-weighted",
    "precision-macro", "recall-macro", "kappa", "mcc", "auc", "auc-ovr", "auc-ovo", "average-precision", "r2",
    "explained-variance",
  ]
  private static let lower: Set<String> = [
    "log-loss", "brier", "ece", "mae", "mse", "rmse", "mape", "median-absolute-error", "max-error", "pinball",
  ]
  private static let byTask: [Predictions.Task: [String]] = [
    .binary: [
      "accuracy", "balanced-accuracy", "precision", "recall", "f1", "f1-macro", "f1-micro", "f1-weighted",
      "precision-macro", "recall-macro", "kappa", "mcc", "auc", "average-precision", "log-loss", "brier", "ece",
    ],
    .multiclass: [
      "accuracy", "balanced-accuracy", "f1-macro", "f1-micro", "f1-weighted", "precision-macro", "recall-macro",
      "kappa",
      "mcc", "auc-ovr", "auc-ovo", "log-loss", "brier", "ece",
    ],
    .regression: [
      "mae", "mse", "rmse", "r2", "mape", "median-absolute-error", "max-error", "explained-variance", "pinball",
    ],
    .values: [],
  ]

  /// `ece@15` → `ece`; a name without `@` is its own stem.
  package static func stem(_ name: String) -> String {
    guard let at = name.firstIndex(of: "@") else { return name }
    return String(name[..<at])
  }

  package static func isKnown(_ name: String) -> Bool { higher.contains(stem(name)) || lower.contains(stem(name)) }

  package static var names: [String] { (higher.union(lower)).sorted() }

  /// Names that can be computed from rows of a task, sorted as documented.
  package static func names(for task: Predictions.Task) -> [String] { byTask[task] ?? [] }

  package static func direction(of name: String) -> Direction? {
    let stem = stem(name)
    return higher.contains(stem) ? .higherIsBetter : lower.contains(stem) ? .lowerIsBetter : nil
  }

}
