import CPawlSystem
import Glibc
package import PawlCore

extension Disk {
  /// Makes a folder; one that exists is fine, a file in its place is not.
  package func makeFolder(_ path: String, withParents: Bool = true) throws(Failure) {
    do throws(Errno) {
      if withParents { try makeFolders(absolute(path)) } else { try makeOneFolder(absolute(path)) }
    } catch {
      throw Failure("make the folder", path, error)
    }
  }

  /// Makes a folder and those above it; the path is absolute.
  func makeFolders(_ path: String) throws(Errno) {
    let parent = Disk.folder(of: path)
    do throws(Errno) { try makeOneFolder(path) } catch {
      guard error.number == ENOENT, parent != path, parent != "." else { throw error }
      try makeFolders(parent)
      try makeOneFolder(path)
    }
  }

  private func makeOneFolder(_ path: String) throws(Errno) {
    if path.utf8.contains(0) { throw Errno(EINVAL) }
    let error: Errno
    do throws(Errno) {
      try allow(.makeFolder, path)
      if mkdir(path, 0o777) == 0 { return }
      throw Errno(errno)
    } catch let refusal {
      error = refusal
    }
    // An existing folder on a read-only or foreign file system gives EROFS or EACCES, not EEXIST.
    guard error.number != ENOENT, let facts = try? Call.stat(path) else { throw error }
    if facts.st_mode & S_IFMT != S_IFDIR { throw Errno(ENOTDIR) }
  }

  /// Removes a file, a link (never what it points to), or a folder; nothing there is fine.
  ///
  /// A folder that holds something goes only `recursively`; folders inside it that forbid writing are opened up first.
  package func remove(_ path: String, recursively: Bool = false) throws(Failure) {
    let full = absolute(path)
    do throws(Errno) {
      if full.utf8.contains(0) { throw Errno(EINVAL) }
      try allow(.remove, full)
      if unlink(full) == 0 { return }
      let error = Errno(errno)
      if error.meansAbsent { return }
      guard let facts = try? Call.stat(full, following: false), facts.st_mode & S_IFMT == S_IFDIR
      else { throw error }
      if recursively { try empty(AT_FDCWD, FileName(text: full), depth: 0) }
      if rmdir(full) != 0, errno != ENOENT { throw Errno(errno) }
    } catch {
      throw Failure("remove", path, error)
    }
  }

  /// Removes what a folder holds, by descriptor, so that a link swapped in meanwhile is not followed.
  private func empty(_ parent: Int32, _ name: FileName, depth: Int) throws(Errno) {
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
      try allow(.remove, child.text)
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
    do throws(Errno) { try move(from, to: to) } catch { throw Failure("rename `\(path)` to", other, error) }
  }

  /// Makes a symbolic link that says `text`; something in its place is an error.
  package func makeLink(_ path: String, saying text: String) throws(Failure) {
    let full = absolute(path)
    do throws(Errno) {
      if full.utf8.contains(0) || text.utf8.contains(0) { throw Errno(EINVAL) }
      try allow(.link, full)
      if symlink(text, full) != 0 { throw Errno(errno) }
    } catch {
      throw Failure("make the link", path, error)
    }
  }

  /// Writes a file that must not exist yet; what was written before a failure stays. `durable` waits until the disk
  /// has its bytes.
  package func create(
    _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o666, durable: Bool = false
  ) throws(Failure) {
    let full = absolute(path)
    do throws(Errno) {
      let file = try open(writing: full, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
      try write(file.raw, bytes, at: full)
      if durable { try sync(file.raw, at: full) }
    } catch {
      throw Failure("write", path, error)
    }
  }

  /// Waits until a file's bytes, or a folder's names, are on the disk.
  package func sync(_ path: String) throws(Failure) {
    let full = absolute(path)
    do throws(Errno) {
      let file = try Call.open(full, O_RDONLY)
      try sync(file.raw, at: full)
    } catch {
      throw Failure("write", path, error)
    }
  }

  /// Sets the permissions of a file.
  package func setMode(_ path: String, _ mode: UInt32) throws(Failure) {
    let full = absolute(path)
    do throws(Errno) {
      try allow(.setMode, full)
      if chmod(full, mode) != 0 { throw Errno(errno) }
    } catch {
      throw Failure("set the mode of", path, error)
    }
  }

  /// Gives a file the time of now.
  package func touch(_ path: String) throws(Failure) {
    let full = absolute(path)
    do throws(Errno) {
      try allow(.setTime, full)
      if utimensat(AT_FDCWD, full, nil, 0) != 0 { throw Errno(errno) }
    } catch {
      throw Failure("set the time of", path, error)
    }
  }
}

extension FileName {
  /// A name, or for calls relative to no folder a path.
  init(text: String) { self.init(bytes: Array(text.utf8)) }

  init(bytes: [UInt8]) { self.bytes = bytes }
}
