import PawlCore
import PawlEngine
import PawlSystem

/// The workflow that a command line names, or the only one in `Workflows/`.
struct WorkflowFile: Sendable {
  /// As the user named it, for messages.
  let shown: String
  /// From the project root.
  let path: String
  let project: Project

  /// `names` may start with the file; what is left are stages.
  static func find(_ names: [String], from start: String) throws(Failure) -> (file: WorkflowFile, stages: [String]) {
    if let first = names.first, isFile(first, start) {
      return (try at(first, start), Array(names.dropFirst()))
    }
    var start = start
    var choices = try all(from: start)
    if choices.isEmpty {
      // From a subfolder the project's own workflows are meant.
      start = Project.root(from: start)
      choices = try all(from: start)
    }
    switch choices.count {
    case 1: return (try at(choices[0], start), names)
    case 0:
      throw Failure(
        Diagnostic(
          "usage.no-workflow", "there is no workflow in `Workflows/`", remedy: "name one: pawl run path/to/workflow.yml"
        ))
    default:
      throw Failure(
        Diagnostic(
          "usage.several-workflows",
          "there are \(choices.count) workflows: " + choices.map { "`\($0)`" }.joined(separator: ", "),
          remedy: "name one, such as `\(choices[0])`"))
    }
  }

  /// Every workflow in `Workflows/`, sorted.
  static func all(from start: String) throws(Failure) -> [String] {
    try Disk(root: start).list("Workflows").filter { entry in
      entry.kind != .folder && isYAML(entry.name) && !entry.name.hasPrefix(".")
    }.map { "Workflows/" + $0.name }
  }

  static func at(_ name: String, _ start: String) throws(Failure) -> WorkflowFile {
    let disk = Disk(root: start)
    let entry = try disk.entry(name)
    guard let entry, entry.kind != .folder else {
      let near = Suggestion.nearest(to: name, in: (try? all(from: start)) ?? [])
      throw Failure(
        Diagnostic(
          "usage.no-file", entry == nil ? "`\(name)` does not exist" : "`\(name)` is a folder, not a workflow file",
          remedy: near.map { "did you mean `\($0)`?" }))
    }
    let absolute = try disk.realPath(name) ?? disk.absolute(name)
    let project = Project(root: Project.root(from: Paths.parent(absolute)))
    let root = project.disk.root == "/" ? "/" : project.disk.root + "/"
    let path = absolute.hasPrefix(root) ? String(absolute.dropFirst(root.count)) : absolute
    return WorkflowFile(shown: name, path: path, project: project)
  }

  private static func isYAML(_ name: String) -> Bool { name.hasSuffix(".yml") || name.hasSuffix(".yaml") }

  private static func isFile(_ name: String, _ start: String) -> Bool {
    if isYAML(name) { return true }
    guard let entry = try? Disk(root: start).entry(name) else { return false }
    return entry.kind == .file
  }
}
