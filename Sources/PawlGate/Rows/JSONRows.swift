import PawlCore

/// Rows of JSON Lines, or of one array of objects: a flat object a row.
struct JSONRows {
  private let file: String
  private var at = 0
  private var line = 1
  private var names: [[UInt8]] = []
  private var hasEscapes = false
  /// Keys of the object being read, kept for the first row only.
  private var keys: [String]?

  /// Reads every object.
  static func read(_ bytes: [UInt8], into builder: inout RowBuilder) throws(Failure) {
    var rows = JSONRows(file: builder.file)
    rows.names = builder.columns.map { Array($0.utf8) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { rows.at = 3 }
    try rows.readAll(bytes.span, into: &builder)
  }

  private init(file: String) { self.file = file }

  private mutating func readAll(_ bytes: Span<UInt8>, into builder: inout RowBuilder) throws(Failure) {
    skipSpace(bytes)
    let isArray = at < bytes.count && bytes[at] == UInt8(ascii: "[")
    if isArray { at &+= 1 }
    var cells = [Cell](repeating: Cell(), count: names.count)
    keys = []
    var isFirst = true
    while true {
      skipSpace(bytes)
      if isArray, !isFirst, at < bytes.count, bytes[at] == UInt8(ascii: ",") {
        at &+= 1
        skipSpace(bytes)
      } else if isArray, at < bytes.count, bytes[at] == UInt8(ascii: "]") {
        at &+= 1
        skipSpace(bytes)
        guard at >= bytes.count else { throw broken("text follows the array") }
        return
      } else if isArray, !isFirst {
        throw broken(at < bytes.count ? "`,` or `]` is missing" : "the array is not closed")
      }
      guard at < bytes.count else {
        if isArray { throw broken("the array is not closed") }
        return
      }
      let (start, firstLine) = (at, line)
      for slot in cells.indices { cells[slot] = Cell() }
      try object(bytes, &cells)
      if let found = keys {
        try builder.check(found, line: firstLine)
        keys = nil
      }
      for slot in cells.indices where cells[slot].isMissing && cells[slot].end == 0 && builder.isNeeded(slot) {
        throw Failure(
          Diagnostic(
            "evidence.column-missing",
            "line \(firstLine) of `\(file)` has no `\(builder.columns[slot])`",
            at: SourceLocation(file: file, line: firstLine, column: 1)))
      }
      try hand(bytes, cells, firstLine, to: &builder)
      if isFirst { builder.reserve(min(bytes.count / max(1, at - start) * 17 / 16 + 16, 1 << 26)) }
      isFirst = false
    }
  }

  private mutating func hand(
    _ bytes: Span<UInt8>, _ cells: [Cell], _ line: Int, to builder: inout RowBuilder
  ) throws(Failure) {
    guard hasEscapes else { return try builder.add(bytes, cells, line: line) }
    hasEscapes = false
    var text: [UInt8] = []
    var moved = cells
    for slot in cells.indices {
      let start = text.count
      appendPlain(bytes, cells[slot], to: &text)
      moved[slot].start = start
      moved[slot].end = text.count
    }
    try builder.add(text.span, moved, line: line)
  }

  private mutating func object(_ bytes: Span<UInt8>, _ cells: inout [Cell]) throws(Failure) {
    guard bytes[at] == UInt8(ascii: "{") else { throw broken("a row is no object") }
    at &+= 1
    var expected = 0
    skipSpace(bytes)
    if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
      at &+= 1
      return
    }
    while true {
      skipSpace(bytes)
      guard at < bytes.count, bytes[at] == 0x22 else { throw broken("a key in quotes is missing") }
      let (start, end, isEscaped) = try string(bytes)
      let slot = slot(bytes, start, end, isEscaped, near: &expected)
      skipSpace(bytes)
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { throw broken("`:` is missing") }
      at &+= 1
      skipSpace(bytes)
      if slot >= 0 {
        guard cells[slot].end == 0 else { throw broken("key `\(builderName(slot))` stands twice") }
        cells[slot] = try value(bytes, slot)
      } else {
        try skipValue(bytes)
      }
      skipSpace(bytes)
      guard at < bytes.count else { throw broken("an object is not closed") }
      at &+= 1
      if bytes[at &- 1] == UInt8(ascii: "}") { return }
      guard bytes[at &- 1] == UInt8(ascii: ",") else { throw broken("`,` or `}` is missing") }
    }
  }

  private func builderName(_ slot: Int) -> String { String(decoding: names[slot], as: UTF8.self) }

  /// The slot of a key, −1 when nobody wants it; keys mostly come in the order of the row before.
  private mutating func slot(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ isEscaped: Bool, near expected: inout Int
  ) -> Int {
    if keys != nil || isEscaped {
      var key: [UInt8] = []
      appendPlain(bytes, Cell(start: start, end: end, isMissing: false), to: &key)
      keys?.append(String(decoding: key, as: UTF8.self))
      return names.firstIndex(of: key) ?? -1
    }
    for step in 0..<names.count {
      let index = expected &+ step < names.count ? expected &+ step : expected &+ step &- names.count
      if isSame(names[index], bytes, start, end) {
        expected = index &+ 1 == names.count ? 0 : index &+ 1
        return index
      }
    }
    return -1
  }

