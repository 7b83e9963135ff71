import ArgumentParser
import PawlCore
import PawlEngine
import PawlGate
import PawlReports
import PawlSystem
import PawlWorkflow

struct PowerCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "power",
    abstract: "What a gate can see: how often it blocks an equal model, and which loss it sees; nothing is run.",
    discussion: """
      Examples:
        pawl power Workflows/penguins.yml                  the gates of a workflow
        pawl power --rows 2000 --disagree 5% --margin 1pt  a test set
        pawl power --disagree 5% --margin 1pt              the rows that it takes
        pawl power --rows 2000 --disagree 5%               the margin that it decides
        pawl power --disagree 5% --margin 1pt --looks 32   the price of 32 looks
        pawl power --rows 2000 --sd 0.4 --margin 0.02      a mean of numbers
        pawl power --policy gate.yaml --baseline old.csv --candidate new.csv
      An area under the ROC curve:
        pawl power --auc 0.9 --positives 200 --negatives 800 --correlation 0.8
      """)

  @Argument(help: "The workflow, and the gates that are wanted.")
  var names: [String] = []

  @Option(help: ArgumentHelp("Rules and columns instead of a workflow: the body of a gate stage.", valueName: "FILE"))
  var policy: String?

  @Option(help: ArgumentHelp("With --policy: a second model on the same rows; repeatable.", valueName: "SOURCE"))
  var candidate: [String] = []

  @OptionGroup(title: "Planning") var asked: PowerOptionsAsked
  @OptionGroup var workflow: WorkflowOptions
  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("Write power.json and power.html into this folder.", valueName: "DIR"))
  var reportDir: String?

  func perform() throws -> ExitStatus {
    let report = try report()
    if let reportDir { try write(report, to: reportDir) }
    if common.format == .json {
      Console.answer(exactly: PowerJSON.render(report))
    } else {
      Console.answer(PowerText.lines(report, style: Console.style(for: 1, colour: common.color)))
    }
    return .ok
  }

  private func write(_ report: PowerReport, to folder: String) throws(Failure) {
    let disk = Disk(root: common.start)
    let folder = disk.absolute(folder)
    try disk.makeFolder(folder)
    try disk.write(folder + "/power.json", Array(PowerJSON.render(report).utf8))
    let page = PowerHTML.render(report, version: Version.text)
    try disk.write(folder + "/power.html", Array(page.utf8))
    Console.progress("written: \(folder)/power.html")
  }

  private func report() throws(Failure) -> PowerReport {
    if names.isEmpty, policy == nil, asked.isPlan { return try asked.report() }
    if let option = asked.planOnly {
      throw Failure(
        Diagnostic(
          "usage.power", "`\(option)` plans a test set, and a gate's rules and rows say that themselves",
          remedy: "leave out the \(policy == nil ? "workflow" : "policy"), or the option"))
    }
    let disagreement = try asked.disagree.map { text throws(Failure) in try PowerNumber.share(text, "--disagree") }
    if let policy { return try onFiles(policy, disagreement) }
    guard candidate.isEmpty else {
      throw Failure(
        Diagnostic(
          "usage.power", "`--candidate` goes with `--policy`", remedy: "a workflow's own runs are the second model"))
    }
    do {
      return try onWorkflow(try WorkflowFile.find(names, from: common.start), disagreement)
    } catch {
      // Without any workflow the share alone says what rows it takes.
      let isAbsent = error.diagnostics.contains { $0.code == "usage.no-workflow" }
      if isAbsent, names.isEmpty, asked.disagree != nil { return try asked.report() }
      throw error
    }
  }

  // MARK: A workflow

  private func onWorkflow(
    _ found: (file: WorkflowFile, stages: [String]), _ disagreement: Double?
  ) throws(Failure) -> PowerReport {
    var heads = BaselineHeads()
    let (loaded, _) = try Session.load(found.file, workflow.overrides(from: common.start), heads: &heads)
    let sources = PowerSources(project: found.file.project, workflow: loaded, heads: heads)
    let gates = sources.gates
    if let unknown = found.stages.first(where: { name in !gates.contains { $0.stage.id.name == name } }) {
      let names = gates.map(\.stage.id.name)
      throw Failure(
        Diagnostic(
          "usage.no-gate", "`\(unknown)` is no gate of `\(found.file.shown)`",
          cause: names.isEmpty ? "it has none" : "it has: " + names.map { "`\($0)`" }.joined(separator: ", "),
          remedy: Suggestion.nearest(to: unknown, in: names).map { "did you mean `\($0)`?" }))
    }
    guard !gates.isEmpty else {
      throw Failure(
        Diagnostic(
          "usage.no-gate", "`\(found.file.shown)` has no gate",
          remedy: "plan one: pawl power --rows 2000 --disagree 5% --margin 1pt"))
    }
    var report = PowerReport(title: loaded.name)
    for (stage, gate) in gates where found.stages.isEmpty || found.stages.contains(stage.id.name) {
      var evidence = sources.evidence(of: gate, stage)
      evidence.disagreement = disagreement
      add(evidence, to: &report, shown: ShellText.quoted(found.file.shown))
      let (runs, caveats) = sources.replay(of: gate, stage, now: WallClock.now())
      report.replay += runs
      report.caveats += caveats.filter { !report.caveats.contains($0) }
    }
    return report
  }

  /// - Parameter shown: what was asked, for a shell.
  private func add(_ evidence: PowerEvidence, to report: inout PowerReport, shown: String) {
    let rules = PowerMeter(evidence).measure()
    report.rules += rules
    for exhibit in evidence.exhibits {
      if let second = evidence.second[exhibit.name] {
        let note = "the second model of `\(exhibit.name)` is of \(second)"
        if !report.caveats.contains(note) { report.caveats.append(note) }
      }
      guard exhibit.baseline.isEmpty, let problem = exhibit.baselineProblem else { continue }
      let remedies = [
        problem.remedy, "plan a test set before any model: pawl power --rows 2000 --disagree 5% --margin 1pt",
      ].compactMap { $0 }
      report.remedies += remedies.filter { !report.remedies.contains($0) }
    }
    let isUnknown = rules.contains { rule in
      rule.disagreement == nil && rule.rows != nil && rule.chances == nil
        && rule.caveats.contains { $0.hasPrefix("only one model") }
    }
    if isUnknown {
      let next = "assume a disagreement: pawl power \(shown) --disagree 5%"
      if !report.remedies.contains(next) { report.remedies.append(next) }
    }
  }

  // MARK: Files

  private func onFiles(_ policy: String, _ disagreement: Double?) throws(Failure) -> PowerReport {
    guard names.isEmpty else {
      throw Failure(
        Diagnostic("usage.power", "a workflow has its own policy", remedy: "leave out `\(names[0])`, or `--policy`"))
    }
    let disk = Disk(root: common.start)
    let found = try PolicyReading(
      disk: disk, file: policy, rules: [], waivers: nil, revision: workflow.policyFrom, needsRules: true
    ).read()
    var exhibit = ExhibitEvidence(name: "gate", candidate: [])
    let reader = SourceReader(disk: disk, spec: found.predictions, store: found.baseline?.store)
    for source in candidate { exhibit.candidate += try reader.read(source) }
    if let source = workflow.baseline {
      exhibit.baseline = try reader.read(source)
    } else if let reference = found.baseline {
      // Not typed, so that it may be absent: then there is less to say.
      let name = if case .named(let name) = reference.origin { "baseline:" + name } else { reference.name }
      do throws(Failure) {
        exhibit.baseline = try reader.read(name)
      } catch {
        exhibit.baselineProblem = error.diagnostics.first
      }
    }
    if exhibit.baseline.isEmpty, exhibit.baselineProblem == nil {
      exhibit.baselineProblem = Diagnostic(
        "baseline.none", "there is no baseline to measure on", remedy: "give one: --baseline old.csv")
    }
    if let problem = (exhibit.baseline + exhibit.candidate).lazy.compactMap(\.problem).first { throw Failure(problem) }
    var evidence = PowerEvidence(gate: "gate", policy: found, exhibits: [exhibit])
    if !candidate.isEmpty { evidence.second["gate"] = candidate.joined(separator: ", ") }
    evidence.disagreement = disagreement
    var report = PowerReport(title: policy)
    var shown = "--policy \(ShellText.quoted(policy))"
    if let given = workflow.baseline { shown += " --baseline \(ShellText.quoted(given))" }
    add(evidence, to: &report, shown: shown)
    return report
  }
}

