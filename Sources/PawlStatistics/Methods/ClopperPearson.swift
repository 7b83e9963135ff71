/// One model's share of right rows, with exact one-sided bounds.
///
/// C. J. Clopper & E. S. Pearson, Biometrika 26, 1934, 404–413.
package struct Proportion: Sendable, Hashable {
  /// Rows counted; not whole when averaged over seeds.
  package let successes: Double
  package let rows: Double
  private let isMirrored: Bool

  /// Nil without rows or for counts that cannot be.
  package init?(successes: Double, rows: Double) {
    guard rows > 0, rows <= 1e15, successes >= 0, successes <= rows else { return nil }
    self.init(successes: successes, rows: rows, isMirrored: false)
  }

  private init(successes: Double, rows: Double, isMirrored: Bool) {
    self.successes = successes
    self.rows = rows
    self.isMirrored = isMirrored
  }

  package var share: Double { successes / rows }

  var signedShare: Double { isMirrored ? -share : share }

  var mirrored: Proportion { Proportion(successes: successes, rows: rows, isMirrored: !isMirrored) }

  /// The lower bound, 0 when nothing was right.
  package func lower(at level: Level = .usual) -> Double {
    Proportion.lower(successes, rows, level)
  }

  /// The upper bound, 1 when all was right.
  package func upper(at level: Level = .usual) -> Double {
    Proportion.upper(successes, rows, level)
  }

  /// The share with its bounds, for a rule with a fixed limit.
  package func comparison(at level: Level = .usual) -> Comparison {
    Comparison(
      value: share, low: lower(at: level), high: upper(at: level), level: level, method: .clopperPearson,
      rows: Int(rows), projection: .proportion(self))
  }

  /// The total of rows with which the bound clears `threshold` with a chance of 80 % if the share stays.
  func rowsNeeded(reaching threshold: Double, level: Level) -> Int? {
    let limit = abs(threshold)
    let wrong = share * (1 - share)
    return Search.first(above: Int(rows), through: 1_000_000_000) { total in
      let n = Double(total)
      let slip = Projection.powerQuantile * (wrong * (n - rows)).squareRoot()
      if isMirrored { return Proportion.upper(min(n, n * share + slip), n, level) <= limit }
      return Proportion.lower(max(0, n * share - slip), n, level) >= limit
    }
  }

  private static func lower(_ successes: Double, _ rows: Double, _ level: Level) -> Double {
    guard successes > 0 else { return 0 }
    return Beta.quantile(level.alpha, a: successes, b: rows - successes + 1)
  }

  private static func upper(_ successes: Double, _ rows: Double, _ level: Level) -> Double {
    guard successes < rows else { return 1 }
    return Beta.upperQuantile(level.alpha, a: successes + 1, b: rows - successes)
  }
}
