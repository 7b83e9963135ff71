@testable import PawlStatistics

/// Several seeds on the same rows.
enum TwoWayCells {
  static func cells() throws -> [Cell] {
    var cells: [Cell] = []
    for rows in Scale.isFull ? Scale.sizes : [50] {
      for seeds in Scale.only([3, 5, 10], reduced: 2) {
        for spread in Scale.only([0.03, 0, 0.01], reduced: 2) {
          cells += try losses(seeds, rows, spread)
          for (disagreement, margin) in Scale.only([(0.02, 0.01), (0.1, 0.02), (0.05, 0.005)], reduced: 1) {
            cells += try outcomes(seeds, rows, spread, disagreement, margin)
          }
        }
      }
    }
    return cells
  }

  private static func draws(_ seeds: Int, _ rows: Int) -> Int {
    Scale.draws(seeds * rows > 30_000 ? 600 : seeds * rows > 5_000 ? 2_000 : 4_000, reduced: 60)
  }

  /// Continuous differences within ±1: a row's own part, shared by the seeds, and noise.
  private static func losses(_ seeds: Int, _ rows: Int, _ spread: Double) throws -> [Cell] {
    let margin = 0.03
    func tallies(_ loss: Double) throws -> (alone: Tally, both: Tally) {
      var dice = Dice("two-way losses \(seeds) \(rows) \(spread) \(loss)")
      var (alone, both) = (Tally(), Tally())
      var common = [Double](repeating: 0, count: rows)
      for _ in 0..<draws(seeds, rows) {
        for row in 0..<rows { common[row] = 0.6 * (dice.unit() - 0.5) - loss }
        let lines = (0..<seeds).map { _ in
          let seed = spread * dice.normal()
          return common.map { $0 + seed + 0.6 * (dice.unit() - 0.5) }
        }
        guard let test = TwoWay(differences: lines), let phantom = Phantom(advantages: test.rows, bound: 1) else {
          throw Impossible()
        }
        let comparison = test.comparison()
        alone.add(comparison, atLeast: -margin)
        both.add(comparison.widened(by: phantom.comparison()), atLeast: -margin)
      }
      return (alone, both)
    }
    let (atMargin, equal) = (try tallies(margin), try tallies(0))
    let setting = "losses, \(seeds) seeds, sd \(spread)"
    return [
      Cell("two-way", setting, rows: rows, margin: margin, atMargin: atMargin.alone, equal: equal.alone),
      Cell("two-way and phantom", setting, rows: rows, margin: margin, atMargin: atMargin.both, equal: equal.both),
    ]
  }

  /// Right / wrong rows: each row's luck is the same in every seed, so that seeds agree but for their own shift.
  private static func outcomes(
    _ seeds: Int, _ rows: Int, _ spread: Double, _ disagreement: Double, _ margin: Double
  ) throws -> [Cell] {
    func tallies(_ loss: Double) throws -> (alone: Tally, both: Tally) {
      var dice = Dice("two-way outcomes \(seeds) \(rows) \(spread) \(disagreement) \(margin) \(loss)")
      var (alone, both) = (Tally(), Tally())
      var luck = [Double](repeating: 0, count: rows)
      for _ in 0..<draws(seeds, rows) {
        for row in 0..<rows { luck[row] = dice.unit() }
        var (b, c) = (0.0, 0.0)
        let lines = (0..<seeds).map { _ -> [Double] in
          let difference = spread * dice.normal() - loss
          let differing = max(disagreement, abs(difference))
          let (wins, losses) = ((differing + difference) / 2, (differing - difference) / 2)
          return luck.map { luck in
            if luck < losses { c += 1; return -1 }
            if luck > 1 - wins { b += 1; return 1 }
            return 0
          }
        }
        let k = Double(seeds)
        guard let test = TwoWay(differences: lines),
          let counts = Tango(rows: Double(rows), candidateOnlyRight: b / k, baselineOnlyRight: c / k)
        else { throw Impossible() }
        let comparison = test.comparison()
        alone.add(comparison, atLeast: -margin)
        both.add(comparison.widened(by: counts.comparison()), atLeast: -margin)
      }
      return (alone, both)
    }
    let (atMargin, equal) = (try tallies(margin), try tallies(0))
    let setting = "right / wrong, \(seeds) seeds, sd \(spread)"
    return [
      Cell(
        "two-way", setting, rows: rows, disagreement: disagreement, margin: margin, atMargin: atMargin.alone,
        equal: equal.alone, claim: .liberal),
      Cell(
        "two-way and score", setting, rows: rows, disagreement: disagreement, margin: margin, atMargin: atMargin.both,
        equal: equal.both),
    ]
  }
}
