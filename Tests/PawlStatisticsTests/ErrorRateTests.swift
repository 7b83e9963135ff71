import Testing

@testable import PawlStatistics

/// A candidate exactly at the margin must not pass more often than the level says: exact where it can be.
@Suite struct ErrorRateTests {
  @Test func `the score test never passes a candidate at the margin too often: exact`() throws {
    var worst = 0.0
    for rows in [20, 50, 100, 200, 500, 1000, 2000] {
      for disagreement in [0.005, 0.01, 0.02, 0.05, 0.1, 0.2] {
        for margin in [0.005, 0.01, 0.02] where margin <= disagreement {
          let power = try #require(Power(rows: rows, disagreement: disagreement))
          let falsePass = power.chanceOfPass(margin: margin, difference: -margin)
          #expect(falsePass <= 0.05, "\(rows) \(disagreement) \(margin) \(falsePass)")
          worst = max(worst, falsePass)
        }
      }
    }
    // Valid and not idle: the worst cell comes near the level.
    #expect(worst > 0.045)
  }

  /// statistics.md §1: the worst ratio of false pass to level, by level.
  @Test(arguments: [0.1, 0.05, 0.01, 0.001, 1e-5, 1.1641532182693481e-11])
  func `the score test holds at the levels of a ledger: exact`(alpha: Double) throws {
    for rows in [20, 100, 500] {
      for margin in [0.005, 0.02, 0.05] {
        for disagreement in [margin, 2 * margin, 0.1, 0.4] where disagreement >= margin {
          let power = try #require(Power(rows: rows, disagreement: disagreement, level: level(alpha)))
          #expect(power.chanceOfPass(margin: margin, difference: -margin) <= alpha)
        }
      }
    }
  }

  @Test func `the exact chances agree with a plain double sum`() throws {
    for (rows, disagreement, difference, margin) in [
      (30, 0.2, 0.0, 0.2), (40, 0.1, -0.05, 0.1), (25, 0.5, 0.1, 0.05),
    ] {
      let power = try #require(Power(rows: rows, disagreement: disagreement))
      let wins = (disagreement + difference) / 2
      let losses = (disagreement - difference) / 2
      var (pass, fail) = (0.0, 0.0)
      for b in 0...rows {
        for c in 0...(rows - b) {
          let n = Double(rows)
          let mass =
            Binomial.pmf(Double(b), n: n, p: wins)
            * Binomial.pmf(Double(c), n: n - Double(b), p: losses / (1 - wins))
          let tango = try #require(Tango(rows: rows, candidateOnlyRight: b, baselineOnlyRight: c))
          switch tango.comparison().decision(atLeast: -margin) {
          case .pass: pass += mass
          case .fail: fail += mass
          case .inconclusive: break
          }
        }
      }
      #expect(agree(power.chanceOfPass(margin: margin, difference: difference), pass, relative: 1e-9, absolute: 1e-11))
      #expect(agree(power.chanceOfFail(margin: margin, difference: difference), fail, relative: 1e-9, absolute: 1e-11))
    }
  }

  @Test func `phantom rows never pass a rare full loss at the margin too often: exact`() throws {
    for rows in [5, 20, 60, 200, 1000] {
      for margin in [0.005, 0.02, 0.05, 0.1, 0.3] {
        for alpha in [0.1, 0.05, 0.01, 1e-5] {
          var falsePass = 0.0
          for losses in 0...rows {
            // Losses are −1 or 0: the moments in closed form.
            let share = Double(losses) / Double(rows)
            let moments = Moments(
              count: rows, mean: -share, squares: Double(rows) * share * (1 - share),
              smallest: losses > 0 ? -1 : 0, largest: losses < rows ? 0 : -1)
            let phantom = try #require(Phantom(advantages: moments, bound: 1))
            // Fewer losses pass more easily.
            guard phantom.lower(at: level(alpha)) >= -margin else { break }
            falsePass += Binomial.pmf(Double(losses), n: Double(rows), p: margin)
          }
          #expect(falsePass <= alpha, "\(rows) \(margin) \(alpha) \(falsePass)")
        }
      }
    }
  }

  @Test func `phantom rows at the worst seen hold on skewed losses from the floor on`() throws {
    // Two rows in a hundred fail badly, and Student's t passes them in 8 to 14 %.
    let draws = 2000
    for (share, size) in [(0.02, 1.0), (0.01, 1.0)] {
      var chance = Chance(seed: 11)
      var (passes, studentPasses) = (0, 0)
      for _ in 0..<draws {
        var moments = Moments()
        for _ in 0..<500 { moments.add(0.05 * chance.normal() - (chance.unit() < share ? size : 0)) }
        let comparison = try #require(Phantom(advantages: moments)).comparison()
        if comparison.decision(atLeast: -share * size) == .pass { passes += 1 }
        let student = moments.mean - Level.usual.t(499) * (moments.variance / 500).squareRoot()
        if student >= -share * size { studentPasses += 1 }
      }
      #expect(Double(passes) / Double(draws) <= ceiling(0.053, draws: draws))
      #expect(studentPasses > passes)
    }
  }

