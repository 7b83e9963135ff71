import PawlCore
import PawlStatistics
import Testing

@testable import PawlGate

/// What a gate can see, measured through the gate itself.
struct PowerTests {
  private func evidence(
    _ rules: [GateRule], _ candidate: [Replicate], _ baseline: [Replicate], second: Bool = true, seed: UInt64 = 1
  ) -> PowerEvidence {
    var evidence = PowerEvidence(
      gate: "gate", policy: GatePolicy(rules: rules), exhibits: [Making.exhibit(candidate, baseline)])
    if second { evidence.second["evaluate"] = "run 3f9a1c" }
    evidence.seed = seed
    return evidence
  }

  private func pair(rows: Int, differing: Int) throws -> (candidate: Replicate, baseline: Replicate) {
    let (a, b) = try Making.pair(rows: rows, candidateOnly: differing / 2, baselineOnly: differing - differing / 2)
    return (Making.rows(a), Making.rows(b))
  }

  @Test func `swapped rows agree with the exact chances`() throws {
    // The disagreement of the swapped rows is fixed, so the chance is the binomial's at that count.
    let (candidate, baseline) = try pair(rows: 500, differing: 25)
    let rule = GateRule.mayLose("accuracy", "0.02")
    let draws = 2_000
    let power = try #require(
      PowerMeter(evidence([rule], [candidate], [baseline]), draws: draws).measure().first)
    let equal = try #require(power.equal)
    #expect(equal.made == .swappedRows && equal.draws == draws)
    var (passes, stops) = (0.0, 0.0)
    for wins in 0...25 {
      let mass = Binomial.pmf(Double(wins), n: 25, p: 0.5)
      let counts = try #require(Tango(rows: 500, candidateOnlyRight: wins, baselineOnlyRight: 25 - wins))
      if counts.reaches(-0.02, z: Level.usual.z) { passes += mass }
      if 2 * wins - 25 < -10 { stops += mass }
    }
    func agrees(_ share: Double, _ chance: Double) -> Bool {
      abs(share - chance) < 4 * (chance * (1 - chance) / Double(draws)).squareRoot() + 1e-9
    }
    #expect(agrees(equal.passes, passes), "\(equal.passes) \(passes)")
    #expect(agrees(equal.pointStops, stops), "\(equal.pointStops) \(stops)")
    #expect(abs(equal.blockStops - (1 - equal.passes)) < 1e-12)
    // Those of the report mean over how many rows differ: other counts have other steps.
    let chances = try #require(power.chances)
    #expect(power.disagreement == 0.05 && power.rows == 500 && power.margin == 0.02)
    #expect(abs(equal.passes - chances.equalPasses) < 0.1)
    #expect(chances.marginPasses <= 0.05)
    #expect(power.curve.count > 10 && power.curve.allSatisfy { $0.passes + $0.fails <= 1 + 1e-9 })
  }

  @Test func `the same seed gives the same draws, another seed others, and the order of rows does not matter`() throws {
    let (candidate, baseline) = try pair(rows: 200, differing: 30)
    let rules = [GateRule.mayLose("accuracy", "0.05"), GateRule.mayLose("balanced-accuracy", "0.05")]
    func measured(_ seed: UInt64) -> [RulePower] {
      PowerMeter(evidence(rules, [candidate], [baseline], seed: seed), draws: 40).measure()
    }
    #expect(measured(3) == measured(3))
    #expect(measured(3)[0].equal != measured(4)[0].equal)
    // The candidate's rows in another order are the same rows.
    let table = try #require(baseline.rows)
    let lines = (0..<table.count).reversed().map { row in
      "\(row),\(row % 2),\(row < 15 ? 1 - row % 2 : row % 2)"
    }
    let turned = Making.rows(try Making.table(Making.csv("id,y,p", lines), Making.binary))
    let other = PowerMeter(evidence(rules, [candidate], [turned], seed: 3), draws: 40).measure()
    #expect(other[0].equal == measured(3)[0].equal)
  }

  @Test func `labels that each file spells in another order are swapped by their meaning`() throws {
    var spec = Predictions(task: .multiclass)
    (spec.id, spec.label, spec.prediction) = ("id", "y", "p")
    let names = ["cat", "dog", "owl"]
    func table(_ order: [Int], wrong: Set<Int>) throws -> RowTable {
      let lines = order.map { "\($0),\(names[$0 % 3]),\(names[($0 + (wrong.contains($0) ? 1 : 0)) % 3])" }
      return try Making.table(Making.csv("id,y,p", lines), spec)
    }
    let one = try table(Array(0..<60), wrong: [0, 7])
    let two = try table(Array((0..<60).reversed()), wrong: [3, 8, 20])
    let swap = try #require(try RowSwap(candidate: [Making.rows(one)], baseline: [Making.rows(two)]))
    var generator = SplitMix64(seed: 5)
    for _ in 0..<20 {
      let drawn = swap.draw(&generator)
      let (a, b) = (try #require(drawn.candidate[0].rows), try #require(drawn.baseline[0].rows))
      let right = [a, b].compactMap { RowMetrics.value(of: "accuracy", rows: $0).value }
      // Five wrong answers in all, whichever side they are on.
      #expect(abs(right.reduce(0, +) * 60 - 115) < 1e-9)
    }
  }

  @Test func `rows of one cluster are swapped together`() throws {
    var spec = Making.binary
    spec.cluster = "who"
    func table(_ wrong: (Int) -> Bool) throws -> RowTable {
      let lines = (0..<100).map { "\($0),\($0 % 2),\(wrong($0) ? 1 - $0 % 2 : $0 % 2),\($0 / 10)" }
      return try Making.table(Making.csv("id,y,p,who", lines), spec)
    }
    let swap = try #require(
      try RowSwap(
        candidate: [Making.rows(try table { _ in false })], baseline: [Making.rows(try table { _ in true })]))
    var generator = SplitMix64(seed: 9)
    for _ in 0..<20 {
      let rows = try #require(swap.draw(&generator).candidate[0].rows)
      for who in 0..<10 {
        let wrong = (0..<10).count { rows.predictions[who * 10 + $0] != rows.labels[who * 10 + $0] }
        #expect(wrong == 0 || wrong == 10)
      }
    }
  }

  @Test func `one model's rows are halved, and its seeds where there are four`() throws {
    let (_, baseline) = try pair(rows: 300, differing: 20)
    let rule = GateRule.mayLose("accuracy", "0.05")
    let alone = try #require(
      PowerMeter(evidence([rule], [], [baseline], second: false), draws: 50).measure().first)
    #expect(alone.equal?.made == .splitRows && alone.disagreement == nil && alone.chances == nil)
    #expect(alone.caveats.contains { $0.hasPrefix("only one model") })
    let seeds = (1...4).map { seed -> Replicate in
      var copy = baseline
      copy.name = "evaluate[seed=\(seed)]"
      return copy
    }
    let split = try #require(PowerMeter(evidence([rule], [], seeds, second: false), draws: 50).measure().first)
    #expect(split.equal?.made == .splitSeeds && split.equal?.passes == 1)
    #expect(split.seeds?.isFlat == true && split.seeds?.seeds == 4)
    var assumed = evidence([rule], [], [baseline], second: false)
    assumed.disagreement = 0.1
    let told = try #require(PowerMeter(assumed, draws: 10).measure().first)
    #expect(told.disagreement == 0.1 && told.assumesDisagreement && told.chances != nil)
  }

  @Test func `numbers of four seeds are halved, numbers of one say that nothing can be made of them`() throws {
    let seeds = [0.91, 0.93, 0.90, 0.94].enumerated().map {
      Making.numbers(["score": "\($1)"], name: "evaluate[seed=\($0)]")
    }
    let rule = GateRule.mayLose("score", "0.02", .higherIsBetter)
    let several = try #require(PowerMeter(evidence([rule], [], seeds, second: false), draws: 50).measure().first)
    #expect(several.equal?.made == .splitSeeds)
    #expect(several.seeds?.isTight == true)
    let one = try #require(PowerMeter(evidence([rule], [], [seeds[0]], second: false)).measure().first)
    #expect(one.equal == nil && one.caveats.count == 2, "\(one.caveats)")
    let two = try #require(PowerMeter(evidence([rule], [], Array(seeds.prefix(2)), second: false)).measure().first)
    #expect(two.caveats.contains { $0.hasPrefix("two seeds are stricter") })
  }

  @Test func `a gate without a baseline, or with rows that do not match, says so and never stops`() throws {
    let (candidate, baseline) = try pair(rows: 40, differing: 4)
    let rules = [
      GateRule.mayLose("accuracy", "0.05"), .atLeast("accuracy", "0.5"), .mayLose("nothing", "1", .higherIsBetter),
    ]
    let none = PowerMeter(evidence(rules, [], [], second: false)).measure()
    #expect(none.count == 3 && none.allSatisfy { $0.equal == nil && !$0.caveats.isEmpty })
    let (other, _) = try pair(rows: 50, differing: 4)
    let unmatched = PowerMeter(evidence(rules, [other], [baseline])).measure()
    #expect(unmatched.allSatisfy { !$0.caveats.isEmpty })
    let known = PowerMeter(evidence(rules, [candidate], [baseline]), draws: 20).measure()
    #expect(known[1].equal != nil && known[1].margin == nil)
    #expect(known[2].equal == nil && known[2].caveats.first?.contains("nothing") == true)
  }

  @Test func `a rule on slices stops under block where one slice is not shown`() throws {
    var spec = Making.binary
    spec.slices = ["part"]
    func table(_ wrong: (Int) -> Bool) throws -> RowTable {
      let lines = (0..<400).map { "\($0),\($0 % 2),\(wrong($0) ? 1 - $0 % 2 : $0 % 2),\($0 < 380 ? "big" : "small")" }
      return try Making.table(Making.csv("id,y,p,part", lines), spec)
    }
    let rule = GateRule.mayLose("accuracy", "0.05") { $0.slices = [SliceSelection(columns: ["part"])] }
    let sides = evidence(
      [rule], [Making.rows(try table { $0 % 40 == 0 })], [Making.rows(try table { $0 % 40 == 1 })])
    let equal = try #require(PowerMeter(sides, draws: 60).measure().first?.equal)
    // Twenty rows never show five points; under `point` slices only warn.
    #expect(equal.blockStops == 1 && equal.pointStops < 0.2 && equal.inconclusive == 1)
  }

  @Test func `a plan says rows, chances, the price of looks, and refuses what is no plan`() throws {
    var plan = PowerPlan(.outcomes(disagreement: 0.05), alpha: 0.05)
    plan.margin = 0.01
    let alone = try #require(PowerPlanner.plan(plan)?.plan)
    let one = try #require(alone.rowsNeeded)
    #expect(alone.chances == nil && alone.rowsOneLook == nil && !alone.options.isEmpty)
    plan.testSet = TestSetPolicy(budget: 32, feedback: .full)
    plan.rows = 2_000
    let looks = try #require(PowerPlanner.plan(plan)?.plan)
    #expect(looks.rowsOneLook == one && looks.lookAlpha == 0.05 / 4_294_967_296)
    #expect(try #require(looks.rowsNeeded) > 5 * one)
    plan.testSet = TestSetPolicy(budget: 32)
    #expect(try #require(PowerPlanner.plan(plan)?.plan).lookAlpha == 0.05 / 32)
    plan.margin = nil
    let decided = try #require(PowerPlanner.plan(plan)?.plan)
    #expect(decided.options.count == 5 && decided.chances?.marginDecided != nil)
    #expect(PowerPlanner.plan(PowerPlan(.outcomes(disagreement: 2), alpha: 0.05)) == nil)
    #expect(PowerPlanner.plan(PowerPlan(.outcomes(disagreement: 0.1), alpha: 0.7)) == nil)
    #expect(PowerPlanner.plan(PowerPlan(.mean(deviation: .infinity), alpha: 0.05)) == nil)
  }

  @Test func `round numbers stand about a number`() {
    #expect(PowerPlanner.ladder(around: 0.01, up: 1, down: 2) == [0.002, 0.005, 0.01, 0.02])
    #expect(PowerPlanner.ladder(around: 0.013, up: 0, down: 1) == [0.01, 0.02])
    #expect(PowerPlanner.ladder(around: -1, up: 1, down: 1).isEmpty)
  }
}
