import PawlCore
import PawlGate
import Testing

/// The truth table of contract §4: rows, seeds, slices.
@Suite struct RowEvidenceTests {
  private func exhibit(_ n: Int, _ b: Int, _ c: Int) throws -> ExhibitEvidence {
    let (candidate, baseline) = try Making.pair(rows: n, candidateOnly: b, baselineOnly: c)
    return Making.exhibit([Making.rows(candidate)], [Making.rows(baseline)])
  }

  @Test func `the interval decides, not the point value`() throws {
    // One point worse on 100 rows: allowed are 3, and chance could hide more.
    let judgement = Making.judged(.mayLose("accuracy", "3pt"), try exhibit(100, 4, 5))
    #expect(judgement.verdict == .inconclusive)
    #expect(judgement.finding == .undecided(pointHolds: true))
    #expect((judgement.rowsNeeded ?? 0) > 100 && !judgement.needsSeeds)
    #expect(!judgement.blocks)
    #expect((judgement.p ?? 0) == 1)
  }

  @Test func `an inconclusive rule blocks by its policy`() throws {
    let holds = try exhibit(100, 4, 5)
    let breaks = try exhibit(100, 2, 6)
    func blocks(_ exhibit: ExhibitEvidence, _ policy: GateRule.Undecided?, _ severity: GateRule.Severity = .block)
      -> Bool
    {
      let judgement = Making.judged(
        .mayLose("accuracy", "3pt") {
          $0.whenInconclusive = policy
          $0.severity = severity
        }, exhibit)
      #expect(judgement.verdict == .inconclusive)
      return judgement.blocks
    }
    #expect(!blocks(holds, nil) && blocks(breaks, nil))
    #expect(!blocks(holds, .point) && blocks(breaks, .point))
    #expect(blocks(holds, .block) && !blocks(breaks, .warn))
    #expect(!blocks(breaks, .block, .warn))
  }

  @Test func `point compares the values although an interval exists`() throws {
    let judgement = Making.judged(.mayLose("accuracy", "3pt") { $0.comparesPoints = true }, try exhibit(100, 4, 5))
    #expect(judgement.verdict == .pass && judgement.test == "point" && judgement.difference?.low == nil)
    let named = Making.judged(.mayLose("accuracy", "3pt") { $0.test = .point }, try exhibit(100, 2, 6))
    #expect(named.verdict == .fail && named.test == "point")
  }

  @Test func `a gate says once what it can decide`() throws {
    let policy = GatePolicy(rules: [.mayLose("accuracy", "1pt")])
    let result = judge(policy, on: GateEvidence(exhibits: [try exhibit(2000, 50, 50)]), name: "gate")
    let decides = try #require(result.decides)
    #expect(decides.rows == 2000 && decides.disagreement == 0.05)
    #expect(abs(decides.margin - 0.013) < 0.0005)
    #expect(abs(decides.blocksEqual - 0.39) < 0.01)
  }

  @Test func `ids that differ are invalid and named`() throws {
    let a = try Making.table("id,y,p\na,1,1\nb,0,0\nc,1,1\n", Making.binary)
    let b = try Making.table("id,y,p\na,1,1\nb,0,0\nd,1,1\n", Making.binary, file: "old.csv")
    let judgement = Making.judged(.mayLose("accuracy", "0.1"), Making.exhibit([Making.rows(a)], [Making.rows(b)]))
    #expect(judgement.verdict == .invalid)
    let cause = try #require(judgement.diagnostic?.cause)
    #expect(cause.contains("1 of 3 ids of `rows.csv` are not in `old.csv`, such as `c` on line 4"))
    #expect(cause.contains("1 of 3 ids of `old.csv` are not in `rows.csv`, such as `d` on line 4"))
  }

  @Test func `the same id with another label is invalid`() throws {
    let a = try Making.table("id,y,p\n1,1,1\n2,0,0\n", Making.binary)
    let b = try Making.table("id,y,p\n2,1,0\n1,1.0,1\n", Making.binary, file: "old.csv")
    let judgement = Making.judged(.mayLose("accuracy", "0.1"), Making.exhibit([Making.rows(a)], [Making.rows(b)]))
    #expect(judgement.verdict == .invalid)
    #expect(judgement.diagnostic?.cause == "`0` on line 3 of `rows.csv`, `1` on line 2 of `old.csv`")
  }

  @Test func `rows that differ do not disturb a metric that is read from files`() throws {
    func side(_ id: String) throws -> Replicate {
      var replicate = Making.rows(try Making.table("id,y,p\n\(id),1,1\n", Making.binary))
      replicate.measurements = [Measurement("latency-ms", .number(Number("12")), file: "m.json")]
      return replicate
    }
    let rule = GateRule.mayLose("latency-ms", "1%", .lowerIsBetter)
    #expect(Making.verdict(rule, try side("1"), try side("2")) == .pass)
    #expect(Making.verdict(.mayLose("accuracy", "0.5"), try side("1"), try side("2")) == .invalid)
  }

