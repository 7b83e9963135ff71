import PawlCore
import PawlGate
import Testing

/// `anchor: { baseline: v1, may-lose-in-total: m }`: judged as `may-lose` against a named release.
@Suite struct AnchorTests {
  private let use = BaselineUse(name: "v1", run: "r1", record: "r1-v1")

  /// The candidate against production, and against v1.
  private func exhibit(_ n: Int = 1000, production: (Int, Int), anchor: (Int, Int)) throws -> ExhibitEvidence {
    // The candidate is wrong on rows 0..<20; the other side on `b` of the right ones, and right on `c` of the wrong.
    func side(_ gained: Int, _ lost: Int) throws -> RowTable {
      try Making.table(
        Making.csv(
          "id,y,p",
          (0..<n).map { row in
            let isWrong = row < 20 ? row >= lost : row < 20 + gained
            return "\(row),\(row % 2),\(isWrong ? 1 - row % 2 : row % 2)"
          }), Making.binary)
    }
    var exhibit = Making.exhibit(
      [Making.rows(try side(0, 0))], [Making.rows(try side(production.0, production.1))])
    var other = AnchorEvidence(baseline: [Making.rows(try side(anchor.0, anchor.1))])
    other.use = use
    exhibit.anchors = ["v1": other]
    return exhibit
  }

  private func rule(_ margin: String, _ change: (inout GateRule) -> Void = { _ in }) -> GateRule {
    .rule("accuracy", .anchor(baseline: "v1", [Margin(margin)]), nil, change)
  }

  @Test func `it is judged as may-lose is, against the record of that name`() throws {
    let evidence = try exhibit(production: (0, 0), anchor: (2, 10))
    var direct = evidence
    direct.baseline = evidence.anchors["v1"]?.baseline ?? []
    for margin in ["0", "0.5pt", "1pt", "2pt", "3pt"] {
      let anchored = Making.judged(rule(margin), evidence)
      let plain = Making.judged(.mayLose("accuracy", margin), direct)
      #expect(anchored.verdict == plain.verdict && anchored.finding == plain.finding, "\(margin)")
      #expect(anchored.difference == plain.difference && anchored.limit == plain.limit)
      #expect(anchored.blocks == plain.blocks && anchored.test == plain.test)
      #expect(anchored.rowsNeeded == plain.rowsNeeded && anchored.compared == use)
      #expect(anchored.rule.comparison.kind == "anchor")
    }
    #expect(Making.judged(rule("2pt"), evidence).difference?.value == -0.008)
  }

  @Test func `production and the anchor are judged beside each other`() throws {
    let evidence = try exhibit(10_000, production: (4, 4), anchor: (0, 20))
    let policy = GatePolicy(rules: [.mayLose("accuracy", "1pt"), rule("0.1pt"), rule("1pt")])
    let judgements = judge(policy, on: GateEvidence(exhibits: [evidence]), name: "gate").judgements
    #expect(judgements.map(\.verdict) == [.pass, .fail, .pass])
    #expect(judgements.map { $0.compared?.name } == [nil, "v1", "v1"])
  }

  @Test func `an absent anchor is a missing baseline, and production is not taken instead`() throws {
    var evidence = try exhibit(production: (0, 0), anchor: (0, 0))
    evidence.anchors = [:]
    let judgement = Making.judged(rule("10pt"), evidence)
    #expect(judgement.verdict == .invalid && judgement.blocks)
    #expect(judgement.diagnostic?.message == "there is no record `v1` to compare with")
    let lax = Making.judged(rule("10pt") { $0.onMissingBaseline = .warn }, evidence)
    #expect(lax.verdict == .inconclusive && !lax.blocks)
    evidence.anchors = ["v1": AnchorEvidence(baseline: [], problem: Diagnostic("store.heads", "two heads"))]
    #expect(Making.judged(rule("10pt"), evidence).diagnostic?.code == "store.heads")
  }

