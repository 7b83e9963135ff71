import PawlCore
import PawlGate
import Testing

/// Metrics of random tables against scikit-learn.
@Suite struct MetricReferenceTests {
  private func table(_ rows: Reference.Table.Rows) throws -> RowTable {
    var spec = Predictions(task: try #require(Predictions.Task(rawValue: rows.task)))
    (spec.label, spec.prediction, spec.score, spec.positive) = (rows.label, rows.prediction, rows.score, rows.positive)
    if let threshold = rows.threshold { spec.threshold = threshold.value }
    spec.scores = (rows.scores ?? []).map { .init($0[0], column: $0[1]) }
    spec.values = (rows.values ?? []).map { .init($0[0], column: $0[1]) }
    return try RowTable.read(Array(rows.csv.utf8), spec: spec, file: "rows.csv")
  }

  @Test func `metrics of random tables are those of scikit-learn`() throws {
    let cases = try Reference.drawn().metrics
    #expect(cases.count > 250)
    var compared: Set<String> = []
    for entry in cases {
      let table: RowTable
      do {
        table = try self.table(entry.table)
      } catch {
        Issue.record("\(entry.name): \(error)\n\(entry.table.csv.prefix(400))")
        continue
      }
      for (name, expected) in entry.expected.sorted(by: { $0.key < $1.key }) {
        compared.insert(name)
        let result = RowMetrics.value(of: name, rows: table)
        #expect(
          agrees(result.value, expected?.value, relative: 1e-9, absolute: 1e-13),
          "\(entry.name) \(name): \(result), not \(expected.map { "\($0.value)" } ?? "undefined")\n\(entry.table.csv.prefix(300))"
        )
        if expected == nil { #expect(result.reason != nil, "\(entry.name) \(name)") }
      }
    }
    let computed = Predictions.Task.allCases.flatMap { KnownMetric.names(for: $0) }
    #expect(Set(computed).subtracting(compared).isEmpty, "every metric is compared")
  }
}
