import Testing

@testable import PawlStatistics

/// Error rates of the methods for seeds, for resampling and for history.
@Suite struct SeedErrorRateTests {
  @Test(arguments: [2, 3, 5])
  func `paired and unpaired seeds hold at the margin`(seeds: Int) throws {
    let draws = 3000
    var chance = Chance(seed: 21)
    var (paired, unpaired) = (0, 0)
    for _ in 0..<draws {
      let candidate = (0..<seeds).map { _ in -0.5 + chance.normal() }
      let baseline = (0..<seeds).map { _ in chance.normal() }
      let test = try #require(PairedT(differences: zip(candidate, baseline).map { $0 - $1 }))
      if test.comparison().decision(atLeast: -0.5) == .pass { paired += 1 }
      let welch = try #require(Welch(candidateSeeds: candidate, baselineSeeds: baseline))
      if welch.comparison().decision(atLeast: -0.5) == .pass { unpaired += 1 }
    }
    #expect(Double(paired) / Double(draws) <= ceiling(0.05, draws: draws), "\(paired)")
    #expect(Double(unpaired) / Double(draws) <= ceiling(0.05, draws: draws), "\(unpaired)")
  }

  @Test(arguments: [(3, 100, 0.0), (3, 100, 0.03), (5, 100, 0.1), (2, 100, 0.1)])
  func `two-way bounds of continuous losses hold at the margin`(seeds: Int, rows: Int, spread: Double) throws {
    let draws = 2000
    var chance = Chance(seed: 22)
    var passes = 0
    for _ in 0..<draws {
      let common = (0..<rows).map { _ in 0.3 * chance.normal() }
      let lines = (0..<seeds).map { _ in
        let seed = spread * chance.normal()
        return common.map { $0 + seed + 0.3 * chance.normal() - 0.05 }
      }
      if try #require(TwoWay(differences: lines)).comparison().decision(atLeast: -0.05) == .pass { passes += 1 }
    }
    #expect(Double(passes) / Double(draws) <= ceiling(0.05, draws: draws), "\(passes) of \(draws)")
  }

