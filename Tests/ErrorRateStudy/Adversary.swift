import PawlCore
import PawlGate
import Testing

@testable import PawlStatistics

/// A search that climbs on a test set's answers: labels are random, so no candidate is better than the baseline.
@Suite struct Adversary {
  /// What the search sees of a look.
  enum Feedback: String, CaseIterable, Sendable {
    /// Whether the rule passed.
    case verdict
    /// The measured difference.
    case difference
  }

  struct Line: Sendable {
    var ledger: String
    var rule: String
    var feedback: Feedback
    var level: Double
    var looks: Int
    var climbs = 0
    var passed = 0
    var claims: Bool

    var share: Double { Double(passed) / Double(max(1, climbs)) }
  }

  private static let rows = 500
  private static let commits = 1_000
  private static let budget = 32

  @Test func `a climb on random labels passes at most as often as the level says, with a ledger`() async throws {
    var lines: [Line] = []
    for isStrict in [true, false] {
      for feedback in Feedback.allCases {
        let usual = Level.usual
        for (ledger, level, looks, claims) in [
          ("none", usual, Self.commits, false),
          // A number tells more than a pass does: no claim.
          ("pass-only, N 32", usual.shared(by: Self.budget), Self.budget, feedback == .verdict),
          ("full, N 32", usual.halved(Self.budget), Self.budget, true),
        ] {
          var line = Line(
            ledger: ledger, rule: isStrict ? "must-gain 0" : "may-lose 0", feedback: feedback, level: level.alpha,
            looks: looks, claims: claims)
          climb(&line, level, isStrict: isStrict)
          lines.append(line)
        }
      }
    }
    for line in lines {
      let deviation = (nominal * (1 - nominal) / Double(line.climbs)).squareRoot()
      if line.claims { #expect(line.share <= nominal + 3 * deviation, "\(line.ledger) \(line.rule) \(line.share)") }
      if line.ledger == "none" { #expect(line.share > 0.5) }
    }
    try await Book.shared.write(page: "ledger", Self.page(lines))
  }

  /// The same through the gate, each look with its place on record: what is spent never passes.
  @Test func `gates with a ledger hold against a climb, and pass nothing once the budget is spent`() throws {
    let (rows, climbs) = (200, Scale.draws(500, reduced: 4))
    let policy = TestSetPolicy(budget: Self.budget, feedback: .passOnly)
    let rule = Judging.rule("accuracy", .mustGain([Margin(Number(0), .absolute)], isInclusive: true))
    let sheet = Sheet(rows: rows)
    let testData = try #require(Digest(bytes: (0..<32).map { UInt8($0) }))
    var dice = Dice("adversary through the gate")
    var (passed, spent) = (0, 0)
    for _ in 0..<climbs {
      var right = (0..<rows).map { _ in dice.flag(0.5) }
      func table() throws -> RowTable { try sheet.table { row in (row % 2, right[row] ? row % 2 : 1 - row % 2) } }
      let baseline = try table()
      var hasPassed = false
      for before in 0..<(Self.budget + 4) where !hasPassed {
        for _ in 0..<(rows / 10) { right[dice.below(rows)].toggle() }
        var exhibit = Judging.exhibit(try table(), baseline)
        exhibit.look = Look(exhibit: "evaluate", testData: testData, policy: policy, before: before)
        let judgement = try #require(Judging.judged([rule], exhibit).first)
        try #require(judgement.alpha == nominal / Double(Self.budget))
        guard judgement.verdict == .pass else { continue }
        hasPassed = true
        if before >= Self.budget { spent += 1 }
      }
      if hasPassed { passed += 1 }
    }
    #expect(spent == 0)
    let deviation = (nominal * (1 - nominal) / Double(climbs)).squareRoot()
    #expect(Double(passed) / Double(climbs) <= nominal + 3 * deviation)
  }

  private func climb(_ line: inout Line, _ level: Level, isStrict: Bool) {
    line.climbs = Scale.draws(2_000, reduced: 40)
    let z = level.z
    var dice = Dice("adversary \(line.ledger) \(line.rule) \(line.feedback.rawValue)")
    for _ in 0..<line.climbs where climbs(line, z, isStrict, &dice) { line.passed += 1 }
  }

  /// One climb: does any of its commits pass within the looks that the ledger leaves?
  private func climbs(_ line: Line, _ z: Double, _ isStrict: Bool, _ dice: inout Dice) -> Bool {
    let baseline = (0..<Self.rows).map { _ in dice.flag(0.5) }
    var best = baseline
    var bestDifference = 0
    for _ in 0..<line.looks {
      var candidate = best
      // A commit changes one prediction in ten.
      for _ in 0..<(Self.rows / 10) { candidate[dice.below(Self.rows)].toggle() }
      var pair = Pair(b: 0, c: 0)
      for row in 0..<Self.rows where candidate[row] != baseline[row] {
        if candidate[row] { pair.b += 1 } else { pair.c += 1 }
      }
      // A look beyond the budget is inconclusive at best: the loop ends there.
      guard let tango = Tango(rows: Self.rows, candidateOnlyRight: pair.b, baselineOnlyRight: pair.c) else {
        return false
      }
      let statistic = tango.statistic(at: 0, step: 0.5)
      if isStrict ? statistic > z : statistic >= z { return true }
      switch line.feedback {
      case .verdict: best = candidate
      case .difference:
        if pair.b - pair.c > bestDifference {
          best = candidate
          bestDifference = pair.b - pair.c
        }
      }
    }
    return false
  }

  private static func page(_ lines: [Line]) -> String {
    var text = """
      # A search against the ledger

      Random labels, \(rows) rows: no candidate is better than its baseline, and every pass is false. A search makes
      \(commits) commits, each changing one prediction in ten, and stops at the first pass. Seeing verdicts it goes on
      from each commit; seeing the measured difference it keeps what improved. The ledger gives each look its level and
      ends after \(budget) looks. *ever passed*: share of searches, in percent; at most 5 is claimed where it says so.

      | ledger | rule | what the search sees | level a look | looks | searches | ever passed % | claimed |
      |---|---|---|--:|--:|--:|--:|---|

      """
    for line in lines {
      text += "| \(line.ledger) | \(line.rule) | \(line.feedback.rawValue) | \(Number(line.level).text) "
      text += "| \(line.looks) | \(line.climbs) | \(percent(line.share, 1)) | \(line.claims ? "yes" : "no") |\n"
    }
    text += """

      `pass-only` promises 5 % to a search that learns of passes alone. One that reads the measured difference of failed
      looks is not covered; that is what `full` is for.

      """
    return text
  }
}
