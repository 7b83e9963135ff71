import Testing

@testable import PawlStatistics

@Suite struct DecisionTests {
  @Test func `at the bound a claim passes unless it is strict`() {
    let comparison = Comparison(
      value: 0.1, low: -0.5, high: 0.5, level: .usual, method: .score, rows: 10)
    #expect(comparison.decision(atLeast: -0.5) == .pass)
    #expect(comparison.decision(atLeast: -0.5, strictly: true) == .inconclusive)
    #expect(comparison.decision(atLeast: 0.5) == .inconclusive)
    #expect(comparison.decision(atLeast: 0.5, strictly: true) == .fail)
    #expect(comparison.decision(atLeast: 0.5.nextUp) == .fail)
    #expect(comparison.decision(atMost: 0.5) == .pass)
    #expect(comparison.decision(within: 0.5) == .pass)
    #expect(comparison.decision(within: 0.4) == .inconclusive)
    let worse = Comparison(value: -1, low: -2, high: -0.6, level: .usual, method: .score, rows: 10)
    #expect(worse.decision(within: 0.5) == .fail)
    #expect(worse.mirrored.decision(within: 0.5) == .fail)
  }

  @Test func `nothing is decided by bounds that are not numbers`() {
    let unknown = Comparison(value: .nan, low: .nan, high: .nan, level: .usual, method: .score, rows: 1)
    #expect(unknown.decision(atLeast: -1) == .inconclusive)
    #expect(unknown.decision(atMost: .infinity) == .inconclusive)
    #expect(unknown.sampleNeeded(within: .nan) == nil)
    #expect(Comparison.exact(0.25).decision(atLeast: 0.25) == .pass)
    #expect(Comparison.exact(0.25).decision(atLeast: .nan) == .inconclusive)
  }

  @Test func `an unmet need keeps a pass back, not a failure`() throws {
    let comparison = Comparison(
      value: 0, low: -0.1, high: 0.1, level: .usual, method: .pairedBootstrap, rows: 400,
      needs: PairedBootstrap.needs(differing: 49, rarest: 20))
    #expect(comparison.decision(atLeast: -0.2) == .inconclusive)
    #expect(comparison.unmet(atLeast: -0.2) == [Need(.differingRows, seen: 49, wanted: 50)])
    #expect(comparison.decision(atLeast: 0.2) == .fail)
  }

  @Test func `the floor of rows guards the side whose worst is unknown`() throws {
    // A loss that cannot fall below 0 and has no known top.
    let phantom = try #require(Phantom(values: Moments([0.1, 0.2, 0.15]), lowest: 0))
    let comparison = phantom.comparison()
    #expect(comparison.decision(atMost: 10) == .inconclusive)
    #expect(comparison.unmet(atMost: 10).map(\.wanted) == [500])
    #expect(comparison.decision(atLeast: 0) == .pass)
    #expect(comparison.sampleNeeded(atMost: 10)?.count == 500)
  }

  @Test func `a failing slice needs the strict guard of areas`() throws {
    let isPositive = (0..<120).map { $0 < 20 }
    let scores = (0..<120).map { $0 < 20 ? 2.0 : Double($0 % 10) / 5 }
    let ranked = try #require(RankedScores(scores: scores, isPositive: isPositive))
    let pair = try #require(RankedPair(candidate: ranked, baseline: ranked))
    #expect(pair.comparison().decision(atLeast: -0.2) == .pass)
    let strict = pair.comparison(strictly: true)
    #expect(strict.unmet(atLeast: -0.1).map(\.subject) == [.misrankedRows])
    #expect(strict.decision(atLeast: -0.1) == .inconclusive)
  }

  @Test func `seeds without spread are compared exactly`() throws {
    let flat = try #require(PairedT(differences: [0.1, 0.1, 0.1])).comparison()
    #expect(flat.low == 0.1 && flat.high == 0.1 && flat.caveats == ["no spread between seeds"])
    let same = try #require(PairedT(differences: [0, 0])).comparison()
    #expect(same.p == 1)
    let welch = try #require(Welch(candidateSeeds: [1, 1], baselineSeeds: [0.5, 0.5])).comparison()
    #expect(welch.low == 0.5 && welch.high == 0.5)
    #expect(welch.caveats.contains("no spread between seeds"))
    let history = try #require(History([0.9, 0.9, 0.9, 0.9, 0.9])).limits()
    #expect(history.low == 0.9 && history.high == 0.9 && history.caveats == ["no spread between runs"])
  }

  @Test func `history limits follow the number of runs`() throws {
    let few = try #require(History([1, 2, 3, 4])).limits()
    #expect(few.unmet(atLeast: 0).map(\.subject) == [.runs])
    let some = try #require(History([1, 2, 3, 4, 5])).limits()
    #expect(some.method == .tLimit && some.caveats == ["shape unknown"])
    // 3 − 2.1318 · √(2.5 · 6/5)
    #expect(agree(some.low, 3 - 2.131846786326649 * 3.0.squareRoot(), relative: 1e-12))
    let many = try #require(History((1...19).map(Double.init))).limits()
    #expect(many.method == .rankLimit && many.low == 1 && many.high == 19)
    let most = try #require(History((1...60).map(Double.init))).limits()
    #expect(most.low == 3 && most.high == 58)
    #expect(History([1]) == nil && History([1, .nan]) == nil)
  }

  @Test func `seeds needed use the quantile of their number`() throws {
    let test = try #require(PairedT(differences: [0.02, -0.02, 0.01]))
    let sample = try #require(test.comparison().sampleNeeded(atLeast: -0.02))
    #expect(sample.unit == .seeds)
    #expect(sample.count > 3 && sample.count < 30)
  }

  @Test func `a rule at no difference is never decided by equal models`() throws {
    let tango = try #require(Tango(rows: 100, candidateOnlyRight: 3, baselineOnlyRight: 3)).comparison()
    #expect(tango.decision(atLeast: 0) == .inconclusive)
    #expect(tango.sampleNeeded(atLeast: 0) == nil)
    // A gain that must be shown: equal models fail it in the end.
    #expect(tango.sampleNeeded(atLeast: 0.02) == tango.sampleNeeded(atLeast: -0.02))
  }

  @Test func `the price list of strictness is as stated`() throws {
    // statistics.md §7: share of equal models that do not pass.
    for (rows, disagreement, margin, blocked) in [
      (500, 0.05, 0.01, 0.79), (2000, 0.05, 0.01, 0.39), (2000, 0.1, 0.01, 0.61), (10_000, 0.1, 0.005, 0.53),
      (10_000, 0.05, 0.01, 0.003),
    ] {
      let power = try #require(Power(rows: rows, disagreement: disagreement))
      #expect(abs(1 - power.chanceOfPass(margin: margin) - blocked) <= 0.006)
    }
    let power = try #require(Power(rows: 2000, disagreement: 0.05))
    #expect(abs(try #require(power.marginDecided()) - 0.013) < 0.0005)
    #expect(power.chanceOfPass(margin: 0.01, difference: -0.02) < 0.005)
    let seen = try #require(power.smallestLossSeen(margin: 0.01))
    #expect(abs(power.chanceOfFail(margin: 0.01, difference: -seen) - 0.8) < 0.01)
    let needed = try #require(Power.rowsNeeded(disagreement: 0.05, margin: 0.01))
    let enough = try #require(Power(rows: needed, disagreement: 0.05))
    #expect(enough.chanceOfPass(margin: 0.01) >= 0.8)
    #expect(Power.rowsNeeded(disagreement: 0.05, margin: 0) == nil)
  }
}
