import Foundation
import Testing

@testable import PawlStatistics

/// The p values and intervals that people can check against scipy and statsmodels.
@Suite struct PublishedTestTests {
  @Test func `McNemar's exact and mid p agree with statsmodels`() throws {
    for item in try Vectors.cases("tests", kind: "mcnemar") {
      let (input, expected) = (try item.part("input"), try item.part("expected"))
      let test = try #require(
        McNemar(
          candidateOnlyRight: Vectors.number(input["b"]), baselineOnlyRight: Vectors.number(input["c"])))
      #expect(try agree(test.exact, Vectors.number(expected["exact_p"]), relative: 1e-9))
      if let middle = expected["midp"] {
        #expect(try agree(test.middle, Vectors.number(middle), relative: 1e-9))
      }
    }
    #expect(McNemar(candidateOnlyRight: 0.5, baselineOnlyRight: 1) == nil)
  }

  @Test func `Welch's t agrees with scipy`() throws {
    for item in try Vectors.cases("tests", kind: "welch-t") {
      let (input, expected) = (try item.part("input"), try item.part("expected"))
      let welch = try #require(
        Welch(
          candidateSeeds: Vectors.numbers(input["a"]), baselineSeeds: Vectors.numbers(input["b"])))
      let comparison = welch.comparison(at: level(0.025))
      #expect(try agree(comparison.p ?? .nan, Vectors.number(expected["p"]), relative: 1e-9))
      let interval = try Vectors.numbers(expected["ci95"])
      #expect(agree(comparison.low, interval[0], relative: 1e-9))
      #expect(agree(comparison.high, interval[1], relative: 1e-9))
    }
  }

  @Test func `the paired t agrees with scipy`() throws {
    for item in try Vectors.cases("tests", kind: "paired-t") {
      let (input, expected) = (try item.part("input"), try item.part("expected"))
      let test = try #require(PairedT(differences: Vectors.numbers(input["d"])))
      let comparison = test.comparison(at: level(0.025))
      #expect(try agree(comparison.p ?? .nan, Vectors.number(expected["p"]), relative: 1e-9))
      let interval = try Vectors.numbers(expected["ci95"])
      #expect(agree(comparison.low, interval[0], relative: 1e-9))
      #expect(agree(comparison.high, interval[1], relative: 1e-9))
    }
  }

  @Test func `Clopper-Pearson bounds agree with statsmodels`() throws {
    for item in try Vectors.cases("proportions", kind: "interval") {
      let (input, expected) = (try item.part("input"), try item.part("expected"))
      let proportion = try #require(
        Proportion(successes: Vectors.number(input["k"]), rows: Vectors.number(input["n"])))
      for (key, alpha) in [("beta_0.95", 0.025), ("beta_0.99", 0.005)] {
        let interval = try Vectors.numbers(expected[key])
        #expect(agree(proportion.lower(at: level(alpha)), interval[0], relative: 1e-9, absolute: 1e-15))
        #expect(agree(proportion.upper(at: level(alpha)), interval[1], relative: 1e-9, absolute: 1e-15))
      }
    }
  }

  @Test func `the pooled p of two proportions agrees with statsmodels`() throws {
    for item in try Vectors.cases("proportions", kind: "two-proportion-z") {
      let (k, n) = (
        try Vectors.numbers(item.part("input")["k"]), try Vectors.numbers(item.part("input")["n"])
      )
      let newcombe = Newcombe(
        candidate: try proportion(k[0], n[0]), baseline: try proportion(k[1], n[1]))
      let p = try #require(newcombe.comparison().p)
      #expect(try agree(p, Vectors.number(item.part("expected")["p"]), relative: 1e-9))
    }
  }

  @Test func `Newcombe's bounds agree with his table`() throws {
    // Newcombe 1998, table II, method 10, 95 % two-sided: 56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/10.
    for (a, n, b, m, low, high) in [
      (56.0, 70.0, 48.0, 80.0, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 10, 0.6075, 1.0),
    ] {
      let newcombe = Newcombe(candidate: try proportion(a, n), baseline: try proportion(b, m))
      let comparison = newcombe.comparison(at: level(0.025))
      #expect(agree(comparison.low, low, relative: 0, absolute: 5.1e-5))
      #expect(agree(comparison.high, high, relative: 0, absolute: 5.1e-5))
    }
  }

  @Test func `DeLong's areas, covariance and p agree with direct placements`() throws {
    for item in try Vectors.cases("delong", kind: "paired-delong") {
      let (input, expected) = (try item.part("input"), try item.part("expected"))
      let isPositive = try Vectors.numbers(input["y"]).map { $0 == 1 }
      let one = try #require(RankedScores(scores: Vectors.numbers(input["s1"]), isPositive: isPositive))
      let other = try #require(RankedScores(scores: Vectors.numbers(input["s2"]), isPositive: isPositive))
      let pair = try #require(RankedPair(candidate: one, baseline: other))
      let areas = try Vectors.numbers(expected["auc"])
      #expect(agree(one.area, areas[0], relative: 1e-12))
      #expect(agree(other.area, areas[1], relative: 1e-12))
      let covariances = try #require(expected["cov"] as? [[NSNumber]]).map { $0.map(\.doubleValue) }
      #expect(agree(pair.candidateVariance, covariances[0][0], relative: 1e-9))
      #expect(agree(pair.baselineVariance, covariances[1][1], relative: 1e-9))
      #expect(agree(pair.covariance, covariances[0][1], relative: 1e-9, absolute: 1e-18))
      let plain = pair.delong(at: level(0.025))
      #expect(try agree(plain.p ?? .nan, Vectors.number(expected["p"]), relative: 1e-8))
      let interval = try Vectors.numbers(expected["ci95_diff"])
      #expect(agree(plain.low, interval[0], relative: 1e-8))
      #expect(agree(plain.high, interval[1], relative: 1e-8))
    }
  }

  @Test func `Holm's p values agree with statsmodels`() throws {
    for item in try Vectors.cases("multiple", kind: "multiple-testing") {
      let adjusted = Corrections.holm(try Vectors.numbers(item.part("input")["p"]))
      let expected = try Vectors.numbers(item.part("expected").part("holm")["adjusted"])
      #expect(adjusted.count == expected.count)
      for (mine, theirs) in zip(adjusted, expected) { #expect(agree(mine, theirs, relative: 1e-9)) }
    }
    #expect(Corrections.holm([]) == [])
    #expect(Corrections.holm([.nan, 0.01]) == [1, 0.02])
  }

  @Test func `bootstrap bounds fall into the bands of scipy's`() throws {
    for item in try Vectors.cases("bootstrap", kind: "paired-mean-difference") {
      let d = try Vectors.numbers(item.part("input")["d"])
      let bootstrap = try #require(PairedBootstrap(rows: d.count))
      let resamples = bootstrap.resamples { weights in
        var sum = 0.0
        for (row, weight) in weights.enumerated() { sum += Double(weight) * d[row] }
        return sum / Double(d.count)
      }
      let comparison = try #require(
        bootstrap.comparison(of: Moments(d).mean, resamples: resamples, at: level(0.025)))
      try expectInside(comparison, item)
    }
  }

  @Test func `bootstrap bounds of areas fall into the bands of scipy's`() throws {
    for item in try Vectors.cases("bootstrap", kind: "paired-auc-difference-percentile") {
      let input = try item.part("input")
      let isPositive = try Vectors.numbers(input["y"]).map { $0 == 1 }
      let (one, other) = (try Vectors.numbers(input["s1"]), try Vectors.numbers(input["s2"]))
      let bootstrap = try #require(PairedBootstrap(rows: one.count, draws: 1000))
      func difference(_ weights: [Int]) -> Double {
        weightedArea(one, isPositive, weights) - weightedArea(other, isPositive, weights)
      }
      let value = difference([Int](repeating: 1, count: one.count))
      #expect(try agree(value, Vectors.number(item.part("expected")["observed"]), relative: 1e-9))
      let resamples = bootstrap.resamples(difference)
      let comparison = try #require(
        bootstrap.comparison(of: value, resamples: resamples, at: level(0.025)))
      try expectInside(comparison, item)
    }
  }

  private func proportion(_ successes: Double, _ rows: Double) throws -> Proportion {
    try #require(Proportion(successes: successes, rows: rows))
  }

  private func expectInside(_ comparison: Comparison, _ item: [String: Any]) throws {
    let band = try item.part("expected").part("percentile")
    let (low, high) = (try Vectors.numbers(band["low"]), try Vectors.numbers(band["high"]))
    #expect(comparison.low >= low[0] && comparison.low <= high[0])
    #expect(comparison.high >= low[1] && comparison.high <= high[1])
  }

  private func weightedArea(_ scores: [Double], _ isPositive: [Bool], _ weights: [Int]) -> Double {
    var (wins, pairs) = (0.0, 0.0)
    for i in scores.indices where isPositive[i] && weights[i] > 0 {
      for j in scores.indices where !isPositive[j] && weights[j] > 0 {
        let weight = Double(weights[i] * weights[j])
        pairs += weight
        wins += scores[i] > scores[j] ? weight : (scores[i] == scores[j] ? weight / 2 : 0)
      }
    }
    return wins / pairs
  }
}
