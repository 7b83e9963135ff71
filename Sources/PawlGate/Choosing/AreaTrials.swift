import PawlCore
import PawlStatistics

#if canImport(Glibc)
  import Glibc
#endif

/// Trials of the area under the ROC curve (statistics.md §2).
enum AreaTrials {
  static func ranked(_ view: View) -> RankedScores? {
    guard let order = order(view) else { return nil }
    return RankedScores(order: order, isPositive: view.rows.pick(view.table.labels).map { $0 == view.table.positive })
  }

  /// Areas of one model or the difference of two over resamples; nil when a score is NaN or a class has no row.
  static func resamples(_ view: View, _ baseline: View?) -> AreaResamples? {
    guard let order = order(view) else { return nil }
    let other = baseline.flatMap { self.order($0) }
    if baseline != nil, other == nil { return nil }
    let isPositive = view.rows.pick(view.table.labels).map { $0 == view.table.positive }
    return AreaResamples(candidate: order, baseline: other, isPositive: isPositive)
  }

  /// The rows of a view in the order of their scores.
  private static func order(_ view: View) -> ScoreOrder? {
    // A table keeps the order of all its rows.
    if view.rows.indices == nil { return view.table.order(ofScore: 0) }
    return view.table.scores.first.flatMap { ScoreOrder(view.rows.pick($0)) }
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
