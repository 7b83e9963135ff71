import PawlCore
import PawlFormats

/// A decision: rules over the evidence of `evaluate` stages.
enum Judge: StageKind {
  static let name = "gate"
  static let keys = GateKeys.table
  static let phase = Phase.judgement

  static func lower(
    _ template: StageTemplate, _ assembly: Assembly, _ head: (BaselineReference) -> BaselineRecord?
  ) -> [Stage] {
    guard let instance = assembly.instances(of: template).first else { return [] }
    let section = instance.section
    let (judged, others) = needs(section, instance, assembly)
    let exhibits = exhibits(judged, template, assembly)
    var policy = assembly.policyReader(section, directory: instance.directory, named: template.name).read()
    RuleTargets(exhibits: exhibits, assembly: assembly).resolve(&policy.rules)
    checkBaseline(policy, section, template, assembly)
    var stage = Stage(
      id: StageID(template.name), kind: name, work: .judge(Gate(policy: policy, exhibits: exhibits)),
      at: template.location)
    stage.needs = others
    stage.isCacheable = false
    instance.schedule(&stage)
    assembly.pinned?.takeOver(&stage, in: assembly)
    return [withTwins(stage, assembly, head)]
  }

  /// The gate with the halves that score the models of its baseline and of its anchors again.
  static func withTwins(
    _ stage: Stage, _ assembly: Assembly, _ head: (BaselineReference) -> BaselineRecord?
  ) -> Stage {
    guard case .judge(var gate) = stage.work, !assembly.problems.hasErrors else { return stage }
    if let reference = gate.policy.baseline, gate.policy.rules.contains(where: \.comparison.needsBaseline),
      let record = head(reference)
    {
      for index in gate.exhibits.indices where isCompared(gate.exhibits[index], gate.policy, \.needsBaseline) {
        gate.exhibits[index].baseline = Twins(exhibit: gate.exhibits[index], record: record, assembly: assembly).add()
      }
    }
    for (name, reference) in anchors(of: gate.policy, assembly) {
      guard let record = head(reference) else { continue }
      for index in gate.exhibits.indices
      where isCompared(gate.exhibits[index], gate.policy, { $0.anchorName == name }) {
        gate.exhibits[index].anchors[name] =
          Twins(exhibit: gate.exhibits[index], record: record, assembly: assembly).add()
      }
    }
    var stage = stage
    stage.work = .judge(gate)
    // The gate waits for them, whatever becomes of them.
    for id in gate.exhibits.flatMap({ $0.anchors.values.joined() }).sorted() where !stage.after.contains(id) {
      stage.after.append(id)
    }
    return stage
  }

  /// Whether a rule compares an evidence in some way; evidence without candidates is compared with nothing.
  private static func isCompared(
    _ exhibit: Exhibit, _ policy: GatePolicy, _ compares: (RuleComparison) -> Bool
  ) -> Bool {
    !exhibit.candidate.isEmpty
      && policy.rules.contains { compares($0.comparison) && ($0.stage == nil || $0.stage == exhibit.name) }
  }

  /// Each anchor once, in the rules' order: a name in the store of the gate's baseline, as of the same revision.
  private static func anchors(
    of policy: GatePolicy, _ assembly: Assembly
  ) -> [(name: String, reference: BaselineReference)] {
    var result: [(name: String, reference: BaselineReference)] = []
    for rule in policy.rules {
      guard let name = rule.comparison.anchorName, !result.contains(where: { $0.name == name }) else { continue }
      var reference = BaselineReference(.named(name), store: policy.baseline?.store ?? assembly.defaultStore)
      reference.revision =
        policy.baseline.map(\.revision) ?? policy.pin.flatMap { $0.isAbsent ? nil : $0.commit }
      reference.location = rule.location
      result.append((name, reference))
    }
    return result
  }

