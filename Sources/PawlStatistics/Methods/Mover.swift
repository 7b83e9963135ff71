#if canImport(Glibc)
  import Glibc
#endif

/// Two models' areas under the ROC curve on the same rows: logit MOVER with the wider deviation, the covariance kept
/// and a half step (statistics.md §2). The difference is candidate − baseline.
///
/// MOVER: G. Y. Zou & A. Donner, Statistics in Medicine 27, 2008, 1693–1702.
package struct RankedPair: Sendable, Equatable {
  package let candidate: Double
  package let baseline: Double
  package let candidateVariance: Double
  package let baselineVariance: Double
  package let covariance: Double
  /// Half of the largest effect of one row on the difference.
  package let halfStep: Double
  package let positives: Int
  package let negatives: Int
  private let isStrict: Bool

  /// Nil unless both models were ranked on as many positives and negatives. The rows must be in the same order.
  package init?(candidate: RankedScores, baseline: RankedScores) {
    guard candidate.positives.count == baseline.positives.count,
      candidate.negatives.count == baseline.negatives.count
    else { return nil }
    self.init(
      areas: (candidate.area, baseline.area),
      variances: (
        max(0, candidate.covariance(with: candidate) ?? 0), max(0, baseline.covariance(with: baseline) ?? 0)
      ),
      covariance: candidate.covariance(with: baseline) ?? 0,
      halfStep: 0.5 * candidate.largestStep(to: baseline),
      counts: (candidate.positives.count, candidate.negatives.count), isStrict: false)
  }

  private init(
    areas: (Double, Double), variances: (Double, Double), covariance: Double, halfStep: Double, counts: (Int, Int),
    isStrict: Bool
  ) {
    (candidate, baseline) = areas
    (candidateVariance, baselineVariance) = variances
    self.covariance = covariance
    self.halfStep = halfStep
    (positives, negatives) = counts
    self.isStrict = isStrict
  }

  /// Rows of the rarer class.
  package var rarer: Int { min(positives, negatives) }

  var mirrored: RankedPair {
    RankedPair(
      areas: (baseline, candidate), variances: (baselineVariance, candidateVariance), covariance: covariance,
      halfStep: halfStep, counts: (positives, negatives), isStrict: isStrict)
  }

  private var strict: RankedPair {
    RankedPair(
      areas: (candidate, baseline), variances: (candidateVariance, baselineVariance), covariance: covariance,
      halfStep: halfStep, counts: (positives, negatives), isStrict: true)
  }

  /// The comparison by MOVER. `strictly` also guards against a candidate that fails outright on a slice of the
  /// positives (`mover-strict`): the loss at the threshold must be worth ln(1/alpha) rows of the rarer class.
  package func comparison(at level: Level = .usual, strictly: Bool = false) -> Comparison {
    let (low, high) = bounds(at: level)
    return Comparison(
      value: candidate - baseline, low: low, high: high, level: level, p: plain(at: level).p,
      method: strictly ? .moverStrict : .mover, rows: positives + negatives,
      projection: .ranking(strictly ? strict : self))
  }

  /// DeLong's plain test, its p as published. Above an AUC of 0.9 its false passes are many: a caveat says so.
  package func delong(at level: Level = .usual) -> Comparison {
    let difference = candidate - baseline
    let (deviation, p) = plain(at: level)
    let tooFew = rarer < 2
    return Comparison(
      value: difference, low: tooFew ? -1 : difference - level.z * deviation,
      high: tooFew ? 1 : difference + level.z * deviation, level: level, p: p, method: .delong,
      rows: positives + negatives,
      caveats: max(candidate, baseline) > 0.9 ? ["the plain test passes too easily above an AUC of 0.9"] : [],
      projection: .spread(
        Spread(
          unit: .rows, count: positives + negatives, mean: difference,
          deviation: deviation * Double(positives + negatives).squareRoot(), expected: 0, freedom: nil)))
  }

  private func plain(at level: Level) -> (deviation: Double, p: Double?) {
    let deviation = max(0, candidateVariance + baselineVariance - 2 * covariance).squareRoot()
    guard deviation > 0 else { return (0, candidate == baseline ? 1 : nil) }
    return (deviation, min(1, 2 * Normal.sf(abs(candidate - baseline) / deviation)))
  }

  /// Bounds of the difference with `factor` times the rows, the areas given.
  private func bounds(
    at level: Level, factor: Double = 1, areas: (Double, Double)? = nil
  ) -> (low: Double, high: Double) {
    let (p, q) = (Double(positives) * factor, Double(negatives) * factor)
    guard min(p, q) >= 2 else { return (-1, 1) }
    let (a, b) = areas ?? (candidate, baseline)
    let edge = 1 / (2 * p * q)
    let (x, y) = (min(max(a, edge), 1 - edge), min(max(b, edge), 1 - edge))
    let (slopeX, slopeY) = (x * (1 - x), y * (1 - y))
    let wider = max(
      (candidateVariance / factor).squareRoot() / slopeX, (baselineVariance / factor).squareRoot() / slopeY)
    let r = wider > 0 ? covariance / factor / (slopeX * slopeY * wider * wider) : 0
    let reach = level.t(min(p, q) - 1) * wider
    let (lowA, highA) = (Logit.inverse(Logit.of(x) - reach), Logit.inverse(Logit.of(x) + reach))
    let (lowB, highB) = (Logit.inverse(Logit.of(y) - reach), Logit.inverse(Logit.of(y) + reach))
    func span(_ one: Double, _ other: Double) -> Double {
      max(0, one * one + other * other - 2 * r * one * other).squareRoot()
    }
    let step = halfStep / factor
    let low = a - b - span(a - lowA, highB - b) - step
    let high = a - b + span(highA - a, b - lowB) + step
    return (max(-1, low), min(1, high))
  }

  /// The wrongly ranked rows that a pass wants to be expected at the threshold.
  func needs(atLeast threshold: Double, level: Level) -> [Need] {
    [need(atLeast: threshold, level: level, rarer: Double(rarer), areas: (candidate, baseline))]
  }

  private func need(atLeast threshold: Double, level: Level, rarer: Double, areas: (Double, Double)) -> Need {
    let loss = max(0, -threshold)
    let seen = isStrict ? loss : (1 - areas.0) + (1 - areas.1) + loss
    // The last bits of 60 × 0.05 must not decide.
    return Need(.misrankedRows, seen: rarer * seen * (1 + 1e-14), wanted: -log(level.alpha))
  }

  func sampleNeeded(reaching threshold: Double, level: Level, guarded: Bool) -> SampleSize? {
    let seen = Double(rarer)
    let spread = max(0, candidateVariance + baselineVariance - 2 * covariance)
    let (middle, difference) = ((candidate + baseline) / 2, candidate - baseline)
    let count = Search.first(above: rarer, through: 1_000_000_000) { total in
      let factor = Double(total) / seen
      let areas = (middle + difference / (2 * factor), middle - difference / (2 * factor))
      let slip = Projection.powerQuantile * (spread * (factor - 1)).squareRoot() / factor
      guard bounds(at: level, factor: factor, areas: areas).low - threshold >= slip else { return false }
      return !guarded || need(atLeast: threshold, level: level, rarer: Double(total), areas: areas).isMet
    }
    return count.map { count in
      let total = (Double(positives + negatives) / seen * Double(count)).rounded(.up)
      return SampleSize(.rows, Int(min(total, 1e15)), rarerClass: count)
    }
  }
}

