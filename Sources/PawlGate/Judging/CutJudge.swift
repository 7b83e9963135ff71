import PawlCore
import PawlStatistics

/// Judges one rule on one exhibit, on all rows or on a slice.
struct CutJudge {
  let rule: GateRule
  let source: MetricSource
  let sides: Sides
  /// The one error of every bound: the rule's own, or what the budget of looks leaves of it for one look.
  let level: Level
  let seed: UInt64

  var evidence: ExhibitEvidence { sides.evidence }
  /// As differences show it.
  private var confidence: Double { evidence.look == nil ? rule.confidence : level.confidence }
  /// As judgements show it: where looks are counted.
  var alpha: Double? { evidence.look == nil ? nil : level.alpha }

  /// A judgement, and the trial behind it for the steps of Holm.
  struct Outcome {
    var judgement: Judgement
    var trial: Trial?
    var limit: Limit?
    var candidate: Number?
    var baseline: Number?
    /// The numbers are as files have them, digit by digit.
    var isWritten = false
  }

  func judge(_ slice: Slice? = nil) -> Outcome {
    var outcome: Outcome
    do throws(Refusal) {
      outcome = try decide(slice)
    } catch {
      outcome = Outcome(judgement: error.judgement)
    }
    outcome.judgement.exhibit = evidence.name
    outcome.judgement.slice = slice?.values ?? []
    outcome.judgement.settleBlocking()
    return outcome
  }

  /// A verdict that needs no test.
  struct Refusal: Error {
    var judgement: Judgement
  }

  func refuse(_ diagnostic: Diagnostic) -> Refusal { Refusal(judgement: .invalid(rule, diagnostic)) }

  private func decide(_ slice: Slice?) throws(Refusal) -> Outcome {
    if evidence.look != nil, evidence.look?.testData == nil, rule.comparison.isAbsolute || !evidence.isSameModel {
      throw refuse(
        Diagnostic(
          "gate.test-data", "nothing says which test data `\(evidence.name)` was measured on: no look can be counted",
          remedy: "declare `id` and `label` under `predictions:`, or the stage's `test-data`"))
    }
    if let problem = sides.ownProblem, isOfRows { throw refuse(problem) }
    guard let cut = sides.cut(slice) else {
      throw refuse(
        Diagnostic(
          "gate.slice-column", "the baseline's rows lack a column that the rule slices by",
          remedy: "declare an `id`, so that rows are matched, or score the baseline again"))
    }
    let candidate = try reading(evidence.candidate, cut.candidate, "candidate")
    if let wrong = candidate.values.first(where: { !$0.isFinite }) {
      throw notFinite(candidate, wrong, cut)
    }
    if case .history(let last) = rule.comparison { return try history(last, candidate, cut) }
    if rule.comparison.isAbsolute { return try absolute(candidate, cut) }
    if evidence.isSameModel { return sameModel(candidate, cut) }
    try checkBaseline()
    let baseline = try baselineReading(cut)
    if slice != nil, !baseline.isFromRows {
      throw refuse(
        Diagnostic(
          "gate.slices", "`\(source.metric.text)` of the baseline is one number, and slices are compared with slices",
          remedy: "promote a baseline with predictions, or score it again"))
    }
    return try compare(candidate, baseline, cut)
  }

  /// Whether the metric follows from the candidate's rows, so that these must match.
  private var isOfRows: Bool {
    sides.reference.map { RowMetrics.canCompute(source.metric.text, from: $0) } ?? false
  }

  private func reading(_ replicates: [Replicate], _ views: [View], _ side: String) throws(Refusal) -> SideReading {
    do throws(ReadingProblem) {
      return try source.read(replicates, views, side: side)
    } catch {
      throw refuse(error.diagnostic)
    }
  }

  private func notFinite(_ candidate: SideReading, _ wrong: Double, _ cut: Cut) -> Refusal {
    var judgement = Judgement(rule: rule, verdict: .fail, finding: .candidateNotFinite(Number(wrong).text))
    var reading = candidate
    if reading.values.count > 1 { reading.values = [wrong] }
    judgement.candidate = estimate(reading, cut.candidate, replicates: candidate.values.count)
    if let cell = NonFiniteCell(source.metric, candidate, cut.candidate) { judgement.add([cell.caveat]) }
    return Refusal(judgement: judgement)
  }

  func estimate(_ reading: SideReading, _ views: [View], replicates: Int? = nil) -> Estimate {
    let count = replicates ?? reading.values.count
    return Estimate(
      value: reading.value, text: reading.written?.text,
      rows: reading.isFromRows ? views.first.map { rows($0) } : nil,
      replicates: count > 1 ? count : nil)
  }

