import CPawlSystem
import Glibc
package import PawlCore

/// Files that are the old or the new, never a part.
package enum AtomicWrite {
  /// Replaces a file by way of a temporary one in the same folder and a rename; on failure the temporary one is gone.
  ///
  /// The folder must exist. An existing file's permissions are kept. `durable` makes file and folder survive a power
  /// cut (`fsync` of both); without it a crash of the machine, not of the process, may lose the bytes.
  package static func write(_ bytes: [UInt8], to path: String, durable: Bool) throws(Failure) {
    try write(bytes, to: path, named: path, durable: durable)
  }

  static func write(_ bytes: [UInt8], to path: String, named name: String, durable: Bool)
    throws(Failure)
  {
    do throws(Errno) {
      try replace(path, durable: durable) { file throws(Errno) in try Call.write(file, bytes) }
    } catch {
      throw Failure("write", name, error)
    }
  }

  /// Fills a temporary neighbour of a path through `fill`, then moves it there.
  static func replace(
    _ path: String, mode: UInt32? = nil, durable: Bool = false,
    _ fill: (Int32) throws(Errno) -> Void
  ) throws(Errno) {
    let folder = Disk.folder(of: path)
    let temporary = (folder == "/" ? "" : folder) + "/.pawl-\(Random.identifier()).tmp"
    let file = try Call.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode ?? 0o666)
    do throws(Errno) {
      try fill(file.raw)
      if mode == nil, let old = try? Call.stat(path), old.st_mode & S_IFMT == S_IFREG {
        fchmod(file.raw, old.st_mode & 0o777)
      }
      if durable, fsync(file.raw) != 0 { throw Errno(errno) }
      if path.utf8.contains(0) { throw Errno(EINVAL) }
      if Glibc.rename(temporary, path) != 0 { throw Errno(errno) }
      if durable { try sync(folder) }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Waits until a folder's names are on the disk; a file system that cannot say (EINVAL) is taken at its word.
  private static func sync(_ folder: String) throws(Errno) {
    let opened = try Call.open(folder, O_RDONLY | O_DIRECTORY)
    if fsync(opened.raw) != 0, errno != EINVAL { throw Errno(errno) }
  }
}
