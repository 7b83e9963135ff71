import Testing

@testable import PawlStatistics

/// False passes at the margin, cell by cell: `PAWL_STUDY=full` for the whole table in Fixtures/study.
@Suite struct ErrorRateTests {
  private func check(_ part: String, _ cells: [Cell]) async throws {
    #expect(!cells.isEmpty)
    for cell in cells { #expect(cell.isAsClaimed, "\(cell.line)") }
    try await Book.shared.write(part, cells)
  }

  @Test func `the score test holds at the margin, with the power that theory says`() async throws {
    let cells = try ScoreCells.cells()
    for cell in cells {
      let (power, theory) = (try #require(cell.power), try #require(cell.theory))
      let chance = (theory * (1 - theory) / Double(cell.powerDraws)).squareRoot()
      #expect(abs(power - theory) <= 0.02 + 3 * chance, "\(cell.line), power \(power) for \(theory)")
    }
    try await check("score", cells)
  }

  @Test func `gates on tables hold at the margin`() async throws { try await check("judged", JudgedCells.cells()) }

  @Test func `phantom rows hold on skewed losses`() async throws { try await check("phantom", LossCells.cells()) }

  @Test func `areas hold by MOVER`() async throws { try await check("auc", AreaCells.cells()) }

  @Test func `seeds hold by Student's and by Welch's t`() async throws { try await check("seeds", SeedCells.cells()) }

  @Test func `rows within seeds hold by both variances`() async throws {
    try await check("two-way", TwoWayCells.cells())
  }

  @Test func `fixed limits hold`() async throws { try await check("fixed limits", FixedLimitCells.cells()) }

  @Test func `two test sets are near the level by score bounds`() async throws {
    try await check("unpaired", FixedLimitCells.unpaired())
  }

  @Test func `label metrics hold by resampling, with their guards`() async throws {
    try await check("resampling of labels", ResamplingCells.labels())
  }

  @Test func `metrics of numbers hold by resampling, with their floor`() async throws {
    try await check("resampling of numbers", ResamplingCells.numbers())
  }

  @Test func `history alarms in one of twenty runs`() async throws { try await check("history", HistoryCells.cells()) }
}
