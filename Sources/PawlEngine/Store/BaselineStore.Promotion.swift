package import PawlCore
import PawlSystem

/// A file or folder that a record holds itself.
package struct BaselineContent: Sendable {
  package enum Source: Sendable {
    case bytes([UInt8])
    /// A file or folder, from the project root.
    case path(String)
    /// A file or folder of the cache.
    case object(ObjectStore)
  }

  package var made: Made
  package var source: Source
  /// The file name wished for; odd bytes are escaped, and a number is added when it is taken.
  package var name: String

  package init(_ made: Made, from source: Source, name: String? = nil) {
    self.made = made
    self.source = source
    self.name = name ?? Paths.name(made.path)
  }

  package init(digest: Digest, bytes: [UInt8], name: String) {
    self.init(Made(path: name, digest: digest, size: bytes.count), from: .bytes(bytes))
  }
}

extension BaselineStore {
  /// Adds a record and makes it production; durable on disk (`fsync`) when it returns.
  ///
  /// `parents` are the ids of the head or heads that were judged against. Throws `baseline.head-moved` when the heads
  /// are others now, and whatever the disk refuses; then the store is as it was. The folder is written whole under a
  /// hidden name and appears by one rename. `parents` and `stored` of the record are filled in here.
  package func promote(record: BaselineRecord, contents: [BaselineContent], expecting parents: [String]) throws(Failure)
    -> BaselineChange
  {
    guard let actions else { throw Failure(.readOnly(folder)) }
    guard BaselineStore.isName(record.name) else { throw Failure(.badName(record.name)) }
    guard BaselineStore.isName(record.id) else { throw Failure(.badName(record.id)) }
    let lock = try BaselineStore.lock(actions)
    defer { lock.release() }
    let home = Paths.join(folder, record.name)
    let made = try makeHome(home, actions)
    try sweep(home, actions)
    try requireHeads(record.name, parents)
    var record = record
    record.parents = parents.sorted()
    let temporary = home + "/.tmp-\(Random.identifier())"
    let final = path(record.name, record.id)
    if actions.disk.exists(final) { throw Failure(.exists(final)) }
    do throws(Failure) {
      try write(&record, contents, in: temporary, actions)
      try requireHeads(record.name, parents)
      try actions.rename(temporary, to: final)
    } catch {
      try? actions.remove(temporary, recursively: true)
      throw error
    }
    do throws(Failure) { for folder in [home] + made { try actions.sync(folder) } } catch {
      // Not known to be on disk, so it must not be production: aside again, by a name that is no record's.
      do throws(Failure) { try actions.rename(final, to: temporary) } catch let obstacle {
        throw Failure(.undecided(final, error.diagnostics + obstacle.diagnostics))
      }
      try? actions.remove(temporary, recursively: true)
      throw error
    }
    return BaselineChange(name: record.name, record: record.id, folder: final, parents: record.parents)
  }

  /// Goes back to an older record: a new one that holds what that one holds, whose parents are the heads of now.
  ///
  /// `to` is an id or a unique prefix of one; without it, the head's parent. Works with two heads when `to` is given.
  package func rollback(_ name: String, to id: String?, at time: Timestamp, reason: String?, who: String?)
    throws(Failure) -> BaselineChange
  {
    let records = try records(name)
    let heads = try BaselineStore.heads(of: records, path: Paths.join(folder, name))
    let old = try target(name, id, records, heads)
    var record = old
    record.id = "\(time.compact)-\(RunName.short(old.run))"
    record.time = time
    record.reason = reason ?? "back to \(old.id)"
    record.who = who
    var contents: [BaselineContent] = []
    for (digest, file) in old.stored.sorted(by: { $0.value < $1.value }) {
      guard let path = contentPath(old, digest), let entry = try tree.entry(path) else {
        throw Failure(.missingContent(self.path(old.name, old.id) + "/" + file))
      }
      let made = Made(path: file, digest: digest, size: entry.size, isFolder: entry.kind == .folder)
      contents.append(BaselineContent(made, from: .path(path)))
    }
    return try promote(record: record, contents: contents, expecting: heads.map(\.id))
  }

  private func target(_ name: String, _ id: String?, _ records: [BaselineRecord], _ heads: [BaselineRecord])
    throws(Failure) -> BaselineRecord
  {
    guard let head = heads.first else { throw Failure(.nothingToRollBack(name)) }
    if heads.count > 1, id == nil { throw Failure(.severalHeads(name, heads.map(\.id))) }
    guard let wanted = id ?? head.parents.first else { throw Failure(.nothingToRollBack(name)) }
    let exact = records.filter { $0.id == wanted }
    let fitting = exact.isEmpty ? records.filter { $0.id.hasPrefix(wanted) } : exact
    guard fitting.count == 1, let old = fitting.first else {
      throw Failure(.unknownRecord(name, wanted, records.map(\.id), fits: fitting.count))
    }
    if heads.count == 1, head.id == old.id { throw Failure(.alreadyProduction(name, old.id)) }
    return old
  }
}

extension BaselineStore {
  /// One lock for all stores of a project, among its own files: a lock in the store would be seen by git.
  private static func lock(_ actions: FileActions) throws(Failure) -> FileLock {
    try actions.makeFolder(".pawl")
    return try FileLock.wait(for: ".pawl/baselines.lock", on: actions.disk)
  }

