import PawlCore

/// A judgement's numbers as people read them: one unit, one number of decimals, signs by advantage.
struct Reading {
  /// The number of decimals that every number of the judgement gets, in the unit shown.
  let decimals: Int?
  let isPercent: Bool
  /// Candidate's advantage (positive is better) and its bounds, in the metric's own unit.
  let advantage: Decimal?
  let low: Decimal?
  let high: Decimal?
  let judgement: Judgement

  init(_ judgement: Judgement) {
    self.judgement = judgement
    isPercent = judgement.rule.format == .percent
    let isHigherBetter = judgement.rule.direction == .higherIsBetter
    let difference = judgement.difference
    let value = difference.flatMap { Decimal($0.value) }
    advantage = value.map { isHigherBetter ? $0 : -$0 }
    let bounds = (low: difference?.low.flatMap { Decimal($0) }, high: difference?.high.flatMap { Decimal($0) })
    low = isHigherBetter ? bounds.low : bounds.high.map { -$0 }
    high = isHigherBetter ? bounds.high : bounds.low.map { -$0 }
    let scale = isPercent ? 2 : 0
    func width(_ low: Decimal?, _ high: Decimal?, _ value: Decimal?) -> Decimal? {
      if let low, let high { return (high - low).magnitude }
      guard let value, let bound = low ?? high else { return nil }
      return (bound - value).magnitude
    }
    func width(of side: Estimate?) -> Decimal? {
      width(side?.low.flatMap { Decimal($0) }, side?.high.flatMap { Decimal($0) }, side.flatMap { Decimal($0.value) })
    }
    let isHistory = if case .history = judgement.rule.comparison { true } else { false }
    let widest =
      width(bounds.low, bounds.high, value) ?? (isHistory ? width(of: judgement.baseline) : nil)
      ?? width(of: judgement.candidate)
    let places =
      widest.flatMap { Numbers.decimals(forWidth: $0 * (scale == 2 ? Numbers.hundred : Reading.one)) }
      ?? Reading.writtenDecimals(judgement, scale: scale)
    decimals = isHistory ? Reading.apart(judgement, places, scale: scale) : places
  }

  /// Enough decimals that a value which misses its limit does not read as equal to it.
  private static func apart(_ judgement: Judgement, _ places: Int?, scale: Int) -> Int? {
    guard let places, let limit = judgement.limit.flatMap({ Decimal($0) }),
      let value = judgement.candidate.flatMap({ Decimal($0.value) }), value != limit
    else { return places }
    let unit = scale == 2 ? Numbers.hundred : one
    return (places...places + 6).first {
      Numbers.fixed(value * unit, decimals: $0) != Numbers.fixed(limit * unit, decimals: $0)
    } ?? places
  }

  static let one = Decimal(1) ?? .zero

  /// Without bounds: as many as the files have, nil when nothing is written.
  private static func writtenDecimals(_ judgement: Judgement, scale: Int) -> Int? {
    let texts = [judgement.candidate?.text, judgement.baseline?.text].compactMap { $0 }
    let counts = texts.compactMap { Numbers.writtenDecimals($0) }
    guard !counts.isEmpty, counts.count == texts.count, let most = counts.max() else { return nil }
    return most <= 6 + scale ? max(0, most - scale) : nil
  }

  /// A number in the unit shown, without the unit.
  func bare(_ value: Decimal, decimals: Int? = nil) -> String {
    let shown = isPercent ? value * Numbers.hundred : value
    guard let places = decimals ?? self.decimals else { return Numbers.general(shown) }
    return Numbers.fixed(shown, decimals: places)
  }

  /// A margin or bound that the user wrote: never fewer digits than it has.
  func exact(_ value: Decimal) -> String {
    let shown = isPercent ? value * Numbers.hundred : value
    guard !isPercent, let decimals else { return Numbers.general(shown, significant: 12) }
    return Numbers.fixed(shown, decimals: min(12, max(decimals, -min(0, shown.exponent))))
  }

  /// `3 points`, `1 point`, or the bare number of a metric without percents.
  func amount(exact value: Decimal) -> String {
    let text = exact(value)
    return isPercent ? text + (text == "1" ? " point" : " points") : text
  }

  func amount(_ value: Decimal) -> String {
    let text = bare(value)
    return isPercent ? text + (text == "1" ? " point" : " points") : text
  }

  /// A side's value with its unit: `97.6 %`.
  func value(_ estimate: Estimate) -> String {
    guard let exact = Decimal(estimate.value) else { return estimate.text ?? Numbers.word(estimate.value) }
    let unit = isPercent ? " %" : ""
    if decimals != nil { return bare(exact) + unit }
    if !isPercent { return Numbers.asWritten(estimate.text, estimate.value) }
    return Numbers.general(exact * Numbers.hundred) + unit
  }

  /// A side's value with its own bounds where it has them: `97.6 % [95.7, 98.8]`.
  func bounds(_ estimate: Estimate) -> String? {
    guard estimate.low != nil || estimate.high != nil else { return nil }
    return "[\(bound(estimate.low, isLow: true)), \(bound(estimate.high, isLow: false))]"
  }

  private func bound(_ value: Double?, isLow: Bool) -> String {
    guard let value else { return isLow ? Numbers.minus + "∞" : "∞" }
    guard let exact = Decimal(value) else { return value.isNaN ? "?" : value < 0 ? Numbers.minus + "∞" : "∞" }
    return bare(exact)
  }

  /// The bounds of the advantage, or of the loss when `asLoss`.
  func differenceBounds(asLoss: Bool) -> String? {
    guard low != nil || high != nil else { return nil }
    let first = asLoss ? high.map { -$0 } : low
    let second = asLoss ? low.map { -$0 } : high
    return "[\(first.map { bare($0) } ?? Numbers.minus + "∞"), \(second.map { bare($0) } ?? "∞")]"
  }

  var isLoss: Bool { advantage?.isNegative ?? false }
}

extension RuleComparison {
  /// Whether it bounds the difference to another model: the baseline, or a named release.
  var isDifference: Bool {
    switch self {
    case .mayLose, .mustGain, .within, .anchor: true
    case .atLeast, .atMost, .history: false
    }
  }
}
