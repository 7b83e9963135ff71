#if canImport(Glibc)
  import Glibc
#endif

/// Two models on the same rows with a right / wrong outcome: the score bounds of Tango with a half step.
///
/// T. Tango, Statistics in Medicine 17, 1998, 891–908; the half step keeps the false pass at or below the level in
/// every cell tried (statistics.md §1). Only three counts matter. The difference is candidate − baseline, as a share.
package struct Tango: Sendable, Hashable {
  /// Rows, both models judged on each.
  package let rows: Double
  /// Rows that only the candidate has right; not whole when averaged over seeds.
  package let candidateOnlyRight: Double
  /// Rows that only the baseline has right.
  package let baselineOnlyRight: Double

  /// Nil without rows, for more than 1e15 of them, or for counts that cannot be.
  package init?(rows: Double, candidateOnlyRight: Double, baselineOnlyRight: Double) {
    guard rows >= 1, rows <= 1e15, candidateOnlyRight >= 0, baselineOnlyRight >= 0,
      candidateOnlyRight + baselineOnlyRight <= rows * (1 + 1e-12)
    else { return nil }
    self.rows = rows
    self.candidateOnlyRight = candidateOnlyRight
    self.baselineOnlyRight = baselineOnlyRight
  }

  /// Nil without rows or for counts that cannot be.
  package init?(rows: Int, candidateOnlyRight: Int, baselineOnlyRight: Int) {
    self.init(
      rows: Double(rows), candidateOnlyRight: Double(candidateOnlyRight),
      baselineOnlyRight: Double(baselineOnlyRight))
  }

  private init(unchecked rows: Double, _ candidateOnlyRight: Double, _ baselineOnlyRight: Double) {
    self.rows = rows
    self.candidateOnlyRight = candidateOnlyRight
    self.baselineOnlyRight = baselineOnlyRight
  }

  /// Candidate − baseline, in [−1, 1].
  package var difference: Double { (candidateOnlyRight - baselineOnlyRight) / rows }

  /// The share of rows on which exactly one is right.
  package var disagreement: Double { (candidateOnlyRight + baselineOnlyRight) / rows }

  /// The models exchanged.
  package var mirrored: Tango { Tango(unchecked: rows, baselineOnlyRight, candidateOnlyRight) }

  /// Tango's z for the hypothesis that the true difference is `delta`, with `step` rows taken off the numerator.
  ///
  /// Falls as `delta` grows. A bound passes with +½, fails with −½.
  package func statistic(at delta: Double, step: Double) -> Double {
    let (n, b, c) = (rows, candidateOnlyRight, baselineOnlyRight)
    let linear = -b - c + (2 * n - b + c) * delta
    let constant = -c * delta * (1 - delta)
    let root = max(0, linear * linear - 8 * n * constant).squareRoot()
    // The larger root of 2n·q² + linear·q + constant, in the form that does not cancel.
    let q: Double
    if linear <= 0 { q = (root - linear) / (4 * n) } else { q = -2 * constant / (linear + root) }
    let variance = n * (2 * q + delta * (1 - delta))
    let excess = b - c - n * delta - step
    guard variance > 0 else { return excess == 0 ? 0 : (excess > 0 ? .infinity : -.infinity) }
    return excess / variance.squareRoot()
  }

  /// The lower bound: the largest difference that the sample still refutes from above, to the last bit.
  package func lower(at level: Level = .usual) -> Double { lower(z: level.z) }

  /// The upper bound.
  package func upper(at level: Level = .usual) -> Double { -mirrored.lower(z: level.z) }

  /// Whether "at least `threshold`" passes: the same answer as the lower bound, without a search.
  package func reaches(_ threshold: Double, z: Double) -> Bool {
    threshold <= -1 || (threshold < 1 && statistic(at: threshold, step: 0.5) >= z)
  }

  private func lower(z: Double) -> Double {
    Search.last(from: -1, through: 1) { reaches($0, z: z) }
  }

  /// The comparison by score bounds; p is McNemar's exact p where the counts are whole.
  package func comparison(at level: Level = .usual) -> Comparison {
    Comparison(
      value: difference, low: lower(at: level), high: upper(at: level), level: level,
      p: McNemar(candidateOnlyRight: candidateOnlyRight, baselineOnlyRight: baselineOnlyRight)?.exact,
      method: .score, rows: Int(min(rows, 1e15)), projection: .score(self))
  }

  /// The total of rows with which the lower bound reaches `threshold` with a chance of 80 % if the models are equal
  /// from here on; nil when no total below 1e12 does.
  ///
  /// What is seen stays, disagreement (b + c + 1) / (n + 1) goes on (statistics.md §5).
  package func rowsNeeded(reaching threshold: Double, level: Level = .usual) -> Int? {
    let margin = -threshold
    guard margin > 0, rows < 1e12 else { return nil }
    let z = level.z
    let goingOn = (candidateOnlyRight + baselineOnlyRight + 1) / (rows + 1)
    return Search.first(above: Int(rows.rounded(.down))) { total in
      let n = Double(total)
      let half = (n - rows) * goingOn / 2
      let future = Tango(unchecked: n, candidateOnlyRight + half, baselineOnlyRight + half)
      return future.slack(at: threshold, z: z)
        >= Projection.powerQuantile * ((n - rows) * goingOn).squareRoot()
    }
  }

  /// How many rows of net disagreement the lower bound could still lose before it falls below `delta`.
  private func slack(at delta: Double, z: Double) -> Double {
    let excess = candidateOnlyRight - baselineOnlyRight - rows * delta - 0.5
    let statistic = statistic(at: delta, step: 0.5)
    guard statistic.isFinite, statistic != 0 else { return statistic == 0 ? -.infinity : statistic }
    return excess - z * (excess / statistic)
  }
}
