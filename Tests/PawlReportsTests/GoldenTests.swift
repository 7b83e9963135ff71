import PawlCore
import PawlReports
import Testing

struct GoldenTests {
  static let reports: [any Report.Type] = [
    ResultJSON.self, JUnit.self, StrictJUnit.self, Markdown.self, HTML.self, ModelCard.self, Annotations.self,
  ]

  @Test func `every format of every canonical run is as kept`() {
    for (name, record) in CanonicalRuns.all {
      for report in GoldenTests.reports {
        Goldens.check(report.render(record, ReportOptions()), "\(name)/\(report.file)")
      }
    }
  }

  @Test func `the terminal of every canonical run is as kept, with signs and in ASCII`() {
    for (name, record) in CanonicalRuns.all {
      for style in [Style(width: 80), Style(ascii: true, width: 80), Style(width: 120)] {
        let text = GoldenTests.terminal(record, style).joined(separator: "\n") + "\n"
        Goldens.check(text, "\(name)/terminal-\(style.ascii ? "ascii" : "\(style.width)").txt")
      }
    }
  }

  @Test func `a CI log is as kept, plain and with the groups of GitHub and GitLab`() throws {
    for (name, events) in [
      ("broken", CanonicalRuns.broken), ("failed", CanonicalRuns.failed), ("policed", CanonicalRuns.policed),
      ("audited", CanonicalRuns.audited),
    ] {
      for groups in [PlainLines.Groups.none, .gitHub, .gitLab] {
        Goldens.check(try GoldenTests.plain(events, groups), "\(name)/ci-\(groups).txt")
      }
    }
  }

  @Test func `the same record gives the same text, and so does its replay`() {
    for (_, record) in CanonicalRuns.all {
      for report in GoldenTests.reports {
        #expect(report.render(record, ReportOptions()) == report.render(record, ReportOptions()))
      }
    }
  }

  static func terminal(_ record: RunRecord, _ style: Style) -> [String] {
    var lines: [String] = []
    if let head = record.head {
      lines += Terminal.banner(
        head, stages: record.shownEntries.count, baseline: CanonicalRuns.production, now: Timestamp(CanonicalRuns.zero),
        style: style)
    }
    for entry in record.shownEntries {
      if case .failed = entry.settlement?.outcome {
        lines += Terminal.failure(entry, logFile: ".pawl/runs/c40b1e/logs/\(entry.planned.id.name).1", style: style)
      } else {
        lines += Terminal.stageLine(entry, in: record, style: style)
      }
    }
    for gate in record.gates { lines += [""] + Terminal.gate(gate, style: style) }
    return lines + [""] + Terminal.closing(record, reportFolder: "pawl-report", style: style)
  }

  /// The lines that a sink writes when it follows a run whose events are told again.
  static func plain(_ record: RunRecord, _ groups: PlainLines.Groups) throws -> String {
    var lines: [String] = []
    var sink = PlainLines(
      groups: groups, note: "cache 0 of 8",
      log: { id, _, _ in record[id]?.settlement?.tail ?? ["rows 333, folds 5, seed 7"] }, write: { lines.append($0) })
    var sofar = RunRecord()
    for event in events(of: record) {
      sofar.apply(event)
      try sink.receive(event, sofar)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A record's own events again, as far as the lines need them.
  static func events(of record: RunRecord) -> [Event] {
    var facts: [(Double, Event.Kind)] = []
    if let head = record.head { facts.append((CanonicalRuns.zero, .runPlanned(head, record.entries.map(\.planned)))) }
    for entry in record.entries {
      if let started = entry.started {
        facts.append((started.seconds, .attemptStarted(entry.planned.id, attempt: entry.attempts, why: entry.why)))
      }
      if let settled = entry.settled, let settlement = entry.settlement {
        facts.append((settled.seconds, .stageSettled(entry.planned.id, settlement)))
      }
    }
    facts = CanonicalRuns.sorted(facts)
    for gate in record.gates { facts.append((record.finished?.seconds ?? 0, .gateJudged(StageID(gate.name), gate))) }
    if let verdict = record.verdict, let status = record.exitStatus {
      facts.append((record.finished?.seconds ?? 0, .runFinished(verdict, status)))
    }
    return facts.enumerated().map { Event(sequence: $0 + 1, time: Timestamp($1.0), kind: $1.1) }
  }
}
