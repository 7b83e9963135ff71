package import PawlCore

/// One job's claim on the paths it makes and reads, among all `pawl` processes of a project; gone with the process,
/// also by `kill -9`.
///
/// A path is a byte of one file, found by the path's digest: taken alone for a path that is made and shared for one that
/// is read and for each folder above, so that who makes `out` shuts out who makes `out/a.txt`. (Who reads `out` does not
/// shut out who makes `out/a.txt`; two stages of one workflow never do so.) Everybody takes bytes in ascending order,
/// so nobody waits in a circle.
package final class PathLocks: Sendable {
  private let locks: ByteLocks
  private let wanted: [(offset: Int, kind: FileLock.Kind)]
  private let read: [Int]
  private let taken = Guarded(0)

  /// Opens the lock file, which is made when absent; takes nothing yet. Paths are from the project root.
  ///
  /// `alone` takes also what is read for this job alone, until `share`.
  package init(
    _ file: String, making: [String], reading: [String] = [], alone: Bool = false, on disk: Disk
  ) throws(Failure) {
    locks = try ByteLocks(file, on: disk)
    let made = Set(making.map { PathLocks.offset(of: $0) })
    read = reading.map { PathLocks.offset(of: $0) }.filter { !made.contains($0) }
    var kinds: [Int: FileLock.Kind] = [:]
    for offset in read { kinds[offset] = alone ? .exclusive : .shared }
    for offset in made { kinds[offset] = .exclusive }
    for path in making + reading {
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

  /// Lets others read what this job reads; no moment passes in which they could write it. All must be held.
  package func share() {
    // Giving up half of a lock of one's own never waits.
    for offset in read { _ = try? locks.attempt(offset, .shared) }
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
