import PawlCore

/// What a rule says, whatever its spelling: `accuracy >= baseline - 3pt` and `accuracy >= baseline - 0.03` are one.
struct RuleMeaning: Hashable {
  private let metric: String
  private let kind: String
  private let direction: Direction?
  private let isInclusive: Bool
  private let bound: Decimal?
  private let margins: Set<Amount>
  /// The release of an anchor.
  private let baseline: String?
  private let last: Int?
  private let slices: Set<Cut>

  private struct Amount: Hashable {
    var isRelative: Bool
    var value: Decimal
  }

  private struct Cut: Hashable {
    var columns: Set<String>
    var values: Set<String>
  }

  /// nil for a text that is no rule.
  init?(_ line: String) {
    guard let rule = try? RuleLine(line), let comparison = try? rule.comparison() else { return nil }
    var bound: Decimal?
    var margins: [Margin] = []
    var isInclusive = true
    var baseline: String?
    var last: Int?
    switch comparison {
    case .atLeast(let number, let inclusive), .atMost(let number, let inclusive):
      bound = number.decimal
      isInclusive = inclusive
    case .mayLose(let amounts, let inclusive), .mustGain(let amounts, let inclusive):
      margins = amounts
      isInclusive = inclusive
    case .within(let amounts): margins = amounts
    case .history(let count): last = count
    case .anchor(let name, let amounts):
      baseline = name
      margins = amounts
    }
    metric = rule.metric
    kind = comparison.kind
    direction = rule.direction
    self.isInclusive = isInclusive
    self.bound = bound
    self.margins = Set(margins.compactMap(RuleMeaning.amount))
    self.baseline = baseline
    self.last = last
    slices = Set(rule.slices.map { Cut(columns: Set($0.columns), values: Set($0.values)) })
  }

  private static func amount(_ margin: Margin) -> Amount? {
    guard let value = margin.amount.decimal, let hundredth = Decimal("0.01") else { return nil }
    switch margin.unit {
    case .absolute: return Amount(isRelative: false, value: value)
    case .points: return Amount(isRelative: false, value: value * hundredth)
    case .relative: return Amount(isRelative: true, value: value)
    }
  }
}
