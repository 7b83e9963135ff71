package import PawlCore

/// The compact answer of `pawl gate`: a line a rule, what is behind it below.
package enum GateShort {
  package static func lines(_ result: GateResult, exitStatus: ExitStatus = .ok, style: Style) -> [String] {
    var lines: [String] = []
    let width = style.width
    let words = result.judgements.map(\.verdict.rawValue)
    let wordWidth = words.map(Columns.width).max() ?? 0
    let hang = String(repeating: " ", count: style.markWidth + 1 + wordWidth + 2)
    for judgement in result.judgements {
      let word = Columns.pad(judgement.verdict.rawValue, wordWidth)
      let start = style.mark(Wording.mark(judgement.verdict), Style.paint(judgement.verdict)) + " "
      let text = Terminal.safe(Wording.short(judgement), style)
      let wrapped = Columns.wrap(text, width - Columns.width(hang))
      lines += wrapped.enumerated().map {
        $0 == 0 ? start + style.paint(word, judgement.verdict) + "  " + $1 : hang + $1
      }
      for detail in below(judgement, result) {
        lines += Columns.wrap(Terminal.safe(detail, style), width, indent: hang)
      }
    }
    let caveats = result.caveats.filter { caveat in !result.judgements.contains { $0.caveats.contains(caveat) } }
    let policy = [Wording.pin(result)].compactMap { $0 } + Wording.differences(result)
    for note in policy + Wording.looks(result) + Wording.compared(result) + caveats {
      lines += Columns.wrap(Terminal.safe(note, style), width, indent: hang)
    }
    let end = Wording.undecidedEnd(result)
    lines += end.flatMap { Columns.wrap(Terminal.safe($0, style), width, later: "  ") }
    if result.judgements.count > 1 || exitStatus != .ok {
      let tally = "\(Wording.title(result.verdict))   \(Wording.tally(result))"
      lines.append(style.paint(tally, result.verdict) + (exitStatus == .ok ? "" : "   exit \(exitStatus.code)"))
    }
    return lines
  }

  private static func below(_ judgement: Judgement, _ result: GateResult) -> [String] {
    switch judgement.finding {
    case .holds, .broken, .undecided, .tooFew, .sameModel, .candidateNotFinite:
      let details = Wording.details(judgement, in: result)
      let own = judgement.caveats.filter { !Wording.isSaidOfLook($0, result) }
      return details
        + (Wording.caveats(judgement).filter { !judgement.caveats.contains($0) } + own)
        .filter { !details.contains($0) }
    case .invalid(let diagnostic), .missingBaseline(let diagnostic):
      return Wording.waivers(judgement) + [diagnostic.cause].compactMap { $0 } + judgement.caveats
    case .notJudged: return judgement.caveats
    }
  }
}
