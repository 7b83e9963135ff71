import PawlCore

/// Stages against time in SVG, one lane for each stage that ran beside others; reused ones are not drawn but counted.
enum Timeline {
  private struct Bar {
    var name: String
    var ending: String
    var start: Double
    var end: Double
    var lane: Int
    var style: String
  }

  private static let width = 880.0
  private static let laneHeight = 26.0

  /// nil when fewer than two stages ran: there is nothing to compare.
  static func svg(_ record: RunRecord) -> String? {
    let bars = bars(record)
    guard bars.count >= 2, let end = bars.map(\.end).max(), end > 0 else { return nil }
    let lanes = (bars.map(\.lane).max() ?? 0) + 1
    let axis = 6 + laneHeight * Double(lanes)
    let height = axis + 26
    func x(_ seconds: Double) -> Double { 4 + seconds / end * (width - 8) }
    var svg =
      "<svg class=\"timeline\" viewBox=\"0 0 \(n(width)) \(n(height))\" width=\"\(n(width))\" height=\"\(n(height))\" role=\"img\" "
      + "aria-labelledby=\"timeline-t timeline-d\" xmlns=\"http://www.w3.org/2000/svg\">\n"
      + "<title id=\"timeline-t\">Stages against time</title>\n<desc id=\"timeline-d\">"
      + Escaping.html(bars.map { "\($0.name): \($0.ending)" }.joined(separator: ". ")) + "</desc>\n"
    for bar in bars {
      let left = x(bar.start)
      let wide = max(2, x(bar.end) - left)
      let y = 6 + laneHeight * Double(bar.lane)
      svg += "<g><title>\(Escaping.html("\(bar.name): \(bar.ending)"))</title>"
      svg += "<rect class=\"\(bar.style)\" x=\"\(n(left))\" y=\"\(n(y))\" width=\"\(n(wide))\" height=\"20\" rx=\"3\"/>"
      let room = Int((wide - 8) / 7.2)
      if room >= 6 {
        let label = Columns.cut(Escaping.terminal(bar.name), room)
        svg += "<text class=\"bar-label\" x=\"\(n(left + 5))\" y=\"\(n(y + 14.5))\">\(Escaping.html(label))</text>"
      }
      svg += "</g>\n"
    }
    svg += "<line class=\"axis\" x1=\"4\" y1=\"\(n(axis))\" x2=\"\(n(width - 4))\" y2=\"\(n(axis))\"/>"
    for tick in ForestPlot.ticks(0, end) {
      let at = x(tick.double)
      let anchor = at < 30 ? "start" : at > width - 30 ? "end" : "middle"
      let label = tick.isZero ? "0" : Numbers.duration(tick.double)
      svg += "<line class=\"axis\" x1=\"\(n(at))\" y1=\"\(n(axis))\" x2=\"\(n(at))\" y2=\"\(n(axis + 4))\"/>"
      svg += "<text class=\"tick\" x=\"\(n(at))\" y=\"\(n(axis + 18))\" text-anchor=\"\(anchor)\">\(label)</text>"
    }
    return svg + "</svg>\n"
  }

  private static func bars(_ record: RunRecord) -> [Bar] {
    guard record.started != nil else { return [] }
    return TimelineLanes(record, withReused: false).bars.map { bar in
      Bar(
        name: name(bar.entry), ending: Wording.ending(bar.entry), start: bar.start, end: bar.end, lane: bar.lane,
        style: style(bar.entry))
    }
  }

  static func name(_ entry: RunRecord.Entry) -> String {
    guard entry.planned.subject == .baseline, Wording.twinName(entry) != "baseline" else {
      return entry.planned.id.name
    }
    return Wording.twinTitle(entry)
  }

  private static func style(_ entry: RunRecord.Entry) -> String {
    switch entry.settlement?.outcome {
    case .failed, .rejected: "ran bad"
    case .unscorable: "ran odd"
    case .succeeded, .reused, .skipped, nil: entry.planned.subject == .baseline ? "ran twin" : "ran"
    }
  }

  private static func n(_ value: Double) -> String {
    Numbers.forMachines(Numbers.general(Decimal(Numbers.forMachines(Numbers.fixed(value, decimals: 2))) ?? .zero))
  }
}
