/// What a test of "loses at most a margin" can see: chances of its answers for a true difference.
///
/// Differences are advantages of the candidate: −0.02 is a loss of 0.02.
package protocol MarginPower: Sendable {
  /// The largest difference that there can be.
  var largest: Double { get }
  /// Chance that `may-lose margin` passes when the true difference is `difference`.
  func chanceOfPass(margin: Double, difference: Double) -> Double
  /// Chance that it fails.
  func chanceOfFail(margin: Double, difference: Double) -> Double
  /// Chance that the point values alone break it.
  func chanceOfPointLoss(margin: Double, difference: Double) -> Double
}

extension Power: MarginPower {
  package var largest: Double { 1 }
}

extension MarginPower {
  /// The smallest margin that equal models pass with a chance of 80 %; nil when none does.
  package func marginDecided() -> Double? {
    MarginSearch.first(through: largest) { chanceOfPass(margin: $0, difference: 0) >= Projection.power }
  }

  /// The smallest true loss that `may-lose margin` fails with a chance of 80 %; nil when none does.
  package func smallestLossSeen(margin: Double) -> Double? {
    guard margin >= 0, margin < largest else { return nil }
    return MarginSearch.first(above: margin, through: largest) {
      chanceOfFail(margin: margin, difference: -$0) >= Projection.power
    }
  }
}

/// Searches over margins and over rows.
enum MarginSearch {
  /// The first number, to a thousandth of itself, from which on `holds`; nil when it does not hold at the end.
  static func first(above low: Double = 0, through high: Double, where holds: (Double) -> Bool) -> Double? {
    guard high > low, high.isFinite, holds(high) else { return nil }
    var (below, above) = (low, high)
    for _ in 0..<200 where above - below > 1e-3 * above {
      // Far from zero a search by halves of the exponent would be as good; near it this takes a few steps more.
      let middle = below + (above - below) / 2
      if holds(middle) { above = middle } else { below = middle }
    }
    return above
  }

  /// The first count, to a thousandth of itself, from which on `decides`; nil when none below 1e9 does.
  static func rows(from guess: Double, decides: (Int) -> Bool) -> Int? {
    guard guess < 1e9 else { return nil }
    var (low, high) = (0, max(2, Int(guess)))
    while !decides(high) {
      guard high < 500_000_000 else { return nil }
      (low, high) = (high, high * 2)
    }
    while high - low > max(1, high / 1000) {
      let middle = low + (high - low) / 2
      if decides(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
