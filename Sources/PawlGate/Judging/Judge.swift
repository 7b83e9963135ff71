package import PawlCore
import PawlStatistics

/// Judges every rule of a policy on the evidence, on all rows and on each slice (contract §4).
///
/// Pure: the same policy and evidence give the same result, whatever the machine. The verdict is the worst of the
/// judgements', whatever blocks; a rule without a baseline under `on-missing-baseline: warn` is inconclusive, blocks
/// nothing and is never a pass.
package func judge(_ policy: GatePolicy, on evidence: GateEvidence, name: String) -> GateResult {
  let exhibits = evidence.exhibits.map { Prepared($0) }
  var judgements: [Judgement] = []
  for rule in policy.rules { judgements += RuleJudge(rule, seed: evidence.seed).judge(exhibits) }
  let verdict = judgements.map(\.verdict).max { $0.rank < $1.rank } ?? .invalid
  var result = GateResult(name: name, verdict: verdict, judgements: judgements)
  result.baseline = evidence.baseline
  result.hasNoBaseline = judgements.contains { isWithoutBaseline($0, evidence) }
  result.decides = decidable(judgements)
  for exhibit in evidence.exhibits {
    result.caveats += exhibit.caveats.filter { !result.caveats.contains($0) }
  }
  return result
}

/// An exhibit with its rows matched, and its shipped replicate on its own.
struct Prepared {
  let sides: Sides
  let alone: Sides?

  init(_ evidence: ExhibitEvidence) {
    sides = Sides(evidence)
    if let ships = evidence.ships, evidence.candidate.count > 1, evidence.candidate.indices.contains(ships) {
      alone = Sides(sides.alone(ships))
    } else {
      alone = nil
    }
  }
}

/// Whether a rule that compares had nothing to compare with.
private func isWithoutBaseline(_ judgement: Judgement, _ evidence: GateEvidence) -> Bool {
  guard judgement.rule.comparison.needsBaseline else { return false }
  let exhibits = evidence.exhibits.filter { judgement.exhibit == nil || $0.name == judgement.exhibit }
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
    let level = Level(confidence: judgement.rule.confidence) ?? .usual
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
