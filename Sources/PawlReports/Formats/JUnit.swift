package import PawlCore

/// JUnit XML for Jenkins, GitLab and the usual GitHub actions (contract §6); a suite a stage, a case a stage or rule.
package enum JUnit: Report {
  package static let name = "junit"
  package static let file = "junit.xml"
  package static let guide =
    "test results for the CI's own view: `reports: { junit: pawl-report/junit.xml }` on GitLab"

  package static func render(_ record: RunRecord, _ options: ReportOptions) -> String {
    JUnitDocument(record, isStrict: false).text
  }
}

/// The same, valid against Jenkins' `junit-10.xsd`, which knows neither `file` and `line` nor properties of a case.
package enum StrictJUnit: Report {
  package static let name = "junit-strict"
  package static let file = "junit-strict.xml"
  package static let guide = "JUnit XML for readers that validate, such as the xUnit plug-in of Jenkins"

  package static func render(_ record: RunRecord, _ options: ReportOptions) -> String {
    JUnitDocument(record, isStrict: true).text
  }
}

/// The suites and cases of a record.
struct JUnitDocument {
  struct Case {
    enum Result { case passed, failure, error, skipped }

    var name: String
    var place: SourceLocation?
    var seconds: Double?
    var result = Result.passed
    var type = ""
    var message = ""
    var body: [String] = []
    var output: [String] = []
    var properties: [(name: String, value: String)] = []
  }

  struct Suite {
    var name: String
    var seconds: Double
    var started: Timestamp?
    var cases: [Case]
    var properties: [(name: String, value: String)] = []
  }

  private let workflow: String
  private let file: String
  private let isStrict: Bool
  private var suites: [Suite] = []

  init(_ record: RunRecord, isStrict: Bool) {
    workflow = record.head?.workflow ?? "pawl"
    file = record.head?.file ?? ""
    self.isStrict = isStrict
    var gates = record.gates
    for entry in record.shownEntries {
      var suite = Suite(
        name: entry.planned.id.name, seconds: entry.seconds ?? 0, started: entry.started,
        cases: [JUnitCases.stage(entry, record)])
      if let index = gates.firstIndex(where: { $0.name == entry.planned.id.name }) {
        let gate = gates.remove(at: index)
        suite.cases += JUnitCases.rules(gate, record.head?.attempt)
        suite.properties = JUnitCases.properties(gate)
      }
      suites.append(suite)
    }
    for gate in gates {
      suites.append(
        Suite(
          name: gate.name, seconds: 0, started: record.started, cases: JUnitCases.rules(gate, record.head?.attempt),
          properties: JUnitCases.properties(gate)))
    }
    if !record.diagnostics.isEmpty || record.refusal != nil {
      suites.append(
        Suite(name: "pawl", seconds: 0, started: record.started, cases: JUnitCases.diagnostics(record)))
    }
    makeUnique()
  }

  /// The same name twice would be one test for GitLab and a retry for others.
  private mutating func makeUnique() {
    var names: Set<String> = []
    for suite in suites.indices {
      suites[suite].name = JUnitDocument.unused(suites[suite].name, &names)
      var cases: Set<String> = []
      for index in suites[suite].cases.indices {
        suites[suite].cases[index].name = JUnitDocument.unused(suites[suite].cases[index].name, &cases)
      }
    }
  }

  /// Compared as it is written: two names that only differ in what XML cannot hold are one.
  private static func unused(_ name: String, _ taken: inout Set<String>) -> String {
    var candidate = name
    var number = 2
    while !taken.insert(Escaping.xmlAttribute(candidate)).inserted {
      candidate = "\(name) (\(number))"
      number += 1
    }
    return candidate
  }

  var text: String {
    let all = suites.flatMap(\.cases)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"
    text += attribute("name", workflow) + counts(all)
    text += attribute("time", time(suites.reduce(0) { $0 + $1.seconds })) + ">\n"
    for suite in suites { text += self.suite(suite) }
    return text + "</testsuites>\n"
  }

  private func counts(_ cases: [Case]) -> String {
    func count(_ result: Case.Result) -> String { String(cases.filter { $0.result == result }.count) }
    return attribute("tests", String(cases.count)) + attribute("failures", count(.failure))
      + attribute("errors", count(.error)) + (isStrict ? "" : attribute("skipped", count(.skipped)))
  }

