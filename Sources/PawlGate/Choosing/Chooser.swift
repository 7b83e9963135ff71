import PawlCore
import PawlStatistics

/// Picks the method for rows on both sides by metric and evidence (statistics.md §1–4).
struct Chooser {
  let rule: GateRule
  let name: MetricName
  let cut: Cut
  /// The metric of each replicate.
  let candidateValues: [Double]
  let baselineValues: [Double]
  let seed: UInt64

  private var direction: Direction { rule.direction }
  private var hasSeeds: Bool { cut.candidate.count > 1 || cut.baseline.count > 1 }
  private var family: MetricFamily { MetricFamily(name, cut.candidate + cut.baseline) }

  /// The method of the rule's `test`, `auto` by the evidence.
  func choose() -> Choice {
    let family = family
    let fitting = fitting(family)
    guard fitting.contains(rule.test) else { return .unfit(fitting: fitting) }
    if rule.test == .point { return .point(caveats: []) }
    guard var trial = rule.test == .auto ? automatic(family) : named(rule.test, family) else {
      return .point(caveats: ["no interval is known for `\(name.text)`"])
    }
    if !cut.isPaired { trial.caveats.append("unpaired: the rows of the two sides are not matched by id") }
    if hasSeeds { trial.caveats += Cut.pairCaveats(cut.candidate.map(\.name), cut.baseline.map(\.name)) }
    return .trial(trial)
  }

  private func fitting(_ family: MetricFamily) -> [TestChoice] {
    var tests: [TestChoice] = [.auto]
    if cut.isPaired {
      switch family {
      case .outcomes: tests += hasSeeds ? [.score, .phantom, .twoWay] : [.score, .mcnemar, .phantom, .pairedBootstrap]
      case .classRecalls: if !hasSeeds { tests += [.score, .pairedBootstrap] }
      case .losses: tests += hasSeeds ? [.phantom, .twoWay] : [.phantom, .pairedBootstrap]
      case .area: if !hasSeeds { tests += [.mover, .moverStrict, .delong, .pairedBootstrap] }
      case .labels, .ranks, .numbers, .rootLoss: if !hasSeeds { tests += [.pairedBootstrap] }
      case .pointOnly: break
      }
    }
    if case .pointOnly = family { return [.auto, .point] }
    if cut.isPaired, isBounded(family) { tests.append(.betting) }
    if (cut.pairs?.count ?? 0) > 1 { tests.append(.pairedT) }
    if cut.candidate.count > 1, cut.baseline.count > 1 { tests.append(.welch) }
    return tests + [.point]
  }

  /// Whether one row's difference has a bound, and rows are the unit.
  private func isBounded(_ family: MetricFamily) -> Bool {
    guard cut.candidate.first?.table.clusters == nil else { return false }
    switch family {
    case .outcomes: return true
    case .losses: return LossTrials(name, cut, direction)?.bound != nil
    case .classRecalls, .rootLoss, .area, .labels, .ranks, .numbers, .pointOnly: return false
    }
  }

  // MARK: auto

  private func automatic(_ family: MetricFamily) -> Trial? {
    switch family {
    case .pointOnly: return nil
    case .outcomes(let positivesOnly): return outcomes(positivesOnly).oriented(direction)
    case .losses:
      guard let trials = LossTrials(name, cut, direction) else { return nil }
      return losses(trials)
    case .classRecalls, .area, .labels, .ranks, .numbers, .rootLoss:
      return (hasSeeds ? seeds(family) : single(family)).oriented(direction)
    }
  }

  private func outcomes(_ positivesOnly: Bool) -> Trial {
    guard cut.isPaired else {
      let rows = OutcomeTrials.unpaired(cut, positivesOnly: positivesOnly)
      return seedTrial.map { $0.widened(by: rows) } ?? rows
    }
    let trials = OutcomeTrials(cut, positivesOnly: positivesOnly)
    let rows = trials.clustered ?? trials.score
    guard hasSeeds else { return rows }
    let between = trials.twoWay ?? seedTrial
    guard var both = between?.widened(by: rows) else { return rows }
    both.discordant = rows.discordant
    return both
  }

  private func losses(_ trials: LossTrials) -> Trial {
    guard cut.isPaired else {
      let rows = trials.unpaired
      return seedTrial.map { $0.oriented(direction).widened(by: rows) } ?? rows
    }
    let rows = trials.phantom
    guard hasSeeds else { return rows }
    return (trials.twoWay ?? seedTrial?.oriented(direction))?.widened(by: rows) ?? rows
  }

  /// t over seeds; where the seeds have no spread the rows of the first pair say what there is to say.
  private func seeds(_ family: MetricFamily) -> Trial {
    let rows = single(family)
    guard let between = seedTrial else { return rows }
    let isFlat = Set(candidateValues).count == 1 && Set(baselineValues).count == 1
    return isFlat ? between.widened(by: rows) : between
  }

  private var seedTrial: Trial? {
    SeedTrials.trial(candidate: candidateValues, baseline: baselineValues, pairs: hasSeeds ? cut.pairs : nil)
  }

