package import PawlCore

extension Terminal {
  /// A gate's block: title, table of rules, what is behind each "no", caveats.
  ///
  /// - Parameter exitStatus: said at the end of an undecided gate; nil when the caller says it.
  package static func gate(_ result: GateResult, exitStatus: ExitStatus? = nil, style: Style) -> [String] {
    var lines = title(result, style)
    lines += rules(result, style)
    lines += notes(result, style)
    if !result.changes.isEmpty {
      let changes = "what changed since the baseline: " + result.changes.joined(separator: " · ")
      lines += Columns.wrap(safe(changes, style), style.width, later: "  ")
    }
    let end = Wording.undecidedEnd(result)
    for (index, line) in end.enumerated() {
      let exit = index == end.count - 1 ? exitStatus.map { "   exit \($0.code)" } ?? "" : ""
      lines += Columns.wrap(safe(line, style) + exit, style.width, later: "  ")
    }
    return lines
  }

  private static func title(_ result: GateResult, _ style: Style) -> [String] {
    let facts = [
      Wording.tally(result), result.hasNoBaseline ? "no baseline to compare with" : nil, Wording.evidence(result),
      result.baseline.map { $0.isRescored ? "baseline scored again on the same rows" : "baseline \($0.name)" },
      Wording.pin(result),
    ].compactMap { $0 }
    let name = safe(result.name, style)
    let verdict = Wording.title(result.verdict)
    let start = "\(name)  \(verdict)   "
    let separator = style.ascii ? " - " : " · "
    var lines = [[String]()]
    var used = Columns.width(start)
    for fact in facts.map({ safe($0, style) }) {
      let needs = Columns.width(fact) + (lines[lines.count - 1].isEmpty ? 0 : 3)
      if used + needs > style.width, !lines[lines.count - 1].isEmpty {
        lines.append([])
        used = 4
      }
      lines[lines.count - 1].append(fact)
      used += needs
    }
    let first = style.paint(name, .bold) + "  " + style.paint(verdict, result.verdict) + "   "
    return lines.enumerated().flatMap { index, facts -> [String] in
      let text = facts.joined(separator: separator)
      guard index == 0 else { return Columns.wrap(text, style.width, indent: "    ") }
      let room = String(repeating: " ", count: Columns.width(start))
      let wrapped = Columns.wrap(text, style.width, indent: room, later: "    ")
      return [first + (wrapped.first ?? "").dropFirst(room.count)] + wrapped.dropFirst()
    }
  }

  /// Slices that hold are counted, everything else is a line.
  private static func isShown(_ judgement: Judgement) -> Bool {
    judgement.slice.isEmpty || (judgement.verdict != .pass && judgement.verdict != .notJudged)
  }

  private static func rules(_ result: GateResult, _ style: Style) -> [String] {
    let shown = result.judgements.filter(\.slice.isEmpty)
    let hasExhibits = Set(result.judgements.compactMap(\.exhibit)).count > 1
    let measured = shown.filter(hasNumbers)
    let confidence = Wording.confidence(result)
    var table = Table(
      header: [
        "metric", "candidate", "baseline", "difference" + (confidence.map { " [\($0) bounds]" } ?? ""), "allowed",
        "rows",
      ],
      rows: measured.map { cells($0, hasExhibits, confidence == nil, style) })
    let names = shown.map { safe(Wording.subject($0, withExhibit: hasExhibits), style) }
    let margin = 3 + style.markWidth
    table.dropEmpty()
    if margin + table.width > style.width, Wording.evidence(result) != nil,
      let rows = table.header.firstIndex(of: "rows")
    {
      table.drop(rows)
    }
    let isTable = !measured.isEmpty && margin + table.width <= style.width && table.header.first == "metric"
    var lines: [String] = []
    if isTable { lines.append(String(repeating: " ", count: margin) + style.paint(table.line(table.header), .dim)) }
    let nameWidth = isTable ? table.widths[0] : names.map(Columns.width).max() ?? 0
    var row = 0
    for (index, judgement) in shown.enumerated() {
      let start = "  " + style.mark(Wording.mark(judgement.verdict), Style.paint(judgement.verdict)) + " "
      if hasNumbers(judgement) {
        lines += isTable ? [start + table.line(table.rows[row])] : stacked(judgement, names[index], start, style)
        row += 1
        lines += details(Wording.details(judgement, in: result), style)
      } else {
        let said = Wording.details(judgement, in: result)
        lines += spoken(said.isEmpty ? [Wording.message(judgement)] : said, names[index], nameWidth, start, style)
      }
      lines += details(ownNotes(judgement, result).map { "note: \($0)" }, style)
    }
    return lines + openSlices(result, style) + sliceCount(result, style)
  }

  /// Slices that do not hold, each in a line of its own under the rules.
  private static func openSlices(_ result: GateResult, _ style: Style) -> [String] {
    let shown = result.judgements.filter { !$0.slice.isEmpty && isShown($0) }
    return shown.flatMap { judgement -> [String] in
      let start = "  " + style.mark(Wording.mark(judgement.verdict), Style.paint(judgement.verdict)) + " "
      let text = Columns.wrap(safe(Wording.short(judgement), style), style.width - 3 - style.markWidth, later: "  ")
      let lines = text.enumerated().map {
        $0 == 0 ? start + $1 : String(repeating: " ", count: 3 + style.markWidth) + $1
      }
      let below = Wording.waivers(judgement) + ownNotes(judgement, result).map { "note: \($0)" }
      return lines + details(below, style)
    }
  }

