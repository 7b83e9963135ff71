/// The bytes that redraw the last lines of a terminal and let finished ones scroll up.
///
/// Between frames the cursor stands in the first column under the last line, so that what the terminal itself echoes
/// (`^C`) stands on a line that is erased. Sequences are ECMA-48's; the synchronised update is a private mode that
/// other terminals ignore.
package struct LiveScreen: Sendable {
  /// Columns that each line of the last frame took.
  private var drawn: [Int] = []
  private var columns = 0

  package init() {}

  /// - Parameters:
  ///   - finished: lines that stay, above.
  ///   - live: lines that the next frame replaces; each narrower than `columns`.
  ///   - columns: the terminal's width now. A terminal that became narrower has broken the old lines.
  /// - Returns: one write; empty when there is nothing to do.
  package mutating func frame(finished: [String], live: [String], columns: Int) -> String {
    let columns = max(1, columns)
    guard !finished.isEmpty || !live.isEmpty || !drawn.isEmpty else { return "" }
    var text = "\u{1B}[?2026h"
    let height = drawn.reduce(0) { $0 + (columns < self.columns ? max(1, ($1 + columns - 1) / columns) : 1) }
    text += "\r"
    if height > 0 { text += "\u{1B}[\(height)A" }
    // A resized terminal holds parts of lines that no rewrite would cover.
    if columns != self.columns, !drawn.isEmpty { text += "\u{1B}[J" }
    let widths = live.map(LiveScreen.width)
    for line in finished {
      // After a full row an erase would take its last letter.
      let isFull = LiveScreen.width(line) % columns == 0 && !line.isEmpty
      text += line + (isFull ? "" : "\u{1B}[K") + "\n"
    }
    for line in live { text += line + "\u{1B}[K\n" }
    text += "\u{1B}[J\u{1B}[?2026l"
    drawn = widths
    self.columns = columns
    return text
  }

  private static func width(_ line: String) -> Int {
    Columns.width(line.contains("\u{1B}") ? Escaping.withoutANSI(line) : line)
  }
}