  @Test(arguments: [TestChoice.score, .mcnemar, .phantom, .betting, .pairedBootstrap])
  func `a named test that fits is the one that is used`(_ test: TestChoice) throws {
    let judgement = Making.judged(.mayLose("accuracy", "20pt") { $0.test = test }, try exhibit(400, 8, 10))
    #expect(judgement.verdict == .pass)
    #expect(judgement.test == (test == .pairedBootstrap ? "paired-bootstrap and score" : test.rawValue))
    #expect((judgement.difference?.low ?? -1) < (judgement.difference?.value ?? 0))
  }

  @Test(arguments: [TestChoice.mover, .moverStrict, .delong, .pairedBootstrap])
  func `a named test of areas that fits is the one that is used`(_ test: TestChoice) throws {
    var dice = Dice(4)
    let scores = (0..<400).map { Double($0 % 2) * 0.3 + dice.unit() }
    func side() throws -> Replicate {
      let rows = scores.indices.map { "\($0),\($0 % 2),\(scores[$0] + dice.unit() * 0.1)" }
      return Making.rows(try Making.table(Making.csv("id,y,s", rows), Making.scored))
    }
    let judgement = Making.judged(
      .mayLose("auc", "20pt") { $0.test = test }, Making.exhibit([try side()], [try side()]))
    #expect(judgement.verdict == .pass)
    #expect(judgement.test == (test == .pairedBootstrap ? "paired-bootstrap and mover" : test.rawValue))
  }

  @Test func `without ids the sides are unpaired, and it is said`() throws {
    var spec = Making.binary
    spec.id = nil
    let rows = Making.csv("y,p", (0..<400).map { "\($0 % 2),\($0 % 20 == 0 ? 1 - $0 % 2 : $0 % 2)" })
    let table = try Making.table(rows, spec)
    let judgement = Making.judged(
      .mayLose("accuracy", "5pt"), Making.exhibit([Making.rows(table)], [Making.rows(table)]))
    #expect(judgement.verdict == .pass && judgement.test == "newcombe")
    #expect(judgement.caveats.contains { $0.hasPrefix("unpaired") })
  }

  @Test func `rows against a number take the number as exact`() throws {
    let (table, _) = try Making.pair(rows: 400, candidateOnly: 0, baselineOnly: 20)
    let number = Making.numbers(["accuracy": "0.96"])
    let rule = GateRule.mayLose("accuracy", "5pt")
    let judgement = Making.judged(rule, Making.exhibit([Making.rows(table)], [number]))
    #expect(judgement.verdict == .pass && judgement.test == "clopper-pearson")
    #expect(abs((judgement.difference?.value ?? 0) + 0.01) < 1e-12)
    #expect(judgement.caveats.contains("the baseline has only a number: it is taken as exact"))
    let mirrored = Making.judged(rule, Making.exhibit([number], [Making.rows(table)]))
    #expect(mirrored.verdict == .pass)
    #expect(abs((mirrored.difference?.low ?? 0) + (judgement.difference?.high ?? 0)) < 1e-12)
    let tight = Making.judged(.mayLose("accuracy", "1.5pt"), Making.exhibit([Making.rows(table)], [number]))
    #expect(tight.verdict == .inconclusive && (tight.rowsNeeded ?? 0) > 400)
  }

  @Test func `a computed metric wins over a file that disagrees`() throws {
    let (table, _) = try Making.pair(rows: 100, candidateOnly: 0, baselineOnly: 5)
    var replicate = Making.rows(table)
    replicate.measurements = [Measurement("accuracy", .number(Number("0.97")), file: "m.json")]
    let judgement = Making.judged(.atLeast("accuracy", "0.5"), Making.exhibit([replicate]))
    #expect(judgement.candidate?.value == 0.95)
    #expect(judgement.caveats == ["`accuracy` is 0.97 in `m.json` and 0.95 from the rows: the rows count"])
    replicate.measurements = [Measurement("accuracy", .number(Number("0.95")), file: "m.json")]
    #expect(Making.judged(.atLeast("accuracy", "0.5"), Making.exhibit([replicate])).caveats.isEmpty)
  }

  @Test func `an absolute rule asks the candidate's own bound`() throws {
    let (table, _) = try Making.pair(rows: 20, candidateOnly: 0, baselineOnly: 0)
    let judgement = Making.judged(.atLeast("accuracy", "0.881"), Making.exhibit([Making.rows(table)]))
    #expect(judgement.verdict == .inconclusive && judgement.test == "clopper-pearson")
    #expect(abs((judgement.candidate?.low ?? 0) - 0.860891659) < 1e-6)
    #expect(judgement.candidate?.high == 1)
    #expect(judgement.difference == nil && judgement.limit == 0.881)
  }

