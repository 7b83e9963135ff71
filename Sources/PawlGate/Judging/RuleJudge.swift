import PawlCore
import PawlStatistics

/// Judges one rule: finds its evidence, judges all rows and every slice.
struct RuleJudge {
  let rule: GateRule
  let seed: UInt64
  private let source: MetricSource

  init(_ rule: GateRule, seed: UInt64) {
    self.rule = rule
    self.seed = seed
    source = MetricSource(metric: MetricName(rule.metric), rule: rule)
  }

  func judge(_ exhibits: [Prepared]) -> [Judgement] {
    let matching = exhibits.filter { rule.matches($0.sides.evidence.name) }
    guard !matching.isEmpty else { return [.invalid(rule, noEvidence(exhibits))] }
    for exhibit in matching {
      if let problem = problem(exhibit.sides.evidence) {
        return [.invalid(rule, problem, exhibit: exhibit.sides.evidence.name)]
      }
    }
    let knowing = matching.filter { $0.sides.evidence.candidate.contains { source.knows($0) } }
    guard knowing.count <= 1 else { return [.invalid(rule, ambiguous(knowing))] }
    guard let exhibit = knowing.first ?? (matching.count == 1 ? matching.first : nil) else {
      return [.invalid(rule, absentEverywhere(matching))]
    }
    let (all, alone) = exhibit.sides(for: rule)
    guard let alone else { return judge(all) }
    if case .history = rule.comparison {
      // Means over seeds say nothing of how far one seed may lie from them.
      return judge(all, about: "of the recipe alone: the replicate that ships has no history of its own")
    }
    return judge(all, about: "of the recipe, over \(all.evidence.candidate.count) replicates")
      + judge(alone, about: "of the replicate that ships, alone")
  }

  /// Evidence that was skipped or cannot be read is never a pass.
  private func problem(_ evidence: ExhibitEvidence) -> Diagnostic? {
    if let problem = evidence.candidateProblem { return problem }
    if evidence.candidate.isEmpty {
      return Diagnostic("gate.no-evidence", "`\(evidence.name)` gave no evidence")
    }
    return evidence.candidate.lazy.compactMap(\.problem).first
  }

  private func noEvidence(_ exhibits: [Prepared]) -> Diagnostic {
    let names = exhibits.map(\.sides.evidence.name)
    guard let stage = rule.stage else {
      return Diagnostic(
        "gate.no-evidence", "the gate has no evidence to judge", remedy: "add an `evaluate` stage before it")
    }
    return Diagnostic(
      "gate.unknown-stage", "`\(stage)` is no evidence of this gate", cause: "there is: \(NameList.text(names))",
      remedy: Suggestion.nearest(to: stage, in: names).map { "did you mean `\($0)`?" })
  }

  private func ambiguous(_ exhibits: [Prepared]) -> Diagnostic {
    let names = exhibits.map(\.sides.evidence.name)
    return Diagnostic(
      "gate.ambiguous-metric", "`\(rule.metric)` is in \(names.count) evaluations: \(NameList.text(names))",
      remedy: "name one with `stage: \(names.first ?? "")`")
  }

  private func absentEverywhere(_ exhibits: [Prepared]) -> Diagnostic {
    do throws(ReadingProblem) {
      _ = try source.read(exhibits.flatMap(\.sides.evidence.candidate), [], side: "candidate")
    } catch {
      return error.diagnostic
    }
    return Diagnostic("gate.metric-absent", "`\(rule.metric)` is in no evidence of this gate")
  }

  /// - Parameter label: which of two questions it answers, where both are asked.
  private func judge(_ sides: Sides, about label: String? = nil) -> [Judgement] {
    let level = Level(Level(confidence: rule.confidence) ?? .usual, shared: sides.evidence.look?.policy)
    let judge = CutJudge(rule: rule, source: source, sides: sides, level: level, seed: seed)
    var judgements = [judge.judge().judgement]
    if !rule.slices.isEmpty, rule.comparison.hasSlices { judgements += slices(judge, sides) }
    for index in judgements.indices {
      judgements[index].spend(sides.evidence.look)
      if case .anchor(let name, _) = rule.comparison {
        judgements[index].compared = sides.evidence.anchors[name]?.use
      }
      if let label, judgements[index].verdict != .invalid { judgements[index].add([label]) }
    }
    return judgements
  }

