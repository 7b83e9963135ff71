import Foundation
import Testing

/// The rows of the truth table that `GateTests` leaves out, by `pawl gate` with a policy.
@Suite struct TruthTableGateTests {
  /// Files of both sides, a policy, and what must come of it.
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    /// Texts; several are replicates.
    var candidate: [String]
    var baseline: [String]
    var policy: String
    var verdict: String
    var status: Int32
    var says: [String] = []
    var kind = "json"

    var testDescription: String { name }
  }

  private static let meaning =
    "metrics: { score: { direction: higher-is-better }, cost: { direction: lower-is-better } }\n"
  private static let labels = "predictions: { task: multiclass, id: id, label: y, prediction: p }\n"
  private static let unnamed = "predictions: { task: multiclass, label: y, prediction: p }\n"
  private static let binary = "predictions: { task: binary, id: id, label: y, score: p, positive: 1 }\n"
  private static let clustered = "predictions: { task: multiclass, id: id, cluster: id, label: y, prediction: p }\n"
  private static let numbered = "predictions: { task: regression, id: id, label: y, prediction: p }\n"

  private static func numbers(
    _ name: String, _ candidate: [String], _ baseline: [String], _ rule: String, _ verdict: String, _ status: Int32,
    _ says: String...
  ) -> Row {
    Row(
      name: name, candidate: candidate.map { "{\"score\": \($0), \"cost\": \($0)}" },
      baseline: baseline.map { "{\"score\": \($0), \"cost\": \($0)}" }, policy: meaning + "rules:\n  - \(rule)\n",
      verdict: verdict, status: status, says: says)
  }

  private static func rows(
    _ name: String, _ candidate: String, _ baseline: String?, _ policy: String, _ rule: String, _ verdict: String,
    _ status: Int32, _ says: String...
  ) -> Row {
    Row(
      name: name, candidate: [candidate], baseline: baseline.map { [$0] } ?? [],
      policy: policy + "rules:\n  - \(rule)\n", verdict: verdict, status: status, says: says, kind: "csv")
  }

  private static func table(_ count: Int, _ cells: (Int) -> String) -> String {
    "id,y,p\n" + (0..<count).map { "\($0),\(cells($0))\n" }.joined()
  }

  private static let right = table(400) { "\($0 % 2),\($0 % 2)" }
  private static let worse = table(400) { "\($0 % 2),\($0 < 100 ? 1 - $0 % 2 : $0 % 2)" }
  private static let negatives = table(60) { "0,0.\($0 % 9)" }

  static let all: [Row] = [
    Row(
      name: "absent in the baseline, and the rule only warns of it", candidate: [#"{"score": 1}"#],
      baseline: [#"{"other": 1}"#],
      policy: meaning + "rules: [{ metric: score, may-lose: 0.1, on-missing-baseline: warn }]\n",
      verdict: "inconclusive", status: 0, says: ["other"]),
    Row(
      name: "no baseline, and the rule only warns of it", candidate: [#"{"score": 1}"#], baseline: [],
      policy: meaning + "rules: [{ metric: score, may-lose: 0.1, on-missing-baseline: warn }]\n",
      verdict: "inconclusive", status: 0, says: ["no baseline"]),
    numbers(
      "relative margin, baseline 0, absolute margin too", ["0.1"], ["0"], "{ metric: cost, may-lose: [5%, 0.1] }",
      "pass", 0),
    numbers("relative margin and baseline -0.0", ["0"], ["-0.0"], "cost <= baseline + 5%", "invalid", 6),
    numbers("relative gain and a negative baseline", ["-0.475"], ["-0.5"], "score >= baseline + 5%", "pass", 0),
    numbers(
      "relative gain and a negative baseline, short of it", ["-0.4751"], ["-0.5"], "score >= baseline + 5%", "fail", 1),
    numbers("within, exactly at the bound", ["0.3"], ["0.2"], "{ metric: score, within: 0.1 }", "pass", 0),
    numbers("within, beyond", ["0.30000001"], ["0.2"], "{ metric: score, within: 0.1 }", "fail", 1),
    numbers("a margin in points, exactly", ["0.895"], ["0.9"], "score >= baseline - 0.5pt", "pass", 0),
    numbers("digits beyond a double decide", ["0.8999999999999999999999"], ["0.9"], "score >= baseline", "fail", 1),
    numbers(
      "candidate -Infinity where lower is better", ["-Infinity"], ["1"], "cost <= baseline", "fail", 1, "-Infinity"),
    numbers("baseline Infinity", ["1"], ["Infinity"], "cost <= baseline", "invalid", 6, "Infinity"),
    numbers(
      "one replicate of the candidate is NaN", ["1", "NaN", "1"], ["1", "1", "1"], "score >= baseline", "fail", 1, "NaN"
    ),
    numbers(
      "one replicate of the baseline is NaN", ["1", "1", "1"], ["1", "NaN", "1"], "score >= baseline", "invalid", 6,
      "NaN"),
    numbers(
      "zero spread, exactly at the margin", ["0.2", "0.2"], ["0.3", "0.3"], "score >= baseline - 0.1", "pass", 0,
      "no spread"),
    numbers(
      "zero spread, beyond the margin", ["0.19", "0.19"], ["0.3", "0.3"], "score >= baseline - 0.1", "fail", 1,
      "no spread"),
    numbers(
      "too few seeds", ["0.9", "0.7"], ["0.8", "0.85"], "{ metric: score, may-lose: 0.1 }", "inconclusive", 0, "seeds"),
    numbers(
      "too few seeds, and the policy blocks", ["0.9", "0.7"], ["0.8", "0.85"],
      "{ metric: score, may-lose: 0.1, when-inconclusive: block }", "inconclusive", 5, "seeds"),
    rows("rows within the margin", right, right, labels, "accuracy > baseline - 5pt", "pass", 0),
    rows("rows beyond the margin", worse, right, labels, "accuracy >= baseline - 5pt", "fail", 1),
    rows(
      "too few rows, named", table(9) { _ in "0,0" }, table(9) { _ in "0,0" }, labels, "accuracy >= baseline - 1pt",
      "inconclusive", 0, "rows"),
    rows(
      "ids in another order are the same rows", "id,y,p\n2,b,b\n1,a,a\n", "id,y,p\n1,a,b\n2,b,b\n", labels,
      "{ metric: accuracy, may-lose: 0.1, point: true }", "pass", 0),
    rows(
      "same ids, one label differs", table(400) { "\($0 == 7 ? 1 : 0),0" }, table(400) { _ in "0,0" }, labels,
      "accuracy >= baseline - 50pt", "invalid", 6, "`7`"),
    rows(
      "an id of the baseline is missing", table(399) { "\($0 % 2),\($0 % 2)" }, right, labels,
      "accuracy >= baseline - 50pt", "invalid", 6, "`399`"),
    rows(
      "an id more than the baseline has", right, table(399) { "\($0 % 2),\($0 % 2)" }, labels,
      "accuracy >= baseline - 50pt", "invalid", 6, "`399`"),
    rows("without ids: unpaired, and said", right, right, unnamed, "accuracy >= baseline - 9pt", "pass", 0, "unpaired"),
    rows(
      "duplicate ids in the candidate", "id,y,p\n1,a,a\n1,a,a\n", nil, labels, "accuracy >= 0.1", "invalid", 6, "`1`"),
    rows(
      "duplicate ids that are clusters", "id,y,p\n" + (0..<400).map { "\($0 / 2),1,1\n" }.joined(), nil, clustered,
      "accuracy >= 0.9", "pass", 0, "200 clusters"),
    rows(
      "recall without a positive row", negatives, negatives, binary, "recall >= baseline - 99pt", "invalid", 6,
      "no positive row"),
    rows("an area of one class", negatives, negatives, binary, "auc >= 0", "invalid", 6, "no positive row"),
    rows(
      "a score that is NaN", table(400) { "\($0 % 2),\($0 == 5 ? "NaN" : "0.5")" }, nil, binary, "auc >= 0.1", "fail",
      1, "NaN"),
    rows(
      "a prediction that is infinite", table(600) { "1,\($0 == 5 ? "inf" : "1")" }, nil, numbered, "mae <= 9", "fail",
      1, "Infinity"),
    rows(
      "a truth that is NaN", table(600) { "\($0 == 5 ? "NaN" : "1"),1" }, nil, numbered, "mae <= 9", "invalid", 6,
      "rows-candidate-0.csv:7"),
    rows(
      "a score beyond 1 has no log-loss", table(400) { "\($0 % 2),\($0 == 5 ? "1.5" : "0.5")" }, nil, binary,
      "log-loss <= 9", "invalid", 6, "1.5"),
    rows("a metric that the rows cannot give", right, right, labels, "auc >= baseline", "invalid", 6, "auc"),
    rows(
      "a third label of a binary task", table(4) { "\($0),0.5" }, nil, binary, "accuracy >= 0", "invalid", 6,
      "third label"),
    rows("text where a number belongs", table(4) { _ in "1,many" }, nil, numbered, "mae <= 9", "invalid", 6, "`many`"),
    Row(
      name: "rows against a number: the number is taken as exact", candidate: [right],
      baseline: [#"{"accuracy": 0.9}"#],
      policy: labels + "rules: [accuracy >= baseline - 3pt]\n", verdict: "pass", status: 0, says: ["exact"], kind: "csv"
    ),
  ]

  @Test(arguments: all) func `the truth table holds for files and a policy`(_ row: Row) throws {
    let bench = try Bench()
    try bench.write("gate.yaml", row.policy)
    var command = "pawl gate --policy gate.yaml --report-dir out"
    for (side, texts) in [("candidate", row.candidate), ("baseline", row.baseline)] {
      for (place, text) in texts.enumerated() {
        let name = "rows-\(side)-\(place).\(text.hasPrefix("{") ? "json" : row.kind)"
        try bench.write(name, text)
        command += " --\(side) \(name)"
      }
    }
    let outcome = try bench.shell(command)
    #expect(outcome.status == row.status, "\(outcome.out)\(outcome.err)")
    let rule = try #require(try bench.result("out").rules.first)
    #expect(rule.text("verdict") == row.verdict, "\(outcome.out)")
    #expect(rule["blocks"] as? Bool == (row.status != 0))
    for words in row.says { #expect(outcome.out.contains(words), "`\(words)` is not in \(outcome.out)") }
  }

  @Test(arguments: [
    ("rules: [{ metric: score, may-lose: -1 }]", "may-lose"),
    ("rules: [{ metric: score, may-lose: .nan }]", "may-lose"),
    ("rules: [{ metric: score, within: -0.1 }]", "within"), ("rules: [{ metric: score, must-gain: 0 }]", "must-gain"),
    ("rules: [{ metric: unheard-of, at-least: 1 }]", "unheard-of"), ("rules: []", "rules"), ("severity: warn", "rules"),
    ("rules: [{ metric: score, may-lose: 1, at-least: 2 }]", "score"), ("rules: [score =< 1]", "score"),
    ("rules: [{ metric: score, may-lose: 1, confidence: 101% }]", "confidence"),
    ("rules: [{ metric: score, may-lose: 1, when-inconclusive: pass }]", "when-inconclusive"),
    ("rules: [{ metric: score, may-lose: 1, on-missing-baseline: pass }]", "on-missing-baseline"),
    ("rules: [{ metric: score, may-lose: 1, severity: none }]", "severity"),
  ]) func `a policy that means nothing is an error with its place and judges nothing`(_ rules: String, _ says: String)
    throws
  {
    let bench = try Bench()
    try bench.write("gate.yaml", "metrics: { score: { direction: higher-is-better } }\n\(rules)\n")
    try bench.write("a.json", #"{"score": 1, "unheard-of": 1}"#)
    let outcome = try bench.pawl("gate", "--candidate", "a.json", "--baseline", "a.json", "--policy", "gate.yaml")
    #expect(outcome.status == 2, "\(outcome.out)\(outcome.err)")
    #expect(outcome.err.contains(says), "\(outcome.err)")
    #expect(outcome.err.contains("gate.yaml"), "\(outcome.err)")
  }
}
