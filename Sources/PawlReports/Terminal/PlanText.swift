import PawlCore

/// `pawl plan` for people: what would run, and why.
package enum PlanText {
  /// - Parameter time: how long it would take; nil where nobody knows.
  package static func lines(
    workflow: String, _ forecasts: [PlanForecast], time: PlanTime? = nil, style: Style
  ) -> [String] {
    var lines = Columns.wrap(Terminal.safe(headline(workflow, forecasts, time), style), style.width, later: "  ")
    let names = forecasts.map { Terminal.safe($0.stage.id.name, style) }
    let nameWidth = min(names.map(Columns.width).max() ?? 0, style.width / 2)
    for (forecast, name) in zip(forecasts, names) {
      let (sign, paint) = sign(forecast.forecast)
      let start = "  " + style.mark(sign, paint) + " "
      let said = Wording.why(forecast).map {
        Terminal.safe((forecast.forecast == .skip ? "would not run: " : "") + $0, style)
      }
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

  private static func headline(_ workflow: String, _ forecasts: [PlanForecast], _ time: PlanTime?) -> String {
    let shown = forecasts.filter { $0.stage.subject == .candidate }
    let run = shown.filter { $0.forecast == .run }.count
    let open = shown.filter { $0.forecast == .undetermined }.count
    let skipped = shown.filter { $0.forecast == .skip }.count
    if run == 0, open == 0, skipped == 0 {
      return "\(workflow): \(Numbers.plural(shown.count, "stage")), all up to date"
    }
    var text = "\(workflow): \(run) of \(Numbers.plural(shown.count, "stage")) would run"
    if open > 0 { text += ", \(open) \(open == 1 ? "depends" : "depend") on what they make" }
    guard let time, run + open > 0, time.seconds >= 0.001 else { return text }
    return text + ", about \(Numbers.duration(time.seconds))" + (time.jobs > 1 ? " with \(time.jobs) jobs" : "")
  }

  private static func sign(_ forecast: PlanForecast.Forecast) -> (String, Style.Paint) {
    switch forecast {
    case .reuse: ("↻", .good)
    case .run: ("▸", .bold)
    case .skip: ("–", .dim)
    case .undetermined: ("?", .doubt)
    }
  }
}
