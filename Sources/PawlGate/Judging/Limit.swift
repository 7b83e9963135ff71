import PawlCore

/// What a rule asks for, resolved to numbers in the metric's own unit.
enum Limit {
  /// An absolute bound on the candidate.
  case bound(Number, isLower: Bool, isInclusive: Bool)
  /// The advantage is at least this: −m for `may-lose`, m for `must-gain`.
  case advantage(Decimal, isStrict: Bool)
  /// The difference is within ±m.
  case within(Decimal)

  /// - Parameters:
  ///   - baseline: the baseline's value on the same rows; nil for rules that need none.
  /// - Throws: a relative margin of a baseline of 0.
  init(_ rule: GateRule, baseline: Number?) throws(Failure) {
    switch rule.comparison {
    case .atLeast(let bound, let isInclusive): self = .bound(bound, isLower: true, isInclusive: isInclusive)
    case .atMost(let bound, let isInclusive): self = .bound(bound, isLower: false, isInclusive: isInclusive)
    case .mayLose(let margins, let isInclusive):
      self = .advantage(-(try Limit.widest(margins, baseline, rule)), isStrict: !isInclusive)
    case .mustGain(let margins, let isInclusive):
      let margin = try Limit.widest(margins, baseline, rule)
      self = .advantage(margin, isStrict: !isInclusive || margin.isZero)
    case .within(let margins): self = .within(try Limit.widest(margins, baseline, rule))
    case .anchor(_, let margins): self = .advantage(-(try Limit.widest(margins, baseline, rule)), isStrict: false)
    case .history:
      throw Failure(Diagnostic("gate.history", "a history has a limit of its own, not a margin", at: rule.location))
    }
  }

  /// The margin or the bound, as a judgement shows it.
  var number: Double {
    switch self {
    case .bound(let bound, _, _): bound.value
    case .advantage(let margin, _): margin.magnitude.double
    case .within(let margin): margin.double
    }
  }

  private static func widest(_ margins: [Margin], _ baseline: Number?, _ rule: GateRule) throws(Failure) -> Decimal {
    var widest: Decimal?
    for margin in margins {
      guard let size = resolved(margin, baseline) else { continue }
      widest = widest.map { max($0, size) } ?? size
    }
    guard let widest else {
      throw Failure(
        Diagnostic(
          "gate.relative-margin", "`\(rule.metric)` is 0 in the baseline, and a margin relative to it says nothing",
          at: rule.location, remedy: "give an absolute margin too, or instead"))
    }
    return widest
  }

  /// nil where a relative margin has nothing to be relative to.
  private static func resolved(_ margin: Margin, _ baseline: Number?) -> Decimal? {
    guard let amount = margin.amount.decimal else { return nil }
    switch margin.unit {
    case .absolute: return amount
    case .points: return amount * Limit.hundredth
    case .relative:
      guard let baseline = baseline?.decimal, !baseline.isZero else { return nil }
      return amount * Limit.hundredth * baseline.magnitude
    }
  }

  private static let hundredth = Decimal(0.01) ?? .zero

  /// Whether two point values hold the rule, compared in decimal as written.
  ///
  /// Values that were computed, such as 287 / 300, are rounded to a Double each: their last bits decide nothing.
  func holds(candidate: Number, baseline: Number?, direction: Direction, isWritten: Bool) -> Bool {
    guard let value = candidate.decimal else { return false }
    let size = max(abs(candidate.value), abs(baseline?.value ?? 0))
    let slack = isWritten ? Decimal.zero : Decimal(size * 1e-14) ?? .zero
    switch self {
    case .bound(let bound, let isLower, let isInclusive):
      guard let bound = bound.decimal else { return false }
      let above = isLower ? value - bound : bound - value
      return isInclusive ? above >= -slack : above > slack
    case .advantage(let least, let isStrict):
      guard let baseline = baseline?.decimal else { return false }
      let advantage = direction == .higherIsBetter ? value - baseline : baseline - value
      return isStrict ? advantage > least + slack : advantage >= least - slack
    case .within(let margin):
      guard let baseline = baseline?.decimal else { return false }
      return (value - baseline).magnitude <= margin + slack
    }
  }
}
