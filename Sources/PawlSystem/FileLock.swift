import CPawlSystem
import Glibc
package import PawlCore
import Synchronization

/// A lock on a file between processes (flock), held until released or until this value goes, also by `kill -9`.
///
/// The file is made when absent and is left behind. Two locks in one process exclude each other like two processes.
package final class FileLock: Sendable {
  package enum Kind: Sendable { case exclusive, shared }

  /// The path as given.
  package let path: String
  private let held: Mutex<Int32?>

  private init(_ path: String, _ descriptor: Int32) {
    self.path = path
    held = Mutex(descriptor)
  }

  deinit { release() }

  /// Waits until the lock can be had; blocks the thread.
  package static func wait(for path: String, _ kind: Kind = .exclusive, on disk: Disk) throws(Failure) -> FileLock {
    while true {
      if let lock = try take(path, kind, LOCK_EX, LOCK_SH, disk) { return lock }
    }
  }

  /// The lock, or nil when another holds it.
  package static func attempt(_ path: String, _ kind: Kind = .exclusive, on disk: Disk) throws(Failure) -> FileLock? {
    try take(path, kind, LOCK_EX | LOCK_NB, LOCK_SH | LOCK_NB, disk)
  }

  /// Whether anybody, this process included, holds the lock; false when there is no such file.
  package static func isHeld(_ path: String, on disk: Disk) -> Bool {
    guard let file = try? Call.open(disk.absolute(path), O_RDONLY) else { return false }
    // What cannot be told is taken for held.
    return flock(file.raw, LOCK_EX | LOCK_NB) != 0
  }

  /// Writes a few words into the file that is locked, in place of what it says; speed and comfort only.
  package func say(_ text: String, on disk: Disk) {
    held.withLock { descriptor in
      guard let raw = descriptor, ftruncate(raw, 0) == 0 else { return }
      try? disk.write(raw, Array(text.utf8), at: disk.absolute(path))
    }
  }

  /// Gives the lock up; a second call does nothing.
  package func release() {
    held.withLock { descriptor in
      if let raw = descriptor { close(raw) }
      descriptor = nil
    }
  }

  private static func take(
    _ path: String, _ kind: Kind, _ exclusive: Int32, _ shared: Int32, _ disk: Disk
  ) throws(Failure) -> FileLock? {
    let full = disk.absolute(path)
    do throws(Errno) {
      while true {
        let file = try disk.open(writing: full, O_RDWR | O_CREAT)
        let wanted = kind == .exclusive ? exclusive : shared
        try disk.allow(.lock, full)
        while flock(file.raw, wanted) != 0 {
          if errno == EWOULDBLOCK { return nil }
          if errno != EINTR { throw Errno(errno) }
        }
        // Whoever held it before may have removed the file: then this lock is on a file nobody else will find.
        let mine = try Call.stat(file.raw)
        if let there = try? Call.stat(full), there.st_ino == mine.st_ino,
          there.st_dev == mine.st_dev
        {
          return FileLock(path, file.give())
        }
      }
    } catch {
      throw Failure("lock", path, error)
    }
  }
}

/// Many locks in one file, a byte each (open-file-description locks), for names that are counted rather than named.
///
/// All are given up together when the value goes or the process ends.
package final class ByteLocks: Sendable {
  private let path: String
  private let descriptor: Int32
  private let disk: Disk

  /// Opens the file, which is made when absent and stays empty.
  package init(_ path: String, on disk: Disk) throws(Failure) {
    self.path = path
    self.disk = disk
    do throws(Errno) {
      descriptor = try disk.open(writing: disk.absolute(path), O_RDWR | O_CREAT).give()
    } catch {
      throw Failure("lock", path, error)
    }
  }

  deinit { close(descriptor) }

  /// Takes the byte at an offset for this value alone; waits, which blocks the thread.
  package func wait(for offset: Int) throws(Failure) { _ = try take(offset, .exclusive, waiting: true) }

  /// Takes the byte unless another holds it; whether it was taken. A byte taken twice has the kind of the last time.
  package func attempt(_ offset: Int, _ kind: FileLock.Kind = .exclusive) throws(Failure) -> Bool {
    try take(offset, kind, waiting: false)
  }

  /// Gives one byte up.
  package func release(_ offset: Int) { _ = pawl_unlock_byte(descriptor, Int64(max(0, offset))) }

  private func take(_ offset: Int, _ kind: FileLock.Kind, waiting: Bool) throws(Failure) -> Bool {
    do throws(Errno) {
      try disk.allow(.lock, disk.absolute(path))
      _ = try Call.checked(
        pawl_lock_byte(descriptor, Int64(max(0, offset)), kind == .exclusive ? 1 : 0, waiting ? 1 : 0))
      return true
    } catch  where error.number == EAGAIN && !waiting {
      // Linux says EAGAIN of a lock that another holds; EACCES is a policy's refusal, which no waiting ends.
      return false
    } catch {
      throw Failure("lock", path, error)
    }
  }
}
