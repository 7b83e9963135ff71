import CPawlSystem
import Glibc
package import PawlCore

/// The files of this machine, below a root folder.
///
/// A path is relative to the root, or absolute. A call that fails throws a `Failure` that names the path as it was
/// given and carries the kernel's words; what does not exist is nil or empty, as `Tree` says. Names that are not UTF-8
/// are listed with the odd bytes replaced by U+FFFD, and nothing is found under such a repaired name.
package struct Disk: Tree {
  /// An absolute path without a slash at its end, except for `/` itself.
  package let root: String
  /// What is to happen instead of changes; nil but in tests.
  let interruption: Interruption?

  /// Takes an absolute path, or one relative to the current folder.
  package init(root: String, interruptedBy interruption: Interruption? = nil) {
    var path = root.hasPrefix("/") ? root : Disk.currentFolder + "/" + root
    while path.count > 1, path.hasSuffix("/") || path.hasSuffix("/.") { path.removeLast() }
    self.root = path
    self.interruption = interruption
  }

  /// The folder this process stands in, `/` when it is gone.
  package static var currentFolder: String {
    guard let text = getcwd(nil, 0) else { return "/" }
    defer { free(text) }
    return String(cString: text)
  }

  /// The path from `/`; dots and links in it are left as they are.
  package func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    if path.isEmpty || path == "." { return root }
    return root == "/" ? "/" + path : root + "/" + path
  }

  package func read(_ path: String) throws(Failure) -> [UInt8]? {
    do throws(Errno) {
      // Without O_NONBLOCK a FIFO would wait for a writer for ever.
      let file = try Call.open(absolute(path), O_RDONLY | O_NOCTTY | O_NONBLOCK)
      let facts = try Call.stat(file.raw)
      switch facts.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw Errno(EISDIR)
      default: throw Errno(ESPIPE)
      }
      return try Call.readAll(file.raw, sizeHint: min(max(0, Int(facts.st_size)), 1 << 40))
    } catch  where error.meansAbsent {
      return nil
    } catch  where error.number == ESPIPE {
      throw Failure(
        Diagnostic(
          "system.wrong-kind", "cannot read `\(path)`", cause: "it is a pipe, a socket or a device, not a file",
          remedy: "write its content to a file first"))
    } catch {
      throw Failure("read", path, error)
    }
  }

  /// A file's bytes from an offset on; nil when it does not exist.
  package func read(_ path: String, from offset: Int) throws(Failure) -> [UInt8]? {
    do throws(Errno) {
      let file = try Call.open(absolute(path), O_RDONLY | O_NOCTTY | O_NONBLOCK)
      return try Call.read(file.raw, at: offset, max(0, Int(try Call.stat(file.raw).st_size) - offset))
    } catch  where error.meansAbsent {
      return nil
    } catch {
      throw Failure("read", path, error)
    }
  }

  package func list(_ folder: String) throws(Failure) -> [Entry] {
    do throws(Errno) {
      let opened = try Call.open(absolute(folder), O_RDONLY | O_DIRECTORY)
      let names = try Call.names(
        Descriptor(try Call.checked(pawl_openat(opened.raw, ".", O_RDONLY | O_DIRECTORY))))
      return names.compactMap { name in
        var facts = stat()
        let found = name.withCString { fstatat(opened.raw, $0, &facts, AT_SYMLINK_NOFOLLOW) } == 0
        // A file may go between the two calls; then it is not there.
        return found ? Disk.entry(name.text, facts) : nil
      }
    } catch  where error.meansAbsent {
      return []
    } catch {
      throw Failure("list", folder, error)
    }
  }

  package func entry(_ path: String) throws(Failure) -> Entry? {
    do throws(Errno) {
      return Disk.entry(Disk.name(of: path), try Call.stat(absolute(path)))
    } catch  where error.meansAbsent {
      return nil
    } catch {
      throw Failure("look at", path, error)
    }
  }

  /// What stands at a path, a last link not followed; nil when nothing does.
  package func linkOrEntry(_ path: String) throws(Failure) -> Entry? {
    do throws(Errno) {
      return Disk.entry(Disk.name(of: path), try Call.stat(absolute(path), following: false))
    } catch  where error.meansAbsent {
      return nil
    } catch {
      throw Failure("look at", path, error)
    }
  }

  /// Where a symbolic link points, as written in it; nil when the path is none.
  package func linkText(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
    let full = absolute(path)
    if full.utf8.contains(0) { return nil }
    let count = buffer.withUnsafeMutableBytes { room in
      guard let base = room.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
      return readlink(full, base, room.count)
    }
    return count < 0 ? nil : String(validating: buffer.prefix(count), as: UTF8.self)
  }

  /// Whether anything stands at a path: a link that leads nowhere counts.
  package func exists(_ path: String) -> Bool {
    (try? Call.stat(absolute(path), following: false)) != nil
  }

  /// Whether this user could write the file, or make files in the folder; false when it does not exist.
  package func isWritable(_ path: String) -> Bool {
    let full = absolute(path)
    return !full.utf8.contains(0) && faccessat(AT_FDCWD, full, W_OK, AT_EACCESS) == 0
  }

  /// The path with every link and dot resolved, nil when nothing stands there.
  package func realPath(_ path: String) throws(Failure) -> String? {
    let full = absolute(path)
    if full.utf8.contains(0) { throw Failure("resolve", path, Errno(EINVAL)) }
    guard let text = realpath(full, nil) else {
      let error = Errno(errno)
      if error.meansAbsent { return nil }
      throw Failure("resolve", path, error)
    }
    defer { free(text) }
    return String(cString: text)
  }

  static func entry(_ name: String, _ facts: stat) -> Entry {
    let kind: Entry.Kind =
      switch facts.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    return Entry(name: name, kind: kind, size: Int(facts.st_size))
  }

  /// The last component of a path.
  static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The path without its last component, `/` or `.` when none is left.
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2f) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
