import ArgumentParser
import Glibc
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem
import PawlWorkflow

struct RunCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Plan, execute what is not up to date, judge, report.",
    discussion: """
      Examples:
        pawl run Workflows/penguins.yml
        pawl run Workflows/penguins.yml train --set train.rate=0.05
        pawl run --promote            make the candidate production when every gate passes
      """)

  @Argument(help: "The workflow, and the stages that are wanted (with all they need).")
  var names: [String] = []

  @OptionGroup var common: CommonOptions
  @OptionGroup var workflow: WorkflowOptions
  @OptionGroup var execution: ExecutionOptions

  @Flag(help: "Go on with what does not depend on a stage that failed.")
  var keepGoing = false

  @Flag(help: "What would have to run is an error (status 3); with --reuse-only STAGE only for that stage; repeatable.")
  var reuseOnly = false

  @Option(help: .hidden)
  var reuseOnlyStage: [String] = []

  @Option(
    help: ArgumentHelp(
      "Make this share of reused results again and compare, such as 100%; in place of the workflow's own.",
      valueName: "SHARE"))
  var audit: String?

  @Flag(help: "Promote the candidate when every gate passes.")
  var promote = false

  @Flag(help: "Allow the first record of a baseline.")
  var bootstrap = false

  @Flag(help: "Promote although the work tree has uncommitted changes.")
  var allowDirty = false

  @Flag(help: "Promote although a rule was waived.")
  var allowWaived = false

  @Flag(help: "Promote although a rule is inconclusive.")
  var allowInconclusive = false

  @Option(help: "Why it is promoted, for the record.")
  var reason: String?

  @Option(help: ArgumentHelp("Where reports go (default: pawl-report).", valueName: "DIR"))
  var reportDir: String?

  @Option(help: ArgumentHelp("Where stages run: local.", valueName: "NAME"))
  var executor: String?

  @Option(help: ArgumentHelp("The longest time that the run may take, such as 2h.", valueName: "TIME"))
  var timeout: String?

  func perform() throws -> ExitStatus {
    if let executor, executor != "local" {
      throw Failure(
        Diagnostic(
          "usage.executor", "executor `\(executor)` is not supported yet",
          remedy: "leave `--executor` out: stages run here"))
    }
    let options = try runOptions()
    let (file, stages) = try WorkflowFile.find(names, from: common.start)
    let launch = RunLaunch(
      file: file, stages: stages, screen: common.screen, overrides: workflow.overrides(from: common.start),
      options: options,
      reportFolder: reportDir.map { Disk(root: common.start).absolute($0) })
    return try launch.run()
  }

  private func runOptions() throws(Failure) -> RunOptions {
    var options = RunOptions()
    if bootstrap, !promote {
      throw Failure(
        Diagnostic(
          "usage.bootstrap", "`--bootstrap` allows a first promotion and does nothing alone", remedy: "add `--promote`")
      )
    }
    try execution.apply(to: &options)
    options.keepsGoing = keepGoing
    options.reuseOnly = reuseOnly ? .all : reuseOnlyStage.isEmpty ? .none : .stages(reuseOnlyStage)
    options.audit = try audit.map(share)
    options.promotes = promote
    options.bootstraps = bootstrap
    options.allowsDirty = allowDirty
    options.allowsWaived = allowWaived
    options.allowsInconclusive = allowInconclusive
    options.reason = reason
    let variables = Environment.all()
    options.who = variables["GITHUB_ACTOR"] ?? variables["GITLAB_USER_LOGIN"] ?? variables["USER"]
    options.attempt = ContinuousIntegration.attempt(variables)
    options.timeout = try timeout.map(seconds)
    return options
  }

  private func share(_ text: String) throws(Failure) -> Double {
    guard let share = Units.share(text) else {
      throw Failure(
        Diagnostic(
          "usage.audit", "`--audit \(text)` is no share from 0 to 1", remedy: "write it such as `--audit 2%` or `0.02`")
      )
    }
    let other = execution.noCache ? "--no-cache" : execution.force ? "--force" : reuseOnly ? "--reuse-only" : nil
    if share > 0, let other {
      throw Failure(
        Diagnostic(
          "usage.audit", "`--audit` and `\(other)` exclude each other",
          cause: "an audit makes reused results again, and here none is reused or none may be made",
          remedy: "leave one of them out"))
    }
    return share
  }

  private func seconds(_ text: String) throws(Failure) -> Double {
    guard let seconds = Units.duration(text), seconds > 0 else {
      throw Failure(
        Diagnostic("usage.timeout", "`--timeout \(text)` is no time", remedy: "write it with its unit, such as `2h`"))
    }
    return seconds
  }
}
