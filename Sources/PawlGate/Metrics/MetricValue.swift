package import PawlCore

/// A metric over rows: its value, or why it has none.
package struct MetricValue: Sendable, Hashable {
  /// nil where the metric is undefined on these rows; NaN or infinite where its inputs are.
  package var value: Double?
  /// Why it is undefined, a lower-case fragment.
  package var reason: String?
  /// What makes it undefined, where one cell does.
  package var location: SourceLocation?
  /// Conventions that were applied, such as a division by zero taken as 0.
  package var caveats: [String] = []

  package init(_ value: Double, caveats: [String] = []) {
    self.value = value
    self.caveats = caveats
  }

  package init(undefined reason: String, at location: SourceLocation? = nil) {
    self.reason = reason
    self.location = location
  }
}

/// A metric's name taken apart: `ece@15`, `pinball@0.9`, `latency-ms@p95`.
struct MetricName: Hashable {
  let text: String
  let stem: String
  let parameter: String?

  init(_ text: String) {
    self.text = text
    stem = KnownMetric.stem(text)
    parameter = text.firstIndex(of: "@").map { String(text[text.index(after: $0)...]) }
  }

  /// Bins of `ece`, 10 unless said; nil for what is no count.
  var bins: Int? {
    guard let parameter else { return 10 }
    return Int(parameter).flatMap { (1...1_000_000).contains($0) ? $0 : nil }
  }

  /// The share of `pinball`, 0.5 unless said (scikit-learn's); nil outside [0, 1].
  var share: Double? {
    guard let parameter else { return 0.5 }
    return Double(parameter).flatMap { (0...1).contains($0) ? $0 : nil }
  }

  /// 0.95 of `p95`; nil for anything else.
  var percentile: Double? {
    guard let parameter, parameter.first == "p", let percent = Double(parameter.dropFirst()) else { return nil }
    return (0...100).contains(percent) ? percent / 100 : nil
  }
}

/// Rows that a metric is computed over: all of a table, or some.
struct RowSelection {
  let indices: [Int32]?
  let count: Int

  init(all count: Int) {
    indices = nil
    self.count = count
  }

  init(_ indices: [Int32]) {
    self.indices = indices
    count = indices.count
  }

  @inline(__always) subscript(position: Int) -> Int {
    if let indices { return Int(indices[position]) }
    return position
  }

  func pick<Element>(_ column: [Element]) -> [Element] {
    guard let indices else { return column }
    return indices.map { column[Int($0)] }
  }
}

/// A sum that does not lose small terms beside large ones (Neumaier 1974).
struct ExactSum {
  private var sum = 0.0
  private var rest = 0.0

  mutating func add(_ term: Double) {
    let next = sum + term
    rest += abs(sum) >= abs(term) ? (sum - next) + term : (term - next) + sum
    sum = next
  }

  /// Infinite or NaN as the plain sum would be.
  var value: Double { sum.isFinite ? sum + rest : sum }
}
