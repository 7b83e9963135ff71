/// What a gate can see of a mean of row differences before any evidence, by the bound with phantom rows.
///
/// The sample's mean is taken as normal and its deviation as the true one: right from a few hundred rows on, and fewer
/// never pass, as nothing bounds one row's loss here (statistics.md §3).
package struct MeanPower: MarginPower, Hashable {
  package let rows: Int
  /// Standard deviation of the difference of two models on one row, in the metric's unit.
  package let deviation: Double
  package let level: Level
  /// From the mean down to its bound.
  private let reach: Double

  /// Nil below two rows, for more than 1e9 of them, or unless the deviation is positive and finite.
  package init?(rows: Int, deviation: Double, level: Level = .usual) {
    guard rows > 1, rows <= 1_000_000_000, deviation > 0, deviation.isFinite else { return nil }
    self.rows = rows
    self.deviation = deviation
    self.level = level
    let n = Double(rows)
    // The worst of n normal rows; phantom rows take its place.
    let extreme = deviation * Normal.upperQuantile(1 / (n + 1))
    let sample = Moments(
      count: rows, mean: 0, squares: deviation * deviation * (n - 1), smallest: -extreme, largest: extreme)
    guard let bound = Phantom(advantages: sample)?.lower(at: level), bound.isFinite else { return nil }
    reach = -bound
  }

  package var largest: Double { 1e3 * deviation }

  /// Rows below which nothing passes: so many show a share of 0.6 % that fails outright.
  package static func floor(at level: Level) -> Int { Phantom.floor(at: level, isBounded: false) }

  package func chanceOfPass(margin: Double, difference: Double) -> Double {
    guard rows >= MeanPower.floor(at: level) else { return 0 }
    return Normal.cdf((difference + margin - reach) / error)
  }

  package func chanceOfFail(margin: Double, difference: Double) -> Double {
    Normal.cdf((-margin - difference - reach) / error)
  }

  package func chanceOfPointLoss(margin: Double, difference: Double) -> Double {
    Normal.cdf((-margin - difference) / error)
  }

  private var error: Double { deviation / Double(rows).squareRoot() }

  /// The rows with which `may-lose margin` passes equal models with a chance of 80 %; nil when no number does.
  package static func rowsNeeded(deviation: Double, margin: Double, level: Level = .usual) -> Int? {
    guard margin > 0, margin.isFinite else { return nil }
    let root = (level.z + Projection.powerQuantile) * deviation / margin
    return MarginSearch.rows(from: root * root) { rows in
      MeanPower(rows: rows, deviation: deviation, level: level)
        .map { $0.chanceOfPass(margin: margin, difference: 0) >= Projection.power } ?? false
    }
  }
}
