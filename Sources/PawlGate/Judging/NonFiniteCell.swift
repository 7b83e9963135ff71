import PawlCore

/// The first cell of a metric's rows that holds NaN or an infinity.
struct NonFiniteCell {
  let number: Double
  let column: String
  let location: SourceLocation

  /// nil where every number is finite: then the metric's own arithmetic left the range.
  init?(_ name: MetricName, _ view: View) {
    let table = view.table
    let columns: [(name: String, numbers: [Double])]
    switch table.spec.task {
    case .regression: columns = [(table.spec.prediction ?? "", table.estimates)]
    case .binary: columns = [(table.spec.score ?? "", table.scores.first ?? [])]
    case .multiclass: columns = zip(table.spec.scores, table.scores).map { ($0.column, $1) }
    case .values:
      columns = zip(table.spec.values, table.values).filter { $0.0.name == name.stem || $0.0.name == name.text }
        .map { ($0.column, $1) }
    }
    for position in 0..<view.rows.count {
      let row = view.rows[position]
      for column in columns where row < column.numbers.count && !column.numbers[row].isFinite {
        number = column.numbers[row]
        self.column = column.name
        location = SourceLocation(file: table.file, line: table.lines[row], column: 1)
        return
      }
    }
    return nil
  }

  /// Of the first replicate whose value is not finite.
  init?(_ name: MetricName, _ reading: SideReading, _ views: [View]) {
    guard let index = reading.values.firstIndex(where: { !$0.isFinite }), index < views.count else { return nil }
    self.init(name, views[index])
  }

  var caveat: String {
    "column `\(column)` is \(Number(number).text) on line \(location.line) of `\(location.file)`"
  }
}
