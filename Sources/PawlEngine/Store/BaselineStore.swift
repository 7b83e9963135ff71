package import PawlCore
package import PawlSystem

/// Production records, `STORE/NAME/<time>-<run>/`: `record.json`, predictions, model files; reviewed and kept by git.
///
/// Nothing is ever rewritten: promotion and rollback add a folder. Production is the head, the record that is nobody's
/// parent; there is no pointer that two branches could fight over. Predictions are stored as the plain bytes that were
/// measured, not compressed: git compresses them, and their digest is the evidence's.
package struct BaselineStore: Sendable {
  /// Which record is production.
  package enum Head: Sendable, Hashable {
    case none
    case one(BaselineRecord)
    /// Promoted side by side on two branches; sorted by id.
    case several([BaselineRecord])
  }

  let tree: any Tree
  /// Where content lies as well that the tree has only a pointer of, as in LFS; its digest is checked either way.
  private let spare: (any Tree)?
  /// Nil where nothing can be written.
  let actions: FileActions?
  /// From the tree's root.
  package let folder: String

  /// `folder` is the store, from the project root.
  package init(disk: Disk, folder: String) { self.init(FileActions(disk), folder: folder) }

  package init(_ actions: FileActions, folder: String) {
    tree = actions.disk
    spare = nil
    self.actions = actions
    self.folder = folder
  }

  /// A store to read in any tree, such as a git revision. `spare` has the same folder, perhaps with other records.
  package init(tree: any Tree, folder: String, spare: (any Tree)? = nil) {
    self.tree = tree
    self.spare = spare
    actions = (tree as? Disk).map { FileActions($0) }
    self.folder = folder
  }

  package static let recordFile = "record.json"
  /// A folder of the store that holds no records.
  private static let ledger = "ledger"

  /// The baselines there are, sorted.
  package func names() throws(Failure) -> [String] {
    try tree.list(folder).filter { $0.kind == .folder && BaselineStore.isName($0.name) }.map(\.name).sorted()
  }

  /// The folder of a record, from the tree's root.
  package func path(_ name: String, _ id: String) -> String { Paths.join(folder, "\(name)/\(id)") }

  /// All records of a baseline, oldest first; throws when one cannot be read, naming its folder.
  package func records(_ name: String) throws(Failure) -> [BaselineRecord] {
    guard BaselineStore.isName(name) else { throw Failure(.badName(name)) }
    var records: [BaselineRecord] = []
    var problems: [Diagnostic] = []
    for entry in try tree.list(Paths.join(folder, name)) where entry.kind == .folder && !entry.name.hasPrefix(".") {
      do throws(Failure) { records.append(try record(name, entry.name)) } catch { problems += error.diagnostics }
    }
    if !problems.isEmpty { throw Failure(problems) }
    return records.sorted { $0.id < $1.id }
  }

  /// One record by its id.
  package func record(_ name: String, _ id: String) throws(Failure) -> BaselineRecord {
    let file = path(name, id) + "/" + BaselineStore.recordFile
    guard let bytes = try tree.read(file) else {
      throw Failure(.unreadableRecord(path(name, id), "it holds no `\(BaselineStore.recordFile)`"))
    }
    let record = try BaselineRecord.read(bytes, file: file)
    if record.id != id || record.name != name {
      throw Failure(.unreadableRecord(file, "it says it is `\(record.name)/\(record.id)`"))
    }
    return record
  }

  package func head(_ name: String) throws(Failure) -> Head {
    let heads = try BaselineStore.heads(of: records(name), path: Paths.join(folder, name))
    return heads.count > 1 ? .several(heads) : heads.first.map(Head.one) ?? .none
  }

  /// The head and what it descends from, newest first; empty when there is no single head.
  package func history(_ name: String) throws(Failure) -> [BaselineRecord] {
    guard case .one(let head) = try head(name) else { return [] }
    return try chain(of: head)
  }

  /// A record and what it descends from, newest first.
  package func chain(of record: BaselineRecord) throws(Failure) -> [BaselineRecord] {
    var known = Dictionary(try records(record.name).map { ($0.id, $0) }) { first, _ in first }
    known[record.id] = record
    var found: Set<String> = []
    var open = [record.id]
    while let id = open.popLast() { if let record = known[id], found.insert(id).inserted { open += record.parents } }
    return found.compactMap { known[$0] }.sorted { $0.id > $1.id }
  }

  /// The bytes of `record.json`: pretty JSON, the same for the same record.
  package static func encode(_ record: BaselineRecord) -> [UInt8] { record.fileBytes }

  /// Reads `record.json`; throws when it is no record, or one of a newer major version.
  package static func decode(_ bytes: [UInt8], file: String) throws(Failure) -> BaselineRecord {
    try BaselineRecord.read(bytes, file: file)
  }

  /// The records that are nobody's parent.
  static func heads(of records: [BaselineRecord], path: String) throws(Failure) -> [BaselineRecord] {
    let parents = Set(records.flatMap(\.parents))
    let heads = records.filter { !parents.contains($0.id) }
    if heads.isEmpty, !records.isEmpty {
      throw Failure(.unreadableRecord(path, "its records are each other's parents"))
    }
    return heads
  }

  /// Whether a text may name a baseline or a record: one component of a path, not hidden, not the ledger.
  static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && name != ledger
      && !name.contains { $0 == "/" || $0 == "\0" || $0.isNewline }
  }
}

