import Mustache
package import PawlCore

/// `report.html`: one file without network or script; forest plots, stages against time, provenance.
package enum HTML: Report {
  package static let name = "html"
  package static let file = "report.html"
  package static let guide = "the whole story in one file, for a browser or an artefact: `open pawl-report/report.html`"

  package static func render(_ record: RunRecord, _ options: ReportOptions) -> String {
    guard let template = try? MustacheTemplate(string: HTMLTemplate.page) else {
      // The template is a constant: a test renders it, so that this is never seen.
      return "<!DOCTYPE html>\n<title>\(Escaping.html(Wording.headline(record)))</title>\n"
    }
    return template.render(HTMLPage(record).fields)
  }
}

/// The values that the page's template shows; every text is escaped here.
struct HTMLPage {
  private let record: RunRecord

  init(_ record: RunRecord) { self.record = record }

  /// Text that is HTML: the template puts it in as it is.
  private func clean(_ text: String?) -> String { Escaping.html(text ?? "") }

  /// A sentence: what stands between back-ticks is code.
  private func prose(_ text: String?) -> String { Escaping.htmlProse(text ?? "") }

  var fields: [String: Any] {
    let end = Wording.conclusion(record)
    let stages = record.shownEntries
    let outputs = outputs
    let parameters = record.head?.parameters ?? []
    let timeline = Timeline.svg(record)
    return [
      "version": clean(record.head?.version), "title": clean(Wording.headline(record)), "style": HTMLTemplate.style,
      "verdict": end.verdict.rawValue, "verdict-class": HTMLPage.style(end.verdict), "mark": Wording.mark(end.verdict),
      "headline": prose(Wording.headline(record)), "facts": clean(facts(end.status)), "failures": failures,
      "gates": record.gates.enumerated().map { gate($1, $0) }, "has-stages": !stages.isEmpty,
      "stage-tally": clean(
        [Wording.stageTally(record), Wording.remarks(record) ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")),
      "has-timeline": timeline != nil, "timeline": timeline ?? "",
      "stages": stages.map(stage),
      "provenance": Provenance.facts(record).map { ["name": $0.name, "value": clean($0.value)] },
      "has-parameters": !parameters.isEmpty,
      "parameters": parameters.map { ["name": clean($0.key), "value": clean($0.value.text)] },
      "has-outputs": !outputs.isEmpty, "outputs": outputs,
    ]
  }

  private static func style(_ verdict: RunVerdict) -> String {
    switch verdict {
    case .passed: "pass"
    case .waived: "waived"
    case .inconclusive, .cancelled: "inconclusive"
    case .failed, .error: "fail"
    case .invalid: "invalid"
    }
  }

  private func facts(_ status: ExitStatus) -> String {
    let parts = [
      Wording.closing(record), record.head?.id.map { "run \(Wording.short($0))" },
      record.head?.commit.map { "commit \(Wording.short($0))" }, record.started?.forReports, "exit \(status.code)",
    ]
    return parts.compactMap { $0 }.joined(separator: " · ")
  }

  private var failures: [[String: Any]] {
    var list: [[String: Any]] = []
    for entry in record.entries {
      guard case .failed(let fault) = entry.settlement?.outcome else { continue }
      let tail = Wording.tail(entry)
      let message = [Wording.ending(entry), Wording.leftovers(entry)].compactMap { $0 }.joined(separator: "; ")
      let remedies = Wording.remedies(fault)
      let remedy = remedies.isEmpty ? nil : remedies.joined(separator: "; ")
      list.append(
        failure(entry.planned.id.name, message, remedy, tail.suffix(200).joined(separator: "\n")))
    }
    for diagnostic in record.diagnostics + [record.refusal].compactMap({ $0 }) {
      let message = [diagnostic.message, diagnostic.cause].compactMap { $0 }.joined(separator: "; ")
      let isSoft = diagnostic.severity != .error
      list.append(failure(diagnostic.severity.rawValue, message, diagnostic.remedy, "", isSoft: isSoft))
    }
    return list
  }

  private func failure(
    _ name: String, _ message: String, _ remedy: String?, _ log: String, isSoft: Bool = false
  ) -> [String: Any] {
    [
      "class": isSoft ? "failure soft" : "failure", "name": clean(name), "message": prose(message),
      "has-remedy": remedy != nil, "remedy": prose(remedy),
      "has-log": !log.isEmpty, "log": clean(log),
    ]
  }

  private func gate(_ gate: GateResult, _ index: Int) -> [String: Any] {
    let hasExhibits = Set(gate.judgements.compactMap(\.exhibit)).count > 1
    let rules = gate.judgements.filter { $0.slice.isEmpty }
    let slices = gate.judgements.filter { !$0.slice.isEmpty }
    let facts = [
      Wording.tally(gate), Wording.evidence(gate), gate.baseline.map(Wording.baseline), Wording.pin(gate),
    ].compactMap { $0 }
    let notes = Wording.undecidedEnd(gate) + Wording.notes(gate)
    let bounds = Wording.confidence(gate).map { " [\($0) bounds]" } ?? ""
    let claims = rules.map { Wording.claim($0, in: gate, attempt: record.head?.attempt) }
    return [
      "name": clean(gate.name), "verdict": gate.verdict.rawValue, "class": gate.verdict.rawValue,
      "mark": Wording.mark(gate.verdict), "tally": clean(facts.joined(separator: " · ")), "bounds": bounds,
      "plots": plots(ForestPlot.plots(rules, withExhibit: hasExhibits), "gate-\(index)"),
      "rules": rules.map { rule($0, gate, hasExhibits) }, "notes": notes.map(prose), "has-claims": !claims.isEmpty,
      "claims": claims.map(prose), "has-changes": !gate.changes.isEmpty, "changes": gate.changes.map(prose),
      "has-slices": !slices.isEmpty, "slice-plots": plots(slicePlots(slices, hasExhibits), "slices-\(index)"),
      "slice-lines": sliceLines(slices, gate).map(prose),
    ]
  }

  private func plots(_ plots: [ForestPlot], _ id: String) -> [[String: Any]] {
    plots.enumerated().map { ["title": clean($1.title), "svg": $1.svg(id: "\(id)-\($0)")] }
  }

  private func slicePlots(_ slices: [Judgement], _ hasExhibits: Bool) -> [ForestPlot] {
    ForestPlot.plots(slices.filter { $0.verdict != .notJudged }, withExhibit: hasExhibits).map { plot in
      var plot = plot
      plot.rows = plot.rows.enumerated().sorted {
        let (a, b) = ($0.element.low ?? $0.element.value, $1.element.low ?? $1.element.value)
        return a == b ? $0.offset < $1.offset : a < b
      }.map(\.element)
      return plot
    }
  }

  /// Slices without a row in a plot: not judged, or without numbers.
  private func sliceLines(_ slices: [Judgement], _ gate: GateResult) -> [String] {
    slices.flatMap { slice -> [String] in
      let mark = Wording.mark(slice.verdict)
      if slice.verdict == .notJudged || ForestPlot.plots([slice]).isEmpty {
        return ["\(mark) \(Wording.message(slice))"]
      }
      return Wording.waivers(slice).map { "\(mark) \(Wording.subject(slice)): \($0)" }
    }
  }

  private func rule(_ judgement: Judgement, _ gate: GateResult, _ hasExhibits: Bool) -> [String: Any] {
    let found = Wording.details(judgement, in: gate)
    let details = found + Wording.ownCaveats(judgement, in: gate).filter { !found.contains($0) }.map { "note: \($0)" }
    return [
      "class": judgement.verdict.rawValue, "mark": Wording.mark(judgement.verdict),
      "verdict": judgement.verdict.rawValue,
      "subject": clean(Wording.subject(judgement, withExhibit: hasExhibits)),
      "candidate": clean(Wording.candidate(judgement)),
      "baseline": clean(Wording.baselineCell(judgement)), "difference": clean(Wording.comparison(judgement)),
      "allowed": clean(Wording.allowedCell(judgement)), "rows": judgement.candidate?.rows.map(Numbers.count) ?? "",
      "p": clean(judgement.p.map(Numbers.p)), "test": clean(judgement.test), "has-details": !details.isEmpty,
      "details": details.map(prose),
    ]
  }

  private func stage(_ entry: RunRecord.Entry) -> [String: Any] {
    let (sign, paint) = Terminal.sign(entry)
    let style = paint == .good ? "good" : paint == .bad ? "bad" : "plain"
    return [
      "class": style, "mark": sign, "name": clean(entry.planned.id.name), "outcome": Wording.outcome(entry),
      "ending": prose([Wording.ending(entry), Wording.leftovers(entry)].compactMap { $0 }.joined(separator: "; ")),
      "why": prose(Wording.whyRest(entry).joined(separator: "; ")),
      "twin": prose(Wording.twin(entry, in: record)),
    ]
  }

  private var outputs: [[String: Any]] {
    record.entries.flatMap { entry in
      (entry.settlement?.outputs ?? []).map { made in
        [
          "path": clean(made.path), "stage": clean(entry.planned.id.name), "size": Numbers.size(made.size),
          "digest": made.digest.hex,
        ]
      }
    }
  }
}
