import PawlCore
import PawlStatistics

/// Trials of means of row losses or values (statistics.md §3 and §4): phantom rows, with seeds two-way as well.
struct LossTrials {
  private let candidate: [RowLoss]
  private let baseline: [RowLoss]
  private let cut: Cut
  /// +1 when higher is better.
  private let sign: Double
  private let worst: Double?

  init?(_ name: MetricName, _ cut: Cut, _ direction: Direction) {
    let candidate = cut.candidate.compactMap { RowLoss(name, $0.table, $0.rows) }
    let baseline = cut.baseline.compactMap { RowLoss(name, $0.table, $0.rows) }
    guard candidate.count == cut.candidate.count, baseline.count == cut.baseline.count, !candidate.isEmpty,
      !baseline.isEmpty
    else { return nil }
    self.candidate = candidate
    self.baseline = baseline
    self.cut = cut
    sign = direction == .higherIsBetter ? 1 : -1
    worst = cut.candidate.first?.table.spec.worst
  }

  /// The largest difference of one row, as the metric's range or the user says.
  var bound: Double? {
    [worst, candidate.first?.bound].compactMap { $0 }.min()
  }

  private var pairs: [(candidate: Int, baseline: Int)] {
    cut.pairs
      ?? cut.candidate.indices.flatMap { candidate in cut.baseline.indices.map { (candidate, $0) } }
  }

  private func advantages(_ pair: (candidate: Int, baseline: Int)) -> [Double] {
    let (sign, theirs) = (sign, baseline[pair.baseline].values)
    return zip(candidate[pair.candidate].values, theirs).map { sign * ($0 - $1) }
  }

  /// Row advantages averaged over seeds.
  private var averaged: [Double] {
    let pairs = pairs
    guard pairs.count > 1 else { return pairs.first.map { advantages($0) } ?? [] }
    var sums = [Double](repeating: 0, count: candidate.first?.values.count ?? 0)
    for pair in pairs {
      for (row, advantage) in advantages(pair).enumerated() { sums[row] += advantage / Double(pairs.count) }
    }
    return sums
  }

  /// With clusters, their sums.
  var phantom: Trial {
    let advantages = averaged
    if let first = cut.candidate.first, let clusters = Clusters(first) {
      let test = Phantom(
        advantages: Moments(clusters.scaled(advantages)), bound: bound.map { $0 * clusters.largest })
      return Trial(
        name: Method.phantom.rawValue, compare: { test?.comparison(at: $0) }, rowsPerUnit: clusters.rowsPerUnit,
        caveats: [clusters.caveat])
    }
    let moments = Moments(advantages)
    let test = Phantom(advantages: moments, bound: bound)
    var trial = Trial(name: Method.phantom.rawValue, compare: { test?.comparison(at: $0) })
    if let worst, max(-moments.smallest, moments.largest) > worst {
      trial.caveats.append("a row differs by more than `worst: \(Number(worst).text)`: what was seen is taken")
    }
    return trial
  }

  /// nil without a bound, and with clusters.
  var betting: Trial? {
    guard let bound, cut.candidate.first?.table.clusters == nil else { return nil }
    let advantages = averaged
    let worst = advantages.reduce(bound) { max($0, abs($1)) }
    // Sorted first: the method's own order is then the same whatever the rows'.
    let test = Betting(advantages: advantages.sorted(), bound: worst)
    return Trial(name: Method.betting.rawValue, compare: { test?.comparison(at: $0) })
  }

  /// nil where seeds cannot be paired.
  var twoWay: Trial? {
    guard let pairs = cut.pairs, pairs.count > 1 else { return nil }
    let test = TwoWay(differences: pairs.map { advantages($0) })
    return Trial(name: Method.twoWay.rawValue, compare: { test?.comparison(at: $0) })
  }

  /// Two samples of rows of their own.
  var unpaired: Trial {
    func moments(_ losses: [RowLoss], _ views: [View]) -> Moments {
      var all = Moments()
      if losses.count == 1, let first = views.first, let clusters = Clusters(first) {
        return Moments(clusters.scaled(losses[0].values))
      }
      // Replicates without ids cannot be averaged row by row; the smallest of them stands for the number of rows.
      let one = losses.min { $0.values.count < $1.values.count }
      for value in one?.values ?? [] { all.add(value) }
      return all
    }
    let test = Welch(
      candidateRows: moments(candidate, cut.candidate), baselineRows: moments(baseline, cut.baseline))
    let isMirrored = sign < 0
    return Trial(
      name: Method.welch.rawValue,
      compare: { level in
        let comparison = test?.comparison(at: level)
        return isMirrored ? comparison?.mirrored : comparison
      })
  }
}
