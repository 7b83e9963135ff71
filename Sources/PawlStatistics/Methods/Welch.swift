/// Seeds, or rows, that are not paired: Welch's t. The difference is candidate − baseline.
///
/// B. L. Welch, Biometrika 34, 1947, 28–35.
package struct Welch: Sendable, Hashable {
  package let candidate: Moments
  package let baseline: Moments
  /// What the numbers are one of.
  private let isSeeds: Bool

  /// Values of seeds; nil below two a side, or unless all are finite.
  package init?(candidateSeeds: [Double], baselineSeeds: [Double]) {
    self.init(Moments(candidateSeeds), Moments(baselineSeeds), isSeeds: true)
  }

  /// Values of rows that are not the same on both sides; nil below two a side, or unless all are finite.
  package init?(candidateRows: Moments, baselineRows: Moments) {
    self.init(candidateRows, baselineRows, isSeeds: false)
  }

  private init?(_ candidate: Moments, _ baseline: Moments, isSeeds: Bool) {
    guard candidate.count > 1, baseline.count > 1, candidate.isFinite, baseline.isFinite else { return nil }
    self.candidate = candidate
    self.baseline = baseline
    self.isSeeds = isSeeds
  }

  /// The comparison; without spread on either side the bounds are the value and a caveat says so.
  package func comparison(at level: Level = .usual) -> Comparison {
    let (n, m) = (Double(candidate.count), Double(baseline.count))
    let (a, b) = (candidate.variance / n, baseline.variance / m)
    let error = (a + b).squareRoot()
    let difference = candidate.mean - baseline.mean
    // Shares, not the variances themselves, so that tiny or huge ones do not vanish.
    let share = a + b > 0 ? a / (a + b) : 0
    let freedom = 1 / (share * share / (n - 1) + (1 - share) * (1 - share) / (m - 1))
    let flat = !(error > 0)
    let reach = flat ? 0 : level.t(freedom) * error
    let seeds = min(candidate.count, baseline.count)
    var caveats = [isSeeds ? "seeds are not paired" : "rows are not paired"]
    if flat { caveats.append(isSeeds ? "no spread between seeds" : "no spread between rows") }
    if isSeeds, !flat { caveats += PairedT.caveats(seeds: seeds) }
    return Comparison(
      value: difference, low: difference - reach, high: difference + reach, level: level,
      p: flat ? (difference == 0 ? 1 : nil) : Student.twoSided(difference / error, df: freedom), method: .welch,
      rows: isSeeds ? 0 : candidate.count + baseline.count, replicates: isSeeds ? seeds : 1, caveats: caveats,
      projection: .spread(spread(difference, error)))
  }

  /// Seeds count a side, rows both sides together with their shares kept.
  private func spread(_ difference: Double, _ error: Double) -> Spread {
    guard isSeeds else {
      let rows = candidate.count + baseline.count
      return Spread(
        unit: .rows, count: rows, mean: difference, deviation: error * Double(rows).squareRoot(), expected: 0,
        freedom: nil)
    }
    return Spread(
      unit: .seeds, count: min(candidate.count, baseline.count), mean: difference,
      deviation: (candidate.variance + baseline.variance).squareRoot(), expected: 0, freedom: 2)
  }
}
