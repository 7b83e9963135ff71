package import PawlCore
import PawlSystem

/// What the cache holds, when each object was last of use, and what still needs it.
///
/// A file of the cache is of use when a run made or reused what it is part of; one that no run names, such as an output
/// made by hand that Pawl replaced, when it was kept.
package struct CacheInventory: Sendable {
  /// Why an object stays whatever its age.
  package enum Hold: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Kept within the last hour: a run may be about to name it.
    case young
    /// A run that lives may take it.
    case live
    /// A record of a baseline names it.
    case production

    package static func < (a: Hold, b: Hold) -> Bool { a.rawValue < b.rawValue }
  }

  /// One file of the cache: content, or the listing of a folder.
  package struct Item: Sendable, Hashable {
    package var path: String
    package var digest: Digest
    package var isListing: Bool
    /// Bytes.
    package var size: Int
    /// Whether an output in the workspace is the same file: then removing this name frees nothing yet.
    package var isLinked = false
    package var lastUse: Timestamp
    /// Whether a run or a kept result names it.
    package var isNamed: Bool
    package var hold: Hold?

    /// Bytes that removing it frees.
    package var ownSize: Int { isLinked ? 0 : size }
  }

  /// Seconds during which an object is never removed.
  static let youth: Double = 3_600
  static let temporaryAge: Double = 86_400

  /// In no order that means anything.
  package var items: [Item] = []
  /// What an interrupted write left more than a day ago.
  package var temporaries: [String] = []
  package var entries: Int { log.count }
  /// Records of baselines, in all stores and branches.
  package var records = 0
  package var liveRuns: [String] = []
  var log: [(stage: StageID, kept: Kept, line: [UInt8])] = []
  private var uses: [Digest: Double] = [:]
  private var holds: [Digest: Hold] = [:]

  package var size: Int { items.reduce(0) { $0 &+ $1.size } }

  /// Exclusive for a collector, shared for one who makes an old object count as new.
  static func lock(_ actions: FileActions, _ kind: FileLock.Kind) throws(Failure) -> FileLock {
    try actions.makeFolder(".pawl/cache")
    return try FileLock.wait(for: ".pawl/cache/gc.lock", kind, on: actions.disk)
  }

  /// Looks at everything once. Throws when a record cannot be read: what it needs cannot be known then.
  package static func take(_ actions: FileActions, now: Timestamp = WallClock.now()) throws(Failure) -> CacheInventory {
    try RunStore(actions).whileNoneBegins { live throws(Failure) in try CacheInventory(actions, live: live, now: now) }
  }

  init(_ actions: FileActions, live: [String], now: Timestamp) throws(Failure) {
    liveRuns = live.sorted()
    log = try StageCache.entries(actions)
    let runs = RunStore(actions)
    try nameRuns(runs)
    nameEntries(live: live.map { runs[$0].summary(isAlive: true)?.workflow })
    for record in try RecordSearch(actions.disk).records() { nameRecord(record) }
    try collect(actions, now)
    spread(ObjectStore(actions))
    for index in items.indices {
      let digest = items[index].digest
      if let use = uses[digest] {
        items[index].isNamed = true
        items[index].lastUse = max(items[index].lastUse, Timestamp(use))
      }
      items[index].hold = [holds[digest], items[index].hold].compactMap { $0 }.max()
    }
  }

  // MARK: Who names what

  /// A run names what its stages made and reused, when it began and each time that it was repeated.
  private mutating func nameRuns(_ runs: RunStore) throws(Failure) {
    for id in try runs.ids() {
      guard let events = try? runs.events(of: id).events else { continue }
      let repeats = ((try? runs[id].repeats()) ?? []).map(\.seconds)
      let isLive = liveRuns.contains(id)
      for event in events {
        guard case .stageSettled(_, let settlement) = event.kind else { continue }
        let time = ([event.time.seconds] + repeats).max() ?? event.time.seconds
        for made in settlement.outputs { name(made.digest, at: time, isLive ? .live : nil) }
      }
    }
  }

  /// A run that lives may take any result of its workflow; `live` holds their names, nil where it is not yet known.
  private mutating func nameEntries(live: [String?]) {
    let prefixes = live.compactMap { $0 }.map { $0 + " / " }
    let isAnyUnknown = live.contains { $0 == nil }
    for (stage, kept, _) in log {
      let isLive = isAnyUnknown || prefixes.contains { stage.name.hasPrefix($0) }
      for made in kept.outputs {
        name(made.digest, at: RunName.time(of: kept.run)?.seconds ?? 0, isLive ? .live : nil)
      }
    }
  }

  private mutating func nameRecord(_ record: BaselineRecord) {
    records += 1
    let evidence = record.evidence.flatMap { $0.models + [$0.predictions].compactMap { $0 } }
    for made in record.stages.flatMap(\.outputs) + evidence { name(made.digest, at: record.time.seconds, .production) }
    for digest in record.stored.keys { name(digest, at: record.time.seconds, .production) }
  }

  private mutating func name(_ digest: Digest, at time: Double, _ hold: Hold?) {
    uses[digest] = max(uses[digest] ?? time, time)
    if let hold { holds[digest] = max(holds[digest] ?? hold, hold) }
  }

  /// What is said of a folder is said of its files.
  private mutating func spread(_ store: ObjectStore) {
    for item in items where item.isListing {
      guard let listing = store.listing(item.digest) else { continue }
      let time = max(item.lastUse.seconds, uses[item.digest] ?? 0)
      for leaf in listing.leaves where leaf.isFile {
        if uses[item.digest] != nil { uses[leaf.digest] = max(uses[leaf.digest] ?? time, time) }
        let hold = [holds[item.digest], item.hold, holds[leaf.digest]].compactMap { $0 }.max()
        if let hold { holds[leaf.digest] = hold }
      }
    }
  }

  // MARK: What is there

  private mutating func collect(_ actions: FileActions, _ now: Timestamp) throws(Failure) {
    let disk = actions.disk
    try collectTemporaries(actions, now)
    for folder in try disk.list(ObjectStore.folder) where folder.kind == .folder {
      let home = "\(ObjectStore.folder)/\(folder.name)"
      try collectTemporaries(home, actions, now)
      for entry in try disk.list(home) where entry.kind == .file {
        let isListing = entry.name.hasSuffix(".tree")
        guard let digest = Digest(hex: isListing ? String(entry.name.dropLast(5)) : entry.name),
          let facts = actions.facts("\(home)/\(entry.name)")
        else { continue }
        let isYoung = now.seconds - facts.modified.seconds < CacheInventory.youth
        items.append(
          Item(
            path: "\(home)/\(entry.name)", digest: digest, isListing: isListing, size: facts.size,
            isLinked: facts.names > 1, lastUse: facts.modified, isNamed: false, hold: isYoung ? .young : nil))
      }
    }
  }

  /// What a write that was interrupted left: in Pawl's own folders, and where outputs were being put back.
  private mutating func collectTemporaries(_ actions: FileActions, _ now: Timestamp) throws(Failure) {
    var open = [".pawl"]
    while let folder = open.popLast() {
      for child in try actions.disk.list(folder) where child.kind == .folder {
        let path = "\(folder)/\(child.name)"
        // Objects are listed by themselves; an environment holds thousands of files that are not Pawl's.
        if path != ObjectStore.folder, path != ".pawl/environments", !child.name.hasPrefix(".pawl-") {
          open.append(path)
        }
      }
      try collectTemporaries(folder, actions, now)
    }
    try collectTemporaries(ObjectStore.folder, actions, now)
    for folder in Set(log.flatMap(\.kept.outputs).map { Paths.parent($0.path) }).sorted() {
      try collectTemporaries(folder, actions, now)
    }
  }

  private mutating func collectTemporaries(
    _ folder: String, _ actions: FileActions, _ now: Timestamp
  ) throws(Failure) {
    for entry in try actions.disk.list(folder) {
      let isOfWorkspace = entry.name.hasPrefix(".pawl-") && [".tmp", ".tmp.old"].contains { entry.name.hasSuffix($0) }
      let path = Paths.join(folder, entry.name)
      guard isOfWorkspace || entry.kind == .file && entry.name.hasPrefix(".tmp-"), let facts = actions.facts(path),
        now.seconds - facts.modified.seconds > CacheInventory.temporaryAge
      else { continue }
      temporaries.append(path)
    }
  }
}
