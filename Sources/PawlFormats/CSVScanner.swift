package import PawlCore

/// One field of a CSV record: where its bytes are.
package struct CSVField: Sendable, Hashable {
  /// The content without the quotes around it, as offsets into the scanner's bytes.
  package var range: Range<Int>
  /// Whether doubled quotes stand inside, which the text has once.
  package var isQuoted: Bool

  package init(range: Range<Int>, isQuoted: Bool) {
    self.range = range
    self.isQuoted = isQuoted
  }
}

/// Yields the records of a CSV file (RFC 4180) as slices of its bytes, without copying.
///
/// Commas separate, double quotes protect commas and line breaks, a doubled quote inside is one. Lines end in LF, CR LF
/// or CR; a byte order mark and blank lines are skipped; the last line needs no break. The first record sets how many
/// fields every record has. A quote inside an unquoted field is an ordinary character, as in Python's `csv`.
package struct CSVScanner: Sendable {
  /// The whole file; field ranges point into it.
  package let bytes: [UInt8]
  package let file: String
  /// The 1-based line where the record that `next` gave last begins.
  package private(set) var line = 1
  private var index: Int
  private var nextLine = 1
  /// Fields of the first record, 0 before it.
  private var width = 0

  package init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
    index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Fills `fields` with the next record; false at the end of the file.
  ///
  /// Throws for a quote that is never closed, for text after a closing quote, and for a record whose number of fields
  /// is not the header's.
  package mutating func next(_ fields: inout [CSVField]) throws(Failure) -> Bool {
    // Once the width is known the caller's array is overwritten in place, which is twice as fast as appending.
    if width == 0 || fields.count != width {
      fields.removeAll(keepingCapacity: true)
      fields.append(contentsOf: repeatElement(CSVField(range: 0..<0, isQuoted: false), count: width))
    }
    let outcome = bytes.withUnsafeBufferPointer { buffer in
      var walk = CSVWalk(buffer, index: index, line: nextLine)
      let outcome = width == 0 ? walk.header(&fields) : fields.withUnsafeMutableBufferPointer { walk.record($0) }
      index = walk.index
      nextLine = walk.line
      line = walk.recordLine
      return outcome
    }
    switch outcome {
    case .record(let count):
      if width == 0 { width = count }
      guard count == width else { throw Failure(unequal(count)) }
      return true
    case .end:
      fields.removeAll(keepingCapacity: true)
      return false
    case .unclosed(let offset):
      index = bytes.count
      throw Failure(Diagnostic("csv.syntax", "this quote is never closed", at: location(offset)))
    case .trailing(let offset):
      index = bytes.count
      throw Failure(
        Diagnostic(
          "csv.syntax", "text after a closing quote", at: location(offset),
          remedy: "double the quotes inside a quoted value"))
    }
  }

  /// The place of a byte, with its line's text.
  package func location(_ offset: Int) -> SourceLocation {
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    return SourceText(bytes, file: file).location(offset: hasMark ? offset - 3 : offset)
  }

  /// The place of a field, as long as it is.
  package func location(of field: CSVField) -> SourceLocation {
    var place = location(field.range.lowerBound)
    place.length = max(1, bytes[field.range].count { $0 & 0xC0 != 0x80 })
    return place
  }

  /// The field's text; bytes that are not UTF-8 become U+FFFD.
  package func text(_ field: CSVField) -> String {
    guard field.isQuoted else { return String(decoding: bytes[field.range], as: UTF8.self) }
    var content: [UInt8] = []
    content.reserveCapacity(field.range.count)
    var isSecond = false
    for byte in bytes[field.range] {
      let isQuote = byte == UInt8(ascii: "\"")
      if isQuote, isSecond {
        isSecond = false
        continue
      }
      isSecond = isQuote
      content.append(byte)
    }
    return String(decoding: content, as: UTF8.self)
  }

  /// The field's number, correctly rounded; nil when it is none.
  ///
  /// Reads decimals and the words of Python and numpy (`nan`, `inf`, `-inf`, `Infinity` in any case), with spaces
  /// around.
  package func double(_ field: CSVField) -> Double? {
    bytes.withUnsafeBufferPointer { NumberText.python(UnsafeBufferPointer(rebasing: $0[field.range])) }
  }

  /// Whether the field's bytes are those of the text.
  package func equals(_ field: CSVField, _ text: String) -> Bool {
    field.isQuoted ? self.text(field) == text : bytes[field.range].elementsEqual(text.utf8)
  }

  private func unequal(_ count: Int) -> Diagnostic {
    let fields = { (number: Int) in number == 1 ? "1 field" : "\(number) fields" }
    var table = SourceText(bytes, file: file)
    table.findLines()
    return Diagnostic(
      "csv.fields", "line \(line) has \(fields(count)), the header has \(fields(width))",
      at: table.location(line: line, column: 1), remedy: "put a value that holds a comma in double quotes")
  }
}