  /// What `needs` names: instances of `evaluate` stages, which are judged (nil: all of them), and anything else.
  private static func needs(
    _ section: Section, _ instance: Instance, _ assembly: Assembly
  ) -> (judged: Set<StageID>?, others: [StageID]) {
    let nodes = section.texts(JobKeys.needs)
    guard !nodes.isEmpty else { return (nil, []) }
    let evidence = Set(assembly.templates.filter { $0.kind == Evaluate.self }.flatMap(\.ids))
    let ids = nodes.flatMap { assembly.needed($0, by: instance) }
    let judged = Set(ids).intersection(evidence)
    let others = ids.filter { !evidence.contains($0) }.reduce(into: [StageID]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    if judged.isEmpty, !assembly.problems.hasErrors {
      assembly.problems.error(
        "no-evidence", "`\(instance.template.name)` needs no `evaluate` stage, so there is nothing to judge",
        at: section.place(JobKeys.needs), remedy: "name one, or remove `needs` to judge all of them")
    }
    return (judged, others)
  }

  private static func exhibits(_ judged: Set<StageID>?, _ gate: StageTemplate, _ assembly: Assembly) -> [Exhibit] {
    var result: [Exhibit] = []
    let templates = assembly.templates.filter { $0.kind == Evaluate.self }
    for template in templates {
      let stages = (assembly.lowered[template.name] ?? []).filter { judged?.contains($0.id) ?? true }
      var names: [String] = []
      for stage in stages {
        if let name = stage.evaluation?.exhibit, !names.contains(name) { names.append(name) }
      }
      let instance = assembly.instances(of: template).first
      for name in names {
        let members = stages.filter { $0.evaluation?.exhibit == name }
        result.append(
          Exhibit(
            name: name, candidate: members.map(\.id),
            ships: instance.flatMap { Evaluate.ships(template, $0, among: members) }))
      }
    }
    if templates.isEmpty, !assembly.problems.hasErrors {
      assembly.problems.error(
        "no-evidence", "`\(gate.name)` has nothing to judge: there is no stage of kind `evaluate`", at: gate.location,
        remedy: "add `kind: evaluate` to the stage that measures the model")
    }
    return result
  }

  private static func checkBaseline(
    _ policy: GatePolicy, _ section: Section, _ template: StageTemplate, _ assembly: Assembly
  ) {
    guard policy.baseline == nil, !section.has(GateKeys.baseline),
      let rule = policy.rules.first(where: \.comparison.needsBaseline)
    else { return }
    assembly.problems.error(
      "baseline", "`\(rule.line)` compares with a baseline, and `\(template.name)` names none", at: rule.location,
      remedy: "add `baseline: production` to `\(template.name)`")
  }
}

extension RuleComparison {
  /// The release that an `anchor` compares with.
  fileprivate var anchorName: String? {
    guard case .anchor(let name, _) = self else { return nil }
    return name
  }
}

/// Which evidence a rule speaks of.
struct RuleTargets {
  let exhibits: [Exhibit]
  let assembly: Assembly

  /// Gives `stage:` the exhibit's full name, reports names that are unknown or mean several, and keeps the columns of
  /// slices with the rows.
  func resolve(_ rules: inout [GateRule]) {
    for index in rules.indices {
      if let written = rules[index].stage {
        rules[index].stage = exhibit(named: written, rules[index]) ?? written
      } else {
        checkAmbiguity(rules[index])
      }
      let columns = rules[index].slices.flatMap(\.columns)
      for exhibit in exhibits where rules[index].stage == nil || rules[index].stage == exhibit.name {
        assembly.keep(columns: columns, of: exhibit.name)
      }
    }
  }

  private func exhibit(named written: String, _ rule: GateRule) -> String? {
    if exhibits.contains(where: { $0.name == written }) { return written }
    let ofBase = exhibits.filter { Assembly.split($0.name).base == written }
    if ofBase.count == 1 { return ofBase[0].name }
    guard !exhibits.isEmpty else { return nil }
    assembly.problems.error(
      "unknown-stage",
      ofBase.isEmpty
        ? "`\(written)` is not evidence of this gate" : "`\(written)` is \(ofBase.count) pieces of evidence",
      at: rule.location,
      remedy: choices(
        (ofBase.isEmpty ? exhibits : ofBase).map { "`\($0.name)`" }, near: "`\(written)`", none: "there is none"))
    return nil
  }

  private func checkAmbiguity(_ rule: GateRule) {
    guard exhibits.count > 1 else { return }
    let stages = assembly.lowered.values.joined()
    let names = exhibits.filter { exhibit in
      guard let predictions = stages.first(where: { $0.id == exhibit.candidate.first })?.evaluation?.predictions else {
        return false
      }
      return predictions.compute.contains(rule.metric)
        || predictions.values.contains { $0.name == KnownMetric.stem(rule.metric) || $0.name == rule.metric }
    }.map(\.name)
    guard names.count > 1 else { return }
    assembly.problems.error(
      "ambiguous-metric", "`\(rule.metric)` is measured by \(names.count) stages", at: rule.location,
      cause: "found in " + names.map { "`\($0)`" }.joined(separator: ", "),
      remedy: "add `stage: \(names[0].contains("[") ? "\"\(names[0])\"" : names[0])` to the rule" + replicateHint(names)
    )
  }

  /// Seeds that nobody called replicates look like variants.
  private func replicateHint(_ names: [String]) -> String {
    let bases = Set(names.map { Assembly.split($0).base })
    guard bases.count == 1, let base = bases.first, let axis = assembly.template(named: base)?.axes.last,
      assembly.template(named: base)?.node["replicate"] == nil
    else { return "" }
    return ", or `replicate: [\(axis)]` to `\(base)` if its instances repeat one recipe"
  }
}
