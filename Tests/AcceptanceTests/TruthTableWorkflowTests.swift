import Foundation
import Testing

/// The truth table of the gate through `pawl run`: the baseline is promoted first, then a candidate is judged.
@Suite struct TruthTableWorkflowTests {
  /// A baseline, a candidate, a rule, and what must come of it.
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    /// nil: nothing is promoted.
    var baseline: String?
    var candidate: String
    var rule: String
    var verdict: String
    var status: Int32
    var says: [String] = []
    var evidence = TruthTableProject.Evidence.numbers

    var testDescription: String { name }
  }

  static func row(
    _ name: String, _ baseline: String?, _ candidate: String, _ rule: String, _ verdict: String, _ status: Int32,
    _ says: String...
  ) -> Row {
    func json(_ text: String) -> String { "{\"ok\": 1, \(text)}" }
    return Row(
      name: name, baseline: baseline.map { json($0) }, candidate: json(candidate), rule: rule, verdict: verdict,
      status: status, says: says)
  }

  static let numbers: [Row] = [
    row(
      "metric absent in the candidate", #""score": 0.9"#, #""scores": 0.9, "other": 2"#, "score >= baseline", "invalid",
      6, "work/candidate/m.json", "`score`", "scores", "other"),
    row(
      "metric absent in the baseline", #""other": 0.9"#, #""score": 0.9"#, "score >= baseline", "invalid", 6, "other"),
    row(
      "metric absent in the baseline, which the rule lets pass unjudged", #""other": 0.9"#, #""score": 0.9"#,
      "{ metric: score, may-lose: 0.1, on-missing-baseline: warn }", "inconclusive", 0, "other"),
    row(
      "no baseline at all", nil, #""score": 0.9"#, "score >= baseline", "invalid", 6, "--promote --bootstrap",
      "no baseline"),
    row(
      "no baseline at all, which the rule lets pass unjudged", nil, #""score": 0.9"#,
      "{ metric: score, may-lose: 0.1, on-missing-baseline: warn }", "inconclusive", 0, "no baseline"),
    row("absolute rules only need no baseline", nil, #""score": 0.9"#, "score >= 0.9", "pass", 0),
    row("an absolute rule that is broken", nil, #""score": 0.89"#, "score >= 0.9", "fail", 1, "0.89"),
    row("candidate NaN", #""score": 0.9"#, #""score": NaN"#, "score >= baseline - 1", "fail", 1, "NaN"),
    row("candidate infinite", #""score": 0.9"#, #""score": Infinity"#, "score >= baseline - 1", "fail", 1, "Infinity"),
    row(
      "candidate minus infinite where lower is better", #""cost": 0.9"#, #""cost": -Infinity"#, "cost <= baseline",
      "fail", 1, "-Infinity"),
    row("candidate NaN against an absolute bound", nil, #""score": NaN"#, "score >= 0", "fail", 1, "NaN"),
    row("baseline NaN", #""score": NaN"#, #""score": 0.9"#, "score >= baseline", "invalid", 6, "NaN"),
    row("baseline infinite", #""score": -Infinity"#, #""score": 0.9"#, "score >= baseline", "invalid", 6, "-Infinity"),
    row("relative margin and baseline 0", #""cost": 0"#, #""cost": 0.1"#, "cost <= baseline + 5%", "invalid", 6, "0"),
    row("relative margin and baseline -0.0", #""cost": -0.0"#, #""cost": 0"#, "cost <= baseline + 5%", "invalid", 6),
    row(
      "relative margin, baseline 0 and an absolute margin too", #""cost": 0"#, #""cost": 0.1"#,
      "{ metric: cost, may-lose: [5%, 0.1] }", "pass", 0),
    row(
      "relative margin, baseline 0, beyond the absolute margin", #""cost": 0"#, #""cost": 0.11"#,
      "{ metric: cost, may-lose: [5%, 0.1] }", "fail", 1),
    row(
      "relative margin and a negative baseline", #""score": -0.5"#, #""score": -0.525"#, "score >= baseline - 5%",
      "pass", 0),
    row(
      "relative margin and a negative baseline, beyond", #""score": -0.5"#, #""score": -0.5251"#,
      "score >= baseline - 5%", "fail", 1),
    row("exactly at the bound", #""score": 0.80"#, #""score": 0.85"#, "score >= baseline + 0.05", "pass", 0),
    row("exactly at the margin", #""score": 0.3"#, #""score": 0.2"#, "score >= baseline - 0.1", "pass", 0),
    row(
      "the last digit beyond the margin", #""score": 0.3"#, #""score": 0.19999999999999999999"#,
      "score >= baseline - 0.1", "fail", 1),
    row("exactly at the bound, strictly", #""score": 0.80"#, #""score": 0.85"#, "score > baseline + 0.05", "fail", 1),
    row("exactly at an absolute bound", nil, #""score": 0.1"#, "score >= 0.1000", "pass", 0),
    row("exactly at a strict absolute bound", nil, #""score": 0.1"#, "score > 0.1", "fail", 1),
    row(
      "equal numbers, may-lose 0", #""score": 0.9"#, #""score": 0.90"#, "{ metric: score, may-lose: 0 }", "pass", 0),
    row("equal numbers, at least the baseline", #""score": 0.9"#, #""score": 9e-1"#, "score >= baseline", "pass", 0),
    row("equal numbers are not strictly better", #""score": 0.9"#, #""score": 0.9"#, "score > baseline", "fail", 1),
    row("metric is text", #""score": 0.9"#, #""score": "0.9""#, "score >= 0", "invalid", 6, "score", "text"),
    row(
      "metric is null", #""score": 0.9"#, #""score": null"#, "score >= baseline", "invalid", 6, "score", "null"),
    row("metric is a list", #""score": 0.9"#, #""score": [0.9]"#, "score >= 0", "invalid", 6, "score", "list"),
    row("metric is a bool", #""score": 0.9"#, #""score": true"#, "score >= 0", "invalid", 6, "score", "bool"),
    row(
      "metric of the baseline is text", #""score": "0.9""#, #""score": 1"#, "score >= baseline", "invalid", 6, "text"),
    row(
      "metric of the baseline is a bool", #""score": true"#, #""score": 1"#, "score >= baseline", "invalid", 6, "bool"),
  ]

  static let rows: [Row] = [
    Row(
      name: "too few rows", baseline: TruthTableProject.rows(20, wrong: 1..<2),
      candidate: TruthTableProject.rows(20, wrong: 3..<4),
      rule: "accuracy >= baseline - 1pt", verdict: "inconclusive", status: 0, says: ["rows"], evidence: .rows),
    Row(
      name: "too few rows, and the point value breaks the rule too", baseline: TruthTableProject.rows(20),
      candidate: TruthTableProject.rows(20, wrong: 3..<4),
      rule: "accuracy >= baseline - 1pt", verdict: "inconclusive", status: 5, says: ["rows"], evidence: .rows),
    Row(
      name: "too few rows, and the policy blocks", baseline: TruthTableProject.rows(20, wrong: 1..<2),
      candidate: TruthTableProject.rows(20, wrong: 3..<4),
      rule: "{ metric: accuracy, may-lose: 1pt, when-inconclusive: block }", verdict: "inconclusive", status: 5,
      says: ["rows"], evidence: .rows),
    Row(
      name: "equal predictions of different models are ordinary evidence",
      baseline: TruthTableProject.rows(2000, wrong: 0..<100),
      candidate: TruthTableProject.rows(2000, wrong: 0..<100),
      rule: "accuracy > baseline - 1pt", verdict: "pass", status: 0, says: ["2,000"], evidence: .rows),
    Row(
      name: "without ids rows are unpaired, and labelled so",
      baseline: TruthTableProject.rows(900, wrong: 0..<20, ids: false),
      candidate: TruthTableProject.rows(900, wrong: 0..<21, ids: false),
      rule: "accuracy >= baseline - 5pt", verdict: "pass", status: 0, says: ["unpaired"],
      evidence: .rowsWithoutIDs),
    Row(
      name: "duplicate row ids", baseline: TruthTableProject.rows(50), candidate: "id,y,p,s\n1,0,0,a\n1,0,0,b\n",
      rule: "accuracy >= 0.1", verdict: "invalid", status: 6, says: ["`1`", "2 and 3"], evidence: .rows),
    Row(
      name: "a named column is missing", baseline: TruthTableProject.rows(50), candidate: "id,y,guess,s\n1,0,0,a\n",
      rule: "accuracy >= 0.1", verdict: "invalid", status: 6, says: ["`p`", "`guess`"], evidence: .rows),
    Row(
      name: "all rows are missing", baseline: TruthTableProject.rows(50), candidate: "id,y,p,s\n",
      rule: "accuracy >= 0.1", verdict: "invalid", status: 6, says: ["no rows"], evidence: .rows),
    Row(
      name: "a file of nothing", baseline: TruthTableProject.rows(50), candidate: "", rule: "accuracy >= 0.1",
      verdict: "invalid", status: 6, says: ["r.csv"], evidence: .rows),
    Row(
      name: "a row that is torn", baseline: TruthTableProject.rows(50), candidate: "id,y,p,s\n1,0,0,a\n2,0",
      rule: "accuracy >= 0.1", verdict: "invalid", status: 6, says: ["r.csv:3"], evidence: .rows),
    Row(
      name: "an empty label", baseline: TruthTableProject.rows(50), candidate: "id,y,p,s\n1,,0,a\n",
      rule: "accuracy >= 0.1", verdict: "invalid", status: 6, says: ["line 2"], evidence: .rows),
    Row(
      name: "a declared slice without rows", baseline: TruthTableProject.rows(50),
      candidate: TruthTableProject.rows(60), rule: "{ metric: accuracy, at-least: 0.1, slices: { s: [a, c] } }",
      verdict: "invalid", status: 6, says: ["`c`"], evidence: .rows),
    Row(
      name: "seeds without spread are compared exactly",
      baseline: #"{"ok":1,"score":0.3}"# + "\n"
        + #"{"ok":1,"score":0.3}"# + "\n" + #"{"ok":1,"score":0.3}"#,
      candidate: #"{"score":0.2}"# + "\n" + #"{"score":0.2}"# + "\n" + #"{"score":0.2}"#,
      rule: "score >= baseline - 0.1", verdict: "pass", status: 0, says: ["no spread"], evidence: .seeds),
    Row(
      name: "seeds without spread, beyond the margin",
      baseline: #"{"ok":1,"score":0.3}"# + "\n"
        + #"{"ok":1,"score":0.3}"# + "\n" + #"{"ok":1,"score":0.3}"#,
      candidate: #"{"score":0.19}"# + "\n" + #"{"score":0.19}"# + "\n" + #"{"score":0.19}"#,
      rule: "score >= baseline - 0.1", verdict: "fail", status: 1, says: ["no spread"], evidence: .seeds),
    Row(
      name: "one seed is not a number",
      baseline: #"{"ok":1,"score":0.3}"# + "\n" + #"{"ok":1,"score":0.4}"# + "\n"
        + #"{"ok":1,"score":0.5}"#,
      candidate: #"{"score":0.9}"# + "\n" + #"{"score":NaN}"# + "\n" + #"{"score":0.9}"#,
      rule: "score >= baseline - 0.1", verdict: "fail", status: 1, says: ["NaN"], evidence: .seeds),
    Row(
      name: "one seed lacks the metric",
      baseline: #"{"ok":1,"score":0.3}"# + "\n" + #"{"ok":1,"score":0.4}"# + "\n"
        + #"{"ok":1,"score":0.5}"#,
      candidate: #"{"score":0.9}"# + "\n" + #"{"scores":0.9}"# + "\n" + #"{"score":0.9}"#,
      rule: "score >= baseline - 0.1", verdict: "invalid", status: 6, says: ["evaluate[seed=2]"],
      evidence: .seeds),
  ]

  @Test(arguments: numbers + rows) func `the truth table holds through a workflow`(_ row: Row) throws {
    let project = try TruthTableProject(row.evidence)
    if let baseline = row.baseline {
      try project.promote(baseline)
    } else {
      try project.bench.commit("one")
    }
    try project.rules(row.rule)
    try project.measure(row.candidate)
    let outcome = try project.run()
    #expect(outcome.status == row.status, "\(outcome.out)\(outcome.err)")
    let result = try project.bench.result()
    let rules = result.rules
    let rule = try #require(
      row.rule.contains("slices") ? rules.first { $0.text("verdict") == row.verdict } : rules.first, "\(outcome.out)")
    #expect(rule.text("verdict") == row.verdict, "\(rule)")
    #expect((result["gates"] as? [[String: Any]])?.first?.text("verdict") == row.verdict)
    #expect(rule["blocks"] as? Bool == (row.status != 0))
    #expect((result["run"] as? [String: Any])?.number("exit-status") == Double(row.status))
    for words in row.says {
      #expect(outcome.out.contains(words), "`\(words)` is not in \(outcome.out)")
    }
    // What is not a pass is no pass in any report.
    if row.verdict != "pass" {
      #expect(try !project.bench.read("pawl-report/report.md").hasPrefix("### ✓"))
      let junit = try project.bench.read("pawl-report/junit.xml")
      #expect(junit.contains("<failure") || junit.contains("<error") || junit.contains("<skipped"))
    }
  }

  @Test func `no baseline is in the title, and absolute rules still judge`() throws {
    let project = try TruthTableProject()
    try project.bench.commit("one")
    try project.rules("score >= baseline", "score >= 0.5")
    try project.measure(#"{"score": 0.9}"#)
    #expect(try project.run().status == 6)
    let rules = try project.bench.result().rules
    #expect(rules.map { $0.text("verdict") } == ["invalid", "pass"])
    #expect(
      try project.bench.read("pawl-report/report.md").split(separator: "\n").first?.contains("no baseline") == true)
  }

  @Test func `with promote and bootstrap the candidate becomes the first baseline when all else passes`() throws {
    let project = try TruthTableProject()
    try project.rules("score >= baseline", "score >= 0.5")
    try project.measure(#"{"score": 0.4}"#)
    try project.bench.commit("one")
    #expect(try project.run("--promote --bootstrap").status != 0)
    #expect(try project.records() == 0)
    try project.measure(#"{"score": 0.6}"#)
    try project.bench.commit("two")
    #expect(try project.run("--promote").status == 6)
    #expect(try project.records() == 0)
    let outcome = try project.run("--promote --bootstrap")
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(try project.records() == 1)
  }

  @Test func `evidence of a failed stage is invalid, and the failed stage has the status`() throws {
    let project = try TruthTableProject()
    try project.promote(#"{"ok": 1, "score": 0.9}"#)
    try project.bench.write("fail-candidate", "")
    for rule in ["score >= baseline", "score >= 0.1", "{ metric: score, may-lose: 1, severity: warn }"] {
      try project.rules(rule)
      try project.measure(#"{"ok": 1, "score": 0.95}"#)
      #expect(try project.run().status == 3)
      #expect(try project.bench.result().rules.first?.text("verdict") == "invalid")
    }
  }

  @Test func `evidence that was skipped because a stage before it failed is invalid`() throws {
    let project = try TruthTableProject()
    try project.promote(#"{"ok": 1, "score": 0.9}"#)
    // What an earlier run left must not be taken for this one's.
    #expect(try project.run().status == 0)
    try project.bench.write("weights.txt", "three\n")
    for rule in ["score >= baseline", "score >= 0.1", "{ metric: score, may-lose: 1, severity: warn }"] {
      try project.rules(rule)
      try project.bench.shell("sed -i 's/run: cp weights.txt model.txt/run: exit 1/' w.yml")
      #expect(try project.run("--keep-going").status == 3)
      let result = try project.bench.result()
      #expect(result.stage("evaluate")?.text("outcome") == "skipped")
      #expect(result.rules.first?.text("verdict") == "invalid")
      #expect(result.rules.first?["blocks"] as? Bool == true)
    }
  }

  @Test func `what only warns softens a fail, never what is invalid`() throws {
    let project = try TruthTableProject()
    try project.promote(#"{"ok": 1, "score": 0.9}"#)
    try project.rules("{ metric: score, may-lose: 0.1, severity: warn }")
    try project.measure(#"{"ok": 1, "score": 0.1}"#)
    #expect(try project.run().status == 0)
    #expect(try project.bench.result().rules.first?.text("verdict") == "fail")
    try project.measure(#"{"ok": 1, "score": "0.1"}"#)
    #expect(try project.run().status == 6)
    #expect(try project.bench.result().rules.first?.text("verdict") == "invalid")
  }

  @Test(arguments: [
    ("{ metric: score, may-lose: -0.1 }", "may-lose"), ("{ metric: score, may-lose: .nan }", "may-lose"),
    ("{ metric: score, may-lose: much }", "may-lose"), ("{ metric: score, may-lose: .inf }", "may-lose"),
    ("{ metric: score, must-gain: 0 }", "must-gain"), ("{ metric: unheard-of, may-lose: 0.1 }", "direction"),
    ("score <= baseline + 1pt", "higher-is-better"), ("{ metric: score }", "compares nothing"),
  ]) func `a rule that means nothing is a workflow error with its place, and nothing runs`(
    _ rule: String, _ says: String
  ) throws {
    let project = try TruthTableProject()
    try project.bench.commit("one")
    try project.rules(rule)
    try project.measure(#"{"score": 0.9}"#)
    let outcome = try project.run()
    #expect(outcome.status == 2, "\(outcome.out)\(outcome.err)")
    #expect(outcome.err.contains("w.yml:"), "\(outcome.err)")
    #expect(outcome.err.contains(says), "\(outcome.err)")
    #expect(!project.bench.exists(".pawl/runs") && !project.bench.exists("model.txt"))
  }

  @Test func `a gate without rules is a workflow error`() throws {
    let project = try TruthTableProject()
    for rules in ["    rules: []", ""] {
      try project.bench.write(
        "w.yml",
        """
        pawl: 1
        name: w
        stages:
          evaluate: { kind: evaluate, run: 'true', metrics: [m.json] }
          gate:
            kind: gate
            baseline: production
        \(rules)
        """)
      let outcome = try project.run()
      #expect(outcome.status == 2, "\(outcome.out)\(outcome.err)")
      #expect(outcome.err.contains("rules"), "\(outcome.err)")
    }
  }

  @Test func `the same model has the difference 0 by identity`() throws {
    let project = try TruthTableProject()
    try project.promote(#"{"ok": 1, "score": 0.9}"#)
    try project.bench.write("weights.txt", "one\n")
    try project.bench.write("README.md", "words only\n")
    for (rule, verdict, status) in [
      ("{ metric: score, may-lose: 0.1 }", "pass", 0), ("{ metric: score, may-lose: 0 }", "pass", 0),
      ("score >= baseline", "pass", 0), ("{ metric: score, within: 0.01 }", "pass", 0),
      ("{ metric: score, must-gain: 0.01 }", "fail", 1), ("score > baseline", "fail", 1),
    ] as [(String, String, Int32)] {
      try project.rules(rule)
      let outcome = try project.run()
      #expect(outcome.status == status, "\(rule): \(outcome.out)")
      let judged = try #require(try project.bench.result().rules.first)
      #expect(judged.text("verdict") == verdict, "\(rule)")
      #expect((judged["caveats"] as? [String])?.contains("same model") == true, "\(rule)")
      #expect((judged["difference"] as? [String: Any])?.number("value") == 0)
    }
  }

  @Test func `a slice below min-rows is shown, not judged and without effect`() throws {
    let project = try TruthTableProject(.rows)
    try project.promote(TruthTableProject.rows(2000))
    // All of slice b is wrong, and there are ten rows of it.
    let few =
      "id,y,p,s\n"
      + (0..<2000).map { "\($0),\($0 % 3),\($0 < 10 ? "x" : "\($0 % 3)"),\($0 < 10 ? "b" : "a")\n" }.joined()
    try project.measure(few)
    try project.rules("{ metric: accuracy, may-lose: 5pt, slices: [s], min-rows: 50 }")
    #expect(try project.run().status == 0)
    let verdicts = try project.bench.result().rules.map { $0.text("verdict") }
    #expect(verdicts.filter { $0 == "not-judged" }.count == 1)
    #expect(verdicts.count == 3)
    #expect(try project.bench.read("pawl-report/report.md").contains("not-judged"))
  }

  @Test func `rows of other ids or labels are other test data: scored again, or invalid`() throws {
    for other in [
      TruthTableProject.rows(300, from: 7), TruthTableProject.rows(300).replacing("\n0,0,0", with: "\n0,2,0"),
    ] {
      let project = try TruthTableProject(.rows)
      try project.promote(TruthTableProject.rows(300))
      try project.measure(other)
      try project.rules("accuracy >= baseline - 5pt")
      let scored = try project.run()
      #expect(scored.status == 0, "\(scored.out)\(scored.err)")
      let gate = try #require((try project.bench.result()["gates"] as? [[String: Any]])?.first)
      #expect((gate["baseline"] as? [String: Any])?["rescored"] as? Bool == true)
      // It cannot be scored again.
      try project.bench.write("fail-baseline", "")
      try project.bench.shell("rm -rf .pawl/cache")
      let outcome = try project.run()
      #expect(outcome.status == 6, "\(outcome.out)\(outcome.err)")
      #expect(try project.bench.result().rules.first?.text("verdict") == "invalid")
      // A rule that allows it compares two samples, and says so.
      try project.rules("{ metric: accuracy, may-lose: 5pt, allow-other-data: true }")
      #expect(try project.run().status == 0)
      let caveats = try #require(try project.bench.result().rules.first?["caveats"] as? [String])
      #expect(caveats.contains("the baseline was measured on other test data"))
      #expect(caveats.contains { $0.hasPrefix("unpaired") })
    }
  }

  @Test func `clusters may hold an id more than once`() throws {
    let project = try TruthTableProject(.rows)
    let twice = "id,y,p,s\n" + (0..<2000).map { "\($0 / 2),\($0 % 2),\($0 % 2),c\($0 / 2)\n" }.joined()
    try project.rules("accuracy >= 0.5")
    try project.measure(twice)
    try project.bench.commit("one")
    #expect(try project.run().status == 6)
    try project.bench.shell("sed -i 's/task: multiclass,/task: multiclass, cluster: s,/; s/slices: .s., //' w.yml")
    let outcome = try project.run()
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(try project.bench.read("pawl-report/result.json").contains("1000 clusters"))
  }

  @Test func `what passed only after a retry is flaky, counted and said`() throws {
    let project = try TruthTableProject()
    try project.promote(#"{"ok": 1, "score": 0.9}"#)
    try project.rules("score >= baseline", evaluation: "retries: { count: 1, on: [exit] }")
    try project.bench.shell(
      "sed -i 's|run: test -s|run: test -e fail-once \\|\\| { touch fail-once; exit 1; }; test -s|' w.yml")
    try project.measure(#"{"ok": 1, "score": 0.95}"#)
    let outcome = try project.run()
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(try project.bench.result().stage("evaluate")?.number("attempts") == 2)
    for report in ["report.md", "junit.xml", "report.html"] {
      #expect(try project.bench.read("pawl-report/" + report).contains("flaky"), "\(report)")
    }
  }
}
