import CPawlSystem
import Glibc
package import PawlCore

/// Files that are the old or the new, never a part.
extension Disk {
  /// Writes a file in place of what was there, through a temporary neighbour: readers see the old bytes or the new.
  ///
  /// The folder must exist. An existing file's permissions are kept; on failure the temporary one is gone. `durable`
  /// makes file and folder survive a power cut (`fsync` of both); without it a crash of the machine, not of the
  /// process, may lose the bytes.
  package func write(_ path: String, _ bytes: [UInt8], durable: Bool = false) throws(Failure) {
    let full = absolute(path)
    do throws(Errno) {
      try replace(full, durable: durable) { file, temporary throws(Errno) in
        try write(file, bytes, at: temporary)
      }
    } catch {
      throw Failure("write", path, error)
    }
  }

  /// Fills a temporary neighbour of an absolute path through `fill`, which gets it open and by name, then moves it
  /// there.
  func replace(
    _ path: String, mode: UInt32? = nil, durable: Bool = false,
    _ fill: (_ file: Int32, _ temporary: String) throws(Errno) -> Void
  ) throws(Errno) {
    let folder = Disk.folder(of: path)
    let temporary = (folder == "/" ? "" : folder) + "/.pawl-\(Random.identifier()).tmp"
    let file = try open(writing: temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode ?? 0o666)
    do throws(Errno) {
      try fill(file.raw, temporary)
      if mode == nil, let old = try? Call.stat(path), old.st_mode & S_IFMT == S_IFREG {
        fchmod(file.raw, old.st_mode & 0o777)
      }
      if durable { try sync(file.raw, at: temporary) }
      if path.utf8.contains(0) { throw Errno(EINVAL) }
      try move(temporary, to: path)
      if durable { try syncFolder(folder) }
    } catch {
      if (try? allow(.remove, temporary)) != nil { unlink(temporary) }
      throw error
    }
  }

  func move(_ path: String, to other: String) throws(Errno) {
    try allow(.rename, other)
    if Glibc.rename(path, other) != 0 { throw Errno(errno) }
  }

  private func syncFolder(_ folder: String) throws(Errno) {
    let opened = try Call.open(folder, O_RDONLY | O_DIRECTORY)
    try sync(opened.raw, at: folder)
  }

  /// Waits until bytes or names are on the disk; a file system that cannot say (EINVAL) is taken at its word.
  func sync(_ file: Int32, at path: String) throws(Errno) {
    try allow(.sync, path)
    if fsync(file) != 0, errno != EINVAL { throw Errno(errno) }
  }
}
