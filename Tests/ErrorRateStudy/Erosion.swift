import PawlCore
import PawlGate
import Testing

/// Twenty merges, each losing 0.4 point within a margin of 0.5: the anchor stops them.
@Suite struct Erosion {
  private static let rows = 20_000
  /// Rows that each merge loses: 0.4 points.
  private static let lost = 80

  @Test func `an anchor stops small losses within one commit of its allowance`() async throws {
    let (last, anchored) = (
      Judging.mayLose("accuracy", 0.005),
      Judging.rule(
        "accuracy", .anchor(baseline: "v1", [Margin(Number(2, text: "2"), .points)]))
    )
    let sheet = Sheet(rows: Self.rows)
    func model(_ merges: Int) throws -> RowTable {
      try sheet.table { row in (row % 2, row < merges * Self.lost ? 1 - row % 2 : row % 2) }
    }
    let release = try model(0)
    var previous = release
    var (without, stopped): (Int, Int?) = (0, nil)
    var verdicts: [(merge: Int, last: Verdict, anchor: Verdict, blocks: Bool)] = []
    for merge in 1...20 {
      let candidate = try model(merge)
      var exhibit = Judging.exhibit(candidate, previous)
      exhibit.anchors["v1"] = AnchorEvidence(baseline: [Replicate(name: "evaluate", rows: release)])
      let judgements = Judging.judged([last, anchored], exhibit)
      try #require(judgements.count == 2)
      if !judgements[0].blocks { without += 1 }
      if judgements[1].blocks, stopped == nil { stopped = merge }
      verdicts.append((merge, judgements[0].verdict, judgements[1].verdict, judgements[1].blocks))
      previous = candidate
    }
    // 2 points are five merges: the sixth is the first beyond the allowance.
    #expect(without == 20)
    #expect(stopped == 6)
    try await Book.shared.write(page: "erosion", Self.page(verdicts))
  }

  private static func page(_ lines: [(merge: Int, last: Verdict, anchor: Verdict, blocks: Bool)]) -> String {
    var text = """
      # Erosion

      \(rows) rows; each merge loses 0.4 points, within `may-lose: 0.5pt` of the last promotion. The anchor allows 2 points
      in total against the release they started from, which are five merges.

      | merge | lost in total | `may-lose: 0.5pt` | `may-lose-in-total: 2pt` | stopped |
      |--:|--:|---|---|---|

      """
    for line in lines {
      text += "| \(line.merge) | \(percent(0.004 * Double(line.merge), 1)) | \(line.last.rawValue) "
      text += "| \(line.anchor.rawValue) | \(line.blocks ? "yes" : "") |\n"
    }
    return text
  }
}