/// What can be asked before any training.
struct PowerOptionsAsked: ParsableArguments {
  @Option(help: "Rows of the test set.") var rows: Int?
  @Option(help: ArgumentHelp("Share of rows on which exactly one model is right.", valueName: "5%")) var disagree:
    String?
  @Option(help: ArgumentHelp("The loss that the rule allows.", valueName: "1pt")) var margin: String?
  @Option(help: ArgumentHelp("One-sided (default: 95%).", valueName: "95%")) var confidence: String?
  @Option(help: ArgumentHelp("Looks that share the error: the test set's budget.", valueName: "N")) var looks: Int?
  @Option(help: "What a look tells: pass-only, none, full.") var feedback: TestSetPolicy.Feedback?
  @Option(help: ArgumentHelp("accuracy, auc, or with --sd any mean of rows.", valueName: "NAME")) var metric: String?
  @Option(help: ArgumentHelp("Standard deviation of the two models' difference on a row.", valueName: "S"))
  var sd: String?
  @Option(
    help: ArgumentHelp("Of the two models' scores; with --sd: of their numbers, then S is one model's.", valueName: "R")
  )
  var correlation: String?
  @Option(help: "With --metric auc: rows of the positive class.") var positives: Int?
  @Option(help: "With --metric auc: rows of the negative class.") var negatives: Int?
  @Option(help: ArgumentHelp("With --metric auc: the area of both models.", valueName: "A")) var auc: String?

