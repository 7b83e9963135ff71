package import PawlCore

/// The last lines of a terminal while a run works: one for each running stage, then a summary.
///
/// A pure function of what is known at one moment; no line is wider than `columns - 1`, none higher than `rows - 1`.
package struct LiveFrame: Sendable {
  package var running: [Progress]
  package var done: Int
  package var stages: Int
  /// Seconds until all is done, where the history knows.
  package var left: Double?
  /// Somebody asked the run to stop.
  package var isStopping = false
  package var columns: Int
  package var rows: Int
  /// Moves the spinner.
  package var turn = 0

  package init(running: [Progress], done: Int, stages: Int, left: Double? = nil, columns: Int, rows: Int = 24) {
    self.running = running
    self.done = done
    self.stages = stages
    self.left = left
    self.columns = max(8, columns)
    self.rows = max(3, rows)
  }

  private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
  private static let plainSpinner = ["|", "/", "-", "\\"]
  private static let widestName = 26
  private static let barWidth = 16

  /// The lines, painted; empty when nothing runs.
  package func lines(_ style: Style) -> [String] {
    guard !running.isEmpty else { return [] }
    // One row is the summary's, one the cursor's.
    let room = max(1, rows - 2)
    let shown = running.count <= room ? running[...] : running.prefix(max(1, room - 1))
    let names = shown.map { Terminal.safe($0.stage.name, style) }
    let times = shown.map(time)
    let layout = Layout(names: names, times: times, columns: columns)
    var lines = zip(shown, zip(names, times)).map { line($0, $1.0, $1.1, layout, style) }
    if shown.count < running.count, room > 1 {
      lines.append(cut("    and \(Numbers.count(running.count - shown.count)) more", style))
    }
    lines.append(summary(style))
    return lines
  }

  // MARK: One stage

  /// How wide name and time are in all lines of a frame, so that the bars stand under each other.
  private struct Layout {
    let name: Int
    let time: Int

    init(names: [String], times: [String], columns: Int) {
      let longestTime = times.map { Columns.width($0) }.max() ?? 0
      let longestName = names.map { Columns.width($0) }.max() ?? 0
      // Mark and gaps take 6 columns; a name keeps at least 6.
      let room = max(6, columns - 1 - 6 - (columns >= 50 ? longestTime : min(longestTime, 7)))
      name = min(columns >= 70 ? max(LiveFrame.widestName, min(longestName, columns / 3)) : longestName, room)
      time = longestTime
    }
  }

  private func time(_ progress: Progress) -> String {
    let about = columns >= 50 ? progress.forecast.map { " of about \(Numbers.duration($0))" } ?? "" : ""
    return Numbers.duration(progress.elapsed) + about
  }

  private func line(
    _ progress: Progress, _ name: String, _ time: String, _ layout: Layout, _ style: Style
  ) -> String {
    let most = columns - 1
    let signs = style.ascii ? LiveFrame.plainSpinner : LiveFrame.spinner
    let start = Columns.pad(cut(name, to: layout.name, style), layout.name)
    var text = "  \(signs[abs(turn) % signs.count]) \(start) \(time)"
    if Columns.width(text) > most { return cut(text, style) }
    var parts: [String] = []
    if let share = share(progress) { parts.append(bar(share, style)) }
    if let count = count(progress) { parts.append(count) }
    parts += progress.metrics.prefix(4).map { Terminal.safe(Wording.told(metric: $0), style) }
    if progress.done == nil, progress.metrics.isEmpty, !progress.lastLine.isEmpty {
      parts.append(Terminal.safe(progress.lastLine, style))
    }
    let memory = progress.peakBytes.flatMap { $0 > 0 ? Numbers.size($0) : nil }
    text = Columns.pad(text, 5 + layout.name + layout.time)
    let memoryRoom = memory.map { Columns.width($0) + 3 } ?? 0
    for (index, part) in parts.enumerated() {
      let isText = index == parts.count - 1 && progress.done == nil && progress.metrics.isEmpty
      let left = most - Columns.width(text) - 3 - (isText ? memoryRoom : 0)
      if Columns.width(part) <= left {
        text += "   " + part
      } else if isText, progress.forecast == nil || index > 0, left >= 12 {
        text += "   " + cut(part, to: left, style)
      } else {
        break
      }
    }
    if let memory, Columns.width(text) + 3 + Columns.width(memory) <= most { text += "   " + memory }
    return Columns.trimmed(text)
  }

  private func share(_ progress: Progress) -> Double? {
    if let told = progress.fraction { return told }
    guard let forecast = progress.forecast, forecast.isFinite, forecast > 0, progress.elapsed.isFinite else {
      return nil
    }
    return min(1, max(0, progress.elapsed / forecast))
  }

  /// `▕██████████▍     ▏`: eighths of a column.
  private func bar(_ share: Double, _ style: Style) -> String {
    let width = LiveFrame.barWidth
    if style.ascii {
      let full = Int(share * Double(width))
      return "[" + String(repeating: "#", count: full) + String(repeating: " ", count: width - full) + "]"
    }
    let eighths = Int(share * Double(width * 8))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let bar = String(repeating: "█", count: eighths / 8) + partial
    return "▕" + style.paint(Columns.pad(bar, width), .good) + "▏"
  }

  /// The count, as wide as it will get, so that what follows stands still.
  private func count(_ progress: Progress) -> String? {
    guard let text = Wording.told(done: progress) else { return nil }
    let widest = progress.total.map { 2 * Numbers.general($0, significant: 12).count + 1 } ?? 5
    return String(repeating: " ", count: min(40, max(0, widest - Columns.width(text)))) + text
  }

  // MARK: The summary

  private func summary(_ style: Style) -> String {
    let most = columns - 1
    let about = left.map { $0 < 0.5 ? "nearly done" : "about \(Numbers.duration($0)) left" }
    let first = "  \(Numbers.count(done)) of \(Numbers.count(stages)) done"
    let whole = [first, about].compactMap { $0 }.joined(separator: ", ")
    let start = Columns.width(whole) <= most ? whole : cut(first, style)
    let hint = isStopping ? "stopping; Ctrl-C ends it now" : "Ctrl-C stops in order"
    let gap = most - Columns.width(start) - Columns.width(hint)
    return gap >= 3 ? start + String(repeating: " ", count: gap) + style.paint(hint, .dim) : start
  }

  private func cut(_ text: String, _ style: Style) -> String { cut(text, to: columns - 1, style) }

  /// `…` is three columns in ASCII.
  private func cut(_ text: String, to width: Int, _ style: Style) -> String {
    guard Columns.width(text) > width else { return text }
    if !style.ascii { return Columns.cut(text, width) }
    let cut = Columns.cut(text, max(1, width - 2))
    return cut.hasSuffix("…") ? String(cut.dropLast()) + "..." : cut
  }
}

extension Wording {
  /// `40/200, loss 0.31`: what a running stage says of itself; nil when it says nothing.
  static func told(_ progress: Progress) -> String? {
    let parts = [told(done: progress)] + progress.metrics.map(told(metric:))
    let said = parts.compactMap { $0 }
    return said.isEmpty ? nil : said.joined(separator: ", ")
  }

  /// `40/200`, `20 %`.
  static func told(done progress: Progress) -> String? {
    guard let done = progress.done, let fraction = progress.fraction else { return nil }
    guard let total = progress.total else { return Numbers.percent(share: fraction) }
    return Numbers.general(done, significant: 12) + "/" + Numbers.general(total, significant: 12)
  }

  /// `loss 0.31`.
  static func told(metric: Progress.Metric) -> String {
    "\(metric.name) \(Numbers.general(metric.value, significant: 4))"
  }
}
