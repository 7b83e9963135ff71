import PawlCore

/// The rows of several tables, matched by id: for each row of the first table its row in every other.
struct Pairing {
  /// A row of each table for each row of the first; nil where the order is the same.
  let maps: [[Int32]?]

  /// Matches by id; tables without ids cannot be matched.
  ///
  /// - Throws: ids that one side lacks, or one id with two labels.
  static func match(_ tables: [RowTable]) throws(Failure) -> Pairing? {
    guard let first = tables.first, first.ids != nil, tables.allSatisfy({ $0.ids != nil }) else { return nil }
    var maps: [[Int32]?] = [nil]
    for table in tables.dropFirst() {
      let map = try map(first, table)
      try checkLabels(first, table, map)
      maps.append(map)
    }
    return Pairing(maps: maps)
  }

  private static func map(_ first: RowTable, _ other: RowTable) throws(Failure) -> [Int32]? {
    guard let ids = first.ids, let otherIDs = other.ids else { return nil }
    if ids.count == otherIDs.count, isSame(ids, otherIDs) { return nil }
    // Numbers on one side and text on the other: compared as text.
    let (a, b) = ids.isNumeric == otherIDs.isNumeric ? (ids, otherIDs) : (ids.spelled, otherIDs.spelled)
    let places = occurrences(first, a, other, b)
    var map: [Int32] = []
    map.reserveCapacity(a.count)
    var missing: (count: Int, example: Int)?
    for row in 0..<a.count {
      let place = places(row)
      if place < 0 { missing = (missing.map { $0.count + 1 } ?? 1, missing?.example ?? row) }
      map.append(place)
    }
    let extra = b.count - (a.count - (missing?.count ?? 0))
    guard missing == nil, extra == 0 else { throw differ(first, a, other, b, map, missing, extra) }
    return map
  }

  private static func isSame(_ a: RowIDs, _ b: RowIDs) -> Bool {
    if a.isNumeric, b.isNumeric { return a.numbers == b.numbers }
    for row in 0..<a.count where !a.isSame(row, as: b, row) { return false }
    return true
  }

  /// Where a row's id stands in the other table: with clusters the k-th row of an id there for the k-th here.
  private static func occurrences(_ first: RowTable, _ a: RowIDs, _ other: RowTable, _ b: RowIDs) -> (Int) -> Int32 {
    let index = RowIndex(b)
    guard index.duplicate != nil || first.clusters != nil else {
      return { row in index.row(of: a, row).map { Int32(truncatingIfNeeded: $0) } ?? -1 }
    }
    var places: [String: [Int32]] = [:]
    for row in (0..<b.count).reversed() { places[b.text(row), default: []].append(Int32(truncatingIfNeeded: row)) }
    var taken: [Int32] = []
    taken.reserveCapacity(a.count)
    for row in 0..<a.count { taken.append(places[a.text(row)]?.popLast() ?? -1) }
    return { taken[$0] }
  }

  private static func differ(
    _ first: RowTable, _ a: RowIDs, _ other: RowTable, _ b: RowIDs, _ map: [Int32],
    _ missing: (count: Int, example: Int)?, _ extra: Int
  ) -> Failure {
    var parts: [String] = []
    if let missing {
      parts.append(
        "\(missing.count) of \(a.count) ids of `\(first.file)` are not in `\(other.file)`, "
          + "such as `\(a.excerpt(missing.example))` on line \(first.lines[missing.example])")
    }
    if extra > 0 {
      var isTaken = [Bool](repeating: false, count: b.count)
      for place in map where place >= 0 { isTaken[Int(place)] = true }
      let example = isTaken.firstIndex(of: false) ?? 0
      parts.append(
        "\(extra) of \(b.count) ids of `\(other.file)` are not in `\(first.file)`, "
          + "such as `\(b.excerpt(example))` on line \(other.lines[example])")
    }
    return Failure(
      Diagnostic(
        "evidence.ids-differ", "the rows of the two sides are not the same", cause: parts.joined(separator: "; "),
        remedy: "score both models on one test set"))
  }

  private static func checkLabels(_ first: RowTable, _ other: RowTable, _ map: [Int32]?) throws(Failure) {
    let codes = other.classes.codes(in: first.classes)
    var wrong: (count: Int, row: Int, other: Int)?
    func note(_ row: Int, _ place: Int) {
      wrong = (wrong.map { $0.count + 1 } ?? 1, wrong?.row ?? row, wrong?.other ?? place)
    }
    if !first.labels.isEmpty, !other.labels.isEmpty {
      for row in 0..<first.count {
        let place = map.map { Int($0[row]) } ?? row
        if codes[Int(other.labels[place])] != first.labels[row] { note(row, place) }
      }
    } else if !first.targets.isEmpty, !other.targets.isEmpty {
      for row in 0..<first.count {
        let place = map.map { Int($0[row]) } ?? row
        if first.targets[row] != other.targets[place] { note(row, place) }
      }
    }
    guard let wrong, let ids = first.ids else { return }
    throw Failure(
      Diagnostic(
        "evidence.labels-differ",
        "\(wrong.count) of \(first.count) rows have another label on each side, such as id `\(ids.excerpt(wrong.row))`",
        at: SourceLocation(file: first.file, line: first.lines[wrong.row], column: 1),
        cause: "`\(first.labelText(wrong.row))` on line \(first.lines[wrong.row]) of `\(first.file)`, "
          + "`\(other.labelText(wrong.other))` on line \(other.lines[wrong.other]) of `\(other.file)`"))
  }
}

extension RowTable {
  /// A row's label for a message.
  func labelText(_ row: Int) -> String {
    if !labels.isEmpty { return String(classes.names[Int(labels[row])].prefix(60)) }
    return targets.isEmpty ? "" : Number(targets[row]).text
  }
}