  /// Whether a test set is planned rather than a gate measured.
  var isPlan: Bool { planOnly != nil }

  /// An option that only a plan has.
  var planOnly: String? {
    let given: [(String, Bool)] = [
      ("--rows", rows != nil), ("--margin", margin != nil), ("--confidence", confidence != nil),
      ("--looks", looks != nil), ("--feedback", feedback != nil), ("--metric", metric != nil), ("--sd", sd != nil),
      ("--correlation", correlation != nil), ("--positives", positives != nil), ("--negatives", negatives != nil),
      ("--auc", auc != nil),
    ]
    return given.first(where: \.1)?.0
  }

  func report() throws(Failure) -> PowerReport {
    let level = try confidence.map { text throws(Failure) in try PowerNumber.share(text, "--confidence") } ?? 0.95
    guard level > 0.5, level < 1 else {
      throw PowerNumber.bad(
        "`--confidence \(confidence ?? "")` is not between 50 % and 100 %", "write for instance `95%`")
    }
    // 1 − 0.95 is not 0.05: the nearest short decimal is what was meant.
    let alpha = ((1 - level) * 1e12).rounded() / 1e12
    var plan = PowerPlan(try kind(), alpha: alpha > 0 ? alpha : 1 - level)
    if let rows {
      guard rows > 0, rows <= 1_000_000_000 else {
        throw PowerNumber.bad("`--rows \(rows)` is not a number of rows", "write for instance `--rows 2000`")
      }
      plan.rows = rows
    }
    plan.margin = try margin.map { text throws(Failure) in try PowerNumber.margin(text) }
    if case .outcomes = plan.kind, let margin = plan.margin, margin >= 1 {
      throw PowerNumber.bad("`--margin \(self.margin ?? "")` allows every loss", "write for instance `1pt`")
    }
    plan.testSet = try testSet()
    guard let report = PowerPlanner.plan(plan) else {
      throw PowerNumber.bad("these numbers plan no test set", "try: pawl power --rows 2000 --disagree 5% --margin 1pt")
    }
    return report
  }

  private func testSet() throws(Failure) -> TestSetPolicy? {
    guard let looks else {
      if feedback != nil { throw PowerNumber.bad("`--feedback` goes with `--looks`", "add for instance `--looks 32`") }
      return nil
    }
    guard looks > 0, looks <= 1_000_000 else {
      throw PowerNumber.bad("`--looks \(looks)` is not a number of looks", "write for instance `--looks 32`")
    }
    return TestSetPolicy(budget: looks, feedback: feedback ?? .passOnly)
  }

  private func kind() throws(Failure) -> PowerPlan.Kind {
    if metric == "auc" || positives != nil || negatives != nil || auc != nil { return try area() }
    if let sd { return try mean(sd) }
    if let metric, !["accuracy", "recall", "error-rate"].contains(metric) {
      throw PowerNumber.bad(
        "`\(metric)` is not counted in right and wrong rows",
        "for a mean of rows give --sd, the standard deviation of the two models' difference on a row")
    }
    if correlation != nil {
      throw PowerNumber.bad("`--correlation` goes with `--sd` or `--metric auc`", "leave it out, or add one of them")
    }
    guard let disagree else {
      throw PowerNumber.bad(
        "nothing says on how many rows the two models disagree",
        "add `--disagree 5%`; two versions of one model mostly differ on 2 to 10 % of the rows")
    }
    return .outcomes(disagreement: try PowerNumber.share(disagree, "--disagree"))
  }

