/// A one-sided level of error: the share of wrong passes that a rule accepts.
///
/// Kept as `alpha` and not as a confidence, because the test-set ledger asks for levels far below what
/// `1 - confidence` can hold (statistics.md §7).
package struct Level: Sendable, Hashable {
  /// The one-sided error, in (0, 0.5).
  package let alpha: Double

  /// A level with the given one-sided error; nil unless `alpha` is in (0, 0.5).
  package init?(alpha: Double) {
    guard alpha > 0, alpha < 0.5 else { return nil }
    self.alpha = alpha
  }

  /// A level with the given one-sided confidence (0.95 for 95 %); nil unless it is in (0.5, 1).
  package init?(confidence: Double) {
    // 1 − 0.95 is not 0.05: the nearest short decimal is what was meant, and it keeps levels equal.
    let alpha = 1 - confidence
    let rounded = (alpha * 1e12).rounded() / 1e12
    self.init(alpha: rounded > 0 && abs(rounded - alpha) < 1e-15 ? rounded : alpha)
  }

  private init(unchecked alpha: Double) {
    self.alpha = alpha
  }

  /// One-sided 5 %, the level of every rule that names no other.
  package static let usual = Level(unchecked: 0.05)

  /// The one-sided confidence, in (0.5, 1).
  package var confidence: Double { 1 - alpha }

  /// The standard normal quantile at this confidence: 1.6449 at 95 %.
  package var z: Double { Normal.upperQuantile(alpha) }

  /// The Student quantile at this confidence with `df` degrees of freedom: 2.92 at 95 % and 2.
  package func t(_ df: Double) -> Double { Student.upperQuantile(alpha, df: df) }

  /// The level of each of `looks` looks at one test set, when a pass ends its life or nothing is fed back.
  package func shared(by looks: Int) -> Level {
    Level(alpha: alpha / Double(max(1, looks))) ?? self
  }

  /// The level of each look when every one of `looks` verdicts may have steered the search: alpha / 2^looks.
  ///
  /// Never below the smallest level that a Double can tell from zero.
  package func halved(_ looks: Int) -> Level {
    let factor = Double(sign: .plus, exponent: -min(max(0, looks), 1000), significand: 1)
    return Level(alpha: max(alpha * factor, 1e-300)) ?? self
  }
}
