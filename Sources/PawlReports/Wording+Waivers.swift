package import PawlCore

extension Wording {
  /// Of a reason or an owner, so that one text drowns no report; the whole of it is in `result.json`.
  private static let longestReason = 400
  private static let longestName = 100

  /// A waiver's part in a judgement, a sentence: `waived by ada: the new label set is stricter (until 2026-12-31)`,
  /// `the waiver of ada expired on 2026-11-01: …`.
  package static func waiver(_ use: WaiverUse, _ judgement: Judgement) -> String {
    let owner = cut(use.waiver.owner, longestName)
    let reason = cut(use.waiver.reason, longestReason)
    switch use.state {
    case .applied:
      let limit = use.waiver.upTo.map { ", up to \(amount($0, judgement))" } ?? ""
      return "waived by \(owner): \(reason) (until \(cut(use.waiver.expires, longestName))\(limit))"
    case .expired: return "the waiver of \(owner) expired on \(cut(use.waiver.expires, longestName)): \(reason)"
    case .void: return "the waiver of \(owner) is void, \(whyVoid(use, judgement)): \(reason)"
    case .otherModel:
      let model = use.waiver.model.map { " (\(cut($0, 12)))" } ?? ""
      return "the waiver of \(owner) is for another model\(model): \(reason)"
    }
  }

  private static func whyVoid(_ use: WaiverUse, _ judgement: Judgement) -> String {
    let isKnown = judgement.candidate?.value.isFinite ?? false
    let other = judgement.rule.comparison.isDifference ? judgement.baseline?.value : judgement.limit ?? 0
    guard isKnown, other?.isFinite ?? false else { return "the loss cannot be measured" }
    return "the loss is larger than " + (use.waiver.upTo.map { amount($0, judgement) } ?? "it allows")
  }

  /// Every waiver that meets a judgement which is no plain pass, the applied one first.
  package static func waivers(_ judgement: Judgement) -> [String] {
    switch judgement.verdict {
    case .pass, .notJudged: return []
    case .fail, .inconclusive, .invalid, .waived: break
    }
    let uses = judgement.waivers.filter { $0.state == .applied } + judgement.waivers.filter { $0.state != .applied }
    var lines: [String] = []
    for use in uses {
      let line = waiver(use, judgement) + (use.state == .applied ? "; without it: \(use.original.rawValue)" : "")
      if !lines.contains(line) { lines.append(line) }
    }
    if judgement.verdict == .waived, !judgement.waivers.contains(where: { $0.state == .applied }) {
      lines.insert("waived", at: 0)
    }
    return lines
  }

  /// `1 rule waived`, `2 rules and 1 slice waived`; nil when nothing is.
  package static func waived(_ judgements: [Judgement]) -> String? {
    let all = judgements.filter { $0.verdict == .waived }
    let rules = all.filter(\.slice.isEmpty).count
    let parts = [
      rules > 0 ? Numbers.plural(rules, "rule") : nil,
      all.count > rules ? Numbers.plural(all.count - rules, "slice") : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " and ") + " waived"
  }

  /// A waived judgement says who, why and until when before what was found; any other says behind it why not.
  static func withWaivers(_ found: String, _ judgement: Judgement) -> String {
    guard judgement.verdict == .waived else {
      return ([found] + waivers(judgement)).joined(separator: "; ")
    }
    let applied = judgement.waivers.first { $0.state == .applied }
    let who = applied.map { waiver($0, judgement) } ?? "waived"
    let original = applied.map { $0.original.rawValue + ", " } ?? ""
    let others = judgement.waivers.filter { $0.state != .applied }.map { waiver($0, judgement) }
    return (["\(who): \(original)\(found)"] + others).joined(separator: "; ")
  }

  private static func cut(_ text: String, _ most: Int) -> String {
    guard let end = text.unicodeScalars.index(text.startIndex, offsetBy: most, limitedBy: text.endIndex),
      end < text.endIndex
    else { return text }
    return String(text.unicodeScalars[..<end]) + "…"
  }
}
