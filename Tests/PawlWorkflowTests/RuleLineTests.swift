import PawlCore
import Testing

@testable import PawlWorkflow

struct RuleLineTests {
  private static let metrics = [
    "latency-ms": MetricMeaning(direction: .lowerIsBetter), "quality": MetricMeaning(direction: .higherIsBetter),
  ]

  private func rule(_ line: String) throws -> GateRule {
    try PolicyLoader.rule(line, metrics: RuleLineTests.metrics, at: nil)
  }

  private func margin(_ amount: Double, _ text: String, _ unit: Margin.Unit = .absolute) -> Margin {
    Margin(Number(amount, text: text), unit)
  }

  @Test func `every form of the contract is read`() throws {
    #expect(try rule("accuracy >= 0.90").comparison == .atLeast(Number(0.9, text: "0.90"), isInclusive: true))
    #expect(try rule("accuracy > 0.90").comparison == .atLeast(Number(0.9, text: "0.90"), isInclusive: false))
    #expect(try rule("log-loss <= 0.4").comparison == .atMost(Number(0.4, text: "0.4"), isInclusive: true))
    #expect(try rule("log-loss<.4").comparison == .atMost(Number(0.4, text: ".4"), isInclusive: false))
    #expect(
      try rule("accuracy >= baseline - 0.5pt").comparison == .mayLose([margin(0.5, "0.5", .points)], isInclusive: true))
    #expect(
      try rule("accuracy > baseline - 1%").comparison == .mayLose([margin(1, "1", .relative)], isInclusive: false))
    #expect(try rule("accuracy >= baseline + 0.01").comparison == .mustGain([margin(0.01, "0.01")], isInclusive: true))
    #expect(
      try rule("latency-ms <= baseline + 5%").comparison == .mayLose([margin(5, "5", .relative)], isInclusive: true))
    #expect(try rule("latency-ms < baseline − 5").comparison == .mustGain([margin(5, "5")], isInclusive: false))
    #expect(try rule("accuracy >= baseline").comparison == .mayLose([margin(0, "0")], isInclusive: true))
    #expect(try rule("accuracy > baseline").comparison == .mustGain([margin(0, "0")], isInclusive: false))
    #expect(try rule("latency-ms < baseline").comparison == .mustGain([margin(0, "0")], isInclusive: false))
    #expect(
      try rule("accuracy >= baseline - 1% or 0.005").comparison
        == .mayLose([margin(1, "1", .relative), margin(0.005, "0.005")], isInclusive: true))
    #expect(
      try rule("quality within 1pt of baseline by a").comparison == .within([margin(1, "1", .points)]))
    #expect(try rule("accuracy within history of 20").comparison == .history(last: 20))
    #expect(
      try rule("accuracy within 1% or 0.02 in total of v1 by island").comparison
        == .anchor(baseline: "v1", [margin(1, "1", .relative), margin(0.02, "0.02")]))
    #expect(try rule("latency-ms within history of 5").direction == .lowerIsBetter)
  }

  @Test func `slices follow by`() throws {
    #expect(try rule("accuracy >= baseline - 1pt by island, sex").slices.map(\.columns) == [["island"], ["sex"]])
    #expect(try rule("accuracy >= 0.9 by island & sex").slices.map(\.columns) == [["island", "sex"]])
    let values = try rule(#"accuracy >= 0.9 by island (Dream, "a, b"), "body mass" "#).slices
    #expect(values.map(\.columns) == [["island"], ["body mass"]])
    #expect(values[0].values == ["Dream", "a, b"])
  }

  @Test func `a line says its direction`() throws {
    #expect(try rule("anything >= baseline").direction == .higherIsBetter)
    #expect(try rule("anything <= 5").direction == .lowerIsBetter)
    #expect(try rule("accuracy >= 0.5").format == .plain)
  }

  @Test(arguments: [
    ("", "the rule begins with a metric"),
    ("accuracy", "`accuracy` compares nothing"),
    (">= 3", "the rule begins with a metric"),
    ("accuracy >=", "`>=` compares with nothing"),
    ("accuracy = 3", "a rule compares with `>=`, `<=`, `>` or `<`"),
    ("accuracy => 3", "a rule compares with `>=`, `<=`, `>` or `<`"),
    ("accuracy >== 3", "`>==` is not a comparison"),
    ("accuracy >= basline - 1pt", "`basline` is neither a number nor `baseline`"),
    ("accuracy >= baseline - ", "a margin is missing"),
    ("accuracy >= baseline * 2", "`baseline` is followed by `+`, `-` or nothing"),
    ("accuracy >= baseline - -1", "a margin is not negative, `-1` is"),
    ("accuracy >= baseline - nan", "`nan` is not a finite number"),
    ("accuracy >= baseline - 1e999", "`1e999` is not a number"),
    ("accuracy >= 90%", "a bound is a number in the metric's own unit, `90%` is not"),
    ("accuracy >= baseline + 0", "`must-gain: 0` may mean two things"),
    ("accuracy >= baseline - 1 or 2", "a margin is one, or a relative one beside an absolute one"),
    ("accuracy <= baseline", "`accuracy` is higher-is-better, this rule says the other direction"),
    ("latency-ms >= 3", "`latency-ms` is lower-is-better, this rule says the other direction"),
    ("churn within 1pt of baseline", "a rule on `churn` needs a direction"),
    ("quality within 1pt", "`within` needs `of baseline`"),
    ("quality within 1pt of v1", "`within` needs `of baseline`"),
    ("quality within history", "`history` needs `of` and a number of records"),
    ("quality within history of", "`history` looks at 5 to 1000 records, not at ``"),
    ("quality within history of 4", "`history` looks at 5 to 1000 records, not at `4`"),
    ("quality within history of 1001", "`history` looks at 5 to 1000 records, not at `1001`"),
    ("quality within history of +20", "`history` looks at 5 to 1000 records, not at `+20`"),
    ("quality within history of 20 by island", "`history` is judged on all rows, not by slice"),
    ("quality within 1pt in v1", "`within … in` needs `total of` and a name"),
    ("quality within 1pt in total of", "`in total of` needs a name"),
    ("quality within 1pt in total of v/1", "`v/1` cannot be the name of a baseline"),
    ("quality within -1pt in total of v1", "a margin is not negative, `-1pt` is"),
    ("quality within in total of v1", "a margin is missing"),
    ("churn within history of 20", "a rule on `churn` needs a direction"),
    ("churn within 1pt in total of v1", "a rule on `churn` needs a direction"),
    ("accuracy >= 1 by", "a column is missing after `by`"),
    ("accuracy >= 1 by a,", "a column is missing after `by`"),
    ("accuracy >= 1 by a (b", "`(` is not closed"),
    ("accuracy >= 1 by a & b (c)", "values belong to one column"),
    ("\"accuracy >= 1", "a quotation mark is not closed"),
    ("baseline - 1 <= accuracy", "the rule begins with a metric, not with `baseline`"),
  ])
  func `a line that is no rule says why`(line: String, message: String) {
    do throws(Failure) {
      let rule = try PolicyLoader.rule(line, metrics: RuleLineTests.metrics, at: nil)
      Issue.record("read as `\(rule.line)`")
    } catch {
      #expect(error.diagnostics.map(\.message) == [message])
      #expect(error.diagnostics.first?.remedy != nil)
    }
  }

  @Test(arguments: [
    "accuracy >= 0.90", "log-loss < 0.4", "accuracy >= baseline", "accuracy > baseline", "log-loss <= baseline",
    "accuracy >= baseline - 0.5pt", "accuracy > baseline - 1%", "log-loss <= baseline + 1% or 0.01",
    "latency-ms <= baseline - 5%", "quality within 1pt of baseline by island, sex",
    "accuracy >= 0.9 by a & b, c (d, \"e, f\")", "\"a < b\" >= 1", "a b >= 1", "quality >= -1e-3",
    "quality within history of 20", "quality within 2pt in total of v1 by a, b & c",
    "latency-ms within 5% or 3 in total of v1.2-rc_1", "quality within 0 in total of \"by\"",
  ])
  func `the canonical line of a canonical line is itself`(line: String) throws {
    #expect(try rule(line).line == line)
  }

  @Test func `random rules are read back from their lines`() throws {
    var random = Seeded(state: 7)
    let names = [
      "accuracy", "a b", "x\"y", "by", "p95 within", "é", "a&b", "(c)", "baseline-x", "a,b", "\\", "f1 by k",
    ]
    let amounts = ["0.5", "0", "1e-3", "3", "0.10"]
    for _ in 0..<2_000 {
      func pick<T>(_ items: [T]) -> T { items[Int(random.next() % UInt64(items.count))] }
      func margins() -> [Margin] {
        let amount = pick(amounts.filter { $0 != "0" })
        let first = Margin(Number(Double(amount) ?? 0, text: amount), pick([.absolute, .points, .relative]))
        guard pick([true, false]) else { return [first] }
        return [first, Margin(Number(0.5, text: "0.5"), first.unit == .relative ? .points : .relative)]
      }
      let number = pick(amounts)
      let bound = Number(Double(number) ?? 0, text: number)
      let comparison: RuleComparison = pick([
        .atLeast(bound, isInclusive: pick([true, false])), .atMost(bound, isInclusive: pick([true, false])),
        .mayLose(margins(), isInclusive: pick([true, false])), .mustGain(margins(), isInclusive: pick([true, false])),
        .within(margins()), .history(last: 5 + Int(random.next() % 996)),
        .anchor(baseline: pick(["v1", "by", "within", "in", "total", "of", "é-2_b.c", "1"]), margins()),
      ])
      var slices = (0..<(random.next() % 3)).map { _ in
        pick([
          SliceSelection(columns: [pick(names)]), SliceSelection(columns: [pick(names), pick(names)]),
          SliceSelection(columns: [pick(names)], values: [pick(names), pick(names)]),
        ])
      }
      if case .history = comparison { slices = [] }
      let line = RuleLine(
        metric: pick(names), comparison: comparison, direction: pick([.higherIsBetter, .lowerIsBetter]), slices: slices)
      #expect(try RuleLine(line.text) == line, "\(line.text)")
    }
  }
}

/// A small repeatable generator (SplitMix64).
struct Seeded {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }
}
