package import PawlCore

/// Every sentence for people: the same in terminal, JUnit, Markdown, HTML, JSON and card.
///
/// Nothing here is escaped: each format makes the text harmless for its own place.
package enum Wording {
  /// `✓ pass`, `✗ fail`, `? inconclusive`, `! invalid`, `~ waived`, `– not judged`.
  package static func mark(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass: "✓"
    case .fail: "✗"
    case .inconclusive: "?"
    case .invalid: "!"
    case .waived: "~"
    case .notJudged: "–"
    }
  }

  package static func mark(_ verdict: RunVerdict) -> String {
    switch verdict {
    case .passed: "✓"
    case .waived: "~"
    case .inconclusive: "?"
    case .failed, .error: "✗"
    case .invalid: "!"
    case .cancelled: "–"
    }
  }

  /// A gate's verdict as its title says it: what blocks or may block is in capitals.
  package static func title(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass, .waived, .notJudged: verdict.rawValue
    case .fail, .inconclusive, .invalid: verdict.rawValue.uppercased()
    }
  }

  /// `island Torgersen`, `island Biscoe, sex female`; empty for all rows.
  package static func slice(_ slice: [SliceValue]) -> String {
    slice.map { "\($0.column) \($0.value.isEmpty ? "(empty)" : $0.value)" }.joined(separator: ", ")
  }

  /// `island=Torgersen,sex=female`, for machines; nil for all rows.
  package static func sliceKey(_ slice: [SliceValue]) -> String? {
    slice.isEmpty ? nil : slice.map { "\($0.column)=\($0.value)" }.joined(separator: ",")
  }

  /// The metric, its evidence where there are several, and the slice: `accuracy, island Torgersen`.
  package static func subject(_ judgement: Judgement, withExhibit: Bool = false) -> String {
    var text = judgement.rule.metric
    if withExhibit, let exhibit = judgement.exhibit { text += " of \(exhibit)" }
    return judgement.slice.isEmpty ? text : text + ", " + slice(judgement.slice)
  }

  /// `3 of 3 rules`, with what is not a plain pass.
  package static func tally(_ gate: GateResult) -> String {
    let judged = gate.judgements.filter { $0.verdict != .notJudged }
    let rules = judged.filter(\.slice.isEmpty)
    guard !rules.isEmpty, rules.count < judged.count else {
      return tally(judged, gate.verdict, rules.isEmpty && !judged.isEmpty ? "slice" : "rule")
    }
    let worst = rules.map(\.verdict).max { $0.rank < $1.rank } ?? .pass
    let slices = judged.filter { !$0.slice.isEmpty && $0.verdict != .pass }
    let rest = [Verdict.invalid, .fail, .inconclusive, .waived].compactMap { verdict -> String? in
      let number = slices.filter { $0.verdict == verdict }.count
      return number > 0 ? "\(Numbers.plural(number, "slice")) \(sliceWord(verdict))" : nil
    }
    return ([tally(rules, worst, "rule")] + rest).joined(separator: ", ")
  }

  private static func sliceWord(_ verdict: Verdict) -> String {
    switch verdict {
    case .fail: "failed"
    case .inconclusive: "undecided"
    case .invalid, .waived, .pass, .notJudged: verdict.rawValue
    }
  }

  private static func tally(_ all: [Judgement], _ worst: Verdict, _ noun: String) -> String {
    let count = { (verdict: Verdict) in all.filter { $0.verdict == verdict }.count }
    func of(_ number: Int, _ rest: String = "") -> String { "\(number) of \(Numbers.plural(all.count, noun))\(rest)" }
    let waived = count(.waived) > 0 ? ", \(Numbers.plural(count(.waived), noun)) waived" : ""
    switch worst {
    case .pass, .notJudged: return of(count(.pass)) + waived
    case .waived: return of(count(.pass), " hold") + waived
    case .fail: return of(count(.fail), " failed") + waived
    case .inconclusive: return of(count(.pass), " hold, \(count(.inconclusive)) cannot be decided") + waived
    case .invalid:
      let invalid = count(.invalid)
      return Numbers.plural(invalid, noun) + (invalid == 1 ? " has" : " have") + " no usable evidence" + waived
    }
  }

  /// What a gate's numbers rest on: `333 rows, 3 seeds`; nil when the rules differ or there is nothing.
  package static func evidence(_ gate: GateResult) -> String? {
    let sides = gate.judgements.filter { judgement in
      if case .history = judgement.rule.comparison { return false }
      return judgement.slice.isEmpty
    }.compactMap(\.candidate)
    guard let first = sides.first, sides.allSatisfy({ $0.rows == first.rows && $0.replicates == first.replicates })
    else { return nil }
    let parts = [
      first.rows.map { Numbers.plural($0, "row") },
      first.replicates.flatMap { $0 > 1 ? Numbers.plural($0, "seed") : nil },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// `baseline production run 7f3ac1 (4c1d9e2)`, and whether it was scored again.
  package static func baseline(_ use: BaselineUse) -> String {
    var text = "baseline \(use.name)"
    if let run = use.run { text += " run \(short(run))" }
    if let commit = use.commit { text += " (\(short(commit)))" }
    return text + (use.isRescored ? ", scored again on the same rows" : "")
  }

  /// Confidence of the bounds where all rules share it: `95 %`, `99.84 %`.
  package static func confidence(_ gate: GateResult) -> String? {
    let levels = Set(
      gate.judgements.filter { $0.difference?.low != nil || $0.candidate?.low != nil }.map(level))
    return levels.count == 1 ? levels.first : nil
  }

  /// What a gate can see: `2,000 rows, 5 % disagreement: decides 1.3 points; …`.
  package static func decides(_ decides: Decidable, _ gate: GateResult) -> String {
    let isPercent = gate.judgements.first { $0.rule.metric == decides.metric }?.rule.format == .percent
    let margin = Decimal(decides.margin) ?? .zero
    let amount = Numbers.general(isPercent ? margin * Numbers.hundred : margin, significant: 2)
    return "\(decides.metric), \(Numbers.plural(decides.rows, "row")), "
      + "\(percent2(decides.disagreement)) disagreement: decides "
      + (isPercent ? amount + (amount == "1" ? " point" : " points") : amount)
      + "; `block` would stop \(percent2(decides.blocksEqual)) of equal models"
  }

  private static func percent2(_ share: Double) -> String {
    guard let exact = Decimal(share) else { return Numbers.word(share) }
    return Numbers.general(exact * Numbers.hundred, significant: 2) + " %"
  }

  /// A run's id or a commit as people are shown it: 7 characters of a hexadecimal hash, anything else whole.
  package static func short(_ id: String) -> String {
    if RunName.short(id) != id { return RunName.short(id) }
    let isHash = id.utf8.count >= 20 && id.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    return isHash ? String(id.prefix(7)) : id
  }

  // MARK: The run

  /// One sentence for a title: `penguins: blocked, accuracy loses 13.2 points (allowed 3)`.
  package static func headline(_ record: RunRecord) -> String {
    let name = record.head?.workflow ?? "run"
    let end = conclusion(record)
    if let first = firstBaseline(record) {
      return "\(name): first baseline, promoted to \(first.name): nothing to compare with yet" + absentPolicy(record)
    }
    let waived = waived(record.gates.flatMap(\.judgements)).map { "; \($0)" } ?? ""
    return "\(name): " + sentence(record, end.verdict, end.status) + waived + missingBaseline(record)
      + absentPolicy(record)
  }

  /// The promotion of the very first record, when nothing but the missing baseline kept its gates from passing.
  package static func firstBaseline(_ record: RunRecord) -> BaselineChange? {
    guard record.refusal == nil, let change = record.changes.first, change.parents.isEmpty,
      record.gates.contains(where: \.hasNoBaseline)
    else { return nil }
    let isClear = record.gates.flatMap(\.judgements).allSatisfy { judgement in
      switch judgement.verdict {
      case .pass, .notJudged: return true
      case .fail, .inconclusive, .invalid, .waived:
        if case .missingBaseline = judgement.finding { return true }
        return false
      }
    }
    return isClear ? change : nil
  }

  private static func absentPolicy(_ record: RunRecord) -> String {
    var said: [String] = []
    for gate in record.gates where gate.pin?.isAbsent == true {
      if let line = pin(gate), !said.contains(line) { said.append(line) }
    }
    return said.map { "; \($0)" }.joined()
  }

  /// The verdict and status as recorded, or as they follow where the run ended without a word.
  package static func conclusion(_ record: RunRecord) -> (verdict: RunVerdict, status: ExitStatus) {
    guard let verdict = record.verdict, let status = record.exitStatus else { return record.conclusion }
    return (verdict, status)
  }

  private static func missingBaseline(_ record: RunRecord) -> String {
    record.gates.contains(where: \.hasNoBaseline) ? "; there is no baseline to compare with" : ""
  }

  private static func sentence(_ record: RunRecord, _ verdict: RunVerdict, _ status: ExitStatus) -> String {
    let all = record.gates.flatMap(\.judgements)
    let blocking = worst(all.filter(\.blocks))
    switch verdict {
    case .passed:
      let judged = all.filter { $0.verdict != .notJudged }.count
      return judged == 0 ? "passed, no gate judged" : "passed, \(record.gates.map(tally).joined(separator: "; "))"
    case .waived:
      let many = all.filter { $0.verdict == .waived }.count > 1
      return
        "passed with \(many ? "waivers" : "a waiver"), \(worst(all.filter { $0.verdict == .waived }).map(brief) ?? "see the rules")"
    case .inconclusive:
      let undecided = worst(all.filter { $0.verdict == .inconclusive })
      return (status.code == 0 ? "inconclusive, not blocked, " : "blocked, inconclusive, ")
        + ((blocking ?? undecided).map(brief) ?? "a rule cannot be decided")
    case .failed:
      let failed = blocking ?? worst(all.filter { $0.verdict == .fail })
      return (status.code == 0 ? "failed, not blocked, " : "blocked, ") + (failed.map(brief) ?? "a rule failed")
    case .invalid:
      if blocking == nil, let refusal = record.refusal { return "promotion refused, \(refusal.message)" }
      let invalid = blocking ?? worst(all.filter { $0.verdict == .invalid })
      return (status.code == 0 ? "invalid, not blocked, " : "blocked, invalid, ")
        + (invalid.map(brief) ?? "a gate has no usable evidence")
    case .error: return errorSentence(record)
    case .cancelled: return "stopped, " + stageTally(record)
    }
  }

  private static func errorSentence(_ record: RunRecord) -> String {
    let failed = record.entries.filter { if case .failed = $0.settlement?.outcome { true } else { false } }
    if let first = failed.first, case .failed(let fault) = first.settlement?.outcome {
      let more = failed.count > 1 ? " and \(failed.count - 1) more" : ""
      return
        "\(Numbers.plural(failed.count, "stage")) failed, \(first.planned.id.name)\(more): \(cause(fault, in: line(first)))"
    }
    return record.diagnostics.first { $0.severity == .error }?.message ?? "interrupted, it ended without a word"
  }

  /// The worst judgement: by verdict, then all rows before slices, then in the rules' order.
  package static func worst(_ judgements: [Judgement]) -> Judgement? {
    var found: Judgement?
    for judgement in judgements {
      guard let best = found else {
        found = judgement
        continue
      }
      let isWorse = judgement.verdict.rank > best.verdict.rank
      let isWider = judgement.verdict == best.verdict && judgement.slice.isEmpty && !best.slice.isEmpty
      if isWorse || isWider { found = judgement }
    }
    return found
  }
}

extension Wording {
  /// The last line of a run, without what follows it: `passed in 3.4 s`, `failed: 1 stage failed, 2 not run`.
  package static func closing(_ record: RunRecord) -> String {
    let time = Numbers.duration(record.seconds)
    let end = conclusion(record)
    let tally = stageTally(record)
    if firstBaseline(record) != nil { return "first baseline promoted in \(time), nothing to compare with" }
    switch end.verdict {
    case .passed: return "passed in \(time)"
    case .waived:
      return "passed in \(time), \(waived(record.gates.flatMap(\.judgements)) ?? "with a waiver")"
    case .inconclusive:
      return (end.status.code == 0 ? "inconclusive, not blocked, in " : "blocked: inconclusive in ") + time
    case .failed: return (end.status.code == 0 ? "failed, not blocked, in " : "failed in ") + time
    case .invalid: return "invalid in \(time)"
    case .error:
      if isInterrupted(record) { return "interrupted, it ended without a word" + (tally.isEmpty ? "" : ": \(tally)") }
      return "failed: " + (tally.isEmpty ? "after \(time)" : tally)
    case .cancelled:
      let who =
        record.cancelSignal == 2 ? "stopped by you" : "stopped by \(record.cancelSignal.map(signal) ?? "a signal")"
      return "\(who) after \(time)" + (tally.isEmpty ? "" : ": \(tally)")
    }
  }

  /// A rule judged on two plain numbers or on rows, in one line for `pawl gate`.
  package static func short(_ judgement: Judgement) -> String {
    switch judgement.finding {
    case .holds, .broken, .undecided, .tooFew: break
    case .sameModel, .candidateNotFinite, .invalid, .missingBaseline, .notJudged: return found(judgement)
    }
    let behind = (rows(judgement).map { ", \($0)" } ?? "") + severity(judgement)
    if case .mayLose = judgement.rule.comparison {
      return numbers(judgement) + ", allowed \(limit(judgement))" + behind
    }
    if case .anchor = judgement.rule.comparison {
      return numbers(judgement) + ", allowed: \(allowed(judgement))" + behind
    }
    return numbers(judgement) + ", required: \(allowed(judgement))" + behind
  }

  /// The caveats of a judgement, with the one that every comparison of two plain numbers has.
  package static func caveats(_ judgement: Judgement) -> [String] {
    let hasBounds =
      judgement.difference?.low != nil || judgement.difference?.high != nil
      || judgement.candidate?.low != nil || judgement.candidate?.high != nil || isHistory(judgement)
    let isSaid = judgement.caveats.contains { $0.hasPrefix("point comparison") }
    let isMeasured: Bool
    switch judgement.finding {
    case .holds, .broken, .undecided, .tooFew: isMeasured = true
    case .sameModel, .candidateNotFinite, .invalid, .missingBaseline, .notJudged: isMeasured = false
    }
    guard isMeasured, !hasBounds, !isSaid, judgement.candidate?.rows == nil else { return judgement.caveats }
    return [pointCaveat] + judgement.caveats
  }

  private static func isHistory(_ judgement: Judgement) -> Bool {
    if case .history = judgement.rule.comparison { true } else { false }
  }

  static let pointCaveat =
    "point comparison: two numbers carry no uncertainty; give prediction rows to have it judged"
}
