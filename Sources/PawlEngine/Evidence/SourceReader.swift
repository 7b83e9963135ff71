package import PawlCore
package import PawlGate
package import PawlSystem

/// A SOURCE of contract §2 as evidence: a file, a folder, a glob, `git:REV:path`, `run:ID`, `baseline:NAME`; with a
/// policy that names the predictions' path also `work` and `git:REV`.
package struct SourceReader: Sendable {
  private let disk: Disk
  let project: Project
  private let spec: Predictions?
  private let store: String?
  let stage: String?

  /// - Parameters:
  ///   - disk: where paths start.
  ///   - spec: what columns mean; nil: there are only numbers.
  ///   - store: the folder of baselines, from the project root; nil: where workflows keep them.
  ///   - stage: which evidence of a record that holds several: `evaluate[variant=a]`.
  package init(disk: Disk, spec: Predictions?, store: String? = nil, stage: String? = nil) {
    self.disk = disk
    project = Project(root: Project.root(from: disk.root))
    self.spec = spec
    self.store = store
    self.stage = stage
  }

  /// One replicate a file; throws when a source names nothing.
  package func read(_ source: String) throws(Failure) -> [Replicate] { try sourced(source).map(\.replicate) }

  /// The replicates of a source with what says which they are; throws when it names nothing.
  package func sourced(_ source: String) throws(Failure) -> [SourcedReplicate] {
    if source == "work" { return try files(try ownPath(source), in: project.disk, source) }
    if source.hasPrefix("git:") { return try fromGit(String(source.dropFirst(4)), source) }
    if source.hasPrefix("run:") || source.hasPrefix("baseline:") { return try recorded(source) }
    return try files(source, in: disk, source)
  }

  // MARK: Files

  private func files(_ path: String, in tree: any Tree, _ source: String) throws(Failure) -> [SourcedReplicate] {
    let entry = try tree.entry(path)
    if entry == nil, Glob.isPattern(path) {
      let paths = try tree.expand(Paths.normalise(path))
      if paths.isEmpty { throw Failure(Diagnostic("usage.no-file", "`\(source)` matches no file")) }
      return paths.map { SourceFile(path: $0, spec: spec).read(tree) }
    }
    guard let entry else {
      throw Failure(
        Diagnostic(
          "usage.no-file", "`\(source)` does not exist",
          remedy: near(path, in: tree) ?? "give the path of a metric file or of rows"))
    }
    guard entry.kind == .folder else { return [SourceFile(path: path, spec: spec).read(tree)] }
    let files = try tree.list(path).filter { item in
      item.kind != .folder
        && [".json", ".yaml", ".yml", ".toml", ".csv", ".tsv", ".jsonl", ".ndjson"].contains {
          item.name.lowercased().hasSuffix($0)
        }
    }
    if files.isEmpty {
      throw Failure(
        Diagnostic(
          "usage.no-file", "the folder `\(source)` holds neither metric files nor rows",
          remedy: "name the files, or a glob such as `\(Paths.join(path, "*/metrics.json"))`"))
    }
    return files.map { SourceFile(path: Paths.join(path, $0.name), spec: spec).read(tree) }
  }

  private func near(_ path: String, in tree: any Tree) -> String? {
    let parent = Paths.parent(path)
    let names = ((try? tree.list(parent)) ?? []).map { Paths.join(parent, $0.name) }
    return Suggestion.nearest(to: path, in: names).map { "did you mean `\($0)`?" }
  }

  /// Where the policy says that predictions lie.
  private func ownPath(_ source: String) throws(Failure) -> String {
    if let path = spec?.path { return path }
    throw Failure(
      Diagnostic(
        "usage.source", "`\(source)` names no file, and the policy does not say where predictions lie",
        remedy: source == "work"
          ? "give the file's path, or add `path:` to the policy's `predictions:`"
          : "write `\(source):path/to/metrics.json`, or add `path:` to the policy's `predictions:`"))
  }

  private func fromGit(_ text: String, _ source: String) throws(Failure) -> [SourcedReplicate] {
    let colon = text.firstIndex(of: ":")
    let revision = colon.map { String(text[..<$0]) } ?? text
    let written = colon.map { String(text[text.index(after: $0)...]) } ?? ""
    guard !revision.isEmpty else {
      throw Failure(
        Diagnostic("usage.source", "`\(source)` names no revision", remedy: "write `git:main:path/to/metrics.json`"))
    }
    let path = written.isEmpty ? try ownPath(source) : written
    // A path of the command line starts where the caller stands, one of the policy at the project root.
    let tree = try GitTree(Git(root: written.isEmpty ? project.disk.root : disk.root), at: revision)
    if try tree.entry(path) == nil, !Glob.isPattern(path) {
      throw Failure(
        Diagnostic("usage.no-file", "`\(path)` is not in `\(revision)`", remedy: near(path, in: tree)))
    }
    return try files(path, in: tree, source)
  }

  // MARK: Records

  private func recorded(_ source: String) throws(Failure) -> [SourcedReplicate] {
    let found = try record(source)
    let evidence = try self.evidence(of: found.record, source)
    let store = found.store
    return replicates(evidence, of: found.record, RecordReader(objects: project.objects) { _ in store })
  }

  private func record(_ source: String) throws(Failure) -> (record: BaselineRecord, store: BaselineStore?) {
    if source.hasPrefix("run:") {
      let id = try project.runs.resolve(source)
      guard let record = BaselineRecord(joining: try Draft.read(project.runs[id], project.disk)) else {
        throw Failure(
          Diagnostic(
            "usage.source", "run `\(id)` judged no gate, so it holds no evidence",
            remedy: "`pawl runs` lists the others"))
      }
      return (record, nil)
    }
    let name = String(source.dropFirst("baseline:".count))
    let store = try stores.store(holding: name)
    switch try store.head(name) {
    case .one(let head): return (head, store)
    case .none: throw Failure(Diagnostic("usage.no-baseline", "baseline `\(name)` has no record"))
    case .several(let heads):
      throw Failure(
        Diagnostic(
          "baseline.two-heads", "`\(source)` has \(heads.count) heads: " + heads.map(\.id).joined(separator: ", "),
          remedy: "choose one: pawl baseline rollback \(name) --to \(heads[0].id)"))
    }
  }

  var stores: BaselineStores { BaselineStores(project.disk, only: store) }

  /// The replicates of one evidence; which one must be said where there are several.
  func evidence(of record: BaselineRecord, _ source: String) throws(Failure) -> [RecordedEvidence] {
    var names: [String] = []
    for evidence in record.evidence where !names.contains(evidence.exhibit) { names.append(evidence.exhibit) }
    let list = names.map { "`\($0)`" }.joined(separator: ", ")
    let wanted: [String]
    if let stage {
      wanted = names.contains(stage) ? [stage] : names.filter { $0.hasPrefix(stage + "[") }
    } else {
      wanted = names
    }
    guard let name = wanted.first else {
      throw Failure(
        Diagnostic(
          "usage.source",
          names.isEmpty ? "`\(source)` holds no evidence" : "`\(source)` holds no evidence of `\(stage ?? "")`",
          cause: names.isEmpty ? nil : "it has: \(list)",
          remedy: Suggestion.nearest(to: stage ?? "", in: names).map { "did you mean `\($0)`?" }))
    }
    guard wanted.count == 1 else {
      throw Failure(
        Diagnostic(
          "usage.source", "`\(source)` holds \(wanted.count) pieces of evidence, and it must be clear which is meant",
          cause: "it has: \(list)", remedy: "add `stage: \(name.contains("[") ? "\"\(name)\"" : name)` to the rules"))
    }
    return record.evidence.filter { $0.exhibit == name }
  }

  func replicates(
    _ evidence: [RecordedEvidence], of record: BaselineRecord, _ reader: RecordReader
  ) -> [SourcedReplicate] {
    evidence.map { recorded in
      let replicate = reader.replicate(record, recorded, spec, name: recorded.stage.name)
      return SourcedReplicate(
        replicate, rows: recorded.predictions?.digest, recordedData: recorded.testData,
        models: recorded.models.map(\.digest),
        use: BaselineUse(record))
    }
  }
}
