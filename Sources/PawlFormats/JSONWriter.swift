package import PawlCore

/// Writes JSON into a buffer, keys in the order they are written, always legal (RFC 8259).
///
/// Calls must nest: an unbalanced `end` is ignored, a value in an object needs its `key` first.
package struct JSONWriter: Sendable {
  package enum Style: Sendable {
    /// No white space.
    case compact
    /// Two spaces a level; empty lists and objects stay on one line.
    case pretty
  }

  /// The UTF-8 written so far.
  package private(set) var bytes: [UInt8] = []
  private let style: Style
  /// For every open object or list: its closing byte, and whether it holds anything yet.
  private var open: [(close: UInt8, isFilled: Bool)] = []
  private var isAfterKey = false

  package init(_ style: Style = .pretty) { self.style = style }

  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package mutating func beginObject() { begin(UInt8(ascii: "{"), UInt8(ascii: "}")) }
  package mutating func endObject() { end(UInt8(ascii: "}")) }
  package mutating func beginArray() { begin(UInt8(ascii: "["), UInt8(ascii: "]")) }
  package mutating func endArray() { end(UInt8(ascii: "]")) }

  /// An object whose members the closure writes.
  package mutating func object<E: Error>(_ members: (inout JSONWriter) throws(E) -> Void) throws(E) {
    beginObject()
    try members(&self)
    endObject()
  }

  /// A list whose items the closure writes.
  package mutating func array<E: Error>(_ items: (inout JSONWriter) throws(E) -> Void) throws(E) {
    beginArray()
    try items(&self)
    endArray()
  }

  package mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    if style == .pretty { bytes.append(0x20) }
    isAfterKey = true
  }

  package mutating func string(_ text: String?) {
    guard let text else { return null() }
    separate()
    quote(text)
  }

  /// The shortest text that reads back as the same Double; null for nil, NaN and infinities.
  package mutating func number(_ value: Double?) {
    guard let value, value.isFinite else { return null() }
    token(value.description)
  }

  package mutating func integer(_ value: Int?) {
    guard let value else { return null() }
    token(String(value))
  }

  /// A number with its digits as written where JSON allows them, such as `0.9120`; null for nil and for no number.
  package mutating func decimalText(_ text: String?) {
    guard let text, let value = numberValue(text), value.isFinite else { return null() }
    token(Number(value, text: text).jsonText)
  }

  package mutating func bool(_ flag: Bool?) {
    guard let flag else { return null() }
    token(flag ? "true" : "false")
  }

  package mutating func null() { token("null") }

  /// A whole value; non-finite numbers become the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
  package mutating func value(_ value: Value) {
    switch value {
    case .null: null()
    case .bool(let flag): bool(flag)
    case .number(let number): token(number.jsonText)
    case .text(let text): string(text)
    case .list(let items):
      beginArray()
      for item in items { self.value(item) }
      endArray()
    case .map(let entries):
      beginObject()
      for entry in entries {
        key(entry.key)
        self.value(entry.value)
      }
      endObject()
    }
  }

  package mutating func member(_ name: String, _ text: String?) {
    key(name)
    string(text)
  }

  package mutating func member(_ name: String, _ value: Double?) {
    key(name)
    number(value)
  }

  package mutating func member(_ name: String, _ value: Int?) {
    key(name)
    integer(value)
  }

  package mutating func member(_ name: String, _ flag: Bool?) {
    key(name)
    bool(flag)
  }

  package mutating func member(_ name: String, _ value: Value) {
    key(name)
    self.value(value)
  }

  package mutating func member(_ name: String, _ items: [String]) {
    key(name)
    array { list in
      for item in items { list.string(item) }
    }
  }

  /// A line break after a whole value, for files and for JSON Lines.
  package mutating func newline() { bytes.append(0x0A) }

  private func numberValue(_ text: String) -> Double? {
    var copy = text
    return copy.withUTF8 { NumberText.decimal($0) }
  }

  private mutating func token(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  /// The comma and indentation before a key, or before a value that has none.
  private mutating func separate() {
    if isAfterKey {
      isAfterKey = false
      return
    }
    guard let last = open.indices.last else { return }
    if open[last].isFilled { bytes.append(UInt8(ascii: ",")) }
    open[last].isFilled = true
    indent()
  }

  private mutating func indent() {
    guard style == .pretty else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: 2 * open.count))
  }

  private mutating func begin(_ bracket: UInt8, _ close: UInt8) {
    separate()
    bytes.append(bracket)
    open.append((close, false))
  }

  private mutating func end(_ close: UInt8) {
    guard let last = open.last, last.close == close else { return }
    open.removeLast()
    if last.isFilled { indent() }
    bytes.append(close)
    isAfterKey = false
  }

  /// A string literal; control characters, DEL and the line separators of JavaScript are escaped.
  private mutating func quote(_ text: String) {
    let needsEscape = text.utf8.contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || $0 == 0x7F || $0 == 0xE2 }
    guard needsEscape else {
      bytes.append(UInt8(ascii: "\""))
      bytes.append(contentsOf: text.utf8)
      bytes.append(UInt8(ascii: "\""))
      return
    }
    bytes.append(contentsOf: Value.quoted(text).utf8)
  }
}
