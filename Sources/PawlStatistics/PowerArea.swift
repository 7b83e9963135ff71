#if canImport(Glibc)
  import Glibc
#endif

/// What a gate can see of two areas under the ROC curve before any evidence: the MOVER bounds under a binormal model.
///
/// Scores of a class are normal with one deviation, those of the two models correlated within a class. The observed
/// difference is taken as normal about the true one; its variance is exact for the model.
package struct AreaPower: MarginPower, Hashable {
  package let positives: Int
  package let negatives: Int
  /// The baseline's area.
  package let area: Double
  /// Correlation of the two models' scores within a class.
  package let correlation: Double
  package let level: Level
  /// Half of the largest effect of one row on the difference.
  private let halfStep: Double

  /// Nil below two rows of a class, or unless the area is in (0, 1) and the correlation in [−1, 1].
  package init?(positives: Int, negatives: Int, area: Double, correlation: Double, level: Level = .usual) {
    guard min(positives, negatives) > 1, max(positives, negatives) <= 1_000_000_000, area > 0, area < 1,
      correlation >= -1, correlation <= 1
    else { return nil }
    self.positives = positives
    self.negatives = negatives
    self.area = area
    self.correlation = correlation
    self.level = level
    let shifts = AreaPower.shifts(area, correlation)
    halfStep =
      0.5
      * max(
        AreaPower.extreme(of: shifts, among: positives) / Double(positives),
        AreaPower.extreme(of: shifts, among: negatives) / Double(negatives))
  }

  package var largest: Double { area }

  package func chanceOfPass(margin: Double, difference: Double) -> Double {
    // The need of the method: wrongly ranked rows that the margin lets expect.
    let rarer = Double(min(positives, negatives))
    guard rarer * (2 * (1 - area) - difference + margin) * (1 + 1e-14) >= -log(level.alpha) else { return 0 }
    return chance(difference) { bounds($0, $1, $2).low >= -margin }
  }

  package func chanceOfFail(margin: Double, difference: Double) -> Double {
    chance(difference) { bounds($0, $1, $2).high >= -margin }.complement
  }

  package func chanceOfPointLoss(margin: Double, difference: Double) -> Double {
    chance(difference) { observed, _, _ in observed >= -margin }.complement
  }

  /// The rows with which `may-lose margin` passes equal models with a chance of 80 %, the class shares kept.
  package func rowsNeeded(margin: Double) -> Int? {
    guard margin > 0, margin < 1 else { return nil }
    let total = Double(positives + negatives)
    let share = Double(min(positives, negatives)) / total
    let moments = Moments(self, 0)
    let root = (level.z + Projection.powerQuantile) * moments.deviation / margin
    return MarginSearch.rows(from: root * root * total) { rows in
      let rarer = max(2, Int((Double(rows) * share).rounded()))
      return AreaPower(
        positives: positives <= negatives ? rarer : max(2, rows - rarer),
        negatives: positives <= negatives ? max(2, rows - rarer) : rarer, area: area, correlation: correlation,
        level: level
      ).map { $0.chanceOfPass(margin: margin, difference: 0) >= Projection.power } ?? false
    }
  }

  // MARK: The model

  /// Variances and covariance of the two areas when the candidate's is better by a difference.
  private struct Moments {
    let candidate: Double
    let baseline: Double
    let candidateVariance: Double
    let baselineVariance: Double
    let covariance: Double

    init(_ power: AreaPower, _ difference: Double) {
      let edge = 0.5 / (Double(power.positives) * Double(power.negatives))
      candidate = min(1 - edge, max(edge, power.area + difference))
      baseline = power.area
      candidateVariance = power.covariance(candidate, candidate, 1)
      baselineVariance = power.covariance(baseline, baseline, 1)
      covariance = power.covariance(candidate, baseline, power.correlation)
    }

    var deviation: Double { max(1e-300, candidateVariance + baselineVariance - 2 * covariance).squareRoot() }
  }

  /// Covariance of two areas whose scores correlate by `r` within a class, exact for binormal scores.
  private func covariance(_ a: Double, _ b: Double, _ r: Double) -> Double {
    let (p, q) = (Double(positives), Double(negatives))
    let (h, k) = (Normal.quantile(a), Normal.quantile(b))
    // One row of the pair in common halves the correlation of the two differences of scores.
    let both = Binormal.cdf(h, k, r) - a * b
    let one = Binormal.cdf(h, k, r / 2) - a * b
    return (both + (p + q - 2) * one) / (p * q)
  }

  /// Chance that what holds from some observed difference on holds.
  private func chance(_ difference: Double, _ holds: (Double, Double, Moments) -> Bool) -> Double {
    let moments = Moments(self, difference)
    let (centre, deviation) = (moments.candidate - moments.baseline, moments.deviation)
    let middle = (moments.candidate + moments.baseline) / 2
    var (low, high) = (-9.0, 9.0)
    guard holds(centre + high * deviation, middle, moments) else { return 0 }
    for _ in 0..<50 {
      let step = (low + high) / 2
      if holds(centre + step * deviation, middle, moments) { high = step } else { low = step }
    }
    return high <= -8.9 ? 1 : Normal.sf(high)
  }

  /// The bounds of `RankedPair` for an observed difference, the variances those of the model.
  private func bounds(_ observed: Double, _ middle: Double, _ moments: Moments) -> (low: Double, high: Double) {
    let edge = 1 / (2 * Double(positives) * Double(negatives))
    let a = min(max(middle + observed / 2, edge), 1 - edge)
    let b = min(max(middle - observed / 2, edge), 1 - edge)
    let (slopeA, slopeB) = (a * (1 - a), b * (1 - b))
    let wider = max(moments.candidateVariance.squareRoot() / slopeA, moments.baselineVariance.squareRoot() / slopeB)
    let r = wider > 0 ? moments.covariance / (slopeA * slopeB * wider * wider) : 0
    let reach = level.t(Double(min(positives, negatives)) - 1) * wider
    let (lowA, highA) = (Logit.inverse(Logit.of(a) - reach), Logit.inverse(Logit.of(a) + reach))
    let (lowB, highB) = (Logit.inverse(Logit.of(b) - reach), Logit.inverse(Logit.of(b) + reach))
    func span(_ one: Double, _ other: Double) -> Double {
      max(0, one * one + other * other - 2 * r * one * other).squareRoot()
    }
    return (
      max(-1, a - b - span(a - lowA, highB - b) - halfStep), min(1, a - b + span(highA - a, b - lowB) + halfStep)
    )
  }

  /// Sorted differences of the two models' placements of a row, drawn once from a fixed seed.
  private static func shifts(_ area: Double, _ correlation: Double) -> [Double] {
    var generator = SplitMix64(seed: 1)
    let apart = 2.0.squareRoot() * Normal.quantile(area)
    let rest = max(0, 1 - correlation * correlation).squareRoot()
    func normal() -> Double { Normal.quantile(min(1 - 1e-16, max(1e-16, generator.unit()))) }
    return (0..<2_000).map { _ in
      let first = normal()
      let second = correlation * first + rest * normal()
      return abs(Normal.cdf(apart + first) - Normal.cdf(apart + second))
    }.sorted()
  }

  /// The median of the largest of `count` draws.
  private static func extreme(of sorted: [Double], among count: Int) -> Double {
    let place = Double(sorted.count) * exp(-0.6931471805599453 / Double(count))
    return sorted[min(sorted.count - 1, max(0, Int(place)))]
  }
}

