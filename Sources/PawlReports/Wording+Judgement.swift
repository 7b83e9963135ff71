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
    case .history(let last):
      guard judgement.limit != nil else { return "be as usual in the last \(Numbers.plural(last, "promotion"))" }
      return (rule.direction == .higherIsBetter ? "at least " : "at most ") + historyLimit(judgement, reading)
    }
  }

  /// The prediction limit, as a number of the metric.
  private static func historyLimit(_ judgement: Judgement, _ reading: Reading) -> String {
    guard let limit = judgement.limit.flatMap({ Decimal($0) }) else { return "–" }
    if reading.isPercent { return Numbers.general(limit * Numbers.hundred, significant: 4) + " %" }
    return Numbers.general(limit, significant: 4)
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

  private static func isZero(_ margins: [Margin]) -> Bool {
    margins.allSatisfy { $0.amount.decimal?.isZero ?? false }
  }

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
    case .relative: return Numbers.general(amount, significant: 12) + " % of the baseline"
    }
  }

  /// The difference in words, with its bounds turned the same way: `0.3 points better [−1.4, 2.1]`; nil without one.
  package static func difference(_ judgement: Judgement) -> String? {
    let reading = Reading(judgement)
    guard let advantage = reading.advantage else {
      guard let value = judgement.difference?.value else { return nil }
      return Numbers.word(value)
    }
    if case .sameModel = judgement.finding { return "same model, no difference" }
    let bounds = reading.differenceBounds(asLoss: reading.isLoss).map { " " + $0 } ?? ""
    if advantage.isZero { return "equal" + bounds }
    return reading.amount(advantage.magnitude) + (reading.isLoss ? " worse" : " better") + bounds
  }

  /// The candidate's value, `97.6 %`, or the word for what it is instead.
  package static func candidate(_ judgement: Judgement) -> String? {
    judgement.candidate.map { Reading(judgement).value($0) }
  }

  package static func baselineValue(_ judgement: Judgement) -> String? {
    judgement.baseline.map { Reading(judgement).value($0) }
  }

  /// The candidate's own bounds, `[95.7, 98.8]`; nil without any.
  package static func candidateBounds(_ judgement: Judgement) -> String? {
    judgement.candidate.flatMap { Reading(judgement).bounds($0) }
  }

  /// What stands in the column of differences: the difference, or the bounds of a rule without a baseline.
  package static func comparison(_ judgement: Judgement) -> String {
    if judgement.rule.comparison.needsBaseline { return difference(judgement) ?? "" }
    return candidateBounds(judgement) ?? ""
  }

  /// What it rests on: `333 rows`, `3 seeds`, `333 rows, 3 seeds`.
  package static func rows(_ judgement: Judgement) -> String? {
    let parts = [
      judgement.candidate?.rows.map { Numbers.plural($0, "row") },
      judgement.candidate?.replicates.flatMap { $0 > 1 ? Numbers.plural($0, "seed") : nil },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// The shortest account of a judgement, for a title: `accuracy loses 13.2 points (allowed 3)`.
  package static func brief(_ judgement: Judgement) -> String {
    let name = subject(judgement)
    let reading = Reading(judgement)
    switch judgement.finding {
    case .holds, .broken, .undecided, .tooFew:
      guard judgement.rule.comparison.needsBaseline else {
        return "\(name) is \(candidate(judgement) ?? "unknown") (required: \(allowed(judgement)))"
      }
      guard let advantage = reading.advantage else { return "\(name) (allowed \(allowed(judgement)))" }
      let verb = reading.isLoss ? "loses" : advantage.isZero ? "is equal" : "gains"
      let amount = advantage.isZero ? "" : " " + reading.amount(advantage.magnitude)
      return "\(name) \(verb)\(amount) (\(briefLimit(judgement, reading)))"
    case .sameModel: return "\(name): the same model"
    case .candidateNotFinite(let text): return "\(name) is \(text)"
    case .invalid(let diagnostic), .missingBaseline(let diagnostic):
      return "\(name): " + placed(diagnostic, judgement)
    case .notJudged(let rows, _): return "\(name) is not judged, \(Numbers.plural(rows, "row"))"
    }
  }

  /// The message behind the place in the evidence; a place in the workflow is the rule's own and said there.
  static func placed(_ diagnostic: Diagnostic, _ judgement: Judgement) -> String {
    guard let place = diagnostic.location, place.file != judgement.rule.location?.file else {
      return diagnostic.message
    }
    return "\(place.file):\(place.line):\(place.column): \(diagnostic.message)"
  }

  private static func briefLimit(_ judgement: Judgement, _ reading: Reading) -> String {
    switch judgement.rule.comparison {
    case .mayLose(let margins, _):
      guard reading.isLoss, margins.count == 1, !isZero(margins), margins.first?.unit != .relative else {
        return "allowed: \(allowed(judgement))"
      }
      let text = limit(judgement)
      return "allowed " + (text.split(separator: " ").first.map(String.init) ?? text)
    case .within, .anchor: return "may \(allowed(judgement))"
    case .mustGain: return "must \(allowed(judgement))"
    case .atLeast, .atMost, .history: return "required: \(allowed(judgement))"
    }
  }

  /// One line that says what was found and why it has this verdict.
  package static func message(_ judgement: Judgement) -> String {
    let name = subject(judgement)
    switch judgement.finding {
    case .holds: return measured(judgement) + verdictTail(judgement)
    case .broken: return measured(judgement) + verdictTail(judgement)
    case .undecided(let pointHolds):
      return measured(judgement)
        + "; cannot be decided: the point value \(pointHolds ? "holds" : "breaks the rule too")"
        + needed(judgement)
    case .tooFew(let least, let what, _):
      return measured(judgement) + "; cannot be decided: at least \(Numbers.count(least)) \(what) are needed"
    case .sameModel:
      return "\(name): the candidate is the baseline's model on the same evidence, so the difference is 0 by identity; "
        + "\(required(judgement)) \(allowed(judgement))"
    case .candidateNotFinite(let text): return "\(name): the candidate's value is \(text)"
    case .invalid(let diagnostic), .missingBaseline(let diagnostic):
      return "\(name): " + placed(diagnostic, judgement) + (diagnostic.remedy.map { "; \($0)" } ?? "")
    case .notJudged(let rows, let least):
      return "\(name): not judged, \(Numbers.plural(rows, "row")), at least \(Numbers.count(least)) are needed"
    }
  }

  /// `accuracy 97.6 %, baseline 97.3 %: 0.3 points better [−1.4, 2.1], allowed: lose 3 points, 333 rows`.
  private static func measured(_ judgement: Judgement) -> String {
    var text = subject(judgement)
    if let value = candidate(judgement) { text += " \(value)" }
    if judgement.rule.comparison.needsBaseline {
      if let value = baselineValue(judgement) { text += ", baseline \(value)" }
      if let difference = difference(judgement) { text += ": \(difference)" }
    } else if let bounds = candidateBounds(judgement) {
      text += " \(bounds)"
    }
    text += ", \(required(judgement)) \(allowed(judgement))"
    if let rows = rows(judgement) { text += ", \(rows)" }
    return text
  }

  private static func required(_ judgement: Judgement) -> String {
    switch judgement.rule.comparison {
    case .mayLose, .within, .anchor: "allowed: may"
    case .mustGain: "required: must"
    case .atLeast, .atMost, .history: "required:"
    }
  }

  private static func verdictTail(_ judgement: Judgement) -> String {
    let isSoft = judgement.verdict == .fail && !judgement.blocks
    let softened = isSoft ? "; a warning, not blocked" : ""
    if judgement.verdict == .waived {
      let waiver = judgement.caveats.first { $0.hasPrefix("waived") }
      return "; " + (waiver ?? (["waived"] + judgement.caveats.prefix(1)).joined(separator: ": "))
    }
    guard case .broken = judgement.finding, judgement.difference?.low != nil,
      judgement.rule.comparison.needsBaseline, let sure = sureLoss(judgement)
    else { return softened }
    return "; \(sure)" + softened
  }

  /// What is sure of a broken rule: `the candidate loses at least 10.0 points`.
  package static func sureLoss(_ judgement: Judgement) -> String? {
    let reading = Reading(judgement)
    guard let high = reading.high, let low = reading.low else { return nil }
    switch judgement.rule.comparison {
    case .mayLose, .anchor:
      return high.isNegative ? "the candidate loses at least \(reading.amount(high.magnitude))" : nil
    case .mustGain:
      return high.isNegative || high.isZero
        ? "the candidate is not better: it loses at least \(reading.amount(high.magnitude))"
        : "the candidate gains at most \(reading.amount(high))"
    case .within:
      let limit = judgement.limit.flatMap { Decimal($0) } ?? .zero
      return high < -limit
        ? "the candidate loses at least \(reading.amount(high.magnitude))"
        : "the candidate gains at least \(reading.amount(low))"
    case .atLeast, .atMost, .history: return nil
    }
  }

  private static func needed(_ judgement: Judgement) -> String {
    guard let rows = judgement.rowsNeeded else { return "" }
    return "; about \(Numbers.count(rows)) \(judgement.needsSeeds ? "seeds" : "rows") in all would decide"
  }
}
