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
        pawl plan --force --jobs 4            how long all of it would take
      """)

  @Argument(help: "The workflow, and the stages that are wanted.")
  var names: [String] = []

  @OptionGroup var common: CommonOptions
  @OptionGroup var workflow: WorkflowOptions
  @OptionGroup var execution: ExecutionOptions

  func perform() throws -> ExitStatus {
    let (file, stages) = try WorkflowFile.find(names, from: common.start)
    var options = RunOptions()
    try execution.apply(to: &options)
    // A plan is no promise of a machine: a name is not asked for where none is told.
    if options.offered?.isEmpty ?? false { options.offered = nil }
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
    // A name that means nothing is a usage error, as a stage that is asked for.
    _ = try session.plan.limited(to: options.force.names)
    session.workspace.save()
    let forecasts = session.forecasts
    let time = session.times.span(session.plan, capacity: session.capacity).map {
      PlanTime(seconds: $0, jobs: options.jobs)
    }
    if common.format == .json {
      Console.answer(
        PlanJSON.render(
          workflow: session.workflow.name, forecasts, time: time, auditShare: session.workflow.auditShare))
    } else {
      Console.complain(session.diagnostics)
      let style = Console.style(for: 1, colour: common.color)
      Console.answer(PlanText.lines(workflow: session.workflow.name, forecasts, time: time, style: style))
      if session.workflow.auditShare > 0, forecasts.contains(where: { $0.forecast == .reuse }) {
        Console.answer(["", Wording.audits(planned: session.workflow.auditShare)])
      }
    }
    return .ok
  }
}