  // MARK: Slices

  private func slices(_ judge: CutJudge, _ sides: Sides) -> [Judgement] {
    let name = sides.evidence.name
    guard let table = sides.reference, RowMetrics.canCompute(rule.metric, from: table) else {
      return [
        .invalid(
          rule,
          Diagnostic(
            "gate.slices", "`\(rule.metric)` cannot be sliced: it does not come from rows",
            remedy: "declare `predictions:` on the evaluate stage"), exhibit: name)
      ]
    }
    var outcomes: [CutJudge.Outcome] = []
    for selection in rule.slices {
      do throws(Failure) {
        let slices = try SliceTable(selection, table)
        outcomes += slices.slices.map { outcome(judge, $0, sides, isDeclared: isDeclared($0, selection)) }
        outcomes += slices.absent.map { absent($0, name) }
      } catch {
        let diagnostic = error.diagnostics.first ?? Diagnostic("gate.slices", "the slices cannot be made")
        outcomes.append(CutJudge.Outcome(judgement: .invalid(rule, diagnostic, exhibit: name)))
      }
    }
    correct(&outcomes, judge)
    return outcomes.map(\.judgement)
  }

  private func isDeclared(_ slice: Slice, _ selection: SliceSelection) -> Bool {
    guard let value = slice.values.first?.value else { return false }
    return selection.values.contains(value)
  }

  private func outcome(_ judge: CutJudge, _ slice: Slice, _ sides: Sides, isDeclared: Bool) -> CutJudge.Outcome {
    // Without a word on rows, a slice that the metric uses none of has nothing to say.
    let least = max(rule.minRows ?? 1, isDeclared && rule.minRows == nil ? 0 : 1)
    let used = sides.cut(slice)?.candidate.first.map { RowMetrics.rowsUsed(source.metric, $0) } ?? 0
    guard used >= least else {
      var judgement = Judgement(rule: rule, verdict: .notJudged, finding: .notJudged(rows: used, least: least))
      judgement.exhibit = sides.evidence.name
      judgement.slice = slice.values
      return CutJudge.Outcome(judgement: judgement)
    }
    return judge.judge(slice)
  }

  private func absent(_ value: SliceValue, _ exhibit: String) -> CutJudge.Outcome {
    var judgement = Judgement.invalid(
      rule,
      Diagnostic(
        "gate.slice-absent", "no row has `\(value.value)` in `\(value.column)`",
        remedy: "take it out of the rule's `slices`, or look at the test data"), exhibit: exhibit)
    judgement.slice = [value]
    return CutJudge.Outcome(judgement: judgement)
  }

  /// Holm's step-down over the slices that were judged: a harm counts when it is shown at the level of its step.
  private func correct(_ outcomes: inout [CutJudge.Outcome], _ judge: CutJudge) {
    let judged = outcomes.count { $0.judgement.verdict != .notJudged && $0.judgement.verdict != .invalid }
    var harms = outcomes.indices.filter {
      outcomes[$0].judgement.verdict == .fail && outcomes[$0].judgement.finding == .broken && outcomes[$0].trial != nil
    }
    guard judged > 1, !harms.isEmpty else { return }
    var shown = 0
    while !harms.isEmpty {
      // Whatever is shown at this step's level is shown at every later, laxer one.
      let step = judge.level.shared(by: judged - shown)
      let left = harms.filter { !judge.fails(outcomes[$0], at: step) }
      if left.count == harms.count { break }
      shown += harms.count - left.count
      harms = left
    }
    for index in harms { judge.retract(&outcomes[index], among: judged) }
  }
}

extension GateRule {
  /// `stage: evaluate[variant=a]` is one evidence, `stage: evaluate` any of its variants.
  func matches(_ exhibit: String) -> Bool {
    guard let stage else { return true }
    return exhibit == stage || exhibit.hasPrefix(stage + "[")
  }
}

extension RuleComparison {
  /// A history is of all rows: records do not hold what a slice measured.
  fileprivate var hasSlices: Bool {
    switch self {
    case .atLeast, .atMost, .mayLose, .mustGain, .within, .anchor: true
    case .history: false
    }
  }
}
