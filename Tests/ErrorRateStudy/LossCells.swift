import Foundation

@testable import PawlStatistics

/// Means of row losses whose difference is skewed.
enum LossCells {
  static func cells() throws -> [Cell] {
    var cells: [Cell] = []
    for rows in Scale.sizes {
      for disagreement in disagreements {
        for margin in margins where margin <= disagreement {
          cells += try rareLosses(rows, disagreement, margin)
        }
      }
      for deviation in [1.0, 1.5, 2.0] { cells += try lognormal(rows, deviation) }
      if rows <= 1_000 { cells.append(try betting(rows)) }
    }
    return cells
  }

  private static let gain = 0.1

  /// Of the rows that differ most gain 0.1 and some lose 1; only their counts matter.
  private static func rareLosses(_ rows: Int, _ disagreement: Double, _ margin: Double) throws -> [Cell] {
    let draws = Scale.draws(10_000, reduced: 500)
    let tables = Tables()
    var known: [Pair: (Comparison, Comparison)] = [:]
    func tally(_ loss: Double) throws -> (Tally, Tally) {
      // d · (gain · (1 − p) − p) = −loss
      let share = (gain + loss / disagreement) / (1 + gain)
      var dice = Dice("losses \(rows) \(disagreement) \(margin) \(loss)")
      var (bounded, unbounded) = (Tally(), Tally())
      for _ in 0..<draws {
        let pair = dice.counts(rows, disagreement * (1 - share), disagreement * share, tables)
        let both = try known[pair] ?? comparisons(rows, pair)
        known[pair] = both
        bounded.add(both.0, atLeast: -margin)
        unbounded.add(both.1, atLeast: -margin)
      }
      return (bounded, unbounded)
    }
    let (atMargin, equal) = (try tally(margin), try tally(0))
    return [
      Cell(
        "phantom, bounded", "gain 0.1 or lose 1", rows: rows, disagreement: disagreement, margin: margin,
        atMargin: atMargin.0, equal: equal.0),
      Cell(
        "phantom, unbounded", "gain 0.1 or lose 1", rows: rows, disagreement: disagreement, margin: margin,
        atMargin: atMargin.1, equal: equal.1),
    ]
  }

  private static func comparisons(_ rows: Int, _ pair: Pair) throws -> (Comparison, Comparison) {
    let (n, wins, losses) = (Double(rows), Double(pair.b), Double(pair.c))
    let mean = (gain * wins - losses) / n
    let squares = gain * gain * wins + losses - n * mean * mean
    let isAll = pair.b + pair.c == rows
    let moments = Moments(
      count: rows, mean: mean, squares: max(0, squares), smallest: pair.c > 0 ? -1 : (isAll ? gain : 0),
      largest: pair.b > 0 ? gain : (isAll ? -1 : 0))
    guard let bounded = Phantom(advantages: moments, bound: 1), let unbounded = Phantom(advantages: moments) else {
      throw Impossible()
    }
    return (bounded.comparison(), unbounded.comparison())
  }

  /// A lognormal loss, with the margin at two standard errors.
  private static func lognormal(_ rows: Int, _ shape: Double) throws -> [Cell] {
    let draws = rows > 1_000 ? Scale.draws(2_000, reduced: 0) : Scale.draws(10_000, reduced: 200)
    let mean = exp(shape * shape / 2)
    let deviation = mean * (exp(shape * shape) - 1).squareRoot()
    let margin = 2 * deviation / Double(rows).squareRoot()
    func tally(_ loss: Double) throws -> Tally {
      var dice = Dice("lognormal \(rows) \(shape) \(loss)")
      var tally = Tally()
      for _ in 0..<draws {
        var moments = Moments()
        for _ in 0..<rows { moments.add(mean - exp(shape * dice.normal()) - loss) }
        guard let phantom = Phantom(advantages: moments) else { throw Impossible() }
        tally.add(phantom.comparison(), atLeast: -margin)
      }
      return tally
    }
    return [
      Cell(
        "phantom, unbounded", "lognormal loss, sigma \(shape)", rows: rows, margin: margin, atMargin: try tally(margin),
        equal: try tally(0),
        claim: shape < 2 ? .holds : .liberal)
    ]
  }

  /// A rare full loss, one row in twenty differing.
  private static func betting(_ rows: Int) throws -> Cell {
    let draws = Scale.draws(2_000, reduced: 40)
    func tally(_ loss: Double) throws -> Tally {
      var dice = Dice("betting \(rows) \(loss)")
      var tally = Tally()
      for _ in 0..<draws {
        let advantages = (0..<rows).map { _ in
          let u = dice.unit()
          return u < 0.025 + loss / 2 ? -1.0 : (u < 0.05 ? 1.0 : 0)
        }
        guard let betting = Betting(advantages: advantages, bound: 1) else { throw Impossible() }
        tally.add(betting.comparison(), atLeast: -0.02)
      }
      return tally
    }
    return Cell(
      "betting", "gain or lose 1", rows: rows, disagreement: 0.05, margin: 0.02, atMargin: try tally(0.02),
      equal: try tally(0))
  }
}
