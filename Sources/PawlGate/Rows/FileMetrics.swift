package import PawlCore
import PawlFormats

/// Metric files: a number a name (contract §4, "Evidence").
package enum FileMetrics {
  /// Reads JSON, YAML, TOML (nested keys joined by dots) or CSV (`metric,value`, or a header whose last row counts).
  ///
  /// The format follows the file's extension. A leaf that is no number is kept as `.other`: `text`, `bool`, `null`,
  /// `list`; the words that Python and Pawl write for non-finite numbers are numbers, quoted or not.
  package static func read(_ bytes: [UInt8], file: String) throws(Failure) -> [Measurement] {
    if case .separated(let separator) = RowFormat(file: file) {
      return try readTable(bytes, separator: separator, file: file)
    }
    let value = try FormatByName.read(bytes, file: file)
    guard case .map = value else {
      throw Failure(
        Diagnostic(
          "evidence.metrics", "`\(file)` holds no metrics: it is no map of names to numbers",
          at: SourceLocation(file: file, line: 1, column: 1)))
    }
    return value.leaves().map { Measurement($0.key, content(of: $0.value), file: file) }
  }

  private static func content(of value: Value) -> Measurement.Content {
    switch value {
    case .number(let number): .number(number)
    case .text(let text): nonFinite(text).map { .number($0) } ?? .other("text")
    case .bool: .other("bool")
    case .null: .other("null")
    case .list: .other("list")
    case .map: .other("map")
    }
  }

  private static func nonFinite(_ text: String) -> Number? {
    switch text {
    case "NaN", "nan", ".nan", ".NaN": Number(.nan, text: "NaN")
    case "Infinity", "inf", "+Infinity", ".inf": Number(.infinity, text: "Infinity")
    case "-Infinity", "-inf", "-.inf": Number(-.infinity, text: "-Infinity")
    default: nil
    }
  }

  private static func readTable(_ bytes: [UInt8], separator: UInt8, file: String) throws(Failure) -> [Measurement] {
    let rows = try CSVRows.cells(bytes, separator: separator, file: file)
    guard let header = rows.first, let last = rows.last, rows.count > 1 else {
      throw Failure(
        Diagnostic(
          "evidence.metrics", "`\(file)` holds no metrics: it has no row below its header",
          at: SourceLocation(file: file, line: 1, column: 1)))
    }
    let name = header.firstIndex(of: "metric") ?? header.firstIndex(of: "name")
    guard let name, let value = header.firstIndex(of: "value") else {
      return zip(header, last).map { Measurement($0, content(ofCell: $1), file: file) }
    }
    // A file that appends as it trains repeats names: the last row of each counts.
    var places: [String: Int] = [:]
    var found: [Measurement] = []
    for row in rows.dropFirst() {
      let measurement = Measurement(row[name], content(ofCell: row[value]), file: file)
      if let place = places[row[name]] {
        found[place] = measurement
      } else {
        places[row[name]] = found.count
        found.append(measurement)
      }
    }
    return found
  }

  private static func content(ofCell cell: String) -> Measurement.Content {
    let utf8 = Array(cell.utf8)
    guard let number = CellNumber.read(utf8.span, 0, utf8.count) else {
      return .other(cell.isEmpty ? "null" : "text")
    }
    guard number.isFinite else { return .number(Number(number)) }
    return .number(Number(number, text: String(cell.filter { $0 != " " && $0 != "\t" })))
  }
}
