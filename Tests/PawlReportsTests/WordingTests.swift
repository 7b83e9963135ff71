import PawlCore
import PawlReports
import Testing

struct WordingTests {
  private let rules = CanonicalRuns.passingRules + CanonicalRuns.failingRules

  @Test func `a difference says which way is worse, with its bounds turned the same way`() {
    #expect(Wording.difference(rules[0]) == "0.3 points better [\u{2212}1.4, 2.1]")
    #expect(Wording.difference(rules[1]) == "0.004 better [\u{2212}0.018, 0.026]")
    #expect(Wording.difference(rules[3]) == "13.2 points worse [10.0, 16.9]")
    #expect(Wording.difference(rules[2]) == nil)
  }

  @Test func `one open bound is shown as open`() {
    var judgement = rules[0]
    judgement.difference = Difference(value: 0.003, low: -0.0138, high: nil, confidence: 0.95)
    #expect(Wording.difference(judgement) == "0.3 points better [\u{2212}1.4, ∞]")
  }

  @Test func `what a rule allows is said in the metric's own unit`() {
    #expect(Wording.allowed(rules[0]) == "lose 3 points")
    #expect(Wording.allowed(rules[1]) == "lose 0.030")
    #expect(Wording.allowed(rules[2]) == "at least 90 %")
    func allowed(_ comparison: RuleComparison, limit: Double? = nil) -> String {
      var judgement = rules[0]
      judgement.rule.comparison = comparison
      judgement.limit = limit
      return Wording.allowed(judgement)
    }
    let one = Margin(Number(1, text: "1"), .points)
    let none = Margin(Number(0, text: "0"), .absolute)
    let share = Margin(Number(1, text: "1"), .relative)
    #expect(allowed(.mayLose([one], isInclusive: true)) == "lose 1 point")
    #expect(allowed(.mayLose([one], isInclusive: false)) == "lose less than 1 point")
    #expect(allowed(.mayLose([none], isInclusive: true)) == "lose nothing")
    #expect(allowed(.mustGain([none], isInclusive: false)) == "be better")
    #expect(allowed(.mustGain([one], isInclusive: true)) == "gain 1 point")
    #expect(allowed(.within([one])) == "move by up to 1 point")
    #expect(allowed(.mayLose([share], isInclusive: true), limit: 0.00973) == "lose 1 % of the baseline (0.973 points)")
    #expect(
      allowed(.mayLose([share, one], isInclusive: true), limit: 0.01) == "lose 1 % of the baseline or 1 point (1 point)"
    )
    #expect(allowed(.atMost(Number(0.2, text: "0.20"), isInclusive: false)) == "less than 20 %")
  }

  @Test func `a claim says what a pass means and how often it is wrong`() {
    #expect(
      Wording.claim(rules[0], baseline: "production")
        == "on rows like these, accuracy is at most 3 points below production's; wrong in at most 5 % of such passes")
    #expect(
      Wording.claim(rules[1], baseline: "production", attempt: 2)
        == "on rows like these, brier is at most 0.030 above production's; wrong in at most 5 % of such passes; attempt 2"
    )
    #expect(
      Wording.claim(rules[2]) == "on rows like these, accuracy is at least 90 %; wrong in at most 5 % of such passes")
    var strict = rules[0]
    strict.rule.confidence = 0.999
    #expect(
      Wording.claim(strict, baseline: "git:origin/main").hasSuffix(
        "below that of `git:origin/main`; wrong in at most 0.1 % of such passes"))
  }

  @Test func `a message gives both numbers, the difference, what is allowed and the rows`() {
    #expect(
      Wording.message(rules[3])
        == "accuracy 84.1 %, baseline 97.3 %: 13.2 points worse [10.0, 16.9], allowed: may lose 3 points, 333 rows, 3 seeds; "
        + "the candidate loses at least 10.0 points")
    #expect(Wording.message(rules[5]) == "accuracy, island Dream: not judged, 12 rows, at least 30 are needed")
  }

  @Test(arguments: [
    (MissReason.inputChanged("data/train.csv"), "input data/train.csv changed"),
    (.parameterChanged("train.rate", "0.1", "0.2"), "parameter train.rate 0.1 → 0.2"),
    (.parameterChanged("train.rate", nil, "0.2"), "parameter train.rate is new: 0.2"),
    (.upstream(StageID("train[seed=1]")), "depends on what train[seed=1] makes"),
    (.toolChanged("python", "3.11", nil), "tool python is gone"),
    (.neverCached("no inputs and no outputs"), "never cached: no inputs and no outputs"),
    (
      .audited(run: "20261124T073005123Z-3f9a1c"), "audit: run again to compare with the result of run 3f9a1c"
    ),
    (
      .distrusted(run: "20261124T073005123Z-3f9a1c", path: "models/1.json"),
      "never cached: results differed when audited in run 3f9a1c: models/1.json"
    ),
  ]) func `every miss has a reason in words`(_ reason: MissReason, _ text: String) {
    #expect(Wording.reason(reason) == text)
  }

  @Test(arguments: [
    (StageFault.exit(.code(1)), "exit 1"), (.exit(.signal(9)), "ended by SIGKILL"),
    (.exit(.signal(77)), "ended by signal 77"),
    (.exit(.timedOut), "timed out"), (.exit(.outOfMemory), "out of memory"),
    (.exit(.lost("no heartbeat")), "lost: no heartbeat"),
    (.outputMissing("m.json"), "it ended well but did not make its output `m.json`"),
    (.secretMissing("TOKEN"), "the secret `TOKEN` is not set"),
  ]) func `every fault has a cause in words`(_ fault: StageFault, _ text: String) {
    #expect(Wording.cause(fault) == text)
  }

  @Test func `the headline names what blocks, before what is only a slice`() {
    #expect(Wording.headline(CanonicalRuns.passed) == "penguins: passed, 3 of 3 rules")
    #expect(Wording.headline(CanonicalRuns.failed) == "penguins: blocked, accuracy loses 13.2 points (allowed 3)")
    #expect(
      Wording.headline(CanonicalRuns.undecided)
        == "penguins: inconclusive, not blocked, accuracy loses 0.9 points (allowed 1)")
    #expect(Wording.headline(CanonicalRuns.broken) == "penguins: 1 stage failed, train[seed=2]: exit 1")
  }

  @Test func `a run without an end is no success`() {
    let facts = CanonicalRuns.ran("split", 0.01, 0.11)
    let record = CanonicalRuns.record([(0, .runPlanned(CanonicalRuns.head("x"), CanonicalRuns.stages()))] + facts)
    #expect(Wording.conclusion(record).verdict == .error)
    #expect(Wording.outcome(record.entries[1]) == "skipped")
    for report in [ResultJSON.self, JUnit.self, Markdown.self, HTML.self] as [any Report.Type] {
      #expect(report.render(record, ReportOptions()).contains("split"))
    }
  }

  @Test func `a gate that is undecided says whether and why it blocks`() {
    var judgement = CanonicalRuns.judge(
      CanonicalRuns.mayLose1, .inconclusive, .undecided(pointHolds: false), candidate: (0.96, nil, nil),
      baseline: 0.973,
      difference: (-0.013, -0.03, 0.004), limit: 0.01)
    judgement.blocks = true
    let gate = CanonicalRuns.gate(.inconclusive, [judgement])
    #expect(
      Wording.undecidedEnd(gate)
        == ["blocked: 1.3 points worse breaks the rule, and 333 rows, 3 seeds cannot show that it is chance"])
  }
}