  /// One replicate a side, or the first of several.
  private func single(_ family: MetricFamily) -> Trial {
    guard let candidate = cut.candidate.first, let baseline = cut.baseline.first else {
      return Trial(name: Method.point.rawValue, compare: { _ in nil })
    }
    let pair = Cut(candidate: [candidate], baseline: [baseline], isPaired: cut.isPaired)
    let resampling = Resampling(name, drawn(family), seed: seed)
    guard cut.isPaired else {
      if case .area = family { return AreaTrials.unpaired(pair) }
      return resampling.unpaired(candidate, baseline)
    }
    let hasClusters = candidate.table.clusters != nil
    switch family {
    case .area where !hasClusters: return AreaTrials.paired(pair, .mover)
    case .classRecalls where !hasClusters: return classRecalls(pair)
    case .area, .classRecalls, .labels, .ranks, .numbers, .rootLoss, .outcomes, .losses, .pointOnly:
      let drawn = resampling.paired(candidate, baseline)
      guard let squares = SquareErrors(name, candidate, baseline) else { return drawn }
      // In the orientation of the draws: candidate − baseline.
      return drawn.widened(by: squares.trial.oriented(direction))
    }
  }

  /// The family under whose guards rows are drawn where its own method does not fit.
  private func drawn(_ family: MetricFamily) -> MetricFamily {
    switch family {
    case .area: .ranks
    case .classRecalls, .outcomes: .labels
    case .losses, .rootLoss: .numbers
    case .labels, .ranks, .numbers, .pointOnly: family
    }
  }

  /// Score bounds of each class's recall, combined by MOVER.
  private func classRecalls(_ pair: Cut) -> Trial {
    let parts = OutcomeTrials.byClass(pair)
    return Trial(
      name: "score and mover", compare: { level in Mover.mean(of: parts.map { $0.comparison(at: level) }) },
      discordant: parts.reduce((0.0, 0.0)) { ($0.0 + $1.candidateOnlyRight, $0.1 + $1.baselineOnlyRight) })
  }

  // MARK: named

  private func named(_ test: TestChoice, _ family: MetricFamily) -> Trial? {
    switch test {
    case .auto: return automatic(family)
    case .point: return nil
    case .betting: return betting(family)
    case .pairedT, .welch:
      return SeedTrials.trial(
        candidate: candidateValues, baseline: baselineValues, pairs: cut.pairs,
        wants: test == .welch ? .welch : .pairedT)?.oriented(direction)
    case .delong: return AreaTrials.paired(cut, .delong).oriented(direction)
    case .mover: return AreaTrials.paired(cut, .mover).oriented(direction)
    case .moverStrict: return AreaTrials.paired(cut, .moverStrict).oriented(direction)
    case .score: return scored(family, named: .score)
    case .mcnemar:
      var trial = scored(family, named: .mcnemar)
      trial?.caveats.append("p is McNemar's exact one; the score bounds decide")
      return trial
    case .phantom: return phantom(family)
    case .twoWay: return automatic(family)
    case .pairedBootstrap: return bootstrap(family)
    }
  }

  private func scored(_ family: MetricFamily, named method: Method) -> Trial? {
    if case .outcomes(let positivesOnly) = family {
      var trial = OutcomeTrials(cut, positivesOnly: positivesOnly).score
      trial.name = method.rawValue
      if hasSeeds { trial.caveats.append("the spread between seeds is not in the bounds") }
      return trial.oriented(direction)
    }
    return classRecalls(cut).oriented(direction)
  }

  private func betting(_ family: MetricFamily) -> Trial? {
    var trial: Trial?
    if case .outcomes(let positivesOnly) = family {
      trial = OutcomeTrials(cut, positivesOnly: positivesOnly).betting.oriented(direction)
    } else {
      trial = LossTrials(name, cut, direction)?.betting
    }
    if hasSeeds { trial?.caveats.append("the spread between seeds is not in the bounds") }
    return trial
  }

  private func phantom(_ family: MetricFamily) -> Trial? {
    var trial: Trial?
    if case .outcomes(let positivesOnly) = family {
      let rows = Cut(candidate: cut.candidate, baseline: cut.baseline, isPaired: true)
      trial = OutcomeTrials(rows, positivesOnly: positivesOnly).phantom.oriented(direction)
    } else {
      trial = LossTrials(name, cut, direction)?.phantom
    }
    if hasSeeds { trial?.caveats.append("the spread between seeds is not in the bounds") }
    return trial
  }

  /// On right / wrong rows and row losses it passes only where the method proved for them passes too.
  private func bootstrap(_ family: MetricFamily) -> Trial? {
    guard let candidate = cut.candidate.first, let baseline = cut.baseline.first else { return nil }
    let drawn = Resampling(name, family, seed: seed).paired(candidate, baseline).oriented(direction)
    switch family {
    case .outcomes, .losses, .classRecalls, .area:
      return automatic(family).map { drawn.widened(by: $0) }
    case .labels, .ranks, .numbers, .rootLoss, .pointOnly:
      return SquareErrors(name, candidate, baseline).map { drawn.widened(by: $0.trial) } ?? drawn
    }
  }
}

extension OutcomeTrials {
  /// Bets on right / wrong rows: valid, and far weaker than the score bounds.
  var betting: Trial {
    var trial = score
    let test = Betting(advantages: averagedDifferences.sorted(), bound: 1)
    trial.name = Method.betting.rawValue
    trial.compare = { test?.comparison(at: $0) }
    return trial
  }

  /// Phantom rows on right / wrong rows: valid, and weaker than the score bounds.
  var phantom: Trial {
    if let clustered { return clustered }
    var trial = score
    let test = Phantom(advantages: Moments(averagedDifferences), bound: 1)
    trial.name = Method.phantom.rawValue
    trial.compare = { test?.comparison(at: $0) }
    return trial
  }
}
