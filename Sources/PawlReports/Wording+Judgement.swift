package import PawlCore

extension Wording {
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

  /// What stands in the column of baselines, with the name of what it is where that is not the gate's own baseline:
  /// `97.3 %`, `97.3 % (v1)`, `97.1 % (mean of 20)`.
  package static func baselineCell(_ judgement: Judgement) -> String? {
    guard let value = baselineValue(judgement) else { return nil }
    switch judgement.rule.comparison {
    case .anchor(let name, _): return "\(value) (\(name))"
    case .history:
      return value + (judgement.baseline?.replicates.map { " (mean of \(Numbers.count($0)))" } ?? " (mean)")
    case .atLeast, .atMost, .mayLose, .mustGain, .within: return value
    }
  }

  /// The same in a sentence: `baseline 97.3 %`, `v1 97.3 %`, `mean of 20 promotions 97.1 %`.
  static func baselinePhrase(_ judgement: Judgement) -> String? {
    guard let value = baselineValue(judgement) else { return nil }
    switch judgement.rule.comparison {
    case .anchor(let name, _): return "\(name) \(value)"
    case .history: return "mean of \(promotions(judgement)) \(value)"
    case .mayLose, .mustGain, .within: return "baseline \(value)"
    case .atLeast, .atMost: return nil
    }
  }

  /// The candidate's own bounds, `[95.7, 98.8]`; nil without any.
  package static func candidateBounds(_ judgement: Judgement) -> String? {
    judgement.candidate.flatMap { Reading(judgement).bounds($0) }
  }

  /// What stands in the column of differences: the difference, the way to a limit, or the candidate's own bounds.
  package static func comparison(_ judgement: Judgement) -> String {
    switch judgement.rule.comparison {
    case .mayLose, .mustGain, .within, .anchor: difference(judgement) ?? ""
    case .history: distance(judgement) ?? ""
    case .atLeast, .atMost: candidateBounds(judgement) ?? ""
    }
  }

  /// How far a history rule's value is from its limit: `0.5 points above the limit`; nil without one.
  static func distance(_ judgement: Judgement) -> String? {
    guard let limit = judgement.limit.flatMap({ Decimal($0) }),
      let value = judgement.candidate.flatMap({ Decimal($0.value) })
    else { return nil }
    let gap = value - limit
    if gap.isZero { return "at the limit" }
    return Reading(judgement).amount(gap.magnitude) + (gap.isNegative ? " below" : " above") + " the limit"
  }

