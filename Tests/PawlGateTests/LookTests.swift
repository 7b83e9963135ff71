import PawlCore
import PawlGate
import Testing

/// The level that a budget of looks leaves for one look, and what is left when it is spent.
@Suite struct LookTests {
  private static let data = Digest(hex: String(repeating: "ab", count: 32))

  private func look(
    _ budget: Int, _ feedback: TestSetPolicy.Feedback = .passOnly, before: Int = 0, endedBy: String? = nil,
    repeats: String? = nil
  ) -> Look {
    Look(
      exhibit: "evaluate", testData: LookTests.data, policy: TestSetPolicy(budget: budget, feedback: feedback),
      before: before, repeats: repeats, endedBy: endedBy)
  }

  private func exhibit(_ look: Look?, rows: Int = 1000, _ b: Int = 10, _ c: Int = 10) throws -> ExhibitEvidence {
    let (candidate, baseline) = try Making.pair(rows: rows, candidateOnly: b, baselineOnly: c)
    var exhibit = Making.exhibit([Making.rows(candidate)], [Making.rows(baseline)])
    exhibit.look = look
    return exhibit
  }

  /// δ = 5 % shared by two looks is a confidence of 97.5 %; full feedback of two looks 98.75 %.
  private static let levels: [(TestSetPolicy.Feedback, Double)] = [
    (.passOnly, 0.975), (TestSetPolicy.Feedback.none, 0.975), (.full, 0.9875),
  ]

  @Test(arguments: levels) func `each look has its share of the error`(
    _ feedback: TestSetPolicy.Feedback, _ confidence: Double
  ) throws {
    for rule in [
      GateRule.mayLose("accuracy", "1pt"), .rule("accuracy", .within([Margin("1pt")])), .atLeast("accuracy", "0.98"),
      .mayLose("f1", "1pt"), .mayLose("balanced-accuracy", "1pt"),
    ] {
      var alone = rule
      alone.confidence = confidence
      let shared = Making.judged(rule, try exhibit(look(2, feedback)))
      let plain = Making.judged(alone, try exhibit(nil))
      #expect(shared.verdict == plain.verdict && shared.finding == plain.finding, "\(rule.metric)")
      #expect(shared.candidate == plain.candidate && shared.rowsNeeded == plain.rowsNeeded)
      #expect(shared.difference?.low == plain.difference?.low && shared.difference?.high == plain.difference?.high)
      #expect(shared.difference.map { abs($0.confidence - confidence) < 1e-12 } ?? true)
      #expect(abs((shared.alpha ?? 0) - (1 - confidence)) < 1e-12 && plain.alpha == nil)
    }
  }

  @Test func `what passes alone need not pass as one look of many`() throws {
    #expect(Making.judged(.mayLose("accuracy", "1pt"), try exhibit(nil)).verdict == .pass)
    #expect(Making.judged(.mayLose("accuracy", "1pt"), try exhibit(look(1))).verdict == .pass)
    let one = Making.judged(.mayLose("accuracy", "1pt"), try exhibit(look(32)))
    #expect(one.verdict == .inconclusive && one.alpha == 0.05 / 32)
    #expect((one.rowsNeeded ?? 0) > 1000)
  }

  @Test func `the level depends on the budget only`() throws {
    let first = Making.judged(.mayLose("accuracy", "1pt"), try exhibit(look(8)))
    for later in [look(8, before: 5), look(8, before: 3, repeats: "r1")] {
      #expect(Making.judged(.mayLose("accuracy", "1pt"), try exhibit(later)) == first)
    }
  }

  @Test func `slices are corrected at the look's level`() throws {
    var spec = Making.binary
    spec.slices = ["island"]
    func table(_ wrong: Int) throws -> RowTable {
      try Making.table(
        Making.csv(
          "id,y,p,island",
          (0..<600).map { row in
            let isWrong = row % 3 == 1 && row / 3 < wrong
            return "\(row),\(row % 2),\(isWrong ? 1 - row % 2 : row % 2),\(["a", "b", "c"][row % 3])"
          }), spec)
    }
    for wrong in [28, 31, 34, 37, 40, 60] {
      var evidence = Making.exhibit([Making.rows(try table(wrong))], [Making.rows(try table(0))])
      var rule = GateRule.mayLose("accuracy", "10pt") { $0.slices = [SliceSelection(columns: ["island"])] }
      rule.confidence = 0.975
      let plain = judge(GatePolicy(rules: [rule]), on: GateEvidence(exhibits: [evidence]), name: "g").judgements
      rule.confidence = 0.95
      evidence.look = look(2)
      let shared = judge(GatePolicy(rules: [rule]), on: GateEvidence(exhibits: [evidence]), name: "g").judgements
      #expect(shared.map(\.finding) == plain.map(\.finding) && shared.map(\.caveats) == plain.map(\.caveats))
    }
  }