  private func mean(_ sd: String) throws(Failure) -> PowerPlan.Kind {
    if disagree != nil {
      throw PowerNumber.bad("`--disagree` is of right and wrong rows, `--sd` of numbers", "leave out one of them")
    }
    var deviation = try PowerNumber.positive(sd, "--sd")
    if let correlation {
      let r = try PowerNumber.number(correlation, "--correlation", in: -1...1)
      deviation *= (2 * (1 - r)).squareRoot()
      if deviation == 0 {
        throw PowerNumber.bad(
          "two models with a correlation of 1 do not differ", "write for instance `--correlation 0.8`")
      }
    }
    return .mean(deviation: deviation)
  }

  private func area() throws(Failure) -> PowerPlan.Kind {
    let example = "write: --metric auc --positives 200 --negatives 800 --auc 0.9 --correlation 0.8"
    if disagree != nil || sd != nil || rows != nil || (metric ?? "auc") != "auc" {
      throw PowerNumber.bad("an area is planned from its positives and negatives", example)
    }
    guard let positives, let negatives, let auc, let correlation else {
      throw PowerNumber.bad(
        "an area needs `--positives`, `--negatives`, `--auc` and `--correlation`", example)
    }
    guard positives > 1, negatives > 1, positives <= 1_000_000_000, negatives <= 1_000_000_000 else {
      throw PowerNumber.bad("each class needs at least two rows", example)
    }
    let area = try PowerNumber.share(auc, "--auc")
    guard area > 0, area < 1 else { throw PowerNumber.bad("`--auc \(auc)` is not between 0 and 1", example) }
    return .area(
      positives: positives, negatives: negatives, area: area,
      correlation: try PowerNumber.number(correlation, "--correlation", in: -1...1))
  }
}

extension TestSetPolicy.Feedback: ExpressibleByArgument {}

/// Numbers of the command line as people write them.
enum PowerNumber {
  static func bad(_ message: String, _ remedy: String) -> Failure {
    Failure(Diagnostic("usage.power", message, remedy: remedy))
  }

  /// A share in [0, 1]: `5%`, `5pt`, `0.05`.
  static func share(_ text: String, _ option: String) throws(Failure) -> Double {
    var digits = text
    var isHundredth = false
    for unit in ["%", "pt"] where digits.hasSuffix(unit) {
      digits = String(digits.dropLast(unit.count))
      isHundredth = true
    }
    guard let number = Decimal(isHundredth ? digits + "e-2" : digits), (0...1).contains(number.double) else {
      throw bad("`\(option) \(text)` is not a share between 0 and 100 %", "write for instance `5%` or `0.05`")
    }
    return number.double
  }

  /// A margin as rules have it; one that is relative has nothing to be relative to.
  static func margin(_ text: String) throws(Failure) -> Double {
    let isPlain = !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isNumber || $0.isLetter || "+-.%".contains($0)) }
    let example = "write for instance `1pt` or `0.01`"
    guard isPlain, !text.contains("or"), text.first != "-" else {
      let isNegative = text.first == "-"
      throw bad(isNegative ? "a margin is not negative, `\(text)` is" : "`\(text)` is not a margin", example)
    }
    let meaning = ["metric": MetricMeaning(direction: .higherIsBetter)]
    let rule = try PolicyLoader.rule("metric >= baseline - \(text)", metrics: meaning, at: nil)
    guard case .mayLose(let margins, _) = rule.comparison, margins.count == 1, let amount = margins[0].amount.decimal
    else { throw bad("`\(text)` is not a margin", example) }
    switch margins[0].unit {
    case .absolute: return amount.double
    case .points: return (amount * (Decimal("0.01") ?? .zero)).double
    case .relative:
      throw bad("`\(text)` is relative to a baseline, and before any model there is none", "write points, `1pt`")
    }
  }

  static func number(_ text: String, _ option: String, in range: ClosedRange<Double>) throws(Failure) -> Double {
    guard let number = Decimal(text)?.double, range.contains(number) else {
      throw bad(
        "`\(option) \(text)` is not a number from \(Number(range.lowerBound).text) to \(Number(range.upperBound).text)",
        "write for instance `\(option) 0.8`")
    }
    return number
  }

  static func positive(_ text: String, _ option: String) throws(Failure) -> Double {
    guard let number = Decimal(text)?.double, number > 0, number.isFinite else {
      throw bad("`\(option) \(text)` is not a number above 0", "write for instance `\(option) 0.4`")
    }
    return number
  }
}
