package import PawlCore
package import PawlSystem
import Synchronization

/// The disk, with a note of every path that was asked for: what an answer depends on.
package final class RecordingTree: Tree {
  private let disk: Disk
  private let noted = Mutex<Set<String>>([])

  package init(_ disk: Disk) { self.disk = disk }

  /// Every path that was read, listed or looked at, present or not.
  package var paths: Set<String> { noted.withLock { $0 } }

  package func read(_ path: String) throws(Failure) -> [UInt8]? {
    note(path)
    return try disk.read(path)
  }

  package func list(_ folder: String) throws(Failure) -> [Entry] {
    note(folder)
    return try disk.list(folder)
  }

  package func entry(_ path: String) throws(Failure) -> Entry? {
    note(path)
    return try disk.entry(path)
  }

  private func note(_ path: String) { noted.withLock { _ = $0.insert(path) } }
}
