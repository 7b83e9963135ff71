import PawlCore
import PawlStatistics

/// What the last promoted records measured of one metric, and the limit that they set (statistics.md §6).
struct RecordedHistory {
  /// One a record, oldest first: of several replicates the mean.
  private(set) var numbers: [Number] = []
  /// The newest record of those looked at, whether it has the metric or not.
  let newest: BaselineUse?
  private(set) var caveats: [String] = []
  /// Some are means over replicates, rounded to a Double.
  private(set) var hasMeans = false

  /// - Parameters:
  ///   - runs: oldest first; the last `last` are looked at.
  ///   - replicates: of the candidate.
  init(_ runs: [HistoricRun], last: Int, metric: String, replicates: Int) {
    let looked = runs.suffix(max(1, last))
    newest = looked.last?.use
    var (lacking, wild, other, unknown, uneven) = (0, 0, 0, 0, 0)
    for run in looked {
      guard let number = RecordedHistory.number(metric, run) else {
        lacking += 1
        continue
      }
      guard number.value.isFinite else {
        wild += 1
        continue
      }
      numbers.append(number)
      if run.replicates.count > 1 { hasMeans = true }
      switch run.isOtherData {
      case true?: other += 1
      case false?: break
      case nil: unknown += 1
      }
      if run.replicates.count != replicates { uneven += 1 }
    }
    func of(_ count: Int, _ all: Int, _ one: String, _ many: String) {
      if count > 0 { caveats.append("\(count) of \(all) records \(count == 1 ? one : many)") }
    }
    of(lacking, looked.count, "lacks `\(metric)` and is left out", "lack `\(metric)` and are left out")
    of(wild, looked.count, "has no finite `\(metric)` and is left out", "have no finite `\(metric)` and are left out")
    let used = numbers.count
    of(other, used, "was measured on other test data", "were measured on other test data")
    of(unknown, used, "does not say its test data", "do not say their test data")
    of(
      uneven, used, "has another number of replicates than the candidate",
      "have another number of replicates than the candidate")
  }

  /// The mean over a record's replicates; nil unless each has it as a number.
  private static func number(_ metric: String, _ run: HistoricRun) -> Number? {
    var sum = ExactSum()
    var only: Number?
    for replicate in run.replicates {
      guard let found = replicate.first(where: { $0.name == metric }), case .number(let number) = found.content else {
        return nil
      }
      sum.add(number.value)
      only = number
    }
    return run.replicates.count > 1 ? Number(sum.value / Double(run.replicates.count)) : only
  }

  /// The limits of the next value; nil below two records.
  func limits(at level: Level) -> Comparison? { History(numbers.map(\.value))?.limits(at: level) }
}

extension CutJudge {
  /// Whether the candidate is unusually bad beside the last promoted records.
  func history(_ last: Int, _ candidate: SideReading, _ cut: Cut) throws(Refusal) -> Outcome {
    if let problem = evidence.historyProblem { throw missing(problem) }
    let metric = source.metric.text
    let history = RecordedHistory(
      evidence.history, last: last, metric: metric, replicates: evidence.candidate.count)
    guard let first = history.numbers.first else {
      throw missing(
        evidence.history.isEmpty
          ? Diagnostic(
            "gate.no-history", "there is no promoted record to compare `\(metric)` with",
            remedy: "promote a first one with `--promote --bootstrap`")
          : Diagnostic(
            "gate.no-history", "no promoted record has a usable `\(metric)`",
            cause: history.caveats.first))
    }
    var judgement = Judgement(rule: rule, verdict: .inconclusive, finding: .undecided(pointHolds: true))
    judgement.candidate = estimate(candidate, cut.candidate)
    judgement.baseline = Estimate(value: first.value, text: first.text, replicates: history.numbers.count)
    judgement.compared = history.newest
    judgement.alpha = alpha
    judgement.add(candidate.caveats)
    settle(&judgement, history, candidate)
    judgement.add(history.caveats)
    if rule.comparesPoints || rule.test != .auto {
      judgement.add(["a history has a limit of its own: the rule's test is not used"])
    }
    if evidence.isSameModel, judgement.verdict != .pass {
      // Production cannot be unusual beside itself: a commit that changes no model is not stopped for it.
      (judgement.verdict, judgement.finding) = (.pass, .sameModel)
      judgement.add(["same model"])
    }
    return Outcome(judgement: judgement)
  }

  private func settle(_ judgement: inout Judgement, _ history: RecordedHistory, _ candidate: SideReading) {
    guard let limits = history.limits(at: level) else {
      judgement.finding = .tooFew(needed: History.fewest, what: "runs", pointHolds: true)
      return
    }
    judgement.test = limits.method.rawValue
    judgement.add(limits.caveats)
    let isHigherBetter = rule.direction == .higherIsBetter
    let bound = isHigherBetter ? limits.low : limits.high
    judgement.limit = bound
    let isFlat = limits.low == limits.high
    judgement.baseline = Estimate(
      value: isFlat ? bound : limits.value, text: isFlat ? judgement.baseline?.text : nil, low: limits.low,
      high: limits.high, replicates: history.numbers.count)
    // No spread: exactly the number that was always seen, as it is written.
    let least = isFlat ? history.numbers.first ?? Number(bound) : Number(bound)
    let holds = Limit.bound(least, isLower: isHigherBetter, isInclusive: true).holds(
      candidate: candidate.number, baseline: nil, direction: rule.direction,
      isWritten: candidate.values.count == 1 && !history.hasMeans)
    if let need = limits.needs.first(where: { !$0.isMet }) {
      judgement.finding = .tooFew(needed: Int(need.wanted), what: need.what, pointHolds: holds)
      return
    }
    judgement.verdict = holds ? .pass : .fail
    judgement.finding = holds ? .holds : .broken
  }
}