  /// The rows of the mean: recall's positives, else all.
  private func rows(_ view: View) -> Int {
    source.metric.stem == "recall" ? RowMetrics.rowsUsed(source.metric, view) : view.rows.count
  }

  // MARK: One side

  private func absolute(_ candidate: SideReading, _ cut: Cut) throws(Refusal) -> Outcome {
    let limit = try limit(baseline: nil)
    let choice: Choice
    if rule.comparesPoints {
      choice = .point(caveats: [])
    } else if candidate.isFromRows {
      choice = AbsoluteChooser(
        rule: rule, name: source.metric, views: cut.candidate, values: candidate.values, seed: seed
      ).choose()
    } else {
      choice = numbers(candidate, rule.test)
    }
    return try conclude(choice, limit, candidate, nil, cut)
  }

  private func numbers(_ candidate: SideReading, _ test: TestChoice) -> Choice {
    let fitting: [TestChoice] = candidate.values.count > 1 ? [.auto, .pairedT, .point] : [.auto, .point]
    guard fitting.contains(test) else { return numbers(candidate, .auto).adding([AbsoluteChooser.unfit(test)]) }
    guard test != .point, let trial = SeedTrials.one(candidate.values) else { return .point(caveats: []) }
    return .trial(trial)
  }

  private func limit(baseline: Number?) throws(Refusal) -> Limit {
    do throws(Failure) {
      return try Limit(rule, baseline: baseline)
    } catch {
      throw refuse(error.diagnostics.first ?? Diagnostic("gate.margin", "the margin cannot be used"))
    }
  }

  // MARK: Two sides

  /// The difference is 0 by identity.
  private func sameModel(_ candidate: SideReading, _ cut: Cut) -> Outcome {
    let holds =
      switch rule.comparison {
      case .mayLose(let margins, let isInclusive):
        isInclusive || margins.contains { !($0.amount.decimal?.isZero ?? true) }
      case .within: true
      case .anchor: true
      case .mustGain, .atLeast, .atMost, .history: false
      }
    var judgement = Judgement(rule: rule, verdict: holds ? .pass : .fail, finding: .sameModel)
    judgement.candidate = estimate(candidate, cut.candidate)
    judgement.baseline = judgement.candidate
    showOwnBounds(of: candidate, cut, &judgement)
    judgement.difference = Difference(value: 0, low: 0, high: 0, confidence: confidence)
    let limit = try? Limit(rule, baseline: candidate.number)
    judgement.limit = limit?.number
    judgement.add(["same model"])
    judgement.add(evidence.caveats)
    return Outcome(judgement: judgement)
  }

  private func checkBaseline() throws(Refusal) {
    let isOther = evidence.isOtherData && !evidence.isRescored
    if isOther {
      guard rule.allowsOtherData else {
        throw refuse(
          evidence.baselineProblem
            ?? Diagnostic(
              "gate.other-data", "the baseline was measured on other test data and cannot be scored again",
              remedy: "keep its model in the record, or say `allow-other-data: true`"))
      }
    } else if let problem = evidence.baselineProblem {
      throw missing(problem)
    }
    guard !evidence.baseline.isEmpty else {
      throw missing(
        evidence.baselineProblem
          ?? Diagnostic(
            "gate.no-baseline", "there is no baseline to compare `\(source.metric.text)` with",
            remedy: "promote a first one with `--promote --bootstrap`"))
    }
    for replicate in evidence.baseline {
      if let problem = replicate.problem { throw refuse(problem) }
    }
    if let problem = sides.pairingProblem, isOfRows { throw refuse(problem) }
  }

  /// Absent in the baseline: `on-missing-baseline` says what that is.
  func missing(_ diagnostic: Diagnostic) -> Refusal {
    switch rule.onMissingBaseline {
    case .invalid: return refuse(diagnostic)
    case .warn:
      // Never a pass: nothing was compared. It blocks nothing, and cannot be promoted without being said.
      return Refusal(
        judgement: Judgement(rule: rule, verdict: .inconclusive, finding: .missingBaseline(diagnostic)))
    }
  }

