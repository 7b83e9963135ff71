import PawlCore

/// Rows of a CSV file (RFC 4180; also LF or CR line ends, a BOM, blank lines).
struct CSVRows {
  private let separator: UInt8
  private let file: String
  private var at = 0
  private var line = 1
  /// Unescaped cells of a row that has doubled quotes.
  private var scratch: [UInt8] = []

  /// One cell of the current row.
  private struct Field {
    var start: Int
    var end: Int
    var hasEscapes: Bool
  }

  /// Every row as text, the header first; each has as many cells as the header. For small files.
  static func cells(_ bytes: [UInt8], separator: UInt8, file: String) throws(Failure) -> [[String]] {
    var rows = CSVRows(separator: separator, file: file)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { rows.at = 3 }
    let span = bytes.span
    var found: [[String]] = []
    while true {
      rows.skipBlankLines(span)
      guard rows.at < span.count else { return found }
      let line = rows.line
      let row = try rows.header(span)
      if let width = found.first?.count, row.count != width { throw rows.ragged(row.count, width, line) }
      found.append(row)
    }
  }

  /// Reads the header and every row.
  static func read(_ bytes: [UInt8], separator: UInt8, into builder: inout RowBuilder) throws(Failure) {
    var rows = CSVRows(separator: separator, file: builder.file)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { rows.at = 3 }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw Failure(
        Diagnostic("evidence.encoding", "`\(builder.file)` is UTF-16", remedy: "write it as UTF-8"))
    }
    let span = bytes.span
    rows.skipBlankLines(span)
    guard rows.at < span.count else {
      throw Failure(
        Diagnostic(
          "evidence.no-rows", "`\(builder.file)` is empty",
          at: SourceLocation(file: builder.file, line: 1, column: 1)))
    }
    let headerLine = rows.line
    let names = try rows.header(span)
    try builder.check(names, line: headerLine)
    let slots = try rows.slots(names, builder.columns, headerLine)
    if span.count >= PlainRows.least, builder.takePlain(bytes, from: rows.at, slots, separator, firstLine: rows.line) {
      return
    }
    try rows.readBody(span, names.count, slots, into: &builder)
  }

  private init(separator: UInt8, file: String) {
    self.separator = separator
    self.file = file
  }

  private mutating func header(_ bytes: Span<UInt8>) throws(Failure) -> [String] {
    var names: [String] = []
    var isLast = false
    while !isLast {
      let field = try field(bytes, isLast: &isLast)
      names.append(String(decoding: plain(bytes, field), as: UTF8.self))
    }
    return names
  }

  /// For each column of the file the slot it is wanted in, −1 when it is not.
  private func slots(_ names: [String], _ columns: [String], _ line: Int) throws(Failure) -> [Int] {
    for column in columns where names.count(where: { $0 == column }) > 1 {
      throw Failure(
        Diagnostic(
          "evidence.column-twice", "column `\(column)` stands twice in the header of `\(file)`",
          at: SourceLocation(file: file, line: line, column: 1)))
    }
    var bySlot: [String: Int] = [:]
    for (slot, column) in columns.enumerated() { bySlot[column] = slot }
    return names.map { bySlot[$0] ?? -1 }
  }

  private mutating func readBody(
    _ bytes: Span<UInt8>, _ width: Int, _ slots: [Int], into builder: inout RowBuilder
  ) throws(Failure) {
    var cells = [Cell](repeating: Cell(), count: builder.columns.count)
    var escaped: [(slot: Int, field: Field)] = []
    var isFirst = true
    while true {
      let blank = line
      skipBlankLines(bytes)
      guard at < bytes.count else { return }
      // In a file of one column a blank line is an empty cell.
      if width == 1, !isFirst, line > blank { throw ragged(0, width, blank) }
      let (start, firstLine) = (at, line)
      var column = 0
      var isLast = false
      while !isLast {
        let field = try field(bytes, isLast: &isLast)
        if column < width {
          let slot = slots[column]
          if slot >= 0 {
            cells[slot] = Cell(start: field.start, end: field.end, isMissing: false)
            if field.hasEscapes { escaped.append((slot, field)) }
          }
        }
        column &+= 1
      }
      guard column == width else { throw ragged(column, width, firstLine) }
      if escaped.isEmpty {
        try builder.add(bytes, cells, line: firstLine)
      } else {
        try addUnescaped(bytes, cells, escaped, firstLine, into: &builder)
        escaped.removeAll(keepingCapacity: true)
      }
      if isFirst {
        isFirst = false
        builder.reserve(min(bytes.count / max(1, at - start) * 17 / 16 + 16, 1 << 26))
      }
    }
  }

  private mutating func addUnescaped(
    _ bytes: Span<UInt8>, _ cells: [Cell], _ escaped: [(slot: Int, field: Field)], _ line: Int,
    into builder: inout RowBuilder
  ) throws(Failure) {
    scratch.removeAll(keepingCapacity: true)
    var moved = cells
    for slot in cells.indices {
      let start = scratch.count
      if let (_, field) = escaped.first(where: { $0.slot == slot }) {
        scratch.append(contentsOf: plain(bytes, field))
      } else {
        for index in cells[slot].start..<cells[slot].end { scratch.append(bytes[index]) }
      }
      moved[slot].start = start
      moved[slot].end = scratch.count
    }
    try builder.add(scratch.span, moved, line: line)
  }

  private func plain(_ bytes: Span<UInt8>, _ field: Field) -> [UInt8] {
    var copy: [UInt8] = []
    var index = field.start
    while index < field.end {
      copy.append(bytes[index])
      index &+= field.hasEscapes && bytes[index] == 0x22 ? 2 : 1
    }
    return copy
  }

  /// Reads one cell and what ends it.
  private mutating func field(_ bytes: Span<UInt8>, isLast: inout Bool) throws(Failure) -> Field {
    if at < bytes.count, bytes[at] == 0x22 { return try quoted(bytes, isLast: &isLast) }
    let start = at
    var index = at
    let end = bytes.count
    while index < end {
      let byte = bytes[index]
      if byte == separator || byte == 0x0A || byte == 0x0D { break }
      index &+= 1
    }
    at = index
    isLast = endOfCell(bytes)
    return Field(start: start, end: index, hasEscapes: false)
  }

  private mutating func quoted(_ bytes: Span<UInt8>, isLast: inout Bool) throws(Failure) -> Field {
    let firstLine = line
    let start = at &+ 1
    var index = start
    var hasEscapes = false
    while true {
      guard index < bytes.count else {
        throw Failure(
          Diagnostic(
            "evidence.csv", "a quote is opened and not closed",
            at: SourceLocation(file: file, line: firstLine, column: 1)))
      }
      if bytes[index] == 0x22 {
        guard index &+ 1 < bytes.count, bytes[index &+ 1] == 0x22 else { break }
        hasEscapes = true
        index &+= 1
      } else if bytes[index] == 0x0A {
        line &+= 1
      }
      index &+= 1
    }
    at = index &+ 1
    guard at >= bytes.count || bytes[at] == separator || bytes[at] == 0x0A || bytes[at] == 0x0D else {
      throw Failure(
        Diagnostic(
          "evidence.csv", "text follows a closing quote",
          at: SourceLocation(file: file, line: line, column: 1), remedy: "write a quote inside a cell twice"))
    }
    isLast = endOfCell(bytes)
    return Field(start: start, end: index, hasEscapes: hasEscapes)
  }

  /// Steps over a separator or a line end; true at the end of the row.
  private mutating func endOfCell(_ bytes: Span<UInt8>) -> Bool {
    guard at < bytes.count else { return true }
    let byte = bytes[at]
    at &+= 1
    if byte == separator { return false }
    if byte == 0x0D, at < bytes.count, bytes[at] == 0x0A { at &+= 1 }
    line &+= 1
    return true
  }

  private mutating func skipBlankLines(_ bytes: Span<UInt8>) {
    while at < bytes.count, bytes[at] == 0x0A || bytes[at] == 0x0D {
      if bytes[at] == 0x0D, at &+ 1 < bytes.count, bytes[at &+ 1] == 0x0A { at &+= 1 }
      at &+= 1
      line &+= 1
    }
  }

  private func ragged(_ count: Int, _ width: Int, _ line: Int) -> Failure {
    Failure(
      Diagnostic(
        "evidence.ragged-row",
        "line \(line) of `\(file)` has \(count) \(count == 1 ? "cell" : "cells"), the header has \(width)",
        at: SourceLocation(file: file, line: line, column: 1)))
  }
}
