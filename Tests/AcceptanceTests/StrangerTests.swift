import Foundation
import Testing

/// What a stranger to the project found by trying to get a pass that should not be one.
@Suite struct StrangerTests {
  /// `n` rows of right or wrong answers, the share of right ones from a seed.
  private func rows(_ bench: Bench, _ file: String, right: Int, of n: Int, shift: Int = 0) throws {
    let lines = (0..<n).map { row in "r\(row),a,\((row &* 7 &+ shift) % n < right ? "a" : "b")" }
    try bench.write(file, "id,label,pred\n" + lines.joined(separator: "\n") + "\n")
  }

  private let policy = """
    predictions: { task: multiclass, id: id, label: label, prediction: pred }
    test-set: { budget: 3, feedback: pass-only }
    rules: [{ metric: accuracy, may-lose: 3pt }]

    """

  private func ledger() throws -> Bench {
    let bench = try Bench()
    try bench.write("gate.yaml", policy)
    try rows(bench, "old.csv", right: 1800, of: 2000)
    for (index, right) in [1700, 1690, 1805].enumerated() {
      try rows(bench, "n\(index).csv", right: right, of: 2000, shift: index)
    }
    try bench.commit("evidence")
    return bench
  }

  private func gate(_ bench: Bench, _ file: String, _ more: String = "") throws -> Outcome {
    try bench.shell("pawl gate --candidate \(file) --baseline old.csv --policy gate.yaml \(more)")
  }

  /// The answer without its line breaks.
  private func flat(_ outcome: Outcome) -> String {
    outcome.out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test func `committed looks that are gone from the working tree still count`() throws {
    let bench = try ledger()
    #expect(try gate(bench, "n0.csv").status == 1)
    try bench.commit("look 1")
    #expect(try gate(bench, "n1.csv").status == 1)
    try bench.commit("look 2")
    try bench.shell("rm -rf baselines")
    let outcome = try gate(bench, "n2.csv", "--why")
    #expect(outcome.out.contains("used     3 looks, this one included; 0 left"), "\(outcome.out)")
  }

  @Test func `the first look already says that it is not committed`() throws {
    let bench = try ledger()
    #expect(try gate(bench, "n0.csv").out.contains("1 look is not committed"))
  }

  @Test func `a look that cannot be read may have been the pass that ended the set`() throws {
    let bench = try ledger()
    #expect(try gate(bench, "n0.csv").status == 1)
    try bench.shell("for f in baselines/ledger/*/*.json; do : > $f; done")
    let outcome = try gate(bench, "n2.csv", "--format json")
    let result = try #require(try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
    #expect(result.rules.first?.text("verdict") == "inconclusive")
  }

  @Test func `a policy that counts no looks says that others do`() throws {
    let bench = try ledger()
    #expect(try gate(bench, "n0.csv").status == 1)
    try bench.write("gate.yaml", policy.replacingOccurrences(of: "test-set", with: "# test-set"))
    let outcome = try gate(bench, "n2.csv")
    #expect(
      flat(outcome).contains("1 look at this test set is on record, and this policy counts none"), "\(outcome.out)")
  }

  @Test func `a pass under pass-only says that nothing is left`() throws {
    let bench = try ledger()
    let outcome = try gate(bench, "n2.csv")
    if outcome.out.contains("✓ pass") {
      #expect(flat(outcome).contains("this pass ends the life of the test set: 0 left"))
    }
    #expect(outcome.status == 0)
  }

