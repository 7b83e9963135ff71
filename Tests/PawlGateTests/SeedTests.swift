import PawlCore
import PawlGate
import Testing

/// Several replicates a side.
@Suite struct SeedTests {
  /// k seeds on the same n rows; each candidate seed is wrong on `wrong(seed)` rows of its own.
  private func exhibit(
    _ n: Int, _ wrong: [(candidate: Range<Int>, baseline: Range<Int>)], names: (String, String) = ("s", "s")
  ) throws -> ExhibitEvidence {
    func rows(_ range: Range<Int>) throws -> RowTable {
      try Making.table(
        Making.csv("id,y,p", (0..<n).map { "\($0),\($0 % 2),\(range.contains($0) ? 1 - $0 % 2 : $0 % 2)" }),
        Making.binary)
    }
    return Making.exhibit(
      try wrong.enumerated().map { Making.rows(try rows($1.candidate), name: "\(names.0)\($0)") },
      try wrong.enumerated().map { Making.rows(try rows($1.baseline), name: "\(names.1)\($0)") })
  }

  @Test func `seeds on rows are judged by both tests, the lower bound of both`() throws {
    let evidence = try exhibit(1000, [(0..<20, 10..<30), (0..<24, 10..<34), (2..<22, 12..<30)])
    let judgement = Making.judged(.mayLose("accuracy", "3pt"), evidence)
    #expect(judgement.verdict == .pass && judgement.test == "two-way and score")
    #expect(judgement.candidate?.replicates == 3 && judgement.candidate?.rows == 1000)
    let alone = Making.judged(.mayLose("accuracy", "3pt") { $0.test = .score }, evidence)
    #expect((judgement.difference?.low ?? 0) <= (alone.difference?.low ?? -1))
    #expect((judgement.difference?.high ?? 0) >= (alone.difference?.high ?? 1))
  }

  @Test func `seeds that differ widely are not judged by their rows alone`() throws {
    let evidence = try exhibit(1000, [(0..<10, 0..<40), (0..<90, 0..<40), (0..<20, 0..<40)])
    #expect(Making.judged(.mayLose("accuracy", "3pt"), evidence).verdict == .inconclusive)
    #expect(Making.judged(.mayLose("accuracy", "3pt") { $0.test = .score }, evidence).verdict == .pass)
  }

  @Test func `two seeds are warned of`() throws {
    let judgement = Making.judged(.mayLose("accuracy", "3pt"), try exhibit(1000, [(0..<20, 0..<20), (0..<24, 0..<20)]))
    #expect(judgement.caveats.contains { $0.hasPrefix("two seeds") })
  }

  @Test func `replicates with other names are paired in order, and it is said`() throws {
    let judgement = Making.judged(
      .mayLose("accuracy", "3pt"),
      try exhibit(1000, [(0..<20, 0..<20), (0..<24, 0..<22), (0..<23, 0..<22)], names: ("a", "b")))
    #expect(judgement.caveats.contains { $0.contains("paired in their order") })
  }

  @Test func `one baseline stands against every seed`() throws {
    var evidence = try exhibit(1000, [(0..<20, 0..<20), (0..<24, 0..<20), (0..<22, 0..<20)])
    evidence.baseline = [evidence.baseline[0]]
    let judgement = Making.judged(.mayLose("accuracy", "3pt"), evidence)
    #expect(judgement.test == "two-way and score" && judgement.verdict == .pass)
    #expect(judgement.caveats.contains { $0.hasPrefix("the baseline has one replicate") })
  }

  @Test func `two seeds against three are not paired, and still judged`() throws {
    var evidence = try exhibit(1000, [(0..<20, 0..<20), (0..<24, 0..<20), (0..<22, 0..<20)])
    evidence.candidate.removeLast()
    let judgement = Making.judged(.mayLose("accuracy", "20pt"), evidence)
    #expect(judgement.verdict == .pass && judgement.test == "welch and score")
  }

  @Test func `the replicate that ships is also judged alone`() throws {
    var evidence = try exhibit(1000, [(0..<20, 0..<20), (0..<24, 0..<20), (0..<120, 0..<20)])
    evidence.ships = 2
    let policy = GatePolicy(rules: [.mayLose("accuracy", "3pt")])
    let judgements = judge(policy, on: GateEvidence(exhibits: [evidence]), name: "gate").judgements
    #expect(judgements.map(\.exhibit) == ["evaluate", "s2"])
    #expect(judgements[1].verdict == .fail && judgements[1].test == "score")
  }

