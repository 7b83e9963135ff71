import Foundation
import PawlCore
import PawlGate
import Testing

@testable import PawlStatistics

/// What strictness costs: how often each answer to "inconclusive" stops a model, through the gate.
@Suite struct WhatBlocks {
  struct Line: Sendable {
    var rows: Int
    var disagreement: Double
    var margin: Double
    /// What the candidate truly lost.
    var loss: Double
    /// Shares of statistics.md §7 in percent, blocked under `block`, `point` and `warn`.
    var published: (block: Double, point: Double, warn: Double)
    var draws = 0
    var blocked: (block: Int, point: Int, warn: Int) = (0, 0, 0)

    var exact: (block: Double, point: Double, warn: Double)? {
      guard let power = Power(rows: rows, disagreement: disagreement) else { return nil }
      return (
        1 - power.chanceOfPass(margin: margin, difference: -loss),
        power.chanceOfPointLoss(margin: margin, difference: -loss),
        power.chanceOfFail(margin: margin, difference: -loss)
      )
    }
  }

  private static let lines = [
    Line(rows: 500, disagreement: 0.05, margin: 0.01, loss: 0, published: (79, 14, 0.3)),
    Line(rows: 2_000, disagreement: 0.05, margin: 0.01, loss: 0, published: (39, 2, 0)),
    Line(rows: 2_000, disagreement: 0.1, margin: 0.01, loss: 0, published: (61, 7, 0.1)),
    Line(rows: 10_000, disagreement: 0.1, margin: 0.005, loss: 0, published: (53, 6, 0.1)),
    Line(rows: 10_000, disagreement: 0.05, margin: 0.01, loss: 0, published: (0.3, 0, 0)),
    Line(rows: 2_000, disagreement: 0.05, margin: 0.01, loss: 0.02, published: (100, 98, 64)),
  ]

  @Test func `what blocks is what the exact chances say`() async throws {
    var lines = Scale.only(Self.lines, reduced: 1)
    for index in lines.indices { try Self.simulate(&lines[index]) }
    for line in lines {
      let exact = try #require(line.exact)
      for (blocked, chance, published) in [
        (line.blocked.block, exact.block, line.published.block),
        (line.blocked.point, exact.point, line.published.point), (line.blocked.warn, exact.warn, line.published.warn),
      ] {
        let deviation = (chance * (1 - chance) / Double(line.draws)).squareRoot()
        #expect(abs(Double(blocked) / Double(line.draws) - chance) <= 3.5 * deviation + 0.5 / Double(line.draws))
        // The published figures are rounded, to one digit below 1 %.
        #expect(abs(100 * chance - published) <= 0.6, "\(line.rows) \(line.disagreement): \(chance), \(published)")
      }
    }
    try await Book.shared.write(page: "what-blocks", Self.page(lines))
  }

  private static func simulate(_ line: inout Line) throws {
    let answers: [GateRule.Undecided] = [.block, .point, .warn]
    let rules = answers.map { answer in Judging.mayLose("accuracy", line.margin) { $0.whenInconclusive = answer } }
    let (sheet, tables) = (Sheet(rows: line.rows), Tables())
    let (wins, losses) = ((line.disagreement - line.loss) / 2, (line.disagreement + line.loss) / 2)
    var known: [Pair: [Bool]] = [:]
    var dice = Dice("blocks \(line.rows) \(line.disagreement) \(line.margin) \(line.loss)")
    line.draws = Scale.draws(2_000, reduced: 40)
    for _ in 0..<line.draws {
      let pair = dice.counts(line.rows, wins, losses, tables)
      let blocks = try known[pair] ?? Judging.judged(rules, try sheet.pair(pair)).map(\.blocks)
      known[pair] = blocks
      guard blocks.count == 3 else { throw Impossible() }
      if blocks[0] { line.blocked.block += 1 }
      if blocks[1] { line.blocked.point += 1 }
      if blocks[2] { line.blocked.warn += 1 }
    }
  }

  private static func page(_ lines: [Line]) -> String {
    var text = """
      # What blocks

      One rule `accuracy: { may-lose: m }`, right / wrong rows, all draws through the gate. Each cell: simulated, in
      brackets the exact chance, both in percent of candidates that are stopped, under the three answers to
      `when-inconclusive`. Models that lost 2 points should be stopped, equal ones not.

      | n | d % | m | truth | `block` | `point` | `warn` | draws |
      |--:|--:|--:|---|--:|--:|--:|--:|

      """
    for line in lines {
      guard let exact = line.exact else { continue }
      func cell(_ count: Int, _ chance: Double) -> String {
        "\(percent(Double(count) / Double(line.draws), 1)) (\(percent(chance, 2)))"
      }
      let truth = line.loss == 0 ? "equal" : "lost \(percent(line.loss, 0)) points"
      text += "| \(line.rows) | \(percent(line.disagreement, 0)) | \(line.margin) | \(truth) "
      text += "| \(cell(line.blocked.block, exact.block)) | \(cell(line.blocked.point, exact.point)) "
      text += "| \(cell(line.blocked.warn, exact.warn)) | \(line.draws) |\n"
    }
    return text
  }
}
