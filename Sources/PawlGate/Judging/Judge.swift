package import PawlCore
import PawlStatistics

/// Judges every rule of a policy on the evidence, on all rows and on each slice (contract §4).
///
/// Pure: the same policy and evidence give the same result, whatever the machine. Where looks at the test data are
/// counted each rule is judged at the error that one look may have, and a spent budget leaves nothing to pass; waivers
/// come last. The verdict is the worst of the
/// judgements', whatever blocks; a rule without a baseline under `on-missing-baseline: warn` is inconclusive, blocks
/// nothing and is never a pass.
package func judge(_ policy: GatePolicy, on evidence: GateEvidence, name: String) -> GateResult {
  let exhibits = evidence.exhibits.map { Prepared($0, rules: policy.rules) }
  var judgements: [Judgement] = []
  for rule in policy.rules { judgements += RuleJudge(rule, seed: evidence.seed).judge(exhibits) }
  let decides = decidable(judgements)
  let waiving = Waiving(policy.waivers, at: evidence.time, exhibits: evidence.exhibits)
  judgements = judgements.map { waiving.waived($0) }
  let verdict = judgements.map(\.verdict).max { $0.rank < $1.rank } ?? .invalid
  var result = GateResult(name: name, verdict: verdict, judgements: judgements)
  result.baseline = evidence.baseline
  result.hasNoBaseline = judgements.contains { isWithoutBaseline($0, evidence) }
  result.decides = decides
  result.looks = evidence.exhibits.compactMap(\.look)
  for exhibit in evidence.exhibits {
    result.caveats += exhibit.caveats.filter { !result.caveats.contains($0) }
  }
  result.caveats += waiving.strays(judgements).filter { !result.caveats.contains($0) }
  return result
}

/// An exhibit with its rows matched, and its shipped replicate on its own.
struct Prepared {
  let sides: Sides
  let alone: Sides?
  /// The same candidate against the anchors that rules name.
  private var anchors: [String: (sides: Sides, alone: Sides?)] = [:]

  init(_ evidence: ExhibitEvidence, rules: [GateRule]) {
    sides = Sides(evidence)
    alone = sides.shipped
    for rule in rules where rule.matches(evidence.name) {
      guard case .anchor(let name, _) = rule.comparison, anchors[name] == nil else { continue }
      let other = Sides(evidence.anchored(name))
      anchors[name] = (other, other.shipped)
    }
  }

  /// What a rule compares: all replicates, and the one that ships.
  func sides(for rule: GateRule) -> (all: Sides, alone: Sides?) {
    guard case .anchor(let name, _) = rule.comparison, let other = anchors[name] else { return (sides, alone) }
    return (other.sides, other.alone)
  }
}

extension ExhibitEvidence {
  /// The same candidate with a named release for its baseline.
  fileprivate func anchored(_ name: String) -> ExhibitEvidence {
    var other = self
    let anchor = anchors[name]
    other.baseline = anchor?.baseline ?? []
    other.baselineProblem =
      anchor.map(\.problem)
      ?? Diagnostic(
        "gate.no-anchor", "there is no record `\(name)` to compare with",
        remedy: "promote one with `--promote`, or name another record of the store")
    other.isSameModel = anchor?.isSameModel ?? false
    other.isRescored = anchor?.isRescored ?? false
    other.isOtherData = anchor?.isOtherData ?? false
    other.caveats = anchor?.caveats ?? []
    return other
  }
}

/// Whether a rule that compares had nothing to compare with.
private func isWithoutBaseline(_ judgement: Judgement, _ evidence: GateEvidence) -> Bool {
  let isHistory = if case .history = judgement.rule.comparison { true } else { false }
  guard judgement.rule.comparison.needsBaseline || isHistory else { return false }
  let exhibits = evidence.exhibits.filter { judgement.exhibit == nil || $0.name == judgement.exhibit }
  if isHistory { return exhibits.contains { $0.history.isEmpty } }
  return exhibits.contains { $0.baseline.isEmpty && !$0.isSameModel && !$0.isOtherData }
}

/// What the gate can see with its rows, from the first rule whose right / wrong rows were compared.
private func decidable(_ judgements: [Judgement]) -> Decidable? {
  for judgement in judgements where judgement.slice.isEmpty {
    guard case .mayLose = judgement.rule.comparison, let margin = judgement.limit, margin > 0, margin < 1,
      let test = judgement.test, test == "score" || test == "mcnemar" || test == "two-way and score",
      let rows = judgement.candidate?.rows, let gained = judgement.candidateOnlyRight,
      let lost = judgement.baselineOnlyRight
    else { continue }
    let level = judgement.alpha.flatMap { Level(alpha: $0) } ?? Level(confidence: judgement.rule.confidence) ?? .usual
    let disagreement = (gained + lost) / Double(rows)
    guard let power = Power(rows: rows, disagreement: disagreement, level: level),
      let decided = power.marginDecided()
    else { continue }
    return Decidable(
      metric: judgement.rule.metric, rows: rows, disagreement: disagreement, margin: decided,
      blocksEqual: 1 - power.chanceOfPass(margin: margin))
  }
  return nil
}
