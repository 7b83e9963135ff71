#if canImport(Glibc)
  import Glibc
#endif

/// One model's scores as placements: for each row the share of the other class that it is ranked rightly against.
///
/// E. R. DeLong et al., Biometrics 44, 1988, 837–845; ties count one half. Found by one sort, so O(n log n)
/// (X. Sun & W. Xu, IEEE Signal Processing Letters 21, 2014, 1389–1393).
package struct RankedScores: Sendable, Equatable {
  /// For each positive, in row order, the share of negatives below it.
  package let positives: [Double]
  /// For each negative, in row order, the share of positives above it.
  package let negatives: [Double]
  /// The area under the ROC curve: the mean placement.
  package let area: Double
  /// The mean placement of positives, and of negatives.
  private let means: (positives: Double, negatives: Double)

  /// Nil unless both classes have a row, the counts agree and no score is NaN. Infinite scores rank as such.
  package init?(scores: [Double], isPositive: [Bool]) {
    guard scores.count == isPositive.count, let order = ScoreOrder(scores) else { return nil }
    self.init(order: order, isPositive: isPositive)
  }

  /// Nil unless both classes have a row and `isPositive` is one a row.
  package init?(order: ScoreOrder, isPositive: [Bool]) {
    let count = isPositive.count
    let positiveCount = isPositive.count { $0 }
    let negativeCount = count - positiveCount
    guard order.rows.count == count, positiveCount > 0, negativeCount > 0 else { return nil }
    let placements = RankedScores.placements(order, isPositive, positiveCount)
    var (positives, negatives): ([Double], [Double]) = ([], [])
    positives.reserveCapacity(positiveCount)
    negatives.reserveCapacity(negativeCount)
    for row in 0..<count {
      if isPositive[row] { positives.append(placements[row]) } else { negatives.append(placements[row]) }
    }
    self.positives = positives
    self.negatives = negatives
    means = (
      positives.reduce(0, +) / Double(positiveCount), negatives.reduce(0, +) / Double(negativeCount)
    )
    area = min(1, max(0, means.positives))
  }

  /// One a row.
  private static func placements(_ order: ScoreOrder, _ isPositive: [Bool], _ positiveCount: Int) -> [Double] {
    let count = isPositive.count
    let (p, q) = (Double(positiveCount), Double(count - positiveCount))
    return [Double](unsafeUninitializedCapacity: count) { placements, filled in
      var (positivesBelow, negativesBelow) = (0.0, 0.0)
      var start = 0
      while start < count {
        var end = start &+ 1
        while end < count, !order.starts[end] { end &+= 1 }
        if end &- start == 1 {
          // The usual run, without a branch on the class, which no processor can guess.
          let row = Int(order.rows[start])
          let isOne = isPositive[row]
          let share = (isOne ? negativesBelow : p - positivesBelow) / (isOne ? q : p)
          placements.initializeElement(at: row, to: share)
          positivesBelow += isOne ? 1 : 0
          negativesBelow += isOne ? 0 : 1
        } else {
          var tied = 0.0
          for place in start..<end where isPositive[Int(order.rows[place])] { tied += 1 }
          let others = Double(end - start) - tied
          let (above, below) = ((negativesBelow + 0.5 * others) / q, (p - positivesBelow - 0.5 * tied) / p)
          for place in start..<end {
            let row = Int(order.rows[place])
            placements.initializeElement(at: row, to: isPositive[row] ? above : below)
          }
          positivesBelow += tied
          negativesBelow += others
        }
        start = end
      }
      filled = count
    }
  }

  /// Covariance of two models' areas on the same rows; with itself, the variance. Nil unless each class has two rows
  /// and the rows are as many.
  package func covariance(with other: RankedScores) -> Double? {
    guard positives.count > 1, negatives.count > 1, positives.count == other.positives.count,
      negatives.count == other.negatives.count
    else { return nil }
    return RankedScores.covariance(positives, other.positives, (means.positives, other.means.positives))
      / Double(positives.count)
      + RankedScores.covariance(negatives, other.negatives, (means.negatives, other.means.negatives))
      / Double(negatives.count)
  }

  private static func covariance(_ x: [Double], _ y: [Double], _ means: (Double, Double)) -> Double {
    var sum = 0.0
    for i in x.indices { sum += (x[i] - means.0) * (y[i] - means.1) }
    return sum / Double(x.count - 1)
  }

  package static func == (one: RankedScores, other: RankedScores) -> Bool {
    one.positives == other.positives && one.negatives == other.negatives
  }

  /// The largest effect of one row on the difference of two areas.
  func largestStep(to other: RankedScores) -> Double {
    var (positive, negative) = (0.0, 0.0)
    for i in positives.indices where i < other.positives.count {
      positive = max(positive, abs(positives[i] - other.positives[i]))
    }
    for i in negatives.indices where i < other.negatives.count {
      negative = max(negative, abs(negatives[i] - other.negatives[i]))
    }
    return max(positive / Double(positives.count), negative / Double(negatives.count))
  }
}

