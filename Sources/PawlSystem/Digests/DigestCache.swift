import Glibc
package import PawlCore
import Synchronization

/// What identifies a file's content without reading it: as long as all five are the same, so are the bytes.
struct FileStamp: Hashable {
  var device: UInt64
  var inode: UInt64
  var size: Int64
  /// Modification and status-change time, nanoseconds since 1970.
  var modified: Int64
  var changed: Int64

  init(_ facts: stat) {
    device = UInt64(facts.st_dev)
    inode = UInt64(facts.st_ino)
    size = Int64(facts.st_size)
    modified = Int64(facts.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(facts.st_mtim.tv_nsec)
    changed = Int64(facts.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(facts.st_ctim.tv_nsec)
  }

  init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
    (self.device, self.inode, self.size, self.modified, self.changed) = (
      device, inode, size, modified, changed
    )
  }
}

/// Digests of files by their stat, so that an unchanged file is not read again; safe to share between threads.
///
/// A digest is remembered only when the file's status-change time was more than 20 ms past when hashing began: kernels
/// stamp times in ticks of up to 10 ms, so a younger file could change once more and look the same ("racily clean", as
/// in git's `racy-git.txt`). The change time, unlike the modification time, cannot be set by `touch`.
package final class DigestCache: Sendable {
  private struct Key: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  private struct State {
    var known: [Key: (stamp: FileStamp, digest: Digest)] = [:]
    /// Known as well, and not among `known` yet: who reads fifty thousand files seldom asks for one of them again.
    var pending: [(stamp: FileStamp, digest: Digest)] = []
    /// Records made since the last `save`, ready to append.
    var fresh: [UInt8] = []
    /// Records in the file, live or superseded.
    var recorded = 0
    /// Whether the file was read; it is when something is first asked.
    var isLoaded = false
    var hasSaved = false

    /// Makes all that is pending known.
    mutating func settle() {
      if pending.isEmpty { return }
      known.reserveCapacity(known.count + pending.count)
      for (stamp, digest) in pending { known[Key(device: stamp.device, inode: stamp.inode)] = (stamp, digest) }
      pending = []
    }
  }

  /// Absolute.
  private let path: String?
  private let disk: Disk
  private let state = Mutex(State())

  static let racyNanoseconds: Int64 = 20_000_000

  /// An empty cache that is never saved.
  package init() {
    path = nil
    disk = Disk(root: "/")
  }

  /// The cache kept in a file; what is torn, foreign or absent there counts as unknown, never as an error.
  package init(file path: String, on disk: Disk) {
    self.path = disk.absolute(path)
    self.disk = disk
  }

  private func load(_ state: inout State) {
    if state.isLoaded { return }
    state.isLoaded = true
    guard let path, let file = try? Call.open(path, O_RDONLY), let bytes = try? Call.readAll(file.raw) else { return }
    state.known.reserveCapacity(bytes.count / Record.size)
    Record.readAll(bytes) { stamp, digest in
      state.known[Key(device: stamp.device, inode: stamp.inode)] = (stamp, digest)
      state.recorded += 1
    }
  }

  /// The digest of a regular file (links followed), read only when its stat is not known.
  package func digest(file path: String) throws(Failure) -> Digest {
    do throws(Errno) {
      return try digest(path, try Call.stat(path))
    } catch {
      throw Failure("read", path, error)
    }
  }

  func digest(_ path: String, _ facts: stat) throws(Errno) -> Digest {
    if let known = known(FileStamp(facts)) { return known }
    let fresh = try DigestCache.read(path, facts)
    remember([fresh])
    return fresh.digest
  }

  /// The digests of regular files that are not known, in order, read by up to `threads` threads at once; `facts` are
  /// what `stat` just said of each.
  func digests(_ files: [(path: String, facts: stat)], threads: Int) -> [Result<Digest, Errno>] {
    let read: [Result<Fresh, Errno>] = mapInThreads(files.count, threads) { index in
      do throws(Errno) {
        return .success(try DigestCache.read(files[index].path, files[index].facts))
      } catch {
        return .failure(error)
      }
    }
    remember(read.compactMap { try? $0.get() })
    return read.map { $0.map(\.digest) }
  }

  /// What was read of a file.
  struct Fresh: Sendable {
    var digest: Digest
    /// Nil when the file changed each time it was read.
    var stamp: FileStamp?
    /// When reading began, nanoseconds since 1970.
    var began: Int64
  }

  private static func read(_ path: String, _ facts: stat) throws(Errno) -> Fresh {
    // Reading a large young file costs more than waiting until its time can be trusted.
    let age = WallClock.nanoseconds() &- FileStamp(facts).changed
    if facts.st_size > 16 << 20, (0..<racyNanoseconds).contains(age) {
      usleep(UInt32((racyNanoseconds - age) / 1000 + 1000))
    }
    var before: stat? = facts
    var attempts = 0
    while true {
      let began = WallClock.nanoseconds()
      let content = try Digester.content(of: path, expecting: before)
      attempts += 1
      if content.isSteady || attempts == 3 {
        return Fresh(
          digest: content.digest, stamp: content.isSteady ? FileStamp(content.facts) : nil, began: began)
      }
      before = nil
    }
  }

  /// The digest remembered for a stat, nil when there is none.
  func known(_ stamp: FileStamp) -> Digest? {
    state.withLock { state in
      load(&state)
      state.settle()
      guard let found = state.known[Key(device: stamp.device, inode: stamp.inode)],
        found.stamp == stamp
      else {
        return nil
      }
      return found.digest
    }
  }

  /// Does what changes a file's status time and not its bytes, a second name or another mode, and goes on knowing what
  /// is known of it.
  ///
  /// Only where the bytes are so old that writing to them would also have changed their own time.
  package func keepingKnown<Value>(
    file path: String, _ work: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let before = (try? Call.stat(path)).map { FileStamp($0) }
    let digest = before.flatMap { known($0) }
    let began = WallClock.nanoseconds()
    let value = try work()
    guard let before, let digest, began &- before.modified > DigestCache.racyNanoseconds,
      let after = (try? Call.stat(path)).map({ FileStamp($0) })
    else { return value }
    var expected = before
    expected.changed = after.changed
    if after == expected { state.withLock { add(after, digest, to: &$0) } }
    return value
  }

  /// Keeps what was read for those whose time can be trusted.
  func remember(_ fresh: [Fresh]) {
    state.withLock { state in
      load(&state)
      if path != nil { state.fresh.reserveCapacity(state.fresh.count + fresh.count * Record.size) }
      for read in fresh {
        guard let stamp = read.stamp, read.began &- stamp.changed > DigestCache.racyNanoseconds else { continue }
        add(stamp, read.digest, to: &state)
      }
    }
  }

  private func add(_ stamp: FileStamp, _ digest: Digest, to state: inout State) {
    state.pending.append((stamp, digest))
    if path != nil { Record.append(stamp, digest, to: &state.fresh) }
  }

  /// Appends what is new to the file in one write; rewrites it when most of it is superseded.
  ///
  /// Several processes may do so at once: appends do not mix, and of two rewrites one wins, which loses only speed.
  package func save() throws(Failure) {
    guard let path else { return }
    let (fresh, whole): ([UInt8], [UInt8]?) = state.withLock { state in
      let fresh = state.fresh
      guard !fresh.isEmpty else { return ([], nil) }
      state.fresh = []
      state.recorded += fresh.count / Record.size
      // The first to save, once, supersedes nothing.
      defer { state.hasSaved = true }
      if state.hasSaved || !state.known.isEmpty { state.settle() }
      guard state.recorded > 1000, state.recorded > 2 * (state.known.count + state.pending.count) else {
        return (fresh, nil)
      }
      state.settle()
      state.recorded = state.known.count
      var whole: [UInt8] = []
      for (stamp, digest) in state.known.values { Record.append(stamp, digest, to: &whole) }
      return (fresh, whole)
    }
    if fresh.isEmpty { return }
    do throws(Errno) {
      try disk.makeFolders(Disk.folder(of: path))
      if let whole {
        try disk.replace(path) { file, temporary throws(Errno) in try disk.write(file, whole, at: temporary) }
      } else {
        let file = try disk.open(writing: path, O_WRONLY | O_CREAT | O_APPEND)
        try disk.write(file.raw, fresh, at: path)
      }
    } catch {
      throw Failure("write", path, error)
    }
  }
}

/// One line of a digest cache: magic, five numbers, digest, checksum; little-endian, 84 bytes.
private enum Record {
  static let magic: [UInt8] = Array("PWD1".utf8)
  private static let magicWord = UInt32(littleEndian: 0x3144_5750)
  static let size = 4 + 5 * 8 + 32 + 8

