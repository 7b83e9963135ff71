import PawlStatistics

/// Rows in the order of one score, with which of them are positive: AUC and average precision follow.
struct Ranking {
  private let order: ScoreOrder
  private let isPositive: [Bool]

  /// nil when a score is NaN.
  init?(scores: [Double], isPositive: [Bool]) { self.init(ScoreOrder(scores), isPositive) }

  /// Selected rows of a table, by a column of its scores.
  init?(_ table: RowTable, _ rows: RowSelection, column: Int, isPositive: [Bool]) {
    // A table keeps the order of all its rows.
    self.init(
      rows.indices == nil ? table.order(ofScore: column) : ScoreOrder(rows.pick(table.scores[column])), isPositive)
  }

  private init?(_ order: ScoreOrder?, _ isPositive: [Bool]) {
    guard let order else { return nil }
    self.order = order
    self.isPositive = isPositive
  }

  /// Calls `body` with the weight of positives and of negatives at each score, lowest first.
  private func runs(_ weights: [Int]?, _ body: (_ positives: Int, _ negatives: Int) -> Void) {
    let (rows, starts) = (order.rows, order.starts)
    var place = 0
    while place < rows.count {
      var (positives, negatives) = (0, 0)
      repeat {
        let position = Int(rows[place])
        let weight = weights?[position] ?? 1
        if isPositive[position] { positives &+= weight } else { negatives &+= weight }
        place &+= 1
      } while place < rows.count && !starts[place]
      body(positives, negatives)
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
    counts.reserveCapacity(order.rows.count)
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
