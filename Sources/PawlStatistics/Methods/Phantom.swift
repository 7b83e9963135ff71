#if canImport(Glibc)
  import Glibc
#endif

/// A mean of row values or row differences, with unseen rows at the worst: Student's bound alone does not see a rare,
/// large loss (statistics.md §3).
///
/// For two models the numbers are advantages, baseline loss − candidate loss on the same row. For one model they are
/// its losses or values.
package struct Phantom: Sendable, Hashable {
  package let moments: Moments
  /// The lowest that a row can have; nil when there is no bound.
  package let lowest: Double?
  /// The highest that a row can have.
  package let highest: Double?
  private let isDifference: Bool

  /// Paired row differences; a row's difference is within ±`bound`, where there is a bound.
  ///
  /// `bound`: Brier 1 (multiclass 2), clipped log-loss ln((1 − ε)/ε), else what the user declares. Nil without rows
  /// or unless all numbers are finite.
  package init?(advantages: Moments, bound: Double? = nil) {
    self.init(
      advantages, lowest: bound.map { -abs($0) }, highest: bound.map { abs($0) }, isDifference: true)
  }

  /// One model's row values, each within `lowest`...`highest` where these are known (0 and R for losses).
  ///
  /// Nil without rows or unless all numbers are finite.
  package init?(values: Moments, lowest: Double? = nil, highest: Double? = nil) {
    self.init(values, lowest: lowest, highest: highest, isDifference: false)
  }

  private init?(_ moments: Moments, lowest: Double?, highest: Double?, isDifference: Bool) {
    guard moments.count > 0, moments.isFinite, lowest?.isFinite ?? true, highest?.isFinite ?? true else { return nil }
    self.moments = moments
    // A value beyond the declared bound shows that the bound is not one: what was seen is then the worst.
    self.lowest = lowest.map { min($0, moments.smallest) }
    self.highest = highest.map { max($0, moments.largest) }
    self.isDifference = isDifference
  }

  var expected: Double { isDifference ? 0 : moments.mean }

  var mirrored: Phantom {
    Phantom(
      moments.negated, lowest: highest.map { -$0 }, highest: lowest.map { -$0 }, isDifference: isDifference) ?? self
  }

  /// Rows added at the worst: 1.569 at 5 %.
  package static func phantomRows(at level: Level = .usual) -> Double {
    (level.z * level.z + 2) / 3
  }

  /// The rows that a pass wants: 2 with a known worst, else as many as show a failing share of 0.6 % (500 at 5 %).
  package static func floor(at level: Level = .usual, isBounded: Bool) -> Int {
    isBounded ? 2 : Int((-log(level.alpha) / 0.006).rounded(.up))
  }

  /// The mean with its bounds; p is the paired t test's for a difference, nil for one model.
  package func comparison(at level: Level = .usual) -> Comparison {
    let n = moments.count
    var caveats: [String] = []
    if lowest == nil || highest == nil {
      caveats.append("a loss that no row has shown is beyond this bound")
    }
    let needs = [
      Need(.rowsBelow, seen: Double(n), wanted: Double(Phantom.floor(at: level, isBounded: lowest != nil))),
      Need(.rowsAbove, seen: Double(n), wanted: Double(Phantom.floor(at: level, isBounded: highest != nil))),
    ]
    var p: Double?
    if isDifference, n > 1, moments.variance > 0 {
      p = Student.twoSided(moments.mean / (moments.variance / Double(n)).squareRoot(), df: Double(n - 1))
    }
    return Comparison(
      value: moments.mean, low: lower(at: level), high: -mirrored.lower(at: level), level: level, p: p,
      method: .phantom, rows: n, needs: needs, caveats: caveats, projection: .phantom(self))
  }

  /// The lower bound of the mean.
  package func lower(at level: Level = .usual) -> Double {
    guard moments.count > 1 else { return lowest ?? -.infinity }
    return lower(
      rows: Double(moments.count), mean: moments.mean, level: level,
      quantile: level.t(Double(moments.count - 1)))
  }

  private func lower(rows n: Double, mean: Double, level: Level, quantile: Double) -> Double {
    let worst = lowest ?? moments.smallest
    let phantoms = Phantom.phantomRows(at: level)
    let total = n + phantoms
    let fall = worst - mean
    let squares = moments.variance * (n - 1) + phantoms * fall * fall * n / total
    let error = (squares / ((total - 1) * total)).squareRoot()
    let bound = mean + phantoms * fall / total - quantile * error
    return bound.isFinite ? max(worst, bound) : worst
  }

  /// The total of rows with which the lower bound reaches `threshold` with a chance of 80 %; nil when none does.
  func rowsNeeded(reaching threshold: Double, level: Level, guarded: Bool) -> Int? {
    let floor = guarded ? Phantom.floor(at: level, isBounded: lowest != nil) : 2
    guard moments.count > 1 else { return max(floor, 2) }
    let seen = Double(moments.count)
    let deviation = moments.variance.squareRoot()
    let z = level.z
    let least = max(moments.count, floor - 1)
    return Search.first(above: least) { total in
      let n = Double(total)
      let unseen = n - seen
      let mean = (seen * moments.mean + unseen * expected) / n
      let quantile = total < 1_000_000 ? level.t(n - 1) : z
      return lower(rows: n, mean: mean, level: level, quantile: quantile) - threshold
        >= Projection.powerQuantile * deviation * unseen.squareRoot() / n
    }
  }
}

extension Moments {
  /// The moments of the negated numbers.
  var negated: Moments {
    Moments(count: count, mean: -mean, squares: squares, smallest: -largest, largest: -smallest)
  }
}
