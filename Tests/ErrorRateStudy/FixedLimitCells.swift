@testable import PawlStatistics

/// One model against a fixed limit, and two models on rows of their own.
enum FixedLimitCells {
  static func cells() throws -> [Cell] {
    var cells: [Cell] = []
    for rows in Scale.sizes {
      for limit in [0.5, 0.8, 0.9, 0.95, 0.99] { cells.append(try proportion(rows, limit)) }
    }
    for (positives, negatives) in Scale.only([(10, 40), (20, 180), (100, 900), (1_000, 9_000)], reduced: 2) {
      for limit in [0.7, 0.9, 0.97, 0.99] { cells.append(try area(limit, positives, negatives)) }
    }
    return cells
  }

  private static func proportion(_ rows: Int, _ limit: Double) throws -> Cell {
    let n = Double(rows)
    let better = min(limit + 0.02, (1 + limit) / 2)
    var (falsePass, falseFail, power) = (0.0, 0.0, 0.0)
    for right in 0...rows {
      let atLimit = Binomial.pmf(Double(right), n: n, p: limit)
      let above = Binomial.pmf(Double(right), n: n, p: better)
      guard max(atLimit, above) > 1e-12 else { continue }
      guard let share = Proportion(successes: Double(right), rows: n) else { throw Impossible() }
      switch share.comparison().decision(atLeast: limit) {
      case .pass: (falsePass, power) = (falsePass + atLimit, power + above)
      case .fail: falseFail += atLimit
      case .inconclusive: break
      }
    }
    return Cell(
      "clopper-pearson", "limit \(limit)", rows: rows, margin: better - limit, exact: falsePass, falseFail: falseFail,
      power: power)
  }

  private static func area(_ limit: Double, _ positives: Int, _ negatives: Int) throws -> Cell {
    let rows = positives + negatives
    let draws = Scale.draws(rows > 1_000 ? 2_000 : 10_000, reduced: 60)
    let isPositive = (0..<rows).map { $0 < positives }
    let better = limit + (1 - limit) / 4
    func tally(_ truth: Double) throws -> Tally {
      var dice = Dice("one area \(limit) \(positives) \(negatives) \(truth)")
      let shift = Normal.quantile(truth) * 2.0.squareRoot()
      var tally = Tally()
      for _ in 0..<draws {
        let scores = isPositive.map { dice.normal() + ($0 ? shift : 0) }
        guard let ranked = RankedScores(scores: scores, isPositive: isPositive) else { throw Impossible() }
        tally.add(ranked.comparison(), atLeast: limit)
      }
      return tally
    }
    return Cell(
      "logit-delong", "limit \(limit), \(positives) / \(negatives)", rows: rows, margin: better - limit,
      atMargin: try tally(limit), equal: try tally(better), claim: .near)
  }

  /// Two test sets of n rows each.
  static func unpaired() throws -> [Cell] {
    var cells: [Cell] = []
    for rows in Scale.sizes {
      for share in [0.5, 0.8, 0.9, 0.95, 0.99] {
        for margin in Scale.only([0.02, 0.01, 0.005, 0.05], reduced: 1) {
          cells.append(try newcombe(rows, share, margin))
        }
      }
    }
    return cells
  }

  /// Chances by the most right rows of the baseline with which each count of the candidate still passes.
  private static func newcombe(_ rows: Int, _ share: Double, _ margin: Double) throws -> Cell {
    let n = Double(rows)
    var (falsePass, falseFail, power) = (0.0, 0.0, 0.0)
    let z = Level.usual.z
    func bounds(_ a: Int, _ b: Int) throws -> (low: Double, high: Double) {
      guard let candidate = Proportion(successes: Double(a), rows: n),
        let baseline = Proportion(successes: Double(b), rows: n)
      else { throw Impossible() }
      return Newcombe(candidate: candidate, baseline: baseline).bounds(z: z)
    }
    /// The first count of the baseline for which `holds` is false; it holds below.
    func first(_ holds: (Int) throws -> Bool) rethrows -> Int {
      var (low, high) = (0, rows + 1)
      while low < high {
        let middle = (low + high) / 2
        if try holds(middle) { low = middle + 1 } else { high = middle }
      }
      return low
    }
    for a in 0...rows {
      let atMargin = Binomial.pmf(Double(a), n: n, p: share - margin)
      let equal = Binomial.pmf(Double(a), n: n, p: share)
      guard max(atMargin, equal) > 1e-9 else { continue }
      let passing = try first { try $0 <= rows && bounds(a, $0).low >= -margin }
      let failing = try first { try $0 <= rows && bounds(a, $0).high >= -margin }
      let below = passing > 0 ? Binomial.cdf(Double(passing - 1), n: n, p: share) : 0
      falsePass += atMargin * below
      power += equal * below
      falseFail += atMargin * (failing > 0 ? Binomial.sf(Double(failing - 1), n: n, p: share) : 1)
    }
    var cell = Cell(
      "newcombe", "baseline right in \(share)", rows: rows, margin: margin, exact: falsePass, falseFail: falseFail,
      power: power)
    cell.claim = .near
    return cell
  }
}
