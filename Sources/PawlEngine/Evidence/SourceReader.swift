package import PawlCore
package import PawlGate
package import PawlSystem

/// A SOURCE of contract §2 as evidence: a file, a glob, `git:REV:path`, `run:ID`, `baseline:NAME`.
package struct SourceReader: Sendable {
  private let disk: Disk
  private let spec: Predictions?

  package init(disk: Disk, spec: Predictions?) {
    self.disk = disk
    self.spec = spec
  }

  /// One replicate a file; throws when a source names nothing.
  package func read(_ source: String) throws(Failure) -> [Replicate] {
    if source.hasPrefix("git:") { return [try fromGit(String(source.dropFirst(4)), source)] }
    if source.hasPrefix("run:") || source.hasPrefix("baseline:") { return try recorded(source) }
    if Glob.isPattern(source), try disk.entry(source) == nil {
      let paths = try disk.expand(Paths.normalise(source))
      if paths.isEmpty { throw Failure(Diagnostic("usage.no-file", "`\(source)` matches no file")) }
      return paths.map { SourceFile(path: $0, spec: spec).replicate(disk) }
    }
    guard let entry = try disk.entry(source) else {
      throw Failure(
        Diagnostic(
          "usage.no-file", "`\(source)` does not exist",
          remedy: near(source) ?? "give the path of a metric file or of rows"))
    }
    guard entry.kind == .folder else { return [SourceFile(path: source, spec: spec).replicate(disk)] }
    let files = try disk.list(source).filter { item in
      [".json", ".yaml", ".yml", ".toml", ".csv", ".jsonl"].contains { item.name.hasSuffix($0) }
    }
    if files.isEmpty { throw Failure(Diagnostic("usage.no-file", "the folder `\(source)` holds no metric file")) }
    return files.map { SourceFile(path: Paths.join(source, $0.name), spec: spec).replicate(disk) }
  }

  private func near(_ source: String) -> String? {
    let names = ((try? disk.list(Paths.parent(source))) ?? []).map { Paths.join(Paths.parent(source), $0.name) }
    return Suggestion.nearest(to: source, in: names).map { "did you mean `\($0)`?" }
  }

  private func fromGit(_ text: String, _ source: String) throws(Failure) -> Replicate {
    guard let colon = text.firstIndex(of: ":") else {
      throw Failure(
        Diagnostic("usage.source", "`\(source)` names no file", remedy: "write `git:\(text):path/to/metrics.json`"))
    }
    let path = String(text[text.index(after: colon)...])
    let tree = try GitTree(Git(root: disk.root), at: String(text[..<colon]))
    guard try tree.read(path) != nil else {
      throw Failure(Diagnostic("usage.no-file", "`\(path)` is not in `\(text[..<colon])`"))
    }
    return SourceFile(path: path, spec: spec).replicate(tree)
  }

  private func recorded(_ source: String) throws(Failure) -> [Replicate] {
    let project = Project(root: Project.root(from: disk.root))
    let record: BaselineRecord
    var store: BaselineStore?
    if source.hasPrefix("run:") {
      let id = try project.runs.resolve(source)
      guard let draft = try Draft.read(project.runs[id], project.disk).first else {
        throw Failure(Diagnostic("usage.source", "run `\(id)` judged no gate, so it holds no evidence"))
      }
      record = draft.record
    } else {
      let found = try BaselineStores(project.disk).store(holding: String(source.dropFirst(9)))
      guard case .one(let head) = try found.head(String(source.dropFirst(9))) else {
        throw Failure(Diagnostic("baseline.two-heads", "`\(source)` has no single head", remedy: "pawl baseline list"))
      }
      record = head
      store = found
    }
    var replicates: [Replicate] = []
    for evidence in record.evidence {
      var replicate = Replicate(name: evidence.stage.name, measurements: evidence.metrics)
      if let spec, let rows = evidence.predictions,
        let bytes = try content(rows.digest, of: record, store, project.objects)
      {
        replicate.rows = try RowTable.read(bytes, spec: spec, file: rows.path)
        replicate.measurements = evidence.metrics.filter { $0.file != nil }
      }
      replicates.append(replicate)
    }
    return replicates
  }

  private func content(
    _ digest: Digest, of record: BaselineRecord, _ store: BaselineStore?, _ objects: ObjectStore
  ) throws(Failure) -> [UInt8]? {
    if let store, let bytes = try store.content(record, digest) { return bytes }
    return try objects.read(digest)
  }
}
