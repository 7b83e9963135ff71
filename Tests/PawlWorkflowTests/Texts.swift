import Foundation
import PawlCore
import Testing

@testable import PawlWorkflow

/// Files in memory; folders follow from the paths.
struct MemoryFiles: Tree {
  var files: [String: String]

  func read(_ path: String) throws(Failure) -> [UInt8]? { files[path].map { Array($0.utf8) } }

  func list(_ folder: String) throws(Failure) -> [Entry] {
    var entries: [String: Entry] = [:]
    for path in files.keys where folder.isEmpty || path.hasPrefix(folder + "/") {
      let rest = folder.isEmpty ? path : String(path.dropFirst(folder.count + 1))
      let parts = rest.split(separator: "/", maxSplits: 1)
      guard let name = parts.first.map(String.init) else { continue }
      entries[name] = Entry(name: name, kind: parts.count > 1 ? .folder : .file)
    }
    return entries.values.sorted { $0.name < $1.name }
  }

  func entry(_ path: String) throws(Failure) -> Entry? {
    if path == "." || files.keys.contains(where: { $0.hasPrefix(path + "/") }) {
      return Entry(name: Paths.name(path), kind: .folder)
    }
    return files[path].map { Entry(name: Paths.name(path), kind: .file, size: $0.utf8.count) }
  }
}

/// A workflow as text, and what becomes of it.
struct Text {
  var yaml: String
  var files: [String: String] = ["data.csv": "", "train.py": "", "evaluate.py": ""]
  var sets: [(name: String, text: String)] = []
  var environment: [String: String] = [:]
  var baseline: String?
  var promotes = false
  var record: BaselineRecord?
  /// Records by the name of their baseline, before `record`.
  var records: [String: BaselineRecord] = [:]
  /// Records by the folder of their store, before `records`.
  var stores: [String: BaselineRecord] = [:]
  var waivers: String?
  var pin: PinnedTree?

  init(_ yaml: String) { self.yaml = yaml }

  func load() -> Loaded {
    var tree = MemoryFiles(files: files)
    tree.files["Workflows/w.yml"] = yaml
    var request = LoadRequest(
      file: "w.yml", path: "Workflows/w.yml", sets: sets, environment: environment, baselineOverride: baseline,
      promotes: promotes)
    request.waivers = waivers
    request.pin = pin
    return WorkflowLoader.load(request, tree: tree) { reference in
      stores.isEmpty && records.isEmpty ? record : stores[reference.store] ?? records[reference.name]
    }
  }

  /// The workflow; its diagnostics fail the test.
  func workflow(_ location: Testing.SourceLocation = #_sourceLocation) throws -> Workflow {
    let loaded = load()
    #expect(loaded.diagnostics.filter { $0.severity == .error }.map(shown) == [], sourceLocation: location)
    return try #require(loaded.workflow, sourceLocation: location)
  }

  func stage(_ name: String, _ location: Testing.SourceLocation = #_sourceLocation) throws -> Stage {
    try #require(try workflow(location).stages.first { $0.id.name == name }, sourceLocation: location)
  }
}

/// `3:5: unknown key … | remedy`, warnings marked.
func shown(_ diagnostic: Diagnostic) -> String {
  let place = diagnostic.location.map { "\($0.line):\($0.column): " } ?? ""
  let kind = diagnostic.severity == .error ? "" : "\(diagnostic.severity.rawValue): "
  return place + kind + diagnostic.message + (diagnostic.remedy.map { " | " + $0 } ?? "")
}

private let marks = Array("①②③④⑤⑥⑦⑧⑨")

/// Loads a text whose marks ①② show where its diagnostics must point, in this order, and compares their whole text.
func expectDiagnostics(
  _ marked: String, _ expected: String..., set: (inout Text) -> Void = { _ in },
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  var places: [Character: String] = [:]
  var plain: [String] = []
  for (row, line) in marked.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
    var text = ""
    for character in line {
      if marks.contains(character) {
        places[character] = "\(row + 1):\(text.count + 1): "
      } else {
        text.append(character)
      }
    }
    plain.append(text)
  }
  var text = Text(plain.joined(separator: "\n"))
  set(&text)
  let loaded = text.load()
  let wanted = expected.map { line -> String in
    guard let mark = line.first, marks.contains(mark) else { return line }
    return (places[mark] ?? "no mark \(mark): ") + line.dropFirst().drop { $0 == " " }
  }
  let found = loaded.diagnostics.map(shown)
  #expect(found == wanted, "\(found.joined(separator: "\n"))", sourceLocation: sourceLocation)
  let hasErrors = loaded.diagnostics.contains { $0.severity == .error }
  #expect((loaded.workflow == nil) == hasErrors, sourceLocation: sourceLocation)
}

/// The repository's root.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// The files of the repository, for the example workflows.
struct RepositoryTree: Tree {
  private func url(_ path: String) -> URL { repository.appending(path: path) }

  func read(_ path: String) throws(Failure) -> [UInt8]? { (try? Data(contentsOf: url(path))).map { Array($0) } }

  func list(_ folder: String) throws(Failure) -> [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url(folder).path())) ?? []
    var entries: [Entry] = []
    for name in names.sorted() {
      if let entry = try entry(folder.isEmpty ? name : folder + "/" + name) { entries.append(entry) }
    }
    return entries
  }

  func entry(_ path: String) throws(Failure) -> Entry? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url(path).path(), isDirectory: &isFolder) else { return nil }
    return Entry(name: Paths.name(path), kind: isFolder.boolValue ? .folder : .file)
  }
}
