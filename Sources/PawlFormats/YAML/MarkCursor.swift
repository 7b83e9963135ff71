import PawlCore

/// Turns the parser's marks (1-based line and column in characters) into places with excerpt and length.
struct MarkCursor {
  private let text: SourceText
  /// The last line's excerpt: nodes on one line share it.
  private var shared: (line: Int, excerpt: String)?

  init(_ text: SourceText) { self.text = text }

  /// The place of a list or map: its bracket or its first key, after an anchor or tag on the same line.
  mutating func collection(line: Int, column: Int) -> SourceLocation {
    guard let start = content(line: line, column: column) else { return far(line, column) }
    return location(line, column + start.skipped, length: 1)
  }

  /// The place of a scalar, as long as it is on its first line, and whether a tag stands before it.
  mutating func scalar(line: Int, column: Int, text content: String) -> (location: SourceLocation, isTagged: Bool) {
    guard let start = self.content(line: line, column: column) else { return (far(line, column), true) }
    let length = MarkCursor.length(of: start.rest, content)
    return (location(line, column + start.skipped, length: length), start.isTagged)
  }

  /// Bytes of the token at a mark, quotes included; nil where it spans lines or stands too far to the right.
  func token(line: Int, column: Int, text content: String) -> Range<Int>? {
    guard let start = self.content(line: line, column: column) else { return nil }
    let begin = start.rest.startIndex
    switch start.rest.first {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      guard let end = MarkCursor.closingQuote(start.rest) else { return nil }
      return begin..<end
    default:
      guard !content.isEmpty, start.rest.starts(with: content.utf8) else { return nil }
      return begin..<(begin + content.utf8.count)
    }
  }

  private mutating func location(_ line: Int, _ column: Int, length: Int) -> SourceLocation {
    let excerpt: String
    if let shared, shared.line == line {
      excerpt = shared.excerpt
    } else {
      excerpt = SourceText.excerpt(of: text.line(line))
      shared = (line, excerpt)
    }
    return SourceLocation(file: text.file, line: line, column: column, length: length, excerpt: excerpt)
  }

  private func far(_ line: Int, _ column: Int) -> SourceLocation {
    SourceLocation(file: text.file, line: line, column: column)
  }

  /// What stands at a mark once an anchor and a tag before it are skipped; nil far to the right, where it would cost.
  private func content(
    line: Int, column: Int
  ) -> (rest: ArraySlice<UInt8>, skipped: Int, isTagged: Bool)? {
    guard column <= SourceText.longestExcerpt else { return nil }
    var rest = text.line(line)
    for _ in 1..<max(1, column) {
      guard let byte = rest.first else { break }
      rest = rest.dropFirst(MarkCursor.width(byte))
    }
    let whole = rest
    var isTagged = false
    while let byte = rest.first, byte == UInt8(ascii: "&") || byte == UInt8(ascii: "!") {
      isTagged = isTagged || byte == UInt8(ascii: "!")
      let after = rest.drop { $0 > 0x20 }.drop { $0 == 0x20 || $0 == 0x09 }
      guard let next = after.first, next != UInt8(ascii: "#") else { return (whole, 0, isTagged) }
      rest = after
    }
    let skipped = whole[..<rest.startIndex].count { $0 & 0xC0 != 0x80 }
    return (rest, skipped, isTagged)
  }

  private static func width(_ lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }

  private static func length(of rest: ArraySlice<UInt8>, _ content: String) -> Int {
    switch rest.first {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      let end = closingQuote(rest) ?? rest.endIndex
      return rest[..<end].count { $0 & 0xC0 != 0x80 }
    case UInt8(ascii: "|"), UInt8(ascii: ">"): return 1
    default:
      let shared = zip(rest, content.utf8).prefix { $0 == $1 }
      return max(1, shared.count { $0.0 & 0xC0 != 0x80 })
    }
  }

  /// The index after the closing quote of a quoted scalar that begins the slice; nil when it is on another line.
  private static func closingQuote(_ rest: ArraySlice<UInt8>) -> Int? {
    guard let quote = rest.first else { return nil }
    var index = rest.startIndex + 1
    while index < rest.endIndex {
      if quote == UInt8(ascii: "\""), rest[index] == UInt8(ascii: "\\") {
        index += 2
        continue
      }
      if rest[index] == quote {
        let isDoubled = quote == UInt8(ascii: "'") && index + 1 < rest.endIndex && rest[index + 1] == quote
        guard isDoubled else { return index + 1 }
        index += 1
      }
      index += 1
    }
    return nil
  }
}
