package import PawlCore

/// One job's claim on the paths it makes, among all `pawl` processes of a project; gone with the process, also by
/// `kill -9`.
///
/// A path is a byte of one file, found by the path's digest: taken alone for the path itself and shared for each folder
/// above it, so that who makes `out` shuts out who makes `out/a.txt`. Everybody takes bytes in ascending order, so
/// nobody waits in a circle.
package final class PathLocks: Sendable {
  private let locks: ByteLocks
  private let wanted: [(offset: Int, kind: FileLock.Kind)]
  private let taken = Guarded(0)

  /// Opens the lock file, which is made when absent; takes nothing yet. Paths are from the project root.
  package init(_ file: String, paths: [String], on disk: Disk) throws(Failure) {
    locks = try ByteLocks(file, on: disk)
    var kinds: [Int: FileLock.Kind] = [:]
    for path in paths { kinds[PathLocks.offset(of: path)] = .exclusive }
    for path in paths {
      var folder = Paths.parent(path)
      while !folder.isEmpty, folder != "/" {
        let offset = PathLocks.offset(of: folder)
        if kinds[offset] == nil { kinds[offset] = .shared }
        folder = Paths.parent(folder)
      }
    }
    wanted = kinds.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Takes what can be had, in order, and keeps it; true once all are held. Never waits: call it again.
  package func attempt() throws(Failure) -> Bool {
    var next = taken.change { $0 }
    while next < wanted.count {
      guard try locks.attempt(wanted[next].offset, wanted[next].kind) else { return false }
      next += 1
      taken.change { [next] in $0 = next }
    }
    return true
  }

  /// Gives all up; a second call does nothing.
  package func release() {
    let held = taken.change { count in
      defer { count = 0 }
      return count
    }
    for lock in wanted.prefix(held) { locks.release(lock.offset) }
  }

  /// 62 bits of the path's digest: two paths on one byte would wait for each other needlessly, and never do.
  private static func offset(of path: String) -> Int {
    let digits = Digester.digest(path).hex.prefix(16)
    return Int((UInt64(digits, radix: 16) ?? 0) >> 2)
  }
}
