import PawlCore
import PawlGate
import Testing

/// The truth table of contract §4: numbers from files.
@Suite struct TruthTableTests {
  private func numbers(_ value: String) -> Replicate { Making.numbers(["accuracy": value, "loss": value]) }

  @Test func `a metric absent in the candidate is invalid and lists the keys that exist`() {
    let candidate = Making.numbers(["accuracy": "0.9", "test.f1_macro": "0.8"])
    let judgement = Making.judged(.atLeast("f1-macro", "0.5"), Making.exhibit([candidate]))
    #expect(judgement.verdict == .invalid)
    #expect(judgement.blocks)
    #expect(judgement.diagnostic?.message == "`f1-macro` of the candidate is not in `metrics.json`")
    #expect(judgement.diagnostic?.cause == "it has: `accuracy`, `test.f1_macro`")
    #expect(judgement.diagnostic?.remedy == "did you mean `test.f1_macro`?")
  }

  @Test func `a metric absent in the baseline is invalid, or a warning that is never a pass`() {
    let exhibit = Making.exhibit([numbers("0.9")], [Making.numbers(["other": "1"])])
    let strict = Making.judged(.mayLose("accuracy", "0.1"), exhibit)
    #expect(strict.verdict == .invalid && strict.blocks)
    #expect(strict.diagnostic?.cause == "it has: `other`")
    let lax = Making.judged(.mayLose("accuracy", "0.1") { $0.onMissingBaseline = .warn }, exhibit)
    #expect(lax.verdict == .inconclusive && !lax.blocks)
    #expect(lax.diagnostic?.code == "gate.metric-absent")
  }

  @Test func `without a baseline rules that compare are invalid and absolute ones still judge`() {
    var exhibit = Making.exhibit([numbers("0.9")])
    exhibit.baselineProblem = Diagnostic("gate.no-baseline", "no record is named `production`")
    let policy = GatePolicy(rules: [.mayLose("accuracy", "0.1"), .atLeast("accuracy", "0.8")])
    let result = judge(policy, on: GateEvidence(exhibits: [exhibit]), name: "gate")
    #expect(result.judgements.map(\.verdict) == [.invalid, .pass])
    #expect(result.judgements[0].diagnostic?.message == "no record is named `production`")
    #expect(result.verdict == .invalid && result.hasNoBaseline && result.blocks)
  }

  @Test func `absolute rules alone need no baseline`() {
    let policy = GatePolicy(rules: [.atLeast("accuracy", "0.8")])
    let result = judge(policy, on: GateEvidence(exhibits: [Making.exhibit([numbers("0.9")])]), name: "gate")
    #expect(result.verdict == .pass && !result.hasNoBaseline && !result.blocks)
  }

  @Test func `skipped evidence is invalid, never a pass`() {
    var skipped = Making.exhibit([])
    skipped.candidateProblem = Diagnostic("gate.skipped", "`evaluate` was not run")
    #expect(Making.judged(.atLeast("accuracy", "0.8"), skipped).verdict == .invalid)
    #expect(Making.judged(.atLeast("accuracy", "0.8"), Making.exhibit([])).verdict == .invalid)
    // Beside evidence that is there, too: nobody knows which one the rule meant.
    let policy = GatePolicy(rules: [.atLeast("accuracy", "0.8")])
    let both = GateEvidence(exhibits: [Making.exhibit([numbers("0.9")], name: "other"), skipped])
    #expect(judge(policy, on: both, name: "gate").verdict == .invalid)
  }

  @Test func `evidence that cannot be read is invalid with its place`() {
    var broken = numbers("0.9")
    broken.problem = Diagnostic("evidence.empty-cell", "column `y` is empty on line 3 of `rows.csv`")
    let candidate = Making.judged(.atLeast("accuracy", "0.8"), Making.exhibit([broken]))
    #expect(candidate.verdict == .invalid && candidate.diagnostic?.code == "evidence.empty-cell")
    let baseline = Making.exhibit([numbers("0.9")], [broken])
    #expect(Making.judged(.mayLose("accuracy", "0.1"), baseline).verdict == .invalid)
    #expect(Making.judged(.atLeast("accuracy", "0.8"), baseline).verdict == .pass)
  }

  @Test func `a candidate that is NaN or infinite fails and names the value`() {
    for (text, shown) in [("nan", "NaN"), ("inf", "Infinity"), ("-inf", "-Infinity")] {
      let judgement = Making.judged(.mayLose("accuracy", "0.1"), Making.exhibit([numbers(text)], [numbers("0.9")]))
      #expect(judgement.verdict == .fail && judgement.blocks)
      #expect(judgement.finding == .candidateNotFinite(shown))
      #expect(Making.verdict(.atLeast("accuracy", "0.1"), numbers(text)) == .fail)
    }
  }

