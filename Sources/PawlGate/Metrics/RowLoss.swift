import PawlCore

#if canImport(Glibc)
  import Glibc
#endif

/// A number a row whose mean is the metric: losses of probabilities and of regression, and values.
struct RowLoss {
  /// One a selected row.
  var values: [Double]
  /// The range that a row's number cannot leave, where there is one.
  var lowest: Double?
  var highest: Double?
  var caveats: [String] = []

  /// The largest difference that one row can make; nil without a bound.
  var bound: Double? {
    guard let lowest, let highest else { return nil }
    return highest - lowest
  }

  /// scikit-learn's clip for float64 probabilities.
  static let usualClip = 2.220446049250313e-16

  static let stems: Set<String> = ["log-loss", "brier", "mae", "mse", "mape", "pinball"]

  /// nil when the metric is no mean of rows, or the table lacks what it needs.
  init?(_ name: MetricName, _ table: RowTable, _ rows: RowSelection) {
    switch (table.spec.task, name.stem) {
    case (.values, _):
      guard name.parameter == nil, let column = table.spec.values.firstIndex(where: { $0.name == name.text }) else {
        return nil
      }
      values = rows.pick(table.values[column])
    case (.binary, "log-loss"), (.multiclass, "log-loss"):
      guard !table.scores.isEmpty else { return nil }
      self = RowLoss.logLoss(table, rows)
      return
    case (.binary, "brier"):
      guard let scores = table.scores.first else { return nil }
      values = (0..<rows.count).map { position in
        let row = rows[position]
        let gap = scores[row] - (table.labels[row] == table.positive ? 1 : 0)
        return gap * gap
      }
      (lowest, highest) = (0, 1)
    case (.multiclass, "brier"):
      guard !table.scores.isEmpty else { return nil }
      values = RowLoss.squaredGaps(table, rows)
      (lowest, highest) = (0, 2)
      if let caveat = RowLoss.sumCaveat(table, rows) { caveats.append(caveat) }
    case (.regression, _):
      guard let term = RowLoss.term(name) else { return nil }
      values = (0..<rows.count).map { term(table.targets[rows[$0]], table.estimates[rows[$0]]) }
      lowest = 0
    case (.binary, _), (.multiclass, _): return nil
    }
    if highest == nil, let worst = table.spec.worst, worst > 0 {
      // The user's word caps a row's difference, whatever its level.
      if table.spec.task == .values { (lowest, highest) = (nil, nil) } else { (lowest, highest) = (0, worst) }
    }
  }

  private init(values: [Double], lowest: Double?, highest: Double?, caveats: [String]) {
    self.values = values
    self.lowest = lowest
    self.highest = highest
    self.caveats = caveats
  }

  private static func term(_ name: MetricName) -> ((Double, Double) -> Double)? {
    switch name.stem {
    case "mae" where name.parameter == nil: return { abs($0 - $1) }
    case "mse" where name.parameter == nil: return { ($0 - $1) * ($0 - $1) }
    case "mape" where name.parameter == nil: return { abs($0 - $1) / max(abs($0), usualClip) }
    case "pinball":
      guard let share = name.share else { return nil }
      return { max(share * ($0 - $1), (share - 1) * ($0 - $1)) }
    default: return nil
    }
  }

  private static func logLoss(_ table: RowTable, _ rows: RowSelection) -> RowLoss {
    let clip = max(table.spec.clip ?? usualClip, usualClip)
    let isBinary = table.spec.task == .binary
    let values = (0..<rows.count).map { position -> Double in
      let row = rows[position]
      let share: Double
      if isBinary {
        let score = min(max(table.scores[0][row], clip), 1 - clip)
        share = table.labels[row] == table.positive ? score : 1 - score
        if table.scores[0][row].isNaN { return .nan }
      } else {
        let score = table.scores[Int(table.labels[row])][row]
        if score.isNaN { return .nan }
        share = min(max(score, clip), 1 - clip)
      }
      return -log(share)
    }
    var caveats: [String] = []
    if let clip = table.spec.clip { caveats.append("probabilities are clipped at \(Number(clip).text)") }
    if !isBinary, let caveat = sumCaveat(table, rows) { caveats.append(caveat) }
    return RowLoss(values: values, lowest: -log(1 - clip), highest: -log(clip), caveats: caveats)
  }

  private static func squaredGaps(_ table: RowTable, _ rows: RowSelection) -> [Double] {
    (0..<rows.count).map { position in
      let row = rows[position]
      var sum = 0.0
      for (code, column) in table.scores.enumerated() {
        let gap = column[row] - (Int(table.labels[row]) == code ? 1 : 0)
        sum += gap * gap
      }
      return sum
    }
  }

  /// scikit-learn warns of such rows and takes the scores as they are.
  private static func sumCaveat(_ table: RowTable, _ rows: RowSelection) -> String? {
    for position in 0..<rows.count {
      let row = rows[position]
      var sum = 0.0
      for column in table.scores { sum += column[row] }
      // Files print a few digits: six of them are no mistake.
      if abs(sum - 1) > 1e-4 { return "scores of a row do not add up to 1" }
    }
    return nil
  }

  /// The mean; NaN or infinite as its terms are.
  func mean(_ weights: [Int]? = nil) -> MetricValue {
    var sum = ExactSum()
    var count = 0
    for (position, value) in values.enumerated() {
      let weight = weights?[position] ?? 1
      guard weight > 0 else { continue }
      count &+= weight
      sum.add(Double(weight) * value)
    }
    guard count > 0 else { return MetricValue(undefined: "there are no rows") }
    return MetricValue(sum.value / Double(count), caveats: caveats)
  }
}
