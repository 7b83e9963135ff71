/// What a comparison keeps so that a larger sample can be foretold and a pass be guarded.
indirect enum Projection: Sendable, Equatable {
  case none
  case score(Tango)
  case phantom(Phantom)
  case ranking(RankedPair)
  case oneRanking(RankedScores.Summary)
  case proportion(Proportion)
  case spread(Spread)
  case grid(TwoWay)
  case both(Projection, Projection)

  /// Chance with which the sample size named decides.
  static let power = 0.8
  /// Standard normal quantile of `power`.
  static let powerQuantile = 0.8416212335729143

  /// The truth that rows still unseen are taken to have; nil when nothing is known.
  var expected: Double? {
    switch self {
    case .none: nil
    case .score, .ranking, .grid: 0
    case .phantom(let mean): mean.expected
    case .oneRanking(let one): one.signedArea
    case .proportion(let one): one.signedShare
    case .spread(let spread): spread.expected
    case .both(let one, let other): one.expected ?? other.expected
    }
  }

  var mirrored: Projection {
    switch self {
    case .none: .none
    case .score(let counts): .score(counts.mirrored)
    case .phantom(let mean): .phantom(mean.mirrored)
    case .ranking(let pair): .ranking(pair.mirrored)
    case .oneRanking(let one): .oneRanking(one.mirrored)
    case .proportion(let one): .proportion(one.mirrored)
    case .spread(let spread): .spread(spread.mirrored)
    case .grid(let grid): .grid(grid.mirrored)
    case .both(let one, let other): .both(one.mirrored, other.mirrored)
    }
  }

  func joined(with other: Projection) -> Projection {
    switch (self, other) {
    case (_, .none): self
    case (.none, _): other
    case (_, _): .both(self, other)
    }
  }

  /// The conditions of a pass that depend on the threshold.
  func needs(atLeast threshold: Double, level: Level) -> [Need] {
    switch self {
    case .none, .score, .phantom, .proportion, .spread, .grid: []
    case .ranking(let pair): pair.needs(atLeast: threshold, level: level)
    case .oneRanking(let one): one.needs(atLeast: threshold, level: level)
    case .both(let one, let other):
      one.needs(atLeast: threshold, level: level) + other.needs(atLeast: threshold, level: level)
    }
  }

  /// The sample with which the lower bound reaches `threshold` with a chance of 80 %; `guarded` asks for a pass,
  /// otherwise the bound alone counts.
  func sample(reaching threshold: Double, level: Level, guarded: Bool) -> SampleSize? {
    switch self {
    case .none: nil
    case .score(let counts): counts.rowsNeeded(reaching: threshold, level: level).map { SampleSize(.rows, $0) }
    case .phantom(let mean):
      mean.rowsNeeded(reaching: threshold, level: level, guarded: guarded).map { SampleSize(.rows, $0) }
    case .ranking(let pair): pair.sampleNeeded(reaching: threshold, level: level, guarded: guarded)
    case .oneRanking(let one): one.sampleNeeded(reaching: threshold, level: level, guarded: guarded)
    case .proportion(let one): one.rowsNeeded(reaching: threshold, level: level).map { SampleSize(.rows, $0) }
    case .spread(let spread):
      spread.countNeeded(reaching: threshold, level: level).map { SampleSize(spread.unit, $0) }
    case .grid(let grid): grid.sampleNeeded(reaching: threshold, level: level)
    case .both(let one, let other):
      Projection.larger(
        one.sample(reaching: threshold, level: level, guarded: guarded),
        other.sample(reaching: threshold, level: level, guarded: guarded))
    }
  }

  /// The sample that satisfies both; rows before seeds, as seeds do not replace rows. Nil when either cannot be had.
  private static func larger(_ one: SampleSize?, _ other: SampleSize?) -> SampleSize? {
    guard let one, let other else { return nil }
    if one.unit == other.unit { return one.count >= other.count ? one : other }
    return one.unit == .rows ? one : other
  }
}

/// A mean with a spread, for methods whose bound is the mean less a quantile of standard errors.
struct Spread: Sendable, Equatable {
  let unit: SampleSize.Unit
  /// Rows or seeds (a side, where there are two).
  let count: Int
  let mean: Double
  /// Standard deviation of one row or seed (of one on each side, where there are two).
  let deviation: Double
  /// What unseen rows are taken to have on average.
  let expected: Double
  /// Degrees of freedom for each count beyond the first; nil for the normal quantile.
  let freedom: Double?

  var mirrored: Spread {
    Spread(
      unit: unit, count: count, mean: -mean, deviation: deviation, expected: -expected, freedom: freedom)
  }

  /// The total with which the lower bound reaches `threshold`, means and spread kept (statistics.md §5).
  func countNeeded(reaching threshold: Double, level: Level) -> Int? {
    guard deviation.isFinite, mean.isFinite else { return nil }
    let seen = Double(count)
    let z = level.z
    // A deviation of few seeds is itself a draw: half of the time the true one is larger (measured: 78 % decided
    // without this, 80 to 88 % with it).
    let deviation = unit == .seeds && count > 2 ? deviation * (1 + 1 / (seen - 1)).squareRoot() : deviation
    return Search.first(above: count) { total in
      let n = Double(total)
      let unseen = n - seen
      let quantile = freedom.map { n < 1e6 ? level.t($0 * (n - 1)) : z } ?? z
      let middle = (seen * mean + unseen * expected) / n
      return middle - threshold
        >= quantile * deviation / n.squareRoot() + Projection.powerQuantile * deviation * unseen.squareRoot() / n
    }
  }
}
