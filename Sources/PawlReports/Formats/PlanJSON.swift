import PawlCore
import PawlFormats

/// `pawl plan --format json` (contract §5): schema `pawl.plan/1`; `audit` is the share of reused results that a run would
/// make again.
package enum PlanJSON {
  package static func render(workflow: String, _ forecasts: [PlanForecast], auditShare: Double = 0) -> String {
    var json = JSONWriter(.pretty)
    json.object { json in
      json.member("schema", "pawl.plan/1")
      json.member("workflow", workflow)
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
      json.member("why", forecast.why.map { Numbers.forMachines(Wording.reason($0)) })
    }
  }
}
