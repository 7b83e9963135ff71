import CPawlSystem
import Glibc
import Synchronization

/// Spools that jobs have done with, for the next ones of the same run.
///
/// A file made and freed for each job costs more than the job's start: ext4 looks at every inode that was freed in the
/// last minute before it takes a new one. What goes back is proven to be nobody's: the kernel grants a write lease only
/// on a file that nobody else has open.
package final class SpoolShelf: Sendable {
  private struct Kept {
    var folder: String
    var file: Int32
  }

  private let kept = Mutex<[Kept]>([])

  package init() {}

  deinit { kept.withLock { for spool in $0 { close(spool.file) } } }

  /// An empty spool in a folder, of those given back or a new one.
  func take(_ folder: String, on disk: Disk) throws(Errno) -> Spool {
    let file = kept.withLock { kept -> Int32? in
      guard let index = kept.lastIndex(where: { $0.folder == folder }) else { return nil }
      return kept.remove(at: index).file
    }
    if let file { return Spool(empty: Descriptor(file)) }
    return try Spool(in: folder, on: disk)
  }

  /// Takes a spool back whose job and all that it started have ended; one that is still open somewhere is let go.
  func give(_ spool: consuming Spool, _ folder: String) {
    let file = spool.give()
    guard pawl_is_sole_opener(file) == 1, ftruncate(file, 0) == 0 else {
      close(file)
      return
    }
    kept.withLock { $0.append(Kept(folder: folder, file: file)) }
  }
}
