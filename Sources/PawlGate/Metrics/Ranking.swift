/// Rows in the order of one score, with which of them are positive: AUC and average precision follow.
struct Ranking {
  /// Positions in the selection, lowest score first.
  private let order: [Int32]
  /// Ends of runs of one score, in `order`.
  private let ends: [Int32]
  private let isPositive: [Bool]

  /// nil when a score is NaN.
  init?(scores: [Double], isPositive: [Bool]) {
    guard !scores.contains(where: \.isNaN) else { return nil }
    self.isPositive = isPositive
    var pairs = scores.indices.map { (score: scores[$0], position: Int32(truncatingIfNeeded: $0)) }
    pairs.sort { $0.score < $1.score }
    order = pairs.map(\.position)
    var ends: [Int32] = []
    for index in pairs.indices where index + 1 == pairs.count || pairs[index].score != pairs[index + 1].score {
      ends.append(Int32(truncatingIfNeeded: index + 1))
    }
    self.ends = ends
  }

  /// Calls `body` with the weight of positives and of negatives at each score, lowest first.
  private func runs(_ weights: [Int]?, _ body: (_ positives: Int, _ negatives: Int) -> Void) {
    var start = 0
    for end in ends {
      var (positives, negatives) = (0, 0)
      for index in start..<Int(end) {
        let position = Int(order[index])
        let weight = weights?[position] ?? 1
        if isPositive[position] { positives &+= weight } else { negatives &+= weight }
      }
      body(positives, negatives)
      start = Int(end)
    }
  }

  /// The chance that a positive ranks above a negative, ties one half.
  func area(_ weights: [Int]? = nil) -> MetricValue {
    var (positives, negatives) = (0, 0)
    var above = 0.0
    runs(weights) { p, n in
      above += Double(p) * (Double(negatives) + Double(n) / 2)
      positives &+= p
      negatives &+= n
    }
    guard positives > 0, negatives > 0 else {
      return MetricValue(undefined: positives > 0 ? "there is no negative row" : "there is no positive row")
    }
    return MetricValue(above / (Double(positives) * Double(negatives)))
  }

  /// Σ (Rₙ − Rₙ₋₁)·Pₙ over falling thresholds, without interpolation.
  func averagePrecision(_ weights: [Int]? = nil) -> MetricValue {
    var counts: [(p: Int, n: Int)] = []
    counts.reserveCapacity(ends.count)
    runs(weights) { p, n in counts.append((p, n)) }
    var (hits, shown) = (0, 0)
    var sum = ExactSum()
    for (p, n) in counts.reversed() {
      hits &+= p
      shown &+= p &+ n
      if p > 0 { sum.add(Double(p) * (Double(hits) / Double(shown))) }
    }
    guard hits > 0 else { return MetricValue(undefined: "there is no positive row") }
    return MetricValue(sum.value / Double(hits))
  }
}
