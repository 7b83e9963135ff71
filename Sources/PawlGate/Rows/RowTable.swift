package import PawlCore
import PawlStatistics
import Synchronization

/// The rows of one predictions file, by column.
///
/// Labels, predictions and slices are numbered by a vocabulary each; nothing is kept as one string a row.
package struct RowTable: Sendable {
  /// How many rows there are, at least one.
  package let count: Int
  /// The file it was read from, for messages.
  package let file: String
  /// What the columns mean.
  package let spec: Predictions
  /// nil when no id is declared.
  let ids: RowIDs?
  /// The cluster of each row; nil when none is declared.
  let clusters: [Int32]?
  /// The classes of labels and predictions; multiclass scores have the first codes, in the order of `spec.scores`.
  let classes: Vocabulary
  /// Class of each row; empty for regression and values.
  let labels: [Int32]
  /// Predicted class of each row; −1 where the score it follows from is NaN.
  let predictions: [Int32]
  /// Regression: the truth.
  let targets: [Double]
  /// Regression: what was predicted.
  let estimates: [Double]
  /// Binary: the positive's score, multiclass: a column a class; empty without scores.
  let scores: [[Double]]
  /// `values`: a column a metric, in the order of `spec.values`.
  let values: [[Double]]
  /// In the order of `spec.slices`; nil where the file lacks the column and that was allowed.
  let slices: [SliceColumn?]
  /// Binary: the code of the positive label.
  let positive: Int32
  /// The first score outside [0, 1].
  let outsideUnit: Outside?
  let lines: RowLines
  private let orders = ScoreOrders()

  /// The rows in the order of a column of scores, sorted at the first question; nil when one is NaN.
  func order(ofScore column: Int) -> ScoreOrder? {
    guard column < scores.count else { return nil }
    return orders.order(column, scores[column])
  }

  /// A score that is no probability.
  struct Outside: Sendable {
    var text: String
    var location: SourceLocation
  }

  /// Reads CSV (`.csv`, `.tsv`) or JSON Lines (`.jsonl`, `.ndjson`, `.json`), by the file's extension.
  ///
  /// - Parameters:
  ///   - needsSlices: false where the slice columns may lack, as in a baseline's file whose rows are found by id.
  /// - Throws: located diagnostics: a column that is missing, an empty or malformed cell, duplicate ids, no rows.
  package static func read(
    _ bytes: [UInt8], spec: Predictions, file: String, needsSlices: Bool = true
  ) throws(Failure) -> RowTable {
    var builder = try RowBuilder(spec, file: file, needsSlices: needsSlices)
    switch RowFormat(file: file) {
    case .separated(let separator): try CSVRows.read(bytes, separator: separator, into: &builder)
    case .objects: try JSONRows.read(bytes, into: &builder)
    case nil:
      throw Failure(
        Diagnostic(
          "evidence.format", "`\(file)` is no file of rows",
          remedy: "rows are read from .csv, .tsv, .jsonl, .ndjson and .json"))
    }
    return try builder.finish()
  }

  /// The same bytes for the same ids and labels, whatever the order of the rows; without ids, in the file's order.
  ///
  /// Empty when neither ids nor labels are declared: then nothing says what the rows are.
  package var testDataBytes: [UInt8] {
    let hasLabels = !labels.isEmpty || !targets.isEmpty
    guard ids != nil || hasLabels else { return [] }
    var out: [UInt8] = []
    out.reserveCapacity(count * 20)
    let classBytes = classes.names.indices.map { labelBytes(ofClass: $0) }
    for row in order() {
      if let ids { ids.write(row, to: &out) } else { out.append(0) }
      if !labels.isEmpty {
        out.append(contentsOf: classBytes[Int(labels[row])])
      } else if !targets.isEmpty {
        out.append(3)
        ByteOrder.append((targets[row] + 0).bitPattern, to: &out)
      }
    }
    return out
  }

  /// Rows sorted by id; rows of one id (clusters) by label.
  private func order() -> [Int] {
    guard let ids else { return Array(0..<count) }
    let isSorted = (1..<max(1, count)).allSatisfy { ids.isBefore($0 - 1, $0) }
    if isSorted { return Array(0..<count) }
    let ranks = classRanks()
    return (0..<count).sorted { a, b in
      if ids.isBefore(a, b) { return true }
      if ids.isBefore(b, a) { return false }
      if !labels.isEmpty, labels[a] != labels[b] { return ranks[Int(labels[a])] < ranks[Int(labels[b])] }
      if !targets.isEmpty, targets[a] != targets[b] { return targets[a] < targets[b] }
      return false
    }
  }

  /// The place of each class in an order that does not depend on the rows' order.
  private func classRanks() -> [Int] {
    let sorted = classes.names.indices.sorted {
      labelBytes(ofClass: $0).lexicographicallyPrecedes(labelBytes(ofClass: $1))
    }
    var ranks = [Int](repeating: 0, count: sorted.count)
    for (rank, index) in sorted.enumerated() { ranks[index] = rank }
    return ranks
  }

  private func labelBytes(ofClass index: Int) -> [UInt8] {
    var out: [UInt8] = []
    if let number = classes.numbers[index] {
      out.append(3)
      ByteOrder.append(number.bitPattern, to: &out)
    } else {
      let text = Array(classes.names[index].utf8)
      out.append(4)
      ByteOrder.append(UInt64(text.count), to: &out)
      out.append(contentsOf: text)
    }
    return out
  }
}

/// The orders of a table's scores, each made once: the metric and its test both rank by them.
private final class ScoreOrders: Sendable {
  private let made = Mutex<[Int: ScoreOrder?]>([:])

  func order(_ column: Int, _ scores: [Double]) -> ScoreOrder? {
    made.withLock { made in
      if let known = made[column] { return known }
      let order = ScoreOrder(scores)
      made[column] = .some(order)
      return order
    }
  }
}

/// A column that rows are cut by.
struct SliceColumn: Sendable {
  let name: String
  let vocabulary: Vocabulary
  /// Code of each row.
  let codes: [Int32]
}

/// The line of each row, kept as the rows at which lines and rows fall out of step.
struct RowLines: Sendable {
  private var shifts: [(row: Int, line: Int)] = []
  private var next = 0
  private var rows = 0

  init() {}

  /// A row a line, from `line` on.
  init(from line: Int) { shifts = [(0, line)] }

  mutating func append(_ line: Int) {
    if rows == 0 || line != next { shifts.append((rows, line)) }
    next = line &+ 1
    rows &+= 1
  }

  /// 1-based line of a row.
  subscript(row: Int) -> Int {
    var (low, high) = (0, shifts.count)
    while low < high {
      let middle = (low + high) / 2
      if shifts[middle].row <= row { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? 1 : shifts[low - 1].line + (row - shifts[low - 1].row)
  }
}

/// How the rows of a file are written.
enum RowFormat {
  case separated(UInt8)
  case objects

  init?(file: String) {
    let name = file.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return nil }
    switch name[name.index(after: dot)...].lowercased() {
    case "csv": self = .separated(UInt8(ascii: ","))
    case "tsv": self = .separated(UInt8(ascii: "\t"))
    case "jsonl", "ndjson", "json": self = .objects
    default: return nil
    }
  }
}
