import PawlCore

/// Metrics computed from rows, by scikit-learn's definitions and edge cases (contract §4).
package enum RowMetrics {
  /// A metric over all rows of a table, or over some.
  ///
  /// - Parameters:
  ///   - rows: indices of rows; nil for all.
  /// - Returns: undefined, with the reason, where scikit-learn raises or warns of an undefined metric, and where the
  ///   table has not what the metric needs.
  package static func value(of name: String, rows table: RowTable, at rows: [Int]? = nil) -> MetricValue {
    let selection =
      rows.map { RowSelection($0.compactMap { $0 >= 0 && $0 < table.count ? Int32($0) : nil }) }
      ?? RowSelection(all: table.count)
    return value(MetricName(name), table, selection)
  }

  static func value(_ name: MetricName, _ table: RowTable, _ rows: RowSelection) -> MetricValue {
    if let lack = lack(name, table) { return lack }
    guard rows.count > 0 else { return MetricValue(undefined: "there are no rows") }
    return kernel(name, table, rows)(nil)
  }

  /// Whether the table has what the metric needs.
  package static func canCompute(_ name: String, from table: RowTable) -> Bool {
    let name = MetricName(name)
    if table.outsideUnit != nil, needsProbabilities(name.stem) { return lackOfColumns(name, table) == nil }
    return lack(name, table) == nil
  }

  /// The metrics that can be computed from a table: for messages, and for `compute:` left out.
  package static func names(for table: RowTable) -> [String] {
    if table.spec.task == .values { return table.spec.values.map(\.name) }
    return KnownMetric.names(for: table.spec.task).filter { canCompute($0, from: table) }
  }

  static func needsProbabilities(_ stem: String) -> Bool { ["log-loss", "brier", "ece"].contains(stem) }

  /// Why the table cannot give the metric, nil when it can.
  static func lack(_ name: MetricName, _ table: RowTable) -> MetricValue? {
    if let lack = lackOfColumns(name, table) { return MetricValue(undefined: lack) }
    if needsProbabilities(name.stem), table.spec.task != .values, let outside = table.outsideUnit {
      return MetricValue(undefined: "score `\(outside.text)` is not in [0, 1]", at: outside.location)
    }
    return nil
  }

  private static func lackOfColumns(_ name: MetricName, _ table: RowTable) -> String? {
    if table.spec.task == .values {
      let known = table.spec.values.contains { $0.name == name.text || $0.name == name.stem && name.percentile != nil }
      return known ? nil : "`values:` has no `\(name.stem)`"
    }
    guard KnownMetric.names(for: table.spec.task).contains(name.stem) else {
      return "it is no metric of task `\(table.spec.task.rawValue)`"
    }
    switch name.stem {
    case "auc", "auc-ovr", "auc-ovo", "average-precision", "log-loss", "brier", "ece":
      if table.scores.isEmpty { return "the rows have no scores" }
    default: break
    }
    if name.parameter != nil {
      switch name.stem {
      case "ece": if name.bins == nil { return "`\(name.text)` names no number of bins" }
      case "pinball": if name.share == nil { return "`\(name.text)` names no share in [0, 1]" }
      default: return "`\(name.stem)` takes no parameter"
      }
    }
    return nil
  }

  /// The metric as a function of how often each selected row counts (nil: once).
  ///
  /// What does not depend on the weights, such as the order of scores, is made once.
  static func kernel(_ name: MetricName, _ table: RowTable, _ rows: RowSelection) -> ([Int]?) -> MetricValue {
    if let loss = RowLoss(name, table, rows) { return { loss.mean($0) } }
    switch table.spec.task {
    case .values: return percentileKernel(name, table, rows)
    case .regression: return regressionKernel(name, table, rows)
    case .binary, .multiclass: break
    }
    switch name.stem {
    case "auc", "average-precision":
      let isPositive = rows.pick(table.labels).map { $0 == table.positive }
      guard !table.scores.isEmpty, let ranking = Ranking(table, rows, column: 0, isPositive: isPositive) else {
        return { _ in MetricValue(.nan) }
      }
      return name.stem == "auc" ? { ranking.area($0) } : { ranking.averagePrecision($0) }
    case "auc-ovr", "auc-ovo":
      let areas = ClassAreas(table, rows, pairwise: name.stem == "auc-ovo")
      return { areas.value($0) }
    case "ece":
      guard let calibration = calibration(table, rows, bins: name.bins ?? 10) else {
        return { _ in MetricValue(.nan) }
      }
      return { calibration.value($0) }
    default:
      return { LabelCounts(table, rows, weights: $0).value(name.stem, positive: Int(max(0, table.positive))) }
    }
  }

  /// nil when a score is NaN.
  static func calibration(_ table: RowTable, _ rows: RowSelection, bins: Int) -> Calibration? {
    guard let first = table.scores.first else { return nil }
    var scores: [Double] = []
    var hits: [Bool] = []
    for position in 0..<rows.count {
      let row = rows[position]
      if table.spec.task == .binary {
        scores.append(first[row])
        hits.append(table.labels[row] == table.positive)
      } else {
        var best = 0
        for (code, column) in table.scores.enumerated() where column[row] > table.scores[best][row] { best = code }
        scores.append(table.scores[best][row])
        hits.append(Int(table.labels[row]) == best)
      }
      guard let last = scores.last, last >= 0, last <= 1 else { return nil }
    }
    return Calibration(scores: scores, hits: hits, bins: bins)
  }

  private static func percentileKernel(
    _ name: MetricName, _ table: RowTable, _ rows: RowSelection
  ) -> ([Int]?) -> MetricValue {
    guard let column = table.spec.values.firstIndex(where: { $0.name == name.stem }), let share = name.percentile
    else { return { _ in MetricValue(undefined: "`values:` has no `\(name.text)`") } }
    let picked = rows.pick(table.values[column])
    guard !picked.contains(where: \.isNaN) else { return { _ in MetricValue(.nan) } }
    let sorted = picked.enumerated().sorted { $0.element < $1.element }
    let (numbers, positions) = (sorted.map(\.element), sorted.map(\.offset))
    return { WeightedQuantile.value(numbers, positions, $0, share: share) }
  }

  private static func regressionKernel(
    _ name: MetricName, _ table: RowTable, _ rows: RowSelection
  ) -> ([Int]?) -> MetricValue {
    let data = Regression(
      targets: rows.pick(table.targets), estimates: rows.pick(table.estimates),
      sorting: name.stem == "median-absolute-error")
    switch name.stem {
    case "rmse": return { data.rootMeanSquare($0) }
    case "r2": return { data.r2($0) }
    case "explained-variance": return { data.explainedVariance($0) }
    case "median-absolute-error": return { data.median($0) }
    case "max-error": return { _ in data.maximum() }
    default: return { _ in MetricValue(undefined: "it is no metric of task `regression`") }
    }
  }
}

