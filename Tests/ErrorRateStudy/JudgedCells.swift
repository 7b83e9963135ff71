import Foundation
import PawlCore
import PawlGate

@testable import PawlStatistics

/// Whole gates on tables of rows: the wiring has the error rates of the methods.
enum JudgedCells {
  static func cells() throws -> [Cell] {
    var cells: [Cell] = []
    for (rows, disagreement, margin) in Scale.only(
      [
        (200, 0.1, 0.02), (50, 0.05, 0.02), (200, 0.01, 0.01), (200, 0.05, 0.01), (200, 0.2, 0.02),
        (1_000, 0.01, 0.005),
        (1_000, 0.05, 0.01), (1_000, 0.1, 0.02), (1_000, 0.2, 0.02),
      ], reduced: 2)
    {
      cells += try outcomes(rows, disagreement, margin)
    }
    for (rows, disagreement, margin) in Scale.only(
      [(200, 0.05, 0.02), (200, 0.1, 0.02), (1_000, 0.01, 0.01), (1_000, 0.05, 0.01), (1_000, 0.2, 0.02)], reduced: 1)
    {
      cells.append(try brier(rows, disagreement, margin))
    }
    for area in Scale.only([0.9, 0.7, 0.97, 0.99], reduced: 1) { cells.append(try areas(area)) }
    for (seeds, spread) in Scale.only([(3, 0.03), (3, 0.0), (5, 0.01)], reduced: 1) {
      cells.append(try twoWay(seeds, spread))
    }
    for seeds in [3, 5] { cells += try numbers(seeds) }
    cells.append(try limit())
    return cells
  }

  /// The score test, McNemar by name and the bootstrap by name, one table for each pair of counts.
  private static func outcomes(_ rows: Int, _ disagreement: Double, _ margin: Double) throws -> [Cell] {
    let draws = Scale.draws(2_000, reduced: 12)
    let tests: [TestChoice] = [.auto, .mcnemar, .pairedBootstrap]
    let rules = tests.map { test in Judging.mayLose("accuracy", margin) { $0.test = test } }
    let (sheet, tables) = (Sheet(rows: rows), Tables())
    var known: [Pair: [Judgement]] = [:]
    func tallies(_ difference: Double) throws -> [Tally] {
      var dice = Dice("judged \(rows) \(disagreement) \(margin) \(difference)")
      var tallies = tests.map { _ in Tally() }
      for _ in 0..<draws {
        let pair = dice.counts(rows, (disagreement + difference) / 2, (disagreement - difference) / 2, tables)
        let judgements = try known[pair] ?? Judging.judged(rules, try sheet.pair(pair))
        known[pair] = judgements
        for (index, judgement) in judgements.enumerated() { try tallies[index].add(judgement) }
      }
      return tallies
    }
    let (atMargin, equal) = (try tallies(-margin), try tallies(0))
    return ["accuracy", "accuracy, mcnemar", "accuracy, paired-bootstrap"].enumerated().map { index, name in
      Cell(
        name, rows: rows, disagreement: disagreement, margin: margin, atMargin: atMargin[index], equal: equal[index])
    }
  }

  /// The baseline gives 0.9 to the right class, the candidate 1 or 0 on the rows that differ.
  private static func brier(_ rows: Int, _ disagreement: Double, _ margin: Double) throws -> Cell {
    let draws = Scale.draws(2_000, reduced: 15)
    let (sheet, tables) = (Sheet(rows: rows, scored: true), Tables())
    let rule = Judging.mayLose("brier", margin)
    let baseline = try sheet.scoreTable { row in (row % 2, row % 2 == 1 ? 90 : 10) }
    var known: [Pair: Judgement] = [:]
    func tally(_ loss: Double) throws -> Tally {
      // A row that differs gains 0.01 or loses 0.99.
      let lost = disagreement * 0.01 + loss
      var dice = Dice("brier \(rows) \(disagreement) \(margin) \(loss)")
      var tally = Tally()
      for _ in 0..<draws {
        let pair = dice.counts(rows, disagreement - lost, lost, tables)
        let judgement: Judgement
        if let found = known[pair] {
          judgement = found
        } else {
          let candidate = try sheet.scoreTable { row in
            let label = row % 2
            if row < pair.b { return (label, 100 * label) }
            if row < pair.b + pair.c { return (label, 100 - 100 * label) }
            return (label, label == 1 ? 90 : 10)
          }
          judgement = Judging.judged([rule], Judging.exhibit(candidate, baseline)).first ?? .none(rule)
          known[pair] = judgement
        }
        try tally.add(judgement)
      }
      return tally
    }
    return Cell(
      "brier", "gain 0.01 or lose 0.99", rows: rows, disagreement: disagreement, margin: margin,
      atMargin: try tally(margin), equal: try tally(0))
  }

  private static func areas(_ area: Double) throws -> Cell {
    let (positives, negatives, margin) = (20, 180, 0.03)
    let rule = Judging.mayLose("auc", margin)
    func tally(_ loss: Double) throws -> Tally {
      var dice = Dice("judged areas \(area) \(loss)")
      var tally = Tally()
      let shifts = [area - loss, area].map { Normal.quantile($0) * 2.0.squareRoot() }
      for _ in 0..<Scale.draws(2_000, reduced: 12) {
        var sides: [[(label: String, value: Double)]] = [[], []]
        for row in 0..<(positives + negatives) {
          let common = 0.8.squareRoot() * dice.normal()
          for side in 0..<2 {
            let score = common + 0.2.squareRoot() * dice.normal() + (row < positives ? shifts[side] : 0)
            sides[side].append((row < positives ? "1" : "0", score))
          }
        }
        let exhibit = Judging.exhibit(try Sheet.numbers(.binary, sides[0]), try Sheet.numbers(.binary, sides[1]))
        try tally.add(Judging.judged([rule], exhibit).first ?? .none(rule))
      }
      return tally
    }
    return Cell(
      "auc", "AUC \(area), \(positives) / \(negatives)", rows: positives + negatives, margin: margin,
      atMargin: try tally(margin), equal: try tally(0))
  }