  @Test func `the same model, other data and scoring again follow the anchor's own evidence`() throws {
    var evidence = try exhibit(production: (0, 0), anchor: (0, 20))
    evidence.isSameModel = true
    #expect(Making.judged(rule("0.5pt"), evidence).verdict == .fail)
    evidence.isSameModel = false
    evidence.isOtherData = true
    #expect(Making.judged(rule("3pt"), evidence).verdict != .invalid)
    evidence.anchors["v1"]?.isOtherData = true
    #expect(Making.judged(rule("3pt"), evidence).verdict == .invalid)
    evidence.anchors["v1"]?.isRescored = true
    #expect(Making.judged(rule("3pt"), evidence).verdict != .invalid)
    evidence.anchors["v1"]?.isSameModel = true
    evidence.anchors["v1"]?.caveats = ["scored again"]
    let same = Making.judged(rule("0"), evidence)
    #expect(same.verdict == .pass && same.finding == .sameModel && same.caveats == ["same model", "scored again"])
    #expect(same.compared == use)
  }

  @Test func `numbers are compared in decimal, and a lower-is-better metric may rise`() {
    var evidence = Making.exhibit([Making.numbers(["loss": "0.35"])], [Making.numbers(["loss": "0.34"])])
    evidence.anchors = ["v1": AnchorEvidence(baseline: [Making.numbers(["loss": "0.30"])])]
    func verdict(_ margin: String) -> Verdict {
      Making.judged(.rule("loss", .anchor(baseline: "v1", [Margin(margin)]), .lowerIsBetter), evidence).verdict
    }
    #expect(verdict("0.05") == .pass && verdict("0.0499") == .fail && verdict("20%") == .pass)
  }

  @Test func `slices are judged against the anchor's slices, after Holm`() throws {
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
    // 28 of 200 worse at 10 points: shown at 5 %, not at 5 % / 3.
    for (wrong, verdict) in [(60, Verdict.fail), (28, .inconclusive), (2, .pass)] {
      var evidence = Making.exhibit([Making.rows(try table(wrong))], [Making.rows(try table(wrong))])
      var anchor = AnchorEvidence(baseline: [Making.rows(try table(0))])
      anchor.use = use
      evidence.anchors = ["v1": anchor]
      let policy = GatePolicy(rules: [rule("10pt") { $0.slices = [SliceSelection(columns: ["island"])] }])
      let judgements = judge(policy, on: GateEvidence(exhibits: [evidence]), name: "gate").judgements
      #expect(judgements.map { $0.slice.map(\.value).joined() } == ["", "a", "b", "c"])
      #expect(judgements[2].verdict == verdict, "\(wrong)")
      #expect(judgements.allSatisfy { $0.compared == use })
    }
  }

  @Test func `the replicate that ships is judged against the anchor too`() throws {
    func replicate(_ wrong: Int, _ name: String) throws -> Replicate {
      Making.rows(
        try Making.table(
          Making.csv(
            "id,y,p", (0..<1000).map { "\($0),\($0 % 2),\($0 < wrong ? 1 - $0 % 2 : $0 % 2)" }), Making.binary),
        name: name)
    }
    var evidence = Making.exhibit(try [(20, "s0"), (24, "s1"), (120, "s2")].map { try replicate($0.0, $0.1) })
    evidence.ships = 2
    evidence.anchors = ["v1": AnchorEvidence(baseline: [try replicate(20, "s0")])]
    let result = judge(
      GatePolicy(rules: [rule("3pt")]), on: GateEvidence(exhibits: [evidence]), name: "gate")
    #expect(result.judgements.map(\.exhibit) == ["evaluate", "s2"])
    #expect(result.judgements[1].verdict == .fail && result.judgements[1].difference?.value == -0.1)
  }

  @Test func `erosion that each step allows is stopped by the anchor`() {
    // Each merge loses 0.4 points of what the last one left; 0.5 are allowed to each, 2 in all.
    var last = 90.0
    var stopped: Int?
    for merge in 1...20 {
      let value = last - 0.4
      func numbers(_ value: Double) -> Replicate { Making.numbers(["accuracy": "\((value * 10).rounded() / 1000)"]) }
      var evidence = Making.exhibit([numbers(value)], [numbers(last)])
      evidence.anchors = ["v1": AnchorEvidence(baseline: [numbers(90)])]
      let judgements = judge(
        GatePolicy(rules: [.mayLose("accuracy", "0.5pt"), rule("2pt")]), on: GateEvidence(exhibits: [evidence]),
        name: "gate"
      ).judgements
      #expect(judgements[0].verdict == .pass)
      if judgements[1].verdict == .fail, stopped == nil { stopped = merge }
      last = value
    }
    #expect(stopped == 6)
  }
}
