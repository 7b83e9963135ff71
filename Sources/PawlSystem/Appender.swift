import Glibc
package import PawlCore

/// A log that grows by whole lines: each is one write at the end, so that two processes may append at once.
package struct Appender: Sendable {
  package let file: GrowingFile

  /// Appends one line and answers how many bytes that took; what an earlier writer left torn is closed with a newline
  /// first.
  @discardableResult package func append(_ line: [UInt8]) throws(Failure) -> Int {
    let length = try file.length()
    var bytes = line
    if length > 0, try file.read(from: length - 1, 1) != [0x0A] { bytes.insert(0x0A, at: 0) }
    do throws(Errno) { try file.disk.write(file.file.raw, bytes, at: file.disk.absolute(file.path)) } catch {
      throw Failure("write", file.path, error)
    }
    return bytes.count
  }

  /// Cuts off what is beyond a length; only for a file with one writer.
  package func truncate(to length: Int) throws(Failure) {
    do throws(Errno) {
      try file.disk.allow(.truncate, file.disk.absolute(file.path))
      if ftruncate(file.file.raw, off_t(length)) != 0 { throw Errno(errno) }
    } catch {
      throw Failure("shorten", file.path, error)
    }
  }
}

extension Disk {
  /// Opens a file for appending; missing folders and the file are made.
  package func appender(_ path: String) throws(Failure) -> Appender {
    let full = absolute(path)
    do throws(Errno) {
      try makeFolders(Disk.folder(of: full))
      return Appender(file: GrowingFile(try open(writing: full, O_RDWR | O_CREAT | O_APPEND), path, self))
    } catch {
      throw Failure("open", path, error)
    }
  }
}
