package import PawlCore
import PawlFormats

/// Reads what `pawl gate` judges by: a policy file, or rules of the command line.
package enum PolicyLoader {
  /// The body of a gate stage, with `metrics:` and `predictions:` where its evidence needs them. Paths in it start at
  /// the project root, and `tree` reads them; `store` is where baselines lie unless the file says otherwise. Throws
  /// every problem at once, those of a waivers file too.
  ///
  /// With a pin the file of the same path in that revision decides instead, and `GatePolicy.pin` tells the
  /// differences; a revision without the file leaves this one's own policy, marked as absent.
  /// - Parameters:
  ///   - needsRules: false where the rules come from the command line, or only the columns matter.
  ///   - path: of the file from the project root, where `file` is not.
  package static func load(
    _ bytes: [UInt8], file: String, tree: any Tree, store: String, needsRules: Bool = true, pin: PinnedTree? = nil,
    path: String? = nil
  ) throws(Failure) -> GatePolicy {
    let problems = Problems(file: file, bytes: bytes)
    var policy = read(bytes, problems, tree, store, needsRules)
    if let pin, let own = policy {
      policy = pinned(own, path ?? Paths.normalise(file), pin, problems, store, needsRules)
    }
    guard let policy, !problems.hasErrors else { throw Failure(problems.sorted.filter { $0.severity == .error }) }
    return policy
  }

  /// A file of waivers for a gate with these metrics, as `--waivers` takes it: a YAML or JSON list. A waiver that means
  /// one of the rules takes its line. Throws every problem at once.
  package static func waivers(
    _ bytes: [UInt8], file: String, metrics: [String: MetricMeaning], rules: [GateRule] = []
  ) throws(Failure) -> [Waiver] {
    let problems = Problems(file: file, bytes: bytes)
    let waivers = WaiversReader(problems: problems, metrics: metrics, rules: rules).read(bytes)
    guard !problems.hasErrors else { throw Failure(problems.sorted) }
    return waivers
  }

  /// One rule in its one-line form, as `--rule` takes it; throws one located diagnostic.
  package static func rule(
    _ line: String, metrics: [String: MetricMeaning], at location: SourceLocation?
  ) throws(Failure) -> GateRule {
    do throws(RuleFault) {
      var rule = try RuleReader.rule(line, metrics)
      rule.location = location
      return rule
    } catch {
      throw Failure(
        Diagnostic(
          error.isAboutDirection ? "workflow.direction" : "workflow.rule", error.message, at: location,
          remedy: error.remedy))
    }
  }

  private static func read(
    _ bytes: [UInt8], _ problems: Problems, _ tree: any Tree, _ store: String, _ needsRules: Bool,
    revision: String? = nil
  ) -> GatePolicy? {
    guard let node = YAMLText.read(bytes, problems, begin: "rules:") else { return nil }
    if let stages = node.pairs?.first(where: { $0.name == "stages" }) {
      problems.error(
        "policy", "this is a workflow, not a policy", at: stages.key.location,
        remedy: "put the gate's `rules:` and `baseline:` into a file of their own, or use `pawl run`")
      return nil
    }
    let section = Section(node, GateKeys.policy, problems)
    guard node.pairs != nil else { return nil }
    let metrics = MetricsReader.read(section[TopKeys.metrics], problems)
    let reader = GatePolicyReader(
      section: section, problems: problems, tree: tree, metrics: metrics, directory: "", defaultStore: store,
      owner: "the policy", revision: revision)
    var policy = reader.read(needsRules: needsRules)
    policy.predictions = section.section(JobKeys.predictions, PredictionKeys.table).flatMap {
      PredictionsReader(section: $0, needsPath: false).read { Paths.normalise($0) }
    }
    for column in policy.rules.flatMap({ $0.slices.flatMap(\.columns) })
    where !(policy.predictions?.slices.contains(column) ?? true) {
      policy.predictions?.slices.append(column)
    }
    return policy
  }

  /// The revision's policy in place of one's own; nil after reporting what is wrong with it.
  private static func pinned(
    _ own: GatePolicy, _ path: String, _ pin: PinnedTree, _ problems: Problems, _ store: String, _ needsRules: Bool
  ) -> GatePolicy? {
    var mark = PolicyPin(revision: pin.revision, commit: pin.commit)
    do throws(Failure) {
      guard let bytes = try pin.tree.read(path) else {
        mark.isAbsent = true
        var policy = own
        policy.pin = mark
        return policy
      }
      let there = Problems(file: pin.shown(path), bytes: bytes)
      let found = read(bytes, there, pin.tree, store, needsRules, revision: pin.revision)
      problems.add(there, errorsOnly: true)
      guard var policy = found.map(pin.pinning) else { return nil }
      let differences = PolicyDifferences(revision: pin.revision)
      mark.differences =
        differences.lines(own, there: policy)
        + differences.lines(own.predictions, there: policy.predictions, of: Paths.name(path))
      policy.pin = mark
      return policy
    } catch {
      problems.add(error)
      return nil
    }
  }
}
