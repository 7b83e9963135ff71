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
    let rules = items.compactMap { item in
      item.pairs == nil ? line(item) : map(Section(item, GateKeys.rule, problems))
    }
    for rule in rules { warnOfWideMargin(rule) }
    return rules
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
      applyDefaults(to: &rule)
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
        guard let found = try self.comparison(key, value, section, known ?? .higherIsBetter) else { return nil }
        comparison = found
      } catch {
        report(error, at: value.location)
        return nil
      }
      guard let direction = known else { throw RuleReader.needsDirection(metric, comparison) }
      var rule = GateRule(
        metric: metric, comparison: comparison, direction: direction,
        format: RuleReader.format(of: metric, in: metrics), line: "")
      applyDefaults(to: &rule)
      apply(section, to: &rule)
      if case .history = comparison, !rule.slices.isEmpty {
        problems.error(
          "rule", "`history` is judged on all rows, not by slice", at: section.place(GateKeys.slices),
          remedy: "remove `slices`, or write another rule for them")
      }
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

  /// nil where what is wrong is reported already.
  private func comparison(
    _ key: Key, _ node: Node, _ rule: Section, _ direction: Direction
  ) throws(RuleFault) -> RuleComparison? {
    let texts = (node.items ?? [node]).compactMap(\.scalar?.text)
    switch key.name {
    case GateKeys.history.name:
      return rule.section(key, HistoryKeys.table)?.integer(HistoryKeys.last).map { .history(last: $0) }
    case GateKeys.anchor.name: return try rule.section(key, AnchorKeys.table).flatMap(anchor)
    case GateKeys.atLeast.name: return .atLeast(try MarginText.bound(texts.first ?? ""), isInclusive: true)
    case GateKeys.atMost.name: return .atMost(try MarginText.bound(texts.first ?? ""), isInclusive: true)
    case GateKeys.mayLose.name: return .mayLose(try MarginText.margins(texts), isInclusive: true)
    case GateKeys.within.name: return .within(try MarginText.margins(texts))
    default:
      let margins = try MarginText.margins(texts)
      if margins.allSatisfy({ $0.amount.decimal?.isZero ?? false }) {
        throw RuleLine.gainOfZero(rule.text(GateKeys.metric) ?? "", direction)
      }
      return .mustGain(margins, isInclusive: true)
    }
  }

  private func anchor(_ section: Section) throws(RuleFault) -> RuleComparison? {
    guard let node = section[AnchorKeys.baseline], let name = node.scalar?.text,
      let amount = section[AnchorKeys.mayLoseInTotal]
    else { return nil }
    guard StageReader.isName(name) else {
      problems.error(
        "baseline", "`\(name)` cannot be the name of a baseline", at: node.location,
        remedy: "an anchor is a name in the store, such as `v1`")
      return nil
    }
    do throws(RuleFault) {
      return .anchor(baseline: name, try MarginText.margins((amount.items ?? [amount]).compactMap(\.scalar?.text)))
    } catch {
      report(error, at: amount.location)
      return nil
    }
  }

  // MARK: margins

  /// Metrics that lie in [0, 1] by definition; the multiclass Brier score goes to 2.
  private static let fractions: Set<String> = [
    "accuracy", "balanced-accuracy", "precision", "recall", "f1", "f1-macro", "f1-micro", "f1-weighted",
    "precision-macro", "recall-macro", "auc", "auc-ovr", "auc-ovo", "average-precision", "ece",
  ]

  /// `may-lose: 1` is a hundred points: most often one point was meant.
  private func warnOfWideMargin(_ rule: GateRule) {
    let margins: [Margin] =
      switch rule.comparison {
      case .mayLose(let margins, _), .within(let margins), .anchor(_, let margins): margins
      case .atLeast, .atMost, .mustGain, .history: []
      }
    guard RuleReader.fractions.contains(KnownMetric.stem(rule.metric)),
      let wide = margins.first(where: { margin in
        switch margin.unit {
        case .absolute: margin.amount.value >= 1
        case .points: margin.amount.value >= 100
        case .relative: false
        }
      })
    else { return }
    problems.warning(
      "margin", "a margin of `\(wide.text)` on `\(rule.metric)` forbids nothing", at: rule.location,
      cause: "`\(rule.metric)` lies between 0 and 1",
      remedy: wide.unit == .absolute && wide.amount.value < 100
        ? "write `\(wide.amount.text)pt` where points are meant" : "write a margin below 100 points, such as `1pt`")
  }

  // MARK: options

  /// The gate's options, as far as they have a meaning for the rule.
  private func applyDefaults(to rule: inout GateRule) {
    apply(gate, to: &rule)
    if case .history = rule.comparison { rule.slices = [] }
  }

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