  private static func hasNumbers(_ judgement: Judgement) -> Bool {
    switch judgement.finding {
    case .holds, .broken, .undecided, .tooFew, .sameModel: judgement.candidate != nil
    case .candidateNotFinite, .invalid, .missingBaseline, .notJudged: false
    }
  }

  private static func cells(_ judgement: Judgement, _ withExhibit: Bool, _ saysLevel: Bool, _ style: Style) -> [String]
  {
    var comparison = Wording.comparison(judgement)
    if saysLevel, comparison.hasSuffix("]") {
      comparison += " (\(Wording.level(judgement)))"
    }
    return [
      Wording.subject(judgement, withExhibit: withExhibit), Wording.candidate(judgement) ?? "",
      Wording.baselineCell(judgement) ?? "", comparison, Wording.allowedCell(judgement),
      judgement.candidate?.rows.map(Numbers.count) ?? "",
    ].map { safe($0, style) }
  }

  /// A rule on lines of its own, where the table is too wide.
  private static func stacked(_ judgement: Judgement, _ name: String, _ start: String, _ style: Style) -> [String] {
    var first = start + name
    if let value = Wording.candidate(judgement) { first += "  " + safe(value, style) }
    if let phrase = Wording.baselinePhrase(judgement) { first += safe(" (\(phrase))", style) }
    let comparison = Wording.comparison(judgement)
    let rest = [
      comparison.isEmpty ? nil : comparison, "allowed: \(Wording.allowedCell(judgement))", Wording.rows(judgement),
    ].compactMap { $0 }.joined(separator: ", ")
    return [first] + Columns.wrap(safe(rest, style), style.width, indent: "      ")
  }

  private static func spoken(
    _ said: [String], _ name: String, _ nameWidth: Int, _ start: String, _ style: Style
  ) -> [String] {
    guard let first = said.first else { return [start + name] }
    let margin = 3 + style.markWidth
    let head = Columns.pad(name, nameWidth) + "  "
    let hang = String(repeating: " ", count: margin + 2)
    var lines = Columns.wrap(head + safe(first, style), style.width - margin, later: "  ")
    lines = lines.enumerated().map { $0 == 0 ? start + $1 : String(repeating: " ", count: margin) + $1 }
    for more in said.dropFirst() { lines += Columns.wrap(safe(more, style), style.width, indent: hang) }
    return lines
  }

  private static func details(_ texts: [String], _ style: Style) -> [String] {
    texts.flatMap { Columns.wrap(safe($0, style), style.width, indent: "      ", later: "        ") }
  }

  private static func sliceCount(_ result: GateResult, _ style: Style) -> [String] {
    let slices = result.judgements.filter { !isShown($0) }
    let passed = slices.filter { $0.verdict == .pass }.count
    let skipped = slices.filter { $0.verdict == .notJudged }
    var lines: [String] = []
    let margin = "  "
    if passed > 0 {
      let text = Numbers.plural(passed, "slice") + (passed == 1 ? " holds" : " hold")
      lines.append(margin + style.mark("✓", .good) + " " + text)
    }
    if !skipped.isEmpty {
      let names = skipped.map { "\(Wording.subject($0)) (\(notJudged($0)))" }.joined(separator: "; ")
      let start = margin + style.mark("–", .dim) + " "
      let lead = "\(Numbers.plural(skipped.count, "slice")) not judged: \(names)"
      let wrapped = Columns.wrap(safe(lead, style), style.width - 3 - style.markWidth)
      lines += wrapped.enumerated().map { $0 == 0 ? start + $1 : "      " + $1 }
    }
    return lines
  }

  private static func notJudged(_ judgement: Judgement) -> String {
    guard case .notJudged(let rows, let least) = judgement.finding else { return "" }
    return "\(Numbers.plural(rows, "row")), at least \(Numbers.count(least))"
  }

  /// Caveats that several rules share are said once, under the table.
  private static func isShared(_ caveat: String, _ result: GateResult) -> Bool {
    result.judgements.filter { $0.caveats.contains(caveat) }.count > 1
  }

  private static func ownNotes(_ judgement: Judgement, _ result: GateResult) -> [String] {
    judgement.caveats.filter {
      !isShared($0, result) && !result.caveats.contains($0) && !Wording.isSaidOfLook($0, result)
    }
  }

  private static func notes(_ result: GateResult, _ style: Style) -> [String] {
    let once = Wording.differences(result) + Wording.looks(result) + Wording.compared(result)
    var said: [String] = result.caveats
    for caveat in result.judgements.flatMap(\.caveats)
    where isShared(caveat, result) && !said.contains(caveat) && !Wording.isSaidOfLook(caveat, result) {
      said.append(caveat)
    }
    if result.judgements.contains(where: { Wording.caveats($0).count > $0.caveats.count }) {
      said.insert(Wording.pointCaveat, at: 0)
    }
    if let decides = result.decides { said.append(Wording.decides(decides, result)) }
    return (once + said.map { "note: \($0)" }).flatMap {
      Columns.wrap(safe($0, style), style.width, indent: "    ", later: "      ")
    }
  }
}
