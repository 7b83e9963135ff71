import Testing

@testable import PawlStatistics

@Suite struct PropertyTests {
  static let levels = [0.2, 0.1, 0.05, 0.01, 1e-3, 1e-5, 1e-9].map(level)

  /// One comparison of each method, at a level.
  static func comparisons(at level: Level) throws -> [Comparison] {
    var chance = Chance(seed: 31)
    let row = (0..<40).map { _ in chance.normal() }
    let other = (0..<40).map { _ in 0.3 + chance.normal() }
    let isPositive = (0..<40).map { $0 % 3 == 0 }
    let one = try #require(RankedScores(scores: row, isPositive: isPositive))
    let two = try #require(RankedScores(scores: zip(row, other).map { $0 + $1 }, isPositive: isPositive))
    let pair = try #require(RankedPair(candidate: one, baseline: two))
    let bootstrap = try #require(PairedBootstrap(rows: 40, draws: 200))
    let resamples = bootstrap.resamples { weights in
      var sum = 0.0
      for (row, weight) in zip(row, weights) { sum += row * Double(weight) }
      return sum / 40
    }
    let counts = try #require(Tango(rows: 200, candidateOnlyRight: 7.5, baselineOnlyRight: 12))
    let share = try #require(Proportion(successes: 33, rows: 40))
    let twoWay = try #require(TwoWay(differences: [row, other, row]))
    return [
      counts.comparison(at: level), share.comparison(at: level),
      Newcombe(candidate: share, baseline: try #require(Proportion(successes: 30, rows: 50))).comparison(at: level),
      try #require(Phantom(advantages: Moments(row))).comparison(at: level),
      try #require(Phantom(advantages: Moments(row), bound: 5)).comparison(at: level),
      try #require(Phantom(values: Moments(row), lowest: -4)).comparison(at: level),
      try #require(Betting(advantages: row, bound: 5)).comparison(at: level),
      pair.comparison(at: level), pair.comparison(at: level, strictly: true), pair.delong(at: level),
      one.comparison(at: level), twoWay.comparison(at: level),
      try #require(PairedT(differences: Array(row.prefix(5)))).comparison(at: level),
      try #require(OneT(values: Array(row.prefix(5)))).comparison(at: level),
      try #require(Welch(candidateSeeds: Array(row.prefix(4)), baselineSeeds: other)).comparison(at: level),
      try #require(bootstrap.comparison(of: Moments(row).mean, resamples: resamples, at: level)),
      try #require(Mover.mean(of: [counts.comparison(at: level), counts.comparison(at: level)])),
      try #require(History(Array(row.prefix(10)))).limits(at: level),
      twoWay.comparison(at: level).widened(by: counts.comparison(at: level)),
    ]
  }

  @Test func `bounds enclose the value and widen with confidence`() throws {
    var earlier: [Comparison] = []
    for level in PropertyTests.levels {
      let comparisons = try PropertyTests.comparisons(at: level)
      for (index, comparison) in comparisons.enumerated() {
        #expect(comparison.low <= comparison.value && comparison.value <= comparison.high, "\(comparison)")
        if earlier.indices.contains(index) {
          #expect(comparison.low <= earlier[index].low && comparison.high >= earlier[index].high, "\(comparison)")
        }
      }
      earlier = comparisons
    }
  }

  @Test func `a mirrored comparison decides the mirrored claim`() throws {
    for comparison in try PropertyTests.comparisons(at: .usual) {
      let mirrored = comparison.mirrored
      #expect(mirrored.low == -comparison.high && mirrored.high == -comparison.low)
      #expect(mirrored.mirrored == comparison)
      for threshold in [-0.5, -0.05, 0, 0.03, 0.8] {
        for strictly in [false, true] {
          #expect(
            comparison.decision(atMost: threshold, strictly: strictly)
              == mirrored.decision(atLeast: -threshold, strictly: strictly))
        }
        #expect(comparison.sampleNeeded(atMost: threshold) == mirrored.sampleNeeded(atLeast: -threshold))
      }
    }
  }

