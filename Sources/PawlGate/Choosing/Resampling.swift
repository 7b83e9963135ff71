import PawlCore
import PawlStatistics

/// Trials by drawing rows again, for metrics that are no mean of rows (statistics.md §1).
struct Resampling {
  private let name: MetricName
  private let family: MetricFamily
  private let seed: UInt64

  init(_ name: MetricName, _ family: MetricFamily, seed: UInt64) {
    self.name = name
    self.family = family
    self.seed = seed
  }

  /// The draws of one trial, made at its first question and kept for others; a stricter level wants more of them.
  private final class Draws {
    private var made: [Double] = []
    private let rows: Int
    private let make: (Int) -> [Double]

    init(rows: Int, _ make: @escaping (Int) -> [Double]) {
      self.rows = rows
      self.make = make
    }

    /// The same for the same level, whatever was asked before: each draw has a generator of its own.
    func values(at level: Level) -> [Double] {
      let count = Resampling.draws(rows, at: level)
      if made.count < count { made = make(count) }
      return Array(made.prefix(count))
    }
  }

  /// Fewer draws of many rows; as many as the bounds at the level want where that can be had.
  private static func draws(_ rows: Int, at level: Level = .usual) -> Int {
    let usual = max(400, min(2_000, 400_000_000 / max(1, rows)))
    let wanted = (20 / level.alpha).rounded(.up)
    return wanted <= min(100_000, 2_000_000_000 / Double(max(1, rows))) ? max(usual, Int(wanted)) : usual
  }

  private func bootstrap(_ view: View, _ clusters: Clusters?) -> PairedBootstrap? {
    if let clusters {
      return PairedBootstrap(rows: clusters.count, draws: Resampling.draws(view.rows.count), seed: seed)
    }
    let strata = isStratified(view) ? view.rows.pick(view.table.labels).map { Int($0) } : nil
    return PairedBootstrap(
      rows: view.rows.count, strata: strata, draws: Resampling.draws(view.rows.count), seed: seed)
  }

  private func isStratified(_ view: View) -> Bool { !view.table.labels.isEmpty }

  /// Candidate − baseline on the same rows, one replicate a side.
  func paired(_ candidate: View, _ baseline: View) -> Trial {
    let clusters = Clusters(candidate)
    let a = RowMetrics.kernel(name, candidate.table, candidate.rows)
    let b = RowMetrics.kernel(name, baseline.table, baseline.rows)
    let needs = needs(candidate, baseline)
    var trial = Trial(name: Method.pairedBootstrap.rawValue, compare: { _ in nil })
    if let clusters { trial.caveats.append(clusters.caveat) }
    guard let x = a(nil).value, let y = b(nil).value, let bootstrap = bootstrap(candidate, clusters) else {
      return trial
    }
    if isOfLabels, clusters == nil {
      let (stem, positive) = (name.stem, Int(max(0, candidate.table.positive)))
      let draws = Draws(rows: candidate.rows.count) {
        LabelCells(candidate, baseline, seed: seed).resamples($0, isDifference: true) {
          $0.value(stem, positive: positive).value ?? .nan
        }
      }
      trial.compare = { bootstrap.comparison(of: x - y, resamples: draws.values(at: $0), needs: needs($0), at: $0) }
      return trial
    }
    if name.stem == "auc", clusters == nil, let areas = AreaTrials.resamples(candidate, baseline) {
      let draws = Draws(rows: candidate.rows.count) { areas.values(draws: $0, seed: seed) }
      trial.compare = { bootstrap.comparison(of: x - y, resamples: draws.values(at: $0), needs: needs($0), at: $0) }
      return trial
    }
    let draws = Draws(rows: candidate.rows.count) {
      bootstrap.resamples(0..<$0) { weights in
        let weights = clusters?.spread(weights) ?? weights
        return (a(weights).value ?? .nan) - (b(weights).value ?? .nan)
      }
    }
    trial.compare = { bootstrap.comparison(of: x - y, resamples: draws.values(at: $0), needs: needs($0), at: $0) }
    return trial
  }