  static func append(_ stamp: FileStamp, _ digest: Digest, to bytes: inout [UInt8]) {
    let start = bytes.count
    bytes += magic
    for number in [
      stamp.device, stamp.inode, UInt64(bitPattern: stamp.size), UInt64(bitPattern: stamp.modified),
      UInt64(bitPattern: stamp.changed),
    ] { append(number, to: &bytes) }
    bytes += digest.bytes
    append(bytes.withUnsafeBytes { checksum(UnsafeRawBufferPointer(rebasing: $0[start...]), size - 8) }, to: &bytes)
  }

  /// Calls `found` for each whole record, in order; after a torn or foreign stretch it goes on at the next whole one.
  static func readAll(_ bytes: [UInt8], _ found: (FileStamp, Digest) -> Void) {
    bytes.withUnsafeBytes { bytes in
      var at = 0
      while at + size <= bytes.count {
        if bytes.loadUnaligned(fromByteOffset: at, as: UInt8.self) == magic[0],
          let (stamp, digest) = read(UnsafeRawBufferPointer(rebasing: bytes[at..<(at + size)]))
        {
          found(stamp, digest)
          at += size
        } else {
          at += 1
        }
      }
    }
  }

  private static func read(_ bytes: UnsafeRawBufferPointer) -> (FileStamp, Digest)? {
    func number(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    guard bytes.loadUnaligned(as: UInt32.self) == magicWord, number(76) == checksum(bytes, 76) else { return nil }
    let digest = Digest(raw: UnsafeRawBufferPointer(rebasing: bytes[44..<76]))
    let stamp = FileStamp(
      device: number(4), inode: number(12), size: Int64(bitPattern: number(20)),
      modified: Int64(bitPattern: number(28)), changed: Int64(bitPattern: number(36)))
    return (stamp, digest)
  }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// FNV-1a, 64 bits: against tearing, not against malice.
  private static func checksum(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for at in 0..<count {
      sum = (sum ^ UInt64(bytes.loadUnaligned(fromByteOffset: at, as: UInt8.self))) &* 0x100_0000_01b3
    }
    return sum
  }
}