  private func baselineReading(_ cut: Cut) throws(Refusal) -> SideReading {
    let baseline: SideReading
    do throws(ReadingProblem) {
      baseline = try source.read(evidence.baseline, cut.baseline, side: "baseline")
    } catch {
      switch error {
      case .absent(let diagnostic): throw missing(diagnostic)
      case .unusable(let diagnostic): throw refuse(diagnostic)
      }
    }
    if let wrong = baseline.values.first(where: { !$0.isFinite }) {
      let cell = NonFiniteCell(source.metric, baseline, cut.baseline)
      throw refuse(
        Diagnostic(
          "gate.baseline-not-finite", "`\(source.metric.text)` of the baseline is \(Number(wrong).text)",
          at: cell?.location, cause: cell?.caveat, remedy: "promote a baseline with a usable value"))
    }
    return baseline
  }

  private func compare(_ candidate: SideReading, _ baseline: SideReading, _ cut: Cut) throws(Refusal) -> Outcome {
    let limit = try limit(baseline: baseline.number)
    let choice: Choice
    if rule.comparesPoints {
      choice = .point(caveats: [])
    } else if candidate.isFromRows, baseline.isFromRows {
      choice = Chooser(
        rule: rule, name: source.metric, cut: cut, candidateValues: candidate.values,
        baselineValues: baseline.values, seed: seed
      ).choose()
    } else {
      choice = NumberChooser(
        rule: rule, name: source.metric, cut: cut, candidate: candidate, baseline: baseline,
        names: (evidence.candidate.map(\.name), evidence.baseline.map(\.name)), seed: seed
      ).choose()
    }
    var outcome = try conclude(choice, limit, candidate, baseline, cut)
    showOwnBounds(of: candidate, cut, &outcome.judgement)
    outcome.judgement.add(evidence.caveats)
    if let caveat = limit.caveat(source.metric, rule, candidate, baseline, cut) { outcome.judgement.add([caveat]) }
    if evidence.isOtherData, !evidence.isRescored {
      outcome.judgement.add(["the baseline was measured on other test data"])
    }
    return outcome
  }

  // MARK: The verdict

  private func conclude(
    _ choice: Choice, _ limit: Limit, _ candidate: SideReading, _ baseline: SideReading?, _ cut: Cut
  ) throws(Refusal) -> Outcome {
    var judgement = Judgement(rule: rule, verdict: .inconclusive, finding: .undecided(pointHolds: false))
    judgement.candidate = estimate(candidate, cut.candidate)
    judgement.baseline = baseline.map { estimate($0, cut.baseline) }
    judgement.limit = limit.number
    judgement.add(candidate.caveats + (baseline?.caveats ?? []))
    var outcome = Outcome(
      judgement: judgement, limit: limit, candidate: candidate.number, baseline: baseline?.number,
      isWritten: candidate.written != nil && (baseline == nil || baseline?.written != nil))
    switch choice {
    case .unfit(let fitting):
      let list = fitting.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      throw refuse(
        Diagnostic(
          "gate.test", "test `\(rule.test.rawValue)` does not fit `\(source.metric.text)` on this evidence",
          cause: "what fits: \(list)"))
    case .point(let caveats): settlePoint(&outcome, caveats)
    case .trial(let trial):
      outcome.trial = trial
      settle(&outcome, trial)
    }
    return outcome
  }

  private func pointHolds(_ outcome: Outcome) -> Bool {
    guard let limit = outcome.limit, let candidate = outcome.candidate else { return false }
    return limit.holds(
      candidate: candidate, baseline: outcome.baseline, direction: rule.direction, isWritten: outcome.isWritten)
  }

  private func settlePoint(_ outcome: inout Outcome, _ caveats: [String]) {
    let holds = pointHolds(outcome)
    outcome.judgement.verdict = holds ? .pass : .fail
    outcome.judgement.finding = holds ? .holds : .broken
    outcome.judgement.test = Method.point.rawValue
    if let candidate = outcome.candidate?.decimal, let baseline = outcome.baseline?.decimal {
      outcome.judgement.difference = Difference(value: (candidate - baseline).double, confidence: rule.confidence)
    }
    outcome.judgement.add(caveats)
  }

