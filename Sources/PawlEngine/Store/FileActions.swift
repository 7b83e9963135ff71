import Glibc
package import PawlCore
package import PawlSystem

/// The steps by which the stores change the disk, one system call each, so that a test can stop any of them.
package struct FileActions: Sendable {
  /// What is about to be done, with the path from the root.
  package enum Step: Sendable, Hashable {
    case makeFolder(String)
    case write(String)
    case copy(String)
    case sync(String)
    case rename(String)
    case remove(String)
  }

  /// What a test lets happen instead of a step.
  package enum Fault: Sendable {
    /// The step is not done and fails.
    case fails
    /// Half of the bytes are written, then it fails; the same as `fails` for a step that writes none.
    case tears
  }

  package typealias Interruption = @Sendable (Step) -> Fault?

  package let disk: Disk
  private let interruption: Interruption?

  package init(_ disk: Disk, interruptedBy interruption: Interruption? = nil) {
    self.disk = disk
    self.interruption = interruption
  }

  /// Makes a folder and its parents; one that exists is fine.
  func makeFolder(_ path: String) throws(Failure) {
    if disk.exists(path) { return }
    try stop(.makeFolder(path))
    try disk.makeFolder(path)
  }

  /// Writes a file that must not exist yet; `durable` waits until the disk has it.
  func create(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o666, durable: Bool = false) throws(Failure) {
    let torn = try stop(.write(path), tearable: true)
    let file = try Handle(disk.absolute(path), O_WRONLY | O_CREAT | O_EXCL, mode, named: path)
    try file.write(torn ? Array(bytes.prefix(bytes.count / 2)) : bytes)
    if torn { throw interrupted(.write(path)) }
    if durable {
      try stop(.sync(path))
      try file.sync()
    }
  }

  /// Writes a file in place of what was there, by way of a rename.
  func replace(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    try stop(.write(path))
    try disk.write(path, bytes)
  }

  /// Copies a file to a path, sharing blocks where the file system can.
  func copy(_ path: String, to other: String, executable: Bool) throws(Failure) {
    try stop(.copy(other))
    try CopyFile.place(from: disk.absolute(path), to: disk.absolute(other), executable: executable)
  }

  /// Copies a file to a path by sharing its blocks; false where the file system cannot.
  func clone(_ path: String, to other: String, executable: Bool) throws(Failure) -> Bool {
    try stop(.copy(other))
    return try CopyFile.clone(from: disk.absolute(path), to: disk.absolute(other), executable: executable)
  }

  /// Gives a file a second name; false where that cannot be.
  func hardLink(_ path: String, to other: String) throws(Failure) -> Bool {
    try stop(.copy(other))
    return try CopyFile.link(disk.absolute(path), to: disk.absolute(other))
  }

  /// Copies a file, link or folder to a path where nothing stands; `source` is absolute.
  func copyTree(_ source: String, to target: String) throws(Failure) {
    guard let entry = try disk.linkOrEntry(source) else {
      throw Failure(Diagnostic("system.not-found", "cannot read `\(source)`", cause: "nothing stands there"))
    }
    switch entry.kind {
    case .folder:
      try makeFolder(target)
      for child in try disk.list(source) where child.name != ".git" {
        try copyTree("\(source)/\(child.name)", to: "\(target)/\(child.name)")
      }
    case .link: try link(target, saying: disk.linkText(source) ?? "")
    case .file, .other: try copy(source, to: target, executable: isExecutable(source))
    }
  }

  /// `sync` of a file, or of a folder and all it holds; links are part of their folder.
  func syncTree(_ path: String) throws(Failure) {
    guard let entry = try disk.linkOrEntry(path), entry.kind == .file || entry.kind == .folder else { return }
    for child in entry.kind == .folder ? try disk.list(path) : [] { try syncTree("\(path)/\(child.name)") }
    try sync(path)
  }

  /// Forbids writing to a file.
  func protect(_ path: String, executable: Bool) throws(Failure) {
    try stop(.write(path))
    if chmod(disk.absolute(path), executable ? 0o555 : 0o444) != 0 { throw Failure("set the mode of", path, errno) }
  }

  /// Whether the owner may execute the file.
  func isExecutable(_ path: String) -> Bool {
    var facts = stat()
    return stat(disk.absolute(path), &facts) == 0 && facts.st_mode & S_IXUSR != 0
  }

  /// Size, time of the last change and number of names of what stands at a path, a last link not followed; nil when
  /// nothing does.
  func facts(_ path: String) -> (size: Int, modified: Timestamp, names: Int)? {
    var facts = stat()
    guard lstat(disk.absolute(path), &facts) == 0 else { return nil }
    let time = Double(facts.st_mtim.tv_sec) + Double(facts.st_mtim.tv_nsec) / 1e9
    return (Int(facts.st_size), Timestamp(time), Int(facts.st_nlink))
  }

  /// Bytes and names of a regular file, a last link not followed; nil for anything else.
  func file(_ path: String) -> (size: Int, names: Int)? {
    var facts = stat()
    guard lstat(disk.absolute(path), &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    return (Int(facts.st_size), Int(facts.st_nlink))
  }

  /// Gives a file the time of now.
  func touch(_ path: String) throws(Failure) {
    try stop(.write(path))
    if utimensat(AT_FDCWD, disk.absolute(path), nil, 0) != 0 { throw Failure("set the time of", path, errno) }
  }

  func link(_ path: String, saying text: String) throws(Failure) {
    try stop(.write(path))
    try disk.makeLink(path, saying: text)
  }

  /// Waits until a file's bytes, or a folder's names, are on the disk.
  func sync(_ path: String) throws(Failure) {
    try stop(.sync(path))
    try Handle(disk.absolute(path), O_RDONLY, 0, named: path).sync()
  }

  func rename(_ path: String, to other: String) throws(Failure) {
    try stop(.rename(other))
    try disk.rename(path, to: other)
  }

  func remove(_ path: String, recursively: Bool = false) throws(Failure) {
    try stop(.remove(path))
    try disk.remove(path, recursively: recursively)
  }

  /// Opens a file for appending; missing folders and the file are made.
  func appender(_ path: String) throws(Failure) -> Appender {
    try makeFolder(Paths.parent(path))
    return Appender(try Handle(disk.absolute(path), O_RDWR | O_CREAT | O_APPEND, 0o666, named: path), path, self)
  }

  /// Throws where a test says so; whether the step is to be torn.
  @discardableResult fileprivate func stop(_ step: Step, tearable: Bool = false) throws(Failure) -> Bool {
    switch interruption?(step) {
    case nil: return false
    case .tears where tearable: return true
    case .fails, .tears: throw interrupted(step)
    }
  }

  fileprivate func interrupted(_ step: Step) -> Failure {
    Failure(Diagnostic("system.failed", "cannot go on after \(step)", cause: "interrupted by a test"))
  }
}

/// A log that grows by whole lines: each is one write at the end, so that two processes may append at once.
package final class Appender: Sendable {
  private let handle: Handle
  private let path: String
  private let actions: FileActions

  fileprivate init(_ handle: Handle, _ path: String, _ actions: FileActions) {
    self.handle = handle
    self.path = path
    self.actions = actions
  }

  /// Appends one line; what an earlier writer left torn is closed with a newline first.
  package func append(_ line: [UInt8]) throws(Failure) {
    let length = try handle.length()
    var bytes = line
    if length > 0, try handle.read(at: length - 1, 1) != [0x0A] { bytes.insert(0x0A, at: 0) }
    let torn = try actions.stop(.write(path), tearable: true)
    try handle.write(torn ? Array(bytes.prefix(bytes.count / 2)) : bytes)
    if torn { throw actions.interrupted(.write(path)) }
  }

  /// Bytes in the file now.
  func length() throws(Failure) -> Int { try handle.length() }

  /// What stands from an offset to the end.
  func read(from offset: Int) throws(Failure) -> [UInt8] {
    try handle.read(at: offset, max(0, try handle.length() - offset))
  }

  /// Cuts off what is beyond a length; only for a file with one writer.
  func truncate(to length: Int) throws(Failure) { try handle.truncate(to: length) }

  /// Whether the path still names this file.
  var isCurrent: Bool { handle.isAt(actions.disk.absolute(path)) }
}

/// An open file, closed with the value.
private final class Handle: Sendable {
  private let raw: Int32
  private let name: String

  init(_ path: String, _ flags: Int32, _ mode: UInt32, named name: String) throws(Failure) {
    if path.utf8.contains(0) { throw Failure("open", name, EINVAL) }
    var raw = open(path, flags | O_CLOEXEC, mode)
    while raw < 0, errno == EINTR { raw = open(path, flags | O_CLOEXEC, mode) }
    if raw < 0 { throw Failure("open", name, errno) }
    self.raw = raw
    self.name = name
  }

  deinit { close(raw) }

  /// Writes all bytes, in one call unless the disk takes fewer.
  func write(_ bytes: [UInt8]) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(raw, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        throw Failure("write", name, count == 0 ? ENOSPC : errno)
      }
    }
  }

  func read(at offset: Int, _ count: Int) throws(Failure) -> [UInt8] {
    var failed: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < buffer.count, let base = buffer.baseAddress {
        let got = pread(raw, base + filled, buffer.count - filled, off_t(offset &+ filled))
        if got > 0 {
          filled += got
        } else if got == 0 || errno != EINTR {
          failed = got == 0 ? 0 : errno
          return
        }
      }
    }
    if failed != 0 { throw Failure("read", name, failed) }
    return bytes
  }

  func length() throws(Failure) -> Int {
    var facts = stat()
    if fstat(raw, &facts) != 0 { throw Failure("look at", name, errno) }
    return Int(facts.st_size)
  }

  func isAt(_ path: String) -> Bool {
    var (mine, there) = (stat(), stat())
    return fstat(raw, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino
      && mine.st_dev == there.st_dev
  }

  func truncate(to length: Int) throws(Failure) {
    if ftruncate(raw, off_t(length)) != 0 { throw Failure("shorten", name, errno) }
  }

  /// A file system that cannot say (EINVAL) is taken at its word.
  func sync() throws(Failure) { if fsync(raw) != 0, errno != EINVAL { throw Failure("write", name, errno) } }
}

extension Failure {
  /// A failed system call: `cannot write \`.pawl/runs/a/events.jsonl\``, with the kernel's words as cause.
  fileprivate init(_ action: String, _ path: String, _ number: Int32) {
    let full = number == ENOSPC || number == EDQUOT
    self.init(
      Diagnostic(
        full ? "system.no-space" : "system.failed", "cannot \(action) `\(path)`",
        cause: String(cString: strerror(number)),
        remedy: full ? "`df -h \(path)` shows the file system that is full; make room on it" : nil))
  }
}
