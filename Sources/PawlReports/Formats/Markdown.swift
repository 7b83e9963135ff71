package import PawlCore

/// `report.md`, for a step summary or a comment: verdict first, failing rules first, within a budget of bytes.
package enum Markdown: Report {
  package static let name = "markdown"
  package static let file = "report.md"
  package static let guide =
    "for a step summary or a comment on a pull request: `cat pawl-report/report.md >> \"$GITHUB_STEP_SUMMARY\"`"

  package static func render(_ record: RunRecord, _ options: ReportOptions) -> String {
    MarkdownDocument(record, budget: options.markdownBudget).text
  }
}

/// The parts of the report, and which of them a budget lets in.
struct MarkdownDocument {
  /// In the order in which they are left out; rules that do not pass are the last.
  enum Part: Int, CaseIterable { case provenance, stages, passing, slices, changes, failures, reasons, rules, heading }

  /// A judgement as a row of the table, and what is to be said below it.
  private struct Line {
    var row: String
    var reason: String?
  }

  private let budget: Int
  private let heading: String
  private let header: String
  private let failing: [Line]
  private let passing: [Line]
  private let blocks: [Part: [String]]
  private let notes: [String]

  /// Every part is rendered once; a budget only chooses.
  init(_ record: RunRecord, budget: Int) {
    self.budget = max(200, budget)
    let parts = MarkdownParts(record)
    heading = ([parts.heading] + parts.policy).joined(separator: "\n\n")
    header = parts.header
    let lines = parts.judgements.map { item in
      (item.judgement, Line(row: parts.row(item.gate, item.judgement), reason: parts.reason(item.gate, item.judgement)))
    }
    // What does not pass, worst first, else in the rules' order.
    failing = lines.enumerated().filter { $0.element.0.verdict != .pass && $0.element.0.verdict != .notJudged }.sorted {
      let (a, b) = ($0.element.0.verdict.rank, $1.element.0.verdict.rank)
      return a == b ? $0.offset < $1.offset : a > b
    }.map(\.element.1)
    passing = lines.filter { $0.0.slice.isEmpty && $0.0.verdict == .pass }.map(\.1)
    notes = parts.notes
    blocks = [
      .failures: parts.stageFailures, .changes: parts.changes, .slices: parts.slices, .stages: parts.stages,
      .provenance: [parts.provenance],
    ]
  }

  /// What was left out so far.
  private struct Left {
    var sections = 0
    var passing = 0
    var others = 0

    var line: String? {
      let parts = [
        others > 0 ? Numbers.plural(others, "rule that does not pass", "rules that do not pass") : nil,
        passing > 0 ? Numbers.plural(passing, "passing rule") : nil,
        sections > 0 ? Numbers.plural(sections, "section") : nil,
      ].compactMap { $0 }
      return parts.isEmpty ? nil : "left out: \(parts.joined(separator: ", ")); all in report.html"
    }
  }

  var text: String {
    var left = Left()
    var kept = Set(Part.allCases)
    var result = assemble(kept, left)
    for part in [Part.provenance, .stages, .passing, .slices, .changes, .failures, .reasons]
    where result.utf8.count > budget {
      guard kept.remove(part) != nil else { continue }
      switch part {
      case .passing: left.passing += passing.count
      case .provenance, .stages, .slices, .changes, .failures: left.sections += blocks[part]?.isEmpty == false ? 1 : 0
      case .reasons: left.sections += failing.contains { $0.reason != nil } || !notes.isEmpty ? 1 : 0
      case .rules, .heading: break
      }
      result = assemble(kept, left)
    }
    return result.utf8.count > budget ? cut(left) : result
  }

  /// Heading and as many rules as fit.
  private func cut(_ left: Left) -> String {
    var left = left
    var low = 0
    var high = failing.count
    func attempt(_ count: Int) -> String {
      left.others = failing.count - count
      return assemble([.heading, .rules], left, most: count)
    }
    while low < high {
      let middle = (low + high + 1) / 2
      if attempt(middle).utf8.count <= budget { low = middle } else { high = middle - 1 }
    }
    let text = attempt(low)
    guard text.utf8.count > budget else { return text }
    let last = "left out: everything else; all in report.html\n"
    var heading = String.UnicodeScalarView()
    var used = last.utf8.count + 6
    for scalar in self.heading.unicodeScalars {
      used += UTF8.width(scalar)
      if used > budget { break }
      heading.append(scalar)
    }
    return String(heading) + "…\n\n" + last
  }

  private func assemble(_ kept: Set<Part>, _ left: Left, most: Int = .max) -> String {
    func part(_ part: Part) -> [String] { kept.contains(part) ? blocks[part] ?? [] : [] }
    let shown = failing.prefix(most)
    let rows = (shown + (kept.contains(.passing) ? passing : [])).map(\.row)
    var text = [heading] + part(.failures)
    if !rows.isEmpty { text.append(([header] + rows).joined(separator: "\n")) }
    if kept.contains(.reasons) {
      let reasons = shown.compactMap(\.reason)
      text += [reasons.joined(separator: "\n")] + notes
    }
    text += part(.changes) + part(.slices) + part(.stages) + part(.provenance) + [left.line ?? ""]
    return text.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }
}
