package import PawlCore
package import PawlSystem

/// What stages made, by key: `.pawl/cache/stages.log`, one checksummed line a finished stage, only ever appended.
///
/// Several processes may append at once; what they wrote is found at the next lookup that misses. Torn lines and lines
/// of a newer format are passed over: a lost line costs a run of its stage, never an answer that is wrong.
package actor StageCache {
  private let actions: FileActions
  /// Open for reading: a project that cannot be written has its results all the same.
  private var log: GrowingFile?
  private var file: Appender?
  /// The log as far as it was read; entries are decoded when they are asked for.
  private var bytes: [UInt8] = []
  /// Bytes of `bytes` that are indexed: whole lines.
  private var indexed = 0
  /// Bytes that this process has added.
  private var added = 0
  private var byKey: [Digest: Range<Int>] = [:]
  private var byStage: [StageID: Range<Int>] = [:]

  static let path = ".pawl/cache/stages.log"

  package init(disk: Disk) { self.init(FileActions(disk)) }

  package init(_ actions: FileActions) { self.actions = actions }

  /// Reads what is there; throws where it cannot be read, since then everything would run again.
  package func open() throws(Failure) {
    log = try actions.disk.follow(StageCache.path)
    guard let log else { return }
    forgetEntries()
    bytes = try log.read(from: 0)
    index()
  }

  /// What a stage with this key made, the newest entry; nil when none is known.
  package func lookup(_ key: Digest) -> Kept? {
    if let range = byKey[key], let kept = kept(in: range) { return kept }
    readTail()
    return byKey[key].flatMap { kept(in: $0) }
  }

  /// The newest entry of a stage whatever its key: what it was made from then, and how long it took.
  package func latest(of stage: StageID) -> Kept? {
    readTail()
    return byStage[stage].flatMap { kept(in: $0) }
  }

  /// Adds an entry: one write.
  package func append(_ stage: StageID, _ kept: Kept) throws(Failure) {
    if file?.file.isCurrent != true { file = nil }
    let file: Appender
    if let open = self.file { file = open } else { file = try actions.appender(StageCache.path) }
    self.file = file
    var wire = WireWriter()
    wire.put("v", Wire.version)
    wire.put("key", kept.key)
    wire.put("stage", stage)
    wire.put("kept", kept)
    added += try file.append(Frame.line(wire.bytes))
  }

  /// Changes when anybody else adds an entry or replaces the log; not when this process adds one.
  package func mark() -> Mark { Mark(file: actions.disk.identity(StageCache.path), added: added) }

  /// How far others had come.
  package struct Mark: Sendable, Hashable {
    private var inode: UInt64
    private var foreign: Int

    fileprivate init(file: (inode: UInt64, size: Int)?, added: Int) {
      inode = file?.inode ?? 0
      foreign = (file?.size ?? 0) - added
    }
  }

  /// Takes in what others have added, also to what is known already.
  package func refresh() { readTail() }

  /// Every entry that can be read, in the log's order, with its line; of a log that nobody holds open here.
  static func entries(_ actions: FileActions) throws(Failure) -> [(stage: StageID, kept: Kept, line: [UInt8])] {
    guard let bytes = try actions.disk.read(path) else { return [] }
    return bytes.split(separator: 0x0A).compactMap { line in
      guard let body = Frame.body(of: line), let entry = Entry(body, in: bytes),
        let value = Wire.parse(Array(bytes[entry.kept])), let kept = try? Kept(wire: value)
      else { return nil }
      return (entry.stage, kept, Array(line) + [0x0A])
    }
  }

  /// Takes in what was appended since, by this process or another; starts anew when the file was replaced.
  private func readTail() {
    // What cannot be read any more, as it could when the run began, is not known: then its stage runs.
    if log?.isCurrent != true {
      forgetEntries()
      log = (try? actions.disk.follow(StageCache.path)) ?? nil
    }
    guard let log, let length = try? log.length() else { return }
    if length < bytes.count { forgetEntries() }
    guard length > bytes.count, let tail = try? log.read(from: bytes.count) else { return }
    bytes += tail
    index()
  }

  private func index() {
    while let end = bytes[indexed...].firstIndex(of: 0x0A) {
      if let body = Frame.body(of: bytes[indexed..<end]), let entry = Entry(body, in: bytes) {
        byKey[entry.key] = entry.kept
        byStage[entry.stage] = entry.kept
      }
      indexed = end + 1
    }
  }

  private func kept(in range: Range<Int>) -> Kept? {
    guard let value = Wire.parse(Array(bytes[range])) else { return nil }
    return try? Kept(wire: value)
  }

  private func forgetEntries() {
    bytes = []
    indexed = 0
    byKey = [:]
    byStage = [:]
  }

  /// What an index needs of a line, found without reading all of its JSON:
  /// `"v":1,"key":"<64 digits>","stage":"train[seed=1]","kept":{…}`.
  private struct Entry {
    var key: Digest
    var stage: StageID
    var kept: Range<Int>

    private static let start = Array("\"v\":\(Wire.version),\"key\":\"".utf8)
    private static let middle = Array("\",\"stage\":".utf8)
    private static let end = Array(",\"kept\":".utf8)

    init?(_ body: ArraySlice<UInt8>, in bytes: [UInt8]) {
      guard body.starts(with: Entry.start) else { return nil }
      let digits = body.dropFirst(Entry.start.count).prefix(64)
      guard let key = Digest(hex: String(decoding: digits, as: UTF8.self)) else { return nil }
      let afterKey = body[digits.endIndex...]
      guard afterKey.starts(with: Entry.middle) else { return nil }
      let name = afterKey.dropFirst(Entry.middle.count)
      guard name.first == UInt8(ascii: "\""), let close = Entry.close(of: name) else { return nil }
      guard case .text(let stage) = Wire.parse(Array(name[...close])) else { return nil }
      let rest = body[(close + 1)...]
      guard rest.starts(with: Entry.end) else { return nil }
      self.key = key
      self.stage = StageID(stage)
      kept = (rest.startIndex + Entry.end.count)..<body.endIndex
    }

    /// Where the string literal that begins here ends.
    private static func close(of literal: ArraySlice<UInt8>) -> Int? {
      var index = literal.startIndex + 1
      while index < literal.endIndex {
        if literal[index] == UInt8(ascii: "\"") { return index }
        index += literal[index] == UInt8(ascii: "\\") ? 2 : 1
      }
      return nil
    }
  }
}
