import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

struct PlanCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "What would run, in which order and why, without running anything.",
    discussion: """
      Examples:
        pawl plan Workflows/penguins.yml
        pawl plan Workflows/penguins.yml --set train.rate=0.05 --format json
      """)

  @Argument(help: "The workflow, and the stages that are wanted.")
  var names: [String] = []

  @OptionGroup var common: CommonOptions
  @OptionGroup var workflow: WorkflowOptions

  func perform() throws -> ExitStatus {
    let (file, stages) = try WorkflowFile.find(names, from: common.start)
    var options = RunOptions()
    options.jobs = Machine.cores
    let overrides = workflow.overrides(from: common.start)
    let result = Waiting.run { [options] in
      do throws(Failure) {
        let session = try await Session.open(file, stages: stages, overrides: overrides, options: options)
        return Result<Session, Failure>.success(session)
      } catch {
        return .failure(error)
      }
    }
    let session = try result.get()
    session.workspace.save()
    let forecasts = session.forecasts.map { forecast in
      var forecast = forecast
      if session.forecast.skips[forecast.stage.id] != nil { (forecast.forecast, forecast.why) = (.skip, []) }
      return forecast
    }
    if common.format == .json {
      Console.answer(
        PlanJSON.render(
          workflow: session.workflow.name, forecasts, auditShare: session.workflow.auditShare))
    } else {
      Console.complain(session.diagnostics)
      let style = Console.style(for: 1, colour: common.color)
      Console.answer(PlanText.lines(workflow: session.workflow.name, forecasts, style: style))
      let skips = forecasts.compactMap { forecast in
        session.forecast.skips[forecast.stage.id].map { "\(forecast.stage.id) would not run: \(Wording.skip($0))" }
      }
      if !skips.isEmpty { Console.answer([""] + skips.map(Escaping.terminal)) }
      if session.workflow.auditShare > 0, forecasts.contains(where: { $0.forecast == .reuse }) {
        Console.answer(["", Wording.audits(planned: session.workflow.auditShare)])
      }
    }
    return .ok
  }
}
