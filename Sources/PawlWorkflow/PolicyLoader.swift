package import PawlCore
import PawlFormats

/// Reads what `pawl gate` judges by: a policy file, or rules of the command line.
package enum PolicyLoader {
  /// The body of a gate stage, with `metrics:` and `predictions:` where its evidence needs them. Paths in it start at
  /// the project root; `store` is where baselines lie unless the file says otherwise. Throws every problem at once.
  ///
  /// `needsRules` is false where the rules come from the command line, or only the columns matter.
  package static func load(
    _ bytes: [UInt8], file: String, tree: any Tree, store: String, needsRules: Bool = true
  ) throws(Failure) -> GatePolicy {
    let problems = Problems(file: file, bytes: bytes)
    let policy = read(bytes, problems, store, needsRules)
    guard let policy, !problems.hasErrors else { throw Failure(problems.sorted.filter { $0.severity == .error }) }
    return policy
  }

  private static func read(_ bytes: [UInt8], _ problems: Problems, _ store: String, _ needsRules: Bool) -> GatePolicy? {
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
    var policy = GatePolicy(rules: [], metrics: metrics)
    if needsRules || section[GateKeys.rules] != nil {
      policy.rules = RuleReader(problems: problems, metrics: metrics, gate: section).read()
    }
    policy.baseline = BaselineReader(problems: problems, directory: "", defaultStore: store).read(
      section, override: nil)
    policy.predictions = section.section(JobKeys.predictions, PredictionKeys.table).flatMap {
      PredictionsReader(section: $0, needsPath: false).read { Paths.normalise($0) }
    }
    for column in policy.rules.flatMap({ $0.slices.flatMap(\.columns) })
    where !(policy.predictions?.slices.contains(column) ?? true) {
      policy.predictions?.slices.append(column)
    }
    return policy
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
}