  @Test func `bounds by betting hold on rare full losses and are wider on average than phantom rows`() throws {
    let draws = 500
    var chance = Chance(seed: 16)
    var (passes, excess) = (0, 0.0)
    for _ in 0..<draws {
      let rows = (0..<200).map { _ in chance.unit() < 0.02 ? -1.0 : 0 }
      let betting = try #require(Betting(advantages: rows, bound: 1)).comparison()
      if betting.decision(atLeast: -0.02) == .pass { passes += 1 }
      excess += betting.low - (try #require(Phantom(advantages: Moments(rows), bound: 1))).lower()
    }
    #expect(Double(passes) / Double(draws) <= ceiling(0.05, draws: draws), "\(passes) of \(draws)")
    #expect(excess < 0)
  }

  @Test func `one model's mean loss holds its limit`() throws {
    let draws = 2000
    var chance = Chance(seed: 12)
    var passes = 0
    for _ in 0..<draws {
      var moments = Moments()
      // Brier losses of a model that is sure and wrong on 5 % of rows.
      for _ in 0..<200 { moments.add(chance.unit() < 0.05 ? 0.9 : 0.02) }
      let comparison = try #require(Phantom(values: moments, lowest: 0, highest: 1)).comparison()
      if comparison.decision(atMost: 0.05 * 0.9 + 0.95 * 0.02) == .pass { passes += 1 }
    }
    #expect(Double(passes) / Double(draws) <= ceiling(0.05, draws: draws))
  }

  @Test(arguments: [(0.9, 20, 200, 0.03), (0.97, 50, 200, 0.03), (0.7, 50, 100, 0.1)])
  func `paired areas hold at the margin`(area: Double, positives: Int, negatives: Int, margin: Double) throws {
    let draws = 1000
    var chance = Chance(seed: 13)
    var (passes, plainPasses) = (0, 0)
    let isPositive = (0..<(positives + negatives)).map { $0 < positives }
    let shiftCandidate = Normal.quantile(area - margin) * 2.0.squareRoot()
    let shiftBaseline = Normal.quantile(area) * 2.0.squareRoot()
    for _ in 0..<draws {
      var (candidate, baseline): ([Double], [Double]) = ([], [])
      for row in isPositive.indices {
        let common = 0.8.squareRoot() * chance.normal()
        candidate.append(common + 0.2.squareRoot() * chance.normal() + (isPositive[row] ? shiftCandidate : 0))
        baseline.append(common + 0.2.squareRoot() * chance.normal() + (isPositive[row] ? shiftBaseline : 0))
      }
      let one = try #require(RankedScores(scores: candidate, isPositive: isPositive))
      let other = try #require(RankedScores(scores: baseline, isPositive: isPositive))
      let pair = try #require(RankedPair(candidate: one, baseline: other))
      if pair.comparison().decision(atLeast: -margin) == .pass { passes += 1 }
      if pair.delong().decision(atLeast: -margin) == .pass { plainPasses += 1 }
    }
    #expect(Double(passes) / Double(draws) <= ceiling(0.05, draws: draws), "\(passes) of \(draws)")
    #expect(plainPasses >= passes)
  }

  @Test(arguments: [(0.7, 20, 20), (0.9, 50, 200)])
  func `one area holds its limit`(area: Double, positives: Int, negatives: Int) throws {
    let draws = 1500
    var chance = Chance(seed: 14)
    var passes = 0
    let isPositive = (0..<(positives + negatives)).map { $0 < positives }
    let shift = Normal.quantile(area) * 2.0.squareRoot()
    for _ in 0..<draws {
      let scores = isPositive.map { chance.normal() + ($0 ? shift : 0) }
      let ranked = try #require(RankedScores(scores: scores, isPositive: isPositive))
      if ranked.comparison().decision(atLeast: area) == .pass { passes += 1 }
    }
    #expect(Double(passes) / Double(draws) <= ceiling(0.05, draws: draws), "\(passes) of \(draws)")
  }

  @Test func `the mean of recalls holds at the margin`() throws {
    let draws = 1500
    var chance = Chance(seed: 15)
    var passes = 0
    for _ in 0..<draws {
      var parts: [Comparison] = []
      for rows in [60, 150, 300] {
        var (wins, losses) = (0, 0)
        for _ in 0..<rows {
          let u = chance.unit()
          if u < 0.02 { wins += 1 } else if u < 0.08 { losses += 1 }
        }
        parts.append(
          try #require(Tango(rows: rows, candidateOnlyRight: wins, baselineOnlyRight: losses)).comparison())
      }
      if try #require(Mover.mean(of: parts)).decision(atLeast: -0.04) == .pass { passes += 1 }
    }
    #expect(Double(passes) / Double(draws) <= ceiling(0.05, draws: draws), "\(passes) of \(draws)")
  }

  @Test func `bounds of one proportion and of two unpaired ones hold: exact`() throws {
    for rows in [5, 20, 100] {
      for truth in [0.05, 0.5, 0.881, 0.97] {
        var (low, high) = (0.0, 0.0)
        for right in 0...rows {
          let proportion = try #require(Proportion(successes: Double(right), rows: Double(rows)))
          let mass = Binomial.pmf(Double(right), n: Double(rows), p: truth)
          if proportion.lower() >= truth { low += mass }
          if proportion.upper() <= truth { high += mass }
        }
        #expect(low <= 0.05 && high <= 0.05)
      }
    }
    // Newcombe's score bounds are near the level, not below it everywhere.
    for (n, m, p, q) in [(50, 50, 0.8, 0.85), (100, 60, 0.9, 0.95), (200, 200, 0.5, 0.55)] {
      var pass = 0.0
      for a in 0...n {
        for b in 0...m {
          let mass = Binomial.pmf(Double(a), n: Double(n), p: p) * Binomial.pmf(Double(b), n: Double(m), p: q)
          guard mass > 1e-9 else { continue }
          let newcombe = Newcombe(
            candidate: try #require(Proportion(successes: Double(a), rows: Double(n))),
            baseline: try #require(Proportion(successes: Double(b), rows: Double(m))))
          if newcombe.bounds(z: 1.6448536269514722).low >= p - q { pass += mass }
        }
      }
      #expect(pass <= 0.06, "\(n) \(m) \(p) \(q) \(pass)")
    }
  }
}
