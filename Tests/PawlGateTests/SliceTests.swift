import PawlCore
import PawlGate
import Testing

@Suite struct SliceTests {
  private static var spec: Predictions {
    var spec = Making.binary
    spec.slices = ["island", "sex"]
    return spec
  }

  /// 600 rows on three islands; the candidate is wrong on `wrong` rows of Dream, the baseline on none.
  private func exhibit(wrong: Int, islands: [String] = ["Biscoe", "Dream", "Torgersen"]) throws -> ExhibitEvidence {
    func rows(_ wrong: Int) throws -> RowTable {
      try Making.table(
        Making.csv(
          "id,y,p,island,sex",
          (0..<600).map { row in
            let island = islands[row % islands.count]
            let isWrong = island == "Dream" && row / 3 < wrong
            return "\(row),\(row % 2),\(isWrong ? 1 - row % 2 : row % 2),\(island),\(row % 4 < 2 ? "f" : "m")"
          }), Self.spec)
    }
    return Making.exhibit([Making.rows(try rows(wrong))], [Making.rows(try rows(0))])
  }

  private func rule(_ slices: [SliceSelection], minRows: Int? = nil, margin: String = "10pt") -> GateRule {
    .mayLose("accuracy", margin) {
      $0.slices = slices
      $0.minRows = minRows
    }
  }

  private func judged(_ rule: GateRule, _ exhibit: ExhibitEvidence) -> [Judgement] {
    judge(GatePolicy(rules: [rule]), on: GateEvidence(exhibits: [exhibit]), name: "gate").judgements
  }

  @Test func `a rule is judged on all rows and on each slice`() throws {
    let judgements = judged(
      rule([SliceSelection(columns: ["island"]), SliceSelection(columns: ["sex"])]), try exhibit(wrong: 2))
    #expect(judgements.map { $0.slice.map(\.value).joined() } == ["", "Biscoe", "Dream", "Torgersen", "f", "m"])
    #expect(judgements[1].candidate?.rows == 200)
    #expect(judgements[2].baselineOnlyRight == 2)
  }

  @Test func `columns can be crossed`() throws {
    let judgements = judged(rule([SliceSelection(columns: ["island", "sex"])]), try exhibit(wrong: 2))
    #expect(judgements.count == 7)
    #expect(judgements[1].slice == [SliceValue("island", "Biscoe"), SliceValue("sex", "f")])
  }

  @Test func `a harm in a slice counts where it is shown after Holm`() throws {
    let judgements = judged(rule([SliceSelection(columns: ["island"])]), try exhibit(wrong: 60))
    #expect(judgements[2].verdict == .fail && judgements[2].blocks)
    #expect(judgements[1].verdict == .pass)
  }

  @Test func `a harm that Holm does not leave standing is inconclusive and does not block`() throws {
    // 28 of 200 worse at a margin of 10 points: shown at 5 %, not at 5 % / 3.
    let alone = try exhibit(wrong: 28)
    let one = judged(rule([SliceSelection(columns: ["island"], values: [])]), alone)
    let dream = one[2]
    #expect(dream.verdict == .inconclusive && !dream.blocks)
    #expect(dream.caveats.contains { $0.contains("Holm") })
    #expect((dream.difference?.high ?? 0) < -0.1)
  }

  @Test func `below min-rows a slice is not judged and shown`() throws {
    let judgements = judged(rule([SliceSelection(columns: ["island"])], minRows: 201), try exhibit(wrong: 100))
    #expect(judgements.dropFirst().allSatisfy { $0.verdict == .notJudged && !$0.blocks })
    #expect(judgements[1].finding == .notJudged(rows: 200, least: 201))
  }

  @Test func `min-rows counts the rows that the metric uses`() throws {
    var recall = GateRule.mayLose("recall", "10pt")
    recall.slices = [SliceSelection(columns: ["island"])]
    recall.minRows = 101
    #expect(judged(recall, try exhibit(wrong: 2))[1].finding == .notJudged(rows: 100, least: 101))
  }

  @Test func `a declared slice without rows is invalid`() throws {
    let selection = SliceSelection(columns: ["island"], values: ["Dream", "Anvers"])
    let judgements = judged(rule([selection]), try exhibit(wrong: 0))
    #expect(judgements.last?.verdict == .invalid)
    #expect(judgements.last?.slice == [SliceValue("island", "Anvers")])
    #expect(judgements.last?.diagnostic?.message == "no row has `Anvers` in `island`")
  }

  @Test func `a column that is not kept for slicing is invalid and lists those that are`() throws {
    let judgements = judged(rule([SliceSelection(columns: ["islnd"])]), try exhibit(wrong: 0))
    #expect(judgements.last?.verdict == .invalid)
    #expect(judgements.last?.diagnostic?.cause == "its slice columns are: `island`, `sex`")
    #expect(judgements.last?.diagnostic?.remedy == "did you mean `island`?")
  }

  @Test func `numbers cannot be sliced`() {
    let evidence = Making.exhibit([Making.numbers(["accuracy": "0.9"])], [Making.numbers(["accuracy": "0.9"])])
    #expect(judged(rule([SliceSelection(columns: ["island"])]), evidence).last?.verdict == .invalid)
  }

  @Test func `a slice is not compared with the baseline's number of all rows`() throws {
    var evidence = try exhibit(wrong: 2)
    evidence.baseline = [Making.numbers(["accuracy": "1"])]
    let judgements = judged(rule([SliceSelection(columns: ["island"])]), evidence)
    #expect(judgements.map(\.verdict) == [.pass, .invalid, .invalid, .invalid])
  }

  @Test func `the baseline's slice columns may lack where rows are matched by id`() throws {
    var evidence = try exhibit(wrong: 2)
    let text = Making.csv("id,y,p", (0..<600).map { "\($0),\($0 % 2),\($0 % 2)" })
    evidence.baseline[0].rows = try RowTable.read(
      Array(text.utf8), spec: Self.spec, file: "old.csv", needsSlices: false)
    let judgements = judged(rule([SliceSelection(columns: ["island"])]), evidence)
    #expect(judgements.count == 4 && judgements.allSatisfy { $0.verdict == .pass })
  }

  @Test func `an undecided slice warns unless its rule says otherwise`() throws {
    var policy = rule([SliceSelection(columns: ["island"])], margin: "1pt")
    let soft = judged(policy, try exhibit(wrong: 3))
    #expect(soft[2].verdict == .inconclusive && !soft[2].blocks)
    policy.whenInconclusive = .point
    #expect(judged(policy, try exhibit(wrong: 3))[2].blocks)
  }
}
