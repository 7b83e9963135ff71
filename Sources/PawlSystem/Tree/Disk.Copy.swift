import CPawlSystem
import Glibc
package import PawlCore

/// Content at a second path: copies that share blocks where the file system can, and are never seen half done, or
/// second names.
extension Disk {
  /// Puts a copy of a file at a path, in place of a file that stands there; missing folders are made.
  ///
  /// Shares blocks (reflink) where possible, else copies. The copy has mode 0666, or 0777 when `executable`, less the
  /// umask. A hard link is never made: the copy may be edited without harm to the original.
  package func copy(_ source: String, to path: String, executable: Bool) throws(Failure) {
    let original = try openForCopy(source)
    let from = original.raw
    let full = absolute(path)
    do throws(Errno) {
      try makeFolders(Disk.folder(of: full))
      try replace(full, mode: executable ? 0o777 : 0o666) { to, temporary throws(Errno) in
        try copy(from, to, at: temporary)
      }
    } catch {
      throw Failure("copy `\(source)` to", path, error)
    }
  }

  /// Puts a copy that shares its blocks at a path; false, and nothing done, where the file system cannot.
  package func clone(_ source: String, to path: String, executable: Bool) throws(Failure) -> Bool {
    let original = try openForCopy(source)
    let from = original.raw
    let full = absolute(path)
    do throws(Errno) {
      try makeFolders(Disk.folder(of: full))
      try replace(full, mode: executable ? 0o777 : 0o666) { to, temporary throws(Errno) in
        try allow(.copy, temporary)
        if pawl_reflink(from, to) != 0 { throw Errno(EOPNOTSUPP) }
      }
      return true
    } catch  where error.number == EOPNOTSUPP {
      return false
    } catch {
      throw Failure("copy `\(source)` to", path, error)
    }
  }

  /// Gives a file a second name, where nothing may stand; false, and nothing done, where that cannot be: on another
  /// file system, for another user's file, for one that has too many names.
  package func hardLink(_ source: String, to path: String) throws(Failure) -> Bool {
    let (from, full) = (absolute(source), absolute(path))
    do throws(Errno) {
      if from.utf8.contains(0) || full.utf8.contains(0) { throw Errno(EINVAL) }
      try allow(.link, full)
      if Glibc.link(from, full) == 0 { return true }
      throw Errno(errno)
    } catch {
      switch error.number {
      case EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS: return false
      case _: throw Failure("link `\(source)` to", path, error)
      }
    }
  }

  private func openForCopy(_ path: String) throws(Failure) -> Descriptor {
    do throws(Errno) {
      let file = try Call.open(absolute(path), O_RDONLY)
      if try Call.stat(file.raw).st_mode & S_IFMT == S_IFDIR { throw Errno(EISDIR) }
      return file
    } catch {
      throw Failure("read", path, error)
    }
  }

  private func copy(_ from: Int32, _ to: Int32, at path: String) throws(Errno) {
    try allow(.copy, path)
    if pawl_reflink(from, to) == 0 { return }
    var copied = 0
    while true {
      let count = pawl_copy_range(from, to, 1 << 30)
      if count > 0 {
        copied += count
      } else if count == 0, copied > 0 {
        return
      } else if count == 0 || copied == 0 {
        // Not possible between these two, or a file of /proc, whose size says 0.
        return try Disk.copyThroughMemory(from, to)
      } else {
        throw Errno(Int32(-count))
      }
    }
  }

  private static func copyThroughMemory(_ from: Int32, _ to: Int32) throws(Errno) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = try Call.read(from, into: buffer)
      try Call.write(to, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      if count < buffer.count { return }
    }
  }
}