  @Test func `the same source twice is no second seed, and copies are named`() throws {
    let bench = try Bench()
    try bench.write("a.json", #"{"score": 0.5}"#)
    try bench.write("b.json", #"{"score": 0.5}"#)
    try bench.write("old.json", #"{"score": 0.4}"#)
    let rule = "--rule 'score >= baseline' --policy p.yaml"
    try bench.write("p.yaml", "metrics: { score: { direction: higher-is-better } }\nrules: [score >= 0.1]\n")
    #expect(try bench.shell("pawl gate --candidate a.json --candidate a.json --baseline old.json \(rule)").status == 2)
    let copies = try bench.shell("pawl gate --candidate a.json --candidate b.json --baseline old.json \(rule)")
    #expect(copies.out.contains("measured the very same as another"), "\(copies.out)")
  }

  @Test func `one run beside several is judged as one more of them`() throws {
    let bench = try Bench()
    for (index, value) in ["0.800", "0.806", "0.794", "0.803", "0.797"].enumerated() {
      try bench.write("old/\(index).json", "{\"accuracy\": \(value)}")
    }
    try bench.write("new.json", #"{"accuracy": 0.796}"#)
    let outcome = try bench.shell(
      "pawl gate --candidate new.json --baseline 'old/*.json' --rule 'accuracy >= baseline - 1pt' --format json")
    let result = try #require(try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
    let rule = try #require(result.rules.first)
    #expect(rule.text("verdict") == "inconclusive")
    // Mean 0.8, sd 0.0047434, t(0.95, 4) = 2.1318: 0.004 ± 2.1318 · 0.0047434 · √(6/5).
    let difference = try #require(rule["difference"] as? [String: Any])
    #expect(abs((difference.number("low") ?? 0) - -0.0150774) < 1e-5, "\(difference)")
  }

  @Test func `a key that is there twice in a metric file is invalid with its place`() throws {
    let bench = try Bench()
    try bench.write("d.json", "{\"accuracy\":0.1,\n \"accuracy\":0.9}")
    try bench.write("ok.json", #"{"accuracy":0.85}"#)
    let outcome = try bench.shell(
      "pawl gate --candidate d.json --baseline ok.json --rule 'accuracy >= baseline - 1pt'")
    #expect(outcome.status == 6)
    #expect(outcome.out.contains("`accuracy` is there twice"), "\(outcome.out)")
  }

  @Test func `one absurd row is not called too few rows`() throws {
    let bench = try Bench()
    try bench.write(
      "p.yaml", "predictions: { task: regression, id: id, label: y, prediction: p }\nrules: [mae <= baseline + 1]\n")
    let lines = (0..<200).map { "\($0),1,\($0 == 7 ? "1e308" : "1.5")" }
    try bench.write("new.csv", "id,y,p\n" + lines.joined(separator: "\n"))
    try bench.write("old.csv", "id,y,p\n" + (0..<200).map { "\($0),1,1.25" }.joined(separator: "\n"))
    let outcome = try bench.shell("pawl gate --candidate new.csv --baseline old.csv --policy p.yaml")
    #expect(outcome.status == 6, "\(outcome.out)")
    #expect(!outcome.out.contains("at least 2 rows"))
  }

  @Test func `rows needed are rows where clusters are the unit`() throws {
    let bench = try Bench()
    try bench.write(
      "p.yaml",
      "predictions: { task: multiclass, id: id, label: l, prediction: p, cluster: user }\nrules: [accuracy >= baseline - 2pt]\n"
    )
    func table(_ shift: Int) -> String {
      "id,user,l,p\n"
        + (0..<1000).map { "\($0),u\($0 / 10),a,\(($0 &* 13 &+ shift) % 100 < 90 ? "a" : "b")" }.joined(separator: "\n")
    }
    try bench.write("old.csv", table(0))
    try bench.write("new.csv", table(5))
    let outcome = try bench.shell("pawl gate --candidate new.csv --baseline old.csv --policy p.yaml --format json")
    let result = try #require(try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
    let rule = try #require(result.rules.first)
    if let needed = rule.number("rows-needed") { #expect(needed > 1000, "\(rule)") }
    #expect(["inconclusive", "pass"].contains(rule.text("verdict") ?? ""))
  }

  @Test(arguments: ["mkfifo new.json", "ln -s /dev/zero new.json", "mkdir new.json", "ln -s new.json new.json"])
  func `what is no file is said to be none, and nobody waits for it`(_ make: String) throws {
    let bench = try Bench()
    try bench.write("old.json", #"{"accuracy": 0.4}"#)
    try bench.shell(make)
    let outcome = try bench.shell(
      "timeout 10 pawl gate --candidate new.json --baseline old.json --rule 'accuracy >= baseline'")
    #expect([2, 4, 6].contains(outcome.status), "\(outcome.status) \(outcome.out)\(outcome.err)")
    #expect((outcome.out + outcome.err).contains("new.json"))
  }
}
