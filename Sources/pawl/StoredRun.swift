import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// A run of the past, replayed from its log.
struct StoredRun: Sendable {
  let id: String
  let folder: RunFolder
  let record: RunRecord
  let project: Project
  /// A process is at work on it.
  var isAlive: Bool { project.runs.isAlive(id) }

  /// `text` is `latest`, a unique prefix, with or without `run:`.
  static func open(_ text: String, from start: String) throws(Failure) -> StoredRun {
    let project = Project(root: Project.root(from: start))
    let id = try project.runs.resolve(text)
    let reading = try project.runs.events(of: id)
    Console.complain(reading.caveats)
    return StoredRun(
      id: id, folder: project.runs[id], record: RunRecord(replaying: reading.events), project: project)
  }

  /// Where its reports are; nil of a run that left none.
  var reports: String? { project.disk.exists(folder.reportsPath) ? folder.reportsPath : nil }

  /// Whether a word names a run of this project.
  func isRun(_ text: String) -> Bool { (try? project.runs.resolve(text)) != nil }

  /// The run has no stage of this name.
  func noStage(_ name: String, remedy: String? = nil) -> Failure {
    let names = record.entries.map(\.planned.id.name)
    let near = Suggestion.nearest(to: name, in: names).map { "did you mean `\($0)`?" }
    return Failure(
      Diagnostic(
        "usage.no-stage", "run `\(Wording.short(id))` has no stage `\(name)`",
        remedy: remedy ?? near ?? "there are: " + names.joined(separator: ", ")))
  }
}
