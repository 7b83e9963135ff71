import PawlStatistics
import Testing

/// Draws and orders that carry a bootstrap: the distribution they claim, on any number of threads.
@Suite struct HostileDrawsTests {
  @Test(arguments: [(1, 0.5), (7, 0.2), (40, 0.9), (100, 0.05), (25, 0.4), (400, 0.5), (5_000, 0.003), (90_000, 0.37)])
  func `binomial draws follow the binomial distribution`(trials: Int, share: Double) {
    var chance = SplitMix64(seed: 11)
    let draws = 40_000
    var counts: [Int: Int] = [:]
    for _ in 0..<draws { counts[chance.binomial(trials, share), default: 0] += 1 }
    #expect(counts.keys.allSatisfy { (0...trials).contains($0) })
    // Pearson's chi-square over the counts that five draws or more are expected to show.
    var (statistic, cells, expectedRest, seenRest) = (0.0, 0.0, Double(draws), Double(draws))
    for k in 0...trials {
      let expected = Double(draws) * Binomial.pmf(Double(k), n: Double(trials), p: share)
      guard expected >= 5 else { continue }
      let seen = Double(counts[k] ?? 0)
      statistic += (seen - expected) * (seen - expected) / expected
      cells += 1
      expectedRest -= expected
      seenRest -= seen
    }
    // Four deviations of chi-square: 1 in 30,000, and the seed is fixed.
    #expect(statistic < cells + 4 * (2 * cells).squareRoot(), "\(statistic) on \(cells) cells")
    #expect(abs(seenRest - expectedRest) < 5 * max(1, expectedRest).squareRoot() + 5)
  }

  @Test func `binomial draws at the edges are certain`() {
    var chance = SplitMix64(seed: 3)
    #expect(chance.binomial(0, 0.5) == 0)
    #expect(chance.binomial(-4, 0.5) == 0)
    #expect(chance.binomial(9, 0) == 0)
    #expect(chance.binomial(9, 1) == 9)
    #expect(chance.binomial(9, .nan) == 0)
    #expect((0..<100).allSatisfy { _ in chance.binomial(1_000_000, Double.leastNonzeroMagnitude) == 0 })
    #expect((0..<100).allSatisfy { _ in (0...1).contains(chance.binomial(1_000_000_000, 1e-14)) })
  }

  @Test func `scores are ordered as a stable sort orders them`() throws {
    var dice = Dice(5)
    func column(_ number: (Int) -> Double) -> [Double] { (0..<3_000).map(number) }
    var columns: [[Double]] = [
      [], [1], [0.5, 0.5], [-0.0, 0, -0.0],
      [.infinity, -.infinity, 0, Double.leastNonzeroMagnitude, -Double.leastNonzeroMagnitude, 1e308, -1e308],
    ]
    columns.append(column { _ in dice.unit() })
    columns.append(column { _ in Double(dice.below(7)) })
    columns.append(column { -1 / Double($0 + 1) })
    // Many numbers that differ in their last bits only, beside two far away.
    let near = (0.5).bitPattern
    columns.append(column { Double(bitPattern: near + UInt64($0 % 2)) } + [1e300])
    columns.append(column { _ in Double(bitPattern: near + UInt64(dice.below(40))) } + [1e300, -1e300])
    let any = column { _ in Double(bitPattern: dice.next()) }
    columns.append(any.map { $0.isNaN ? 0 : $0 })
    for column in columns {
      let order = try #require(ScoreOrder(column))
      let wanted = column.indices.sorted { column[$0] < column[$1] || (column[$0] == column[$1] && $0 < $1) }
      #expect(order.rows.map { Int($0) } == wanted)
      let starts = wanted.indices.map { $0 == 0 || column[wanted[$0]] != column[wanted[$0 - 1]] }
      #expect(order.starts == starts)
      #expect(order.isStrict == starts.allSatisfy { $0 })
    }
    #expect(ScoreOrder([0, .nan, 1]) == nil)
  }

