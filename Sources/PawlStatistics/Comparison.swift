/// A candidate compared with a baseline, or one model's value on its own, with two one-sided bounds.
///
/// For a comparison of two models `value` is an advantage of the candidate: candidate − baseline for what is better
/// when higher (proportions right, AUC, scores), baseline − candidate for losses. Each method says which.
/// The interval decides, never `value`.
package struct Comparison: Sendable, Equatable {
  /// The difference, or the value, as measured.
  package var value: Double
  /// The lower one-sided bound at `level`; −infinity when the sample says nothing.
  package var low: Double
  /// The upper one-sided bound at `level`; infinity when the sample says nothing.
  package var high: Double
  /// The one-sided error of each bound.
  package var level: Level
  /// Two-sided p of "no difference" as published for the method; nil where it has none. For people: it decides nothing.
  package var p: Double?
  /// The method of the bounds.
  package var method: Method
  /// Rows used (pairs, where paired; both sides together, where not).
  package var rows: Int
  /// Seeds used, 1 without.
  package var replicates: Int
  /// Conditions of a pass beside the bounds, met or not. The AUC condition depends on the threshold: see `unmet`.
  package var needs: [Need]
  /// What a reader must know before relying on the bounds; lower-case fragments.
  package var caveats: [String]
  /// What the sample size needed is computed from.
  var projection: Projection

  package init(
    value: Double, low: Double, high: Double, level: Level, p: Double? = nil, method: Method, rows: Int,
    replicates: Int = 1, needs: [Need] = [], caveats: [String] = []
  ) {
    self.init(
      value: value, low: low, high: high, level: level, p: p, method: method, rows: rows, replicates: replicates,
      needs: needs, caveats: caveats, projection: .none)
  }

  init(
    value: Double, low: Double, high: Double, level: Level, p: Double? = nil, method: Method, rows: Int,
    replicates: Int = 1, needs: [Need] = [], caveats: [String] = [], projection: Projection
  ) {
    self.value = value
    self.low = low
    self.high = high
    self.level = level
    self.p = p
    self.method = method
    self.rows = rows
    self.replicates = replicates
    self.needs = needs
    self.caveats = caveats
    self.projection = projection
  }

  /// Two numbers without an interval: both bounds are the value.
  package static func exact(_ value: Double, level: Level = .usual) -> Comparison {
    Comparison(value: value, low: value, high: value, level: level, method: .point, rows: 0)
  }

  /// The same comparison seen from the other side: value negated, bounds swapped.
  package var mirrored: Comparison {
    var other = self
    (other.value, other.low, other.high) = (-value, -high, -low)
    other.needs = needs.map { need in
      switch need.subject {
      case .rowsBelow: Need(.rowsAbove, seen: need.seen, wanted: need.wanted)
      case .rowsAbove: Need(.rowsBelow, seen: need.seen, wanted: need.wanted)
      case .misrankedRows, .differingRows, .rarestClassRows, .draws, .runs: need
      }
    }
    other.projection = projection.mirrored
    return other
  }

  /// This comparison, passing and failing only where `other` does too: the lower low, the higher high, all needs.
  ///
  /// The method and the p stay those of this comparison.
  package func widened(by other: Comparison) -> Comparison {
    var both = self
    both.low = min(low, other.low)
    both.high = max(high, other.high)
    both.needs += other.needs.filter { !needs.contains($0) }
    both.caveats += other.caveats.filter { !caveats.contains($0) }
    both.projection = projection.joined(with: other.projection)
    return both
  }
}

extension Comparison {
  /// Decides "the truth is at least `threshold`" (−m for `may-lose m`, m for `must-gain m`, the limit for `at-least`).
  ///
  /// Passes iff `low` ≥ threshold and every need is met, fails iff `high` < threshold. With `strictly` the claim is
  /// "greater than": passes iff `low` > threshold, fails iff `high` ≤ threshold.
  package func decision(atLeast threshold: Double, strictly: Bool = false) -> Decision {
    if strictly ? high <= threshold : high < threshold { return .fail }
    guard strictly ? low > threshold : low >= threshold else { return .inconclusive }
    return unmet(atLeast: threshold).isEmpty ? .pass : .inconclusive
  }

  /// Decides "the truth is at most `threshold`", the mirror of `decision(atLeast:strictly:)`.
  package func decision(atMost threshold: Double, strictly: Bool = false) -> Decision {
    mirrored.decision(atLeast: -threshold, strictly: strictly)
  }

  /// Decides "the truth is within ±`margin` of zero": both claims pass, or one of them fails.
  package func decision(within margin: Double) -> Decision {
    switch (decision(atLeast: -margin), decision(atMost: margin)) {
    case (.fail, _), (_, .fail): .fail
    case (.pass, .pass): .pass
    case (.inconclusive, _), (_, .inconclusive): .inconclusive
    }
  }

  /// The conditions that keep "at least `threshold`" from passing although the bound allows it.
  package func unmet(atLeast threshold: Double) -> [Need] {
    (needs + projection.needs(atLeast: threshold, level: level)).filter { need in
      switch need.subject {
      case .rowsAbove: false
      case .rowsBelow, .misrankedRows, .differingRows, .rarestClassRows, .draws, .runs: !need.isMet
      }
    }
  }

  /// The conditions that keep "at most `threshold`" from passing although the bound allows it.
  package func unmet(atMost threshold: Double) -> [Need] {
    mirrored.unmet(atLeast: -threshold)
  }

  /// The sample that would decide "at least `threshold`"; nil when it is decided, or when no number would.
  ///
  /// "If the models are equal" for a difference, "if the value stays" for one model. At the threshold itself no
  /// number decides (statistics.md §5).
  package func sampleNeeded(atLeast threshold: Double) -> SampleSize? {
    guard threshold.isFinite, decision(atLeast: threshold) == .inconclusive else { return nil }
    guard let expected = projection.expected, expected != threshold else { return nil }
    guard expected > threshold else {
      return projection.mirrored.sample(reaching: -threshold, level: level, guarded: false)
    }
    guard let sample = projection.sample(reaching: threshold, level: level, guarded: true) else { return nil }
    let wanted = unmet(atLeast: threshold).reduce(sample.count) { max($0, rowsWanted(for: $1)) }
    return SampleSize(sample.unit, wanted, rarerClass: sample.rarerClass)
  }

  /// The rows with which a count of rows would meet `need`, its share kept; 0 for needs that rows do not meet.
  private func rowsWanted(for need: Need) -> Int {
    switch need.subject {
    case .differingRows, .rarestClassRows:
      let total = Double(rows) * need.wanted / max(1, need.seen)
      return total < 1e15 ? Int(total.rounded(.up)) : 0
    case .rowsBelow, .rowsAbove, .misrankedRows, .draws, .runs: return 0
    }
  }

  /// The sample that would decide "at most `threshold`".
  package func sampleNeeded(atMost threshold: Double) -> SampleSize? {
    mirrored.sampleNeeded(atLeast: -threshold)
  }

  /// The sample that would decide "within ±`margin`": the larger of the two sides.
  package func sampleNeeded(within margin: Double) -> SampleSize? {
    guard decision(within: margin) == .inconclusive else { return nil }
    let sides = [sampleNeeded(atLeast: -margin), sampleNeeded(atMost: margin)].compactMap { $0 }
    return sides.max { $0.count < $1.count }
  }
}
