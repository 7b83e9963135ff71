import PawlCore

extension MetricName {
  /// The interval that the metric cannot leave; nil where there is none, or none is known.
  ///
  /// - Parameter task: nil for a number from a file.
  func range(_ task: Predictions.Task?) -> ClosedRange<Double>? {
    if task == .values { return nil }
    switch stem {
    case "accuracy", "balanced-accuracy", "precision", "recall", "f1", "f1-macro", "f1-micro", "f1-weighted",
      "precision-macro", "recall-macro", "auc", "auc-ovr", "auc-ovo", "average-precision", "ece":
      return 0...1
    case "kappa", "mcc": return -1...1
    case "brier": return task == .binary ? 0...1 : 0...2
    default: return nil
    }
  }
}

extension Limit {
  /// Says of a margin that covers the metric's whole range that it forbids nothing.
  func caveat(
    _ name: MetricName, _ rule: GateRule, _ candidate: SideReading, _ baseline: SideReading, _ cut: Cut
  ) -> String? {
    let width: Decimal
    switch self {
    case .bound: return nil
    case .advantage(let least, _):
      // A gain can be too large to be had, but no gain is asked for in vain.
      guard least.isNegative else { return nil }
      width = -least
    case .within(let margin): width = margin
    }
    let task = (cut.candidate.first ?? cut.baseline.first)?.table.spec.task
    guard let range = name.range(task), width.double >= range.upperBound - range.lowerBound,
      // A file may have the metric in percent.
      range.contains(candidate.value), range.contains(baseline.value)
    else { return nil }
    let shown = rule.format == .percent ? "\((width * Limit.hundred).text) points" : width.text
    return "a margin of \(shown) forbids nothing"
  }

  private static let hundred = Decimal(100) ?? .zero
}
