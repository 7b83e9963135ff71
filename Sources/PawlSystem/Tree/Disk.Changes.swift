import CPawlSystem
import Glibc
package import PawlCore

extension Disk {
  /// Writes a file in place of what was there, through a temporary neighbour: readers see the old bytes or the new.
  ///
  /// The folder must exist. `durable` also waits until the disk has it.
  package func write(_ path: String, _ bytes: [UInt8], durable: Bool = false) throws(Failure) {
    try AtomicWrite.write(bytes, to: absolute(path), named: path, durable: durable)
  }

  /// Makes a folder; one that exists is fine, a file in its place is not.
  package func makeFolder(_ path: String, withParents: Bool = true) throws(Failure) {
    do throws(Errno) {
      try Disk.makeFolder(absolute(path), withParents)
    } catch {
      throw Failure("make the folder", path, error)
    }
  }

  static func makeFolder(_ path: String, _ withParents: Bool) throws(Errno) {
    if path.utf8.contains(0) { throw Errno(EINVAL) }
    if mkdir(path, 0o777) == 0 { return }
    let error = Errno(errno)
    // An existing folder on a read-only or foreign file system gives EROFS or EACCES, not EEXIST.
    if error.number != ENOENT, let facts = try? Call.stat(path) {
      if facts.st_mode & S_IFMT == S_IFDIR { return }
      throw Errno(ENOTDIR)
    }
    let parent = folder(of: path)
    guard error.number == ENOENT, withParents, parent != path, parent != "." else { throw error }
    try makeFolder(parent, true)
    try makeFolder(path, false)
  }

  /// Removes a file, a link (never what it points to), or a folder; nothing there is fine.
  ///
  /// A folder that holds something goes only `recursively`; folders inside it that forbid writing are opened up first.
  package func remove(_ path: String, recursively: Bool = false) throws(Failure) {
    let full = absolute(path)
    do throws(Errno) {
      if full.utf8.contains(0) { throw Errno(EINVAL) }
      if unlink(full) == 0 { return }
      let error = Errno(errno)
      if error.meansAbsent { return }
      guard let facts = try? Call.stat(full, following: false), facts.st_mode & S_IFMT == S_IFDIR
      else { throw error }
      if recursively { try Disk.empty(AT_FDCWD, FileName(text: full), depth: 0) }
      if rmdir(full) != 0, errno != ENOENT { throw Errno(errno) }
    } catch {
      throw Failure("remove", path, error)
    }
  }

  /// Removes what a folder holds, by descriptor, so that a link swapped in meanwhile is not followed.
  private static func empty(_ parent: Int32, _ name: FileName, depth: Int) throws(Errno) {
    // Each level holds a descriptor and a stack frame.
    if depth > 1000 { throw Errno(ENAMETOOLONG) }
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    var raw = name.withCString { pawl_openat(parent, $0, flags) }
    if raw == -EACCES {
      _ = name.withCString { fchmodat(parent, $0, 0o700, 0) }
      raw = name.withCString { pawl_openat(parent, $0, flags) }
    }
    if raw == -ENOENT { return }
    let folder = Descriptor(try Call.checked(raw))
    var opened = false
    for child in try Call.names(
      Descriptor(try Call.checked(pawl_openat(folder.raw, ".", O_RDONLY | O_DIRECTORY))))
    {
      var flag: Int32 = 0
      while child.withCString({ unlinkat(folder.raw, $0, flag) }) != 0 {
        let error = Errno(errno)
        if error.number == ENOENT { break }
        if error.number == EISDIR {
          try empty(folder.raw, child, depth: depth + 1)
          flag = AT_REMOVEDIR
        } else if error.number == EACCES, !opened, fchmod(folder.raw, 0o700) == 0 {
          opened = true
        } else {
          throw error
        }
      }
    }
  }

  /// Moves a file or folder within one file system, in place of a file that stands at the new path.
  package func rename(_ path: String, to other: String) throws(Failure) {
    let (from, to) = (absolute(path), absolute(other))
    if from.utf8.contains(0) || to.utf8.contains(0) { throw Failure("rename", path, Errno(EINVAL)) }
    if Glibc.rename(from, to) != 0 { throw Failure("rename `\(path)` to", other, Errno(errno)) }
  }

  /// Makes a symbolic link that says `text`; something in its place is an error.
  package func makeLink(_ path: String, saying text: String) throws(Failure) {
    let full = absolute(path)
    if full.utf8.contains(0) || text.utf8.contains(0) {
      throw Failure("make the link", path, Errno(EINVAL))
    }
    if symlink(text, full) != 0 { throw Failure("make the link", path, Errno(errno)) }
  }
}

extension FileName {
  /// A name, or for calls relative to no folder a path.
  init(text: String) { self.init(bytes: Array(text.utf8)) }

  init(bytes: [UInt8]) { self.bytes = bytes }
}