  private func isSame(_ name: [UInt8], _ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard name.count == end &- start else { return false }
    for index in 0..<name.count where name[index] != bytes[start &+ index] { return false }
    return true
  }

  /// A string, number, true, false or null as a cell.
  private mutating func value(_ bytes: Span<UInt8>, _ slot: Int) throws(Failure) -> Cell {
    guard at < bytes.count else { throw broken("a value is missing") }
    switch bytes[at] {
    case 0x22:
      let (start, end, isEscaped) = try string(bytes)
      if isEscaped { hasEscapes = true }
      // An end of 0 marks what was not there; an empty string ends after its quote.
      return Cell(start: start, end: end, isMissing: false)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      throw broken("`\(builderName(slot))` is a list or an object")
    default:
      let (start, end) = token(bytes)
      guard start < end else { throw broken("a value is missing") }
      if end - start == 4, isSame(Array("null".utf8), bytes, start, end) {
        return Cell(start: end, end: end, isMissing: false)
      }
      return Cell(start: start, end: end, isMissing: false)
    }
  }

  /// Steps over any value; nested ones by counting brackets outside strings.
  private mutating func skipValue(_ bytes: Span<UInt8>) throws(Failure) {
    var depth = 0
    while at < bytes.count {
      switch bytes[at] {
      case 0x22: _ = try string(bytes)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth &+= 1
        at &+= 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth &-= 1
        at &+= 1
      case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0D: at &+= 1
      case 0x0A:
        line &+= 1
        at &+= 1
      default:
        let (start, end) = token(bytes)
        guard start < end else { throw broken("a value is missing") }
      }
      if depth <= 0 { return }
    }
    throw broken("an object is not closed")
  }

  private mutating func token(_ bytes: Span<UInt8>) -> (start: Int, end: Int) {
    let start = at
    scan: while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D, 0x22:
        break scan
      default: at &+= 1
      }
    }
    return (start, at)
  }

  /// The inside of a string; `at` stands on its first quote and then behind its last.
  private mutating func string(_ bytes: Span<UInt8>) throws(Failure) -> (start: Int, end: Int, isEscaped: Bool) {
    let start = at &+ 1
    var index = start
    var isEscaped = false
    while index < bytes.count, bytes[index] != 0x22 {
      if bytes[index] == UInt8(ascii: "\\") {
        isEscaped = true
        index &+= 1
      } else if bytes[index] == 0x0A {
        throw broken("a string is not closed")
      }
      index &+= 1
    }
    guard index < bytes.count else { throw broken("a string is not closed") }
    at = index &+ 1
    return (start, index, isEscaped)
  }

  private mutating func skipSpace(_ bytes: Span<UInt8>) {
    while at < bytes.count {
      switch bytes[at] {
      case 0x0A:
        line &+= 1
        at &+= 1
      case 0x20, 0x09, 0x0D: at &+= 1
      default: return
      }
    }
  }

  private func broken(_ what: String) -> Failure {
    Failure(
      Diagnostic(
        "evidence.json", "\(what) on line \(line) of `\(file)`",
        at: SourceLocation(file: file, line: line, column: 1)))
  }

  /// Escapes resolved (RFC 8259 §7); what is no escape stays as it is, lone surrogates become U+FFFD.
  private func appendPlain(_ bytes: Span<UInt8>, _ cell: Cell, to out: inout [UInt8]) {
    var index = cell.start
    while index < cell.end {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "\\"), index &+ 1 < cell.end else {
        out.append(byte)
        index &+= 1
        continue
      }
      index &+= 2
      switch bytes[index &- 1] {
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "u"):
        guard var unit = hex(bytes, index, cell.end) else { break }
        index &+= 4
        if unit & 0xFC00 == 0xD800, index &+ 6 <= cell.end, bytes[index] == UInt8(ascii: "\\"),
          bytes[index &+ 1] == UInt8(ascii: "u"), let low = hex(bytes, index &+ 2, cell.end), low & 0xFC00 == 0xDC00
        {
          unit = 0x10000 &+ (unit & 0x3FF) << 10 | (low & 0x3FF)
          index &+= 6
        }
        out.append(contentsOf: String(Character(Unicode.Scalar(unit) ?? "\u{FFFD}")).utf8)
      default: out.append(bytes[index &- 1])
      }
    }
  }

  private func hex(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> UInt32? {
    guard start &+ 4 <= end else { return nil }
    var value: UInt32 = 0
    for index in start..<start &+ 4 {
      let byte = bytes[index]
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte &- 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(byte &- 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(byte &- 0x57)
      default: return nil
      }
    }
    return value
  }
}
