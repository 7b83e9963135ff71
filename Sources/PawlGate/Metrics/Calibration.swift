#if canImport(Glibc)
  import Glibc
#endif

/// Expected calibration error over equal-width, right-closed bins.
struct Calibration {
  private let bins: [Int32]
  private let scores: [Double]
  private let hits: [Bool]
  private let count: Int

  /// - Parameters:
  ///   - scores: in [0, 1]; the positive's, or the highest of several classes.
  ///   - hits: whether the row is what the score speaks of.
  init(scores: [Double], hits: [Bool], bins count: Int) {
    self.scores = scores
    self.hits = hits
    self.count = count
    bins = scores.map { score in
      var bin = Int((score * Double(count)).rounded(.up))
      // An edge is the number nearest to i / count, so that 0.3 belongs to the bin that 0.3 closes.
      if bin > 0, score <= Double(bin - 1) / Double(count) { bin -= 1 }
      if bin < count, score > Double(bin) / Double(count) { bin += 1 }
      return Int32(truncatingIfNeeded: min(count, max(1, bin)) - 1)
    }
  }

  func value(_ weights: [Int]? = nil) -> MetricValue {
    var gaps = [Double](repeating: 0, count: count)
    var rows = 0
    for position in bins.indices {
      let weight = weights?[position] ?? 1
      rows &+= weight
      gaps[Int(bins[position])] += Double(weight) * ((hits[position] ? 1 : 0) - scores[position])
    }
    guard rows > 0 else { return MetricValue(undefined: "there are no rows") }
    return MetricValue(gaps.reduce(0) { $0 + abs($1) } / Double(rows))
  }

  /// What a perfectly calibrated model with these scores would show on average (normal approximation of each bin).
  var expectedIfCalibrated: Double {
    var variances = [Double](repeating: 0, count: count)
    for (position, score) in scores.enumerated() { variances[Int(bins[position])] += score * (1 - score) }
    let sum = variances.reduce(0) { $0 + (2 / Double.pi * $1).squareRoot() }
    return scores.isEmpty ? 0 : sum / Double(scores.count)
  }
}
