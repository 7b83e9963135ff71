package import PawlCore

extension Wording {
  /// What a pass means, a sentence: `on rows like these, accuracy is at most 3 points below production's; wrong in …`.
  ///
  /// - Parameters:
  ///   - baseline: the baseline's name.
  ///   - attempt: the CI's attempt number, said when it is not the first.
  ///   - look: the look at the test set that it was, where looks are counted.
  package static func claim(
    _ judgement: Judgement, baseline: String? = nil, attempt: Int? = nil, look: Look? = nil
  ) -> String {
    let name = judgement.rule.metric
    let owner = owner(baseline)
    let scope = scope(judgement)
    if case .sameModel = judgement.finding {
      return "the model is \(ownerOfSame(judgement, owner)), on the same evidence: \(name) differs by 0, by identity"
    }
    let limit = limit(judgement)
    let isHigher = judgement.rule.direction == .higherIsBetter
    let statement: String
    switch judgement.rule.comparison {
    case .atLeast(_, let isInclusive): statement = "\(name) is \(isInclusive ? "at least" : "more than") \(limit)"
    case .atMost(_, let isInclusive): statement = "\(name) is \(isInclusive ? "at most" : "less than") \(limit)"
    case .mayLose(let margins, let isInclusive):
      let side = isHigher ? "below" : "above"
      statement =
        isNothing(margins)
        ? "\(name) is not \(side) \(owner)"
        : "\(name) is \(isInclusive ? "at most" : "less than") \(limit) \(side) \(owner)"
    case .mustGain(let margins, let isInclusive):
      let side = isHigher ? "above" : "below"
      statement =
        isNothing(margins)
        ? "\(name) is \(side) \(owner)"
        : "\(name) is \(isInclusive ? "at least" : "more than") \(limit) \(side) \(owner)"
    case .within: statement = "\(name) is at most \(limit) from \(owner), either way"
    case .anchor(let anchor, let margins):
      let side = isHigher ? "below" : "above"
      statement =
        isNothing(margins)
        ? "\(name) is not \(side) \(self.owner(anchor))" : "\(name) is at most \(limit) \(side) \(self.owner(anchor))"
    case .history:
      statement = "\(name) is not unusually \(isHigher ? "low" : "high") beside \(promotions(judgement))"
    }
    let counted =
      look.flatMap { look -> String? in
        if look.isFree || look.testData == nil { return nil }
        // The cheap level holds for a search that learned of verdicts, not of numbers.
        return "; look \(Numbers.count(look.number))"
          + (look.policy.feedback == .full ? "" : ", steered by verdicts alone")
      } ?? ""
    return scope + statement + risk(judgement) + counted + (attempt.map { $0 > 1 ? "; attempt \($0)" : "" } ?? "")
  }

  /// The same, with the baseline and the look of its gate.
  package static func claim(_ judgement: Judgement, in gate: GateResult, attempt: Int? = nil) -> String {
    claim(judgement, baseline: gate.baseline?.name, attempt: attempt, look: look(judgement, gate))
  }

  private static func ownerOfSame(_ judgement: Judgement, _ baseline: String) -> String {
    if case .anchor(let name, _) = judgement.rule.comparison { return owner(name) }
    return baseline
  }

  private static func isNothing(_ margins: [Margin]) -> Bool {
    margins.allSatisfy { $0.amount.decimal?.isZero ?? false }
  }

