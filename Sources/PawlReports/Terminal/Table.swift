/// Columns of text, two spaces apart, as wide as what stands in them.
struct Table {
  var header: [String]
  var rows: [[String]]

  /// The width of each column; a column without content, header aside, is dropped with `dropEmpty`.
  var widths: [Int] {
    header.indices.map { column in
      rows.reduce(Columns.width(header[column])) { max($0, $1.count > column ? Columns.width($1[column]) : 0) }
    }
  }

  var width: Int { widths.reduce(0, +) + 2 * max(0, header.count - 1) }

  mutating func dropEmpty() {
    for column in header.indices.reversed() where rows.allSatisfy({ $0[column].isEmpty }) { drop(column) }
  }

  mutating func drop(_ column: Int) {
    header.remove(at: column)
    for row in rows.indices { rows[row].remove(at: column) }
  }

  func line(_ cells: [String]) -> String {
    let widths = widths
    return Columns.trimmed(
      cells.enumerated().map { Columns.pad($1, $0 < widths.count ? widths[$0] : 0) }.joined(separator: "  "))
  }
}
