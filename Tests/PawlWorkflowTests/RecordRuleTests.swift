import PawlCore
import Testing

@testable import PawlWorkflow

/// `history`, `anchor`, `test-set`, and the hints that `check` gives.
struct RecordRuleTests {
  private static let gate = """
    pawl: 1
    metrics: { latency: { direction: lower-is-better } }
    stages:
      evaluate: { kind: evaluate, run: x, metrics: [m.json] }
      gate:
        kind: gate

    """

  private func policy(_ body: String, set: (inout Text) -> Void = { _ in }) throws -> GatePolicy {
    var text = Text(RecordRuleTests.gate + body)
    set(&text)
    guard case .judge(let gate) = try text.stage("gate").work else { throw Unexpected() }
    return gate.policy
  }

  private struct Unexpected: Error {}

  @Test func `history and anchors are read as maps and as lines`() throws {
    let rules = try policy(
      """
          baseline: { name: production, store: ../shared }
          slices: [island]
          rules:
            - { metric: accuracy, history: { last: 20 }, severity: warn }
            - { metric: latency, anchor: { baseline: v1, may-lose-in-total: [5%, 3] }, slices: [] }
            - accuracy within history of 1000
            - latency within 2 in total of v1
      """
    ).rules
    #expect(
      rules.map(\.line) == [
        "accuracy within history of 20", "latency within 5% or 3 in total of v1", "accuracy within history of 1000",
        "latency within 2 in total of v1",
      ])
    #expect(rules[0].comparison == .history(last: 20))
    #expect(rules[0].severity == .warn)
    #expect(rules.map { $0.slices.map(\.columns) } == [[], [], [], [["island"]]])
    #expect(rules.map(\.direction) == [.higherIsBetter, .lowerIsBetter, .higherIsBetter, .lowerIsBetter])
  }

  @Test func `broken history and anchors are refused where they stand`() {
    expectDiagnostics(
      RecordRuleTests.gate + """
            baseline: production
            rules:
              - { metric: accuracy, history: ①20 }
              - { metric: accuracy, history: ②{} }
              - { metric: accuracy, history: { last: ③4 } }
              - { metric: accuracy, history: { last: 20 }, ④slices: [a] }
              - { metric: accuracy, anchor: ⑤v1 }
              - { metric: accuracy, anchor: { baseline: ⑥a b, may-lose-in-total: 1pt } }
              - { metric: accuracy, anchor: { baseline: v1, may-lose-in-total: ⑦-1pt } }
              - { metric: ⑧churn, history: { last: 20 } }
              - ⑨accuracy within history of 20 by a
              - { metric: accuracy, anchor: { baseline: v1, may-lose: 1pt } }
        """,
      "① `history` is `20`, it must be a map of keys to values | did you mean `history: { last: 20 }`?",
      "② `history` needs `last` | last: how many promoted records count, such as 20",
      "③ `last` is `4`, it must be a whole number from 5 to 1000",
      "④ `history` is judged on all rows, not by slice | remove `slices`, or write another rule for them",
      "⑤ `anchor` is `v1`, it must be a map of keys to values | did you mean `anchor: { baseline: v1, may-lose-in-total: 2pt }`?",
      "⑥ `a b` cannot be the name of a baseline | an anchor is a name in the store, such as `v1`",
      "⑦ a margin is not negative, `-1pt` is | write `1pt`; the direction is the metric's",
      "⑧ a rule on `churn` needs a direction | add under `metrics:`  churn: { direction: higher-is-better }",
      "⑨ `history` is judged on all rows, not by slice | end the rule before `by`",
      "18:37: `anchor` needs `may-lose-in-total` | may-lose-in-total: may be worse than that release by at most this",
      "18:53: unknown key `may-lose` | there are: baseline, may-lose-in-total")
  }

  @Test func `they read the store of a named baseline`() throws {
    expectDiagnostics(
      RecordRuleTests.gate + "    rules: [①accuracy within history of 20]",
      "① `accuracy within history of 20` reads the records of a baseline, and `gate` names none | add `baseline: production` to `gate`"
    )
    expectDiagnostics(
      RecordRuleTests.gate + "    baseline: git:origin/main\n    rules: [①accuracy within 1pt in total of v1]",
      "① `accuracy within 1pt in total of v1` reads the records of a store, and `git:origin/main` is none | name a baseline of the store in `gate`: `baseline: production`"
    )
    // Another baseline for one run leaves the store that the file names.
    let policy = try policy("    baseline: prod\n    rules: [accuracy within 1pt in total of v1]") {
      $0.baseline = "run:latest"
    }
    #expect(policy.baseline?.origin == .source("run:latest"))
  }

  @Test func `a test set has a budget and a feedback`() throws {
    let counted = try policy(
      "    baseline: { name: p, store: shared/b }\n    test-set: { budget: 32 }\n    rules: [accuracy >= 0.5]")
    #expect(counted.testSet?.budget == 32)
    #expect(counted.testSet?.feedback == .passOnly)
    #expect(counted.testSet?.location?.line == 8)
    #expect(counted.ledgerStore == "shared/b")
    let full = try policy("    test-set: { budget: 1000000, feedback: full }\n    rules: [accuracy >= 0.5]")
    #expect(full.testSet?.feedback == .full)
    #expect(full.ledgerStore == "Workflows/baselines")
    let free = try policy("    rules: [accuracy >= 0.5]")
    #expect(free.testSet == nil)
    #expect(free.ledgerStore == nil)
    for (written, message) in [
      ("①32", "① `test-set` is `32`, it must be a map of keys to values | did you mean `test-set: { budget: 32 }`?"),
      ("①{}", "① `test-set` needs `budget` | budget: looks in all, such as 32"),
      ("{ budget: ①0 }", "① `budget` is `0`, it must be a whole number from 1 to 1000000"),
      ("{ budget: 1, feedback: ①pass }", "① `feedback` cannot be `pass` | there are: pass-only, none, full"),
      ("{ budget: 1, ①feed: none }", "① unknown key `feed` | there are: budget, feedback"),
    ] {
      expectDiagnostics(
        RecordRuleTests.gate + "    test-set: \(written)\n    rules: [accuracy >= 0.5]", message)
    }
  }

  @Test func `a margin of a hundred points is warned of`() {
    expectDiagnostics(
      RecordRuleTests.gate + """
            baseline: production
            rules:
              - ①{ metric: accuracy, may-lose: 1 }
              - ②accuracy within 100pt of baseline
              - ③accuracy within 1% or 2 in total of v1
              - { metric: latency, may-lose: 5 }
              - { metric: accuracy, may-lose: 100% }
              - accuracy >= baseline - 99pt
        """,
      "① warning: a margin of `1` on `accuracy` forbids nothing | write `1pt` where points are meant",
      "② warning: a margin of `100pt` on `accuracy` forbids nothing | write a margin below 100 points, such as `1pt`",
      "③ warning: a margin of `2` on `accuracy` forbids nothing | write `2pt` where points are meant")
  }

  @Test func `a list that is not closed is no parameter`() throws {
    let yaml = "pawl: 1\nparams: { a: 1 }\nstages: { t: { run: 'x ${params.a}' } }"
    for broken in ["[1,2", "{b: 1", "[ab]*.csv"] {
      var text = Text(yaml)
      text.sets = [("a", broken)]
      let loaded = text.load()
      #expect(loaded.workflow == nil)
      #expect(loaded.diagnostics.map(\.code) == ["usage.set"])
      #expect(
        loaded.diagnostics.map(shown) == [
          "`--set a=\(broken)`: `\(broken)` is neither a list nor a map | close it, such as `--set 'a=[1, 2]'`, or quote a text: `--set 'a=\"\(broken)\"'`"
        ])
      #expect(loaded.diagnostics.first?.cause?.isEmpty == false)
    }
    var text = Text(yaml)
    text.sets = [("a", "[1, 2]")]
    #expect(
      try text.workflow().parameters["a"] == .list([.number(Number(1, text: "1")), .number(Number(2, text: "2"))]))
    text.sets = [("a", "\"[1\"")]
    #expect(try text.workflow().parameters["a"] == .text("[1"))
  }
}
