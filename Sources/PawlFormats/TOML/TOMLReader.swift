import PawlCore

/// The grammar of TOML 1.0 (toml.io/en/v1.0.0) over bytes that are known to be UTF-8.
struct TOMLReader {
  let bytes: [UInt8]
  var index = 0

  /// Deeper lists and tables, and longer dotted keys, are refused.
  private static let deepest = 100

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  func peek(_ ahead: Int) -> UInt8? { index + ahead < bytes.count ? bytes[index + ahead] : nil }

  mutating func document() throws(TOMLFault) -> TOMLTree {
    let root = TOMLTree()
    var current = root
    while true {
      try skipBlank()
      guard let byte = next else { return root }
      if byte == UInt8(ascii: "[") {
        current = try header(root)
      } else {
        try keyValue(into: current, depth: 0)
      }
      try endOfLine()
    }
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 { index += 1 }
  }

  /// White space, line breaks and comments.
  private mutating func skipBlank() throws(TOMLFault) {
    while true {
      skipSpace()
      if takeBreak() { continue }
      guard next == UInt8(ascii: "#") else { return }
      try skipComment()
    }
  }

  private mutating func takeBreak() -> Bool {
    if next == 0x0A {
      index += 1
      return true
    }
    guard next == 0x0D, peek(1) == 0x0A else { return false }
    index += 2
    return true
  }

  private mutating func skipComment() throws(TOMLFault) {
    while let byte = next, byte != 0x0A {
      if byte == 0x0D, peek(1) == 0x0A { return }
      if TOMLReader.isControl(byte) { throw TOMLFault("a control character in a comment", at: index) }
      index += 1
    }
  }

  static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }

  private mutating func endOfLine() throws(TOMLFault) {
    skipSpace()
    if next == UInt8(ascii: "#") { try skipComment() }
    guard next == nil || takeBreak() else { throw TOMLFault("\(shown) where the line should end", at: index) }
  }

  /// The next character in back-ticks, or words for the end.
  var shown: String {
    guard let byte = next, byte != 0x0A, byte != 0x0D else { return "the line ends" }
    let text = String(decoding: bytes[index..<min(bytes.count, index + 4)], as: UTF8.self)
    guard !TOMLReader.isControl(byte), let first = text.unicodeScalars.first else { return "a control character" }
    return "`\(first)`"
  }

  /// `[a.b]` or `[[a.b]]`; gives the table that the lines below fill.
  private mutating func header(_ root: TOMLTree) throws(TOMLFault) -> TOMLTree {
    let start = index
    index += 1
    let isList = next == UInt8(ascii: "[")
    if isList { index += 1 }
    skipSpace()
    let path = try key()
    for _ in 0..<(isList ? 2 : 1) {
      guard next == UInt8(ascii: "]") else { throw TOMLFault("this `[` is never closed", at: start) }
      index += 1
    }
    var table = root
    for part in path.dropLast() { table = table.table(part) }
    guard let last = path.last else { return table }
    return isList ? table.appendTable(last) : table.table(last)
  }

  private mutating func keyValue(into table: TOMLTree, depth: Int) throws(TOMLFault) {
    let path = try key()
    guard next == UInt8(ascii: "=") else { throw TOMLFault("\(shown) where `=` should be", at: index) }
    index += 1
    skipSpace()
    let item = try item(depth: depth)
    var table = table
    for part in path.dropLast() { table = table.table(part) }
    if let last = path.last { table.set(item, last) }
  }

  /// A dotted key and the white space after it.
  private mutating func key() throws(TOMLFault) -> [String] {
    var path: [String] = []
    while true {
      path.append(try simpleKey())
      skipSpace()
      guard next == UInt8(ascii: ".") else { return path }
      guard path.count < TOMLReader.deepest else {
        throw TOMLFault("a key of more than \(TOMLReader.deepest) parts", at: index)
      }
      index += 1
      skipSpace()
    }
  }

  private mutating func simpleKey() throws(TOMLFault) -> String {
    switch next {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      if peek(1) == next, peek(2) == next { throw TOMLFault("a key with three quotes", at: index) }
      return try string()
    default: break
    }
    let start = index
    while let byte = next, TOMLReader.isBare(byte) { index += 1 }
    guard index > start else { throw TOMLFault("\(shown) where a key should be", at: index) }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }

  private mutating func item(depth: Int) throws(TOMLFault) -> TOMLTree.Item {
    guard depth < TOMLReader.deepest else {
      throw TOMLFault("nested deeper than \(TOMLReader.deepest) levels", at: index)
    }
    switch next {
    case UInt8(ascii: "["): return .value(try list(depth: depth))
    case UInt8(ascii: "{"): return .table(try inlineTable(depth: depth))
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .value(.text(try string()))
    default: return .value(try bareValue())
    }
  }

  private mutating func list(depth: Int) throws(TOMLFault) -> Value {
    let start = index
    var items: [Value] = []
    index += 1
    while true {
      try skipBlank()
      if next == UInt8(ascii: "]") { break }
      guard next != nil else { throw TOMLFault("this `[` is never closed", at: start) }
      switch try item(depth: depth + 1) {
      case .value(let value): items.append(value)
      case .table(let table): items.append(table.value)
      case .tables(let tables): items.append(.list(tables.map(\.value)))
      }
      try skipBlank()
      if next == UInt8(ascii: "]") { break }
      guard next == UInt8(ascii: ",") else {
        throw next == nil
          ? TOMLFault("this `[` is never closed", at: start)
          : TOMLFault("\(shown) where `,` or `]` should be", at: index)
      }
      index += 1
    }
    index += 1
    return .list(items)
  }

  /// `{ a = 1, b.c = 2 }`, on one line and without a comma at its end.
  private mutating func inlineTable(depth: Int) throws(TOMLFault) -> TOMLTree {
    let table = TOMLTree()
    index += 1
    skipSpace()
    if next == UInt8(ascii: "}") {
      index += 1
      return table
    }
    while true {
      try keyValue(into: table, depth: depth + 1)
      skipSpace()
      if next == UInt8(ascii: "}") { break }
      guard next == UInt8(ascii: ",") else { throw TOMLFault("\(shown) where `,` or `}` should be", at: index) }
      index += 1
      skipSpace()
    }
    index += 1
    return table
  }
}
