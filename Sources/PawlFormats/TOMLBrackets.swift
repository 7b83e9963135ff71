import PawlCore

/// Looks at the brackets of a TOML text before the parser does: it aborts on `[ }` instead of reporting it.
struct TOMLBrackets {
  private let text: SourceText
  private let bytes: [UInt8]
  private var index = 0
  private var open: [Int] = []

  init(_ text: SourceText) {
    self.text = text
    bytes = text.bytes
  }

  /// Throws for a closing bracket that does not fit; all else is left to the parser.
  mutating func check() throws(Failure) {
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "#"): skipComment()
      case UInt8(ascii: "\""), UInt8(ascii: "'"): skipString()
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        open.append(index)
        index += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        try close()
        index += 1
      default: index += 1
      }
    }
  }

  private mutating func close() throws(Failure) {
    let opening = bytes[index] == UInt8(ascii: "]") ? UInt8(ascii: "[") : UInt8(ascii: "{")
    if let last = open.popLast(), bytes[last] == opening { return }
    throw Failure(
      Diagnostic(
        "toml.syntax", "`\(Character(Unicode.Scalar(bytes[index])))` closes nothing that is open here",
        at: text.location(offset: index)))
  }

  private mutating func skipComment() {
    while index < bytes.count, bytes[index] != 0x0A { index += 1 }
  }

  /// Moves past a string; one that is not closed ends with its line, or with the text when it has three quotes.
  private mutating func skipString() {
    let quote = bytes[index]
    let isEscaping = quote == UInt8(ascii: "\"")
    let isLong = quoteCount(quote, at: index) >= 3
    index += isLong ? 3 : 1
    while index < bytes.count {
      let byte = bytes[index]
      if isEscaping, byte == UInt8(ascii: "\\") {
        index = min(bytes.count, index + 2)
        continue
      }
      if isLong {
        let count = quoteCount(quote, at: index)
        if count >= 3 {
          // Up to two quotes may stand before the closing three.
          index += min(count, 5)
          return
        }
      } else if byte == quote {
        index += 1
        return
      } else if byte == 0x0A {
        return
      }
      index += 1
    }
  }

  private func quoteCount(_ quote: UInt8, at start: Int) -> Int {
    var count = 0
    while start + count < bytes.count, count < 5, bytes[start + count] == quote { count += 1 }
    return count
  }
}
