#if canImport(Glibc)
  import Glibc
#endif

/// Several seeds on the same rows, both models with each seed: the variance between seeds and that between rows.
///
/// Each variance carries its own Student quantile and the two are added as squares (MOVER). Satterthwaite's single
/// quantile passes wrongly in up to 8.4 % with two seeds and 6.3 % with three (true normal effects, S = 40,000,
/// sd 0.1); this in at most 5.2 %, and it is no wider where seeds do not differ.
///
/// Right / wrong rows also want the score test: widen by `Tango` on the counts averaged over seeds. Row losses want
/// the phantom rows: widen by `Phantom` on `rows`. With rare, large losses this bound alone passes wrongly
/// in up to 13.5 % (3 seeds, 200 rows), with phantom rows and their floor in at most 5.3 % (32 cells, S = 2,000,
/// sd 0.5).
/// The difference is whatever the caller subtracts, row by row and seed by seed.
package struct TwoWay: Sendable, Hashable {
  /// Of the mean difference of each seed, over its rows.
  package let seeds: Moments
  /// Of the mean difference of each row, over the seeds.
  package let rows: Moments

  /// The mean differences of each seed and of each row; nil below two of either, or unless all are finite.
  package init?(seedMeans: Moments, rowMeans: Moments) {
    guard seedMeans.count > 1, rowMeans.count > 1, seedMeans.isFinite, rowMeans.isFinite else { return nil }
    seeds = seedMeans
    rows = rowMeans
  }

  /// Differences with a seed a line, each with the same rows in the same order; nil where they are not as many.
  package init?(differences: [[Double]]) {
    guard let count = differences.first?.count, differences.allSatisfy({ $0.count == count }), count > 0
    else { return nil }
    var sums = [Double](repeating: 0, count: count)
    var seedMeans = Moments()
    for line in differences {
      var sum = 0.0
      for (row, difference) in line.enumerated() {
        sums[row] += difference
        sum += difference
      }
      seedMeans.add(sum / Double(count))
    }
    let k = Double(differences.count)
    self.init(seedMeans: seedMeans, rowMeans: Moments(sums.lazy.map { $0 / k }))
  }

  var mirrored: TwoWay { TwoWay(seedMeans: seeds.negated, rowMeans: rows.negated) ?? self }

  /// The comparison; without any spread the bounds are the value and a caveat says so. p is Satterthwaite's.
  package func comparison(at level: Level = .usual) -> Comparison {
    let (fromSeeds, fromRows) = (seeds.variance / Double(seeds.count), rows.variance / Double(rows.count))
    let flat = !(fromSeeds + fromRows > 0)
    let reach = flat ? 0 : reach(seeds: Double(seeds.count), rows: Double(rows.count), level: level)
    let value = seeds.mean
    return Comparison(
      value: value, low: value - reach, high: value + reach, level: level,
      p: flat ? (value == 0 ? 1 : nil) : satterthwaite(fromSeeds, fromRows), method: .twoWay, rows: rows.count,
      replicates: seeds.count,
      caveats: flat ? ["no spread between seeds or rows"] : PairedT.caveats(seeds: seeds.count),
      projection: .grid(self))
  }

  /// How far a bound lies from the mean with the given seeds and rows, both variances kept.
  private func reach(seeds k: Double, rows n: Double, level: Level) -> Double {
    let fromSeeds = seeds.variance > 0 ? level.t(k - 1) * (seeds.variance / k).squareRoot() : 0
    let fromRows = rows.variance > 0 ? level.t(n - 1) * (rows.variance / n).squareRoot() : 0
    return hypot(fromSeeds, fromRows)
  }

  /// Two-sided p of "no difference" with Satterthwaite's degrees of freedom.
  private func satterthwaite(_ fromSeeds: Double, _ fromRows: Double) -> Double {
    let total = fromSeeds + fromRows
    let share = fromSeeds / total
    let freedom =
      1 / (share * share / Double(seeds.count - 1) + (1 - share) * (1 - share) / Double(rows.count - 1))
    return Student.twoSided(seeds.mean / total.squareRoot(), df: freedom)
  }

  /// More seeds on the same rows if up to 100 decide, else more rows with the same seeds.
  func sampleNeeded(reaching threshold: Double, level: Level) -> SampleSize? {
    let (k, n) = (Double(seeds.count), Double(rows.count))
    func reaches(seeds moreSeeds: Double, rows moreRows: Double, unseen: Double, seen: Double) -> Bool {
      seeds.mean * seen - threshold
        >= reach(seeds: moreSeeds, rows: moreRows, level: level) + Projection.powerQuantile * unseen.squareRoot()
    }
    let moreSeeds = Search.first(above: seeds.count, through: max(100, seeds.count + 1)) { total in
      let count = Double(total)
      return reaches(
        seeds: count, rows: n, unseen: seeds.variance * (count - k) / (count * count), seen: k / count)
    }
    if let moreSeeds { return SampleSize(.seeds, moreSeeds) }
    let moreRows = Search.first(above: rows.count, through: 1_000_000_000) { total in
      let count = Double(total)
      return reaches(seeds: k, rows: count, unseen: rows.variance * (count - n) / (count * count), seen: n / count)
    }
    return moreRows.map { SampleSize(.rows, $0) }
  }
}