  /// Makes the baseline's folder; the folders whose list of names that changed, innermost first.
  ///
  /// A new store gets two files that keep git from harm: `*.csv` and `models/` are ignored in many projects, and a
  /// checkout may rewrite line ends.
  private func makeHome(_ home: String, _ actions: FileActions) throws(Failure) -> [String] {
    var changed: [String] = []
    var path = home
    while !path.isEmpty, path != "/", !actions.disk.exists(path) {
      path = Paths.parent(path)
      changed.append(path)
    }
    try actions.makeFolder(home)
    for (name, text) in [(".gitignore", "!*\n.tmp-*\n"), (".gitattributes", "* -text\n")] {
      let file = Paths.join(folder, name)
      if !actions.disk.exists(file) { try actions.replace(file, Array(text.utf8)) }
    }
    return changed
  }

  /// Removes what a promotion that was killed left; under the lock nobody else is writing.
  private func sweep(_ home: String, _ actions: FileActions) throws(Failure) {
    for entry in try actions.disk.list(home) where entry.name.hasPrefix(".tmp-") {
      try? actions.remove("\(home)/\(entry.name)", recursively: true)
    }
  }

  private func requireHeads(_ name: String, _ expected: [String]) throws(Failure) {
    let heads = try BaselineStore.heads(of: records(name), path: Paths.join(folder, name)).map(\.id)
    if Set(heads) != Set(expected) { throw Failure(.headMoved(name, expected, heads)) }
  }

  /// Writes the folder, and waits until the disk has all of it.
  private func write(
    _ record: inout BaselineRecord, _ contents: [BaselineContent], in folder: String, _ actions: FileActions
  ) throws(Failure) {
    try actions.makeFolder(folder)
    record.stored = [:]
    var taken: Set<String> = [BaselineStore.recordFile]
    for content in contents where record.stored[content.made.digest] == nil {
      let name = BaselineStore.name(content.name, &taken)
      try put(content, at: "\(folder)/\(name)", actions)
      record.stored[content.made.digest] = name
    }
    try actions.create("\(folder)/\(BaselineStore.recordFile)", record.fileBytes, durable: true)
    try actions.sync(folder)
  }

  private func put(_ content: BaselineContent, at path: String, _ actions: FileActions) throws(Failure) {
    switch content.source {
    case .bytes(let bytes): try actions.create(path, bytes)
    case .path(let source): try actions.copyTree(actions.disk.absolute(source), to: path)
    // What git keeps must be a file of its own.
    case .object(let objects): try objects.linking(CacheLink.usual).place(content.made, at: path)
    }
    guard try TreeDigest().content(of: path, root: actions.disk)?.digest == content.made.digest else {
      throw Failure(.changed(content.made.path))
    }
    try actions.syncTree(path)
  }

  private static func name(_ wish: String, _ taken: inout Set<String>) -> String {
    let whole = RunFolder.escaped(wish)
    let base = whole.isEmpty || whole.hasPrefix(".") ? "content" + whole : whole
    let dot = base.lastIndex(of: ".") ?? base.endIndex
    var name = base
    var number = 2
    while !taken.insert(name).inserted {
      name = "\(base[..<dot])-\(number)\(base[dot...])"
      number += 1
    }
    return name
  }
}

extension Diagnostic {
  fileprivate static func headMoved(_ name: String, _ expected: [String], _ found: [String]) -> Diagnostic {
    func named(_ ids: [String]) -> String {
      ids.isEmpty ? "none" : ids.sorted().map { "`\($0)`" }.joined(separator: " and ")
    }
    return Diagnostic(
      "baseline.head-moved", "the head of `\(name)` moved since it was judged",
      cause: "it was \(named(expected)), now it is \(named(found))", remedy: "judge again: `pawl run --promote`")
  }

  fileprivate static func undecided(_ path: String, _ causes: [Diagnostic]) -> Diagnostic {
    Diagnostic(
      "system.not-durable", "`\(path)` stands, though it is not known to be on the disk",
      cause: causes.map { [$0.message, $0.cause].compactMap { $0 }.joined(separator: ": ") }.joined(separator: "; "),
      remedy: "once the disk works again: `pawl baseline verify`; keep the record in git, or remove its folder")
  }

  fileprivate static func exists(_ path: String) -> Diagnostic {
    Diagnostic(
      "baseline.exists", "there is a record `\(path)` already", cause: "a run is promoted once",
      remedy: "`pawl baseline list` shows what is there")
  }

  fileprivate static func readOnly(_ folder: String) -> Diagnostic {
    Diagnostic(
      "baseline.read-only", "the store `\(folder)` was read from a git revision and takes no record",
      remedy: "promote in a checkout of the branch")
  }

  fileprivate static func nothingToRollBack(_ name: String) -> Diagnostic {
    Diagnostic(
      "baseline.no-parent", "`\(name)` has no earlier record to go back to",
      remedy: "`pawl baseline history \(name)` shows what is there")
  }

  fileprivate static func severalHeads(_ name: String, _ ids: [String]) -> Diagnostic {
    Diagnostic(
      "baseline.two-heads", "`\(name)` has \(ids.count) heads",
      cause: "promoted side by side: " + ids.map { "`\($0)`" }.joined(separator: ", "),
      remedy: "choose one: `pawl baseline rollback \(name) --to \(ids.first ?? "ID")`")
  }

  fileprivate static func unknownRecord(_ name: String, _ wanted: String, _ known: [String], fits: Int) -> Diagnostic {
    let near = Suggestion.nearest(to: wanted, in: known).map { "did you mean `\($0)`? " } ?? ""
    return Diagnostic(
      "baseline.unknown-record",
      fits > 1 ? "`\(wanted)` fits \(fits) records of `\(name)`" : "`\(name)` has no record `\(wanted)`",
      remedy: near + "`pawl baseline history \(name)` lists them")
  }

  fileprivate static func alreadyProduction(_ name: String, _ id: String) -> Diagnostic {
    Diagnostic(
      "baseline.already-production", "`\(id)` is production of `\(name)` already",
      remedy: "`pawl baseline history \(name)` lists the records to go back to")
  }
}