  /// What was measured, without what is allowed: `accuracy 97.6 %, baseline 97.3 %: 0.3 points better [−1.4, 2.1]`.
  static func numbers(_ judgement: Judgement) -> String {
    var text = subject(judgement)
    if let value = candidate(judgement) { text += " \(value)" }
    if let phrase = baselinePhrase(judgement) { text += ", \(phrase)" }
    switch judgement.rule.comparison {
    case .mayLose, .mustGain, .within, .anchor: return text + (difference(judgement).map { ": \($0)" } ?? "")
    case .history: return text + (distance(judgement).map { ": \($0)" } ?? "")
    case .atLeast, .atMost: return text + (candidateBounds(judgement).map { " \($0)" } ?? "")
    }
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
      guard judgement.rule.comparison.isDifference else {
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

  /// One line that says what was found and why it has this verdict; who waived it, why and until when comes first.
  package static func message(_ judgement: Judgement) -> String { withWaivers(found(judgement), judgement) }

  /// What was found, whatever a waiver makes of it.
  static func found(_ judgement: Judgement) -> String {
    let name = subject(judgement)
    switch judgement.finding {
    case .holds: return measured(judgement) + heldBackTail(judgement) + verdictTail(judgement)
    case .broken: return measured(judgement) + verdictTail(judgement)
    case .undecided(let pointHolds):
      if isHeldBack(judgement) { return measured(judgement) + heldBackTail(judgement) + needed(judgement) }
      return measured(judgement)
        + "; cannot be decided: the point value \(pointHolds ? "holds" : "breaks the rule too")"
        + needed(judgement)
    case .tooFew: return measured(judgement) + "; cannot be decided: " + tooFew(judgement)
    case .sameModel:
      let owner = sameOwner(judgement)
      return
        "\(name): the candidate is \(owner) model on the same evidence, so the difference is 0 by identity; "
        + "\(required(judgement)) \(allowed(judgement))" + heldBackTail(judgement)
    case .candidateNotFinite(let text): return "\(name): the candidate's value is \(text)"
    case .invalid(let diagnostic), .missingBaseline(let diagnostic):
      return "\(name): " + placed(diagnostic, judgement) + (diagnostic.remedy.map { "; \($0)" } ?? "")
    case .notJudged(let rows, let least):
      return "\(name): not judged, \(Numbers.plural(rows, "row")), at least \(Numbers.count(least)) are needed"
    }
  }

  /// Whether it is inconclusive because nothing of the test set's budget is left, whatever the bounds say.
  static func isHeldBack(_ judgement: Judgement) -> Bool {
    guard judgement.verdict == .inconclusive || judgement.verdict == .waived else { return false }
    switch judgement.finding {
    case .holds, .sameModel: return true
    case .undecided, .tooFew: return judgement.caveats.contains { $0.hasPrefix(spent) }
    case .broken, .candidateNotFinite, .invalid, .missingBaseline, .notJudged: return false
    }
  }

  /// How the gate's own caveat about a spent budget begins.
  static let spent = "the test-set budget is spent"

  private static func heldBackTail(_ judgement: Judgement) -> String {
    isHeldBack(judgement) ? "; cannot be decided: \(spent), use a new test set" : ""
  }

  private static func sameOwner(_ judgement: Judgement) -> String {
    if case .anchor(let name, _) = judgement.rule.comparison { return owner(name) }
    return "the baseline's"
  }

  /// `at least 5 runs are needed for bounds of the difference (welch)`.
  static func tooFew(_ judgement: Judgement) -> String {
    guard case .tooFew(let least, let what, _) = judgement.finding else { return "" }
    let purpose: String
    switch judgement.rule.comparison {
    case .mayLose, .mustGain, .within, .anchor: purpose = "for bounds of the difference"
    case .atLeast, .atMost: purpose = "for bounds of \(judgement.rule.metric)"
    case .history: purpose = "for a limit from history"
    }
    return "at least \(Numbers.count(least)) \(what) are needed \(purpose)"
      + (judgement.test.map { " (\($0))" } ?? "")
  }

  /// `accuracy 97.6 %, baseline 97.3 %: 0.3 points better [−1.4, 2.1], allowed: lose 3 points, 333 rows`.
  private static func measured(_ judgement: Judgement) -> String {
    numbers(judgement) + ", \(required(judgement)) \(allowed(judgement))" + (rows(judgement).map { ", \($0)" } ?? "")
  }

  private static func required(_ judgement: Judgement) -> String {
    switch judgement.rule.comparison {
    case .mayLose, .within, .anchor: "allowed: may"
    case .mustGain: "required: must"
    case .atLeast, .atMost, .history: "required:"
    }
  }

  private static func verdictTail(_ judgement: Judgement) -> String {
    let softened = judgement.verdict == .fail && !judgement.blocks ? "; a warning, not blocked" : ""
    guard case .broken = judgement.finding, judgement.difference?.low != nil,
      judgement.rule.comparison.isDifference, let sure = sureLoss(judgement)
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
      + atThisPrice(judgement)
  }

  /// What a budget of looks makes dearer: ` at this price (0.16 % a look)`; empty without one.
  static func atThisPrice(_ judgement: Judgement) -> String {
    judgement.alpha.map { " at this price (\(error($0)) a look)" } ?? ""
  }
}