/// Sums of independent comparisons, their bounds recovered by MOVER.
package enum Mover {
  /// The mean of independent comparisons, such as recalls per class for balanced accuracy.
  ///
  /// Nil without parts, or when their levels differ.
  package static func mean(of parts: [Comparison]) -> Comparison? {
    guard let first = parts.first, parts.allSatisfy({ $0.level == first.level }) else { return nil }
    let share = 1 / Double(parts.count)
    var (value, below, above, rows) = (0.0, 0.0, 0.0, 0)
    var projection = Projection.none
    for part in parts {
      value += share * part.value
      below += share * share * (part.value - part.low) * (part.value - part.low)
      above += share * share * (part.high - part.value) * (part.high - part.value)
      rows &+= part.rows
    }
    let half = max(below, above).squareRoot()
    let expected = parts.allSatisfy { $0.projection.expected == 0 } ? 0 : value
    projection = .spread(
      Spread(
        unit: .rows, count: rows, mean: value, deviation: half / first.level.z * Double(max(rows, 1)).squareRoot(),
        expected: expected, freedom: nil))
    return Comparison(
      value: value, low: value - below.squareRoot(), high: value + above.squareRoot(), level: first.level,
      method: first.method, rows: rows, replicates: first.replicates, needs: parts.flatMap(\.needs),
      caveats: first.caveats, projection: projection)
  }
}