/// The normal distribution of two numbers.
enum Binormal {
  /// Chance that both are at most `h` and `k`, with correlation `r`.
  ///
  /// The integral of Plackett (Biometrika 41, 1954) over the angle, by Gauss's rule with ten points in eight parts:
  /// about 1e-14 up to |r| = 0.9; ±1 are exact.
  static func cdf(_ h: Double, _ k: Double, _ r: Double) -> Double {
    if r >= 1 { return Normal.cdf(min(h, k)) }
    if r <= -1 { return max(0, Normal.cdf(h) - Normal.sf(k)) }
    let angle = asin(r)
    let parts = 8
    var sum = 0.0
    for part in 0..<parts {
      let middle = angle * (Double(part) + 0.5) / Double(parts)
      let half = angle * 0.5 / Double(parts)
      for (node, weight) in gauss {
        for side in [-node, node] {
          let sine = sin(middle + half * side)
          let rest = 1 - sine * sine
          sum += weight * half * exp(-(h * h + k * k - 2 * h * k * sine) / (2 * rest))
        }
      }
    }
    return min(1, max(0, Normal.cdf(h) * Normal.cdf(k) + sum / (2 * Double.pi)))
  }

  private static let gauss: [(Double, Double)] = [
    (0.1488743389816312, 0.2955242247147529), (0.4333953941292472, 0.2692667193099963),
    (0.6794095682990244, 0.2190863625159820), (0.8650633666889845, 0.1494513491505806),
    (0.9739065285171717, 0.0666713443086881),
  ]
}

extension Double {
  /// What is left of a chance.
  fileprivate var complement: Double { 1 - self }
}
