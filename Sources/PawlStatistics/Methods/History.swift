/// The limit that earlier values set for the next one: a prediction interval of the last runs.
package struct History: Sendable, Hashable {
  /// Runs below which there is no limit.
  package static let fewest = 5
  package let values: [Double]

  /// Nil below two runs, or unless all are finite.
  package init?(_ values: [Double]) {
    guard values.count > 1, values.allSatisfy(\.isFinite) else { return nil }
    self.values = values
  }

  /// The limits of the next value: it is unusual, at the level, below `low`, and as unusual above `high`.
  ///
  /// From 1/alpha − 1 runs on (19 at 5 %) a value that was seen, whatever the shape; below, Student's interval.
  package func limits(at level: Level = .usual) -> Comparison {
    let moments = Moments(values)
    let h = Double(values.count)
    // The last bits of 20 × 0.05 must not decide.
    let rank = (level.alpha * (h + 1) * (1 + 1e-12)).rounded(.down)
    var (low, high) = (moments.smallest, moments.largest)
    var caveats: [String] = []
    if moments.isConstant {
      caveats.append("no spread between runs")
    } else if rank >= 1 {
      let sorted = values.sorted()
      let place = Int(rank) - 1
      (low, high) = (sorted[place], sorted[sorted.count - 1 - place])
    } else {
      let reach = level.t(h - 1) * (moments.variance * (1 + 1 / h)).squareRoot()
      (low, high) = (moments.mean - reach, moments.mean + reach)
      caveats.append("shape unknown")
    }
    return Comparison(
      value: moments.mean, low: low, high: high, level: level,
      method: rank >= 1 && !moments.isConstant ? .rankLimit : .tLimit, rows: 0, replicates: values.count,
      needs: [Need(.runs, seen: h, wanted: Double(History.fewest))], caveats: caveats)
  }
}
