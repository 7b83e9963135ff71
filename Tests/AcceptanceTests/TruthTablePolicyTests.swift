import Foundation
import Testing

/// The last rows of the truth table through a workflow: waivers, the test-set budget, history and anchor.
@Suite struct TruthTablePolicyTests {
  private func waiver(_ rule: String, _ more: String = "", expires: String = "2999-12-31") -> String {
    "- { rule: '\(rule)', reason: a reason, owner: an owner, expires: \(expires)\(more.isEmpty ? "" : ", " + more) }\n"
  }

  /// A waiver, and what becomes of a candidate 0.3 worse where 0.1 is allowed.
  struct Waived: Sendable, CustomTestStringConvertible {
    var name: String
    var candidate: String
    var rule: String
    var more: String
    var expires: String
    var verdict: String
    var status: Int32
    var says: String

    var testDescription: String { name }

    init(
      _ name: String, rule: String = "score >= baseline - 0.1", more: String = "", expires: String = "2999-12-31",
      candidate: String = #"{"score": 0.6}"#, _ verdict: String, _ status: Int32, _ says: String
    ) {
      (self.name, self.rule, self.more, self.expires) = (name, rule, more, expires)
      (self.candidate, self.verdict, self.status, self.says) = (candidate, verdict, status, says)
    }
  }

