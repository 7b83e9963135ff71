import Glibc
package import PawlCore

/// A file that grows, open for reading, closed with the value.
package final class GrowingFile: Sendable {
  let file: Descriptor
  let path: String
  let disk: Disk

  init(_ file: consuming Descriptor, _ path: String, _ disk: Disk) {
    self.file = file
    self.path = path
    self.disk = disk
  }

  /// Bytes in the file now.
  package func length() throws(Failure) -> Int {
    do throws(Errno) { return Int(try Call.stat(file.raw).st_size) } catch { throw Failure("look at", path, error) }
  }

  /// What stands from an offset to the end.
  package func read(from offset: Int) throws(Failure) -> [UInt8] { try read(from: offset, max(0, length() - offset)) }

  func read(from offset: Int, _ count: Int) throws(Failure) -> [UInt8] {
    do throws(Errno) { return try Call.read(file.raw, at: offset, count) } catch { throw Failure("read", path, error) }
  }

  /// Whether the path still names this file.
  package var isCurrent: Bool {
    guard let mine = try? Call.stat(file.raw), let there = try? Call.stat(disk.absolute(path)) else { return false }
    return mine.st_ino == there.st_ino && mine.st_dev == there.st_dev
  }
}

extension Disk {
  /// Which file stands at a path, and how long it is; nil when none does.
  package func identity(_ path: String) -> (inode: UInt64, size: Int)? {
    (try? Call.stat(absolute(path))).map { (UInt64($0.st_ino), Int($0.st_size)) }
  }

  /// Opens a file that others append to, for reading; nil when there is none.
  package func follow(_ path: String) throws(Failure) -> GrowingFile? {
    do throws(Errno) { return GrowingFile(try Call.open(absolute(path), O_RDONLY), path, self) } catch {
      if error.meansAbsent { return nil }
      throw Failure("read", path, error)
    }
  }
}
