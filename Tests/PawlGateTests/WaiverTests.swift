import PawlCore
import PawlGate
import Testing

@Suite struct WaiverTests {
  private func waiver(_ rule: String, line: String? = nil, _ change: (inout Waiver) -> Void = { _ in }) -> Waiver {
    var waiver = Waiver(
      rule: rule, line: line, reason: "a known gap", owner: "ada", expires: "2026-12-31", end: Timestamp(1_798_761_600))
    change(&waiver)
    return waiver
  }

  private func rule(_ margin: String = "1pt", _ change: (inout GateRule) -> Void = { _ in }) -> GateRule {
    .mayLose("accuracy", margin) {
      $0.name = "no worse"
      $0.line = "accuracy >= baseline - \(margin)"
      change(&$0)
    }
  }

  private static let model = Digest(hex: "0123456789abcdef" + String(repeating: "0", count: 48))

  private func evidence(_ candidate: String = "0.85", _ baseline: String = "0.90", at time: Double? = 1_798_761_599)
    -> GateEvidence
  {
    var exhibit = Making.exhibit([Making.numbers(["accuracy": candidate])], [Making.numbers(["accuracy": baseline])])
    exhibit.models = [WaiverTests.model].compactMap { $0 }
    var evidence = GateEvidence(exhibits: [exhibit])
    evidence.time = time.map { Timestamp($0) }
    return evidence
  }

  private func judged(_ waivers: [Waiver], _ rule: GateRule? = nil, _ evidence: GateEvidence? = nil) -> GateResult {
    var policy = GatePolicy(rules: [rule ?? self.rule()])
    policy.waivers = waivers
    return judge(policy, on: evidence ?? self.evidence(), name: "gate")
  }

  @Test func `a waiver of the rule's name or line waives a failure, and what was found stays`() {
    for waiver in [waiver("no worse"), waiver("accuracy>=baseline-1pt", line: "accuracy >= baseline - 1pt")] {
      let result = judged([waiver])
      let judgement = result.judgements[0]
      #expect(judgement.verdict == .waived && result.verdict == .waived && !judgement.blocks && !result.blocks)
      #expect(judgement.finding == .broken && judgement.difference?.value == -0.05)
      #expect(judgement.waivers == [WaiverUse(waiver, .applied, original: .fail)])
      #expect(result.caveats.isEmpty)
    }
  }

  @Test func `the day of expiry counts, in UTC`() {
    // 2026-12-31 23:59:59 and the second after it.
    #expect(judged([waiver("no worse")]).verdict == .waived)
    let late = judged([waiver("no worse")], nil, evidence(at: 1_798_761_600))
    #expect(late.verdict == .fail && late.blocks)
    #expect(late.judgements[0].waivers.map(\.state) == [.expired])
    #expect(judged([waiver("no worse")], nil, evidence(at: nil)).verdict == .waived)
  }

  @Test func `it is for one candidate where it names a model`() {
    func state(_ model: String) -> WaiverUse.State? {
      judged([waiver("no worse") { $0.model = model }]).judgements[0].waivers.first?.state
    }
    #expect(state("01234567") == .applied && state("0123456789ABCDEF") == .applied)
    #expect(state(WaiverTests.model?.hex ?? "") == .applied)
    #expect(state("0123456") == .otherModel, "seven digits are too few")
    #expect(state("11234567") == .otherModel)
  }

  @Test func `a larger loss than up-to makes it void`() {
    func state(_ upTo: String, _ rule: GateRule? = nil, _ evidence: GateEvidence? = nil) -> WaiverUse.State? {
      let result = judged([waiver("no worse") { $0.upTo = Margin(upTo) }], rule, evidence)
      let use = result.judgements[0].waivers.first
      #expect((use?.state == .applied) == (result.verdict == .waived))
      return use?.state
    }
    #expect(state("5pt") == .applied && state("4.999pt") == .void)
    #expect(state("0.05") == .applied && state("0.0499") == .void)
    // 5 % of 0.90 is 0.045, 6 % is 0.054.
    #expect(state("5%") == .void && state("6%") == .applied)
    // How far beyond the bound.
    let least = GateRule.atLeast("accuracy", "0.88") { $0.name = "no worse" }
    #expect(state("3pt", least) == .applied && state("2.9pt", least) == .void)
    // How far from it.
    let within = GateRule.rule("accuracy", .within([Margin("1pt")])) { $0.name = "no worse" }
    #expect(state("5pt", within, evidence("0.95", "0.90")) == .applied)
    #expect(state("4pt", within, evidence("0.95", "0.90")) == .void)
    // What cannot be measured is larger.
    #expect(state("100pt", nil, evidence("nan")) == .void)
  }