  @Test func `resampled areas are the same on one thread and on several`() throws {
    let (a, b, isPositive) = scored(rows: 9_000)
    let (candidate, baseline) = (try #require(ScoreOrder(a)), try #require(ScoreOrder(b)))
    let areas = try #require(AreaResamples(candidate: candidate, baseline: baseline, isPositive: isPositive))
    let one = areas.values(draws: 150, seed: 9, threads: 1)
    #expect(one.count == 150)
    #expect(Set(one).count > 140)
    for threads in [2, 3, 8] { #expect(areas.values(draws: 150, seed: 9, threads: threads) == one) }
    #expect(areas.values(draws: 150, seed: 10, threads: 1) != one)
    #expect(areas.values(draws: 0, seed: 9).isEmpty)
  }

  @Test func `resampled areas have the spread that counting every pair has`() throws {
    let (a, b, isPositive) = scored(rows: 700)
    let (candidate, baseline) = (try #require(ScoreOrder(a)), try #require(ScoreOrder(b)))
    let areas = try #require(AreaResamples(candidate: candidate, baseline: baseline, isPositive: isPositive))
    let quick = areas.values(draws: 4_000, seed: 1)
    // The same with weights a row, as every other metric is drawn.
    let plain = try #require(PairedBootstrap(rows: 700, strata: isPositive.map { $0 ? 1 : 0 }, draws: 1_000, seed: 2))
    let slow = plain.resamples { area(a, isPositive, $0) - area(b, isPositive, $0) }
    func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
      let mean = values.reduce(0, +) / Double(values.count)
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
      return (mean, square.squareRoot())
    }
    let (x, y) = (moments(quick), moments(slow))
    let error = y.deviation * (1.0 / 1_000 + 1.0 / 4_000).squareRoot()
    #expect(abs(x.mean - y.mean) < 4 * error)
    #expect(abs(x.deviation / y.deviation - 1) < 0.1)
    let once = [Int](repeating: 1, count: 700)
    let measured = area(a, isPositive, once) - area(b, isPositive, once)
    #expect(abs(x.mean - measured) < 5 * x.deviation / (4_000.0).squareRoot())
  }

  @Test func `ties, identical models and perfect models have the areas they must`() throws {
    let isPositive = (0..<500).map { $0 % 3 == 0 }
    let flat = try #require(ScoreOrder([Double](repeating: 0.5, count: 500)))
    let perfect = try #require(ScoreOrder(isPositive.map { $0 ? 1 : 0 }))
    let half = try #require(AreaResamples(candidate: flat, isPositive: isPositive)).values(draws: 30, seed: 1)
    #expect(half.allSatisfy { $0 == 0.5 })
    let whole = try #require(AreaResamples(candidate: perfect, isPositive: isPositive)).values(draws: 30, seed: 1)
    #expect(whole.allSatisfy { $0 == 1 })
    let (a, _, classes) = scored(rows: 500)
    let order = try #require(ScoreOrder(a))
    let none = try #require(AreaResamples(candidate: order, baseline: order, isPositive: classes))
    #expect(none.values(draws: 30, seed: 1).allSatisfy { $0 == 0 })
    #expect(AreaResamples(candidate: flat, isPositive: [Bool](repeating: true, count: 500)) == nil)
    #expect(AreaResamples(candidate: flat, baseline: order, isPositive: [true, false]) == nil)
  }

  @Test func `parts of work come back in order whatever the threads`() {
    for (parts, threads) in [(0, 4), (1, 4), (100, 1), (100, 4), (3, 16)] {
      #expect(Lanes.map(parts, threads: threads) { $0 * $0 } == (0..<parts).map { $0 * $0 })
    }
  }

  /// Two correlated scores, with ties, and the class of each row.
  private func scored(rows: Int) -> ([Double], [Double], [Bool]) {
    var dice = Dice(21)
    var (a, b, isPositive): ([Double], [Double], [Bool]) = ([], [], [])
    for row in 0..<rows {
      let truth = row % 3 == 0
      let common = dice.unit() + (truth ? 0.3 : 0)
      a.append(((common + 0.5 * dice.unit()) * 50).rounded() / 100)
      b.append(common + 0.6 * dice.unit())
      isPositive.append(truth)
    }
    return (a, b, isPositive)
  }

  private func area(_ scores: [Double], _ isPositive: [Bool], _ weights: [Int]) -> Double {
    var (sum, pairs) = (0.0, 0.0)
    for i in scores.indices where isPositive[i] && weights[i] > 0 {
      for j in scores.indices where !isPositive[j] && weights[j] > 0 {
        let weight = Double(weights[i] * weights[j])
        pairs += weight
        sum += weight * (scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0)
      }
    }
    return sum / pairs
  }
}
