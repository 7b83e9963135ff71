import Foundation
import Testing

@testable import PawlStatistics

/// What a gate can see, against the tables of the design and against simulation.
struct PowerTests {
  /// Rows, disagreement, margin; the share stopped under `block` and under `point`, in percent as tabled.
  static let strictness: [(rows: Int, disagreement: Double, margin: Double, block: Double, point: Double)] = [
    (500, 0.05, 0.01, 79, 14), (2_000, 0.05, 0.01, 39, 2), (2_000, 0.10, 0.01, 61, 7),
    (10_000, 0.10, 0.005, 53, 6), (10_000, 0.05, 0.01, 0.3, 0),
  ]

  @Test(arguments: strictness)
  func `equal models are stopped as often as tabled`(
    row: (rows: Int, disagreement: Double, margin: Double, block: Double, point: Double)
  ) throws {
    let power = try #require(Power(rows: row.rows, disagreement: row.disagreement))
    let block = 100 * (1 - power.chanceOfPass(margin: row.margin))
    let point = 100 * power.chanceOfPointLoss(margin: row.margin)
    #expect(abs(block - row.block) <= (row.block < 1 ? 0.05 : 0.6), "\(block)")
    #expect(abs(point - row.point) <= 0.6, "\(point)")
    #expect(power.chanceOfFail(margin: row.margin, difference: 0) <= point / 100)
    #expect(power.chanceOfPass(margin: row.margin, difference: -row.margin) <= 0.05)
  }

  /// The published numbers are of the plain formula, (1.6449 + 0.8416)² · d / m².
  ///
  /// The half step takes half a row off the numerator, which costs 1 / m = 100 rows; the score test's variance is that
  /// at the margin and not that of equal models, which costs about 2.5 / d more.
  @Test(arguments: [(0.02, 1_237), (0.05, 3_092), (0.10, 6_183)])
  func `rows needed are the published ones and what the half step costs`(disagreement: Double, published: Int) throws {
    let needed = try #require(Power.rowsNeeded(disagreement: disagreement, margin: 0.01))
    let extra = needed - published
    #expect(extra >= 100 && Double(extra) < 100 + 2.7 / disagreement, "\(needed)")
    let enough = try #require(Power(rows: needed, disagreement: disagreement))
    #expect(abs(enough.chanceOfPass(margin: 0.01) - 0.8) < 0.01)
  }

  @Test(arguments: [
    (200, 0.05, 0.03, 0.0), (500, 0.10, 0.02, -0.02), (2_000, 0.05, 0.01, 0.0), (1_000, 0.02, 0.01, -0.03),
  ])
  func `chances of right and wrong rows are those of a simulation`(
    rows: Int, disagreement: Double, margin: Double, difference: Double
  ) throws {
    let power = try #require(Power(rows: rows, disagreement: disagreement))
    let either = max(disagreement, -difference)
    let gain = (either + difference) / 2
    var chance = Chance(seed: 7)
    let draws = 4_000
    var (passes, fails, losses) = (0, 0, 0)
    for _ in 0..<draws {
      var (b, c) = (0, 0)
      for _ in 0..<rows {
        let u = chance.unit()
        if u < gain { b += 1 } else if u < either { c += 1 }
      }
      let counts = try #require(Tango(rows: rows, candidateOnlyRight: b, baselineOnlyRight: c))
      if counts.reaches(-margin, z: Level.usual.z) { passes += 1 }
      if counts.statistic(at: -margin, step: -0.5) <= -Level.usual.z { fails += 1 }
      if Double(b - c) < -margin * Double(rows) - 1e-9 { losses += 1 }
    }
    func agrees(_ count: Int, _ exact: Double) -> Bool { abs(Double(count) / Double(draws) - exact) < 0.02 }
    #expect(agrees(passes, power.chanceOfPass(margin: margin, difference: difference)))
    #expect(agrees(fails, power.chanceOfFail(margin: margin, difference: difference)))
    #expect(agrees(losses, power.chanceOfPointLoss(margin: margin, difference: difference)))
  }

