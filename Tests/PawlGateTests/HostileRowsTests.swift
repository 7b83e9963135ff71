import PawlCore
import PawlGate
import Testing

/// Whatever the rows hold there is a verdict or a located diagnostic, never a trap.
@Suite struct HostileRowsTests {
  private func judgeAll(_ table: RowTable, _ metrics: [String]) -> [Judgement] {
    let other = Making.rows(table)
    let rules = metrics.flatMap { metric in
      [
        GateRule.mayLose(metric, "0.01"), .mayLose(metric, "1%"), .rule(metric, .within([Margin("0.1")])),
        .rule(metric, .mustGain([Margin("0")], isInclusive: false)), .atLeast(metric, "0.5"),
      ]
    }
    return judge(
      GatePolicy(rules: rules), on: GateEvidence(exhibits: [Making.exhibit([other], [other])]), name: "gate"
    ).judgements
  }

  private static let numbers = [
    "mae", "mse", "rmse", "r2", "mape", "median-absolute-error", "max-error", "explained-variance", "pinball@0.9",
  ]
  private static let classes = [
    "accuracy", "balanced-accuracy", "precision", "recall", "f1", "f1-macro", "f1-micro", "f1-weighted",
    "precision-macro",
    "recall-macro", "kappa", "mcc", "auc", "average-precision", "log-loss", "brier", "ece", "ece@15", "ece@0", "ece@x",
  ]

