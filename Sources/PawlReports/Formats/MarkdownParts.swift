import PawlCore

/// The blocks of `report.md`, each rendered whole.
struct MarkdownParts {
  let judgements: [(gate: GateResult, judgement: Judgement)]
  private let record: RunRecord
  private let severalGates: Bool
  private let severalExhibits: Set<String>

  init(_ record: RunRecord) {
    self.record = record
    judgements = record.gates.flatMap { gate in gate.judgements.map { (gate, $0) } }
    severalGates = record.gates.count > 1
    severalExhibits = Set(
      record.gates.filter { Set($0.judgements.compactMap(\.exhibit)).count > 1 }.map(\.name))
  }

  var heading: String {
    "### \(Wording.mark(Wording.conclusion(record).verdict)) " + Escaping.markdown(Wording.headline(record))
  }

  /// Where the policy came from, a line each, right under the heading, which says it where there is none.
  var policy: [String] {
    let lines = record.gates.filter { $0.pin?.isAbsent != true }.flatMap { gate in
      [Wording.pin(gate)].compactMap { $0 }.map { (severalGates ? "\(gate.name): " : "") + $0 }
    }
    return lines.isEmpty ? [] : [lines.map(Escaping.markdown).joined(separator: "  \n")]
  }

  /// The head of the rules' table.
  var header: String {
    let levels = Set(record.gates.compactMap(Wording.confidence))
    let bounds = levels.count == 1 ? levels.first.map { " [\($0) bounds]" } ?? "" : " [bounds]"
    return MarkdownParts.table(["", "metric", "candidate", "baseline", "difference" + bounds, "allowed", "rows"], [])
  }

  func row(_ gate: GateResult, _ judgement: Judgement) -> String { MarkdownParts.line(cells(gate, judgement)) }

  private func cells(_ gate: GateResult, _ judgement: Judgement) -> [String] {
    let subject = Wording.subject(judgement, withExhibit: severalExhibits.contains(gate.name))
    return [
      Wording.mark(judgement.verdict) + " " + judgement.verdict.rawValue,
      Escaping.markdown((severalGates ? "\(gate.name): " : "") + subject),
      Escaping.markdown(Wording.candidate(judgement) ?? ""), Escaping.markdown(Wording.baselineCell(judgement) ?? ""),
      Escaping.markdown(Wording.comparison(judgement)), Escaping.markdown(Wording.allowedCell(judgement)),
      judgement.candidate?.rows.map(Numbers.count) ?? "",
    ]
  }

  func reason(_ gate: GateResult, _ judgement: Judgement) -> String? {
    var details = Wording.findings(judgement, in: gate)
    for caveat in judgement.caveats
    where !gate.caveats.contains(caveat) && !details.contains(caveat) && !Wording.isSaidOfLook(caveat, gate) {
      details.append(caveat)
    }
    // A line a waiver, then what was found.
    var lines = Wording.waivers(judgement).map(Escaping.markdown)
    if !details.isEmpty { lines.append(details.map(Escaping.markdown).joined(separator: "; ")) }
    guard !lines.isEmpty else { return nil }
    let subject = Escaping.markdown(Wording.subject(judgement))
    return lines.map { "- **\(subject)**: \($0)" }.joined(separator: "\n")
  }

  var notes: [String] {
    record.gates.flatMap { gate -> [String] in
      let lines = Wording.undecidedEnd(gate) + Wording.notes(gate)
      return lines.isEmpty ? [] : [lines.map { "- " + Escaping.markdown($0) }.joined(separator: "\n")]
    }
  }

  var changes: [String] {
    let changes = record.gates.flatMap(\.changes)
    guard !changes.isEmpty else { return [] }
    return [
      "#### What changed since the baseline\n\n" + changes.map { "- " + Escaping.markdown($0) }.joined(separator: "\n")
    ]
  }

  var stageFailures: [String] {
    var blocks: [String] = []
    for entry in record.entries {
      guard case .failed(let fault) = entry.settlement?.outcome else { continue }
      var text = "**\(Escaping.markdown(entry.planned.id.name))**: \(Escaping.markdown(Wording.ending(entry)))"
      for remedy in Wording.remedies(fault) { text += "; " + Escaping.markdown(remedy) }
      if let left = Wording.leftovers(entry) { text += "; " + Escaping.markdown(left) }
      let tail = Wording.tail(entry).suffix(30)
      if !tail.isEmpty { text += "\n\n" + Escaping.markdownBlock(Array(tail), language: "text") }
      blocks.append(text)
    }
    for diagnostic in record.diagnostics + [record.refusal].compactMap({ $0 }) {
      let parts = [diagnostic.message, diagnostic.cause, diagnostic.remedy].compactMap { $0 }
      blocks.append("**\(diagnostic.severity.rawValue)**: " + parts.map(Escaping.markdown).joined(separator: "; "))
    }
    return blocks
  }

  var slices: [String] {
    // What does not hold stands among the rules.
    let rows = judgements.filter {
      !$0.judgement.slice.isEmpty && ($0.judgement.verdict == .pass || $0.judgement.verdict == .notJudged)
    }
    guard !rows.isEmpty else { return [] }
    let holding = rows.filter { $0.judgement.verdict == .pass }.count
    let tally = [
      holding > 0 ? "\(Numbers.count(holding)) hold\(holding == 1 ? "s" : "")" : nil,
      holding < rows.count ? "\(Numbers.count(rows.count - holding)) not judged" : nil,
    ].compactMap { $0 }.joined(separator: ", ")
    let table = MarkdownParts.table(
      ["", "slice", "candidate", "baseline", "difference", "allowed", "rows"],
      rows.map { cells($0.gate, $0.judgement) })
    return [MarkdownParts.folded("Slices (\(tally))", table)]
  }

  var stages: [String] {
    let entries = record.shownEntries
    guard !entries.isEmpty else { return [] }
    let rows = entries.map { entry in
      [
        Escaping.markdown(entry.planned.id.name), Wording.outcome(entry),
        Escaping.markdown([Wording.ending(entry), Wording.leftovers(entry)].compactMap { $0 }.joined(separator: "; ")),
        Wording.whyRest(entry).map(Escaping.markdown).joined(separator: "<br>"),
      ]
    }
    let table = MarkdownParts.table(["stage", "outcome", "", "why"], rows)
    let tally = [Wording.stageTally(record), Wording.remarks(record) ?? ""].filter { !$0.isEmpty }.joined(
      separator: ", ")
    return [MarkdownParts.folded("Stages (\(tally))", table)]
  }

  var provenance: String {
    Provenance.facts(record).map { "\($0.name) \(Escaping.markdownCode($0.value))" }.joined(separator: " · ")
  }

  static func folded(_ title: String, _ body: String) -> String {
    "<details><summary>\(Escaping.html(title))</summary>\n\n\(body)\n\n</details>"
  }

  static func table(_ header: [String], _ rows: [[String]]) -> String {
    let all = [header, header.map { _ in "---" }] + rows
    return all.map(line).joined(separator: "\n")
  }

  static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}