  @Test func `a baseline that is NaN or infinite is invalid`() {
    for text in ["nan", "inf", "-inf"] {
      #expect(Making.verdict(.mayLose("accuracy", "0.1"), numbers("0.9"), numbers(text)) == .invalid)
    }
  }

  @Test func `a relative margin of a baseline of 0 is invalid unless an absolute one is given too`() {
    #expect(Making.verdict(.mayLose("accuracy", "5%"), numbers("0.1"), numbers("0")) == .invalid)
    let both = GateRule.rule("accuracy", .mayLose([Margin("5%"), Margin("0.1")], isInclusive: true))
    #expect(Making.verdict(both, numbers("-0.1"), numbers("0")) == .pass)
    #expect(Making.verdict(both, numbers("-0.11"), numbers("0")) == .fail)
  }

  @Test func `a relative margin takes the absolute value of a negative baseline`() {
    let rule = GateRule.mayLose("score", "10%", .higherIsBetter)
    let baseline = Making.numbers(["score": "-2"])
    #expect(Making.verdict(rule, Making.numbers(["score": "-2.2"]), baseline) == .pass)
    #expect(Making.verdict(rule, Making.numbers(["score": "-2.21"]), baseline) == .fail)
    let judgement = Making.judged(rule, Making.exhibit([Making.numbers(["score": "-2.2"])], [baseline]))
    #expect(judgement.limit == 0.2)
  }

  @Test func `exactly at the bound passes, compared in decimal as written`() {
    #expect(Making.verdict(.mayLose("accuracy", "0.05"), numbers("0.80"), numbers("0.85")) == .pass)
    let gain = GateRule.rule("accuracy", .mustGain([Margin("0.05")], isInclusive: true))
    #expect(Making.verdict(gain, numbers("0.85"), numbers("0.80")) == .pass)
    #expect(Making.verdict(gain, numbers("0.8499999"), numbers("0.80")) == .fail)
    #expect(Making.verdict(.atLeast("accuracy", "0.3"), numbers("0.30")) == .pass)
    #expect(Making.verdict(.mayLose("accuracy", "5pt"), numbers("0.80"), numbers("0.85")) == .pass)
    let strict = GateRule.rule("accuracy", .atLeast(Number("0.3"), isInclusive: false))
    #expect(Making.verdict(strict, numbers("0.3")) == .fail)
  }

  @Test func `equal numbers pass a margin of zero and do not pass strictly better`() {
    #expect(Making.verdict(.mayLose("accuracy", "0"), numbers("0.9"), numbers("0.90")) == .pass)
    let better = GateRule.rule("accuracy", .mustGain([Margin("0")], isInclusive: false))
    #expect(Making.verdict(better, numbers("0.9"), numbers("0.90")) == .fail)
    #expect(Making.verdict(better, numbers("0.9001"), numbers("0.90")) == .pass)
    #expect(Making.verdict(.rule("accuracy", .within([Margin("0")])), numbers("0.9"), numbers("0.90")) == .pass)
  }

  @Test func `two numbers are a point comparison that keeps their digits`() {
    let judgement = Making.judged(.mayLose("accuracy", "1pt"), Making.exhibit([numbers("0.9120")], [numbers("0.915")]))
    #expect(judgement.verdict == .pass && judgement.test == "point")
    #expect(judgement.candidate?.text == "0.9120")
    #expect(judgement.difference?.value == -0.003 && judgement.difference?.low == nil)
  }

  @Test func `for what is better when lower a rise is the loss`() {
    let rule = GateRule.mayLose("loss", "0.1", .lowerIsBetter)
    #expect(Making.verdict(rule, numbers("0.4"), numbers("0.3")) == .pass)
    #expect(Making.verdict(rule, numbers("0.41"), numbers("0.3")) == .fail)
    #expect(Making.verdict(rule, numbers("0.1"), numbers("0.3")) == .pass)
    let judgement = Making.judged(rule, Making.exhibit([numbers("0.41")], [numbers("0.3")]))
    #expect(judgement.difference?.value == 0.11)
  }