/// Areas of several classes: each against the rest, or each pair (Hand & Till 2001), averaged.
struct ClassAreas {
  private struct Part {
    let ranking: Ranking?
    /// Positions of the part's rows in the selection; nil for all.
    let positions: [Int]?
  }

  private let parts: [Part]

  init(_ table: RowTable, _ rows: RowSelection, pairwise: Bool) {
    let labels = rows.pick(table.labels).map { Int($0) }
    let columns = table.scores.map { rows.pick($0) }
    var parts: [Part] = []
    for (code, column) in columns.enumerated() {
      if pairwise {
        for other in columns.indices where other != code {
          let positions = labels.indices.filter { labels[$0] == code || labels[$0] == other }
          parts.append(
            Part(
              ranking: Ranking(
                scores: positions.map { column[$0] }, isPositive: positions.map { labels[$0] == code }),
              positions: positions))
        }
      } else {
        parts.append(
          Part(ranking: Ranking(scores: column, isPositive: labels.map { $0 == code }), positions: nil))
      }
    }
    self.parts = parts
  }

  func value(_ weights: [Int]?) -> MetricValue {
    var sum = ExactSum()
    for part in parts {
      guard let ranking = part.ranking else { return MetricValue(.nan) }
      let own = weights.map { weights in part.positions.map { $0.map { weights[$0] } } ?? weights }
      guard let area = ranking.area(own).value else { return MetricValue(undefined: "a class has no rows") }
      sum.add(area)
    }
    return parts.isEmpty ? MetricValue(undefined: "there are no scores") : MetricValue(sum.value / Double(parts.count))
  }
}
