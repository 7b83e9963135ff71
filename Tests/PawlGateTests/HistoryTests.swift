import PawlCore
import PawlGate
import Testing

/// `history: { last: N }`: not unusually bad beside the last promoted records.
@Suite struct HistoryTests {
  private func run(_ metrics: KeyValuePairs<String, String>..., name: String = "r", other: Bool? = false)
    -> HistoricRun
  {
    HistoricRun(
      BaselineUse(name: "production", run: name), replicates: metrics.map { Making.numbers($0).measurements },
      isOtherData: other)
  }

  private func exhibit(_ candidate: String, _ values: [String]) -> ExhibitEvidence {
    var exhibit = Making.exhibit([Making.numbers(["accuracy": candidate])])
    exhibit.history = values.enumerated().map { run(["accuracy": $1], name: "r\($0)") }
    return exhibit
  }

  private func rule(
    _ last: Int = 20, _ metric: String = "accuracy", _ direction: Direction? = nil,
    _ change: (inout GateRule) -> Void = { _ in }
  ) -> GateRule {
    .rule(metric, .history(last: last), direction, change)
  }

  private var twenty: [String] { (80..<100).map { "0.\($0)" } }

  @Test func `from nineteen runs on the limit is a value that was seen`() {
    let judgement = Making.judged(rule(), exhibit("0.80", twenty.reversed()))
    #expect(judgement.verdict == .pass && judgement.test == "rank-limit" && judgement.limit == 0.80)
    #expect(judgement.baseline?.low == 0.80 && judgement.baseline?.high == 0.99)
    #expect(judgement.baseline?.replicates == 20 && abs((judgement.baseline?.value ?? 0) - 0.895) < 1e-12)
    #expect(judgement.compared?.run == "r19")
    let worse = Making.judged(rule(), exhibit("0.7999", twenty))
    #expect(worse.verdict == .fail && worse.finding == .broken && worse.blocks)
    #expect(Making.judged(rule(19), exhibit("0.8", Array(twenty.dropLast()))).test == "rank-limit")
  }

  @Test func `for what is better when lower the limit lies above`() {
    var evidence = Making.exhibit([Making.numbers(["loss": "0.99"])])
    evidence.history = twenty.map { run(["loss": $0]) }
    #expect(Making.judged(rule(20, "loss", .lowerIsBetter), evidence).verdict == .pass)
    #expect(Making.judged(rule(20, "loss", .lowerIsBetter), evidence).limit == 0.99)
    evidence.candidate = [Making.numbers(["loss": "0.991"])]
    #expect(Making.judged(rule(20, "loss", .lowerIsBetter), evidence).verdict == .fail)
    evidence.candidate = [Making.numbers(["loss": "0.1"])]
    #expect(Making.judged(rule(20, "loss", .lowerIsBetter), evidence).verdict == .pass)
  }

  @Test func `below nineteen runs the limit is Student's, of a shape that is not known`() {
    // mean 0.92, sd 0.0158114, t(4) 2.131847: 0.92 − 2.131847 · 0.0158114 · √1.2.
    let values = ["0.90", "0.91", "0.92", "0.93", "0.94"]
    let judgement = Making.judged(rule(), exhibit("0.8831", values))
    #expect(judgement.verdict == .pass && judgement.test == "t-limit")
    #expect(abs((judgement.limit ?? 0) - 0.8830752) < 1e-6)
    #expect(judgement.caveats == ["shape unknown"])
    #expect(Making.judged(rule(), exhibit("0.8830", values)).verdict == .fail)
  }

  @Test func `only the last records count`() {
    let values = ["0.10"] + Array(repeating: "0.90", count: 5)
    let judgement = Making.judged(rule(5), exhibit("0.89", values))
    #expect(judgement.verdict == .fail && judgement.baseline?.replicates == 5)
    #expect(Making.judged(rule(6), exhibit("0.89", values)).verdict == .pass)
  }

