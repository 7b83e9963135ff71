/// Truth and prediction of regression rows: the metrics that are no mean of rows.
struct Regression {
  private let targets: [Double]
  private let estimates: [Double]
  /// Absolute errors with their positions, smallest first; made for the median only.
  private let sorted: [(error: Double, position: Int)]

  init(targets: [Double], estimates: [Double], sorting: Bool = false) {
    self.targets = targets
    self.estimates = estimates
    sorted =
      sorting
      ? targets.indices.map { (abs(targets[$0] - estimates[$0]), $0) }.sorted { $0.0 < $1.0 } : []
  }

  private func mean(_ weights: [Int]?, _ term: (Int) -> Double) -> (value: Double, rows: Int) {
    var sum = ExactSum()
    var rows = 0
    for position in targets.indices {
      let weight = weights?[position] ?? 1
      guard weight > 0 else { continue }
      rows &+= weight
      sum.add(Double(weight) * term(position))
    }
    return (sum.value / Double(rows), rows)
  }

  /// The mean square about the mean; 0 where all are the same number, whatever the rounding of their mean.
  private func variance(_ weights: [Int]?, _ term: (Int) -> Double) -> (value: Double, rows: Int) {
    let centre = mean(weights, term)
    var (low, high) = (Double.infinity, -Double.infinity)
    for position in targets.indices where (weights?[position] ?? 1) > 0 {
      (low, high) = (min(low, term(position)), max(high, term(position)))
    }
    if low == high { return (0, centre.rows) }
    let value = mean(weights) { (term($0) - centre.value) * (term($0) - centre.value) }.value
    return (value, centre.rows)
  }

  /// 1 − Σ(y − ŷ)² / Σ(y − ȳ)².
  func r2(_ weights: [Int]? = nil) -> MetricValue {
    let wrong = mean(weights) { (targets[$0] - estimates[$0]) * (targets[$0] - estimates[$0]) }.value
    let spread = variance(weights) { targets[$0] }
    return explained(wrong, of: spread.value, rows: spread.rows)
  }

  /// 1 − Var(y − ŷ) / Var(y).
  func explainedVariance(_ weights: [Int]? = nil) -> MetricValue {
    let wrong = variance(weights) { targets[$0] - estimates[$0] }.value
    let spread = variance(weights) { targets[$0] }
    return explained(wrong, of: spread.value, rows: spread.rows)
  }

  private func explained(_ wrong: Double, of spread: Double, rows: Int) -> MetricValue {
    guard rows > 1 else { return MetricValue(undefined: "it needs two rows") }
    if wrong.isNaN || spread.isNaN { return MetricValue(.nan) }
    if spread > 0 { return MetricValue(1 - wrong / spread) }
    return MetricValue(wrong == 0 ? 1 : 0, caveats: ["the truth is constant: taken as \(wrong == 0 ? 1 : 0)"])
  }

  func rootMeanSquare(_ weights: [Int]? = nil) -> MetricValue {
    let square = mean(weights) { (targets[$0] - estimates[$0]) * (targets[$0] - estimates[$0]) }
    return square.rows > 0 ? MetricValue(square.value.squareRoot()) : MetricValue(undefined: "there are no rows")
  }

  func maximum() -> MetricValue {
    var largest = 0.0
    for position in targets.indices {
      let error = abs(targets[position] - estimates[position])
      if error.isNaN { return MetricValue(.nan) }
      largest = max(largest, error)
    }
    return targets.isEmpty ? MetricValue(undefined: "there are no rows") : MetricValue(largest)
  }

  func median(_ weights: [Int]? = nil) -> MetricValue {
    if sorted.contains(where: { $0.error.isNaN }) { return MetricValue(.nan) }
    return WeightedQuantile.value(sorted.map(\.error), sorted.map(\.position), weights, share: 0.5)
  }
}

/// A quantile of sorted numbers that count as often as their weight, linear between neighbours (NumPy's default).
enum WeightedQuantile {
  static func value(_ sorted: [Double], _ positions: [Int], _ weights: [Int]?, share: Double) -> MetricValue {
    let total = weights?.reduce(0, +) ?? sorted.count
    guard total > 0 else { return MetricValue(undefined: "there are no rows") }
    let place = share * Double(total - 1)
    let lower = Int(place.rounded(.down))
    let (low, high) = (
      number(sorted, positions, weights, at: lower), number(sorted, positions, weights, at: min(lower + 1, total - 1))
    )
    let fraction = place - Double(lower)
    return MetricValue(fraction == 0 || low == high ? low : low + (high - low) * fraction)
  }

  private static func number(_ sorted: [Double], _ positions: [Int], _ weights: [Int]?, at place: Int) -> Double {
    guard let weights else { return sorted[place] }
    var passed = 0
    for index in sorted.indices {
      passed &+= weights[positions[index]]
      if passed > place { return sorted[index] }
    }
    return sorted.last ?? .nan
  }
}
