import PawlCore

/// Makes text that others wrote harmless in each place where it is put.
package enum Escaping {
  // MARK: Terminal

  /// Text without ANSI escapes, control characters and direction overrides; a tab becomes a space, a line end too.
  package static func terminal(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in withoutANSI(text).unicodeScalars {
      switch scalar {
      case "\n", "\t", "\r", "\u{2028}", "\u{2029}": result.append(" ")
      case _ where isControl(scalar): result.append("\u{FFFD}")
      case _ where isInvisibleFormat(scalar): continue
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// One line of a log for a terminal: as `terminal`, but tabs stay.
  package static func logLine(_ text: String) -> String {
    let parts = withoutANSI(text).unicodeScalars.split(separator: "\t", omittingEmptySubsequences: false)
    return parts.map { terminal(String(String.UnicodeScalarView($0))) }.joined(separator: "\t")
  }

  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }

  /// Direction overrides and isolates, which make a line read other than it is (CVE-2021-42574), and the like.
  static func isInvisibleFormat(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }

  /// Text without terminal control sequences: CSI, OSC and other strings, single-character escapes (ECMA-48).
  package static func withoutANSI(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0 == "\u{1B}" || $0 == "\u{9B}" || $0 == "\u{9D}" }) else {
      return text
    }
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      switch scalars[index] {
      case "\u{1B}": index = endOfEscape(scalars, after: index + 1)
      case "\u{9B}": index = endOfControlSequence(scalars, from: index + 1)
      case "\u{9D}": index = endOfControlString(scalars, from: index + 1)
      default:
        result.append(scalars[index])
        index += 1
      }
    }
    return String(result)
  }

  private static func endOfEscape(_ scalars: [Unicode.Scalar], after start: Int) -> Int {
    guard start < scalars.count else { return start }
    switch scalars[start] {
    case "[": return endOfControlSequence(scalars, from: start + 1)
    case "]", "P", "X", "^", "_": return endOfControlString(scalars, from: start + 1)
    case " "..."/":
      var index = start
      while index < scalars.count, (" "..."/").contains(scalars[index]) { index += 1 }
      return min(index + 1, scalars.count)
    case "0"..."~": return start + 1
    default: return start
    }
  }

  private static func endOfControlSequence(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
    var index = start
    while index < scalars.count, (" "..."?").contains(scalars[index]) { index += 1 }
    guard index < scalars.count, ("@"..."~").contains(scalars[index]) else { return index }
    return index + 1
  }

  /// To BEL or ST; a string without an end stops at the line's end, so that it hides no later line.
  private static func endOfControlString(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
    var index = start
    while index < scalars.count {
      switch scalars[index] {
      case "\u{07}", "\u{9C}": return index + 1
      case "\n": return index
      case "\u{1B}": return index + 1 < scalars.count && scalars[index + 1] == "\\" ? index + 2 : index
      default: index += 1
      }
    }
    return index
  }

  // MARK: XML and HTML

  /// XML 1.0 text: ANSI removed, markup escaped, every scalar outside `Char` becomes U+FFFD (XML 1.0 §2.2).
  package static func xmlText(_ text: String) -> String { xml(text, inAttribute: false) }

  /// An XML attribute's value for double quotes; line ends and tabs as references, so that they stay.
  package static func xmlAttribute(_ text: String) -> String { xml(text, inAttribute: true) }

  private static func xml(_ text: String, inAttribute: Bool) -> String {
    var result = ""
    for scalar in withoutANSI(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"" where inAttribute: result += "&quot;"
      case "\t" where inAttribute: result += "&#9;"
      case "\n" where inAttribute: result += "&#10;"
      case "\r": result += "&#13;"
      default: result.unicodeScalars.append(isXML(scalar) ? scalar : "\u{FFFD}")
      }
    }
    return result
  }

  static func isXML(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  /// HTML text or a quoted attribute; controls and direction overrides become U+FFFD.
  package static func html(_ text: String) -> String {
    var result = ""
    for scalar in withoutANSI(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\r": result += "\n"
      case _ where isControl(scalar) || isInvisibleFormat(scalar) || isNonCharacter(scalar): result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// HTML text in which what stands between two back-ticks is code; a back-tick alone stays one.
  package static func htmlProse(_ text: String) -> String {
    let parts = html(text).unicodeScalars.split(separator: "`", omittingEmptySubsequences: false).map {
      String(String.UnicodeScalarView($0))
    }
    var result = ""
    for (index, part) in parts.enumerated() {
      if index % 2 == 0 {
        result += part
      } else if index == parts.count - 1 {
        result += "`" + part
      } else {
        result += part.isEmpty ? "``" : "<code>\(part)</code>"
      }
    }
    return result
  }

  private static func isNonCharacter(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(scalar.value)
  }

  /// A YAML string in double quotes that YAML 1.1 and 1.2 readers take for the same text.
  package static func yaml(_ text: String) -> String {
    let legal = terminal(text).unicodeScalars.map { isNonCharacter($0) ? "\u{FFFD}" : $0 }
    return Value.quoted(String(String.UnicodeScalarView(legal)))
  }

  // MARK: Markdown

  /// Markdown inline text that is safe in a table's cell: nothing of it is markup, a mention or a reference.
  package static func markdown(_ text: String) -> String {
    var result = ""
    let scalars = Array(withoutANSI(text).unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "|": result += "&#124;"
      case "`", "\\", "*", "~", "$": result += "\\" + String(scalar)
      // Inside a word an underscore emphasises nothing, and a bracket makes a link only with what follows it.
      case "_" where !isInsideWord(scalars, index): result += "\\_"
      case "]" where index + 1 < scalars.count && "([:".unicodeScalars.contains(scalars[index + 1]): result += "\\]"
      // A mention, an issue or a link is made by what stands before or after: a zero-width space parts them.
      case "@", "#": result += String(scalar) + "\u{200B}"
      case ":" where index + 2 < scalars.count && scalars[index + 1] == "/" && scalars[index + 2] == "/":
        result += ":\u{200B}"
      case "." where index >= 3 && isWWW(scalars[index - 3..<index]): result += ".\u{200B}"
      case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": continue
      case "\n", "\r", "\u{2028}", "\u{2029}", "\u{0B}", "\u{0C}", "\u{85}": result += "<br>"
      case "\t": result += " "
      case _ where isControl(scalar) || isInvisibleFormat(scalar): result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return startsBlock(result) ? "\u{200B}" + result : result
  }

  private static func isInsideWord(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    func isWord(_ scalar: Unicode.Scalar) -> Bool {
      scalar.isASCII && scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
    guard index > 0, index + 1 < scalars.count else { return false }
    return isWord(scalars[index - 1]) && isWord(scalars[index + 1])
  }

  private static func isWWW(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
    scalars.allSatisfy { $0 == "w" || $0 == "W" }
  }

  /// Whether a line of it could be read as a list, a rule or a heading's underline.
  private static func startsBlock(_ text: String) -> Bool {
    let trimmed = text.drop { $0 == " " }
    guard let first = trimmed.first else { return false }
    if "-+=".contains(first) { return true }
    let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
    return !digits.isEmpty && ".)".contains(trimmed.dropFirst(digits.count).first ?? " ")
      && trimmed.dropFirst(digits.count + 1).first == " "
  }

  /// A code span for a table's cell: fenced by more back-ticks than it holds, `|` escaped as GFM asks.
  package static func markdownCode(_ text: String) -> String {
    let clean = substitute("|", by: "\\|", in: terminal(text))
    guard let first = clean.unicodeScalars.first, let last = clean.unicodeScalars.last else { return "` `" }
    let fence = String(repeating: "`", count: longestRunOfBackticks(clean) + 1)
    let pad = first == "`" || last == "`" || first == " " ? " " : ""
    return fence + pad + clean + pad + fence
  }

  /// A fenced block; its fence is longer than any run of back-ticks inside.
  package static func markdownBlock(_ lines: [String], language: String = "") -> String {
    let clean = lines.map(logLine)
    let longest = clean.map { longestRunOfBackticks($0) }.max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return ([fence + language] + clean + [fence]).joined(separator: "\n")
  }

  private static func longestRunOfBackticks(_ text: String) -> Int {
    var longest = 0
    var current = 0
    for byte in text.utf8 {
      current = byte == UInt8(ascii: "`") ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }

  /// Replaces a text by scalars: a combining mark behind it, which makes another `Character`, hides it from no reader.
  static func substitute(_ pattern: String, by replacement: String, in text: String) -> String {
    let wanted = Array(pattern.unicodeScalars)
    guard let first = wanted.first, text.unicodeScalars.contains(first) else { return text }
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      if scalars[index...].starts(with: wanted) {
        result.append(contentsOf: replacement.unicodeScalars)
        index += wanted.count
      } else {
        result.append(scalars[index])
        index += 1
      }
    }
    return String(result)
  }

  // MARK: CI logs

  /// The message of a GitHub workflow command.
  package static func commandData(_ text: String) -> String {
    withoutANSI(text).unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "%": result += "%25"
      case "\r": result += "%0D"
      case "\n": result += "%0A"
      case _ where scalar != "\t" && (isControl(scalar) || isInvisibleFormat(scalar)): result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  /// A property of a GitHub workflow command.
  package static func commandProperty(_ text: String) -> String {
    substitute(",", by: "%2C", in: substitute(":", by: "%3A", in: commandData(text)))
  }

  /// A line that others wrote, for a CI log: no `::command::`, `##[command]` or `##vso[` survives in it.
  ///
  /// GitHub, GitLab, Azure and TeamCity act on lines of a log; a zero-width space breaks the marks, wherever they stand.
  package static func ciLine(_ text: String) -> String {
    let marks = [
      ("::", ":\u{200B}:"), ("##", "#\u{200B}#"), ("section_start:", "section_start\u{200B}:"),
      ("section_end:", "section_end\u{200B}:"),
    ]
    return marks.reduce(logLine(text)) { substitute($1.0, by: $1.1, in: $0) }
  }
}
