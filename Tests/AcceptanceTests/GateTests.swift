import Foundation
import Testing

/// `pawl gate` on files, as a newcomer adopts it: the rows of the truth table that need no further test.
@Suite struct GateTests {
  /// One row: two metric files, a rule, and what must come of it.
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var candidate: String
    var baseline: String?
    var rule: String
    var verdict: String
    var status: Int32
    var says: String = ""

    var testDescription: String { name }
  }

  static let rows: [Row] = [
    Row(
      name: "within the margin", candidate: #"{"accuracy": 0.912}"#, baseline: #"{"accuracy": 0.915}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "pass", status: 0, says: "0.003 worse"),
    Row(
      name: "beyond the margin", candidate: #"{"accuracy": 0.90}"#, baseline: #"{"accuracy": 0.915}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "fail", status: 1),
    Row(
      name: "exactly at the bound in decimal", candidate: #"{"accuracy": 0.85}"#, baseline: #"{"accuracy": 0.80}"#,
      rule: "accuracy >= baseline + 0.05", verdict: "pass", status: 0),
    Row(
      name: "exactly at the bound of a strict rule", candidate: #"{"accuracy": 0.85}"#,
      baseline: #"{"accuracy": 0.80}"#,
      rule: "accuracy > baseline + 0.05", verdict: "fail", status: 1),
    Row(
      name: "equal numbers, margin 0", candidate: #"{"accuracy": 0.9}"#, baseline: #"{"accuracy": 0.90}"#,
      rule: "accuracy >= baseline", verdict: "pass", status: 0),
    Row(
      name: "equal numbers are not strictly better", candidate: #"{"accuracy": 0.9}"#, baseline: #"{"accuracy": 0.9}"#,
      rule: "accuracy > baseline", verdict: "fail", status: 1),
    Row(
      name: "metric absent in the candidate", candidate: #"{"test": {"f1_macro": 0.9}}"#,
      baseline: #"{"f1-macro": 0.9}"#, rule: "f1-macro >= baseline - 1pt", verdict: "invalid", status: 6,
      says: "test.f1_macro"),
    Row(
      name: "metric absent in the baseline", candidate: #"{"accuracy": 0.9}"#, baseline: #"{"loss": 0.9}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "invalid", status: 6, says: "loss"),
    Row(
      name: "no baseline at all", candidate: #"{"accuracy": 0.9}"#, baseline: nil, rule: "accuracy >= baseline - 1pt",
      verdict: "invalid", status: 6, says: "--baseline"),
    Row(
      name: "absolute rules need no baseline", candidate: #"{"accuracy": 0.9}"#, baseline: nil,
      rule: "accuracy >= 0.90", verdict: "pass", status: 0),
    Row(
      name: "candidate NaN", candidate: #"{"accuracy": NaN}"#, baseline: #"{"accuracy": 0.9}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "fail", status: 1, says: "NaN"),
    Row(
      name: "candidate infinite where lower is better", candidate: #"{"log-loss": -Infinity}"#,
      baseline: #"{"log-loss": 0.9}"#, rule: "log-loss <= baseline", verdict: "fail", status: 1, says: "Infinity"),
    Row(
      name: "baseline NaN", candidate: #"{"accuracy": 0.9}"#, baseline: #"{"accuracy": NaN}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "invalid", status: 6),
    Row(
      name: "relative margin and baseline 0", candidate: #"{"mae": 0.1}"#, baseline: #"{"mae": 0}"#,
      rule: "mae <= baseline + 5%", verdict: "invalid", status: 6),
    Row(
      name: "relative margin and a negative baseline", candidate: #"{"r2": -0.52}"#, baseline: #"{"r2": -0.5}"#,
      rule: "r2 >= baseline - 5%", verdict: "pass", status: 0),
    Row(
      name: "relative margin and a negative baseline, beyond", candidate: #"{"r2": -0.53}"#, baseline: #"{"r2": -0.5}"#,
      rule: "r2 >= baseline - 5%", verdict: "fail", status: 1),
    Row(
      name: "metric is text", candidate: #"{"accuracy": "0.9"}"#, baseline: #"{"accuracy": 0.9}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "invalid", status: 6, says: "text"),
    Row(
      name: "metric is null", candidate: #"{"accuracy": null}"#, baseline: #"{"accuracy": 0.9}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "invalid", status: 6, says: "null"),
    Row(
      name: "metric is a list", candidate: #"{"accuracy": [0.9]}"#, baseline: #"{"accuracy": 0.9}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "invalid", status: 6),
    Row(
      name: "metric is a bool", candidate: #"{"accuracy": true}"#, baseline: #"{"accuracy": 0.9}"#,
      rule: "accuracy >= 0.5", verdict: "invalid", status: 6),
    Row(
      name: "an evidence file that cannot be read", candidate: #"{"accuracy": 0.9"#, baseline: #"{"accuracy": 0.9}"#,
      rule: "accuracy >= baseline - 1pt", verdict: "invalid", status: 6, says: "new.json:1:"),
    Row(
      name: "nested keys are joined by dots", candidate: #"{"test": {"accuracy": 0.9}}"#,
      baseline: #"{"test.accuracy": 0.9}"#, rule: "test.accuracy >= 0.8", verdict: "pass", status: 0),
  ]

  @Test(arguments: rows) func `the truth table holds through the binary`(_ row: Row) throws {
    let bench = try Bench()
    try bench.write("new.json", row.candidate)
    if let baseline = row.baseline { try bench.write("old.json", baseline) }
    var command = "pawl gate --candidate new.json --rule '\(row.rule)' --report-dir out"
    if row.baseline != nil { command += " --baseline old.json" }
    let human = try bench.shell(command)
    #expect(human.status == row.status, "\(human.out)\(human.err)")
    if !row.says.isEmpty { #expect((human.out + human.err).contains(row.says), "\(human.out)\(human.err)") }
    guard row.status != 2 else { return }
    let result = try bench.result("out")
    let rule = try #require(result.rules.first)
    #expect(rule.text("verdict") == row.verdict)
    #expect(rule["blocks"] as? Bool == (row.status != 0))
    #expect(result.stages.isEmpty)
    #expect((result["run"] as? [String: Any])?["id"] is NSNull)
    let json = try bench.shell(command.replacingOccurrences(of: " --report-dir out", with: "") + " --format json")
    #expect(json.status == row.status)
    #expect(!bench.exists(".pawl"))
  }

  @Test(arguments: [
    ("accuracy >= baseline - -1pt", "margin"), ("accuracy >= baseline - nan", ""),
    ("accuracy <= 0.9", "higher-is-better"),
    ("my-score >= 0.9 by", ""), ("", "rule"), ("accuracy", ""), ("accuracy >= baseline - 1 pt pt", ""),
  ]) func `a rule that means nothing is a usage error with its place`(_ rule: String, _ says: String) throws {
    let bench = try Bench()
    try bench.write("a.json", #"{"accuracy": 0.9}"#)
    let outcome = try bench.pawl("gate", "--candidate", "a.json", "--baseline", "a.json", "--rule", rule)
    #expect(outcome.status == 2, "\(outcome.out)")
    #expect(outcome.err.contains("error"))
    #expect(says.isEmpty || outcome.err.contains(says), "\(outcome.err)")
  }

  @Test func `a gate without rules is an error`() throws {
    let bench = try Bench()
    try bench.write("a.json", "{}")
    #expect(try bench.pawl("gate", "--candidate", "a.json").status == 2)
  }

  @Test func `a file that does not exist is a usage error that names it`() throws {
    let bench = try Bench()
    let outcome = try bench.pawl("gate", "--candidate", "nowhere.json", "--rule", "accuracy >= 0.9")
    #expect(outcome.status == 2)
    #expect(outcome.err.contains("`nowhere.json`"))
  }

  @Test func `YAML, TOML and CSV metric files are read like JSON`() throws {
    let bench = try Bench()
    try bench.write("a.yaml", "accuracy: 0.912\n")
    try bench.write("a.toml", "accuracy = 0.912\n")
    try bench.write("a.csv", "metric,value\naccuracy,0.912\n")
    try bench.write("wide.csv", "epoch,accuracy\n1,0.5\n2,0.912\n")
    try bench.write("old.json", #"{"accuracy": 0.915}"#)
    for file in ["a.yaml", "a.toml", "a.csv", "wide.csv"] {
      let outcome = try bench.pawl(
        "gate", "--candidate", file, "--baseline", "old.json", "--rule", "accuracy >= baseline - 1pt")
      #expect(outcome.status == 0, "\(file): \(outcome.out)\(outcome.err)")
    }
  }

  @Test func `prediction rows are judged by their bounds and not by their point value`() throws {
    let bench = try Bench()
    try bench.write(
      "gate.yaml",
      """
      predictions: { task: multiclass, id: id, label: y, prediction: p, compute: [accuracy] }
      rules:
        - accuracy >= baseline - 3pt
      """)
    func rows(_ count: Int, wrong: Set<Int>) -> String {
      "id,y,p\n" + (0..<count).map { "\($0),a,\(wrong.contains($0) ? "b" : "a")\n" }.joined()
    }
    try bench.write("old.csv", rows(2000, wrong: Set(0..<100)))
    try bench.write("good.csv", rows(2000, wrong: Set(10..<115)))
    try bench.write("bad.csv", rows(2000, wrong: Set(0..<300)))
    let command = "pawl gate --baseline old.csv --policy gate.yaml --report-dir out --candidate "
    #expect(try bench.shell(command + "good.csv").status == 0)
    #expect(try bench.result("out").rules.first?.text("test") == "score")
    #expect(try bench.shell(command + "bad.csv").status == 1)
    // Twenty rows cannot decide: the point value holds, so nothing is blocked, and it is not a pass.
    try bench.write("old.csv", rows(20, wrong: [1]))
    try bench.write("few.csv", rows(20, wrong: [2]))
    let few = try bench.shell(command + "few.csv")
    #expect(few.status == 0)
    #expect(try bench.result("out").rules.first?.text("verdict") == "inconclusive")
    #expect(try bench.result("out").rules.first?.number("rows-needed") ?? 0 > 20)
  }

  @Test(arguments: [
    ("same id, other label", "id,y,p\n1,a,a\n2,a,a\n", "id,y,p\n1,a,a\n2,b,a\n"),
    ("other ids", "id,y,p\n1,a,a\n2,a,a\n", "id,y,p\n1,a,a\n3,a,a\n"),
    ("duplicate ids", "id,y,p\n1,a,a\n1,a,a\n", "id,y,p\n1,a,a\n2,a,a\n"),
    ("a missing column", "id,y,q\n1,a,a\n", "id,y,p\n1,a,a\n"),
    ("no rows", "id,y,p\n", "id,y,p\n1,a,a\n"),
    ("an empty label", "id,y,p\n1,,a\n", "id,y,p\n1,a,a\n"),
    ("a torn quote", "id,y,p\n1,\"a,a\n", "id,y,p\n1,a,a\n"),
  ]) func `rows that cannot be compared are invalid and never a pass`(_ name: String, _ new: String, _ old: String)
    throws
  {
    let bench = try Bench()
    try bench.write(
      "gate.yaml",
      "predictions: { task: multiclass, id: id, label: y, prediction: p }\nrules: [accuracy >= baseline - 3pt]\n")
    try bench.write("new.csv", new)
    try bench.write("old.csv", old)
    let outcome = try bench.pawl(
      "gate", "--candidate", "new.csv", "--baseline", "old.csv", "--policy", "gate.yaml", "--report-dir", "out")
    #expect(outcome.status == 6, "\(outcome.out)\(outcome.err)")
    #expect(try bench.result("out").rules.first?.text("verdict") == "invalid")
  }

  @Test func `the same evidence gives the same bytes`() throws {
    let bench = try Bench.clone()
    let store = "Workflows/baselines/penguin-sex-production"
    let record = try #require(try bench.shell("ls -d \(store)/*/").out.split(separator: "\n").first)
    try bench.shell("cp \(record)*.csv old.csv")
    try bench.write("new.json", #"{"accuracy": 0.9}"#)
    try bench.write(
      "gate.yaml",
      """
      predictions: { task: binary, id: row, label: sex, positive: male, prediction: predicted, score: p_male }
      rules: [f1 >= 0.5, mcc >= 0.2]
      """)
    let found = try bench.shell("head -1 old.csv").out
    guard found.contains("p_male") else { return }
    func json() throws -> String {
      try bench.shell(
        "pawl gate --candidate old.csv --policy gate.yaml --format json | grep -v started | grep -v seconds"
      ).out
    }
    let first = try json()
    #expect(first.contains("f1"))
    #expect(try json() == first)
  }
}
