import PawlCore
import PawlFormats

/// Reads the rules of a gate, each a map or one line, with the gate's own options as defaults.
struct RuleReader {
  let problems: Problems
  let metrics: [String: MetricMeaning]
  /// The gate: its options are defaults of its rules.
  let gate: Section

  func read() -> [GateRule] {
    let items = gate.texts(GateKeys.rules)
    if items.isEmpty, !gate.has(GateKeys.rules) || gate[GateKeys.rules] != nil || gate.node["rules"]?.isNull == true {
      problems.error(
        "no-rules", "a gate without rules decides nothing",
        at: gate.has(GateKeys.rules) ? gate.place(GateKeys.rules) : gate.node.location,
        remedy: "add one under `rules:`, such as `- accuracy >= baseline - 1pt`")
    }
    return items.compactMap { item in
      item.pairs == nil ? line(item) : map(Section(item, GateKeys.rule, problems))
    }
  }

  /// What a rule's comparison asks of the metrics.
  static func direction(of metric: String, in metrics: [String: MetricMeaning]) -> Direction? {
    metrics[metric]?.direction ?? metrics[KnownMetric.stem(metric)]?.direction ?? KnownMetric.direction(of: metric)
  }

  static func format(of metric: String, in metrics: [String: MetricMeaning]) -> NumberFormat {
    metrics[metric]?.format ?? metrics[KnownMetric.stem(metric)]?.format ?? .plain
  }

  // MARK: one line

  private func line(_ node: Node) -> GateRule? {
    guard let text = node.scalar?.text else { return nil }
    do throws(RuleFault) {
      var rule = try RuleReader.rule(text, metrics)
      let own = rule.slices
      apply(gate, to: &rule)
      if !own.isEmpty { rule.slices = own }
      rule.location = node.location
      return rule
    } catch {
      report(error, at: node.location)
      return nil
    }
  }

  /// A rule of its line alone.
  static func rule(_ text: String, _ metrics: [String: MetricMeaning]) throws(RuleFault) -> GateRule {
    let line = try RuleLine(text)
    let known = direction(of: line.metric, in: metrics)
    if let said = line.direction, let known, said != known {
      let isHigher = known == .higherIsBetter
      throw RuleFault(
        message: "`\(line.metric)` is \(known.rawValue), this rule says the other direction",
        remedy: "write it with `\(isHigher ? ">=" : "<=")`, or correct the direction under `metrics:`",
        isAboutDirection: true)
    }
    let comparison = try line.comparison()
    guard let direction = line.direction ?? known else { throw needsDirection(line.metric, comparison) }
    var rule = GateRule(
      metric: line.metric, comparison: comparison, direction: direction, format: format(of: line.metric, in: metrics),
      line: "")
    rule.slices = line.slices
    rule.line = canonical(rule)
    return rule
  }

  static func canonical(_ rule: GateRule) -> String {
    RuleLine(metric: rule.metric, comparison: rule.comparison, direction: rule.direction, slices: rule.slices).text
  }

  private static func needsDirection(_ metric: String, _ comparison: RuleComparison) -> RuleFault {
    let likely: Direction =
      switch comparison {
      case .atMost: .lowerIsBetter
      case .atLeast, .mayLose, .mustGain, .within, .history, .anchor: .higherIsBetter
      }
    let isPlain = metric.allSatisfy { $0.isLetter || $0.isNumber || "-_.@".contains($0) }
    return RuleFault(
      message: "a rule on `\(metric)` needs a direction",
      remedy: "add under `metrics:`  \(isPlain ? metric : Value.quoted(metric)): { direction: \(likely.rawValue) }",
      isAboutDirection: true)
  }

  // MARK: a map

