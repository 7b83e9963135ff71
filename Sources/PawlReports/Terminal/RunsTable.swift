package import PawlCore

/// One run in `pawl runs`.
package struct RunLine: Sendable, Hashable {
  package struct Metric: Sendable, Hashable {
    package var name: String
    /// As people read it: `97.6 %`.
    package var text: String

    package init(_ name: String, _ text: String) {
      self.name = name
      self.text = text
    }
  }

  package var id: String
  package var time: Timestamp
  package var commit: String?
  package var verdict: RunVerdict
  /// Whether it ended with a word.
  package enum State: String, Sendable, Hashable { case ended, running, interrupted }
  package var state: State
  /// `8 ran`, `all up to date`.
  package var stages: String
  package var metrics: [Metric]
  /// Why it ran: what changed.
  package var why: String
  package var isProduction: Bool

  package init(
    id: String, time: Timestamp, commit: String? = nil, verdict: RunVerdict, state: State = .ended, stages: String,
    metrics: [Metric] = [], why: String = "", isProduction: Bool = false
  ) {
    self.id = id
    self.time = time
    self.commit = commit
    self.verdict = verdict
    self.state = state
    self.stages = stages
    self.metrics = metrics
    self.why = why
    self.isProduction = isProduction
  }
}

/// The history as a table; metrics that do not fit are left out and counted.
package enum RunsTable {
  package static func lines(_ runs: [RunLine], now: Timestamp, style: Style) -> [String] {
    guard !runs.isEmpty else { return ["no runs yet:  pawl run"] }
    var names: [String] = []
    for metric in runs.flatMap(\.metrics) where !names.contains(metric.name) { names.append(metric.name) }
    let all = names.count
    let room = style.width - (runs.contains { !$0.why.isEmpty } ? whyColumns + 2 : 0)
    var table = table(runs, names, now, style)
    while table.width > room, !names.isEmpty {
      names.removeLast()
      table = self.table(runs, names, now, style)
    }
    var lines = table.width <= room ? beside(runs, table, style) : below(runs, table, style)
    if names.count < all { lines.append("\(Numbers.plural(all - names.count, "more metric")):  pawl show RUN") }
    if let newest = runs.first, newest.state == .interrupted {
      let text = "\(Wording.short(newest.id)) was interrupted; what it finished is kept:  pawl run"
      lines += Columns.wrap(Terminal.safe(text, style), style.width, later: "  ")
    }
    return lines
  }

  /// "why" as the last column.
  private static func beside(_ runs: [RunLine], _ table: Table, _ style: Style) -> [String] {
    let header = Columns.pad(table.line(table.header), table.width) + "  why"
    var lines = [style.paint(header, .dim)]
    for (run, row) in zip(runs, table.rows) {
      let why = Terminal.safe(run.why, style)
      let left = Columns.pad(table.line(row), table.width)
      let hang = String(repeating: " ", count: table.width + 2)
      let wrapped = Columns.wrap(why, max(whyColumns, style.width - table.width - 2))
      lines += wrapped.enumerated().map { Columns.trimmed($0 == 0 ? left + "  " + $1 : hang + $1) }
    }
    return lines
  }

  /// "why" under its run, as on a narrow terminal; a row that is too long is wrapped.
  private static func below(_ runs: [RunLine], _ table: Table, _ style: Style) -> [String] {
    let isTable = table.width <= style.width
    var lines = isTable ? [style.paint(table.line(table.header), .dim)] : []
    for (run, row) in zip(runs, table.rows) {
      let text = isTable ? table.line(row) : row.filter { !$0.isEmpty }.joined(separator: "  ")
      lines += Columns.wrap(text, style.width, later: "  ")
      if !run.why.isEmpty { lines += Columns.wrap(Terminal.safe(run.why, style), style.width, indent: "  ") }
    }
    return lines
  }

  /// What "why" gets at least.
  private static let whyColumns = 16

  private static func table(_ runs: [RunLine], _ names: [String], _ now: Timestamp, _ style: Style) -> Table {
    let header = ["run", "when", "commit", "verdict", "stages"] + names.map { Terminal.safe($0, style) }
    let rows = runs.map { run -> [String] in
      let star = run.isProduction ? " ★" : ""
      let values = names.map { name in run.metrics.first { $0.name == name }?.text ?? "" }
      let cells = [
        Wording.short(run.id), Numbers.ago(run.time, now: now), run.commit.map { Wording.short($0) } ?? "",
        (run.state == .ended ? run.verdict.rawValue : run.state.rawValue) + star, run.stages,
      ]
      return (cells + values).map { Terminal.safe($0, style) }
    }
    return Table(header: header, rows: rows)
  }
}