  @Test func `a history without spread is compared exactly, in decimal`() {
    let values = Array(repeating: "0.90", count: 6)
    let equal = Making.judged(rule(), exhibit("0.9000", values))
    #expect(equal.verdict == .pass && equal.caveats == ["no spread between runs"] && equal.limit == 0.9)
    #expect(equal.baseline?.text == "0.90")
    let worse = Making.judged(rule(), exhibit("0.89999999", values))
    #expect(worse.verdict == .fail && worse.limit == 0.9)
    // A mean over seeds that is the same number stays so.
    var seeds = exhibit("0.9", [])
    seeds.candidate = (0..<3).map { Making.numbers(["accuracy": "0.90"], name: "s\($0)") }
    seeds.history = (0..<6).map { _ in run(["accuracy": "0.90"], ["accuracy": "0.9"], ["accuracy": "0.900"]) }
    #expect(Making.judged(rule(), seeds).verdict == .pass)
  }

  @Test func `fewer than five runs decide nothing and say how many would`() {
    for count in 1...4 {
      let judgement = Making.judged(rule(), exhibit("0.90", Array(repeating: "0.90", count: count)))
      #expect(judgement.verdict == .inconclusive && !judgement.blocks)
      #expect(judgement.finding == .tooFew(needed: 5, what: "runs", pointHolds: true))
      #expect(judgement.baseline?.replicates == count)
    }
    // What is there already says that it is worse: the point value breaks the rule.
    let worse = Making.judged(rule(), exhibit("0.80", ["0.90", "0.90", "0.90"]))
    #expect(worse.finding == .tooFew(needed: 5, what: "runs", pointHolds: false) && worse.blocks)
  }

  @Test func `records without the metric are left out and counted`() {
    var evidence = exhibit("0.9", ["0.90", "0.91", "0.92", "0.93", "0.94", "nan"])
    evidence.history.append(run(["other": "1"]))
    evidence.history.append(run(["accuracy": "0.9"], ["other": "1"]))
    let judgement = Making.judged(rule(), evidence)
    #expect(judgement.verdict == .pass && judgement.baseline?.replicates == 5)
    #expect(judgement.caveats.contains("2 of 8 records lack `accuracy` and are left out"))
    #expect(judgement.caveats.contains("1 of 8 records has no finite `accuracy` and is left out"))
  }

  @Test func `records of other test data are counted`() {
    var evidence = exhibit("0.9", ["0.90", "0.91", "0.92", "0.93", "0.94", "0.95"])
    evidence.history[0].isOtherData = true
    evidence.history[1].isOtherData = true
    evidence.history[2].isOtherData = nil
    let caveats = Making.judged(rule(), evidence).caveats
    #expect(caveats.contains("2 of 6 records were measured on other test data"))
    #expect(caveats.contains("1 of 6 records does not say its test data"))
  }