  private func suite(_ suite: Suite) -> String {
    var text = "  <testsuite" + attribute("name", suite.name) + counts(suite.cases)
    if isStrict { text += attribute("skipped", String(suite.cases.filter { $0.result == .skipped }.count)) }
    text += attribute("time", time(suite.seconds))
    // Local time without an offset is what every reader takes.
    if let started = suite.started { text += attribute("timestamp", String(started.rfc3339.dropLast())) }
    if !isStrict, !file.isEmpty { text += attribute("file", file) }
    text += ">\n"
    if !isStrict {
      text += properties(suite.properties, "    ")
    } else {
      text += properties(
        suite.properties
          + suite.cases.flatMap { one in one.properties.map { ("\(one.name): \($0.name)", $0.value) } }, "    ")
    }
    for one in suite.cases { text += testCase(one, suite.name) }
    return text + "  </testsuite>\n"
  }

  private func testCase(_ one: Case, _ suite: String) -> String {
    var text = "    <testcase" + attribute("classname", "\(workflow).\(suite)") + attribute("name", one.name)
    if !isStrict {
      let file = one.place?.file ?? file
      if !file.isEmpty { text += attribute("file", file) + attribute("line", String(one.place?.line ?? 1)) }
    }
    text += attribute("time", time(one.seconds ?? 0)) + ">\n"
    if !isStrict { text += properties(one.properties, "      ") }
    let body = Escaping.xmlText(([one.message] + one.body).joined(separator: "\n"))
    switch one.result {
    case .passed: break
    case .failure: text += "      <failure\(labels(one))>\(body)</failure>\n"
    case .error: text += "      <error\(labels(one))>\(body)</error>\n"
    case .skipped: text += "      <skipped" + attribute("message", one.message) + ">\(body)</skipped>\n"
    }
    if !one.output.isEmpty { text += "      <system-out>\(JUnitDocument.output(one.output))</system-out>\n" }
    return text + "    </testcase>\n"
  }

  private func labels(_ one: Case) -> String { attribute("message", one.message) + attribute("type", one.type) }

  private func properties(_ properties: [(name: String, value: String)], _ indent: String) -> String {
    guard !properties.isEmpty else { return "" }
    let lines = properties.map {
      "\(indent)  <property" + attribute("name", $0.name) + attribute("value", $0.value) + "/>\n"
    }
    return "\(indent)<properties>\n\(lines.joined())\(indent)</properties>\n"
  }

  private func attribute(_ name: String, _ value: String) -> String { " \(name)=\"\(Escaping.xmlAttribute(value))\"" }

  /// Digits, a point, three digits: what the strictest pattern takes.
  private func time(_ seconds: Double) -> String {
    Numbers.fixed(seconds.isFinite ? min(max(0, seconds), 1e12) : 0, decimals: 3)
  }

  static let outputLimit = 65_536

  /// The last 64 KiB of what a stage printed, as whole lines; GitLab's attachment marks are broken.
  static func output(_ lines: [String]) -> String {
    var kept: [String] = []
    var used = 0
    for line in lines.reversed() {
      let safe = Escaping.xmlText(
        Escaping.substitute("[[ATTACHMENT", by: "[\u{200B}[ATTACHMENT", in: Escaping.logLine(line)))
      let room = outputLimit - 100 - used
      if safe.utf8.count + 1 > room {
        if kept.isEmpty { kept.append(tail(of: line, room)) }
        kept.append("… \(lines.count - kept.count) earlier lines are left out")
        break
      }
      kept.append(safe)
      used += safe.utf8.count + 1
    }
    return kept.reversed().joined(separator: "\n")
  }

  /// The end of one line that alone is too long.
  private static func tail(of line: String, _ room: Int) -> String {
    var scalars = String.UnicodeScalarView()
    var used = 0
    var kept: [Unicode.Scalar] = []
    for scalar in Escaping.logLine(line).unicodeScalars.reversed() {
      used += Escaping.xmlText(String(scalar)).utf8.count
      if used > room - 4 { break }
      kept.append(scalar)
    }
    scalars.append(contentsOf: kept.reversed())
    return "…" + Escaping.xmlText(Escaping.substitute("[[ATTACHMENT", by: "[ATTACHMENT", in: String(scalars)))
  }
}