/// `pawl baseline list`, `history` and `show`.
package enum BaselineTable {
  /// Records of one or several baselines, newest first; the one in force has a star.
  package static func list(
    _ records: [BaselineRecord], current: Set<String>, now: Timestamp, style: Style
  ) -> [String] {
    guard !records.isEmpty else { return ["no baseline yet:  pawl baseline promote RUN"] }
    let rows = records.map { record in
      [
        record.name + (current.contains(record.id) ? " ★" : ""), record.id, Numbers.ago(record.time, now: now),
        record.commit.map { Wording.short($0) } ?? "", record.verdict.rawValue, metrics(record, 3),
      ].map { Terminal.safe($0, style) }
    }
    let table = Table(header: ["baseline", "record", "when", "commit", "verdict", "metrics"], rows: rows)
    return [style.paint(table.line(table.header), .dim)] + table.rows.map(table.line)
  }

  private static func metrics(_ record: BaselineRecord, _ most: Int) -> String {
    guard let evidence = record.evidence.first else { return "" }
    let shown = evidence.metrics.prefix(most).map { "\($0.name) \(text($0))" }
    let left = evidence.metrics.count - shown.count
    return shown.joined(separator: ", ") + (left > 0 ? ", \(left) more" : "")
  }

  private static func text(_ measurement: Measurement) -> String {
    switch measurement.content {
    case .number(let number):
      return Numbers.asWritten(number.text, number.value)
    case .other(let word): return "(\(word))"
    }
  }

  /// Everything that one record says.
  package static func show(_ record: BaselineRecord, isCurrent: Bool, style: Style) -> [String] {
    var lines: [String] = []
    func fact(_ name: String, _ value: String?) {
      guard let value, !value.isEmpty else { return }
      let start = Columns.pad(name, 11)
      let hang = String(repeating: " ", count: 11)
      let wrapped = Columns.wrap(Terminal.safe(value, style), style.width - 11)
      lines += wrapped.enumerated().map { ($0 == 0 ? start : hang) + $1 }
    }
    fact("baseline", record.name + (isCurrent ? " ★" : ", not in force"))
    fact("record", record.id)
    fact("run", record.run)
    fact("workflow", record.workflow)
    fact("promoted", record.time.forReports + (record.who.map { " by \($0)" } ?? ""))
    fact("reason", record.reason)
    fact("commit", record.commit.map { $0 + (record.isDirty ? " (with uncommitted changes)" : "") })
    fact("verdict", record.verdict.rawValue)
    for claim in record.claims { fact("claim", claim) }
    fact("after", record.parents.joined(separator: ", "))
    for evidence in record.evidence {
      fact("evidence", evidence.stage.name)
      for measurement in evidence.metrics { fact("", "\(measurement.name) \(text(measurement))") }
      fact("test data", evidence.testData?.hex)
      for model in evidence.models { fact("model", "\(model.path)  \(Numbers.size(model.size))  \(model.digest.hex)") }
      if let rows = evidence.predictions {
        fact("rows", "\(rows.path)  \(Numbers.size(rows.size))  \(rows.digest.hex)")
      }
    }
    return lines
  }
}
