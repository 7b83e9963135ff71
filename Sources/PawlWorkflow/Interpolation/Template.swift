/// A text with `${…}` in it, cut into its pieces.
struct Template: Sendable {
  enum Piece: Sendable {
    case text(String)
    case reference(Reference)
    /// `${` without its `}`.
    case unclosed(number: Int)
  }

  struct Reference: Sendable {
    /// Between the braces, trimmed, without `raw:`.
    var path: String
    /// `${raw:…}`: put into a command as it is.
    var isRaw: Bool
    /// As it stands in the file, braces included.
    var written: String
    /// How many `${` of the same text come before it.
    var number: Int
  }

  let pieces: [Piece]

  init(_ text: String) {
    var pieces: [Piece] = []
    var literal = ""
    var number = 0
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      literal += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        literal += "${"
        rest = rest.dropFirst(3)
        number += 1
      } else if rest.hasPrefix("${") {
        if !literal.isEmpty { pieces.append(.text(literal)) }
        literal = ""
        guard let end = rest.firstIndex(of: "}") else {
          pieces.append(.unclosed(number: number))
          rest = rest.dropFirst(2)
          number += 1
          continue
        }
        let written = rest[...end]
        pieces.append(.reference(Template.reference(String(written), number)))
        number += 1 + Template.opened(in: written.dropFirst(2))
        rest = rest[rest.index(after: end)...]
      } else {
        literal += "$"
        rest = rest.dropFirst()
      }
    }
    literal += rest
    if !literal.isEmpty { pieces.append(.text(literal)) }
    self.pieces = pieces
  }

  /// The one reference that the text consists of, nil when there is anything beside it.
  var only: Reference? {
    guard pieces.count == 1, case .reference(let reference) = pieces[0] else { return nil }
    return reference
  }

  /// The text when it holds no reference.
  var literal: String? {
    var result = ""
    for piece in pieces {
      guard case .text(let text) = piece else { return nil }
      result += text
    }
    return result
  }

  /// Whether a text holds `${`, escaped or not.
  static func isNeeded(for text: String) -> Bool {
    var previous: UInt8 = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "{"), previous == UInt8(ascii: "$") { return true }
      previous = byte
    }
    return false
  }

  private static func reference(_ written: String, _ number: Int) -> Reference {
    var path = written.dropFirst(2).dropLast()
    path = trimmed(path)
    let isRaw = path.hasPrefix("raw:")
    if isRaw { path = trimmed(path.dropFirst(4)) }
    return Reference(path: String(path), isRaw: isRaw, written: written, number: number)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " }
    while text.last == " " { text = text.dropLast() }
    return text
  }

  private static func opened(in text: Substring) -> Int {
    zip(text, text.dropFirst()).count { $0 == "$" && $1 == "{" }
  }
}