  @Test func `both levels are judged and say which question they answer`() throws {
    var evidence = try exhibit(1000, [(0..<20, 0..<20), (0..<24, 0..<20), (0..<22, 0..<20)])
    evidence.ships = 1
    let policy = GatePolicy(rules: [
      .mayLose("accuracy", "5pt"), .atLeast("accuracy", "0.9"), .rule("accuracy", .history(last: 20)),
    ])
    evidence.history = (80..<100).map {
      HistoricRun(
        BaselineUse(name: "production"), replicates: [Making.numbers(["accuracy": "0.\($0)"]).measurements],
        isOtherData: false)
    }
    let judgements = judge(policy, on: GateEvidence(exhibits: [evidence]), name: "gate").judgements
    #expect(judgements.map(\.exhibit) == ["evaluate", "s1", "evaluate", "s1", "evaluate"])
    #expect(judgements.map(\.verdict) == [.pass, .pass, .pass, .pass, .pass])
    #expect(judgements.map { $0.candidate?.replicates } == [3, nil, 3, nil, 3])
    // 24 of 1,000 rows are wrong in the one that ships, 22 on average.
    #expect(judgements[1].candidate?.value == 0.976 && judgements[3].candidate?.value == 0.976)
    #expect(abs((judgements[0].candidate?.value ?? 0) - 0.978) < 1e-12)
    let (recipe, shipped) = ("of the recipe, over 3 replicates", "of the replicate that ships, alone")
    let history = "of the recipe alone: the replicate that ships has no history of its own"
    for (judgement, label) in zip(judgements, [recipe, shipped, recipe, shipped, history]) {
      #expect(judgement.caveats.contains(label))
    }
    // On their own neither level hides the other.
    let one = try exhibit(1000, [(0..<20, 0..<20), (0..<120, 0..<20), (0..<22, 0..<20)])
    var worse = one
    worse.ships = 1
    worse.history = []
    #expect(
      judge(GatePolicy(rules: [.mayLose("accuracy", "3pt")]), on: GateEvidence(exhibits: [worse]), name: "g").verdict
        == .fail)
  }

  @Test func `metrics that are no mean of rows are judged by t over seeds`() throws {
    let judgement = Making.judged(
      .mayLose("f1", "20pt"), try exhibit(1000, [(0..<20, 0..<22), (0..<24, 0..<20), (0..<22, 0..<20)]))
    #expect(judgement.test == "paired-t" && judgement.verdict == .pass)
  }

  @Test func `equal seeds leave the rows to decide what is no mean of rows`() throws {
    let judgement = Making.judged(
      .mayLose("f1", "5pt"), try exhibit(1000, [(0..<20, 0..<20), (0..<20, 0..<20)]))
    #expect(judgement.verdict == .inconclusive)
  }

  private func numbers(_ values: [String], _ prefix: String = "s") -> [Replicate] {
    values.enumerated().map { Making.numbers(["accuracy": $1], name: "\(prefix)\($0)") }
  }

  @Test func `numbers of paired seeds are judged by t`() {
    let judgement = Making.judged(
      .mayLose("accuracy", "0.05"),
      Making.exhibit(numbers(["0.90", "0.91", "0.92"]), numbers(["0.90", "0.92", "0.91"])))
    #expect(judgement.test == "paired-t" && judgement.verdict == .pass)
    #expect(judgement.candidate?.replicates == 3)
  }

  @Test func `numbers of other seeds are judged by Welch's t`() {
    let judgement = Making.judged(
      .mayLose("accuracy", "0.05"),
      Making.exhibit(numbers(["0.90", "0.91", "0.92"]), numbers(["0.90", "0.92", "0.91"], "old")))
    #expect(judgement.test == "welch")
    #expect(judgement.caveats.contains { $0.hasSuffix("not paired") })
  }

  @Test func `seeds without spread are compared exactly, in decimal, and it is said`() {
    let judgement = Making.judged(
      .mayLose("accuracy", "0.05"), Making.exhibit(numbers(["0.80", "0.80"]), numbers(["0.85", "0.85"])))
    #expect(judgement.verdict == .pass)
    #expect(judgement.caveats.contains { $0.hasPrefix("no spread") })
    let worse = Making.judged(
      .mayLose("accuracy", "0.049"), Making.exhibit(numbers(["0.80", "0.80"]), numbers(["0.85", "0.85"])))
    #expect(worse.verdict == .fail)
  }

  @Test func `too few seeds say how many would decide`() {
    let judgement = Making.judged(
      .mayLose("accuracy", "0.01"),
      Making.exhibit(numbers(["0.90", "0.93", "0.91"]), numbers(["0.91", "0.92", "0.90"])))
    #expect(judgement.verdict == .inconclusive && judgement.needsSeeds)
    #expect((judgement.rowsNeeded ?? 0) > 3)
  }

  @Test func `an absolute rule over seeds takes the wider of rows and seeds`() throws {
    let evidence = try exhibit(1000, [(0..<20, 0..<20), (0..<24, 0..<20), (0..<22, 0..<20)])
    let judgement = Making.judged(.atLeast("accuracy", "0.95"), evidence)
    #expect(judgement.verdict == .pass && judgement.test == "clopper-pearson and paired-t")
  }

  @Test func `losses over seeds are judged two-way and with phantom rows`() throws {
    func rows(_ shift: Double, _ seed: UInt64) throws -> RowTable {
      var dice = Dice(seed)
      return try Making.table(
        Making.csv(
          "id,y,s",
          (0..<600).map {
            "\($0),\($0 % 2),\(min(1, max(0, Double($0 % 2) * 0.6 + 0.2 + (dice.unit() - 0.5) * 0.1 + shift)))"
          }),
        Making.scored)
    }
    let evidence = Making.exhibit(
      try (0..<3).map { Making.rows(try rows(0, UInt64($0)), name: "s\($0)") },
      try (0..<3).map { Making.rows(try rows(0, UInt64($0 + 9)), name: "s\($0)") })
    let judgement = Making.judged(.mayLose("brier", "0.03"), evidence)
    #expect(judgement.test == "two-way and phantom" && judgement.verdict == .pass)
  }
}
