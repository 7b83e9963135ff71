import Glibc
import PawlCore
package import PawlSystem

/// What the stores do to the disk, in words of theirs; each change is a step of `Disk`, which a test can let fail.
package struct FileActions: Sendable {
  package let disk: Disk

  package init(_ disk: Disk) { self.disk = disk }

  /// Makes a folder and its parents; one that exists is fine.
  func makeFolder(_ path: String) throws(Failure) {
    if disk.exists(path) { return }
    try disk.makeFolder(path)
  }

  /// Writes a file that must not exist yet; `durable` waits until the disk has it.
  func create(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o666, durable: Bool = false) throws(Failure) {
    try disk.create(path, bytes, mode: mode, durable: durable)
  }

  /// Writes a file in place of what was there, by way of a rename.
  func replace(_ path: String, _ bytes: [UInt8]) throws(Failure) { try disk.write(path, bytes) }

  /// Copies a file to a path, sharing blocks where the file system can.
  func copy(_ path: String, to other: String, executable: Bool) throws(Failure) {
    try disk.copy(path, to: other, executable: executable)
  }

  /// Copies a file to a path by sharing its blocks; false where the file system cannot.
  func clone(_ path: String, to other: String, executable: Bool) throws(Failure) -> Bool {
    try disk.clone(path, to: other, executable: executable)
  }

  /// Gives a file a second name; false where that cannot be.
  func hardLink(_ path: String, to other: String) throws(Failure) -> Bool {
    try disk.hardLink(path, to: other)
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
    try disk.setMode(path, executable ? 0o555 : 0o444)
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
  func touch(_ path: String) throws(Failure) { try disk.touch(path) }

  func link(_ path: String, saying text: String) throws(Failure) { try disk.makeLink(path, saying: text) }

  /// Waits until a file's bytes, or a folder's names, are on the disk.
  func sync(_ path: String) throws(Failure) { try disk.sync(path) }

  func rename(_ path: String, to other: String) throws(Failure) { try disk.rename(path, to: other) }

  func remove(_ path: String, recursively: Bool = false) throws(Failure) {
    try disk.remove(path, recursively: recursively)
  }

  /// Opens a file for appending; missing folders and the file are made.
  func appender(_ path: String) throws(Failure) -> Appender { try disk.appender(path) }
}
