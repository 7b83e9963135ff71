import PawlCore
import PawlGate
import Testing

@testable import PawlStatistics

/// A comparison of two numbers beside a rule that knows its error: 1,000 rows, 10 % changed, half a point.
@Suite struct TwoNumbers {
  @Test func `two numbers fail a third of equal models and pass a third of worse ones`() async throws {
    let (rows, disagreement, margin) = (1_000, 0.1, 0.005)
    let draws = Scale.draws(10_000, reduced: 100)
    let rules = [
      Judging.mayLose("accuracy", margin) { $0.test = .point }, Judging.mayLose("accuracy", margin),
    ]
    let (sheet, tables) = (Sheet(rows: rows), Tables())
    var known: [Pair: [Judgement]] = [:]
    func tallies(_ loss: Double) throws -> (numbers: Tally, score: Tally, pointBlocks: Int) {
      var dice = Dice("two numbers \(loss)")
      var (numbers, score, blocks) = (Tally(), Tally(), 0)
      for _ in 0..<draws {
        let pair = dice.counts(rows, (disagreement - loss) / 2, (disagreement + loss) / 2, tables)
        let judgements = try known[pair] ?? Judging.judged(rules, try sheet.pair(pair))
        known[pair] = judgements
        guard judgements.count == 2 else { throw Impossible() }
        try numbers.add(judgements[0])
        try score.add(judgements[1])
        if judgements[1].blocks { blocks += 1 }
      }
      return (numbers, score, blocks)
    }
    let (equal, worse) = (try tallies(0), try tallies(0.01))
    let power = try #require(Power(rows: rows, disagreement: disagreement))
    let exactFail = power.chanceOfPointLoss(margin: margin)
    let exactPass = 1 - power.chanceOfPointLoss(margin: margin, difference: -0.01)
    // Some 3 % of draws lie on the half point itself, which holds.
    #expect(abs(exactFail - 0.29) < 0.03 && abs(exactPass - 0.31) < 0.03, "\(exactFail) \(exactPass)")
    let pairs: [(Double, Double)] = [(equal.numbers.failShare, exactFail), (worse.numbers.passShare, exactPass)]
    for (share, chance) in pairs {
      let deviation = (chance * (1 - chance) / Double(draws)).squareRoot()
      #expect(abs(share - chance) <= 3.5 * deviation)
    }
    #expect(worse.score.passShare <= 0.05)
    try await Book.shared.write(
      page: "two-numbers",
      Self.page(
        [
          ("two numbers compared", equal.numbers, worse.numbers),
          ("score test, `auto`", equal.score, worse.score),
        ], exact: (exactFail, exactPass), blocks: (equal.pointBlocks, worse.pointBlocks), power: power, draws: draws))
  }

  private static func page(
    _ lines: [(name: String, equal: Tally, worse: Tally)], exact: (Double, Double), blocks: (Int, Int), power: Power,
    draws: Int
  ) -> String {
    var text = """
      # A comparison of two numbers

      1,000 rows, 10 % of the predictions changed, half a point of tolerance, \(draws) draws of each truth through the
      gate; shares in percent. "Worse" lost one point.

      | | equal: pass | inconclusive | fail | worse: pass | inconclusive | fail |
      |---|--:|--:|--:|--:|--:|--:|

      """
    for line in lines {
      let cells = [line.equal, line.worse].flatMap { tally in
        [tally.passShare, 1 - tally.passShare - tally.failShare, tally.failShare].map { percent($0, 1) }
      }
      text += "| \(line.name) | \(cells.joined(separator: " | ")) |\n"
    }
    let stopped = [blocks.0, blocks.1].map { percent(Double($0) / Double(draws), 1) }
    text += """

      Exact: two numbers fail \(percent(exact.0, 1)) % of equal models (\(percent(0.3085, 1)) % by the normal
      approximation, which has no ties at the tolerance) and pass \(percent(exact.1, 1)) % of those that lost a point.
      The score test says "inconclusive" where 1,000 rows cannot tell. Such a rule still stops what a comparison of two
      numbers would (`when-inconclusive: point`, the default): \(stopped[0]) % of equal models and \(stopped[1]) % of
      worse ones; none of what it lets through is called a pass. At these rows it decides
      \(percent(power.marginDecided() ?? 0, 1)) points, and it says so.

      """
    return text
  }
}