  @Test func `extreme numbers are judged`() throws {
    let rows = ["1,1e308,-1e308", "2,-1e308,1e308", "3,5e-324,-5e-324", "4,-0,0", "5,0,inf", "6,1,nan"]
    for count in 1...rows.count {
      let table = try Making.table(Making.csv("id,y,p", rows.prefix(count)), Making.regression)
      let judgements = judgeAll(table, Self.numbers)
      #expect(judgements.count == Self.numbers.count * 5)
      if count >= 5 { #expect(judgements.contains { $0.verdict == .fail }) }
    }
  }

  @Test func `one row and rows that are all equal are judged`() throws {
    for n in [1, 2, 12] {
      for (y, s) in [("1", "1"), ("0", "0"), ("1", "0.5"), ("0", "nan"), ("1", "-7"), ("1", "1e308")] {
        let table = try Making.table(Making.csv("id,y,s", (0..<n).map { "\($0),\(y),\(s)" }), Making.scored)
        #expect(judgeAll(table, Self.classes).count == Self.classes.count * 5)
      }
      let constant = try Making.table(Making.csv("id,y,p", (0..<n).map { "\($0),0,0" }), Making.regression)
      #expect(judgeAll(constant, Self.numbers).count == Self.numbers.count * 5)
    }
  }

  @Test func `an id of a megabyte is an id`() throws {
    let long = String(repeating: "x", count: 1 << 20)
    let a = try Making.table("id,y,p\n\(long)a,1,1\n\(long)b,0,0\n", Making.binary)
    let b = try Making.table("id,y,p\n\(long)c,1,1\n\(long)a,1,1\n", Making.binary)
    let judgement = Making.judged(.mayLose("accuracy", "0.1"), Making.exhibit([Making.rows(a)], [Making.rows(b)]))
    #expect(judgement.verdict == .invalid)
    #expect((judgement.diagnostic?.cause?.count ?? 9999) < 600)
    #expect(throws: Failure.self) { try Making.table("id,y,p\n\(long),1,1\n\(long),0,0\n", Making.binary) }
  }

  @Test func `a class a row is judged`() throws {
    var spec = Predictions(task: .multiclass)
    (spec.id, spec.label, spec.prediction) = ("id", "y", "p")
    let table = try Making.table(Making.csv("id,y,p", (0..<1000).map { "\($0),c\($0),c\($0 / 2)" }), spec)
    let metrics = ["accuracy", "f1-macro", "kappa", "mcc", "balanced-accuracy"]
    let rules = metrics.map { GateRule.atLeast($0, "0.1") { $0.comparesPoints = true } }
    let exhibit = Making.exhibit([Making.rows(table)])
    let result = judge(GatePolicy(rules: rules), on: GateEvidence(exhibits: [exhibit]), name: "gate")
    #expect(result.judgements.allSatisfy { $0.verdict != .invalid })
  }

  @Test func `a slice column of too many values is invalid`() throws {
    var spec = Making.binary
    spec.slices = ["id"]
    let table = try Making.table(Making.csv("id,y,p", (0..<2_001).map { "\($0),1,1" }), spec)
    var rule = GateRule.atLeast("accuracy", "0.5")
    rule.slices = [SliceSelection(columns: ["id"])]
    let result = judge(
      GatePolicy(rules: [rule]), on: GateEvidence(exhibits: [Making.exhibit([Making.rows(table)])]), name: "gate")
    #expect(result.judgements.map(\.verdict) == [.pass, .invalid])
  }

  @Test func `strange policies are judged`() throws {
    let (a, b) = try Making.pair(rows: 40, candidateOnly: 2, baselineOnly: 3)
    for confidence in [0.500001, 0.95, 0.999999999, 1, 0, -3, .nan] {
      for margin in ["0", "1", "1e308", "5e-324", "nan", "-1", "1000%"] {
        for test in TestChoice.allCases {
          let rule = GateRule.mayLose("accuracy", margin) {
            $0.confidence = confidence
            $0.test = test
            $0.minRows = -5
          }
          let judgement = Making.judged(rule, Making.exhibit([Making.rows(a)], [Making.rows(b)]))
          #expect(judgement.verdict != .notJudged)
        }
      }
    }
  }

  @Test func `mutated files are read or refused with a diagnostic`() {
    let seeds: [(text: String, spec: Predictions, file: String)] = [
      (
        Making.csv("id,y,p,island", (0..<12).map { "\($0),\($0 % 2),\($0 % 3 % 2),\"a\"\"\($0 % 2)\"" }), Making.binary,
        "a.csv"
      ),
      (Making.csv("id,y,s", (0..<12).map { "\($0),\($0 % 2),0.\($0)" }), Making.scored, "a.csv"),
      (Making.csv("id,y,p", (0..<12).map { "k\($0),\($0).5,-1e\($0)" }), Making.regression, "a.csv"),
      (
        (0..<8).map { "{\"id\": \($0), \"y\": \($0 % 2), \"s\": 0.\($0), \"x\": [\"\\u00e9\", {}]}\n" }.joined(),
        Making.scored, "a.jsonl"
      ),
      (
        "[" + (0..<8).map { "{\"id\": \"\\n\($0)\", \"y\": \"\($0 % 2)\", \"p\": 1}" }.joined(separator: ",\n") + "]",
        Making.binary, "a.json"
      ),
    ]
    let bits = Array("\"\\,{}[]:\n\r\t 0123456789eE+-.nulltrueNaN\u{FEFF}é\0".utf8)
    var dice = Dice(2026)
    var (read, refused) = (0, 0)
    for seed in seeds {
      #expect(throws: Never.self) { try RowTable.read(Array(seed.text.utf8), spec: seed.spec, file: seed.file) }
    }
    for round in 0..<3000 {
      let seed = seeds[round % seeds.count]
      var bytes = Array(seed.text.utf8)
      for _ in 0..<(1 + dice.below(3)) {
        let place = dice.below(max(1, bytes.count))
        switch dice.below(4) {
        case 0: bytes.insert(bits[dice.below(bits.count)], at: min(place, bytes.count))
        case 1: if !bytes.isEmpty { bytes.remove(at: place) }
        case 2: if !bytes.isEmpty { bytes[place] = UInt8(truncatingIfNeeded: dice.next()) }
        default: bytes.removeLast(min(bytes.count, dice.below(8)))
        }
      }
      do throws(Failure) {
        let table = try RowTable.read(bytes, spec: seed.spec, file: seed.file)
        read += 1
        #expect(!table.testDataBytes.isEmpty)
        if round % 60 == 0 {
          let metrics = seed.spec.task == .regression ? Self.numbers : Self.classes
          #expect(judgeAll(table, Array(metrics.prefix(4))).count == 20)
        }
      } catch {
        refused += 1
        #expect(error.diagnostics.first?.message.isEmpty == false)
      }
    }
    #expect(read > 300 && refused > 300, "\(read) read, \(refused) refused")
  }
}
