import PawlCore

/// Reviewed exceptions, laid on what was judged (contract §4, *Waivers*).
///
/// They soften `fail` and `inconclusive` to `waived`, and nothing else; what was found stays as it was found.
struct Waiving {
  private let waivers: [Waiver]
  private let time: Timestamp?
  private let exhibits: [ExhibitEvidence]

  /// - Parameter time: when they are read; nil: before any of them expires.
  init(_ waivers: [Waiver], at time: Timestamp?, exhibits: [ExhibitEvidence]) {
    self.waivers = waivers
    self.time = time
    self.exhibits = exhibits
  }

  /// The judgement with every waiver that meets it, softened where one applies.
  func waived(_ judgement: Judgement) -> Judgement {
    let mine = waivers.filter { $0.names(judgement.rule) && $0.covers(judgement.slice) }
    guard !mine.isEmpty else { return judgement }
    var judgement = judgement
    switch judgement.verdict {
    case .pass, .waived, .notJudged: return judgement
    case .invalid:
      judgement.add(["a waiver does not cover evidence that is invalid"])
      return judgement
    case .fail, .inconclusive: break
    }
    let original = judgement.verdict
    let models = models(of: judgement)
    judgement.waivers = mine.map { WaiverUse($0, state($0, judgement, models), original: original) }
    guard judgement.waivers.contains(where: { $0.state == .applied }) else { return judgement }
    judgement.verdict = .waived
    judgement.settleBlocking()
    return judgement
  }

  private func state(_ waiver: Waiver, _ judgement: Judgement, _ models: [Digest]) -> WaiverUse.State {
    if let model = waiver.model, !models.contains(where: { $0.isNamed(model) }) { return .otherModel }
    if let time, time >= waiver.end { return .expired }
    if let most = waiver.upTo, !judgement.hasLoss(upTo: most) { return .void }
    return .applied
  }

  /// Of the evidence that was judged, or of the one whose shipped replicate was.
  private func models(of judgement: Judgement) -> [Digest] {
    let name = judgement.exhibit
    let found =
      exhibits.first { $0.name == name }
      ?? exhibits.first { exhibit in exhibit.candidate.contains { $0.name == name } }
    return found?.models ?? []
  }

  /// A line for each waiver that meets nothing here.
  func strays(_ judgements: [Judgement]) -> [String] {
    waivers.compactMap { waiver in
      let named = judgements.filter { waiver.names($0.rule) }
      if named.isEmpty { return "the waiver of `\(waiver.rule)` by \(waiver.owner) matches no rule of this gate" }
      guard !named.contains(where: { waiver.covers($0.slice) }) else { return nil }
      let slice = waiver.slice.map { "\($0.column)=\($0.value)" }.joined(separator: ", ")
      return "the waiver of `\(waiver.rule)` by \(waiver.owner) matches no slice: there is no `\(slice)`"
    }
  }
}

extension Waiver {
  fileprivate func names(_ judged: GateRule) -> Bool {
    if rule == judged.name { return true }
    return line.map { $0 == judged.line } ?? false
  }

  fileprivate func covers(_ judged: [SliceValue]) -> Bool {
    slice.isEmpty || slice.count == judged.count && slice.allSatisfy { mine in judged.contains { mine.isSame(as: $0) } }
  }
}

extension SliceValue {
  /// Values are equal as numbers (1 = 1.0) or as text, as in the rows.
  fileprivate func isSame(as other: SliceValue) -> Bool {
    guard column == other.column else { return false }
    if value == other.value { return true }
    guard let mine = Double(value), let theirs = Double(other.value) else { return false }
    return mine == theirs
  }
}

extension Digest {
  /// Whether it begins with these digits, at least eight.
  fileprivate func isNamed(_ text: String) -> Bool {
    let digits = (text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]).lowercased()
    return digits.utf8.count >= 8 && hex.hasPrefix(digits)
  }
}

extension Judgement {
  /// Whether the loss is measured and not larger than a margin.
  ///
  /// The loss is how much worse than the other side the candidate is (for `within` how far from it), for a bound or a
  /// history how far beyond that; a relative margin is of the other side, the bound or the limit.
  fileprivate func hasLoss(upTo margin: Margin) -> Bool {
    guard let (loss, reference) = loss, let amount = margin.amount.decimal else { return false }
    let most: Decimal
    switch margin.unit {
    case .absolute: most = amount
    case .points: most = amount * Judgement.hundredth
    case .relative: most = amount * Judgement.hundredth * reference.magnitude
    }
    // Values from rows are rounded to a Double each: their last bits are no loss.
    let isWritten = candidate?.text != nil && (baseline == nil || baseline?.text != nil)
    let slack = isWritten ? Decimal.zero : Judgement.rounding * reference.magnitude
    return loss <= most + slack
  }

  private var loss: (size: Decimal, reference: Decimal)? {
    guard let value = candidate?.exact else { return nil }
    let reference: Decimal?
    switch rule.comparison {
    case .mayLose, .mustGain, .within, .anchor: reference = baseline?.exact
    case .atLeast(let bound, _), .atMost(let bound, _): reference = bound.decimal
    case .history: reference = limit.flatMap { Decimal($0) }
    }
    guard let reference else { return nil }
    let below = reference - value
    switch rule.comparison {
    case .within: return (below.magnitude, reference)
    case .atLeast: return (below, reference)
    case .atMost: return (-below, reference)
    case .mayLose, .mustGain, .anchor, .history:
      return (rule.direction == .higherIsBetter ? below : -below, reference)
    }
  }

  private static let hundredth = Decimal("0.01") ?? .zero
  private static let rounding = Decimal("1e-12") ?? .zero
}

extension Estimate {
  /// As written, else the shortest decimal; nil when it is not finite.
  fileprivate var exact: Decimal? { text.flatMap { Decimal($0) } ?? Decimal(value) }
}
