@testable import PawlStatistics

/// Right / wrong rows by their counts.
enum ScoreCells {
  static func cells() throws -> [Cell] {
    var cells: [Cell] = []
    for rows in Scale.isFull ? Scale.sizes : Scale.sizes + [1_000] {
      for disagreement in disagreements {
        for margin in margins where margin <= disagreement {
          cells.append(try cell(rows, disagreement, margin))
        }
      }
    }
    return cells
  }

  private static func cell(_ rows: Int, _ disagreement: Double, _ margin: Double) throws -> Cell {
    let draws = Scale.draws(20_000, reduced: 1_500)
    let tables = Tables()
    var known: [Pair: (Decision, Bool)] = [:]
    func tally(_ difference: Double) throws -> Tally {
      var dice = Dice("score \(rows) \(disagreement) \(margin) \(difference)")
      var tally = Tally()
      for _ in 0..<draws {
        let pair = dice.counts(rows, (disagreement + difference) / 2, (disagreement - difference) / 2, tables)
        let (decision, isTooFew) = try known[pair] ?? decide(rows, pair, margin)
        known[pair] = (decision, isTooFew)
        tally.add(decision, isTooFew: isTooFew)
      }
      return tally
    }
    var cell = Cell(
      "score", rows: rows, disagreement: disagreement, margin: margin, atMargin: try tally(-margin),
      equal: try tally(0))
    cell.theory = Power(rows: rows, disagreement: disagreement)?.chanceOfPass(margin: margin)
    return cell
  }

  static func decide(_ rows: Int, _ pair: Pair, _ margin: Double) throws -> (Decision, Bool) {
    guard let tango = Tango(rows: rows, candidateOnlyRight: pair.b, baselineOnlyRight: pair.c) else {
      throw Impossible()
    }
    let decision = tango.comparison().decision(atLeast: -margin)
    return (decision, decision == .inconclusive && pair.b + pair.c == 0)
  }
}

/// A draw that no method takes: the study itself is wrong.
struct Impossible: Error {}
