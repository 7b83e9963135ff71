package import PawlCore
import TOMLKit

/// Reads TOML 1.0.
package enum TOML {
  /// Larger files are refused.
  static let largest = 16 << 20

  /// The table of a whole file, keys in the file's order, numbers with its digits.
  ///
  /// Dates and times are text as written; `inf` and `nan` are numbers. Throws located diagnostics for syntax errors,
  /// for keys and tables defined twice, and for bytes that are not UTF-8.
  package static func read(_ bytes: [UInt8], file: String) throws(Failure) -> Value {
    var text = SourceText(bytes, file: file)
    try text.require(atMost: largest, "toml.too-large")
    try text.requireUTF8("toml.encoding")
    text.findLines()
    let root: TOMLTree
    do throws(TOMLFault) {
      var reader = TOMLReader(text.bytes)
      root = try reader.document()
    } catch {
      throw Failure(Diagnostic("toml.syntax", error.message, at: text.location(offset: error.offset)))
    }
    try requireRules(text)
    return root.value
  }

  /// The rules about what may be defined twice, about dates and about ranges are the library's. It aborts on some
  /// malformed texts and keeps neither the order nor the digits, so our reader goes first.
  private static func requireRules(_ text: SourceText) throws(Failure) {
    do {
      _ = try TOMLTable(string: String(decoding: text.bytes, as: UTF8.self))
    } catch let error as TOMLParseError {
      let message = error.description.split(whereSeparator: \.isNewline).joined(separator: " ")
      throw Failure(
        Diagnostic(
          "toml.syntax", TOML.fragment(message),
          at: text.location(line: error.source.begin.line, column: error.source.begin.column)))
    } catch {
      throw Failure(Diagnostic("toml.syntax", "this is not TOML: \(error)", at: text.location(line: 1, column: 1)))
    }
  }

  /// `Error while parsing key-value pair: …` without its opening words, and with names in back-ticks.
  private static func fragment(_ message: String) -> String {
    guard message.hasPrefix("Error while parsing"), let colon = message.firstRange(of: ": ") else {
      return message.isEmpty ? "this is not TOML" : message
    }
    return String(message[colon.upperBound...].map { $0 == "'" ? "`" : $0 })
  }
}

/// What the reader met, at a byte offset.
struct TOMLFault: Error {
  var message: String
  var offset: Int

  init(_ message: String, at offset: Int) {
    self.message = message
    self.offset = offset
  }
}

/// A table that grows while it is read.
final class TOMLTree {
  enum Item {
    case value(Value)
    case table(TOMLTree)
    /// `[[name]]`, one table for each.
    case tables([TOMLTree])
  }

  private var order: [String] = []
  private var items: [String: Item] = [:]

  var value: Value {
    .map(
      order.compactMap { key in
        switch items[key] {
        case .value(let value): Value.Entry(key, value)
        case .table(let table): Value.Entry(key, table.value)
        case .tables(let tables): Value.Entry(key, .list(tables.map(\.value)))
        case nil: nil
        }
      })
  }

  /// Conflicts are left to the library to report.
  func set(_ item: Item, _ key: String) {
    if items[key] == nil { order.append(key) }
    items[key] = item
  }

  /// The table of a name, the last of several, made where there is none.
  func table(_ key: String) -> TOMLTree {
    switch items[key] {
    case .table(let table): return table
    case .tables(let tables): if let last = tables.last { return last }
    case .value, nil: break
    }
    let table = TOMLTree()
    set(.table(table), key)
    return table
  }

  func appendTable(_ key: String) -> TOMLTree {
    let table = TOMLTree()
    if case .tables(let tables) = items[key] {
      set(.tables(tables + [table]), key)
    } else {
      set(.tables([table]), key)
    }
    return table
  }
}
