#if canImport(Glibc)
  import Glibc
#endif

/// A bounded mean judged by betting against it: valid for any shape and far wider than the phantom rows.
///
/// I. Waudby-Smith & A. Ramdas, Journal of the Royal Statistical Society B 86, 2024, 1–27: the one-sided capital
/// process with predictable plug-in bets, capped at half of ruin. The order of rows matters to it, so they are
/// shuffled with a fixed seed.
package struct Betting: Sendable, Equatable {
  package let lowest: Double
  package let highest: Double
  private let moments: Moments
  /// The rows in their shuffled order, scaled to [0, 1].
  private let rows: [Double]
  private let isDifference: Bool

  /// Paired row differences, each within ±`bound`. Nil without rows, without a finite positive bound, or unless all
  /// numbers are finite.
  package init?(advantages: [Double], bound: Double) {
    self.init(advantages, -abs(bound), abs(bound), isDifference: true)
  }

  /// One model's row values, each within `lowest`...`highest`.
  package init?(values: [Double], lowest: Double, highest: Double) {
    self.init(values, lowest, highest, isDifference: false)
  }

  private init?(_ numbers: [Double], _ lowest: Double, _ highest: Double, isDifference: Bool) {
    moments = Moments(numbers)
    guard moments.count > 0, moments.isFinite, lowest <= moments.smallest, highest >= moments.largest,
      highest > lowest, (highest - lowest).isFinite
    else { return nil }
    self.lowest = lowest
    self.highest = highest
    self.isDifference = isDifference
    var chance = SplitMix64(seed: 0x6265_7473)
    var rows = numbers.map { min(1, max(0, ($0 - lowest) / (highest - lowest))) }
    for last in stride(from: rows.count - 1, to: 0, by: -1) { rows.swapAt(last, chance.below(last + 1)) }
    self.rows = rows
  }

  /// The mean with its bounds.
  package func comparison(at level: Level = .usual) -> Comparison {
    let width = highest - lowest
    let low = lowest + width * Betting.lower(rows, level)
    let high = highest - width * Betting.lower(rows.map { 1 - $0 }, level)
    let mean = moments.mean
    let deviation = max(mean - low, high - mean) / level.z * Double(rows.count).squareRoot()
    return Comparison(
      value: mean, low: min(low, mean), high: max(high, mean), level: level, method: .betting, rows: rows.count,
      projection: .spread(
        Spread(
          unit: .rows, count: rows.count, mean: mean, deviation: deviation, expected: isDifference ? 0 : mean,
          freedom: nil)))
  }

  /// The largest mean at which the capital has once reached 1 / alpha.
  private static func lower(_ rows: [Double], _ level: Level) -> Double {
    let wanted = -log(level.alpha)
    let n = Double(rows.count)
    var bets: [Double] = []
    bets.reserveCapacity(rows.count)
    var (sum, squares, seen) = (0.5, 0.25, 1.0)
    for row in rows {
      bets.append((2 * wanted / (n * squares / seen)).squareRoot())
      sum += row
      seen += 1
      let gap = row - sum / seen
      squares += gap * gap
    }
    return Search.last(from: 0, through: 1) { mean in
      let cap = mean > 0 ? 0.5 / mean : .infinity
      var capital = 0.0
      for (row, bet) in zip(rows, bets) {
        capital += log1p(min(bet, cap) * (row - mean))
        if capital >= wanted { return true }
      }
      return false
    }
  }
}
