package import PawlCore

extension Wording {
  /// What the rule allows, after the word "allowed": `lose 3 points`, `at least 90 %`, `lose 0.030`.
  package static func allowed(_ judgement: Judgement) -> String {
    let rule = judgement.rule
    let reading = Reading(judgement)
    switch rule.comparison {
    case .atLeast(let bound, let isInclusive):
      return (isInclusive ? "at least " : "more than ") + absolute(bound, judgement, reading)
    case .atMost(let bound, let isInclusive):
      return (isInclusive ? "at most " : "less than ") + absolute(bound, judgement, reading)
    case .mayLose(let margins, let isInclusive):
      if isZero(margins) { return isInclusive ? "lose nothing" : "lose nothing, not even equal" }
      return (isInclusive ? "lose " : "lose less than ") + margin(margins, judgement, reading)
    case .mustGain(let margins, let isInclusive):
      if isZero(margins) { return "be better" }
      return (isInclusive ? "gain " : "gain more than ") + margin(margins, judgement, reading)
    case .within(let margins):
      return isZero(margins) ? "be equal" : "move by up to " + margin(margins, judgement, reading)
    case .anchor(let anchor, let margins):
      return "lose " + (isZero(margins) ? "nothing" : margin(margins, judgement, reading)) + " in all since \(anchor)"
    case .history:
      guard judgement.limit != nil else { return "as usual in \(promotions(judgement))" }
      let side = rule.direction == .higherIsBetter ? "at least " : "at most "
      return side + historyLimit(judgement, reading) + ", as in \(promotions(judgement))"
    }
  }

  /// The same in a table, with the mark of a rule that only warns: `at least 90 % (warn)`.
  package static func allowedCell(_ judgement: Judgement) -> String { allowed(judgement) + severity(judgement) }

  /// ` (warn)` behind a rule that blocks nothing; empty for any other.
  static func severity(_ judgement: Judgement) -> String { judgement.rule.severity == .warn ? " (warn)" : "" }

  /// `20 promotions`: the records that a history rests on, or as many as it asks for.
  static func promotions(_ judgement: Judgement) -> String {
    guard case .history(let last) = judgement.rule.comparison else { return "promotions" }
    if let found = judgement.baseline?.replicates { return Numbers.plural(found, "promotion") }
    return "the last \(Numbers.plural(last, "promotion"))"
  }

  /// The prediction limit, as a number of the metric.
  private static func historyLimit(_ judgement: Judgement, _ reading: Reading) -> String {
    guard let value = judgement.limit else { return "–" }
    return reading.value(Estimate(value: value))
  }

  /// The margin alone, `3 points`, or the bound alone, `90 %`.
  package static func limit(_ judgement: Judgement) -> String {
    let reading = Reading(judgement)
    switch judgement.rule.comparison {
    case .atLeast(let bound, _), .atMost(let bound, _): return absolute(bound, judgement, reading)
    case .mayLose(let margins, _), .mustGain(let margins, _), .within(let margins), .anchor(_, let margins):
      return isZero(margins) ? "nothing" : margin(margins, judgement, reading)
    case .history: return historyLimit(judgement, reading)
    }
  }

  static func isZero(_ margins: [Margin]) -> Bool { margins.allSatisfy { $0.amount.decimal?.isZero ?? false } }

  /// A margin in the metric's own words: `2 points`, `1 % of the baseline`.
  static func amount(_ margin: Margin, _ judgement: Judgement) -> String { single(margin, Reading(judgement)) }

  private static func absolute(_ bound: Number, _ judgement: Judgement, _ reading: Reading) -> String {
    guard let exact = bound.decimal else { return bound.text }
    if reading.isPercent { return Numbers.general(exact * Numbers.hundred, significant: 12) + " %" }
    return Numbers.asWritten(bound.text, bound.value)
  }

  private static func margin(_ margins: [Margin], _ judgement: Judgement, _ reading: Reading) -> String {
    let written = margins.map { single($0, reading) }.joined(separator: " or ")
    let needsNumber = margins.contains { $0.unit == .relative } || margins.count > 1
    guard needsNumber, let limit = judgement.limit.flatMap({ Decimal($0) }) else { return written }
    let shown = reading.isPercent ? limit * Numbers.hundred : limit
    let text = Numbers.general(shown, significant: 3)
    return "\(written) (\(reading.isPercent ? text + (text == "1" ? " point" : " points") : text))"
  }

  private static func single(_ margin: Margin, _ reading: Reading) -> String {
    guard let amount = margin.amount.decimal else { return margin.text }
    switch margin.unit {
    case .absolute: return reading.amount(exact: amount)
    case .points: return reading.amount(exact: amount * (Decimal("0.01") ?? .zero))
    case .relative: return Numbers.general(amount, significant: 12) + " % of " + reference(reading.judgement)
    }
  }

  private static func reference(_ judgement: Judgement) -> String {
    switch judgement.rule.comparison {
    case .anchor(let name, _): name
    case .mayLose, .mustGain, .within: "the baseline"
    case .atLeast, .atMost, .history: "the limit"
    }
  }
}
