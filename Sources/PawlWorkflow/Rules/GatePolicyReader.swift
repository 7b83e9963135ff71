import PawlCore
import PawlFormats

/// Reads what decides from the body of a gate: a stage of a workflow, or a policy file.
struct GatePolicyReader {
  let section: Section
  let problems: Problems
  let tree: any Tree
  var metrics: [String: MetricMeaning]
  /// Where paths of the gate start, from the project root.
  let directory: String
  /// `baselines/` beside the workflow file, from the project root.
  let defaultStore: String
  /// What messages call the gate: its name in back-ticks, or `the policy`.
  let owner: String
  var baselineOverride: String?
  /// A file of waivers beside the gate's own, from the project root.
  var moreWaivers: String?
  /// The revision that the tree is of: a waivers file that the caller names may be younger than it.
  var revision: String?

  /// `needsRules` is false where the rules come from the command line, or only the columns matter.
  func read(needsRules: Bool = true) -> GatePolicy {
    var policy = GatePolicy(rules: [], metrics: metrics)
    if needsRules || section[GateKeys.rules] != nil {
      policy.rules = RuleReader(problems: problems, metrics: metrics, gate: section).read()
    }
    let reader = BaselineReader(problems: problems, directory: directory, defaultStore: defaultStore)
    let written = reader.read(section)
    policy.baseline = reader.replace(written, by: baselineOverride)
    checkRecords(of: policy, written)
    if let counted = section.section(GateKeys.testSet, TestSetKeys.table),
      let budget = counted.integer(TestSetKeys.budget)
    {
      policy.testSet = TestSetPolicy(
        budget: budget, feedback: counted.word(TestSetKeys.feedback) ?? .passOnly, at: section.place(GateKeys.testSet))
      policy.ledgerStore = policy.baseline?.store ?? defaultStore
    }
    policy.waivers = waivers(for: policy.rules)
    return policy
  }

  /// `history` and `anchor` read records of a store, which a file or a revision is not.
  private func checkRecords(of policy: GatePolicy, _ written: BaselineReference?) {
    let rules = policy.rules.filter { rule in
      switch rule.comparison {
      case .history, .anchor: true
      case .atLeast, .atMost, .mayLose, .mustGain, .within: false
      }
    }
    guard let rule = rules.first else { return }
    if case .source(let source)? = written?.origin {
      problems.error(
        "baseline", "`\(rule.line)` reads the records of a store, and `\(source)` is none", at: rule.location,
        remedy: "name a baseline of the store in \(owner): `baseline: production`")
    } else if policy.baseline == nil, !section.has(GateKeys.baseline) {
      problems.error(
        "baseline", "`\(rule.line)` reads the records of a baseline, and \(owner) names none", at: rule.location,
        remedy: "add `baseline: production` to \(owner)")
    }
  }

  // MARK: waivers

  private func waivers(for rules: [GateRule]) -> [Waiver] {
    var result: [Waiver] = []
    if let node = section[GateKeys.waivers], let written = node.scalar?.text {
      result += file(Paths.join(directory, written), written, node.location, rules)
    }
    if let path = moreWaivers { result += more(path, rules) }
    return result
  }

  /// Those of the file that the caller names.
  func more(_ path: String, _ rules: [GateRule]) -> [Waiver] { file(path, nil, nil, rules) }

  /// The waivers of a file at a path from the project root; `written` is nil for the caller's own.
  private func file(
    _ path: String, _ written: String?, _ location: SourceLocation?, _ rules: [GateRule]
  ) -> [Waiver] {
    do throws(Failure) {
      guard let bytes = try tree.read(path) else {
        if written == nil, revision != nil { return [] }
        problems.error(
          "no-file", written.map { "`\($0)` does not exist" } ?? "`--waivers \(path)` does not exist", at: location,
          remedy: directory.isEmpty || written == nil
            ? "paths start at the project root" : "paths start at `\(directory)`")
        return []
      }
      let own = Problems(file: shown(path), bytes: bytes)
      let waivers = WaiversReader(problems: own, metrics: metrics, rules: rules).read(bytes)
      problems.add(own)
      return waivers
    } catch {
      problems.add(error)
      return []
    }
  }

  /// A file of a revision is named like the workflow of it: `origin/main:waivers.yml`.
  private func shown(_ path: String) -> String { revision.map { "\($0):\(path)" } ?? path }
}