  /// One model's value.
  func one(_ view: View) -> Trial {
    let clusters = Clusters(view)
    let metric = RowMetrics.kernel(name, view.table, view.rows)
    let needs = needs(view, nil)
    var trial = Trial(name: Method.bootstrap.rawValue, compare: { _ in nil })
    if let clusters { trial.caveats.append(clusters.caveat) }
    guard let value = metric(nil).value, let bootstrap = bootstrap(view, clusters) else { return trial }
    if isOfLabels, clusters == nil {
      let (stem, positive) = (name.stem, Int(max(0, view.table.positive)))
      let draws = Draws(rows: view.rows.count) {
        LabelCells(view, nil, seed: seed).resamples($0, isDifference: false) {
          $0.value(stem, positive: positive).value ?? .nan
        }
      }
      trial.compare = { bootstrap.comparison(ofOne: value, resamples: draws.values(at: $0), needs: needs($0), at: $0) }
      return trial
    }
    if name.stem == "auc", clusters == nil, let areas = AreaTrials.resamples(view, nil) {
      let draws = Draws(rows: view.rows.count) { areas.values(draws: $0, seed: seed) }
      trial.compare = { bootstrap.comparison(ofOne: value, resamples: draws.values(at: $0), needs: needs($0), at: $0) }
      return trial
    }
    let draws = Draws(rows: view.rows.count) {
      bootstrap.resamples(0..<$0) { metric(clusters?.spread($0) ?? $0).value ?? .nan }
    }
    trial.compare = { bootstrap.comparison(ofOne: value, resamples: draws.values(at: $0), needs: needs($0), at: $0) }
    return trial
  }

  /// Two samples of rows of their own: both are drawn, the bounds added as of independent numbers.
  func unpaired(_ candidate: View, _ baseline: View) -> Trial {
    let (a, b) = (one(candidate), one(baseline))
    return Trial(
      name: Method.bootstrap.rawValue,
      compare: { level in
        guard let x = a.compare(level), let y = b.compare(level) else { return nil }
        let value = x.value - y.value
        func root(_ p: Double, _ q: Double) -> Double { (p * p + q * q).squareRoot() }
        return Comparison(
          value: value, low: value - root(x.value - x.low, y.high - y.value),
          high: value + root(x.high - x.value, y.value - y.low), level: level, method: .bootstrap,
          rows: x.rows + y.rows, needs: x.needs + y.needs)
      }, caveats: a.caveats)
  }

  /// The guards: rows on which the models differ and rows of the rarest class, or as many rows as a loss wants.
  ///
  /// None where the method proved for the metric has to pass too: its own conditions hold then.
  private func needs(_ candidate: View, _ baseline: View?) -> (Level) -> [Need] {
    if baseline != nil, isProvenOtherwise { return { _ in [] } }
    let table = candidate.table
    guard !table.labels.isEmpty else {
      let rows = candidate.rows.count
      return { PawlStatistics.PairedBootstrap.needs(rows: rows, at: $0) }
    }
    var counts = [Int](repeating: 0, count: table.classes.count)
    for position in 0..<candidate.rows.count { counts[Int(table.labels[candidate.rows[position]])] += 1 }
    let rarest = counts.filter { $0 > 0 }.min() ?? 0
    guard let baseline else {
      return { _ in [Need(.rarestClassRows, seen: Double(rarest), wanted: 20)] }
    }
    let differing = Resampling.differing(candidate, baseline, byScore: isRanked)
    return { _ in PairedBootstrap.needs(differing: differing, rarest: rarest) }
  }

  private var isProvenOtherwise: Bool {
    switch family {
    case .outcomes, .classRecalls, .losses, .area: true
    case .labels, .ranks, .numbers, .rootLoss, .pointOnly: false
    }
  }

  private var isOfLabels: Bool {
    switch family {
    case .outcomes, .classRecalls, .labels: true
    case .ranks, .area, .losses, .rootLoss, .numbers, .pointOnly: false
    }
  }

  private var isRanked: Bool {
    switch family {
    case .ranks, .area: true
    case .outcomes, .classRecalls, .losses, .rootLoss, .labels, .numbers, .pointOnly: false
    }
  }

  /// Rows on which the two models say another thing.
  static func differing(_ candidate: View, _ baseline: View, byScore: Bool) -> Int {
    let (a, b) = (candidate.table, baseline.table)
    if byScore, a.scores.count == b.scores.count {
      return (0..<candidate.rows.count).count { position in
        let (row, other) = (candidate.rows[position], baseline.rows[position])
        return a.scores.indices.contains { a.scores[$0][row] != b.scores[$0][other] }
      }
    }
    let codes = b.classes.codes(in: a.classes)
    return (0..<candidate.rows.count).count { position in
      let other = b.predictions[baseline.rows[position]]
      return other < 0 || a.predictions[candidate.rows[position]] != codes[Int(other)]
    }
  }
}
