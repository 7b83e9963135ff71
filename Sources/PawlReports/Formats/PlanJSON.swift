import PawlCore
import PawlFormats

/// `pawl plan --format json` (contract §5): schema `pawl.plan/1`; `audit` is the share of reused results that a run would
/// make again.
package enum PlanJSON {
  package static func render(
    workflow: String, _ forecasts: [PlanForecast], time: PlanTime? = nil, auditShare: Double = 0
  ) -> String {
    var json = JSONWriter(.pretty)
    json.object { json in
      json.member("schema", "pawl.plan/1")
      json.member("workflow", workflow)
      if let time {
        json.member("seconds", ResultJSON.milliseconds(time.seconds))
        json.member("jobs", time.jobs)
      }
      if auditShare > 0 { json.member("audit", Value.number(Number(auditShare))) }
      json.key("stages")
      json.array { json in for forecast in forecasts { stage(forecast, &json) } }
    }
    json.newline()
    return json.text
  }

  private static func stage(_ forecast: PlanForecast, _ json: inout JSONWriter) {
    json.object { json in
      json.member("name", forecast.stage.id.name)
      json.member("kind", forecast.stage.kind)
      json.member("commands", forecast.stage.commands)
      json.member("directory", forecast.directory.isEmpty ? "." : forecast.directory)
      json.member("inputs", forecast.inputs)
      json.member("outputs", forecast.outputs)
      json.member("needs", forecast.stage.needs.map(\.name))
      json.member("forecast", forecast.forecast.rawValue)
      json.member("why", Wording.why(forecast).map(Numbers.forMachines))
      if let seconds = forecast.seconds { json.member("seconds", ResultJSON.milliseconds(seconds)) }
    }
  }
}
