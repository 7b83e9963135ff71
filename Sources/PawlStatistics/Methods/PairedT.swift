/// Seeds that both sides ran: Student's t on the differences.
///
/// The difference is whatever the caller subtracts; candidate − baseline for what is better when higher.
package struct PairedT: Sendable, Hashable {
  package let moments: Moments

  /// One difference a seed; nil below two seeds, or unless all are finite.
  package init?(differences: [Double]) {
    moments = Moments(differences)
    guard moments.count > 1, moments.isFinite else { return nil }
  }

  /// The comparison; equal differences leave no spread, then the bounds are the value and a caveat says so.
  package func comparison(at level: Level = .usual) -> Comparison {
    let k = moments.count
    let deviation = moments.variance.squareRoot()
    let error = deviation / Double(k).squareRoot()
    let flat = moments.isConstant || error == 0
    let reach = flat ? 0 : level.t(Double(k - 1)) * error
    let value = moments.isConstant ? moments.smallest : moments.mean
    return Comparison(
      value: value, low: value - reach, high: value + reach, level: level,
      p: flat ? (value == 0 ? 1 : nil) : Student.twoSided(value / error, df: Double(k - 1)), method: .pairedT,
      rows: 0, replicates: k, caveats: flat ? ["no spread between seeds"] : PairedT.caveats(seeds: k),
      projection: .spread(
        Spread(unit: .seeds, count: k, mean: value, deviation: deviation, expected: 0, freedom: 1)))
  }

  static func caveats(seeds: Int) -> [String] {
    seeds == 2 ? ["two seeds: the bounds are six times as wide as those of many seeds"] : []
  }
}

/// One model's values over seeds, for a rule with a fixed limit.
package struct OneT: Sendable, Hashable {
  package let moments: Moments

  /// One value a seed; nil below two seeds, or unless all are finite.
  package init?(values: [Double]) {
    moments = Moments(values)
    guard moments.count > 1, moments.isFinite else { return nil }
  }

  /// The mean over seeds with Student's bounds.
  package func comparison(at level: Level = .usual) -> Comparison {
    guard var comparison = PairedT(moments: moments).map({ $0.comparison(at: level) }) else {
      return .exact(moments.mean, level: level)
    }
    comparison.p = nil
    comparison.projection = .spread(
      Spread(
        unit: .seeds, count: moments.count, mean: comparison.value, deviation: moments.variance.squareRoot(),
        expected: comparison.value, freedom: 1))
    return comparison
  }
}

extension PairedT {
  fileprivate init?(moments: Moments) {
    guard moments.count > 1, moments.isFinite else { return nil }
    self.moments = moments
  }
}
