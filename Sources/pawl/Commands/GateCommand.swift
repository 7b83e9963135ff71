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
      """)

  @Option(
    help: ArgumentHelp("The candidate's metrics or rows; repeatable, or a glob: replicates.", valueName: "SOURCE"))
  var candidate: [String]

  @Option(help: ArgumentHelp("The baseline's metrics or rows; repeatable, or a glob.", valueName: "SOURCE"))
  var baseline: [String] = []

  @Option(help: ArgumentHelp("Rules, directions and columns: the body of a gate stage.", valueName: "FILE"))
  var policy: String?

  @Option(help: ArgumentHelp("A rule in one line; repeatable.", valueName: "RULE"))
  var rule: [String] = []

  @Option(help: ArgumentHelp("Write all reports into this folder.", valueName: "DIR"))
  var reportDir: String?

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let disk = Disk(root: common.start)
    let policy = try readPolicy(disk)
    var exhibit = ExhibitEvidence(name: "gate", candidate: [])
    exhibit.candidate = try replicates(candidate, policy, disk)
    // What the policy names counts where the command line names none.
    var baseline = baseline
    if baseline.isEmpty, let reference = policy.baseline {
      switch reference.origin {
      case .named(let name): baseline = ["baseline:" + name]
      case .source(let source): baseline = [source]
      }
    }
    exhibit.baseline = try replicates(baseline, policy, disk)
    if baseline.isEmpty {
      exhibit.baselineProblem = Diagnostic(
        "baseline.none", "there is no baseline to compare with", remedy: "give one: --baseline old.json")
    }
    var use: BaselineUse?
    if !baseline.isEmpty { use = BaselineUse(name: baseline.joined(separator: ", ")) }
    let evidence = GateEvidence(exhibits: [exhibit], baseline: use, seed: try seed(disk))
    let result = judge(policy, on: evidence, name: "gate")
    let record = replay(result)
    let status = record.conclusion.status
    if let reportDir { try ReportFolder(disk: disk).write(record, to: [disk.absolute(reportDir)]) }
    ContinuousIntegration.tell(record, Environment.all(), disk: disk, reportFolder: reportDir ?? "")
    if common.format == .json {
      Console.answer(ResultJSON.render(record, ReportOptions()))
    } else {
      let style = Console.style(for: 1, colour: common.color)
      Console.answer(GateShort.lines(result, exitStatus: status, style: style))
    }
    return status
  }

  private func readPolicy(_ disk: Disk) throws(Failure) -> GatePolicy {
    var problems: [Diagnostic] = []
    var found = GatePolicy(rules: [])
    if let policy {
      guard let bytes = try disk.read(policy) else {
        throw Failure(Diagnostic("usage.no-file", "`\(policy)` does not exist", remedy: "give the policy's path"))
      }
      found = try PolicyLoader.load(bytes, file: policy, tree: disk, store: "baselines")
    }
    for line in rule {
      do {
        found.rules.append(try PolicyLoader.rule(line, metrics: found.metrics, at: nil))
      } catch {
        problems += error.diagnostics
      }
    }
    if !problems.isEmpty { throw Failure(problems) }
    guard !found.rules.isEmpty else {
      throw Failure(
        Diagnostic(
          "usage.no-rules", "a gate without rules decides nothing",
          remedy: "add --rule \"accuracy >= baseline - 1pt\", or --policy gate.yaml"))
    }
    return found
  }

  private func replicates(
    _ sources: [String], _ policy: GatePolicy, _ disk: Disk
  ) throws(Failure) -> [Replicate] {
    var replicates: [Replicate] = []
    for source in sources { replicates += try SourceReader(disk: disk, spec: policy.predictions).read(source) }
    return replicates
  }

  private func seed(_ disk: Disk) throws(Failure) -> UInt64 {
    var text = ""
    for source in candidate + baseline {
      if !Glob.isPattern(source), let bytes = try? disk.read(source) { text += Digester.digest(bytes).hex }
    }
    return Digester.digest(text).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The two events of a gate without a run, so that reports have a record like any other.
  private func replay(_ result: GateResult) -> RunRecord {
    let now = WallClock.now()
    let head = RunHead(id: nil, workflow: "gate", file: policy ?? "", version: Version.text)
    var record = RunRecord()
    record.apply(Event(sequence: 1, time: now, kind: .runPlanned(head, [])))
    record.apply(Event(sequence: 2, time: now, kind: .gateJudged(StageID(result.name), result)))
    let (verdict, status) = record.conclusion
    record.apply(Event(sequence: 3, time: now, kind: .runFinished(verdict, status)))
    return record
  }
}
