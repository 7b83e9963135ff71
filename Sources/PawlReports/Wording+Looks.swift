package import PawlCore

extension Wording {
  /// Lines about a gate's looks at its test sets, one a look, and one where git does not hold them all.
  package static func looks(_ gate: GateResult) -> [String] {
    gate.looks.flatMap { look in
      let name = gate.looks.count > 1 ? "\(look.exhibit): " : ""
      let isLast = look.policy.feedback == .passOnly && look.isNew && !look.isSpent && gate.verdict == .pass
      return ([self.look(look, price(look, gate), isLast: isLast)] + unfed(look, gate) + uncommitted(look)).map {
        name + $0
      }
    }
  }

  /// `look 4 of 32 at this test set (pass-only): each judged at 0.16 %; 28 left`, or why it is no such look.
  private static func look(_ look: Look, _ price: String?, isLast: Bool = false) -> String {
    guard look.testData != nil else {
      return "no look can be counted: nothing says which test data these are; declare `id` and `label`, or `test-data`"
    }
    let budget = Numbers.count(look.policy.budget)
    let number = Numbers.count(min(look.number, max(look.policy.budget, look.number - look.before)))
    let place = "look \(number) of \(budget) at this test set (\(look.policy.feedback.rawValue))"
    let judged = price.map { ": each judged at \($0)" } ?? ""
    if look.isFree {
      return
        "the baseline's model again: nothing was asked of the test set, no new look; \(left(look)) of \(budget) left"
    }
    if let run = look.repeats {
      let ended = look.endedBy.map { "; \(end(look, $0))" } ?? "; \(left(look)) left"
      return "same evidence as run \(short(run)): no new look\(judged)\(ended)"
    }
    if let run = look.endedBy {
      return "\(end(look, run)) (\(look.policy.feedback.rawValue)): inconclusive at best, use a new test set"
    }
    guard !look.isSpent else {
      return
        "the test-set budget is spent (\(look.policy.feedback.rawValue)): the looks on record have used the error of "
        + "all \(Numbers.plural(look.policy.budget, "look")); inconclusive at best, use a new test set"
    }
    return "\(place)\(judged); "
      + (isLast ? "this pass ends the life of the test set: 0 left" : "\(left(look)) left")
  }

  /// The look that a judgement was part of; a replicate that is judged alone has another name than its evidence.
  static func look(_ judgement: Judgement, _ gate: GateResult) -> Look? {
    gate.looks.first { $0.exhibit == judgement.exhibit } ?? (gate.looks.count == 1 ? gate.looks.first : nil)
  }

  private static func left(_ look: Look) -> String { Numbers.count(look.left) }

  private static func end(_ look: Look, _ run: String) -> String {
    run == Look.unreadable
      ? "\(run) may have been the pass that ended the life of this test set"
      : "run \(short(run))'s pass ended the life of this test set"
  }

  /// What the cheap levels do not cover: measured in `Fixtures/study/ledger.md`, a search that climbs on the numbers of
  /// failed looks passes wrongly in a third of its attempts.
  private static func unfed(_ look: Look, _ gate: GateResult) -> [String] {
    guard look.policy.feedback != .full, look.testData != nil, look.isNew, !look.isSpent, gate.verdict != .pass else {
      return []
    }
    return ["its level holds for whoever learns of the verdict alone: to steer by these numbers, `feedback: full`"]
  }

  private static func uncommitted(_ look: Look) -> [String] {
    guard look.uncommitted > 0 else { return [] }
    let many = look.uncommitted > 1
    return [
      Numbers.plural(look.uncommitted, "look")
        + " \(many ? "are" : "is") not committed: \(many ? "they count" : "it counts")"
        + " on this machine only; commit the folder `ledger` beside the baselines"
    ]
  }

  /// What a look costs, from the judgements that were judged at it: `0.16 %`.
  private static func price(_ look: Look, _ gate: GateResult) -> String? {
    let levels = alphas(look, gate)
    guard let low = levels.first, let high = levels.last else { return nil }
    return low == high ? error(low) : "\(error(low)) to \(error(high))"
  }

  /// Each one-sided error of one look, smallest first: as judged, else as it follows from the rules' confidence.
  static func alphas(_ look: Look, _ gate: GateResult) -> [Double] {
    let own = gate.judgements.filter { self.look($0, gate) == look }
    let judged = Set(own.compactMap(\.alpha))
    let levels = judged.isEmpty ? Set(own.map { share(of: $0.rule.confidence, look.policy) }) : judged
    return levels.filter(\.isFinite).sorted()
  }

  /// One look's share of the error δ = 1 − confidence: δ/N, or δ/2^N where every verdict is fed back.
  private static func share(of confidence: Double, _ policy: TestSetPolicy) -> Double {
    let whole = (Decimal(1) ?? .zero) - (Decimal(confidence) ?? .zero)
    switch policy.feedback {
    case .passOnly, .none: return whole.double / Double(max(1, policy.budget))
    case .full:
      var share = whole.double
      for _ in 0..<min(max(0, policy.budget), 1_100) { share /= 2 }
      return share
    }
  }

