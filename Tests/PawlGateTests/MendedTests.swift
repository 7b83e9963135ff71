import PawlCore
import PawlGate
import Testing

/// What rows and rules hide unless it is said.
@Suite struct MendedTests {
  private func exhibit(_ n: Int, _ b: Int, _ c: Int) throws -> ExhibitEvidence {
    let (candidate, baseline) = try Making.pair(rows: n, candidateOnly: b, baselineOnly: c)
    return Making.exhibit([Making.rows(candidate)], [Making.rows(baseline)])
  }

  @Test func `a test of two sides does not make an absolute rule invalid`() throws {
    let plain = Making.judged(.atLeast("accuracy", "0.9"), try exhibit(1000, 5, 5))
    for test in TestChoice.allCases where test != .auto && test != .point && test != .pairedBootstrap {
      let judgement = Making.judged(.atLeast("accuracy", "0.9") { $0.test = test }, try exhibit(1000, 5, 5))
      #expect(judgement.verdict == .pass && judgement.test == "clopper-pearson", "\(test)")
      #expect(judgement.candidate == plain.candidate)
      #expect(
        judgement.caveats
          == ["test `\(test.rawValue)` does not fit an absolute rule on this evidence: `auto` chose"])
    }
    let numbers = Making.judged(
      .atLeast("accuracy", "0.8") { $0.test = .delong }, Making.exhibit([Making.numbers(["accuracy": "0.9"])]))
    #expect(numbers.verdict == .pass && numbers.test == "point" && numbers.caveats.count == 1)
  }

  @Test func `a test that does not fit a comparison stays invalid`() throws {
    let judgement = Making.judged(.mayLose("accuracy", "5pt") { $0.test = .delong }, try exhibit(1000, 5, 5))
    #expect(judgement.verdict == .invalid && judgement.diagnostic?.code == "gate.test")
  }

  @Test func `a NaN among the rows is placed`() throws {
    func rows(_ nan: Bool) throws -> Replicate {
      Making.rows(
        try Making.table(
          Making.csv("id,y,s", (0..<40).map { "\($0),\($0 % 2),\(nan && $0 == 15 ? "nan" : "0.\($0 % 9)")" }),
          Making.scored))
    }
    for metric in ["auc", "log-loss", "brier", "accuracy", "f1"] {
      let fails = Making.judged(.mayLose(metric, "0.1"), Making.exhibit([try rows(true)], [try rows(false)]))
      #expect(fails.verdict == .fail && fails.finding == .candidateNotFinite("NaN"), "\(metric)")
      #expect(fails.caveats == ["column `s` is NaN on line 17 of `rows.csv`"])
      let invalid = Making.judged(.mayLose(metric, "0.1"), Making.exhibit([try rows(false)], [try rows(true)]))
      #expect(invalid.verdict == .invalid)
      #expect(invalid.diagnostic?.location == SourceLocation(file: "rows.csv", line: 17, column: 1))
      #expect(invalid.diagnostic?.cause == "column `s` is NaN on line 17 of `rows.csv`")
    }
  }

  @Test func `a predicted number that is not finite is placed, an overflow has no place`() throws {
    let bad = try Making.table("id,y,p\na,1,1\nb,2,inf\nc,3,nan\n", Making.regression)
    let judgement = Making.judged(
      .rule("mae", .atMost(Number("1"), isInclusive: true)), Making.exhibit([Making.rows(bad)]))
    #expect(judgement.verdict == .fail)
    #expect(judgement.caveats == ["column `p` is Infinity on line 3 of `rows.csv`"])
    let huge = try Making.table("id,y,p\na,1,1e308\nb,2,1e308\n", Making.regression)
    let overflow = Making.judged(
      .rule("mse", .atMost(Number("1"), isInclusive: true)), Making.exhibit([Making.rows(huge)]))
    #expect(overflow.verdict == .fail && overflow.caveats.isEmpty)
  }

  @Test func `a margin as wide as the metric's range forbids nothing, and it is said`() throws {
    func caveats(_ rule: GateRule, _ change: (inout GateRule) -> Void = { $0.format = .percent }) throws -> [String] {
      var rule = rule
      change(&rule)
      return Making.judged(rule, try exhibit(1000, 5, 5)).caveats.filter { $0.contains("forbids") }
    }
    #expect(try caveats(.mayLose("accuracy", "100pt")) == ["a margin of 100 points forbids nothing"])
    #expect(try caveats(.mayLose("accuracy", "1")) == ["a margin of 100 points forbids nothing"])
    #expect(try caveats(.rule("accuracy", .within([Margin("2")]))) == ["a margin of 200 points forbids nothing"])
    #expect(try caveats(.mayLose("mcc", "2")) { _ in } == ["a margin of 2 forbids nothing"])
    #expect(try caveats(.mayLose("mcc", "1.9")).isEmpty && caveats(.mayLose("accuracy", "99pt")).isEmpty)
    #expect(try caveats(.rule("accuracy", .mustGain([Margin("100pt")], isInclusive: true))).isEmpty)
    // In percent the range is another.
    let percent = Making.exhibit([Making.numbers(["accuracy": "91"])], [Making.numbers(["accuracy": "92"])])
    #expect(Making.judged(.mayLose("accuracy", "1"), percent).caveats.isEmpty)
  }

  @Test func `a value from rows exactly at the bound passes`() throws {
    // 3 of 300 rows are one point, and no two Doubles say so.
    for base in 0..<40 {
      func table(_ wrong: Int) throws -> RowTable {
        try Making.table(
          Making.csv("id,y,p", (0..<300).map { "\($0),\($0 % 2),\($0 < wrong ? 1 - $0 % 2 : $0 % 2)" }), Making.binary)
      }
      let evidence = Making.exhibit([Making.rows(try table(base + 3))], [Making.rows(try table(base))])
      #expect(Making.judged(.mayLose("accuracy", "1pt") { $0.test = .point }, evidence).verdict == .pass, "\(base)")
      let strict = GateRule.rule("accuracy", .mayLose([Margin("1pt")], isInclusive: false)) { $0.test = .point }
      #expect(Making.judged(strict, evidence).verdict == .fail, "\(base)")
      #expect(Making.judged(.mayLose("accuracy", "0.99pt") { $0.test = .point }, evidence).verdict == .fail)
    }
  }

  @Test(arguments: [
    ("0.1", "0.3", 0.0), ("0.5", "0.3", 0), ("0.1", "0.1", 1), ("1e-300", "3", 0), ("1e300", "1e300", 1),
  ])
  func `a constant truth is 0, or 1 if perfect, however its mean is rounded`(
    _ truth: String, _ guess: String, _ expected: Double
  ) throws {
    let rows = (0..<3).map { "\($0),\(truth),\(guess)" }
    let table = try Making.table(Making.csv("id,y,p", rows), Making.regression)
    let value = RowMetrics.value(of: "r2", rows: table)
    #expect(value.value == expected)
    #expect(!value.caveats.isEmpty)
    // Constant errors explain all the variance that there is: none.
    #expect(RowMetrics.value(of: "explained-variance", rows: table).value == 1)
  }
}
