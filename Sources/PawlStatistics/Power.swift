#if canImport(Glibc)
  import Glibc
#endif

/// What a gate can see on right / wrong rows before any evidence: chances of each verdict by the score test.
///
/// Exact: sums over the counts of disagreeing rows, not a formula.
package struct Power: Sendable, Hashable {
  /// Rows of the test set.
  package let rows: Int
  /// The share of rows on which exactly one model is right, in [0, 1].
  package let disagreement: Double
  package let level: Level

  /// Nil without rows, for more than 1e9 of them, or unless the disagreement is in [0, 1].
  package init?(rows: Int, disagreement: Double, level: Level = .usual) {
    guard rows > 0, rows <= 1_000_000_000, disagreement >= 0, disagreement <= 1 else { return nil }
    self.rows = rows
    self.disagreement = disagreement
    self.level = level
  }

  /// Chance that `may-lose margin` passes when the true difference (candidate − baseline) is `difference`.
  package func chanceOfPass(margin: Double, difference: Double = 0) -> Double {
    guard margin >= 0, margin.isFinite, abs(difference) <= 1 else { return .nan }
    // A loss of L needs a disagreement of at least L.
    let disagreeing = min(1, max(disagreement, abs(difference)))
    let share = disagreeing > 0 ? min(1, max(0, (1 + difference / disagreeing) / 2)) : 0.5
    let z = level.z
    return overDisagreements(disagreeing) { count in
      guard let least = leastWins(of: count, margin: margin, z: z) else { return 0 }
      return Binomial.sf(Double(least - 1), n: Double(count), p: share)
    }
  }

  /// Chance that `may-lose margin` fails when the true difference is `difference`.
  package func chanceOfFail(margin: Double, difference: Double) -> Double {
    guard margin >= 0, margin.isFinite, abs(difference) <= 1 else { return .nan }
    let disagreeing = min(1, max(disagreement, abs(difference)))
    let share = disagreeing > 0 ? min(1, max(0, (1 + difference / disagreeing) / 2)) : 0.5
    let z = level.z
    return overDisagreements(disagreeing) { count in
      // The most wins with which the upper bound is still below −margin.
      let most = Search.first(above: -1, through: count) { wins in
        guard let counts = Tango(rows: rows, candidateOnlyRight: wins, baselineOnlyRight: count - wins)
        else { return true }
        return counts.statistic(at: -margin, step: -0.5) > -z
      }
      guard let most else { return 1 }
      return Binomial.cdf(Double(most - 1), n: Double(count), p: share)
    }
  }

  /// The smallest margin that a pass of equal models reaches with a chance of 80 %: "decides 1.3 points".
  package func marginDecided() -> Double? {
    let z = level.z + Projection.powerQuantile
    let n = Double(rows)
    // The normal formula is the starting point; the exact chance decides.
    var high = min(1, 2 * (z * (disagreement / n).squareRoot() + (z * z + 1) / n))
    guard chanceOfPass(margin: high) >= Projection.power || chanceOfPass(margin: 1) >= Projection.power
    else { return nil }
    if chanceOfPass(margin: high) < Projection.power { high = 1 }
    var low = 0.0
    while high - low > 1e-3 * high {
      let middle = (low + high) / 2
      if chanceOfPass(margin: middle) >= Projection.power { high = middle } else { low = middle }
    }
    return high
  }

  /// The smallest true loss that `may-lose margin` fails with a chance of 80 %; nil when none does.
  package func smallestLossSeen(margin: Double) -> Double? {
    guard margin >= 0, margin < 1, chanceOfFail(margin: margin, difference: -1) >= Projection.power else { return nil }
    var (low, high) = (margin, 1.0)
    while high - low > 1e-3 * high {
      let middle = (low + high) / 2
      if chanceOfFail(margin: margin, difference: -middle) >= Projection.power { high = middle } else { low = middle }
    }
    return high
  }

  /// The rows with which `may-lose margin` passes equal models with a chance of 80 %; nil when no number does.
  package static func rowsNeeded(disagreement: Double, margin: Double, level: Level = .usual) -> Int? {
    guard margin > 0, margin <= 1, disagreement >= 0, disagreement <= 1 else { return nil }
    let z = level.z + Projection.powerQuantile
    let guess = (z / margin) * (z / margin) * disagreement + 1.5 * level.z * level.z / margin
    guard guess < 1e9 else { return nil }
    func decides(_ rows: Int) -> Bool {
      Power(rows: rows, disagreement: disagreement, level: level).map { $0.chanceOfPass(margin: margin) >= power }
        ?? false
    }
    // The chance has small steps; near the formula a search by halves finds a number that holds.
    var (low, high) = (0, max(2, Int(guess)))
    while !decides(high), high < 500_000_000 { (low, high) = (high, high * 2) }
    while high - low > max(1, high / 1000) {
      let middle = low + (high - low) / 2
      if decides(middle) { high = middle } else { low = middle }
    }
    return decides(high) ? high : nil
  }

  private static let power = Projection.power

  /// The fewest wins among `count` disagreeing rows with which the margin passes; nil when none does.
  private func leastWins(of count: Int, margin: Double, z: Double) -> Int? {
    Search.first(above: -1, through: count) { wins in
      Tango(rows: rows, candidateOnlyRight: wins, baselineOnlyRight: count - wins)?.reaches(-margin, z: z) ?? false
    }
  }

  /// The mean of `chance` over the binomial number of disagreeing rows, its far tails left out.
  ///
  /// Beyond a thousand numbers every so-manieth is taken, as the chance is smooth there.
  func overDisagreements(_ share: Double, _ chance: (Int) -> Double) -> Double {
    let n = Double(rows)
    let middle = n * share
    let reach = 7 * (n * share * (1 - share)).squareRoot() + 10
    let first = Int(max(0, middle - reach))
    let last = min(rows, Int((middle + reach).rounded(.up)))
    let step = max(1, (last - first) / 1000)
    var (sum, weight) = (0.0, 0.0)
    for count in stride(from: first, through: last, by: step) {
      let mass = Binomial.pmf(Double(count), n: n, p: share)
      guard mass > 1e-12 else { continue }
      sum += mass * chance(count)
      weight += mass
    }
    return weight > 0 ? min(1, sum / weight) : .nan
  }
}
