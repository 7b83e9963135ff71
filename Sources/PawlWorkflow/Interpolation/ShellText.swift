/// A command while it is put together: knows whether the next word stands inside quotes that the user opened.
///
/// Values become words of the shell (POSIX 2.2 Quoting) wherever they stand, so that no value can end a quotation.
struct ShellText {
  private(set) var text = ""
  private var place = Place.bare
  private var isEscaped = false
  private var startsWord = true

  private enum Place { case bare, single, double, comment }

  /// The user's own text.
  mutating func append(_ literal: String) {
    for scalar in literal.unicodeScalars { follow(scalar) }
    text += literal
  }

  /// Scalars, not characters: to the shell a quotation mark with a combining accent is still one.
  private mutating func follow(_ scalar: Unicode.Scalar) {
    if isEscaped {
      isEscaped = false
      startsWord = false
      return
    }
    switch place {
    case .single: if scalar == "'" { place = .bare }
    case .double:
      if scalar == "\\" { isEscaped = true }
      if scalar == "\"" { place = .bare }
    case .comment: if scalar == "\n" { place = .bare }
    case .bare:
      switch scalar {
      case "'": place = .single
      case "\"": place = .double
      case "\\": isEscaped = true
      case "#" where startsWord: place = .comment
      default: break
      }
    }
    startsWord = " \t\n;(&|".unicodeScalars.contains(scalar)
  }

  /// One value as one word; several as words with spaces between.
  mutating func append(words: [String]) {
    switch place {
    case .bare: text += words.map(ShellText.word).joined(separator: " ")
    case .comment: text += ShellText.replacing("\n", by: " ", in: words.joined(separator: " "))
    case .single: text += words.map { ShellText.replacing("'", by: "'\\''", in: $0) }.joined(separator: " ")
    case .double: text += words.map(ShellText.escaped).joined(separator: " ")
    }
    startsWord = false
  }

  /// A variable of the shell's, as one word.
  mutating func append(variable name: String) {
    switch place {
    case .bare: text += "\"$\(name)\""
    case .double, .comment: text += "${\(name)}"
    case .single: text += "'\"$\(name)\"'"
    }
    startsWord = false
  }

  /// As it is; its quotes count.
  mutating func append(raw value: String) { append(value) }

  /// A word that the shell reads back as the value, in single quotes only where it must be.
  static func word(_ value: String) -> String {
    let isPlain = !value.isEmpty && value.utf8.allSatisfy(isSafe)
    return isPlain ? value : "'" + replacing("'", by: "'\\''", in: value) + "'"
  }

  private static func isSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: ":"),
      UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func escaped(_ value: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      if "\\\"$`".unicodeScalars.contains(scalar) { result.append("\\") }
      result.append(scalar)
    }
    return String(result)
  }

  private static func replacing(_ mark: Unicode.Scalar, by text: String, in value: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      if scalar == mark { result.append(contentsOf: text.unicodeScalars) } else { result.append(scalar) }
    }
    return String(result)
  }
}
