import Foundation
import PawlCore
import PawlReports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct HostileTests {
  /// A run in which every field that a user, a file or a stage can fill holds the text.
  static func record(_ text: String) -> RunRecord {
    var head = RunHead(id: text, workflow: text, file: text, version: "1.0.0")
    head.about = text
    head.commit = text
    head.parameters = [Value.Entry(text, .text(text))]
    head.cardSections = [Value.Entry("use", .text("ours"))]
    let place = SourceLocation(file: text, line: 3, column: 2, excerpt: text)
    let ids = [StageID(text), StageID(text + "2"), StageID("gate " + text)]
    let stages = ids.map {
      PlannedStage(
        id: $0, base: text, kind: "evaluate", subject: .candidate, commands: [text], needs: [], location: place)
    }
    let diagnostic = Diagnostic(text, text, at: place, cause: text, remedy: text)
    var rule = CanonicalRuns.rule(text, .mayLose([Margin(Number(1, text: "1"), .points)], isInclusive: true), text)
    rule.location = place
    rule.stage = text
    var broken = CanonicalRuns.judge(
      rule, .fail, .broken, candidate: (0.5, nil, nil), baseline: 0.9, difference: (-0.4, -0.5, -0.3), limit: 0.01)
    broken.slice = [SliceValue(text, text)]
    broken.exhibit = text
    broken.test = text
    broken.caveats = [text]
    let waiver = Waiver(
      rule: text, line: text, model: text, upTo: Margin(Number(1, text: text), .points), reason: text, owner: text,
      expires: text, end: Timestamp(0))
    var waived = broken
    waived.verdict = .waived
    waived.waivers = [WaiverUse(waiver, .applied, original: .fail)]
    broken.waivers = [WaiverUse.State.expired, .void, .otherModel].map { WaiverUse(waiver, $0, original: .fail) }
    var anchored = broken
    anchored.slice = []
    anchored.rule.comparison = .anchor(baseline: text, [Margin(Number(1, text: "1"), .points)])
    anchored.compared = BaselineUse(name: text, run: text, commit: text)
    var usual = anchored
    usual.rule.comparison = .history(last: 20)
    usual.rule.severity = .warn
    usual.baseline = Estimate(value: 0.9, low: 0.8, high: 1, replicates: 20)
    usual.limit = 0.8
    var look = CanonicalRuns.look(before: 3)
    look.exhibit = text
    look.repeats = text
    var ended = look
    ended.repeats = nil
    ended.endedBy = text
    let invalid = CanonicalRuns.judge(rule, .invalid, .invalid(diagnostic), candidate: nil)
    let nan = CanonicalRuns.judge(rule, .fail, .candidateNotFinite(text), candidate: (.nan, nil, nil))
    var gate = CanonicalRuns.gate(.invalid, [broken, invalid, nan, waived, anchored, usual])
    gate.looks = [look, ended]
    gate.pin = PolicyPin(revision: text, commit: text, differences: [text])
    gate.name = "gate " + text
    gate.baseline = BaselineUse(name: text, run: text, commit: text, record: text)
    gate.changes = [text]
    gate.caveats = [text]
    let failed = Settlement(
      outcome: .failed(.unusable(diagnostic)), outputs: CanonicalRuns.made(text, 1, size: 1), attempts: 1,
      leftovers: [text], tail: [text, text])
    return CanonicalRuns.record([
      (0, .runPlanned(head, stages)),
      (1, .attemptStarted(ids[0], attempt: 1, why: [.parameterChanged(text, text, text)])),
      (2, .stageSettled(ids[0], failed)), (2, .stageSettled(ids[1], Settlement(outcome: .skipped(.needs(ids[0]))))),
      (2, .stageSettled(ids[2], Settlement(outcome: .rejected))), (3, .gateJudged(ids[2], gate)),
      (3, .diagnosed(diagnostic)),
      (4, .runFinished(.error, .stageFailed)),
    ])
  }

  static let extra = [
    "<\u{301}script>", "`\u{301}|\u{301}::\u{301}", "]]>", "a\u{FFFE}b\u{FFFF}", "\u{1B}[31mred\u{1B}[0m", "{{{x}}}",
  ]

  static func texts() throws -> [String] { try Hostile.load().map(\.string) + extra }

  @Test func `JUnit, HTML and SVG stay well-formed whatever a field holds`() throws {
    for text in try HostileTests.texts() {
      let record = HostileTests.record(text)
      for report in [JUnit.self, StrictJUnit.self, HTML.self] as [any Report.Type] {
        let xml = report.render(record, ReportOptions())
        let parser = XMLParser(data: Data(xml.utf8))
        #expect(parser.parse(), "\(report.name) of \(text.debugDescription): \(String(describing: parser.parserError))")
      }
    }
  }

  @Test func `no element and no attribute comes from a field`() throws {
    // Two back-ticks of a field make code of what stands between them, which is text like any other.
    let names = elements(HTML.render(HostileTests.record("plain"), ReportOptions())).union(["code"])
    for text in try HostileTests.texts() {
      let found = elements(HTML.render(HostileTests.record(text), ReportOptions()))
      #expect(found.isSubset(of: names.union(["title"])), "\(text.debugDescription): \(found.subtracting(names))")
    }
  }

  @Test func `result.json is JSON that gives the texts back`() throws {
    for text in try HostileTests.texts() {
      let json = ResultJSON.render(HostileTests.record(text), ReportOptions())
      let root = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      let run = try #require(root["run"] as? [String: Any])
      #expect(run["workflow"] as? String == text)
    }
  }

  @Test func `Markdown and card hold no markup of a field`() throws {
    for text in try HostileTests.texts() {
      for report in [Markdown.self, ModelCard.self] as [any Report.Type] {
        let whole = report.render(HostileTests.record(text), ReportOptions())
        // Front matter is data, not markup.
        let body = whole.hasPrefix("---\n") ? whole.split(separator: "\n---\n", maxSplits: 1).last ?? "" : whole[...]
        let plain = fencesRemoved(String(body))
        for mark in ["<script", "<!--", "![x](", "<details><summary>x", "fixes #1", "://evil", "www.b", "c@d", "<?"] {
          #expect(!plain.contains(mark), "\(report.name) of \(text.debugDescription) holds \(mark)")
        }
        for line in plain.split(separator: "\n") where line.hasPrefix("|") {
          #expect(!line.unicodeScalars.contains { Escaping.withoutANSI(String($0)).isEmpty })
        }
      }
    }
  }

  @Test func `the card's front matter is one block of lines`() throws {
    for text in try HostileTests.texts() {
      let lines = ModelCard.render(HostileTests.record(text), ReportOptions()).split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.first == "---")
      let end = try #require(lines.dropFirst().firstIndex(of: "---"))
      for line in lines[1..<end] { #expect(line.hasPrefix("- ") || line.hasPrefix("  ") || line.hasSuffix(":")) }
      #expect(lines[end...].filter { $0 == "---" }.count == 1)
    }
  }

  @Test func `no terminal line moves the cursor, changes a colour or reorders text`() throws {
    for text in try HostileTests.texts() {
      for line in GoldenTests.terminal(HostileTests.record(text), Style()) {
        let bad = line.unicodeScalars.filter {
          $0.value < 0x20 && $0 != "\t" || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E
        }
        #expect(bad.isEmpty, "\(text.debugDescription): \(line.debugDescription)")
      }
    }
  }

  @Test func `no CI log line is a command unless it is ours`() throws {
    for text in try HostileTests.texts() {
      for groups in [PlainLines.Groups.none, .gitHub] {
        for line in try GoldenTests.plain(HostileTests.record(text), groups).split(separator: "\n") {
          let isOurs = line.hasPrefix("::group::") || line == "::endgroup::"
          #expect(isOurs || !line.utf8.starts(with: "::".utf8), "\(line)")
          #expect(!line.contains("##[") && !line.contains("##vso["))
        }
      }
      for line in Annotations.lines(HostileTests.record(text)) {
        #expect(["::error ", "::warning ", "::notice "].contains { line.hasPrefix($0) })
        #expect(!line.unicodeScalars.contains("\n") && !line.unicodeScalars.contains("\r"))
      }
    }
  }

  @Test func `a reason of a megabyte is whole in result.json and short wherever people read`() throws {
    let long = String(repeating: "<&`|\u{1B}[31m\u{202E}x ", count: 100_000)
    var judgement = CanonicalRuns.failingRules[0]
    judgement.verdict = .waived
    judgement.blocks = false
    var waiver = CanonicalRuns.waiver()
    waiver.reason = long
    waiver.owner = long
    judgement.waivers = [WaiverUse(waiver, .applied, original: .fail)]
    let record = CanonicalRuns.record([
      (0, .runPlanned(CanonicalRuns.head("x"), [])),
      (0, .gateJudged(StageID("gate"), CanonicalRuns.gate(.waived, [judgement]))), (0, .runFinished(.waived, .ok)),
    ])
    let root = try JSONSerialization.jsonObject(with: Data(ResultJSON.render(record, ReportOptions()).utf8))
    let gates = (root as? [String: Any])?["gates"] as? [[String: Any]]
    let rule = (gates?.first?["rules"] as? [[String: Any]])?.first
    let uses = try #require(rule?["waivers"] as? [[String: Any]])
    #expect(uses.first?["reason"] as? String == long)
    #expect(uses.first?["owner"] as? String == long)
    for report in GoldenTests.reports where report != ResultJSON.self {
      #expect(report.render(record, ReportOptions()).utf8.count < 60_000, "\(report.name)")
    }
    let lines = Terminal.gate(CanonicalRuns.gate(.waived, [judgement]), style: Style())
    #expect(lines.joined().utf8.count < 10_000)
  }

  @Test func `an attachment mark of GitLab does not survive in a stage's output`() {
    let xml = JUnit.render(HostileTests.record("[[ATTACHMENT|../../x]]"), ReportOptions())
    let output = xml.split(separator: "<system-out>").dropFirst().joined()
    #expect(!output.isEmpty)
    #expect(!(output.split(separator: "</system-out>").first ?? "").contains("[[ATTACHMENT|"))
  }

  private func elements(_ html: String) -> Set<String> {
    final class Names: NSObject, XMLParserDelegate {
      var found: Set<String> = []
      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
      ) {
        found.insert(name)
        for key in attributes.keys { found.insert("\(name)@\(key)") }
      }
    }
    let names = Names()
    let parser = XMLParser(data: Data(html.utf8))
    parser.delegate = names
    _ = parser.parse()
    return names.found
  }

  /// Without fenced blocks and code spans, in which text is text.
  private func fencesRemoved(_ markdown: String) -> String {
    var result = ""
    var isFenced = false
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") { isFenced.toggle() } else if !isFenced { result += codeRemoved(String(line)) + "\n" }
    }
    return result
  }

  private func codeRemoved(_ line: String) -> String {
    let scalars = Array(line.unicodeScalars)
    var result = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      if scalars[index] == "\\", index + 1 < scalars.count {
        result.append(contentsOf: scalars[index...index + 1])
        index += 2
        continue
      }
      let run = scalars[index...].prefix { $0 == "`" }.count
      if run > 0, let end = close(scalars, index + run, run) {
        index = end + run
        continue
      }
      result.append(scalars[index])
      index += 1
    }
    return String(result)
  }

  private func close(_ scalars: [Unicode.Scalar], _ from: Int, _ run: Int) -> Int? {
    var index = from
    while index < scalars.count {
      let next = scalars[index...].prefix { $0 == "`" }.count
      if next == run { return index }
      index += max(1, next)
    }
    return nil
  }
}
