@testable import PawlStatistics

/// Two models' areas under the ROC curve on the same rows.
enum AreaCells {
  private static let correlation = 0.8

  static func cells() throws -> [Cell] {
    let sizes = Scale.only([(10, 40), (20, 180), (25, 25), (100, 900), (1_000, 9_000)], reduced: 2)
    var cells: [Cell] = []
    for (positives, negatives) in sizes {
      for area in [0.7, 0.9, 0.97, 0.99] { cells += try group(area, positives, negatives) }
    }
    return cells
  }

  private struct Tallies {
    var mover = Tally()
    var strict = Tally()
    var plain = Tally()
  }

  private static func group(_ area: Double, _ positives: Int, _ negatives: Int) throws -> [Cell] {
    let rows = positives + negatives
    let draws = Scale.draws(rows > 1_000 ? 1_000 : rows > 200 ? 2_000 : 4_000, reduced: 40)
    let margins = Scale.only([0.03, 0.01], reduced: 1)
    var equal = margins.map { _ in Tallies() }
    var dice = Dice("areas \(area) \(positives) \(negatives)")
    let isPositive = (0..<rows).map { $0 < positives }
    func draw(_ loss: Double) throws -> RankedPair {
      try pair(isPositive, area - loss, area, &dice)
    }
    func add(_ pair: RankedPair, _ margin: Double, _ tallies: inout Tallies) {
      tallies.mover.add(pair.comparison(), atLeast: -margin)
      tallies.strict.add(pair.comparison(strictly: true), atLeast: -margin)
      tallies.plain.add(pair.delong(), atLeast: -margin)
    }
    for _ in 0..<draws {
      let pair = try draw(0)
      for (index, margin) in margins.enumerated() { add(pair, margin, &equal[index]) }
    }
    var cells: [Cell] = []
    for (index, margin) in margins.enumerated() {
      var tallies = Tallies()
      for _ in 0..<draws { add(try draw(margin), margin, &tallies) }
      let setting = "AUC \(area), \(positives) / \(negatives)"
      for (name, atMargin, equal, claim) in [
        ("mover", tallies.mover, equal[index].mover, Cell.Claim.holds),
        ("mover-strict", tallies.strict, equal[index].strict, .holds),
        ("delong", tallies.plain, equal[index].plain, .liberal),
      ] {
        cells.append(
          Cell(name, setting, rows: rows, margin: margin, atMargin: atMargin, equal: equal, claim: claim))
      }
    }
    return cells
  }

  /// Binormal scores of both models on one test set.
  static func pair(
    _ isPositive: [Bool], _ candidateArea: Double, _ baselineArea: Double, _ dice: inout Dice
  ) throws -> RankedPair {
    let shifts = (Normal.quantile(candidateArea) * 2.0.squareRoot(), Normal.quantile(baselineArea) * 2.0.squareRoot())
    let (shared, own) = (correlation.squareRoot(), (1 - correlation).squareRoot())
    var (candidate, baseline): ([Double], [Double]) = ([], [])
    candidate.reserveCapacity(isPositive.count)
    baseline.reserveCapacity(isPositive.count)
    for positive in isPositive {
      let common = shared * dice.normal()
      candidate.append(common + own * dice.normal() + (positive ? shifts.0 : 0))
      baseline.append(common + own * dice.normal() + (positive ? shifts.1 : 0))
    }
    guard let one = RankedScores(scores: candidate, isPositive: isPositive),
      let other = RankedScores(scores: baseline, isPositive: isPositive),
      let pair = RankedPair(candidate: one, baseline: other)
    else { throw Impossible() }
    return pair
  }
}
