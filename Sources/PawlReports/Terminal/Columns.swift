/// How many columns text takes on a terminal (UAX #11 wide and full-width forms are two, marks none).
package enum Columns {
  package static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

  package static func width(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first == "\r" || first == "\n" { return 0 }
    if character.unicodeScalars.contains(where: { $0.value == 0xFE0F }) || first.properties.isEmojiPresentation {
      return 2
    }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    case _ where isWide(first.value): return 2
    case _: return 1
    }
  }

  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// Spaces up to a width; text that is wider stays whole.
  package static func pad(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - width(text)))
  }

  /// The text within a width, its end replaced by `…` where it is longer.
  package static func cut(_ text: String, _ columns: Int) -> String {
    guard width(text) > columns else { return text }
    var result = ""
    var used = 0
    for character in text {
      used += width(character)
      if used > columns - 1 { break }
      result.append(character)
    }
    return result + "…"
  }

  /// Lines within a width, broken at spaces; runs of several spaces inside stay; later lines are indented.
  package static func wrap(_ text: String, _ columns: Int, indent: String = "", later: String? = nil) -> [String] {
    let later = later ?? indent
    var lines: [String] = []
    var line = indent
    var isEmpty = true
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let next = isEmpty ? line + word : line + " " + word
      if !isEmpty, width(next) > columns {
        lines.append(trimmed(line))
        line = later + word
      } else {
        line = next
      }
      isEmpty = false
    }
    lines.append(trimmed(line))
    return lines
  }

  static func trimmed(_ line: String) -> String {
    var rest = Substring(line)
    while rest.last == " " { rest = rest.dropLast() }
    return String(rest)
  }
}
