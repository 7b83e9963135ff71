package import PawlCore

/// `power.html`: what each rule can see, with its curve; one file without network or script.
package enum PowerHTML {
  /// - Parameter version: of the program, for the page's generator.
  package static func render(_ report: PowerReport, version: String) -> String {
    var body = ""
    if let plan = report.plan { body += self.plan(plan) }
    for (index, power) in report.rules.enumerated() { body += rule(power, index, report) }
    body += replay(report)
    if !report.caveats.isEmpty || !report.remedies.isEmpty {
      body += "<section>\n<h2>What else to know</h2>\n" + notes(report.caveats)
      body += report.remedies.map { "<p class=\"remedy\">\(clean($0))</p>\n" }.joined() + "</section>\n"
    }
    let title = report.plan == nil ? "What the gates of \(report.title) can see" : "What a test set can see"
    return """
      <!DOCTYPE html>
      <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
      <meta name="generator" content="pawl \(clean(version))"/>
      <title>\(clean(title))</title>
      <style>
      \(HTMLTemplate.style)
      \(style)
      </style>
      </head>
      <body>
      <main>
      <header>
      <h1>\(clean(title))</h1>
      <p class="facts">\(clean(subtitle(report)))</p>
      </header>
      \(body)</main>
      </body>
      </html>

      """
  }

  private static func subtitle(_ report: PowerReport) -> String {
    report.plan == nil
      ? "chances of each verdict on the evidence on record; nothing was run"
      : "chances of each verdict, before any model"
  }

  private static func plan(_ plan: PowerPlan) -> String {
    let unit = PowerWording.Unit(plan.kind)
    var html = "<section>\n<h2>\(clean(PowerWording.headline(plan)))</h2>\n"
    html += facts(PowerWording.facts(plan))
    let margin = plan.margin ?? plan.chances?.marginDecided
    html += figure(
      PowerCurve(
        "Chance of each verdict against the true loss", plan.curve, margin: margin, alpha: plan.lookAlpha, unit: unit),
      "plan")
    if !plan.options.isEmpty {
      let options = PowerOptions(plan)
      html += table(options.header, options.rows)
    }
    return html + "</section>\n"
  }

  private static func rule(_ power: RulePower, _ index: Int, _ report: PowerReport) -> String {
    let hasGates = Set(report.rules.map(\.gate)).count > 1
    let gate = hasGates ? "\(power.gate): " : ""
    var html = "<section>\n<h2>\(clean(gate + PowerWording.headline(power)))</h2>\n"
    html += facts(PowerWording.facts(power))
    html += figure(
      PowerCurve(
        "Chance of each verdict against the true loss", power.curve, margin: power.margin, alpha: power.alpha,
        unit: PowerWording.Unit(power.rule)), "rule-\(index)")
    return html + notes(power.caveats.map { "note: \($0)" }) + "</section>\n"
  }

  private static func figure(_ curve: PowerCurve?, _ id: String) -> String {
    guard let curve else { return "" }
    return
      "<figure><figcaption>\(clean(curve.title))</figcaption><div class=\"scroll\">\(curve.svg(id: id))</div></figure>\n"
  }

  private static func facts(_ facts: [PowerWording.Fact]) -> String {
    guard !facts.isEmpty else { return "" }
    return "<dl>\n" + facts.map { "<dt>\(clean($0.label))</dt><dd>\(clean($0.text))</dd>\n" }.joined() + "</dl>\n"
  }

  private static func notes(_ texts: [String]) -> String {
    texts.map { "<p class=\"note\">\(clean($0))</p>\n" }.joined()
  }

  private static func replay(_ report: PowerReport) -> String {
    guard let title = PowerWording.replay(report) else { return "" }
    let rows = report.replay.map {
      [
        RunName.short($0.run), $0.time?.forReports ?? "", $0.gate, $0.verdict?.rawValue ?? "", $0.now.rawValue,
        $0.blocks ? "blocked" : "",
      ]
    }
    return "<section>\n<h2>\(clean(title))</h2>\n"
      + table(["run", "when", "gate", "verdict then", "verdict now", "merge"], rows) + "</section>\n"
  }

  private static func table(_ header: [String], _ rows: [[String]]) -> String {
    func cells(_ row: [String]) -> String {
      row.enumerated().map {
        $0 == 0 ? "<th scope=\"row\">\(clean($1))</th>" : "<td>\(clean($1))</td>"
      }.joined()
    }
    return "<div class=\"scroll\"><table>\n<thead><tr>" + header.map { "<th>\(clean($0))</th>" }.joined()
      + "</tr></thead>\n<tbody>\n" + rows.map { "<tr>\(cells($0))</tr>\n" }.joined() + "</tbody>\n</table></div>\n"
  }

  private static func clean(_ text: String) -> String { Escaping.html(text) }

  private static let style = """
    header { border-color: var(--accent); }
    svg .rest { fill: var(--soft); } svg .passes { fill: var(--pass); fill-opacity: .18; }
    svg .fails { fill: var(--fail); fill-opacity: .18; }
    svg .pass-edge { fill: none; stroke: var(--pass); stroke-width: 2.5; }
    svg .fail-edge { fill: none; stroke: var(--fail); stroke-width: 2.5; stroke-dasharray: 7 3; }
    svg .equal { stroke: var(--dim); stroke-width: 1; stroke-dasharray: 2 4; }
    svg .promise { stroke: var(--dim); stroke-width: 1; stroke-dasharray: 5 4; }
    svg .name { font-weight: 600; }
    """
}