  static func owner(_ baseline: String?) -> String {
    guard let baseline else { return "the baseline's" }
    let isWord = baseline.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || "-_0123456789".unicodeScalars.contains($0)
    }
    return isWord ? "\(baseline)'s" : "that of `\(baseline)`"
  }

  private static func scope(_ judgement: Judgement) -> String {
    let cut = judgement.slice.isEmpty ? "" : " with \(slice(judgement.slice))"
    if judgement.candidate?.rows != nil { return "on rows like these\(cut), " }
    if let seeds = judgement.candidate?.replicates, seeds > 1 { return "for training runs like these\(cut), " }
    return cut.isEmpty ? "" : "on rows\(cut), "
  }

  private static func hasBounds(_ judgement: Judgement) -> Bool {
    judgement.rule.comparison.isDifference
      ? judgement.difference?.low != nil || judgement.difference?.high != nil
      : judgement.candidate?.low != nil || judgement.candidate?.high != nil
  }

  private static func risk(_ judgement: Judgement) -> String {
    if case .history = judgement.rule.comparison {
      return judgement.limit == nil ? "" : "; a run as good as they were fails in at most \(wrong(judgement)) of cases"
    }
    guard hasBounds(judgement) else {
      switch judgement.finding {
      case .holds, .broken, .undecided: return "; as measured, without an uncertainty"
      case .tooFew, .sameModel, .candidateNotFinite, .invalid, .missingBaseline, .notJudged: return ""
      }
    }
    return "; wrong in at most \(wrong(judgement)) of such passes"
  }

  /// The error of a rule, all its looks together: `5 %`.
  private static func wrong(_ judgement: Judgement) -> String {
    let alpha = (Decimal(1) ?? .zero) - (Decimal(judgement.rule.confidence) ?? .zero)
    return Numbers.general(alpha * Numbers.hundred, significant: 3) + " %"
  }

  /// The lines below a rule that is no plain pass: what is sure, what would decide, what to type.
  package static func details(_ judgement: Judgement, in gate: GateResult) -> [String] {
    waivers(judgement) + findings(judgement, in: gate)
  }

  /// The same without what is said of waivers.
  static func findings(_ judgement: Judgement, in gate: GateResult) -> [String] {
    switch judgement.finding {
    case .holds, .sameModel: return isHeldBack(judgement) ? [spent + ": use a new test set"] : []
    case .broken: return brokenDetails(judgement, gate)
    case .undecided:
      guard isHeldBack(judgement) else { return undecidedDetails(judgement) }
      return [spent + ": use a new test set"] + (judgement.rowsNeeded == nil ? [] : undecidedDetails(judgement))
    case .tooFew: return [tooFew(judgement)]
    case .candidateNotFinite(let text): return ["the candidate's value is \(text); a model that diverged cannot pass"]
    case .invalid(let diagnostic), .missingBaseline(let diagnostic):
      return [placed(diagnostic, judgement), diagnostic.cause, diagnostic.remedy].compactMap { $0 }
    case .notJudged(let rows, let least):
      return ["\(Numbers.plural(rows, "row")), at least \(Numbers.count(least)) are needed"]
    }
  }

  private static func brokenDetails(_ judgement: Judgement, _ gate: GateResult) -> [String] {
    if case .history = judgement.rule.comparison, judgement.limit != nil {
      return [
        "of runs as good as \(promotions(judgement)), at most \(judgement.alpha.map(error) ?? wrong(judgement)) are "
          + "\(judgement.rule.direction == .higherIsBetter ? "below" : "above") \(limit(judgement))"
      ]
    }
    let counts = disagreement(judgement)
    var lines: [String] = []
    if let sure = sureLoss(judgement) {
      lines.append([sure, counts].compactMap { $0 }.joined(separator: "; "))
    } else if let counts {
      lines.append(counts)
    }
    if let worst = worstSlice(of: judgement, in: gate) { lines.append("worst slice: \(worst)") }
    return lines
  }

  /// `47 rows only the baseline has right, 3 only the candidate`; nil where rows were not compared.
  package static func disagreement(_ judgement: Judgement) -> String? {
    guard let baseline = judgement.baselineOnlyRight, let candidate = judgement.candidateOnlyRight else { return nil }
    let isWhole = baseline == baseline.rounded() && candidate == candidate.rounded()
    func number(_ value: Double) -> String {
      if isWhole, abs(value) < 1e15 { return Numbers.count(Int(value)) }
      return Numbers.fixed(value, decimals: value < 100 ? 1 : 0)
    }
    let seeds = judgement.candidate?.replicates ?? 1
    let mean = isWhole ? "" : seeds > 1 ? " (mean of \(Numbers.plural(seeds, "seed")))" : " (on average)"
    let noun = baseline == 1 ? "row" : "rows"
    var other = "the baseline"
    if case .anchor(let name, _) = judgement.rule.comparison { other = name }
    return "\(number(baseline)) \(noun) only \(other) has right, \(number(candidate)) only the candidate" + mean
  }

  /// Of a rule on all rows: the slice of the same metric with the lowest bound, `island Torgersen, 41 points worse (47 rows)`.
  static func worstSlice(of judgement: Judgement, in gate: GateResult) -> String? {
    guard judgement.slice.isEmpty, judgement.rule.comparison.isDifference else { return nil }
    var worst: (low: Decimal, judgement: Judgement)?
    for other in gate.judgements where !other.slice.isEmpty && other.rule.metric == judgement.rule.metric {
      let reading = Reading(other)
      guard other.exhibit == judgement.exhibit, other.rule.comparison.kind == judgement.rule.comparison.kind,
        reading.isLoss, let low = reading.low ?? reading.advantage
      else {
        continue
      }
      if let found = worst, found.low <= low { continue }
      worst = (low, other)
    }
    guard let found = worst?.judgement, let loss = difference(found) else { return nil }
    return "\(slice(found.slice)), \(loss)" + (rows(found).map { " (\($0))" } ?? "")
  }

  private static func undecidedDetails(_ judgement: Judgement) -> [String] {
    let reading = Reading(judgement)
    var lines: [String] = []
    if judgement.rule.comparison.isDifference, let low = reading.low, let high = reading.high {
      lines.append(
        "the \(reading.isLoss ? "loss" : "difference") may be anything from \(side(high, reading, low.isZero)) to "
          + "\(side(low, reading, true)); \(undecidedLimit(judgement))")
    }
    let wider = widerMargin(judgement, reading)
    if let rows = judgement.rowsNeeded {
      lines.append(
        "about \(Numbers.count(rows)) \(judgement.needsSeeds ? "seeds" : "rows") in all would decide"
          + atThisPrice(judgement)
          + (judgement.rule.comparison.isDifference ? " if the models are equal" : " if the value stays as it is")
          + " (80 % of the time)" + (wider.map { "; or \($0)" } ?? ""))
    } else if let wider {
      lines.append(wider)
    }
    return lines
  }

  /// The first of two sides leaves its unit to the second.
  private static func side(_ advantage: Decimal, _ reading: Reading, _ withUnit: Bool) -> String {
    if advantage.isZero { return "no difference" }
    let amount = withUnit ? reading.amount(advantage.magnitude) : reading.bare(advantage.magnitude)
    return (advantage.isNegative ? "a loss of " : "a gain of ") + amount
  }

  private static func undecidedLimit(_ judgement: Judgement) -> String {
    switch judgement.rule.comparison {
    case .mayLose: "allowed is \(bareLimit(judgement))"
    case .within, .anchor: "it may \(allowed(judgement))"
    case .mustGain, .atLeast, .atMost, .history: "it must \(allowed(judgement))"
    }
  }

  /// `1` of `1 point`, where the sentence has said the unit.
  private static func bareLimit(_ judgement: Judgement) -> String {
    let text = limit(judgement)
    for unit in [" points", " point"] where text.hasSuffix(unit) { return String(text.dropLast(unit.count)) }
    return text
  }

  /// The least margin with which these numbers would pass, rounded up to the shown digits: `allow 3.0 points`.
  private static func widerMargin(_ judgement: Judgement, _ reading: Reading) -> String? {
    switch judgement.rule.comparison {
    case .mayLose, .anchor: break
    case .atLeast, .atMost, .mustGain, .within, .history: return nil
    }
    guard let low = reading.low, low.isNegative, let decimals = reading.decimals else { return nil }
    let shown = reading.isPercent ? low.magnitude * Numbers.hundred : low.magnitude
    let rounded = Decimal(Numbers.fixed(shown, decimals: decimals)) ?? shown
    guard let step = Decimal("1e\(-decimals)") else { return nil }
    let margin = Numbers.general(rounded < shown ? rounded + step : rounded, significant: 12)
    return "allow \(margin)" + (reading.isPercent ? (margin == "1" ? " point" : " points") : "")
  }

  /// Why an undecided gate does or does not block; empty for any other.
  package static func undecidedEnd(_ gate: GateResult) -> [String] {
    let open = gate.judgements.filter { $0.verdict == .inconclusive }
    guard !open.isEmpty, !gate.judgements.contains(where: { $0.blocks && $0.verdict != .inconclusive }) else {
      return []
    }
    let blocking = open.filter(\.blocks)
    let incomparable = open.filter { if case .missingBaseline = $0.finding { true } else { false } }
    if blocking.isEmpty, incomparable.count == open.count {
      return ["not blocked: there is nothing to compare with yet"]
    }
    guard !blocking.isEmpty else {
      let reasons = Set(open.map(leniency)).sorted()
      return ["not blocked: \(reasons.joined(separator: "; ")); it cannot be promoted"]
    }
    return blocking.map { judgement in
      let policy = judgement.rule.whenInconclusive ?? .point
      let what = difference(judgement).map { $0.split(separator: " [").first.map(String.init) ?? $0 }
      let evidence = rows(judgement) ?? "this evidence"
      if policy == .block {
        return "blocked: `when-inconclusive` is `block` and \(evidence) cannot decide \(subject(judgement))"
      }
      return "blocked: \(what ?? subject(judgement)) breaks the rule, and \(evidence) cannot show that it is chance"
    }
  }

  private static func leniency(_ judgement: Judgement) -> String {
    if judgement.rule.severity == .warn { return "the rule's severity is `warn`" }
    let policy = judgement.rule.whenInconclusive ?? (judgement.slice.isEmpty ? .point : .warn)
    switch policy {
    case .point: return "the point value holds and `when-inconclusive` is `point`"
    case .warn: return "`when-inconclusive` is `warn`" + (judgement.slice.isEmpty ? "" : " in slices")
    case .block: return "the gate does not block"
    }
  }
}
