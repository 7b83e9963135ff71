import PawlCore

/// How a terminal is written to: colour, letters, width. Nothing is said by colour alone.
package struct Style: Sendable, Hashable {
  package var colour: Bool
  /// Only ASCII marks, as under `LANG=C`.
  package var ascii: Bool
  /// Columns.
  package var width: Int

  package init(colour: Bool = false, ascii: Bool = false, width: Int = 80) {
    self.colour = colour
    self.ascii = ascii
    self.width = max(40, width)
  }

  enum Paint: String { case good = "32", bad = "31", doubt = "33", odd = "35", dim = "2", bold = "1" }

  func paint(_ text: String, _ paint: Paint) -> String {
    colour && !text.isEmpty ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
  }

  func paint(_ text: String, _ verdict: Verdict) -> String { paint(text, Style.paint(verdict)) }

  static func paint(_ verdict: Verdict) -> Paint {
    switch verdict {
    case .pass: .good
    case .fail: .bad
    case .inconclusive, .waived: .doubt
    case .invalid: .odd
    case .notJudged: .dim
    }
  }

  static func paint(_ verdict: RunVerdict) -> Paint {
    switch verdict {
    case .passed: .good
    case .failed, .error: .bad
    case .inconclusive, .waived, .cancelled: .doubt
    case .invalid: .odd
    }
  }

  /// The columns that a mark takes: `ok` needs two.
  var markWidth: Int { ascii ? 2 : 1 }

  /// A line in the letters that the terminal has: Pawl's own signs are replaced, the user's text is not touched.
  func spell(_ text: String) -> String {
    guard ascii else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      if let plain = Style.plain[scalar] { result += plain } else { result.unicodeScalars.append(scalar) }
    }
  }

  private static let plain: [Unicode.Scalar: String] = [
    "✓": "ok", "✗": "x", "–": "-", "↻": "=", "▸": ">", "★": "*", "→": "->", "−": "-", "·": "-", "│": "|", "…": "...",
    "∞": "inf", "±": "+/-", "≥": ">=", "≤": "<=",
  ]

  /// A mark in its column, painted.
  func mark(_ sign: String, _ paint: Paint) -> String { self.paint(Columns.pad(spell(sign), markWidth), paint) }
}

/// Lines for a terminal; the caller prints them.
package enum Terminal {}

extension Terminal {
  /// A sentence with the user's text in it, harmless and in the terminal's letters.
  static func safe(_ text: String, _ style: Style) -> String { style.spell(Escaping.terminal(text)) }
}