  @Test func `one class has no area: invalid`() throws {
    let table = try Making.table("id,y,s\n1,0,0.1\n2,0,0.7\n", Making.scored)
    let judgement = Making.judged(.atLeast("auc", "0.5"), Making.exhibit([Making.rows(table)]))
    #expect(judgement.verdict == .invalid)
    #expect(judgement.diagnostic?.message == "`auc` of the candidate is undefined: there is no positive row")
  }

  @Test func `too few rows for a test say how many it wants`() throws {
    var spec = Predictions(task: .values)
    spec.id = "id"
    spec.values = [.init("ms", column: "ms")]
    let rows = try Making.table(Making.csv("id,ms", (0..<60).map { "\($0),\(1 + Double($0 % 7) / 100)" }), spec)
    let judgement = Making.judged(
      .mayLose("ms", "0.5", .lowerIsBetter), Making.exhibit([Making.rows(rows)], [Making.rows(rows)]))
    #expect(judgement.verdict == .inconclusive)
    #expect(judgement.finding == .tooFew(needed: 500, what: "rows", pointHolds: true))
    #expect(judgement.rowsNeeded == 500)
    let one = try Making.table("id,ms\n1,4\n", spec)
    let single = Making.judged(
      .mayLose("ms", "0.5", .lowerIsBetter), Making.exhibit([Making.rows(one)], [Making.rows(one)]))
    #expect(single.verdict == .inconclusive)
  }

  @Test func `a label metric on few differing rows is inconclusive`() throws {
    let judgement = Making.judged(.mayLose("f1", "10pt"), try exhibit(400, 4, 5))
    #expect(judgement.verdict == .inconclusive && judgement.test == "paired-bootstrap")
    #expect(judgement.finding == .tooFew(needed: 50, what: "rows on which the models differ", pointHolds: true))
    let enough = Making.judged(.mayLose("f1", "10pt"), try exhibit(2000, 60, 60))
    #expect(enough.verdict == .pass)
    let same = Making.judged(.mayLose("f1", "10pt"), try exhibit(2000, 60, 60))
    #expect(enough == same)
  }

  @Test func `balanced accuracy has score bounds by class`() throws {
    let judgement = Making.judged(.mayLose("balanced-accuracy", "5pt"), try exhibit(2000, 40, 40))
    #expect(judgement.verdict == .pass && judgement.test == "score and mover")
  }

  @Test func `an absolute calibration error is a point comparison that says what a calibrated model shows`() throws {
    var dice = Dice(3)
    let rows = (0..<2000).map { row -> String in
      let score = dice.unit()
      return "\(row),\(dice.unit() < score ? 1 : 0),\(score)"
    }
    let table = try Making.table(Making.csv("id,y,s", rows), Making.scored)
    let rule = GateRule.rule("ece", .atMost(Number("0.05"), isInclusive: true))
    let judgement = Making.judged(rule, Making.exhibit([Making.rows(table)]))
    #expect(judgement.verdict == .pass && judgement.test == "point")
    // The contract's own figure: 0.017 … 0.02 at 2,000 rows.
    let caveat = try #require(judgement.caveats.first)
    #expect(caveat.hasPrefix("a perfectly calibrated model would show about 0.02"))
  }

  @Test func `same predictions of another model are ordinary evidence`() throws {
    let judgement = Making.judged(.mayLose("accuracy", "2pt"), try exhibit(180, 0, 0))
    #expect(judgement.verdict == .pass && judgement.finding == .holds)
    #expect(Making.judged(.mayLose("accuracy", "2pt"), try exhibit(179, 0, 0)).verdict == .inconclusive)
  }

  @Test func `clusters are the unit where they are declared`() throws {
    var spec = Making.binary
    spec.cluster = "patient"
    func rows(_ isWrong: (Int) -> Bool) -> String {
      Making.csv(
        "id,patient,y,p", (0..<400).map { "\($0 / 2),c\($0 / 4),\($0 % 2),\(isWrong($0) ? 1 - $0 % 2 : $0 % 2)" })
    }
    let a = try Making.table(rows { $0 % 40 == 0 }, spec)
    let b = try Making.table(rows { $0 % 40 == 4 }, spec)
    let judgement = Making.judged(.mayLose("accuracy", "10pt"), Making.exhibit([Making.rows(a)], [Making.rows(b)]))
    #expect(judgement.test == "phantom" && judgement.verdict == .pass)
    #expect(judgement.caveats.contains("400 rows in 100 clusters: clusters are the unit"))
    for metric in ["f1", "kappa", "balanced-accuracy", "recall"] {
      let other = Making.judged(.mayLose(metric, "50pt"), Making.exhibit([Making.rows(a)], [Making.rows(b)]))
      #expect(other.verdict == .pass || other.verdict == .inconclusive, "\(metric)")
    }
  }
}
