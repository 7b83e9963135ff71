package import PawlCore

/// `pawl show --timeline`: a lane for each slot, and under it every stage with its times and what it used.
package enum TimelineText {
  package static func lines(_ record: RunRecord, style: Style) -> [String] {
    let lanes = TimelineLanes(record, withReused: true)
    guard !lanes.bars.isEmpty else { return ["nothing ran, and nothing was reused"] }
    let label = String(lanes.lanes).count + 6
    let width = max(10, style.width - label - 1)
    var lines: [String] = []
    for lane in 0..<lanes.lanes {
      let cells = row(lanes.bars.filter { $0.lane == lane }, lanes.end, width, style)
      lines.append(Columns.trimmed(Columns.pad("slot \(lane + 1)", label) + cells))
    }
    lines.append(axis(lanes.end, width, label, style))
    return lines + [""] + table(lanes.bars, style)
  }

  /// One cell a column: a bar has its name in it where there is room; what was reused is hatched.
  private static func row(_ bars: [TimelineLanes.Bar], _ end: Double, _ width: Int, _ style: Style) -> String {
    var text = ""
    var used = 0
    for (index, bar) in bars.enumerated() {
      let from = max(used, column(bar.start, end, width))
      let next = index + 1 < bars.count ? max(from + 1, column(bars[index + 1].start, end, width)) : width
      let columns = bar.isReused ? 1 : max(1, min(next, column(bar.end, end, width)) - from)
      guard from + columns <= width else { break }
      text += String(repeating: " ", count: from - used) + cell(bar, columns, style)
      used = from + columns
    }
    return text
  }

  private static func cell(_ bar: TimelineLanes.Bar, _ columns: Int, _ style: Style) -> String {
    if bar.isReused { return style.paint(style.ascii ? "=" : "░", .dim) }
    let paint = paint(bar.entry)
    let (open, fill, close) = style.ascii ? ("[", "=", "]") : ("┣", "━", "┫")
    guard columns > 1 else { return style.paint(style.ascii ? "|" : "┃", paint) }
    let room = columns - 2
    let name = Terminal.safe(Timeline.name(bar.entry), style)
    let fits = Columns.width(name) <= room
    let shown = fits ? name : room >= 5 && !style.ascii ? Columns.cut(name, room) : ""
    let rest = String(repeating: fill, count: max(0, room - Columns.width(shown)))
    return style.paint(open + shown + rest + close, paint)
  }

  private static func column(_ seconds: Double, _ end: Double, _ width: Int) -> Int {
    guard end > 0 else { return 0 }
    return min(width - 1, max(0, Int((seconds / end * Double(width)).rounded())))
  }

  private static func axis(_ end: Double, _ width: Int, _ label: Int, _ style: Style) -> String {
    let last = Numbers.duration(end)
    let middle = Numbers.duration(end / 2)
    let gap = width / 2 - 1 - Columns.width(middle) / 2
    var line = Columns.pad("0", max(1, gap)) + (gap > 2 ? middle : "")
    line += String(repeating: " ", count: max(1, width - Columns.width(line) - Columns.width(last))) + last
    return style.paint(Columns.pad("", label) + line, .dim)
  }

  private static func table(_ bars: [TimelineLanes.Bar], _ style: Style) -> [String] {
    let rows = bars.map { bar -> [String] in
      let usage = bar.isReused ? nil : bar.entry.settlement?.usage
      let sign = Terminal.sign(bar.entry).0
      return [
        sign, Timeline.name(bar.entry), Numbers.duration(bar.start),
        bar.isReused ? "" : Numbers.duration(bar.end - bar.start),
        usage.map { Numbers.duration($0.cpuSeconds) } ?? "",
        usage.flatMap { $0.peakBytes > 0 ? Numbers.size($0.peakBytes) : nil } ?? "",
        bar.isReused ? "reused" : Wording.outcome(bar.entry) + (Wording.isFlaky(bar.entry) ? ", flaky" : ""),
      ].map { Terminal.safe($0, style) }
    }
    let table = Table(header: ["", "stage", "start", "took", "cpu", "memory", "outcome"], rows: rows)
    return [style.paint(table.line(table.header), .dim)] + table.rows.map(table.line)
  }

  private static func paint(_ entry: RunRecord.Entry) -> Style.Paint {
    switch entry.settlement?.outcome {
    case .failed, .rejected: .bad
    case .unscorable: .doubt
    case .succeeded, .reused: .good
    case .skipped, nil: .dim
    }
  }
}
