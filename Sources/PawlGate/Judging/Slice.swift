import PawlCore

/// The rows that have one value in each of some columns.
struct Slice {
  let values: [SliceValue]
  /// Rows of the reference table.
  let rows: [Int32]

  /// The same values' rows in another table; nil when it lacks a column.
  func rows(in table: RowTable) -> [Int32]? {
    var wanted: [(codes: [Int32], code: Int32)] = []
    for value in values {
      guard let column = table.slices.lazy.compactMap({ $0 }).first(where: { $0.name == value.column }) else {
        return nil
      }
      guard let code = column.vocabulary.code(of: value.value) else { return [] }
      wanted.append((column.codes, code))
    }
    return (0..<table.count).compactMap { row in
      wanted.allSatisfy { $0.codes[row] == $0.code } ? Int32(truncatingIfNeeded: row) : nil
    }
  }
}

/// The slices that a selection makes of the rows, in an order that does not depend on the rows' order.
struct SliceTable {
  /// More slices than anybody reads: the column is no slice column.
  static let most = 2_000

  let slices: [Slice]
  /// Values that were to be there and are not.
  let absent: [SliceValue]

  /// - Throws: a column that is not kept for slicing, or one of too many values.
  init(_ selection: SliceSelection, _ table: RowTable) throws(Failure) {
    var columns: [SliceColumn] = []
    for name in selection.columns {
      guard let column = table.slices.lazy.compactMap({ $0 }).first(where: { $0.name == name }) else {
        let known = table.slices.compactMap { $0?.name }
        throw Failure(
          Diagnostic(
            "gate.slice-column", "`\(name)` is no slice column of `\(table.file)`", at: selection.location,
            cause: "its slice columns are: \(NameList.text(known))",
            remedy: Suggestion.nearest(to: name, in: known).map { "did you mean `\($0)`?" }
              ?? "add it under `predictions:` to `slices`"))
      }
      columns.append(column)
    }
    var groups: [[Int32]: [Int32]] = [:]
    var key = [Int32](repeating: 0, count: columns.count)
    for row in 0..<table.count {
      for (index, column) in columns.enumerated() { key[index] = column.codes[row] }
      groups[key, default: []].append(Int32(truncatingIfNeeded: row))
      guard groups.count <= SliceTable.most else {
        throw Failure(
          Diagnostic(
            "gate.slices",
            "`\(selection.columns.joined(separator: "`, `"))` cut the rows into more than "
              + "\(SliceTable.most) slices", at: selection.location,
            remedy: "slice by columns of few values"))
      }
    }
    slices = groups.map { key, rows in
      Slice(
        values: zip(columns, key).map { SliceValue($0.name, $0.vocabulary.names[Int($1)]) }, rows: rows)
    }.sorted { SliceTable.isBefore($0.values, $1.values) }
    absent =
      selection.columns.first.map { first in
        selection.values.filter { columns.first?.vocabulary.code(of: $0) == nil }.map { SliceValue(first, $0) }
      } ?? []
  }

  private static func isBefore(_ a: [SliceValue], _ b: [SliceValue]) -> Bool {
    for (x, y) in zip(a, b) where x.value != y.value {
      let (m, n) = (number(x.value), number(y.value))
      // Numbers first, by size: mixed with text one by one, the order would hang on where the sort begins.
      if (m == nil) != (n == nil) { return m != nil }
      if let m, let n, m != n { return m < n }
      return x.value.unicodeScalars.lexicographicallyPrecedes(y.value.unicodeScalars)
    }
    return false
  }

  private static func number(_ text: String) -> Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}

extension RowMetrics {
  /// How many rows a metric uses: recall its positives, auc its rarer class, the others all.
  static func rowsUsed(_ name: MetricName, _ view: View) -> Int {
    let table = view.table
    guard table.spec.task != .values, !table.labels.isEmpty else { return view.rows.count }
    func count(_ code: Int32) -> Int {
      (0..<view.rows.count).count { table.labels[view.rows[$0]] == code }
    }
    switch name.stem {
    case "recall", "average-precision": return count(table.positive)
    case "auc":
      let positives = count(table.positive)
      return min(positives, view.rows.count - positives)
    case "auc-ovr", "auc-ovo":
      var counts = [Int](repeating: 0, count: table.scores.count)
      for position in 0..<view.rows.count { counts[Int(table.labels[view.rows[position]])] += 1 }
      return counts.min() ?? 0
    default: return view.rows.count
    }
  }
}