  @Test func `the mean over seeds is judged, of the candidate and of each record`() {
    var evidence = exhibit("0.9", [])
    evidence.candidate = [
      Making.numbers(["accuracy": "0.80"], name: "s0"), Making.numbers(["accuracy": "0.90"], name: "s1"),
    ]
    evidence.history = (0..<20).map { run(["accuracy": "0.\(80 + $0)"], ["accuracy": "0.\(86 + $0 / 2)"]) }
    let judgement = Making.judged(rule(), evidence)
    #expect(abs((judgement.limit ?? 0) - 0.83) < 1e-12 && judgement.candidate?.replicates == 2)
    #expect(judgement.verdict == .pass && abs((judgement.candidate?.value ?? 0) - 0.85) < 1e-12)
    // A mean exactly at the limit is not below it for its last bits.
    evidence.candidate = [Making.numbers(["accuracy": "0.83"])]
    #expect(Making.judged(rule(), evidence).verdict == .pass)
    evidence.candidate = [Making.numbers(["accuracy": "0.8299999"])]
    #expect(Making.judged(rule(), evidence).verdict == .fail)
    evidence.candidate = [
      Making.numbers(["accuracy": "0.9"], name: "s0"), Making.numbers(["accuracy": "0.9"], name: "s1"),
    ]
    evidence.history[0].replicates.removeLast()
    #expect(
      Making.judged(rule(), evidence).caveats
        == ["1 of 20 records has another number of replicates than the candidate"])
  }

  @Test func `the candidate's value comes from its rows where it has some`() throws {
    let (candidate, _) = try Making.pair(rows: 100, candidateOnly: 0, baselineOnly: 10)
    var evidence = Making.exhibit([Making.rows(candidate)])
    evidence.history = (80..<100).map { run(["accuracy": "0.\($0)"]) }
    let judgement = Making.judged(rule(), evidence)
    #expect(judgement.verdict == .pass && judgement.candidate?.value == 0.9 && judgement.candidate?.rows == 100)
  }

  @Test func `without a record it is invalid, or a warning that is never a pass`() {
    let none = Making.judged(rule(), exhibit("0.9", []))
    #expect(none.verdict == .invalid && none.diagnostic?.code == "gate.no-history")
    var heads = exhibit("0.9", twenty)
    heads.historyProblem = Diagnostic("store.heads", "`production` has two heads")
    #expect(Making.judged(rule(), heads).diagnostic?.code == "store.heads")
    let lax = Making.judged(rule { $0.onMissingBaseline = .warn }, heads)
    #expect(lax.verdict == .inconclusive && !lax.blocks)
    var other = exhibit("0.9", [])
    other.history = [run(["f1": "0.9"])]
    #expect(Making.judged(rule(), other).verdict == .invalid)
    let result = judge(
      GatePolicy(rules: [rule()]), on: GateEvidence(exhibits: [exhibit("0.9", [])]), name: "gate")
    #expect(result.hasNoBaseline)
  }

  @Test func `a candidate that is not finite fails, and one without the metric is invalid`() {
    let judgement = Making.judged(rule(), exhibit("nan", twenty))
    #expect(judgement.verdict == .fail && judgement.finding == .candidateNotFinite("NaN"))
    var absent = exhibit("0.9", twenty)
    absent.candidate = [Making.numbers(["f1": "0.9"])]
    #expect(Making.judged(rule(), absent).verdict == .invalid)
  }

  @Test func `production itself is not unusual`() {
    var evidence = exhibit("0.80", ["0.90", "0.90", "0.90", "0.90", "0.90", "0.80"])
    #expect(Making.judged(rule(5), exhibit("0.80", Array(repeating: "0.9", count: 6))).verdict == .fail)
    evidence.history.append(run(["accuracy": "0.90"]))
    evidence.isSameModel = true
    evidence.history = Array(evidence.history.prefix(5))
    let judgement = Making.judged(rule(5), evidence)
    #expect(judgement.verdict == .pass && judgement.finding == .sameModel && judgement.caveats.contains("same model"))
  }

  @Test func `a rule's test is not used, and that is said`() {
    let judgement = Making.judged(rule { $0.test = .score }, exhibit("0.9", twenty))
    #expect(judgement.verdict == .pass)
    #expect(judgement.caveats == ["a history has a limit of its own: the rule's test is not used"])
  }

  @Test func `one in twenty of equal models fails, whatever the shape`() {
    // Skewed values: the rank limit of 19 fails 1 in 20.
    var dice = Dice(11)
    func value() -> String { let u = dice.unit(); return String(1 - u * u * u * 0.1) }
    let draws = 4_000
    let fails = (0..<draws).count { _ in
      Making.judged(rule(19), exhibit(value(), (0..<19).map { _ in value() })).verdict == .fail
    }
    // Three standard errors of 5 % in 4,000.
    #expect(abs(Double(fails) / Double(draws) - 0.05) < 3 * 0.00345)
  }
}
