import Foundation
import PawlCore
import PawlGate

@testable import PawlStatistics

/// Metrics that are no mean of rows, by the bootstrap, through the gate.
enum ResamplingCells {
  // MARK: Labels

  static func labels() throws -> [Cell] {
    var cells: [Cell] = []
    for (rows, positives, disagreement) in Scale.only(
      [
        (1_000, 0.3, 0.1), (200, 0.3, 0.1), (200, 0.3, 0.3), (1_000, 0.05, 0.1), (1_000, 0.3, 0.05), (1_000, 0.3, 0.2),
        (10_000, 0.3, 0.05), (10_000, 0.02, 0.05),
      ], reduced: 1)
    {
      cells += try labels(rows, positives, disagreement)
    }
    return cells
  }

  /// Chances of a row by label, right of the candidate, right of the baseline: index 4 · label + 2 · A + B.
  private static func shares(_ positives: Double, _ disagreement: Double, _ loss: Double) -> [Double] {
    let (wins, losses) = ((disagreement - loss) / 2, (disagreement + loss) / 2)
    let right = 0.85 - losses
    let own = [1 - right - wins - losses, losses, wins, right]
    return own.map { $0 * (1 - positives) } + own.map { $0 * positives }
  }

  private static func f1(_ shares: [Double], _ bit: Int) -> (f1: Double, mcc: Double) {
    var (hits, missed, wrong, right) = (0.0, 0.0, 0.0, 0.0)
    for (index, share) in shares.enumerated() {
      switch (index >= 4, index & bit != 0) {
      case (true, true): hits += share
      case (true, false): missed += share
      case (false, false): wrong += share
      case (false, true): right += share
      }
    }
    let root = ((hits + wrong) * (hits + missed) * (right + wrong) * (right + missed)).squareRoot()
    return (2 * hits / (2 * hits + missed + wrong), (hits * right - wrong * missed) / root)
  }

  private static func labels(_ rows: Int, _ positives: Double, _ disagreement: Double) throws -> [Cell] {
    let draws = Scale.draws(rows > 1_000 ? 300 : 1_000, reduced: 8)
    let (truth, same) = (shares(positives, disagreement, 0.03), shares(positives, disagreement, 0))
    let (candidate, baseline) = (f1(truth, 2), f1(truth, 1))
    let limits = [baseline.f1 - candidate.f1, baseline.mcc - candidate.mcc]
    let rules = zip(["f1", "mcc"], limits).map { Judging.mayLose($0, $1) }
    let sheet = Sheet(rows: rows)
    func tallies(_ shares: [Double], _ draws: Int, _ name: String) throws -> [Tally] {
      var dice = Dice("labels \(rows) \(positives) \(disagreement) \(name)")
      var sums: [Double] = []
      for share in shares { sums.append((sums.last ?? 0) + share) }
      var tallies = [Tally(), Tally()]
      for _ in 0..<draws {
        let cells = (0..<rows).map { _ -> Int in
          let u = dice.unit()
          return min(7, sums.firstIndex { u < $0 } ?? 7)
        }
        func side(_ bit: Int) throws -> RowTable {
          try sheet.table { row in
            let label = cells[row] / 4
            return (label, cells[row] & bit != 0 ? label : 1 - label)
          }
        }
        let judgements = Judging.judged(rules, Judging.exhibit(try side(2), try side(1)))
        for (index, judgement) in judgements.enumerated() { try tallies[index].add(judgement) }
      }
      return tallies
    }
    let (atMargin, equal) = (try tallies(truth, draws, "margin"), try tallies(same, draws / 2, "equal"))
    return ["f1", "mcc"].enumerated().map { index, name in
      Cell(
        name, "\(percent(positives, 0)) % positives", rows: rows, disagreement: disagreement, margin: limits[index],
        atMargin: atMargin[index], equal: equal[index], claim: .near)
    }
  }

  // MARK: Numbers

  private enum Shape: String {
    case normal = "normal errors"
    case rare = "candidate fails on 2 % of rows"
    case rarest = "candidate fails on 0.6 % of rows"
    case heavy = "errors of Student's t with 4 df"
  }

  static func numbers() throws -> [Cell] {
    var cells: [Cell] = []
    for shape in Scale.only([Shape.normal, .rare, .rarest, .heavy], reduced: 1) { cells += try numbers(500, shape) }
    guard Scale.isFull else { return cells }
    for (rows, shape) in [(1_000, Shape.rarest), (1_000, .heavy), (3_000, .rarest)] {
      cells += try numbers(rows, shape)
    }
    return cells
  }

  /// Root mean squares of the errors: 1 for the baseline, 1 + margin for the candidate.
  private static func numbers(_ rows: Int, _ shape: Shape) throws -> [Cell] {
    let draws = Scale.draws(rows > 1_000 ? 200 : rows > 500 ? 500 : 1_000, reduced: 2)
    let margin = 0.1
    // The truth has a variance of 4 beside its mean: R² = 1 − error² / 4.
    let limits = [margin, ((1 + margin) * (1 + margin) - 1) / 4]
    let rules = zip(["rmse", "r2"], limits).map { Judging.mayLose($0, $1) }
    func tallies(_ loss: Double, _ draws: Int) throws -> [Tally] {
      var dice = Dice("numbers \(rows) \(shape.rawValue) \(loss)")
      var tallies = [Tally(), Tally()]
      for _ in 0..<draws {
        var (candidate, baseline): ([(label: String, value: Double)], [(label: String, value: Double)]) = ([], [])
        for _ in 0..<rows {
          let truth = 2 * dice.normal()
          let (one, other) = errors(shape, loss, &dice)
          candidate.append(("\(truth)", truth + one))
          baseline.append(("\(truth)", truth + other))
        }
        let exhibit = Judging.exhibit(
          try Sheet.numbers(.regression, candidate), try Sheet.numbers(.regression, baseline))
        for (index, judgement) in Judging.judged(rules, exhibit).enumerated() { try tallies[index].add(judgement) }
      }
      return tallies
    }
    let (atMargin, equal) = (try tallies(margin, draws), try tallies(0, draws / 4))
    return ["rmse", "r2"].enumerated().map { index, name in
      Cell(
        name, shape.rawValue, rows: rows, margin: limits[index], atMargin: atMargin[index], equal: equal[index],
        claim: shape == .normal ? .holds : .liberal)
    }
  }

  private static func errors(_ shape: Shape, _ loss: Double, _ dice: inout Dice) -> (Double, Double) {
    let common = 0.8.squareRoot() * dice.normal()
    var (one, other) = (common + 0.2.squareRoot() * dice.normal(), common + 0.2.squareRoot() * dice.normal())
    let square = (1 + loss) * (1 + loss)
    switch shape {
    case .normal: one *= 1 + loss
    case .rare, .rarest:
      let share = shape == .rare ? 0.02 : 0.006
      // Its square on the failing rows makes up for the rest.
      if dice.flag(share) { one *= ((square - (1 - share)) / share).squareRoot() }
    case .heavy:
      // One chi-square of 4 for both models; a variance of 2 scaled to 1.
      var chi = 0.0
      for _ in 0..<4 {
        let number = dice.normal()
        chi += number * number
      }
      let scale = 1 / (chi / 4).squareRoot() / 2.0.squareRoot()
      one *= scale * (1 + loss)
      other *= scale
    }
    return (one, other)
  }
}
