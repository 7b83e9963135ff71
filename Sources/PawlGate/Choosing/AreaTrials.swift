import PawlCore
import PawlStatistics

#if canImport(Glibc)
  import Glibc
#endif

/// Trials of the area under the ROC curve (statistics.md §2).
enum AreaTrials {
  static func ranked(_ view: View) -> RankedScores? {
    guard let scores = view.table.scores.first else { return nil }
    return RankedScores(
      scores: view.rows.pick(scores), isPositive: view.rows.pick(view.table.labels).map { $0 == view.table.positive })
  }

  /// Paired, one replicate a side.
  static func paired(_ cut: Cut, _ method: Method) -> Trial {
    guard let first = cut.candidate.first, let second = cut.baseline.first, let a = ranked(first),
      let b = ranked(second), let pair = RankedPair(candidate: a, baseline: b)
    else { return Trial(name: method.rawValue, compare: { _ in nil }) }
    return Trial(
      name: method.rawValue,
      compare: { level in
        method == .delong
          ? pair.delong(at: level) : pair.comparison(at: level, strictly: method == .moverStrict)
      })
  }

  /// Two samples of rows of their own: the bounds of each, combined by MOVER.
  static func unpaired(_ cut: Cut) -> Trial {
    guard let first = cut.candidate.first, let second = cut.baseline.first, let a = ranked(first),
      let b = ranked(second)
    else { return Trial(name: Method.mover.rawValue, compare: { _ in nil }) }
    return Trial(
      name: Method.mover.rawValue,
      compare: { level in
        let (x, y) = (a.comparison(at: level), b.comparison(at: level))
        let below = hypot(x.value - x.low, y.high - y.value)
        let above = hypot(x.high - x.value, y.value - y.low)
        let value = x.value - y.value
        return Comparison(
          value: value, low: value - below, high: value + above, level: level, method: .mover,
          rows: x.rows + y.rows, needs: x.needs + y.needs, caveats: x.caveats)
      })
  }
}
