import Testing

@testable import PawlStatistics

/// Nothing here may trap: what cannot be judged is nil or says nothing.
@Suite struct HostileInputTests {
  static let numbers: [Double] = [
    0, -0.0, 1, -1, 0.5, .nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude, .leastNormalMagnitude,
    .greatestFiniteMagnitude, 1e15, 1e16, 9.3e18, 1e-300, 2, 3,
  ]

  /// Asks everything of a comparison; true unless a bound is not a number.
  private func exercise(_ comparison: Comparison) -> Bool {
    for threshold in HostileInputTests.numbers {
      _ = comparison.decision(atLeast: threshold)
      _ = comparison.decision(atMost: threshold, strictly: true)
      _ = comparison.decision(within: threshold)
    }
    for threshold in [-0.01, 0.01, 1e-300, -1e300, .nan, .infinity] {
      _ = comparison.sampleNeeded(atLeast: threshold)
      _ = comparison.sampleNeeded(atMost: threshold)
    }
    return !comparison.low.isNaN && !comparison.high.isNaN && comparison.low <= comparison.high
  }

  @Test func `distributions take any number`() {
    for x in HostileInputTests.numbers {
      _ = Normal.cdf(x) + Normal.sf(x) + Normal.quantile(x)
      for y in HostileInputTests.numbers {
        _ = Student.sf(x, df: y) + Student.upperQuantile(x, df: y)
        for z in [-1, 0, 0.3, 1, 1e5, .nan, .infinity, 1e300] {
          _ = Beta.cdf(x, a: y, b: z)
          _ = Binomial.cdf(x, n: y, p: z) + Binomial.pmf(x, n: y, p: z)
        }
      }
    }
    #expect(Beta.quantile(.nan, a: 1, b: 1).isNaN)
    #expect(Student.sf(1, df: 0).isNaN)
    #expect(Normal.quantile(0) == -.infinity && Normal.quantile(1) == .infinity)
  }

  @Test func `counts take any number`() {
    for n in HostileInputTests.numbers {
      for b in HostileInputTests.numbers {
        for c in [0, 1, 0.5, .nan, 1e15, .infinity] {
          if let tango = Tango(rows: n, candidateOnlyRight: b, baselineOnlyRight: c) {
            #expect(exercise(tango.comparison()))
          }
        }
        _ = McNemar(candidateOnlyRight: n, baselineOnlyRight: b)
        if let proportion = Proportion(successes: b, rows: n), n < 1e14 {
          #expect(exercise(proportion.comparison()))
          #expect(exercise(Newcombe(candidate: proportion, baseline: proportion).comparison()))
        }
      }
    }
    #expect(Tango(rows: 0, candidateOnlyRight: 0, baselineOnlyRight: 0) == nil)
    #expect(Tango(rows: .max, candidateOnlyRight: 1, baselineOnlyRight: 1) == nil)
    #expect(Tango(rows: 5, candidateOnlyRight: 4, baselineOnlyRight: 2) == nil)
    #expect(Proportion(successes: 2, rows: 1) == nil)
  }

  @Test func `samples of any numbers are judged or refused`() {
    let samples: [[Double]] =
      HostileInputTests.numbers.map { [$0] } + HostileInputTests.numbers.map { [$0, 1, $0] } + [
        [], [0, 0], [1, 2, 3], [1e308, -1e308], [1e308, 1e308], [.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude],
        [1e200, -1e200, 3],
      ]
    for sample in samples {
      for bound in [nil, 1, 0, .nan, 1e308] as [Double?] {
        if let phantom = Phantom(advantages: Moments(sample), bound: bound) {
          #expect(exercise(phantom.comparison()), "\(sample) \(bound ?? 0)")
        }
        if let phantom = Phantom(values: Moments(sample), lowest: bound) {
          #expect(exercise(phantom.comparison()), "\(sample) \(bound ?? 0)")
        }
      }
      for bound in [1, 0, .nan, 1e308, .leastNonzeroMagnitude] {
        if let betting = Betting(advantages: sample, bound: bound) { #expect(exercise(betting.comparison())) }
      }
      if let test = PairedT(differences: sample) { #expect(exercise(test.comparison()), "\(sample)") }
      if let test = OneT(values: sample) { #expect(exercise(test.comparison()), "\(sample)") }
      if let test = Welch(candidateSeeds: sample, baselineSeeds: [1, 2]) {
        #expect(exercise(test.comparison()), "\(sample)")
      }
      if let test = TwoWay(differences: [sample, sample.reversed()]) {
        #expect(exercise(test.comparison()), "\(sample)")
      }
      if let history = History(sample) { #expect(exercise(history.limits()), "\(sample)") }
      _ = Corrections.holm(sample)
      _ = PairedBootstrap.quantile(sample, 0.5)
    }
    #expect(Phantom(advantages: Moments([.nan, 1])) == nil)
    #expect(Phantom(advantages: Moments()) == nil)
    #expect(PairedT(differences: [1]) == nil)
    #expect(TwoWay(differences: [[1, 2], [1]]) == nil)
  }

  @Test func `scores of any numbers are ranked or refused`() throws {
    for one in HostileInputTests.numbers {
      for other in HostileInputTests.numbers {
        let scores = [one, other, 0.5, one]
        for labels in [[true, false, true, false], [true, true, true, false], [true, true, true, true]] {
          guard let ranked = RankedScores(scores: scores, isPositive: labels) else { continue }
          #expect(exercise(ranked.comparison()))
          let pair = try #require(RankedPair(candidate: ranked, baseline: ranked))
          #expect(exercise(pair.comparison()))
          #expect(exercise(pair.comparison(strictly: true)))
          #expect(exercise(pair.delong()))
        }
      }
    }
    #expect(RankedScores(scores: [.nan, 1], isPositive: [true, false]) == nil)
    #expect(RankedScores(scores: [1], isPositive: [true]) == nil)
    #expect(RankedScores(scores: [1, 2], isPositive: [true]) == nil)
  }

  @Test func `a bootstrap of a metric that is not a number has no bounds`() throws {
    let bootstrap = try #require(PairedBootstrap(rows: 3, draws: 20))
    let resamples = bootstrap.resamples { _ in .nan }
    #expect(bootstrap.comparison(of: 0, resamples: resamples) == nil)
    #expect(bootstrap.comparison(of: .nan, resamples: [1, 2]) == nil)
    #expect(bootstrap.comparison(of: 1, resamples: []) == nil)
    #expect(PairedBootstrap(rows: 0) == nil)
    #expect(PairedBootstrap(rows: 2, strata: [1]) == nil)
    #expect(PairedBootstrap(rows: 2, draws: 0) == nil)
    var generator = SplitMix64(seed: 0)
    #expect(generator.below(-1) == 0 && generator.below(.max) >= 0)
  }

  @Test func `power takes any number`() {
    for rows in [.min, -1, 0, 1, 2, 50, .max] {
      for disagreement in [-1, 0, 1e-300, 0.3, 1, 2, .nan, .infinity] {
        guard let power = Power(rows: rows, disagreement: disagreement) else { continue }
        for margin in [0, 1e-300, 0.1, 1, 2, .nan] {
          _ = power.chanceOfPass(margin: margin)
          _ = power.chanceOfFail(margin: margin, difference: -margin)
          _ = power.smallestLossSeen(margin: margin)
        }
        _ = power.marginDecided()
      }
    }
    #expect(Power(rows: 0, disagreement: 0.1) == nil)
    #expect(Power.rowsNeeded(disagreement: 0.1, margin: .nan) == nil)
  }
}
