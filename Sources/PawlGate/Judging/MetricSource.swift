import PawlCore

/// What one side of an exhibit says of a metric, over its replicates.
struct SideReading {
  /// One a replicate.
  var values: [Double] = []
  /// Where the only value comes from a file: its digits.
  var written: Number?
  /// Every replicate's value was computed from rows.
  var isFromRows = false
  var caveats: [String] = []

  /// The mean over replicates; of one, its value.
  var value: Double {
    guard values.count > 1 else { return values.first ?? .nan }
    var sum = ExactSum()
    for value in values { sum.add(value) }
    return sum.value / Double(values.count)
  }

  /// The value for decimal comparison and for show.
  var number: Number { written ?? Number(value) }
}

/// Why a side has no reading.
enum ReadingProblem: Error {
  /// No replicate knows the name.
  case absent(Diagnostic)
  /// It is there and cannot be used.
  case unusable(Diagnostic)

  var diagnostic: Diagnostic {
    switch self {
    case .absent(let diagnostic), .unusable(let diagnostic): diagnostic
    }
  }
}

/// Finds a metric in the evidence of one side: computed from rows first, else as measured.
struct MetricSource {
  let metric: MetricName
  let rule: GateRule

  /// Whether a replicate knows the metric.
  func knows(_ replicate: Replicate) -> Bool {
    if let rows = replicate.rows, RowMetrics.canCompute(metric.text, from: rows) { return true }
    return replicate.measurements.contains { $0.name == metric.text }
  }

  /// - Parameters:
  ///   - views: the replicates' rows of a slice or all; empty with numbers only.
  func read(_ replicates: [Replicate], _ views: [View], side: String) throws(ReadingProblem) -> SideReading {
    var reading = SideReading()
    let known = replicates.filter { knows($0) }
    guard !known.isEmpty else { throw .absent(absent(replicates, side: side)) }
    guard known.count == replicates.count else {
      let lacking = replicates.filter { !knows($0) }
      let files = lacking.flatMap { $0.files.isEmpty ? [$0.name] : $0.files }
      let names = NameList.text(lacking.map(\.name))
      var problem = absent(lacking, side: side)
      problem.code = "gate.metric-missing"
      problem.message =
        "`\(metric.text)` is not in \(names)"
        + (files == lacking.map(\.name) ? "" : ": \(NameList.text(files, most: 3))")
      problem.cause = "the other replicates of the \(side) have it" + (problem.cause.map { "; \($0)" } ?? "")
      throw .unusable(problem)
    }
    var computed = 0
    for (index, replicate) in replicates.enumerated() {
      if index < views.count, RowMetrics.canCompute(metric.text, from: views[index].table) {
        let result = RowMetrics.value(metric, views[index].table, views[index].rows)
        guard let value = result.value else { throw .unusable(undefined(result, views[index], side)) }
        computed += 1
        reading.values.append(value)
        reading.caveats += result.caveats.filter { !reading.caveats.contains($0) }
        if views[index].rows.count == views[index].table.count, let caveat = disagreement(replicate, value) {
          reading.caveats.append(caveat)
        }
        continue
      }
      let (value, written) = try measured(replicate, side)
      reading.values.append(value)
      if replicates.count == 1 { reading.written = written }
    }
    reading.isFromRows = computed == replicates.count
    return reading
  }

  private func measured(_ replicate: Replicate, _ side: String) throws(ReadingProblem) -> (Double, Number) {
    if let rows = replicate.rows, RowMetrics.canCompute(metric.text, from: rows) {
      // Rows beside replicates that have only numbers: its value is one of them.
      let result = RowMetrics.value(of: metric.text, rows: rows)
      guard let value = result.value else {
        throw .unusable(undefined(result, View(table: rows, rows: RowSelection(all: rows.count), name: ""), side))
      }
      return (value, Number(value))
    }
    guard let found = replicate.measurements.first(where: { $0.name == metric.text }) else {
      throw .absent(absent([replicate], side: side))
    }
    switch found.content {
    case .number(let number): return (number.value, number)
    case .other(let kind):
      let place = found.file.map { " in `\($0)`" } ?? ""
      throw .unusable(
        Diagnostic(
          "gate.metric-not-number", "`\(metric.text)`\(place) is \(MetricSource.article(kind)), not a number",
          at: rule.location))
    }
  }

