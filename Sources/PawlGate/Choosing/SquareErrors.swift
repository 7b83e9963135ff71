import PawlCore
import PawlStatistics

/// Metrics that are a smooth function of mean squared errors, as means of rows: `rmse`, `r2`, `explained-variance`.
///
/// Drawing rows again does not see a rare, large error (measured: 14 to 28 % wrong passes at 500 rows). The difference of
/// two models is the exact mean of x: for RMSE x = (b² − c²)/(RMSE_b + RMSE_c), for R² x = (b² − c²)·n/Σ(y − ȳ)², b and
/// c the two errors of a row, about their means for explained variance. Phantom rows on x bound it; as x is unbounded
/// and its scale is estimated too, a pass wants 3,000 rows at 5 %, where the worst shape tried is at 5.0 %.
struct SquareErrors {
  private let advantages: [Double]

  /// nil for other metrics, for clusters, and where the scale is no number.
  init?(_ name: MetricName, _ candidate: View, _ baseline: View) {
    guard ["rmse", "r2", "explained-variance"].contains(name.stem), candidate.table.clusters == nil,
      candidate.table.spec.task == .regression, candidate.rows.count > 1
    else { return nil }
    let mine = SquareErrors.squares(candidate, centred: name.stem == "explained-variance")
    let theirs = SquareErrors.squares(baseline, centred: name.stem == "explained-variance")
    let n = Double(mine.count)
    let scale: Double
    if name.stem == "rmse" {
      scale = (mine.reduce(0, +) / n).squareRoot() + (theirs.reduce(0, +) / n).squareRoot()
    } else {
      let truth = Moments(candidate.rows.pick(candidate.table.targets))
      scale = truth.isConstant ? 0 : truth.variance * (n - 1) / n
    }
    guard scale > 0, scale.isFinite else { return nil }
    advantages = zip(theirs, mine).map { ($0 - $1) / scale }
  }

  private static func squares(_ view: View, centred: Bool) -> [Double] {
    var errors = zip(view.rows.pick(view.table.targets), view.rows.pick(view.table.estimates)).map { $0 - $1 }
    if centred {
      let mean = Moments(errors).mean
      for index in errors.indices { errors[index] -= mean }
    }
    return errors.map { $0 * $0 }
  }

  /// The candidate's advantage, whichever way the metric points.
  var trial: Trial {
    let test = Phantom(advantages: Moments(advantages))
    let rows = Double(advantages.count)
    return Trial(
      name: Method.phantom.rawValue,
      compare: { level in
        guard var comparison = test?.comparison(at: level) else { return nil }
        let wanted = Double(Phantom.floor(at: level, isBounded: false)) * 6
        comparison.needs = [
          Need(.rowsBelow, seen: rows, wanted: wanted), Need(.rowsAbove, seen: rows, wanted: wanted),
        ]
        return comparison
      })
  }
}