  static let waived: [Waived] = [
    Waived("by the rule's line", "waived", 0, "a reason"),
    Waived("by the line in other words", rule: "score>=baseline-10pt", "waived", 0, "an owner"),
    Waived("up to the loss, exactly", more: "up-to: 30pt", "waived", 0, "a reason"),
    Waived("beyond the loss it is void", more: "up-to: 29pt", "fail", 1, "void"),
    Waived("expired", expires: "2020-01-01", "fail", 1, "expired"),
    Waived("of another model", more: "model: 0123456789abcdef", "fail", 1, "another model"),
    Waived("of another rule", rule: "score >= baseline - 0.2", "fail", 1, "matches no rule"),
    Waived("invalid is never waived", candidate: #"{"score": "0.6"}"#, "invalid", 6, "text"),
    Waived("a missing metric is never waived", candidate: #"{"scores": 0.6}"#, "invalid", 6, "scores"),
    Waived("a pass needs none", candidate: #"{"score": 0.9}"#, "pass", 0, "pass"),
    Waived("a candidate that is not a number", more: "up-to: 90pt", candidate: #"{"score": NaN}"#, "fail", 1, "void"),
  ]

  @Test(arguments: waived) func `a waiver softens a fail, is shown, and never covers what is invalid`(_ row: Waived)
    throws
  {
    let project = try TruthTableProject()
    try project.promote(#"{"ok": 1, "score": 0.9}"#)
    try project.bench.write("waivers.yml", waiver(row.rule, row.more, expires: row.expires))
    try project.rules("score >= baseline - 0.1", gate: "waivers: waivers.yml")
    try project.measure(row.candidate)
    let outcome = try project.run()
    #expect(outcome.status == row.status, "\(outcome.out)\(outcome.err)")
    let result = try project.bench.result()
    #expect(result.rules.first?.text("verdict") == row.verdict, "\(outcome.out)")
    #expect(outcome.out.contains(row.says), "\(outcome.out)")
    guard row.verdict == "waived" else { return }
    #expect((result["run"] as? [String: Any])?.text("verdict") == "waived")
    for report in ["report.md", "report.html", "junit.xml", "MODEL_CARD.md"] {
      #expect(try project.bench.read("pawl-report/" + report).contains("waived"), "\(report)")
    }
    // Waived is no pass: promotion wants to be told.
    try project.bench.commit("candidate")
    #expect(try project.run("--promote").status == 6)
    #expect(try project.records() == 1)
    #expect(try project.run("--promote --allow-waived").status == 0)
    #expect(try project.records() == 2)
  }

  @Test(arguments: ["reason", "owner", "expires"]) func `a waiver without reason, owner or expiry is a workflow error`(
    _ key: String
  ) throws {
    let project = try TruthTableProject()
    try project.bench.commit("one")
    try project.measure(#"{"score": 0.9}"#)
    try project.rules("score >= baseline - 0.1", gate: "waivers: waivers.yml")
    try project.bench.write(
      "waivers.yml", waiver("score >= baseline - 0.1").replacingOccurrences(of: "\(key):", with: "#\(key):"))
    #expect(try project.run().status == 2)
    try project.bench.shell("rm waivers.yml")
    #expect(try project.run().status == 2)
  }

  @Test func `a spent test-set budget is inconclusive at best, a fail stays one`() throws {
    let project = try TruthTableProject(.rows)
    try project.promote(TruthTableProject.rows(2000, wrong: 0..<100))
    try project.rules("accuracy >= baseline - 5pt", gate: "test-set: { budget: 2, feedback: none }")
    func look(_ wrong: Int, model: String) throws -> (verdict: String?, status: Int32, out: String) {
      try project.bench.write("weights.txt", model)
      try project.measure(TruthTableProject.rows(2000, wrong: 0..<wrong))
      let outcome = try project.run()
      return (try project.bench.result().rules.first?.text("verdict"), outcome.status, outcome.out)
    }
    #expect(try look(101, model: "a").verdict == "pass")
    #expect(try look(101, model: "a").verdict == "pass")
    #expect(try look(102, model: "b").verdict == "pass")
    let spent = try look(103, model: "c")
    #expect(spent.verdict == "inconclusive", "\(spent.out)")
    #expect(spent.out.contains("new test set"), "\(spent.out)")
    let failed = try look(900, model: "d")
    #expect(failed.verdict == "fail" && failed.status == 1, "\(failed.out)")
    // What was judged before may be seen again.
    #expect(try look(102, model: "b").verdict == "pass")
  }

  @Test func `with pass-only a pass ends the life of the set`() throws {
    let project = try TruthTableProject(.rows)
    try project.promote(TruthTableProject.rows(2000, wrong: 0..<100))
    try project.rules("accuracy >= baseline - 5pt", gate: "test-set: { budget: 8 }")
    try project.measure(TruthTableProject.rows(2000, wrong: 0..<101))
    #expect(try project.run().status == 0)
    #expect(try project.bench.result().rules.first?.text("verdict") == "pass")
    try project.bench.write("weights.txt", "three\n")
    try project.measure(TruthTableProject.rows(2000, wrong: 0..<102))
    let outcome = try project.run()
    #expect(try project.bench.result().rules.first?.text("verdict") == "inconclusive", "\(outcome.out)")
  }

  @Test func `looks at data that nothing names cannot be counted: invalid`() throws {
    let project = try TruthTableProject()
    try project.promote(#"{"ok": 1, "score": 0.9}"#)
    try project.rules("score >= baseline", gate: "test-set: { budget: 8 }")
    try project.measure(#"{"score": 0.95}"#)
    let outcome = try project.run()
    #expect(outcome.status == 6, "\(outcome.out)\(outcome.err)")
    #expect(outcome.out.contains("test-data"))
  }

  /// Promotes one number after another, each as a model of its own.
  private func promoted(_ values: [String], rules: String...) throws -> TruthTableProject {
    let project = try TruthTableProject()
    for (place, value) in values.enumerated() {
      try project.bench.write("weights.txt", "model \(place)\n")
      try project.measure("{\"ok\": 1, \"score\": \(value)}")
      try project.bench.commit("candidate \(place)")
      let outcome = try project.run(place == 0 ? "--promote --bootstrap" : "--promote")
      try #require(outcome.status == 0, "\(outcome.out)\(outcome.err)")
      try project.bench.commit("promoted \(place)")
    }
    try project.bench.write("weights.txt", "the candidate\n")
    return project
  }

  @Test func `a history of too few runs is inconclusive, with the number needed`() throws {
    let project = try promoted(["0.9", "0.91", "0.92"])
    try project.rules("{ metric: score, history: { last: 20 } }")
    try project.measure(#"{"score": 0.1}"#)
    let outcome = try project.run()
    #expect(try project.bench.result().rules.first?.text("verdict") == "inconclusive", "\(outcome.out)")
    #expect(outcome.out.contains("5"), "\(outcome.out)")
  }

  @Test func `a history without spread is compared exactly`() throws {
    let project = try promoted(["0.9", "0.90", "0.9", "0.9", "0.9"])
    try project.rules("{ metric: score, history: { last: 20 } }")
    for (value, verdict, status) in [("0.9", "pass", 0), ("0.8999999", "fail", 1), ("NaN", "fail", 1)]
      as [(String, String, Int32)]
    {
      try project.measure("{\"score\": \(value)}")
      let outcome = try project.run()
      #expect(outcome.status == status, "\(value): \(outcome.out)\(outcome.err)")
      #expect(try project.bench.result().rules.first?.text("verdict") == verdict, "\(outcome.out)")
      if value != "NaN" { #expect(outcome.out.contains("no spread"), "\(outcome.out)") }
    }
  }

  @Test func `an anchor stops what each promotion alone allows`() throws {
    let project = try promoted(["0.90", "0.89", "0.88"])
    try project.bench.shell("mkdir baselines/v1; cp -r \"$(ls -d baselines/production/* | head -1)\" baselines/v1/")
    try project.bench.shell("sed -i 's/\"name\": \"production\"/\"name\": \"v1\"/' baselines/v1/*/record.json")
    try project.bench.commit("anchor")
    let anchor = "{ metric: score, anchor: { baseline: v1, may-lose-in-total: 2pt } }"
    for (value, verdict, status) in [("0.88", "pass", 0), ("0.8799", "fail", 1), (#""0.9""#, "invalid", 6)]
      as [(String, String, Int32)]
    {
      try project.rules(anchor)
      try project.measure("{\"score\": \(value)}")
      let outcome = try project.run()
      #expect(outcome.status == status, "\(value): \(outcome.out)\(outcome.err)")
      #expect(try project.bench.result().rules.first?.text("verdict") == verdict, "\(outcome.out)")
    }
    try project.bench.shell("rm -r baselines/v1")
    try project.measure(#"{"score": 0.9}"#)
    #expect(try project.run().status == 6)
  }
}
