/// Percentile bootstrap for metrics that are no mean of rows (F1, MCC, average precision …), rows drawn within strata.
///
/// Valid only with enough rows on which the models differ and enough of the rarest class (statistics.md §1): `needs`.
/// Each draw has a generator of its own, so draws may be made in any order, or at once, with the same result.
package struct PairedBootstrap: Sendable {
  /// The rows of each stratum; a draw takes as many from each as it has.
  private let strata: [[Int]]
  package let rows: Int
  package let draws: Int
  package let seed: UInt64

  /// - Parameters:
  ///   - rows: how many rows there are.
  ///   - strata: the class of each row, or nil to draw from all rows alike.
  ///   - draws: resamples, at least 1.
  ///   - seed: the same seed gives the same bounds.
  /// - Returns: nil without rows, or when `strata` is not one a row.
  package init?(rows: Int, strata: [Int]? = nil, draws: Int = 2_000, seed: UInt64 = 0x7061_776c) {
    guard rows > 0, draws > 0, strata?.count ?? rows == rows else { return nil }
    self.rows = rows
    self.draws = draws
    self.seed = seed
    guard let strata else {
      self.strata = [Array(0..<rows)]
      return
    }
    var places: [Int: Int] = [:]
    var groups: [[Int]] = []
    for (row, stratum) in strata.enumerated() {
      if let place = places[stratum] {
        groups[place].append(row)
      } else {
        places[stratum] = groups.count
        groups.append([row])
      }
    }
    self.strata = groups
  }

  /// Fills `weights` (one a row) with how often each row is in resample `draw`.
  package func fill(_ weights: inout [Int], draw: Int) {
    for row in weights.indices { weights[row] = 0 }
    guard weights.count == rows else { return }
    // Distinct generators from the mixed counter: the states of neighbours are far apart.
    var mixer = SplitMix64(seed: seed &+ UInt64(truncatingIfNeeded: draw) &* 0xd134_2543_de82_ef95)
    var chance = SplitMix64(seed: mixer.next())
    for group in strata {
      for _ in 0..<group.count { weights[group[chance.below(group.count)]] &+= 1 }
    }
  }

  /// The statistic of every resample; one that is not finite is drawn again, at most ten times.
  ///
  /// - Parameter statistic: gets the weight of each row (how often it was drawn) and gives the metric, or the
  ///   difference of two.
  package func resamples(_ statistic: ([Int]) -> Double) -> [Double] {
    resamples(0..<draws, statistic)
  }

  /// The statistic of some of the resamples, for draws made side by side.
  package func resamples(_ range: Range<Int>, _ statistic: ([Int]) -> Double) -> [Double] {
    var weights = [Int](repeating: 0, count: rows)
    return range.map { draw in
      for attempt in 0..<10 {
        fill(&weights, draw: draw &+ attempt &* draws)
        let value = statistic(weights)
        if value.isFinite { return value }
      }
      return .nan
    }
  }

  /// Bounds of a paired difference: the percentiles of the resamples about `value`, the difference as measured.
  ///
  /// - Parameters:
  ///   - resamples: of `resamples(_:)`; all of them.
  ///   - needs: of `needs(differing:rarest:)`, or the rows that the metric wants.
  /// - Returns: nil when `value` or more than one resample in a hundred is not finite.
  package func comparison(
    of value: Double, resamples: [Double], needs: [Need] = [], at level: Level = .usual
  ) -> Comparison? {
    bounds(of: value, resamples: resamples, needs: needs, at: level, method: .pairedBootstrap, expected: 0)
  }

  /// Bounds of one model's metric, for a rule with a fixed limit.
  package func comparison(
    ofOne value: Double, resamples: [Double], needs: [Need] = [], at level: Level = .usual
  ) -> Comparison? {
    bounds(of: value, resamples: resamples, needs: needs, at: level, method: .bootstrap, expected: value)
  }

  private func bounds(
    of value: Double, resamples: [Double], needs: [Need], at level: Level, method: Method, expected: Double
  ) -> Comparison? {
    let sorted = resamples.filter(\.isFinite).sorted()
    guard value.isFinite, sorted.count > 0, resamples.count - sorted.count <= resamples.count / 100 else { return nil }
    let low = PairedBootstrap.quantile(sorted, level.alpha)
    let high = PairedBootstrap.quantile(sorted, 1 - level.alpha)
    let deviation = (high - low) / (2 * level.z) * Double(rows).squareRoot()
    // Twenty resamples beyond the bound, or the bound is chance.
    let draws = Need(.draws, seen: Double(sorted.count), wanted: min((20 / level.alpha).rounded(.up), 1e18))
    return Comparison(
      value: value, low: low, high: high, level: level, method: method, rows: rows, needs: needs + [draws],
      projection: .spread(
        Spread(unit: .rows, count: rows, mean: value, deviation: deviation, expected: expected, freedom: nil)))
  }

  /// The guard of label metrics: rows on which the predictions of the two models differ, rows of the rarest class.
  package static func needs(differing: Int, rarest: Int) -> [Need] {
    [
      Need(.differingRows, seen: Double(differing), wanted: 50),
      Need(.rarestClassRows, seen: Double(rarest), wanted: 20),
    ]
  }

  /// The guard of metrics of numbers (R², RMSE …): as many rows as an unbounded loss wants.
  package static func needs(rows: Int, at level: Level = .usual) -> [Need] {
    let floor = Double(Phantom.floor(at: level, isBounded: false))
    return [
      Need(.rowsBelow, seen: Double(rows), wanted: floor), Need(.rowsAbove, seen: Double(rows), wanted: floor),
    ]
  }

  /// The quantile of sorted numbers, linear between neighbours (NumPy's default); NaN without numbers.
  package static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    guard let first = sorted.first, share >= 0, share <= 1 else { return .nan }
    let place = share * Double(sorted.count - 1)
    let index = Int(place)
    guard index + 1 < sorted.count else { return sorted.last ?? first }
    let fraction = place - Double(index)
    return fraction == 0 ? sorted[index] : sorted[index] + (sorted[index + 1] - sorted[index]) * fraction
  }
}