  @Test func `the same model loses nothing and gains nothing`() {
    var exhibit = Making.exhibit([numbers("0.9")], [numbers("0.9")])
    exhibit.isSameModel = true
    for (comparison, verdict) in [
      (RuleComparison.mayLose([Margin("0")], isInclusive: true), Verdict.pass),
      (.mayLose([Margin("0.1")], isInclusive: false), .pass), (.within([Margin("0")]), .pass),
      (.mustGain([Margin("0.1")], isInclusive: true), .fail), (.mustGain([Margin("0")], isInclusive: false), .fail),
      (.mayLose([Margin("0")], isInclusive: false), .fail),
    ] {
      let judgement = Making.judged(.rule("accuracy", comparison), exhibit)
      #expect(judgement.verdict == verdict, "\(comparison.kind)")
      #expect(judgement.finding == .sameModel && judgement.caveats == ["same model"])
      #expect(judgement.difference?.value == 0)
    }
    #expect(Making.judged(.atLeast("accuracy", "0.95"), exhibit).verdict == .fail)
  }

  @Test func `text, null, lists and flags are invalid and say what they are`() {
    for (kind, words) in [("text", "text"), ("null", "null"), ("list", "a list"), ("bool", "a bool")] {
      var replicate = numbers("0.9")
      replicate.measurements[0].content = .other(kind)
      let judgement = Making.judged(.atLeast("accuracy", "0.8"), Making.exhibit([replicate]))
      #expect(judgement.verdict == .invalid)
      #expect(judgement.diagnostic?.message == "`accuracy` in `metrics.json` is \(words), not a number")
    }
  }

  @Test func `a baseline on other test data is invalid unless the rule allows it`() {
    var exhibit = Making.exhibit([numbers("0.9")], [numbers("0.9")])
    exhibit.isOtherData = true
    #expect(Making.judged(.mayLose("accuracy", "0.1"), exhibit).verdict == .invalid)
    let allowed = Making.judged(.mayLose("accuracy", "0.1") { $0.allowsOtherData = true }, exhibit)
    #expect(allowed.verdict == .pass)
    #expect(allowed.caveats.contains("the baseline was measured on other test data"))
    exhibit.isRescored = true
    #expect(Making.judged(.mayLose("accuracy", "0.1"), exhibit).verdict == .pass)
  }

  @Test func `a metric in two evaluations needs a stage`() {
    let policy = GatePolicy(rules: [
      .atLeast("accuracy", "0.8"), .atLeast("accuracy", "0.8") { $0.stage = "evaluate[variant=b]" },
      .atLeast("accuracy", "0.8") { $0.stage = "evalute" },
    ])
    let evidence = GateEvidence(exhibits: [
      Making.exhibit([numbers("0.9")], name: "evaluate[variant=a]"),
      Making.exhibit([numbers("0.7")], name: "evaluate[variant=b]"),
    ])
    let judgements = judge(policy, on: evidence, name: "gate").judgements
    #expect(judgements.map(\.verdict) == [.invalid, .fail, .invalid])
    #expect(judgements[0].diagnostic?.remedy == "name one with `stage: evaluate[variant=a]`")
    #expect(judgements[1].exhibit == "evaluate[variant=b]")
  }

  @Test func `severity warn softens a failure and never an invalid one`() {
    let warn: (inout GateRule) -> Void = { $0.severity = .warn }
    let fails = Making.judged(.atLeast("accuracy", "0.95", warn), Making.exhibit([numbers("0.9")]))
    #expect(fails.verdict == .fail && !fails.blocks)
    let invalid = Making.judged(.atLeast("recall", "0.95", warn), Making.exhibit([numbers("0.9")]))
    #expect(invalid.verdict == .invalid && invalid.blocks)
  }

  @Test func `a named test that does not fit is invalid and lists what fits`() {
    let judgement = Making.judged(
      .mayLose("accuracy", "0.1") { $0.test = .delong }, Making.exhibit([numbers("0.9")], [numbers("0.9")]))
    #expect(judgement.verdict == .invalid)
    #expect(judgement.diagnostic?.message == "test `delong` does not fit `accuracy` on this evidence")
    #expect(judgement.diagnostic?.cause == "what fits: `auto`, `point`")
  }

  @Test func `the gate's verdict is the worst of its judgements`() {
    let evidence = GateEvidence(exhibits: [Making.exhibit([numbers("0.9")])])
    func verdict(_ rules: GateRule...) -> Verdict { judge(GatePolicy(rules: rules), on: evidence, name: "g").verdict }
    #expect(verdict(.atLeast("accuracy", "0.8"), .atLeast("accuracy", "0.95")) == .fail)
    #expect(verdict(.atLeast("accuracy", "0.8"), .atLeast("accuracy", "0.95"), .atLeast("x", "1")) == .invalid)
    #expect(verdict(.atLeast("accuracy", "0.8")) == .pass)
  }
}