  @Test(arguments: [
    (200, 800, 0.9, 0.8, 0.02, 0.0), (150, 150, 0.8, 0.6, 0.05, 0.0), (300, 300, 0.85, 0.9, 0.02, -0.03),
  ])
  func `chances of two areas are those of a binormal simulation`(
    positives: Int, negatives: Int, area: Double, correlation: Double, margin: Double, difference: Double
  ) throws {
    let power = try #require(
      AreaPower(positives: positives, negatives: negatives, area: area, correlation: correlation))
    var chance = Chance(seed: 11)
    let isPositive = (0..<positives + negatives).map { $0 < positives }
    let apart = 2.0.squareRoot() * Normal.quantile(area)
    let worse = 2.0.squareRoot() * Normal.quantile(area + difference)
    let draws = 1_000
    var (passes, fails) = (0, 0)
    for _ in 0..<draws {
      var (candidate, baseline): ([Double], [Double]) = ([], [])
      for positive in isPositive {
        let one = chance.normal()
        let other = correlation * one + (1 - correlation * correlation).squareRoot() * chance.normal()
        candidate.append(one + (positive ? worse : 0))
        baseline.append(other + (positive ? apart : 0))
      }
      let first = try #require(RankedScores(scores: candidate, isPositive: isPositive))
      let second = try #require(RankedScores(scores: baseline, isPositive: isPositive))
      let pair = try #require(RankedPair(candidate: first, baseline: second))
      switch pair.comparison().decision(atLeast: -margin) {
      case .pass: passes += 1
      case .fail: fails += 1
      case .inconclusive: break
      }
    }
    let (pass, fail) = (Double(passes) / Double(draws), Double(fails) / Double(draws))
    let (promised, blocked) = (
      power.chanceOfPass(margin: margin, difference: difference),
      power.chanceOfFail(margin: margin, difference: difference)
    )
    // Two points, and twice the deviation of a thousand draws.
    func slack(_ p: Double) -> Double { 0.02 + 2 * (p * (1 - p) / Double(draws)).squareRoot() }
    #expect(abs(pass - promised) < slack(promised), "\(pass) \(promised)")
    #expect(abs(fail - blocked) < slack(blocked), "\(fail) \(blocked)")
  }

  @Test func `chances of a mean are those of a simulation`() throws {
    let (rows, deviation, margin) = (600, 0.4, 0.04)
    let power = try #require(MeanPower(rows: rows, deviation: deviation))
    var chance = Chance(seed: 3)
    let draws = 2_000
    var passes = 0
    for _ in 0..<draws {
      var moments = Moments()
      for _ in 0..<rows { moments.add(chance.normal() * deviation) }
      let phantom = try #require(Phantom(advantages: moments))
      if phantom.comparison().decision(atLeast: -margin) == .pass { passes += 1 }
    }
    let promised = power.chanceOfPass(margin: margin, difference: 0)
    #expect(abs(Double(passes) / Double(draws) - promised) < 0.02, "\(passes) of \(draws), \(promised)")
    #expect(try #require(MeanPower(rows: 400, deviation: 0.4)).chanceOfPass(margin: 10, difference: 0) == 0)
    let needed = try #require(MeanPower.rowsNeeded(deviation: 0.4, margin: 0.02))
    #expect(needed > 2_470 && needed < 2_800, "the normal formula gives 2,473")
  }

  @Test func `two normal numbers are below a point as often as tabled`() {
    // Φ₂(0, 0; r) = 1/4 + asin r / 2π; the others from scipy's multivariate_normal.
    #expect(abs(Binormal.cdf(0, 0, 0.5) - 1.0 / 3) < 1e-14)
    #expect(abs(Binormal.cdf(0, 0, -0.8) - (0.25 + asin(-0.8) / (2 * .pi))) < 1e-14)
    #expect(abs(Binormal.cdf(1.2815515655446004, 1.2815515655446004, 0) - 0.81) < 1e-14)
    #expect(Binormal.cdf(0.3, 1.1, 1) == Normal.cdf(0.3))
    #expect(abs(Binormal.cdf(0.3, 1.1, -1) - (Normal.cdf(0.3) + Normal.cdf(1.1) - 1)) < 1e-14)
  }

  @Test func `more rows see more, and a stricter level sees less`() throws {
    let strict = try #require(Level(alpha: 0.001))
    for margin in [0.01, 0.02, 0.05] {
      let few = try #require(AreaPower(positives: 100, negatives: 400, area: 0.9, correlation: 0.8))
      let many = try #require(AreaPower(positives: 400, negatives: 1_600, area: 0.9, correlation: 0.8))
      let sure = try #require(
        AreaPower(positives: 400, negatives: 1_600, area: 0.9, correlation: 0.8, level: strict))
      let chances = [few, many, sure].map { $0.chanceOfPass(margin: margin, difference: 0) }
      #expect(chances[0] <= chances[1] && chances[2] <= chances[1])
      let needed = try #require(few.rowsNeeded(margin: margin))
      #expect(try #require(sure.rowsNeeded(margin: margin)) > needed)
    }
    #expect(AreaPower(positives: 1, negatives: 400, area: 0.9, correlation: 0.8) == nil)
    #expect(AreaPower(positives: 10, negatives: 400, area: 1, correlation: 0.8) == nil)
    #expect(MeanPower(rows: 100, deviation: 0) == nil)
    #expect(MeanPower(rows: 100, deviation: .nan) == nil)
  }

  @Test func `the smallest loss seen and the margin decided are where the chance is 80 percent`() throws {
    let power = try #require(AreaPower(positives: 300, negatives: 300, area: 0.85, correlation: 0.7))
    let decided = try #require(power.marginDecided())
    #expect(abs(power.chanceOfPass(margin: decided, difference: 0) - 0.8) < 0.01)
    let seen = try #require(power.smallestLossSeen(margin: 0.02))
    #expect(seen > 0.02 && abs(power.chanceOfFail(margin: 0.02, difference: -seen) - 0.8) < 0.01)
  }
}