  @Test func `a wider margin never turns a pass into something else`() throws {
    for comparison in try PropertyTests.comparisons(at: .usual) {
      var passed = false
      for margin in stride(from: 0, through: 2, by: 0.01) {
        let decision = comparison.decision(atLeast: -margin)
        if passed { #expect(decision == .pass, "\(comparison.method) \(margin)") }
        passed = decision == .pass
      }
    }
  }

  @Test func `a sample needed is larger than the sample, and only for what is inconclusive`() throws {
    for comparison in try PropertyTests.comparisons(at: .usual) {
      for threshold in [-0.5, -0.1, -0.02, 0, 0.02, 0.6, 0.9] {
        guard let sample = comparison.sampleNeeded(atLeast: threshold) else { continue }
        #expect(comparison.decision(atLeast: threshold) == .inconclusive)
        #expect(sample.count >= (sample.unit == .seeds ? comparison.replicates : comparison.rows))
      }
    }
  }

  @Test func `exchanging the models mirrors the score bounds to the last bit`() throws {
    for (b, c) in [(0.0, 0.0), (3, 0), (12, 40), (7.5, 2.25), (0, 100)] {
      let one = try #require(Tango(rows: 100, candidateOnlyRight: b, baselineOnlyRight: c)).comparison()
      let other = try #require(Tango(rows: 100, candidateOnlyRight: c, baselineOnlyRight: b)).comparison()
      #expect(one.low == -other.high && one.high == -other.low)
    }
  }

  @Test func `the score bound is the last difference that the statistic passes`() throws {
    for (n, b, c) in [(50.0, 1.0, 2.0), (1000, 30, 44), (1e7, 5000, 4000), (20, 0, 0)] {
      let tango = try #require(Tango(rows: n, candidateOnlyRight: b, baselineOnlyRight: c))
      let low = tango.lower()
      #expect(tango.statistic(at: low, step: 0.5) >= Level.usual.z)
      #expect(tango.statistic(at: low.nextUp, step: 0.5) < Level.usual.z)
    }
  }

  /// statistics.md §1: rows from which two models that never disagree pass.
  @Test(arguments: [(725, 0.005), (361, 0.01), (180, 0.02)])
  func `models that never disagree pass from a known number of rows on`(rows: Int, margin: Double) throws {
    let enough = try #require(Tango(rows: rows, candidateOnlyRight: 0, baselineOnlyRight: 0))
    let tooFew = try #require(Tango(rows: rows - 1, candidateOnlyRight: 0, baselineOnlyRight: 0))
    #expect(enough.comparison().decision(atLeast: -margin) == .pass)
    #expect(tooFew.comparison().decision(atLeast: -margin) == .inconclusive)
  }

  @Test func `merged moments are those of all numbers`() {
    var chance = Chance(seed: 32)
    let numbers = (0..<100).map { _ in 1e3 + chance.normal() }
    var merged = Moments()
    for start in stride(from: 0, to: 100, by: 17) { merged.merge(Moments(numbers[start..<min(100, start + 17)])) }
    let all = Moments(numbers)
    #expect(merged.count == all.count)
    #expect(agree(merged.mean, all.mean, relative: 1e-14))
    #expect(agree(merged.squares, all.squares, relative: 1e-9))
    #expect(merged.smallest == all.smallest && merged.largest == all.largest)
  }

  @Test func `the generator is SplitMix64 as published`() {
    var generator = SplitMix64(seed: 1_234_567)
    // Vigna's reference code.
    let first = (0..<5).map { _ in generator.next() }
    #expect(
      first == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test func `a bootstrap does not depend on the order of its draws`() throws {
    let bootstrap = try #require(
      PairedBootstrap(rows: 30, strata: (0..<30).map { $0 % 4 }, draws: 40))
    func statistic(_ weights: [Int]) -> Double {
      Double(weights.enumerated().reduce(0) { $0 + $1.offset * $1.element })
    }
    let all = bootstrap.resamples(statistic)
    #expect(all == bootstrap.resamples(0..<25, statistic) + bootstrap.resamples(25..<40, statistic))
    #expect(Set(all).count > 10)
    var weights = [Int](repeating: 0, count: 30)
    bootstrap.fill(&weights, draw: 3)
    // Each stratum keeps its size.
    for stratum in 0..<4 {
      let rows = (0..<30).filter { $0 % 4 == stratum }
      #expect(rows.reduce(0) { $0 + weights[$1] } == rows.count)
    }
  }

  @Test func `too few draws for the level keep a bootstrap from passing`() throws {
    let bootstrap = try #require(PairedBootstrap(rows: 30, draws: 200))
    let resamples = bootstrap.resamples { Double($0[0]) * 1e-6 }
    let comparison = try #require(bootstrap.comparison(of: 0, resamples: resamples))
    #expect(comparison.decision(atLeast: -1) == .inconclusive)
    #expect(comparison.unmet(atLeast: -1).map(\.subject) == [.draws])
  }
}