  private static func article(_ kind: String) -> String { kind == "null" || kind == "text" ? kind : "a \(kind)" }

  private func undefined(_ result: MetricValue, _ view: View, _ side: String) -> Diagnostic {
    Diagnostic(
      "gate.metric-undefined",
      "`\(metric.text)` of the \(side) is undefined: \(result.reason ?? "it has no value")",
      at: result.location ?? rule.location,
      cause: "computed from \(view.rows.count) rows of `\(view.table.file)`")
  }

  private func absent(_ replicates: [Replicate], side: String) -> Diagnostic {
    var names: [String] = []
    for replicate in replicates {
      names += replicate.measurements.map(\.name).filter { !names.contains($0) }
      if let rows = replicate.rows { names += RowMetrics.names(for: rows).filter { !names.contains($0) } }
    }
    let files = replicates.flatMap { $0.files.isEmpty ? [$0.name] : $0.files }
    let place = files.isEmpty ? "the \(side)'s evidence" : NameList.text(files, most: 3)
    var cause = names.isEmpty ? "it has no metrics" : "it has: \(NameList.text(names, most: 20))"
    if let rows = replicates.compactMap(\.rows).first, KnownMetric.isKnown(metric.text),
      let reason = RowMetrics.lack(metric, rows)?.reason
    {
      cause = "\(reason); " + cause
    }
    return Diagnostic(
      "gate.metric-absent", "`\(metric.text)` of the \(side) is not in \(place)", at: rule.location, cause: cause,
      remedy: MetricSource.nearest(metric.text, names).map { "did you mean `\($0)`?" } ?? rowsRemedy(replicates, files))
  }

  /// A table of rows was read as one of metrics.
  private func rowsRemedy(_ replicates: [Replicate], _ files: [String]) -> String? {
    let isTable = files.contains { file in [".csv", ".tsv", ".jsonl", ".ndjson"].contains { file.hasSuffix($0) } }
    guard isTable, replicates.allSatisfy({ $0.rows == nil }), KnownMetric.isKnown(metric.text) else { return nil }
    return "if these are rows, say what the columns mean: --policy with `predictions: { task: binary, label: …, … }`"
  }

  /// Names that differ by their separators, or by what stands before the last dot, are near too.
  static func nearest(_ word: String, _ names: [String]) -> String? {
    func plain(_ name: String) -> String {
      String(name.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 })
    }
    func tail(_ name: String) -> String { String(name.split(whereSeparator: { $0 == "." || $0 == "/" }).last ?? "") }
    let wanted = plain(word)
    return names.first { plain($0) == wanted } ?? names.first { plain(tail($0)) == wanted }
      ?? Suggestion.nearest(to: word, in: names)
  }

  /// A file that gives another number than the rows.
  private func disagreement(_ replicate: Replicate, _ value: Double) -> String? {
    guard let found = replicate.measurements.first(where: { $0.name == metric.text }),
      case .number(let number) = found.content, number.value != value
    else { return nil }
    // Half a unit of the file's last digit is rounding.
    let unit = number.decimal.map { decimal -> Double in
      var power = 1.0
      for _ in 0..<min(400, abs(decimal.exponent)) { power *= 10 }
      return decimal.exponent < 0 ? 1 / power : power
    }
    let slack = max(unit.map { $0 * 0.500001 } ?? 0, abs(value) * 1e-9)
    guard !(abs(number.value - value) <= slack) else { return nil }
    let file = found.file.map { " in `\($0)`" } ?? ""
    return "`\(metric.text)` is \(number.text)\(file) and \(Number(value).text) from the rows: the rows count"
  }
}
