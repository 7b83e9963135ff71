package import PawlCore

/// Diagnostics as `pawl check` shows them: place, excerpt, caret, remedy.
package enum DiagnosticText {
  /// The lines of every diagnostic, in the order given; the count at the end is the caller's.
  package static func render(_ diagnostics: [Diagnostic], _ style: Style) -> [String] {
    diagnostics.flatMap { render($0, style) }
  }

  /// `3 errors, 1 warning`.
  package static func tally(_ diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.filter { $0.severity == .error }.count
    let warnings = diagnostics.filter { $0.severity == .warning }.count
    let parts = [
      errors > 0 ? Numbers.plural(errors, "error") : nil, warnings > 0 ? Numbers.plural(warnings, "warning") : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? "no problems" : parts.joined(separator: ", ")
  }

  private static func render(_ diagnostic: Diagnostic, _ style: Style) -> [String] {
    let word = style.paint(diagnostic.severity.rawValue, paint(diagnostic.severity))
    let message = Terminal.safe(diagnostic.message, style)
    guard let place = diagnostic.location else {
      let more = [diagnostic.cause, diagnostic.remedy].compactMap { $0 }
      return ["\(word): \(message)"]
        + more.flatMap { Columns.wrap(Terminal.safe($0, style), style.width, indent: "  ") }
    }
    var lines = ["\(Terminal.safe(place.file, style)):\(place.line):\(place.column): \(word): \(message)"]
    if let excerpt = place.excerpt {
      lines += marked(excerpt, place, diagnostic.remedy, style)
    } else if let remedy = diagnostic.remedy {
      lines += Columns.wrap(Terminal.safe(remedy, style), style.width, indent: "      ")
    }
    if let cause = diagnostic.cause {
      lines += Columns.wrap(Terminal.safe(cause, style), style.width, indent: "      ")
    }
    return lines
  }

  private static func paint(_ severity: Diagnostic.Severity) -> Style.Paint {
    switch severity {
    case .error: .bad
    case .warning: .doubt
    case .note: .dim
    }
  }

  /// The excerpt under its line number and the caret under its column; both count display columns.
  private static func marked(_ excerpt: String, _ place: SourceLocation, _ remedy: String?, _ style: Style) -> [String]
  {
    let number = String(place.line)
    let gutter = max(5, number.count)
    let room = max(20, style.width - gutter - 3)
    let view = window(excerpt, place, room)
    let carets = String(repeating: "^", count: max(1, view.length))
    let margin = String(repeating: " ", count: gutter) + " |"
    let start = String(repeating: " ", count: gutter - number.count) + number + " | "
    let text = Columns.trimmed(start + style.spell(view.text))
    let pad = String(repeating: " ", count: view.offset)
    let caretLine = margin + " " + pad + style.paint(carets, .bad)
    guard let remedy else { return [text, caretLine] }
    let shown = Terminal.safe(remedy, style)
    if gutter + 3 + view.offset + carets.count + 1 + Columns.width(shown) <= style.width {
      return [text, caretLine + " " + shown]
    }
    return [text, caretLine] + Columns.wrap(shown, style.width, indent: margin + " ")
  }

  /// The part of a line around the caret that fits, tabs as spaces to the next multiple of four.
  private static func window(
    _ excerpt: String, _ place: SourceLocation, _ room: Int
  ) -> (text: String, offset: Int, length: Int) {
    var cells: [(text: String, width: Int)] = []
    var column = 0
    for character in excerpt {
      let cell: (text: String, width: Int)
      if character == "\t" {
        let width = 4 - column % 4
        cell = (String(repeating: " ", count: width), width)
      } else {
        let clean = Escaping.terminal(String(character))
        cell = (clean, Columns.width(clean))
      }
      cells.append(cell)
      column += cell.width
    }
    let first = min(max(0, place.column - 1), cells.count)
    let last = min(cells.count, first &+ place.length)
    var from = 0
    var offset = cells[..<first].reduce(0) { $0 + $1.width }
    let length = max(1, min(cells[first..<last].reduce(0) { $0 + $1.width }, room - 2))
    var cut = ""
    if column > room, offset + length > room - 2 {
      let keep = max(4, min(20, room - length - 2))
      while offset > keep, from < first {
        offset -= cells[from].width
        from += 1
      }
      cut = "…"
      offset += 1
    }
    let text = cut + cells[from...].map(\.text).joined()
    return (Columns.cut(text, room), offset, length)
  }
}
