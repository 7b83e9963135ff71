import Foundation

@testable import PawlStatistics

/// Limits that earlier runs set for the next one.
enum HistoryCells {
  private enum Shape: String, CaseIterable {
    case normal = "normal"
    case skewed = "skewed (chi-square of 1, downwards)"
    case following = "each run follows the last by 0.5"
  }

  static func cells() throws -> [Cell] {
    var cells: [Cell] = []
    for shape in Shape.allCases {
      for runs in [5, 10, 19, 60] { cells.append(try cell(shape, runs)) }
    }
    return cells
  }

  /// False passes are runs below a limit that should hold back one of twenty: alarms of an unchanged model.
  private static func cell(_ shape: Shape, _ runs: Int) throws -> Cell {
    let draws = Scale.draws(40_000, reduced: 1_000)
    var dice = Dice("history \(shape.rawValue) \(runs)")
    var (alarms, seen) = (Tally(), Tally())
    var method = ""
    for _ in 0..<draws {
      let values = values(shape, runs + 1, &dice)
      guard let history = History(Array(values.prefix(runs))) else { throw Impossible() }
      let limits = history.limits()
      method = limits.method.rawValue
      alarms.add(values[runs] < limits.low ? .pass : .inconclusive)
      seen.add(values[runs] - 3 * deviation(shape) < limits.low ? .pass : .inconclusive)
    }
    var cell = Cell(method, shape.rawValue, rows: runs, margin: 0, atMargin: alarms, equal: seen)
    cell.falseFail = nil
    // The rank limit holds for any shape of runs that do not follow each other; Student's for normal ones.
    cell.claim = shape == .normal || (shape == .skewed && runs >= 19) ? .holds : .liberal
    return cell
  }

  private static func deviation(_ shape: Shape) -> Double {
    switch shape {
    case .normal: 1
    case .skewed: 2.0.squareRoot()
    case .following: 1 / 0.75.squareRoot()
    }
  }

  private static func values(_ shape: Shape, _ count: Int, _ dice: inout Dice) -> [Double] {
    switch shape {
    case .normal: return (0..<count).map { _ in dice.normal() }
    case .skewed:
      return (0..<count).map { _ in
        let number = dice.normal()
        return -number * number
      }
    case .following:
      var last = dice.normal() / 0.75.squareRoot()
      return (0..<count).map { _ in
        last = 0.5 * last + dice.normal()
        return last
      }
    }
  }
}
