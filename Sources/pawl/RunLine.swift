import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

extension RunLine {
  /// A stored run in one line: what ran, what it measured, what was new.
  init(_ record: RunRecord, _ summary: RunStore.Summary, _ project: Project, isProduction: Bool) {
    let ran = record.shownEntries.filter { $0.attempts > 0 }
    var metrics: [Metric] = []
    for judgement in record.gates.flatMap(\.judgements) where judgement.slice.isEmpty {
      guard let candidate = judgement.candidate, !metrics.contains(where: { $0.name == judgement.rule.metric }) else {
        continue
      }
      metrics.append(Metric(judgement.rule.metric, Wording.candidate(judgement) ?? Number(candidate.value).text))
    }
    var why: [String] = []
    for line in ran.flatMap(\.why).compactMap({ Wording.reasons([$0]) }) where !why.contains(line) && why.count < 2 {
      why.append(line)
    }
    let remarks = Wording.remarks(record).map { ", \($0)" } ?? ""
    let verdict = summary.verdict ?? (summary.isAlive ? .inconclusive : .error)
    self.init(
      id: summary.id, time: summary.started, commit: summary.commit, verdict: verdict,
      stages: summary.isAlive ? "running" : ran.isEmpty ? "all up to date" : "\(ran.count) ran" + remarks,
      metrics: metrics,
      why: why.joined(separator: ", "), isProduction: isProduction)
  }
}

/// `pawl runs --format json`.
enum RunsJSON {
  static func render(_ lines: [RunLine]) -> String {
    let items = lines.map { line in
      Value.map([
        .init("id", .text(line.id)), .init("started", .text(line.time.rfc3339)),
        .init("commit", line.commit.map { .text($0) } ?? .null),
        .init("verdict", line.stages == "running" ? .null : .text(line.verdict.rawValue)),
        .init("stages", .text(line.stages)), .init("is-production", .bool(line.isProduction)),
      ])
    }
    return Value.map([.init("schema", .text("pawl.runs/1")), .init("runs", .list(items))]).json
  }
}

/// `pawl baseline list --format json`.
enum BaselinesJSON {
  static func render(_ records: [BaselineRecord]) -> String {
    let items = records.map { record in
      let metrics = (record.evidence.first?.metrics ?? []).map { measurement -> Value.Entry in
        switch measurement.content {
        case .number(let number): .init(measurement.name, .number(number))
        case .other(let text): .init(measurement.name, .text(text))
        }
      }
      return Value.map([
        .init("name", .text(record.name)), .init("record", .text(record.id)), .init("run", .text(record.run)),
        .init("promoted", .text(record.time.rfc3339)), .init("commit", record.commit.map { .text($0) } ?? .null),
        .init("verdict", .text(record.verdict.rawValue)), .init("parents", .list(record.parents.map { .text($0) })),
        .init("metrics", .map(metrics)),
      ])
    }
    return Value.map([.init("schema", .text("pawl.baselines/1")), .init("baselines", .list(items))]).json
  }
}
