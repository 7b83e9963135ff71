import PawlCore
import PawlGate
import Testing

@Suite struct DeterminismTests {
  private static let names = (1...12).map { "v\($0)" }

  private func numbers(_ value: Double) -> Replicate {
    Making.numbers(["accuracy": "\(value)", "loss": "\(1 - value)"])
  }

  /// The same evidence and policy, their dictionaries filled in another order.
  private func judged(_ seed: UInt64) throws -> GateResult {
    var dice = Dice(seed)
    var spec = Making.binary
    spec.slices = ["code", "island"]
    // Codes that are numbers and codes that are none: an order of both must not hang on where the sort begins.
    let codes = ["9", "10", "5x", "1e1", "a", "nan", "07", "7", "-3", "é", "100", "20y"]
    func table(_ wrong: Int) throws -> RowTable {
      try Making.table(
        Making.csv(
          "id,y,p,code,island",
          (0..<720).map { row in
            let isWrong = row % 7 == 0 && row / 7 < wrong
            return "\(row),\(row % 2),\(isWrong ? 1 - row % 2 : row % 2),\(codes[row % 12]),\(["b", "a"][row / 12 % 2])"
          }), spec)
    }
    var exhibit = Making.exhibit([Making.rows(try table(9))], [Making.rows(try table(3))])
    for (index, name) in DeterminismTests.names.enumerated().shuffled(using: &dice) {
      var anchor = AnchorEvidence(baseline: [Making.rows(try table(index))])
      anchor.use = BaselineUse(name: name)
      exhibit.anchors[name] = anchor
    }
    var metrics: [String: MetricMeaning] = [:]
    for name in DeterminismTests.names.shuffled(using: &dice) {
      metrics[name] = MetricMeaning(direction: .higherIsBetter)
    }
    exhibit.history = (0..<20).map {
      HistoricRun(
        BaselineUse(name: "production", run: "r\($0)"), replicates: [numbers(0.9 + Double($0) / 400).measurements])
    }
    let slices = [SliceSelection(columns: ["code"]), SliceSelection(columns: ["code", "island"])]
    var policy = GatePolicy(
      rules: DeterminismTests.names.map { .rule("accuracy", .anchor(baseline: $0, [Margin("1pt")])) } + [
        .rule("accuracy", .history(last: 20)), .mayLose("f1", "1pt"),
        .mayLose("accuracy", "1pt") { $0.slices = slices },
      ], metrics: metrics)
    policy.waivers = [
      Waiver(rule: "other", reason: "r", owner: "o", expires: "2026-12-31", end: Timestamp(1_798_761_600))
    ]
    return judge(policy, on: GateEvidence(exhibits: [exhibit], seed: 7), name: "gate")
  }

  @Test func `dictionaries filled in another order give the same result`() throws {
    let first = try judged(1)
    for seed in 2...6 { #expect(try judged(UInt64(seed)) == first) }
    // The order of slices is one of values, numbers first.
    let codes = first.judgements.filter { $0.slice.count == 1 }.compactMap { $0.slice.first?.value }
    #expect(codes == ["-3", "07", "9", "10", "100", "20y", "5x", "a", "nan", "é"])
  }

  @Test func `one task or many at once give the same result`() async throws {
    let first = try judged(1)
    let results = try await withThrowingTaskGroup(of: GateResult.self) { group in
      for seed in 1...4 { group.addTask { try judged(UInt64(seed)) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count == 4 && results.allSatisfy { $0 == first })
  }
}