/// Content of records.
extension BaselineStore {
  /// Where a record holds content, from the tree's root; nil when it has only the digest.
  package func contentPath(_ record: BaselineRecord, _ digest: Digest) -> String? {
    guard let file = record.stored[digest], Paths.staysInside(file), !file.isEmpty else { return nil }
    return path(record.name, record.id) + "/" + file
  }

  /// The bytes of a file that a record holds; nil when it does not, or holds other bytes under that digest.
  package func content(_ record: BaselineRecord, _ digest: Digest) throws(Failure) -> [UInt8]? {
    guard let path = contentPath(record, digest) else { return nil }
    for tree in [tree, spare].compactMap({ $0 }) {
      if try tree.entry(path)?.kind == .file, let bytes = try tree.read(path), Digester.digest(bytes) == digest {
        return bytes
      }
    }
    return nil
  }

  /// Puts a file or folder that a record holds at a path; what stood there goes. False when it cannot be had.
  ///
  /// From a git revision only bytes come: a folder with links or executable files counts as absent there.
  package func place(_ record: BaselineRecord, _ made: Made, at path: String, on disk: Disk) throws(Failure) -> Bool {
    guard let source = contentPath(record, made.digest) else { return false }
    for tree in [tree, spare].compactMap({ $0 }) {
      if try tree.entry(source) != nil, try place(source, of: tree, made, at: path, on: disk) { return true }
    }
    return false
  }

  private func place(_ source: String, of tree: any Tree, _ made: Made, at path: String, on disk: Disk)
    throws(Failure) -> Bool
  {
    let actions = FileActions(disk)
    let parent = Paths.parent(path)
    try actions.makeFolder(parent)
    let temporary = Paths.join(parent, ".pawl-\(Random.identifier()).tmp")
    defer { try? disk.remove(temporary, recursively: true) }
    try BaselineStore.copy(source, of: tree, to: temporary, actions)
    guard try TreeDigest().content(of: temporary, root: disk)?.digest == made.digest else { return false }
    try disk.remove(path, recursively: true)
    try actions.rename(temporary, to: path)
    return true
  }

  /// What is wrong with the files of a record: missing ones and those whose digest is another.
  ///
  /// In a git revision a folder's digest cannot be had; only that it is there is checked.
  package func verify(_ record: BaselineRecord) throws(Failure) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    for (digest, file) in record.stored.sorted(by: { $0.value < $1.value }) {
      let name = path(record.name, record.id) + "/" + file
      guard let path = contentPath(record, digest), let entry = try tree.entry(path) else {
        problems.append(.missingContent(name))
        continue
      }
      let found: Digest?
      if entry.kind != .folder {
        found = try tree.read(path).map { Digester.digest($0) }
      } else if let disk = tree as? Disk {
        found = try TreeDigest().content(of: path, root: disk)?.digest
      } else {
        continue
      }
      if found != digest { problems.append(.damagedContent(name, digest, found)) }
    }
    return problems
  }

  private static func copy(
    _ source: String, of tree: any Tree, to target: String, _ actions: FileActions
  ) throws(Failure) {
    if let disk = tree as? Disk { return try actions.copyTree(disk.absolute(source), to: target) }
    guard try tree.entry(source)?.kind == .folder else {
      return try actions.create(target, try tree.read(source) ?? [])
    }
    try actions.makeFolder(target)
    for entry in try tree.list(source) {
      try copy("\(source)/\(entry.name)", of: tree, to: "\(target)/\(entry.name)", actions)
    }
  }
}

extension Diagnostic {
  static func missingContent(_ path: String) -> Diagnostic {
    Diagnostic(
      "baseline.content-missing", "`\(path)` is missing", cause: "the record names it as stored",
      remedy: "`git status --ignored \(path)` shows whether it is ignored; `git checkout -- \(path)` brings it back")
  }

  fileprivate static func damagedContent(_ path: String, _ expected: Digest, _ found: Digest?) -> Diagnostic {
    Diagnostic(
      "baseline.content-damaged", "`\(path)` is not what was promoted",
      cause: "its digest is \(found?.hex.prefix(12) ?? "unknown"), the record says \(expected.hex.prefix(12))",
      remedy: "`git checkout -- \(path)` brings the promoted file back")
  }

  static func badName(_ name: String) -> Diagnostic {
    Diagnostic("baseline.bad-name", "`\(name)` cannot name a baseline", remedy: "choose a name such as `production`")
  }
}
