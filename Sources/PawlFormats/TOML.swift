package import PawlCore
import TOMLKit

/// Reads TOML 1.0.
package enum TOML {
  /// Larger files are refused.
  static let largest = 16 << 20

  /// The table of a whole file, keys in alphabetical order.
  ///
  /// Dates and times are text as TOML writes them; `inf` and `nan` are numbers. Throws located diagnostics for syntax
  /// errors and for bytes that are not UTF-8.
  package static func read(_ bytes: [UInt8], file: String) throws(Failure) -> Value {
    let text = SourceText(bytes, file: file)
    try text.require(atMost: largest, "toml.too-large")
    try text.requireUTF8("toml.encoding")
    try requireNoNUL(text)
    var brackets = TOMLBrackets(text)
    try brackets.check()
    do {
      return .map(try entries(of: TOMLTable(string: String(decoding: text.bytes, as: UTF8.self))))
    } catch let error as TOMLParseError {
      var table = text
      table.findLines()
      let message = error.description.split(separator: "\n").joined(separator: " ")
      throw Failure(
        Diagnostic(
          "toml.syntax", message.isEmpty ? "this is not TOML" : message,
          at: table.location(line: error.source.begin.line, column: error.source.begin.column)))
    } catch {
      throw Failure(
        Diagnostic(
          "toml.syntax", "this is not TOML: \(error)", at: SourceLocation(file: file, line: 1, column: 1)))
    }
  }

  /// The parser works on C strings: NUL, raw or escaped, would cut the text short in silence.
  private static func requireNoNUL(_ text: SourceText) throws(Failure) {
    var offset = text.bytes.firstIndex(of: 0)
    if offset == nil, text.bytes.contains(UInt8(ascii: "\\")) {
      for index in text.bytes.indices where text.bytes[index] == UInt8(ascii: "\\") {
        let rest = text.bytes[(index + 1)...]
        if rest.starts(with: "u0000".utf8) || rest.starts(with: "U00000000".utf8) {
          offset = index
          break
        }
      }
    }
    guard let offset else { return }
    throw Failure(Diagnostic("toml.syntax", "a NUL character in the text", at: text.location(offset: offset)))
  }

  private static func entries(of table: TOMLTable) -> [Value.Entry] {
    table.keys.compactMap { key in table[key].map { Value.Entry(key, value(of: $0)) } }
  }

  private static func value(of node: any TOMLValueConvertible) -> Value {
    switch node.type {
    case .table: .map(node.table.map(entries) ?? [])
    case .array: .list(node.array.map { array in (0..<array.count).map { value(of: array[$0]) } } ?? [])
    case .string: .text(node.string ?? "")
    case .int: node.int.map { .number(Number(Double($0), text: String($0))) } ?? .null
    case .double: node.double.map { .number(Number($0)) } ?? .null
    case .bool: node.bool.map { .bool($0) } ?? .null
    case .date: .text(node.date.map(\.debugDescription) ?? "")
    case .time: .text(node.time.map(\.debugDescription) ?? "")
    case .dateTime: .text(node.dateTime.map(\.debugDescription) ?? "")
    }
  }
}