/// The logit scale, on which an area keeps inside (0, 1).
enum Logit {
  static func of(_ x: Double) -> Double { log(x / (1 - x)) }
  static func inverse(_ y: Double) -> Double { 1 / (1 + exp(-y)) }
}

extension RankedScores {
  /// What a bound of one area needs.
  struct Summary: Sendable, Equatable {
    let area: Double
    let variance: Double
    let positives: Double
    let negatives: Double
    /// Half of what the worst ranked row takes from the area, and half of what the best ranked row gives.
    let halfSteps: (low: Double, high: Double)
    let isMirrored: Bool

    static func == (one: Summary, other: Summary) -> Bool {
      one.area == other.area && one.variance == other.variance && one.positives == other.positives
        && one.negatives == other.negatives && one.halfSteps == other.halfSteps && one.isMirrored == other.isMirrored
    }

    var rarer: Double { min(positives, negatives) }
    var signedArea: Double { isMirrored ? -area : area }

    var mirrored: Summary {
      Summary(
        area: area, variance: variance, positives: positives, negatives: negatives, halfSteps: halfSteps,
        isMirrored: !isMirrored)
    }

    /// Bounds on the logit scale with t(rarer class − 1) and a half step, with `factor` times the rows.
    ///
    /// Without the half step up to 6.8 % false passes where the need below is met, with it 5.5 % (sd 0.4; 120 cells:
    /// binormal, ties, failing shares, areas 0.6…0.985, 10/100…200/1000).
    func bounds(at level: Level, factor: Double = 1) -> (low: Double, high: Double) {
      let (p, q) = (positives * factor, negatives * factor)
      guard min(p, q) >= 2 else { return (0, 1) }
      let x = min(max(area, 1 / (2 * p * q)), 1 - 1 / (2 * p * q))
      let reach = level.t(min(p, q) - 1) * (variance / factor).squareRoot() / (x * (1 - x))
      let low = Logit.inverse(Logit.of(x) - reach) - halfSteps.low / factor
      let high = Logit.inverse(Logit.of(x) + reach) + halfSteps.high / factor
      return (max(0, min(area, low)), min(1, max(area, high)))
    }

    /// Wrongly ranked rows that the limit itself would let expect: without any the sample cannot tell from it.
    func needs(atLeast threshold: Double, level: Level) -> [Need] {
      let limit = isMirrored ? -threshold : threshold
      let missing = isMirrored ? limit : 1 - limit
      return [Need(.misrankedRows, seen: rarer * max(0, missing), wanted: -log(level.alpha))]
    }

    func sampleNeeded(reaching threshold: Double, level: Level, guarded: Bool) -> SampleSize? {
      let start = Int(rarer)
      let count = Search.first(above: start, through: 100_000_000) { total in
        let factor = Double(total) / rarer
        let (low, high) = bounds(at: level, factor: factor)
        let slip = Projection.powerQuantile * (variance * (factor - 1)).squareRoot() / factor
        let slack = isMirrored ? -threshold - high : low - threshold
        let need = needs(atLeast: threshold, level: level).allSatisfy { $0.seen * factor >= $0.wanted }
        return slack >= slip && (need || !guarded)
      }
      return count.map { count in
        let total = ((positives + negatives) / rarer * Double(count)).rounded(.up)
        return SampleSize(.rows, Int(min(total, 1e15)), rarerClass: count)
      }
    }
  }

  private var halfSteps: (low: Double, high: Double) {
    let (p, q) = (Double(positives.count), Double(negatives.count))
    let worst = max((1 - (positives.min() ?? 1)) / p, (1 - (negatives.min() ?? 1)) / q)
    let best = max((positives.max() ?? 0) / p, (negatives.max() ?? 0) / q)
    return (worst / 2, best / 2)
  }

  /// One model's area with bounds on the logit scale, for a rule with a fixed limit.
  package func comparison(at level: Level = .usual) -> Comparison {
    let summary = Summary(
      area: area, variance: max(0, covariance(with: self) ?? 0), positives: Double(positives.count),
      negatives: Double(negatives.count), halfSteps: halfSteps, isMirrored: false)
    let (low, high) = summary.bounds(at: level)
    return Comparison(
      value: area, low: low, high: high, level: level, method: .logitDelong,
      rows: positives.count + negatives.count, projection: .oneRanking(summary))
  }
}
