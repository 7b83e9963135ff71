import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports
import PawlWorkflow

struct CheckCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate workflows: every problem in one pass, with its place and remedy.",
    discussion: """
      Examples:
        pawl check                          all of Workflows/
        pawl check Workflows/penguins.yml
        pawl check --schema > pawl.schema.json
      """)

  @Argument(help: "Workflow files (default: all of Workflows/).")
  var files: [String] = []

  @OptionGroup var common: CommonOptions
  @OptionGroup var workflow: WorkflowOptions

  @Flag(help: "Print the JSON Schema of workflows, for editors.")
  var schema = false

  func perform() throws -> ExitStatus {
    if schema {
      Console.answer(WorkflowSchema.json)
      return .ok
    }
    let names = files.isEmpty ? try WorkflowFile.all(from: common.start) : files
    guard !names.isEmpty else {
      throw Failure(
        Diagnostic("usage.no-workflow", "there is no workflow in `Workflows/`", remedy: "name one: pawl check FILE"))
    }
    var all: [Diagnostic] = []
    for name in names {
      do {
        let file = try WorkflowFile.at(name, common.start)
        var heads = BaselineHeads()
        all += try Session.load(file, workflow.overrides(from: common.start), heads: &heads).diagnostics
      } catch {
        all += error.diagnostics
      }
    }
    let errors = all.filter { $0.severity == .error }.count
    if common.format == .json {
      Console.answer(DiagnosticsJSON.render(all))
    } else {
      let style = Console.style(for: 1, colour: common.color)
      Console.answer(DiagnosticText.render(all, style))
      let checked = names.count == 1 ? "`\(names[0])`" : "\(names.count) workflows"
      Console.answer(
        errors > 0 ? "\(DiagnosticText.tally(all)), nothing was run" : "\(checked): \(DiagnosticText.tally(all))")
    }
    return errors > 0 ? .usage : .ok
  }
}
