package import PawlCore

/// At most ten lines that GitHub shows at the places that matter: `::error file=…,line=…::message`.
package enum Annotations: Report {
  package static let name = "annotations"
  package static let file = "annotations.txt"
  package static let guide =
    "workflow commands for GitHub Actions, at most 10: `cat pawl-report/annotations.txt` in a step"

  /// GitHub shows ten annotations of a level in a step.
  private static let most = 10

  private enum Level: String { case error, warning, notice }

  private struct Note {
    var level: Level
    var place: SourceLocation?
    var title: String
    var message: String
  }

  package static func render(_ record: RunRecord, _ options: ReportOptions) -> String {
    let lines = lines(record)
    return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
  }

  package static func lines(_ record: RunRecord) -> [String] {
    let all = notes(record)
    let notes =
      all.filter { $0.level == .error } + all.filter { $0.level == .warning } + all.filter { $0.level == .notice }
    guard notes.count > most else { return notes.map(line) }
    let left = notes.count - (most - 1)
    let rest = Note(level: .warning, place: nil, title: "pawl", message: "\(left) more are in the report")
    return (notes.prefix(most - 1) + [rest]).map(line)
  }

  private static func notes(_ record: RunRecord) -> [Note] {
    let file = record.head.map(\.file).flatMap { $0.isEmpty ? nil : $0 }
    var notes: [Note] = []
    for entry in record.entries {
      guard let diagnostic = Wording.diagnostic(entry) else { continue }
      notes.append(
        Note(level: .error, place: diagnostic.location, title: entry.planned.id.name, message: text(diagnostic)))
    }
    for gate in record.gates {
      for judgement in gate.judgements where judgement.verdict != .pass && judgement.verdict != .notJudged {
        let place =
          judgement.rule.location ?? gate.location ?? file.map { SourceLocation(file: $0, line: 1, column: 1) }
        notes.append(
          Note(
            level: judgement.blocks ? .error : .warning, place: place,
            title: "\(gate.name): \(judgement.verdict.rawValue)",
            message: Wording.message(judgement)))
      }
    }
    for gate in record.gates {
      let place = gate.location ?? file.map { SourceLocation(file: $0, line: 1, column: 1) }
      func add(_ level: Level, _ title: String, _ text: String) {
        notes.append(Note(level: level, place: place, title: "\(gate.name): \(title)", message: text))
      }
      if let pin = Wording.pin(gate) { add(gate.pin?.isAbsent == true ? .warning : .notice, "policy", pin) }
      for difference in Wording.differences(gate) { add(.warning, "policy", difference) }
      for look in Wording.looks(gate) { add(.notice, "test set", look) }
    }
    for diagnostic in record.diagnostics + [record.refusal].compactMap({ $0 }) {
      notes.append(
        Note(
          level: diagnostic.severity == .error ? .error : .warning, place: diagnostic.location, title: diagnostic.code,
          message: text(diagnostic)))
    }
    return notes
  }

  private static func text(_ diagnostic: Diagnostic) -> String {
    [diagnostic.message, diagnostic.cause, diagnostic.remedy].compactMap { $0 }.joined(separator: "\n")
  }

  private static func line(_ note: Note) -> String {
    var properties: [String] = []
    if let place = note.place {
      properties.append("file=" + Escaping.commandProperty(place.file))
      properties.append("line=\(place.line)")
      if place.column > 1 { properties.append("col=\(place.column)") }
    }
    properties.append("title=" + Escaping.commandProperty(note.title))
    return "::\(note.level.rawValue) \(properties.joined(separator: ","))::"
      + Escaping.commandData(note.message)
  }
}