  @Test func `what the gate can decide is said for one look`() throws {
    let rule = GateRule.mayLose("accuracy", "1pt")
    func decided(_ look: Look?) throws -> Double? {
      judge(GatePolicy(rules: [rule]), on: GateEvidence(exhibits: [try exhibit(look, rows: 2000, 50, 50)]), name: "g")
        .decides?.margin
    }
    let (many, one) = (try decided(look(32)), try decided(nil))
    #expect(try #require(many) > 1.3 * (try #require(one)))
  }

  @Test func `numbers are compared as ever, and the look is shown`() {
    var evidence = Making.exhibit([Making.numbers(["accuracy": "0.90"])], [Making.numbers(["accuracy": "0.91"])])
    evidence.look = look(32)
    let result = judge(
      GatePolicy(rules: [.mayLose("accuracy", "1pt")]), on: GateEvidence(exhibits: [evidence]), name: "g")
    #expect(result.verdict == .pass && result.judgements[0].alpha == nil)
    #expect(result.judgements[0].difference?.confidence == 0.95)
    #expect(result.looks == [look(32)])
  }

  @Test func `a history has the look's level too`() {
    var evidence = Making.exhibit([Making.numbers(["accuracy": "0.81"])])
    evidence.history = (80..<100).map {
      HistoricRun(
        BaselineUse(name: "production"), replicates: [Making.numbers(["accuracy": "0.\($0)"]).measurements],
        isOtherData: false)
    }
    let rule = GateRule.rule("accuracy", .history(last: 20))
    #expect(Making.judged(rule, evidence).test == "rank-limit")
    evidence.look = look(2)
    // 1 / 0.025 − 1 = 39 runs would be needed for a value that was seen.
    let judgement = Making.judged(rule, evidence)
    #expect(judgement.test == "t-limit" && judgement.alpha == 0.025)
  }

  @Test func `a spent budget leaves nothing to pass`() throws {
    for spent in [look(4, before: 4), look(4, before: 9), look(4, before: 1, endedBy: "r7")] {
      let policy = GatePolicy(rules: [
        .mayLose("accuracy", "5pt"), .atLeast("accuracy", "0.9"), .mayLose("accuracy", "5pt") { $0.test = .point },
        .mayLose("accuracy", "0.1pt"), .atLeast("accuracy", "0.9999"), .mayLose("none", "1pt"),
      ])
      let result = judge(policy, on: GateEvidence(exhibits: [try exhibit(spent)]), name: "g")
      #expect(
        result.judgements.map(\.verdict) == [
          .inconclusive, .inconclusive, .inconclusive, .inconclusive, .fail, .invalid,
        ])
      #expect(result.judgements[0].finding == .undecided(pointHolds: true) && !result.judgements[0].blocks)
      for judgement in result.judgements.prefix(4) {
        #expect(
          judgement.caveats.contains { $0.hasPrefix("the test-set budget is spent") && $0.hasSuffix("new test set") })
      }
      #expect(!result.judgements[4].caveats.contains { $0.contains("spent") })
    }
    let block = Making.judged(
      .mayLose("accuracy", "5pt") { $0.whenInconclusive = .block }, try exhibit(look(4, before: 4)))
    #expect(block.blocks)
    // The same evidence once more asks nothing.
    #expect(
      Making.judged(.mayLose("accuracy", "5pt"), try exhibit(look(4, before: 4, repeats: "r1"))).verdict == .pass)
    #expect(Making.judged(.mayLose("accuracy", "5pt"), try exhibit(look(4, before: 3))).verdict == .pass)
  }

  @Test func `where nothing says which test data it is nothing is judged`() throws {
    var nothing = look(4)
    nothing.testData = nil
    let policy = GatePolicy(rules: [
      .mayLose("accuracy", "5pt"), .atLeast("accuracy", "0.5"), .rule("accuracy", .history(last: 5)),
      .rule("accuracy", .anchor(baseline: "v1", [Margin("1")])),
    ])
    var evidence = try exhibit(nothing)
    evidence.anchors = ["v1": AnchorEvidence(baseline: evidence.baseline)]
    let judgements = judge(policy, on: GateEvidence(exhibits: [evidence]), name: "g").judgements
    #expect(judgements.allSatisfy { $0.verdict == .invalid && $0.diagnostic?.code == "gate.test-data" })
    // The same model asks nothing of them.
    evidence.isSameModel = true
    evidence.look?.isFree = true
    let same = judge(policy, on: GateEvidence(exhibits: [evidence]), name: "g").judgements
    #expect(same.map(\.verdict) == [.pass, .invalid, .invalid, .invalid])
  }

  @Test func `with a budget rows are drawn as often as its level wants`() throws {
    // 5 % / 32 wants 12,800 draws; there are 60 rows on which the models differ.
    let judgement = Making.judged(.mayLose("f1", "8pt"), try exhibit(look(32), rows: 1000, 30, 30))
    #expect(judgement.test == "paired-bootstrap" && judgement.verdict == .pass)
  }
}