/// One pass over the bytes of a record.
private struct CSVWalk {
  enum Outcome {
    /// With how many fields.
    case record(Int)
    case end
    /// A quote that opens at an offset.
    case unclosed(Int)
    /// Text at an offset, after a closing quote.
    case trailing(Int)
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  var index: Int
  /// The line that `index` is on.
  var line: Int
  var recordLine: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>, index: Int, line: Int) {
    self.bytes = bytes
    self.index = index
    self.line = line
    recordLine = line
  }

  /// The first record: as many fields as it has.
  mutating func header(_ fields: inout [CSVField]) -> Outcome {
    skipBlankLines()
    recordLine = line
    guard index < bytes.count else { return .end }
    while true {
      switch field() {
      case .fault(let outcome): return outcome
      case .more(let field): fields.append(field)
      case .last(let field):
        fields.append(field)
        return .record(fields.count)
      }
    }
  }

  /// A further record; fields beyond the places are counted only.
  mutating func record(_ fields: UnsafeMutableBufferPointer<CSVField>) -> Outcome {
    skipBlankLines()
    recordLine = line
    guard index < bytes.count else { return .end }
    var count = 0
    while true {
      switch field() {
      case .fault(let outcome): return outcome
      case .more(let field):
        if count < fields.count { fields[count] = field }
        count &+= 1
      case .last(let field):
        if count < fields.count { fields[count] = field }
        return .record(count &+ 1)
      }
    }
  }

  private enum Step {
    case more(CSVField)
    case last(CSVField)
    case fault(Outcome)
  }

  /// One field and the comma or line break after it.
  @inline(__always)
  private mutating func field() -> Step {
    if index < bytes.count, bytes[index] == UInt8(ascii: "\"") { return quoted() }
    let start = index
    var position = index
    let count = bytes.count
    while position < count {
      let byte = bytes[position]
      if byte <= UInt8(ascii: ","), byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D { break }
      position &+= 1
    }
    index = position
    return finish(CSVField(range: Range(uncheckedBounds: (start, position)), isQuoted: false))
  }

  @inline(__always)
  private mutating func finish(_ field: CSVField) -> Step {
    guard index < bytes.count else { return .last(field) }
    if bytes[index] == UInt8(ascii: ",") {
      index &+= 1
      return .more(field)
    }
    skipBreak()
    return .last(field)
  }

  private mutating func skipBlankLines() {
    while index < bytes.count, bytes[index] == 0x0A || bytes[index] == 0x0D { skipBreak() }
  }

  private mutating func skipBreak() {
    let isReturn = bytes[index] == 0x0D
    index &+= 1
    if isReturn, index < bytes.count, bytes[index] == 0x0A { index &+= 1 }
    line &+= 1
  }

  /// A quoted field; the index is at its opening quote.
  private mutating func quoted() -> Step {
    let open = index
    var hasDoubled = false
    index &+= 1
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") {
          hasDoubled = true
          index &+= 2
          continue
        }
        let field = CSVField(range: (open + 1)..<index, isQuoted: hasDoubled)
        index &+= 1
        guard index < bytes.count else { return .last(field) }
        switch bytes[index] {
        case UInt8(ascii: ","), 0x0A, 0x0D: return finish(field)
        default: return .fault(.trailing(index))
        }
      }
      if byte == 0x0A || byte == 0x0D {
        skipBreak()
      } else {
        index &+= 1
      }
    }
    return .fault(.unclosed(open))
  }
}