  /// A small share as a percentage with two significant digits: `0.16 %`, `1.2e−8 %`.
  static func error(_ alpha: Double) -> String {
    guard let exact = Decimal(alpha) else { return Numbers.word(alpha) }
    return Numbers.general(exact * Numbers.hundred, significant: 2) + " %"
  }

  /// The confidence that a judgement was judged at: its rule's own, or what a budget of looks makes of it (`99.84 %`).
  package static func level(_ judgement: Judgement) -> String {
    Numbers.level(judgement.rule.confidence, alpha: judgement.alpha)
  }

  /// What the budget of looks is, what each cost and what is left, for `pawl gate --why`.
  ///
  /// - Parameter confidence: one-sided, of the rules that looked.
  package static func why(_ looks: [Look], confidence: Double = 0.95) -> [String] {
    looks.flatMap { look in
      why(look, looks.count > 1, [share(of: confidence, look.policy)], whole: [1 - confidence])
    }
  }

  /// The same with the levels that the gate's rules were judged at.
  package static func why(_ gate: GateResult) -> [String] {
    gate.looks.flatMap { look in
      let own = gate.judgements.filter { self.look($0, gate) == look }
      let whole = Set(own.map { ((Decimal(1) ?? .zero) - (Decimal($0.rule.confidence) ?? .zero)).double }).sorted()
      return why(look, gate.looks.count > 1, alphas(look, gate), whole: whole)
    }
  }

  private static func why(_ look: Look, _ withName: Bool, _ levels: [Double], whole: [Double]) -> [String] {
    func range(_ values: [Double]) -> String? {
      guard let low = values.first, let high = values.last else { return nil }
      return low == high ? error(low) : "\(error(low)) to \(error(high))"
    }
    let budget = look.policy.budget
    var lines = [
      "test set" + (withName ? " of \(look.exhibit)" : "") + (look.testData.map { " \($0.hex.prefix(12))" } ?? "")
    ]
    func say(_ text: String) { lines.append("  " + text) }
    let feedback =
      switch look.policy.feedback {
      case .passOnly: "pass-only: a pass ends the life of the set"
      case .none: "none: no verdict is fed back"
      case .full: "full: every verdict may steer what is tried next"
      }
    say("budget   \(Numbers.plural(budget, "look")), feedback \(feedback)")
    if let each = range(levels), let whole = range(whole) {
      let how =
        look.policy.feedback == .full
        ? "halved once for each of the \(Numbers.count(budget))" : "shared by \(Numbers.count(budget))"
      say("price    each look is judged at \(each): \(whole) in all, \(how)")
    }
    let isCounted = look.testData != nil && look.isNew && !look.isSpent
    say(
      "used     \(Numbers.plural(look.before + (isCounted ? 1 : 0), "look"))\(isCounted ? ", this one included" : ""); "
        + "\(left(look)) left")
    say("this one \(self.look(look, nil))")
    lines += uncommitted(look).map { "  note     " + $0 }
    return lines
  }
}

extension Wording {
  /// Where a gate's policy came from: `policy from origin/main (1a2b3c4)`; nil without a pin.
  package static func pin(_ gate: GateResult) -> String? {
    guard let pin = gate.pin else { return nil }
    guard !pin.isAbsent else { return "judged by its own rules: \(pin.revision) has no such gate" }
    return "policy from \(pin.revision)" + (pin.commit.isEmpty ? "" : " (\(short(pin.commit)))")
  }

  /// What the working tree's policy says otherwise, a line each.
  package static func differences(_ gate: GateResult) -> [String] {
    (gate.pin?.differences ?? []).map { "changed here, without effect: \($0)" }
  }

  /// Which records `anchor` and `history` rules compared with, a line each: `v1 is run 7f3ac1 (4c1d9e2)`.
  package static func compared(_ gate: GateResult) -> [String] {
    var lines: [String] = []
    for judgement in gate.judgements {
      guard let use = judgement.compared else { continue }
      let facts = (use.run.map { "run \(short($0))" } ?? "a record") + (use.commit.map { " (\(short($0)))" } ?? "")
      let line: String
      switch judgement.rule.comparison {
      case .anchor(let name, _):
        line = "\(name) is \(facts)" + (use.isRescored ? ", scored again on the same rows" : "")
      case .history: line = "the newest of \(promotions(judgement)) is \(facts)"
      case .atLeast, .atMost, .mayLose, .mustGain, .within: continue
      }
      if !lines.contains(line) { lines.append(line) }
    }
    return lines
  }

  /// What is said once of a gate beside its rules, in the order in which it matters.
  package static func notes(_ gate: GateResult) -> [String] {
    differences(gate) + looks(gate) + compared(gate) + gate.caveats
      + (gate.decides.map { [decides($0, gate)] } ?? [])
  }

  /// The caveats of one judgement that are not said of its gate already.
  package static func ownCaveats(_ judgement: Judgement, in gate: GateResult) -> [String] {
    caveats(judgement).filter { !gate.caveats.contains($0) && !isSaidOfLook($0, gate) }
  }

  /// A spent budget is said once, with its look.
  static func isSaidOfLook(_ caveat: String, _ gate: GateResult) -> Bool {
    gate.looks.contains(where: \.isSpent) && caveat.hasPrefix(spent)
  }
}