  private static func twoWay(_ seeds: Int, _ spread: Double) throws -> Cell {
    let (rows, disagreement, margin) = (200, 0.1, 0.02)
    let rule = Judging.mayLose("accuracy", margin)
    let sheet = Sheet(rows: rows)
    let right = try sheet.table { row in (row % 2, row % 2) }
    func tally(_ loss: Double) throws -> Tally {
      var dice = Dice("judged two-way \(seeds) \(spread) \(loss)")
      var tally = Tally()
      for _ in 0..<Scale.draws(2_000, reduced: 12) {
        let luck = (0..<rows).map { _ in dice.unit() }
        var (candidate, baseline): ([Replicate], [Replicate]) = ([], [])
        for seed in 0..<seeds {
          let difference = spread * dice.normal() - loss
          let differing = max(disagreement, abs(difference))
          let (wins, losses) = ((differing + difference) / 2, (differing - difference) / 2)
          let name = "evaluate[seed=\(seed)]"
          candidate.append(
            Replicate(
              name: name, rows: try sheet.table { row in (row % 2, luck[row] < losses ? 1 - row % 2 : row % 2) }))
          let theirs =
            wins > 0
            ? try sheet.table { (row: Int) -> (label: Int, prediction: Int) in
              (row % 2, luck[row] > 1 - wins ? 1 - row % 2 : row % 2)
            } : right
          baseline.append(Replicate(name: name, rows: theirs))
        }
        let exhibit = ExhibitEvidence(name: "evaluate", candidate: candidate, baseline: baseline)
        try tally.add(Judging.judged([rule], exhibit).first ?? .none(rule))
      }
      return tally
    }
    return Cell(
      "accuracy", "\(seeds) seeds, sd \(spread)", rows: rows, disagreement: disagreement, margin: margin,
      atMargin: try tally(margin), equal: try tally(0))
  }

  /// Metric files of seeds: paired where the names are the same, Welch where not.
  private static func numbers(_ seeds: Int) throws -> [Cell] {
    let margin = 0.01
    let rule = Judging.mayLose("accuracy", margin)
    func tallies(_ loss: Double) throws -> [Tally] {
      var dice = Dice("judged numbers \(seeds) \(loss)")
      var tallies = [Tally(), Tally()]
      for _ in 0..<Scale.draws(10_000, reduced: 60) {
        func side(_ mean: Double, _ prefix: String) -> [Replicate] {
          (0..<seeds).map { seed in
            let value = mean + 0.005 * dice.normal()
            let number = Number(value, text: "\(value)")
            return Replicate(
              name: "\(prefix)\(seed)", measurements: [Measurement("accuracy", .number(number), file: "metrics.json")])
          }
        }
        let (candidate, baseline) = (side(0.9 - loss, "seed"), side(0.9, "seed"))
        var others = baseline
        for index in others.indices { others[index].name = "other\(index)" }
        for (index, theirs) in [baseline, others].enumerated() {
          let exhibit = ExhibitEvidence(name: "evaluate", candidate: candidate, baseline: theirs)
          try tallies[index].add(Judging.judged([rule], exhibit).first ?? .none(rule))
        }
      }
      return tallies
    }
    let (atMargin, equal) = (try tallies(margin), try tallies(0))
    return ["metric files, same seeds", "metric files, other seeds"].enumerated().map { index, name in
      Cell(
        name, "\(seeds) seeds, sd 0.005", rows: seeds, margin: margin, atMargin: atMargin[index], equal: equal[index])
    }
  }

  /// A fixed limit on accuracy.
  private static func limit() throws -> Cell {
    let (rows, limit, better) = (200, 0.9, 0.94)
    let rule = Judging.rule("accuracy", .atLeast(Number(limit, text: "0.9"), isInclusive: true))
    let (sheet, tables) = (Sheet(rows: rows), Tables())
    var known: [Int: Judgement] = [:]
    func tally(_ truth: Double) throws -> Tally {
      var dice = Dice("judged limit \(truth)")
      var tally = Tally()
      for _ in 0..<Scale.draws(10_000, reduced: 30) {
        let right = tables.draw(rows, truth, &dice)
        if known[right] == nil {
          let table = try sheet.table { row in (row % 2, row < right ? row % 2 : 1 - row % 2) }
          let exhibit = ExhibitEvidence(name: "evaluate", candidate: [Replicate(name: "evaluate", rows: table)])
          known[right] = Judging.judged([rule], exhibit).first
        }
        try tally.add(known[right] ?? .none(rule))
      }
      return tally
    }
    return Cell(
      "accuracy at-least", "limit \(limit)", rows: rows, margin: better - limit, atMargin: try tally(limit),
      equal: try tally(better))
  }
}

extension Judgement {
  /// What a study takes for a gate without a judgement, and then throws at.
  static func none(_ rule: GateRule) -> Judgement { Judgement(rule: rule, verdict: .notJudged, finding: .holds) }
}