  @Test func `a loss from rows is not larger for its last bits`() throws {
    // 6 of 300 rows are two points, and no two Doubles say so.
    func table(_ wrong: Int) throws -> RowTable {
      try Making.table(
        Making.csv("id,y,p", (0..<300).map { "\($0),\($0 % 2),\($0 < wrong ? 1 - $0 % 2 : $0 % 2)" }), Making.binary)
    }
    for base in 0..<40 {
      let exhibit = Making.exhibit([Making.rows(try table(base + 6))], [Making.rows(try table(base))])
      let waived = judged(
        [waiver("no worse") { $0.upTo = Margin("2pt") }], rule("0.1pt"), GateEvidence(exhibits: [exhibit]))
      #expect(waived.verdict == .waived, "\(base)")
      let tight = judged(
        [waiver("no worse") { $0.upTo = Margin("1.999pt") }], rule("0.1pt"), GateEvidence(exhibits: [exhibit]))
      #expect(tight.judgements[0].waivers.map(\.state) == [.void])
    }
  }

  @Test func `inconclusive is waived too, invalid never`() throws {
    let (candidate, baseline) = try Making.pair(rows: 100, candidateOnly: 2, baselineOnly: 6)
    let open = GateEvidence(exhibits: [Making.exhibit([Making.rows(candidate)], [Making.rows(baseline)])])
    let result = judged([waiver("no worse")], rule("3pt"), open)
    #expect(result.verdict == .waived && !result.blocks)
    #expect(result.judgements[0].waivers.first?.original == .inconclusive)
    let invalid = judged([waiver("no worse")], nil, evidence("0.9", "nan"))
    #expect(invalid.verdict == .invalid && invalid.blocks && invalid.judgements[0].waivers.isEmpty)
    #expect(invalid.judgements[0].caveats == ["a waiver does not cover evidence that is invalid"])
    let missing = judged([waiver("no worse")], rule { $0.metric = "recall" })
    #expect(missing.verdict == .invalid)
  }

  @Test func `a pass stays a plain pass`() {
    let result = judged([waiver("no worse")], nil, evidence("0.91"))
    #expect(result.verdict == .pass && result.judgements[0].waivers.isEmpty && result.caveats.isEmpty)
  }

  @Test func `of several waivers all are listed and one that applies is enough`() {
    let result = judged([
      waiver("no worse") { $0.end = Timestamp(0) }, waiver("no worse") { $0.upTo = Margin("1pt") },
      waiver("no worse") { $0.model = "ffffffff" }, waiver("no worse") { $0.owner = "bo" },
    ])
    #expect(result.judgements[0].waivers.map(\.state) == [.expired, .void, .otherModel, .applied])
    #expect(result.verdict == .waived)
  }

  @Test func `a waiver that matches no rule is said`() {
    let result = judged([waiver("no wrose"), waiver("x", line: "accuracy >= baseline - 2pt")])
    #expect(result.verdict == .fail)
    #expect(result.caveats.first == "the waiver of `no wrose` by ada matches no rule of this gate")
    #expect(result.caveats.count == 2)
  }

  private func sliced(_ wrong: Int) throws -> GateEvidence {
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
    return GateEvidence(exhibits: [Making.exhibit([Making.rows(try table(wrong))], [Making.rows(try table(0))])])
  }

  @Test func `a waiver covers one slice, or all rows and every slice`() throws {
    let rule = rule("10pt") { $0.slices = [SliceSelection(columns: ["island"])] }
    let evidence = try sliced(120)
    #expect(judged([], rule, evidence).judgements.map(\.verdict) == [.fail, .pass, .fail, .pass])
    let one = judged([waiver("no worse") { $0.slice = [SliceValue("island", "b")] }], rule, evidence)
    #expect(one.judgements.map(\.verdict) == [.fail, .pass, .waived, .pass] && one.verdict == .fail)
    #expect(judged([waiver("no worse")], rule, evidence).judgements.map(\.verdict) == [.waived, .pass, .waived, .pass])
    let none = judged([waiver("no worse") { $0.slice = [SliceValue("island", "d")] }], rule, evidence)
    #expect(none.verdict == .fail)
    #expect(none.caveats == ["the waiver of `no worse` by ada matches no slice: there is no `island=d`"])
  }

