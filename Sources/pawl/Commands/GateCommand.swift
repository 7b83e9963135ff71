import ArgumentParser
import PawlCore
import PawlEngine
import PawlGate
import PawlReports
import PawlSystem
import PawlWorkflow

struct GateCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "gate",
    abstract: "The gate alone, on files that exist already.",
    discussion: """
      Examples:
        pawl gate --candidate new.json --baseline old.json --rule "accuracy >= baseline - 1pt"
        pawl gate --candidate new.csv --baseline old.csv --policy gate.yaml
        pawl gate --candidate 'new/*.json' --baseline 'old/*.json' --rule "loss <= baseline + 2%"   seeds
        pawl gate --candidate run:latest --policy gate.yaml --policy-from origin/main
        pawl gate --candidate new.csv --policy gate.yaml --why      what is left of the test set's budget
      """)

  @Option(
    help: ArgumentHelp("The candidate's metrics or rows; repeatable, or a glob: replicates.", valueName: "SOURCE"))
  var candidate: [String] = []

  @Option(help: ArgumentHelp("The baseline's metrics or rows; repeatable, or a glob.", valueName: "SOURCE"))
  var baseline: [String] = []

  @Option(help: ArgumentHelp("Rules, directions and columns: the body of a gate stage.", valueName: "FILE"))
  var policy: String?

  @Option(help: ArgumentHelp("A rule in one line; repeatable.", valueName: "RULE"))
  var rule: [String] = []

  @Option(help: ArgumentHelp("Waivers beside those that the policy names.", valueName: "FILE"))
  var waivers: String?

  @Option(help: ArgumentHelp("Take the policy and its waivers from this revision.", valueName: "REV"))
  var policyFrom: String?

  @Option(help: ArgumentHelp("Which evidence of a source that holds several: evaluate[variant=a].", valueName: "STAGE"))
  var stage: String?

  @Flag(help: "Judge nothing: say what is left of the test set's budget of looks, and what a look costs.")
  var why = false

  @Option(help: ArgumentHelp("Write all reports into this folder.", valueName: "DIR"))
  var reportDir: String?

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let disk = Disk(root: common.start)
    guard !candidate.isEmpty else {
      throw Failure(
        Diagnostic("usage.no-candidate", "there is nothing to judge", remedy: "give it: --candidate new.json"))
    }
    let reader = PolicyReading(
      disk: disk, file: policy, rules: rule, waivers: waivers, revision: policyFrom, needsRules: !why)
    let launch = GateLaunch(
      disk: disk, policy: try reader.read(), file: policy, candidate: candidate, baseline: baseline, stage: stage)
    if why {
      Console.answer(try launch.explain())
      return .ok
    }
    let judged = try launch.judge()
    let record = launch.record(of: judged)
    let status = record.conclusion.status
    Console.complain(judged.diagnostics)
    if let reportDir { ReportFolder(disk: disk).attempt(record, to: [disk.absolute(reportDir)]) }
    ContinuousIntegration.tell(record, Environment.all(), disk: disk, reportFolder: reportDir ?? "")
    if common.format == .json {
      Console.answer(ResultJSON.render(record, ReportOptions()))
    } else {
      let style = Console.style(for: 1, colour: common.color)
      Console.answer(GateShort.lines(judged.result, exitStatus: status, style: style))
    }
    return status
  }
}