  private func map(_ section: Section) -> GateRule? {
    guard let metricNode = section[GateKeys.metric], let metric = metricNode.scalar?.text else { return nil }
    let present = GateKeys.comparisons.filter { section.has($0) }
    guard present.count == 1, let key = present.first else {
      // A comparison of a later version is reported already.
      let isLater = ["history", "anchor"].contains { section.node[$0] != nil }
      if present.isEmpty && isLater { return nil }
      problems.error(
        "rule",
        present.isEmpty
          ? "a rule on `\(metric)` compares nothing" : "a rule makes one comparison, this one \(present.count)",
        at: present.count > 1 ? section.place(present[1]) : section.node.location,
        remedy: present.isEmpty
          ? "add one of " + GateKeys.comparisons.map { "`\($0.name)`" }.joined(separator: ", ") : "make two rules of it"
      )
      return nil
    }
    guard let value = section[key] else { return nil }
    do throws(RuleFault) {
      let known = RuleReader.direction(of: metric, in: metrics)
      let comparison: RuleComparison
      do throws(RuleFault) {
        comparison = try self.comparison(key, value, metric, known ?? .higherIsBetter)
      } catch {
        report(error, at: value.location)
        return nil
      }
      guard let direction = known else { throw RuleReader.needsDirection(metric, comparison) }
      var rule = GateRule(
        metric: metric, comparison: comparison, direction: direction,
        format: RuleReader.format(of: metric, in: metrics), line: "")
      apply(gate, to: &rule)
      apply(section, to: &rule)
      rule.name = section.text(GateKeys.name)
      rule.stage = section.text(GateKeys.stage)
      rule.location = section.node.location
      rule.line = RuleReader.canonical(rule)
      return rule
    } catch {
      report(error, at: metricNode.location)
      return nil
    }
  }

  private func comparison(
    _ key: Key, _ node: Node, _ metric: String, _ direction: Direction
  ) throws(RuleFault) -> RuleComparison {
    let texts = (node.items ?? [node]).compactMap(\.scalar?.text)
    switch key.name {
    case GateKeys.atLeast.name: return .atLeast(try MarginText.bound(texts.first ?? ""), isInclusive: true)
    case GateKeys.atMost.name: return .atMost(try MarginText.bound(texts.first ?? ""), isInclusive: true)
    case GateKeys.mayLose.name: return .mayLose(try MarginText.margins(texts), isInclusive: true)
    case GateKeys.within.name: return .within(try MarginText.margins(texts))
    default:
      let margins = try MarginText.margins(texts)
      if margins.allSatisfy({ $0.amount.decimal?.isZero ?? false }) { throw RuleLine.gainOfZero(metric, direction) }
      return .mustGain(margins, isInclusive: true)
    }
  }

  // MARK: options

  private func apply(_ section: Section, to rule: inout GateRule) {
    if section.has(GateKeys.slices) { rule.slices = slices(section[GateKeys.slices]) }
    if let count = section.integer(GateKeys.minRows) { rule.minRows = count }
    if let confidence = section.confidence(GateKeys.confidence) { rule.confidence = confidence }
    if let test = section.word(GateKeys.test, as: TestChoice.self) { rule.test = test }
    if let severity = section.word(GateKeys.severity, as: GateRule.Severity.self) { rule.severity = severity }
    if let undecided = section.word(GateKeys.whenInconclusive, as: GateRule.Undecided.self) {
      rule.whenInconclusive = undecided
    }
    if let missing = section.word(GateKeys.onMissingBaseline, as: GateRule.MissingBaseline.self) {
      rule.onMissingBaseline = missing
    }
    if let point = section.flag(GateKeys.point) { rule.comparesPoints = point }
    if let allows = section.flag(GateKeys.allowOtherData) { rule.allowsOtherData = allows }
  }

  private func slices(_ node: Node?) -> [SliceSelection] {
    guard let node else { return [] }
    if let pairs = node.pairs {
      return pairs.map { pair in
        let values = (pair.value.items ?? [pair.value]).compactMap(\.scalar?.text)
        return SliceSelection(columns: [pair.name], values: values, at: pair.key.location)
      }
    }
    return (node.items ?? []).compactMap { item in
      let columns = (item.items ?? [item]).compactMap(\.scalar?.text)
      return columns.isEmpty ? nil : SliceSelection(columns: columns, at: item.location)
    }
  }

  private func report(_ fault: RuleFault, at location: SourceLocation) {
    problems.error(fault.isAboutDirection ? "direction" : "rule", fault.message, at: location, remedy: fault.remedy)
  }
}
