package import PawlCore

/// `pawl power` for people: what each rule can see.
package enum PowerText {
  private static let labelWidth = 27
  /// Replayed runs that are shown, the newest.
  private static let mostRuns = 20

  package static func lines(_ report: PowerReport, style: Style) -> [String] {
    var lines: [String] = []
    if let plan = report.plan {
      lines += block("plan", PowerWording.headline(plan), PowerWording.facts(plan), [], style)
      lines += options(plan, style)
    }
    let hasGates = Set(report.rules.map(\.gate)).count > 1
    for power in report.rules {
      let name = hasGates ? "\(power.gate): rule" : "rule"
      lines += block(name, PowerWording.headline(power), PowerWording.facts(power), power.caveats, style)
    }
    lines += replay(report, style)
    for caveat in report.caveats { lines += note(caveat, "", style) }
    for remedy in report.remedies { lines += wrapped("next: " + remedy, "", style) }
    return lines
  }

  private static func block(
    _ name: String, _ headline: String, _ facts: [PowerWording.Fact], _ caveats: [String], _ style: Style
  ) -> [String] {
    let title = Columns.wrap(Terminal.safe("\(name) \(headline)", style), style.width, later: "  ")
    var lines = title.map { style.paint($0, .bold) }
    let hang = String(repeating: " ", count: labelWidth + 2)
    for fact in facts {
      // A label that is wider than its column is followed by two spaces, as any other.
      let label = "  " + Columns.pad(Terminal.safe(fact.label, style), labelWidth - 2) + "  "
      lines += Columns.wrap(label + Terminal.safe(fact.text, style), style.width, later: hang)
    }
    for caveat in caveats { lines += note(caveat, "  ", style) }
    return lines
  }

  private static func note(_ text: String, _ indent: String, _ style: Style) -> [String] {
    wrapped("note: " + text, indent, style)
  }

  private static func wrapped(_ text: String, _ indent: String, _ style: Style) -> [String] {
    Columns.wrap(Terminal.safe(text, style), style.width, indent: indent, later: indent + "  ")
  }

  private static func options(_ plan: PowerPlan, _ style: Style) -> [String] {
    guard !plan.options.isEmpty else { return [] }
    let table = PowerOptions(plan).table(style)
    return ([table.header] + table.rows).enumerated().map { index, cells in
      let line = "  " + table.line(cells)
      return index == 0 ? style.paint(line, .dim) : line
    }
  }

  private static func replay(_ report: PowerReport, _ style: Style) -> [String] {
    guard let title = PowerWording.replay(report) else { return [] }
    var lines = Columns.wrap(Terminal.safe(title, style), style.width, later: "  ").map { style.paint($0, .bold) }
    let shown = report.replay.suffix(mostRuns)
    let hasGates = Set(report.replay.map(\.gate)).count > 1
    var table = Table(
      header: ["run", "when", hasGates ? "gate" : "", "then", "now", ""],
      rows: shown.map { run in
        [
          RunName.short(run.run), run.time?.forReports ?? "", hasGates ? run.gate : "", run.verdict?.rawValue ?? "",
          run.now.rawValue, run.blocks ? "blocked" : "",
        ].map { Terminal.safe($0, style) }
      })
    table.dropEmpty()
    lines.append(style.paint("  " + table.line(table.header), .dim))
    lines += table.rows.map { "  " + table.line($0) }
    let left = report.replay.count - shown.count
    if left > 0 { lines.append("  and \(left) older, in --format json") }
    return lines
  }
}

/// A few margins beside each other.
struct PowerOptions {
  let header: [String]
  let rows: [[String]]

  init(_ plan: PowerPlan) {
    let unit = PowerWording.Unit(plan.kind)
    if plan.rows == nil || plan.options.allSatisfy({ $0.chances == nil }) {
      header = ["margin", "rows needed"]
      rows = plan.options.map {
        [PowerWording.written($0.margin, unit), $0.rowsNeeded.map(Numbers.count) ?? "more than there can be"]
      }
    } else {
      header = ["margin", "an equal model passes", "is stopped, block", "point", "sees a loss of"]
      rows = plan.options.map { option in
        let chances = option.chances
        return [
          PowerWording.written(option.margin, unit), chances.map { PowerWording.chance($0.equalPasses) } ?? "",
          chances.map { PowerWording.chance($0.blockStopsEqual) } ?? "",
          chances.map { PowerWording.chance($0.pointStopsEqual) } ?? "",
          chances?.smallestLossSeen.map { PowerWording.amount($0, unit) } ?? "–",
        ]
      }
    }
  }

  func table(_ style: Style) -> Table {
    Table(header: header, rows: rows.map { $0.map { Terminal.safe($0, style) } })
  }
}
