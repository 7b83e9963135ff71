import PawlCore
import PawlStatistics

/// Picks the method where at least one side has only numbers.
struct NumberChooser {
  let rule: GateRule
  let name: MetricName
  let cut: Cut
  let candidate: SideReading
  let baseline: SideReading
  /// The replicates' names of the candidate and of the baseline.
  let names: ([String], [String])
  let seed: UInt64

  private var isHigherBetter: Bool { rule.direction == .higherIsBetter }

  func choose() -> Choice {
    var fitting: [TestChoice] = [.auto]
    let (many, others) = (candidate.values.count > 1, baseline.values.count > 1)
    if many, others {
      if candidate.values.count == baseline.values.count { fitting.append(.pairedT) }
      fitting.append(.welch)
    }
    fitting.append(.point)
    guard fitting.contains(rule.test) else { return .unfit(fitting: fitting) }
    if rule.test == .point { return .point(caveats: []) }
    if many, others, let trial = seeds { return .trial(trial.oriented(rule.direction)) }
    if let trial = exactBaseline ?? exactCandidate { return .trial(trial) }
    return .point(caveats: [])
  }

  /// Replicates on both sides: paired where their names pair.
  private var seeds: Trial? {
    let isNamed = Set(names.0) == Set(names.1) && Set(names.0).count == names.0.count
    let pairs = isNamed || rule.test == .pairedT ? Cut.pairs(names.0, names.1) : nil
    let wants: Method? = rule.test == .welch ? .welch : rule.test == .pairedT ? .pairedT : nil
    var trial = SeedTrials.trial(
      candidate: candidate.values, baseline: baseline.values, pairs: pairs, wants: wants)
    trial?.least = (2, "seeds")
    if !isNamed {
      trial?.caveats.append(
        pairs == nil
          ? "the replicates of the two sides have other names: not paired"
          : "replicates have other names on each side and are paired in their order")
    }
    return trial
  }

  /// The candidate's interval against the baseline's number as exact.
  private var exactBaseline: Trial? {
    let own =
      candidate.isFromRows
      ? AbsoluteChooser(rule: rule, name: name, views: cut.candidate, values: candidate.values, seed: seed).trial()
      : SeedTrials.next(beside: candidate.values)
    guard var trial = own?.oriented(rule.direction) else { return nil }
    trial.offset = isHigherBetter ? baseline.value : -baseline.value
    trial.caveats.append(
      candidate.isFromRows
        ? "the baseline has only a number: it is taken as exact"
        : "the baseline has one number: it is taken as one more run beside \(candidate.values.count)")
    return trial
  }

  /// The baseline's interval against the candidate's number as exact.
  private var exactCandidate: Trial? {
    let own =
      baseline.isFromRows
      ? AbsoluteChooser(rule: rule, name: name, views: cut.baseline, values: baseline.values, seed: seed).trial()
      : SeedTrials.next(beside: baseline.values)
    // What the baseline has more is what the candidate has less.
    guard var trial = own?.oriented(isHigherBetter ? .lowerIsBetter : .higherIsBetter) else { return nil }
    trial.offset = isHigherBetter ? -candidate.value : candidate.value
    trial.caveats.append(
      baseline.isFromRows
        ? "the candidate has only a number: it is taken as exact"
        : "the candidate has one number: it is taken as one more run beside \(baseline.values.count)")
    return trial
  }
}
