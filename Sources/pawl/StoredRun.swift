import PawlCore
import PawlEngine
import PawlSystem

/// A run of the past, replayed from its log.
struct StoredRun: Sendable {
  let id: String
  let folder: RunFolder
  let record: RunRecord
  let project: Project

  /// `text` is `latest`, a unique prefix, with or without `run:`.
  static func open(_ text: String, from start: String) throws(Failure) -> StoredRun {
    let project = Project(root: Project.root(from: start))
    let id = try project.runs.resolve(text)
    let reading = try project.runs.events(of: id)
    Console.complain(reading.caveats)
    return StoredRun(
      id: id, folder: project.runs[id], record: RunRecord(replaying: reading.events), project: project)
  }
}