  private func settle(_ outcome: inout Outcome, _ trial: Trial) {
    outcome.judgement.alpha = alpha
    outcome.judgement.test = trial.name
    outcome.judgement.candidateOnlyRight = trial.discordant?.candidateOnly
    outcome.judgement.baselineOnlyRight = trial.discordant?.baselineOnly
    outcome.judgement.add(trial.caveats)
    let holds = pointHolds(outcome)
    let comparison = trial.compare(level)
    let rows = outcome.judgement.candidate?.rows ?? 0
    if rows >= 50, comparison.map({ !$0.value.isFinite || ($0.low.isNaN || $0.high.isNaN) }) ?? true {
      // Not too few: too large for arithmetic.
      outcome.judgement = .invalid(
        rule,
        Diagnostic(
          "gate.not-finite-spread",
          "`\(source.metric.text)` cannot be compared: the spread of its \(rows) rows is not finite",
          remedy: "look for a row whose value is beyond about 1e150"))
      return
    }
    guard let limit = outcome.limit, let comparison, comparison.value.isFinite else {
      outcome.judgement.finding = .tooFew(needed: trial.least.count, what: trial.least.what, pointHolds: holds)
      return
    }
    show(comparison, trial.offset, &outcome)
    outcome.judgement.p = comparison.p.flatMap { $0.isFinite ? $0 : nil }
    outcome.judgement.add(comparison.caveats)
    if comparison.low == comparison.high, comparison.needs.isEmpty {
      // No spread: an exact comparison, in decimal.
      outcome.judgement.verdict = holds ? .pass : .fail
      outcome.judgement.finding = holds ? .holds : .broken
      return
    }
    let ruling = Ruling(comparison, limit, offset: trial.offset)
    outcome.judgement.rowsNeeded = ruling.sample.map { sample in
      if sample.unit == .seeds { return sample.count }
      // The projection of areas forgets that the spread shrinks more slowly near 1 (measured: 74 % decided, 85 to 92 %
      // with this).
      let isArea = trial.name.hasPrefix(Method.mover.rawValue)
      return Int(min((Double(sample.count) * trial.rowsPerUnit * (isArea ? 1.15 : 1)).rounded(.up), 1e15))
    }
    outcome.judgement.needsSeeds = ruling.sample?.unit == .seeds
    switch ruling.decision {
    case .pass: (outcome.judgement.verdict, outcome.judgement.finding) = (.pass, .holds)
    case .fail: (outcome.judgement.verdict, outcome.judgement.finding) = (.fail, .broken)
    case .inconclusive:
      outcome.judgement.verdict = .inconclusive
      if let need = ruling.unmet.first {
        outcome.judgement.finding = .tooFew(
          needed: Int(min(need.wanted.rounded(.up), 1e15)), what: need.what, pointHolds: holds)
      } else {
        outcome.judgement.finding = .undecided(pointHolds: holds)
      }
    }
  }

  /// Bounds as measured: candidate − baseline, or the candidate's own.
  private func show(_ comparison: Comparison, _ offset: Double, _ outcome: inout Outcome) {
    func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
    if outcome.baseline == nil {
      outcome.judgement.candidate?.low = finite(comparison.low)
      outcome.judgement.candidate?.high = finite(comparison.high)
      return
    }
    let (value, low, high) = (comparison.value - offset, comparison.low - offset, comparison.high - offset)
    outcome.judgement.difference =
      rule.direction == .higherIsBetter
      ? Difference(value: value, low: finite(low), high: finite(high), confidence: confidence)
      : Difference(value: 0 - value, low: finite(0 - high), high: finite(0 - low), confidence: confidence)
  }

  /// The candidate's own one-sided bounds beside a comparison; left out where only resampling would give them.
  private func showOwnBounds(of candidate: SideReading, _ cut: Cut, _ judgement: inout Judgement) {
    guard candidate.isFromRows, !rule.comparesPoints, judgement.candidate?.low == nil else { return }
    switch MetricFamily(source.metric, cut.candidate) {
    case .outcomes, .classRecalls, .losses, .rootLoss, .area: break
    case .labels, .ranks, .numbers, .pointOnly: return
    }
    let chooser = AbsoluteChooser(
      rule: rule, name: source.metric, views: cut.candidate, values: candidate.values, seed: seed)
    guard let bounds = chooser.trial()?.compare(level), bounds.low.isFinite, bounds.high.isFinite else { return }
    judgement.candidate?.low = bounds.low
    judgement.candidate?.high = bounds.high
  }

  /// Whether the harm is shown at a stricter level too.
  func fails(_ outcome: Outcome, at level: Level) -> Bool {
    guard let trial = outcome.trial, let limit = outcome.limit else { return true }
    guard let comparison = trial.compare(level) else { return false }
    if comparison.low == comparison.high, comparison.needs.isEmpty { return true }
    return Ruling(comparison, limit, offset: trial.offset).decision == .fail
  }

  /// Takes a harm back that Holm's correction does not leave standing.
  func retract(_ outcome: inout Outcome, among count: Int) {
    outcome.judgement.verdict = .inconclusive
    outcome.judgement.finding = .undecided(pointHolds: pointHolds(outcome))
    outcome.judgement.add(["a harm on its own, not after Holm's correction over \(count) slices"])
    outcome.judgement.settleBlocking()
  }
}
