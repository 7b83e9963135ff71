/// A parameter's value, typed by the YAML 1.2 core schema; maps keep the file's order.
package indirect enum Value: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(Number)
  case text(String)
  case list([Value])
  case map([Entry])

  package struct Entry: Sendable, Hashable {
    package var key: String
    package var value: Value

    package init(_ key: String, _ value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// The member of a map, nil when it is absent or this is no map.
  package subscript(key: String) -> Value? {
    guard case .map(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The value at a dotted path such as `train.rate`, a key that itself holds the dots first.
  package func at(_ path: String) -> Value? {
    if let whole = self[path] { return whole }
    var head = path.startIndex
    while let dot = path[head...].firstIndex(of: ".") {
      if let inner = self[String(path[..<dot])], let found = inner.at(String(path[path.index(after: dot)...])) {
        return found
      }
      head = path.index(after: dot)
    }
    return nil
  }

  /// What takes the value's place in a command: text as it is, numbers as written, lists and maps as JSON.
  package var text: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number): number.text
    case .text(let text): text
    case .list, .map: json
    }
  }

  /// Compact JSON with keys in the file's order; non-finite numbers become strings.
  package var json: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number): number.jsonText
    case .text(let text): Value.quoted(text)
    case .list(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
    case .map(let entries):
      "{" + entries.map { Value.quoted($0.key) + ":" + $0.value.json }.joined(separator: ",") + "}"
    }
  }

  /// Every leaf with its dotted path, in the file's order.
  package func leaves(under prefix: String = "") -> [Entry] {
    guard case .map(let entries) = self else { return [Entry(prefix, self)] }
    return entries.flatMap { $0.value.leaves(under: prefix.isEmpty ? $0.key : prefix + "." + $0.key) }
  }

  /// A JSON string literal, control characters escaped (RFC 8259 §7).
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension Number {
  /// A legal JSON token: the text as written where JSON allows it, else the shortest form; non-finite ones as strings.
  package var jsonText: String {
    guard value.isFinite else { return Value.quoted(text) }
    if Number.isJSON(text) { return text }
    // `012`, `0x1F`, `+5`: integers in YAML, and a script that reads them back wants an int.
    let isWhole = value == value.rounded() && abs(value) < 9_007_199_254_740_992
    let hasFraction = text.contains(".") || (!text.hasPrefix("0x") && text.lowercased().contains("e"))
    return isWhole && !hasFraction ? String(Int64(value)) : value.description
  }

  private static func isJSON(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    func takeDigits() -> Int {
      let count = rest.prefix { (0x30...0x39).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let leadingZero = rest.first == UInt8(ascii: "0")
    let whole = takeDigits()
    guard whole > 0, !(leadingZero && whole > 1) else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard takeDigits() > 0 else { return false }
    }
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard takeDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}
