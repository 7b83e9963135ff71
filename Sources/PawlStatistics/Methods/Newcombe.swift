#if canImport(Glibc)
  import Glibc
#endif

/// Two models on different rows with a right / wrong outcome: hybrid score bounds.
///
/// R. G. Newcombe, Statistics in Medicine 17, 1998, 873–890, method 10. The difference is candidate − baseline.
package struct Newcombe: Sendable, Hashable {
  package let candidate: Proportion
  package let baseline: Proportion

  package init(candidate: Proportion, baseline: Proportion) {
    self.candidate = candidate
    self.baseline = baseline
  }

  /// The comparison; p is that of the pooled two-proportion z test.
  package func comparison(at level: Level = .usual) -> Comparison {
    let difference = candidate.share - baseline.share
    let (low, high) = bounds(z: level.z)
    let rows = candidate.rows + baseline.rows
    // The width and not the shares: these may both be 1.
    let deviation = (high - low) / (2 * level.z) * rows.squareRoot()
    return Comparison(
      value: difference, low: low, high: high, level: level, p: pooled, method: .newcombe,
      rows: Int(rows), caveats: ["rows are not paired"],
      projection: .spread(
        Spread(
          unit: .rows, count: Int(rows), mean: difference, deviation: deviation, expected: 0, freedom: nil)))
  }

  func bounds(z: Double) -> (low: Double, high: Double) {
    let (a, b) = (candidate.share, baseline.share)
    let (lowA, highA) = Newcombe.wilson(candidate, z: z)
    let (lowB, highB) = Newcombe.wilson(baseline, z: z)
    return (max(-1, a - b - hypot(a - lowA, highB - b)), min(1, a - b + hypot(highA - a, b - lowB)))
  }

  /// Two-sided p of "no difference" with the pooled share.
  private var pooled: Double? {
    let share = (candidate.successes + baseline.successes) / (candidate.rows + baseline.rows)
    let variance = share * (1 - share) * (1 / candidate.rows + 1 / baseline.rows)
    guard variance > 0 else { return nil }
    return min(1, 2 * Normal.sf(abs(candidate.share - baseline.share) / variance.squareRoot()))
  }

  /// Wilson's score interval of one share.
  private static func wilson(_ proportion: Proportion, z: Double) -> (low: Double, high: Double) {
    let (n, p) = (proportion.rows, proportion.share)
    let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return (min(p, max(0, middle - half)), max(p, min(1, middle + half)))
  }
}