  @Test(arguments: [(50, 0.02, 0.01), (100, 0.02, 0.01)])
  func `right and wrong rows with seeds hold only with the score test`(
    rows: Int, disagreement: Double, margin: Double
  ) throws {
    let draws = 2000
    var chance = Chance(seed: 23)
    var (both, alone) = (0, 0)
    for _ in 0..<draws {
      // Seeds that agree: the same rows go wrong each time.
      let row = (0..<rows).map { _ in
        let u = chance.unit()
        return u < (disagreement - margin) / 2 ? 1.0 : (u < disagreement ? -1.0 : 0)
      }
      let twoWay = try #require(TwoWay(differences: [row, row, row])).comparison()
      if twoWay.low >= -margin { alone += 1 }
      let counts = try #require(
        Tango(
          rows: Double(rows), candidateOnlyRight: Double(row.count { $0 > 0 }),
          baselineOnlyRight: Double(row.count { $0 < 0 })))
      if twoWay.widened(by: counts.comparison()).decision(atLeast: -margin) == .pass { both += 1 }
    }
    #expect(Double(both) / Double(draws) <= ceiling(0.05, draws: draws), "\(both) of \(draws)")
    #expect(Double(alone) / Double(draws) > 0.1)
  }

  @Test func `row losses with seeds hold with phantom rows`() throws {
    let draws = 1000
    var chance = Chance(seed: 24)
    var (both, alone) = (0, 0)
    for _ in 0..<draws {
      let row = (0..<200).map { _ in 0.05 * chance.normal() - (chance.unit() < 0.01 ? 1.0 : 0) }
      let twoWay = try #require(TwoWay(differences: [row, row.map { $0 + 0.001 }]))
      let comparison = twoWay.comparison()
      if comparison.low >= -0.01 { alone += 1 }
      let phantom = try #require(Phantom(advantages: twoWay.rows, bound: 1)).comparison()
      if comparison.widened(by: phantom).decision(atLeast: -0.01) == .pass { both += 1 }
    }
    #expect(Double(both) / Double(draws) <= ceiling(0.05, draws: draws), "\(both) of \(draws)")
    #expect(alone > both)
  }

  @Test func `the bootstrap of a macro F1 with its guard holds at the margin`() throws {
    // Labels with 30 % positives; the candidate loses on positives and gains nothing.
    let (rows, draws) = (240, 300)
    let positives = rows * 3 / 10
    var chance = Chance(seed: 25)
    var passes = 0
    let strata = (0..<rows).map { $0 < positives ? 1 : 0 }
    let truth = try truthOfF1Difference()
    for draw in 0..<draws {
      var cells = [Int](repeating: 0, count: rows)
      for row in 0..<rows {
        let positive = row < positives
        // Baseline right 85 %, candidate right 80 %, apart from each other.
        let baselineRight = chance.unit() < 0.85
        let candidateRight = chance.unit() < 0.80
        cells[row] = (positive ? 4 : 0) + (baselineRight ? 2 : 0) + (candidateRight ? 1 : 0)
      }
      let differing = cells.count { $0 & 3 == 1 || $0 & 3 == 2 }
      let bootstrap = try #require(PairedBootstrap(rows: rows, strata: strata, draws: 400, seed: UInt64(draw)))
      let resamples = bootstrap.resamples { f1Difference(weights: $0, cells: cells) }
      let comparison = try #require(
        bootstrap.comparison(
          of: f1Difference(weights: [Int](repeating: 1, count: rows), cells: cells), resamples: resamples,
          needs: PairedBootstrap.needs(differing: differing, rarest: positives)))
      if comparison.decision(atLeast: truth) == .pass { passes += 1 }
    }
    // statistics.md §1: the guarded percentile bootstrap reaches 7.2 % in its worst cell.
    #expect(Double(passes) / Double(draws) <= ceiling(0.06, draws: draws), "\(passes) of \(draws)")
    #expect(passes > 0)
  }

  /// The F1 difference of the population: expected counts.
  private func truthOfF1Difference() throws -> Double {
    func f1(_ right: Double) -> Double {
      let (hits, missed, false_) = (0.3 * right, 0.3 * (1 - right), 0.7 * (1 - right))
      return 2 * hits / (2 * hits + missed + false_)
    }
    return f1(0.80) - f1(0.85)
  }

  private func f1Difference(weights: [Int], cells: [Int]) -> Double {
    var counts = (0, 0, 0, 0, 0, 0, 0, 0)
    weights.withUnsafeBufferPointer { weights in
      cells.withUnsafeBufferPointer { cells in
        withUnsafeMutableBytes(of: &counts) { raw in
          let counts = raw.bindMemory(to: Int.self)
          var row = 0
          while row < cells.count {
            counts[cells[row]] &+= weights[row]
            row &+= 1
          }
        }
      }
    }
    let candidate = (hits: counts.5 + counts.7, missed: counts.4 + counts.6, wrong: counts.0 + counts.2)
    let baseline = (hits: counts.6 + counts.7, missed: counts.4 + counts.5, wrong: counts.0 + counts.1)
    func f1(_ side: (hits: Int, missed: Int, wrong: Int)) -> Double {
      let total = 2 * side.hits + side.missed + side.wrong
      return total > 0 ? 2 * Double(side.hits) / Double(total) : 0
    }
    return f1(candidate) - f1(baseline)
  }

  @Test(arguments: [5, 19, 60])
  func `history raises a false alarm in one run of twenty`(runs: Int) throws {
    let draws = 2000
    var chance = Chance(seed: 26)
    var (alarms, skewedAlarms) = (0, 0)
    for _ in 0..<draws {
      let values = (0..<runs).map { _ in chance.normal() }
      if chance.normal() < (try #require(History(values))).limits().low { alarms += 1 }
      let skewed = values.map { -$0 * $0 }
      let next = chance.normal()
      if -next * next < (try #require(History(skewed))).limits().low { skewedAlarms += 1 }
    }
    #expect(Double(alarms) / Double(draws) <= ceiling(0.05, draws: draws))
    // The rank limit does not depend on the shape; Student's does, as statistics.md §6 says.
    #expect(Double(skewedAlarms) / Double(draws) <= ceiling(runs >= 19 ? 0.05 : 0.14, draws: draws))
  }
}
