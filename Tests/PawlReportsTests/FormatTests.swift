import Foundation
import PawlCore
import PawlReports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct FormatTests {
  @Test func `result.json has the keys of the contract in their order`() {
    let json = ResultJSON.render(CanonicalRuns.failed, ReportOptions())
    let wanted = [
      "schema", "run", "id", "workflow", "verdict", "exit-status", "started", "seconds", "commit", "dirty", "stages",
      "name",
      "kind", "outcome", "cause", "why", "attempts", "seconds", "exit", "key", "gates", "name", "verdict", "baseline",
      "name",
      "run", "commit", "rescored", "rules", "metric", "slice", "kind", "verdict", "severity", "candidate", "value",
      "low", "high",
      "rows", "replicates", "baseline", "value", "difference", "value", "low", "high", "confidence", "margin", "test",
      "p",
      "rows-needed", "blocks", "claim", "caveats", "message", "diagnostics",
    ]
    var rest = json.split(separator: "\"")[...]
    for key in wanted {
      let found = rest.firstIndex { $0 == key }
      #expect(found != nil, "\(key) is not where it belongs")
      if let found { rest = rest[rest.index(after: found)...] }
    }
  }

  @Test func `a gate alone has no stages and no run id`() throws {
    var head = CanonicalRuns.head(nil)
    head.file = ""
    let record = CanonicalRuns.record([
      (0, .runPlanned(head, [])),
      (0, .gateJudged(StageID("gate"), CanonicalRuns.gate(.pass, CanonicalRuns.passingRules))),
      (0, .runFinished(.passed, .ok)),
    ])
    let root = try parse(ResultJSON.render(record, ReportOptions()))
    #expect((root["stages"] as? [Any])?.isEmpty == true)
    #expect((root["run"] as? [String: Any])?["id"] is NSNull)
    #expect(JUnit.render(record, ReportOptions()).contains("tests=\"3\""))
  }

  @Test func `numbers are equal in JSON and JUnit, and the words in every format`() throws {
    for (_, record) in CanonicalRuns.all {
      let xml = JUnit.render(record, ReportOptions())
      let html = HTML.render(record, ReportOptions())
      let markdown = Markdown.render(record, ReportOptions())
      let root = try parse(ResultJSON.render(record, ReportOptions()))
      let rules = (root["gates"] as? [[String: Any]] ?? []).flatMap { $0["rules"] as? [[String: Any]] ?? [] }
      for (rule, judgement) in zip(rules, record.gates.flatMap(\.judgements)) {
        let difference = rule["difference"] as? [String: Any]
        #expect(difference?["value"] as? Double == judgement.difference?.value)
        if let low = judgement.difference?.low { #expect(xml.contains("name=\"difference-low\" value=\"\(low)\"")) }
        guard judgement.slice.isEmpty, let words = Wording.difference(judgement) else { continue }
        #expect(html.contains(Escaping.html(words)))
        #expect(markdown.contains(Escaping.markdown(words)))
      }
    }
  }

  @Test func `JUnit totals count its cases, names are unique, and a case has at most one result`() {
    for (name, record) in CanonicalRuns.all {
      let counter = Counter(JUnit.render(record, ReportOptions()))
      #expect(counter.total == counter.cases.count, "\(name)")
      #expect(counter.failures == counter.results.filter { $0 == "failure" }.count)
      #expect(counter.errors == counter.results.filter { $0 == "error" }.count)
      #expect(counter.skipped == counter.results.filter { $0 == "skipped" }.count)
      #expect(Set(counter.cases).count == counter.cases.count)
      #expect(Set(counter.suites).count == counter.suites.count)
      #expect(counter.mostResults <= 1)
    }
  }

  @Test func `rules with one name get numbers`() {
    let twice = CanonicalRuns.gate(.pass, [CanonicalRuns.passingRules[0], CanonicalRuns.passingRules[0]])
    let record = CanonicalRuns.record([
      (0, .runPlanned(CanonicalRuns.head(nil), [])), (0, .gateJudged(StageID("gate"), twice)),
      (0, .runFinished(.passed, .ok)),
    ])
    #expect(JUnit.render(record, ReportOptions()).contains("name=\"accuracy &gt;= baseline - 0.03 (2)\""))
  }

  @Test func `output of a case is at most 64 KiB, its end kept`() {
    for line in ["x", "<&>\u{1F600}", String(repeating: "<", count: 200_000)] {
      let lines = (0..<40_000 / line.count + 2).map { "\($0) \(line)" } + ["the end"]
      let record = CanonicalRuns.record([
        (0, .runPlanned(CanonicalRuns.head("x"), Array(CanonicalRuns.stages().prefix(1)))),
        (1, .attemptStarted(StageID("split"), attempt: 1, why: [])),
        (2, .stageSettled(StageID("split"), Settlement(outcome: .failed(.exit(.code(1))), attempts: 1, tail: lines))),
        (2, .runFinished(.error, .stageFailed)),
      ])
      let xml = JUnit.render(record, ReportOptions())
      let output = xml.split(separator: "<system-out>").last?.split(separator: "</system-out>").first ?? ""
      #expect(output.utf8.count <= 65_536)
      #expect(output.hasSuffix("the end"))
      #expect(XMLParser(data: Data(xml.utf8)).parse())
    }
  }

  @Test func `Markdown keeps to its budget, failing rules last to go, and counts what is left out`() {
    var judgements: [Judgement] = []
    for number in 0..<300 {
      var judgement = CanonicalRuns.failingRules[0]
      judgement.rule.metric = "metric-\(number)"
      judgements.append(judgement)
      var passing = CanonicalRuns.passingRules[0]
      passing.rule.metric = "good-\(number)"
      judgements.append(passing)
    }
    let record = CanonicalRuns.record(
      [(0, .runPlanned(CanonicalRuns.head("x"), CanonicalRuns.stages()))] + CanonicalRuns.work(gate: .rejected) + [
        (3, .gateJudged(StageID("gate"), CanonicalRuns.gate(.fail, judgements))),
        (4, .runFinished(.failed, .gateFailed)),
      ])
    var sizes: [Int] = []
    for budget in [1_000_000, 120_000, 60_000, 20_000, 5_000, 1_000, 300, 200] {
      var options = ReportOptions()
      options.markdownBudget = budget
      let text = Markdown.render(record, options)
      #expect(text.utf8.count <= budget)
      #expect(text.hasPrefix("### ✗ penguins: blocked"))
      if budget < 100_000 { #expect(text.contains("left out: ")) }
      if budget == 60_000 { #expect(text.contains("metric-299") && text.contains("300 passing rules")) }
      sizes.append(text.utf8.count)
    }
    #expect(sizes == sizes.sorted(by: >))
  }

  @Test func `at most ten annotations, and the rest is counted`() {
    let many = (0..<30).map { _ in CanonicalRuns.failingRules[0] }
    let record = CanonicalRuns.record([
      (0, .runPlanned(CanonicalRuns.head("x"), [])), (0, .gateJudged(StageID("gate"), CanonicalRuns.gate(.fail, many))),
      (0, .runFinished(.failed, .gateFailed)),
    ])
    let lines = Annotations.lines(record)
    #expect(lines.count == 10)
    #expect(lines.last == "::warning title=pawl::21 more are in the report")
  }

  @Test func `a user's own card template sees the same names, and a broken one is said`() {
    var head = CanonicalRuns.head("91be04")
    head.cardTemplate = "# {{name}}\n{{#metrics}}{{metric}}={{value}};{{/metrics}}\n"
    func card(_ head: RunHead) -> String {
      ModelCard.render(
        CanonicalRuns.record([
          (0, .runPlanned(head, [])),
          (0, .gateJudged(StageID("gate"), CanonicalRuns.gate(.pass, CanonicalRuns.passingRules))),
          (0, .runFinished(.passed, .ok)),
        ]), ReportOptions())
    }
    #expect(card(head).hasPrefix("---\n"))
    #expect(card(head).hasSuffix("# penguins\naccuracy=97.6 %;brier=0.041;\n"))
    head.cardTemplate = "{{#open}} never closed"
    #expect(card(head).contains("cannot be read as Mustache"))
    #expect(card(head).contains("## Evaluation"))
  }

  @Test func `a page loads nothing and runs nothing`() {
    for (_, record) in CanonicalRuns.all {
      let html = HTML.render(record, ReportOptions())
      for mark in ["<script", " src=", "url(", "@import", "<link", "<img", "<iframe"] { #expect(!html.contains(mark)) }
      #expect(!html.contains("{{") && !html.contains("}}"))
    }
  }

  @Test func `an empty record renders in every format`() {
    for report in GoldenTests.reports {
      #expect(report.render(RunRecord(), ReportOptions()) == report.render(RunRecord(), ReportOptions()))
      #expect(!report.guide.isEmpty && !report.name.isEmpty && !report.file.isEmpty)
    }
    #expect(ResultJSON.render(RunRecord(), ReportOptions()).contains("\"workflow\": null"))
  }

  private func parse(_ json: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }
}

/// What a JUnit reader counts.
final class Counter: NSObject, XMLParserDelegate {
  var total = 0, failures = 0, errors = 0, skipped = 0, mostResults = 0
  var suites: [String] = []
  var cases: [String] = []
  var results: [String] = []
  private var inCase = 0

  init(_ xml: String) {
    super.init()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = self
    _ = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    switch name {
    case "testsuites":
      total = Int(attributes["tests"] ?? "") ?? -1
      failures = Int(attributes["failures"] ?? "") ?? -1
      errors = Int(attributes["errors"] ?? "") ?? -1
      skipped = Int(attributes["skipped"] ?? "") ?? -1
    case "testsuite": suites.append(attributes["name"] ?? "")
    case "testcase":
      cases.append("\(attributes["classname"] ?? "")|\(attributes["name"] ?? "")")
      inCase = 0
    case "failure", "error", "skipped":
      results.append(name)
      inCase += 1
      mostResults = max(mostResults, inCase)
    case _: break
    }
  }
}
