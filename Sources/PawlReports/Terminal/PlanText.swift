import PawlCore

/// `pawl plan` for people: what would run, and why.
package enum PlanText {
  package static func lines(workflow: String, _ forecasts: [PlanForecast], style: Style) -> [String] {
    var lines = Columns.wrap(Terminal.safe(headline(workflow, forecasts), style), style.width, later: "  ")
    let names = forecasts.map { Terminal.safe($0.stage.id.name, style) }
    let nameWidth = min(names.map(Columns.width).max() ?? 0, style.width / 2)
    for (forecast, name) in zip(forecasts, names) {
      let (sign, paint) = sign(forecast.forecast)
      let start = "  " + style.mark(sign, paint) + " "
      let said = why(forecast).map { Terminal.safe($0, style) }
      let margin = 3 + style.markWidth
      let room = style.width - margin
      let hang = String(repeating: " ", count: min(nameWidth + 2, room / 2))
      let first = Columns.pad(name, nameWidth) + "  " + (said.first ?? "")
      let wrapped = Columns.wrap(first, room, later: hang)
      lines += wrapped.enumerated().map {
        $0 == 0 ? start + $1 : String(repeating: " ", count: margin) + $1
      }
      for more in said.dropFirst() {
        lines += Columns.wrap(more, style.width, indent: String(repeating: " ", count: margin) + hang)
      }
    }
    return lines
  }

  private static func headline(_ workflow: String, _ forecasts: [PlanForecast]) -> String {
    let shown = forecasts.filter { $0.stage.subject == .candidate }
    let run = shown.filter { $0.forecast == .run }.count
    let open = shown.filter { $0.forecast == .undetermined }.count
    if run == 0, open == 0 { return "\(workflow): \(Numbers.plural(shown.count, "stage")), all up to date" }
    var text = "\(workflow): \(run) of \(Numbers.plural(shown.count, "stage")) would run"
    if open > 0 { text += ", \(open) \(open == 1 ? "depends" : "depend") on what they make" }
    let times = shown.filter { $0.forecast == .run || $0.forecast == .undetermined }.map(\.seconds)
    let known = times.compactMap { $0 }
    if !known.isEmpty, known.count == times.count { text += ", about \(Numbers.duration(known.reduce(0, +)))" }
    return text
  }

  private static func sign(_ forecast: PlanForecast.Forecast) -> (String, Style.Paint) {
    switch forecast {
    case .reuse: ("↻", .good)
    case .run: ("▸", .bold)
    case .skip: ("–", .dim)
    case .undetermined: ("?", .doubt)
    }
  }

  private static func why(_ forecast: PlanForecast) -> [String] {
    guard forecast.why.isEmpty else { return forecast.why.map(Wording.reason) }
    switch forecast.forecast {
    case .reuse: return ["up to date"]
    case .run: return ["would run"]
    case .skip: return ["would not run"]
    case .undetermined: return ["depends on what runs before it"]
    }
  }
}