  @Test func `a crossed slice is named in any order, and numbers are equal as numbers`() throws {
    var spec = Making.binary
    spec.slices = ["code", "sex"]
    func table(_ isWrong: Bool) throws -> RowTable {
      try Making.table(
        Making.csv(
          "id,y,p,code,sex",
          (0..<400).map { row in
            let label = row / 4 % 2
            return
              "\(row),\(label),\(isWrong && row % 4 == 1 ? 1 - label : label),\(row % 2),\(row % 4 < 2 ? "f" : "m")"
          }), spec)
    }
    let evidence = GateEvidence(exhibits: [
      Making.exhibit([Making.rows(try table(true))], [Making.rows(try table(false))])
    ])
    let rule = rule("50pt") { $0.slices = [SliceSelection(columns: ["code", "sex"])] }
    func verdicts(_ values: [SliceValue]) -> [Verdict] {
      judged([waiver("no worse") { $0.slice = values }], rule, evidence).judgements.map(\.verdict)
    }
    #expect(verdicts([SliceValue("code", "0")]) == [.pass, .pass, .pass, .fail, .pass])
    #expect(
      verdicts([SliceValue("sex", "f"), SliceValue("code", "1.0")]) == [.pass, .pass, .pass, .waived, .pass])
    #expect(verdicts([SliceValue("sex", "m"), SliceValue("code", "1")]) == [.pass, .pass, .pass, .fail, .pass])
  }

  @Test func `the shipped replicate has the models of its evidence`() {
    var exhibit = Making.exhibit(
      [Making.numbers(["accuracy": "0.80"], name: "s0"), Making.numbers(["accuracy": "0.80"], name: "s1")],
      [Making.numbers(["accuracy": "0.90"], name: "s0"), Making.numbers(["accuracy": "0.90"], name: "s1")])
    exhibit.ships = 1
    exhibit.models = [WaiverTests.model].compactMap { $0 }
    let result = judged([waiver("no worse") { $0.model = "01234567" }], nil, GateEvidence(exhibits: [exhibit]))
    #expect(result.judgements.map(\.exhibit) == ["evaluate", "s1"])
    #expect(result.judgements.map(\.verdict) == [.waived, .waived])
  }

  /// Any evidence and any waivers: what a waiver may do, and nothing else.
  @Test func `no waiver makes a pass, and only fail and inconclusive are softened`() throws {
    var dice = Dice(20_261_231)
    func pick<T>(_ choices: [T]) -> T { choices[dice.below(choices.count)] }
    let slices = try [120, 28, 3].map { try sliced($0) }
    var seen: [WaiverUse.State: Int] = [:]
    for _ in 0..<600 {
      let values = ["0.70", "0.85", "0.89", "0.90", "0.95", "nan", "inf"]
      var evidence = dice.below(4) == 0 ? pick(slices) : evidence(pick(values), pick(values))
      evidence.time = Timestamp(Double(dice.below(200)))
      var first = rule(pick(["0", "1pt", "5pt", "20pt"]))
      if evidence.exhibits[0].candidate[0].rows != nil { first.slices = [SliceSelection(columns: ["island"])] }
      let second = GateRule.atLeast("accuracy", pick(["0.8", "0.9"])) {
        $0.name = "floor"
        $0.severity = pick([.block, .warn])
      }
      var policy = GatePolicy(rules: [first, second])
      let plain = judge(policy, on: evidence, name: "gate")
      policy.waivers = (0..<(1 + dice.below(3))).map { _ in
        waiver(pick(["no worse", "floor", "other"])) {
          $0.end = Timestamp(Double(dice.below(200)))
          $0.model = pick([nil, nil, "01234567", "ffffffff"])
          $0.upTo = pick([nil, Margin("1pt"), Margin("6pt"), Margin("10%")])
          $0.slice = pick([[], [], [SliceValue("island", "b")]])
        }
      }
      let result = judge(policy, on: evidence, name: "gate")
      #expect(result.judgements.count == plain.judgements.count)
      for (before, after) in zip(plain.judgements, result.judgements) {
        for use in after.waivers { seen[use.state, default: 0] += 1 }
        let isApplied = after.waivers.contains { $0.state == .applied }
        #expect(after.finding == before.finding && after.difference == before.difference)
        #expect(after.waivers.allSatisfy { $0.original == before.verdict })
        if isApplied {
          #expect(before.verdict == .fail || before.verdict == .inconclusive)
          #expect(after.verdict == .waived && !after.blocks)
        } else {
          #expect(after.verdict == before.verdict && after.blocks == before.blocks)
        }
      }
      #expect(result.verdict != .pass || plain.verdict == .pass)
      #expect(plain.verdict != .invalid || result.verdict == .invalid)
    }
    #expect(WaiverUse.State.allCases.allSatisfy { (seen[$0] ?? 0) > 20 })
  }
}
