import PawlCore
import PawlStatistics

/// Picks the method for one side against a fixed limit (statistics.md §1): exact bounds of a proportion, logit
/// DeLong, phantom rows, the bootstrap; with seeds also t over seeds, the wider of both.
struct AbsoluteChooser {
  var rule: GateRule
  let name: MetricName
  let views: [View]
  /// The metric of each replicate.
  let values: [Double]
  let seed: UInt64

  private var hasSeeds: Bool { views.count > 1 }

  func choose() -> Choice {
    let family = MetricFamily(name, views)
    let fitting = fitting(family)
    guard fitting.contains(rule.test) else {
      // A gate's `test:` is meant for its comparisons: what compares two sides says nothing of one.
      var other = self
      other.rule.test = .auto
      return other.choose().adding([AbsoluteChooser.unfit(rule.test)])
    }
    if rule.test == .point { return .point(caveats: []) }
    if case .pointOnly = family { return .point(caveats: ["no interval is known for `\(name.text)`"]) }
    if name.stem == "ece", isScored { return .point(caveats: calibrationCaveats) }
    if rule.test == .pairedT, let trial = SeedTrials.one(values) { return .trial(trial) }
    guard let first = views.first else { return .point(caveats: []) }
    if rule.test == .pairedBootstrap { return .trial(Resampling(name, family, seed: seed).one(first)) }
    return .trial(seeds(rows(family, first)))
  }

  static func unfit(_ test: TestChoice) -> String {
    "test `\(test.rawValue)` does not fit an absolute rule on this evidence: `auto` chose"
  }

  /// Trials without a rule's word: what stands on one side where the other is a number.
  func trial() -> Trial? {
    let family = MetricFamily(name, views)
    guard let first = views.first else { return nil }
    if case .pointOnly = family { return nil }
    return seeds(rows(family, first))
  }

  private var isScored: Bool { views.first?.table.spec.task != .values }

  private func fitting(_ family: MetricFamily) -> [TestChoice] {
    var tests: [TestChoice] = [.auto]
    switch family {
    case .pointOnly: return [.auto, .point]
    case .losses, .rootLoss: tests.append(.phantom)
    case .outcomes, .classRecalls, .area, .labels, .ranks, .numbers: break
    }
    if !hasSeeds { tests.append(.pairedBootstrap) } else { tests.append(.pairedT) }
    return tests + [.point]
  }

  private func seeds(_ rows: Trial) -> Trial {
    guard hasSeeds, let between = SeedTrials.one(values) else { return rows }
    return rows.widened(by: between)
  }

  private func rows(_ family: MetricFamily, _ first: View) -> Trial {
    switch family {
    case .outcomes(let positivesOnly): return proportion(positivesOnly: positivesOnly)
    case .classRecalls where first.table.clusters == nil:
      let counts = LabelCounts(first.table, first.rows)
      let parts = counts.truth.indices.compactMap {
        Proportion(successes: Double(counts.right[$0]), rows: Double(counts.truth[$0]))
      }
      return Trial(
        name: "clopper-pearson and mover", compare: { level in Mover.mean(of: parts.map { $0.comparison(at: level) }) })
    case .losses: return losses(name) ?? Resampling(name, family, seed: seed).one(first)
    case .rootLoss: return rooted
    case .area where first.table.clusters == nil:
      let ranked = AreaTrials.ranked(first)
      return Trial(name: Method.logitDelong.rawValue, compare: { ranked?.comparison(at: $0) })
    case .classRecalls, .area, .labels, .ranks, .numbers, .pointOnly:
      return Resampling(name, family, seed: seed).one(first)
    }
  }

  /// Successes averaged over seeds; with clusters a bounded mean of their sums.
  private func proportion(positivesOnly: Bool) -> Trial {
    // Rows of several replicates need not be the same: each is counted on its own.
    let outcomes = views.map { Outcomes([$0], positivesOnly: positivesOnly) }
    let k = Double(max(1, outcomes.count))
    if let first = views.first, let all = Clusters(first), let one = outcomes.first {
      let clusters = one.positions.map { all.kept($0) } ?? all
      return clustered(one.numbers(0), clusters, lowest: 0, highest: 1)
    }
    let right = outcomes.reduce(0.0) { $0 + Double($1.right(0)) / k }
    let rows = outcomes.reduce(0.0) { $0 + Double($1.rows) / k }
    let test = Proportion(successes: min(right, rows), rows: rows)
    return Trial(name: Method.clopperPearson.rawValue, compare: { test?.comparison(at: $0) })
  }

  private func clustered(_ numbers: [Double], _ clusters: Clusters, lowest: Double?, highest: Double?) -> Trial {
    let test = Phantom(
      values: Moments(clusters.scaled(numbers)), lowest: lowest.map { $0 * clusters.smallest },
      highest: highest.map { $0 * clusters.largest })
    return Trial(
      name: Method.phantom.rawValue, compare: { test?.comparison(at: $0) }, rowsPerUnit: clusters.rowsPerUnit,
      caveats: [clusters.caveat])
  }

  private func losses(_ name: MetricName) -> Trial? {
    let losses = views.compactMap { RowLoss(name, $0.table, $0.rows) }
    guard losses.count == views.count, let first = losses.first, let view = views.first else { return nil }
    var numbers = first.values
    if losses.count > 1 {
      if view.table.ids != nil, losses.allSatisfy({ $0.values.count == numbers.count }) {
        numbers = numbers.indices.map { row in losses.reduce(0) { $0 + $1.values[row] } / Double(losses.count) }
      } else if let own = first.mean().value {
        // Rows without ids cannot be averaged over seeds: the spread of one seed about the mean of all.
        let all = losses.compactMap { $0.mean().value }.reduce(0, +) / Double(losses.count)
        numbers = numbers.map { $0 - own + all }
      }
    }
    if let clusters = Clusters(view) {
      return clustered(numbers, clusters, lowest: first.lowest, highest: first.highest)
    }
    let test = Phantom(values: Moments(numbers), lowest: first.lowest, highest: first.highest)
    return Trial(name: Method.phantom.rawValue, compare: { test?.comparison(at: $0) })
  }

  /// The root of the bounds of the mean squared error.
  private var rooted: Trial {
    guard let squared = losses(MetricName("mse")) else {
      return Trial(name: Method.phantom.rawValue, compare: { _ in nil })
    }
    return Trial(
      name: squared.name,
      compare: { level in
        guard let square = squared.compare(level) else { return nil }
        return Comparison(
          value: max(0, square.value).squareRoot(), low: max(0, square.low).squareRoot(),
          high: max(0, square.high).squareRoot(), level: level, method: square.method, rows: square.rows,
          needs: square.needs, caveats: square.caveats)
      }, caveats: squared.caveats)
  }

  /// `ece` is biased upwards, so that its level means little without what a calibrated model would show.
  private var calibrationCaveats: [String] {
    guard let view = views.first,
      let calibration = RowMetrics.calibration(view.table, view.rows, bins: name.bins ?? 10)
    else { return [] }
    let expected = (calibration.expectedIfCalibrated * 10_000).rounded() / 10_000
    return ["a perfectly calibrated model would show about \(Number(expected).text) on these rows"]
  }
}
