import CPawlSystem
import Glibc

/// Every path at and below a place, as the kernel has them: names of any bytes are found again. Links are not followed.
package struct PathWalk: Sendable {
  /// The place itself, then what it holds, each folder's names in byte order; a NUL behind each, from the disk's root.
  package private(set) var paths: [UInt8] = []
  /// How many paths there are.
  package private(set) var count = 0
  /// Bytes in files that no other name leads to: what removing all of it would free.
  package private(set) var ownBytes = 0

  /// Nil when nothing stands there, when there are more than `most` paths, and when a folder cannot be read.
  package init?(_ path: String, on disk: Disk, most: Int = 400_000) {
    guard !path.isEmpty, !path.utf8.contains(0), let root = try? Call.open(disk.root, O_RDONLY | O_DIRECTORY) else {
      return nil
    }
    var open = [FileName(bytes: Array(path.utf8))]
    while let next = open.popLast() {
      var facts = stat()
      guard count < most, next.withCString({ fstatat(root.raw, $0, &facts, AT_SYMLINK_NOFOLLOW) }) == 0 else {
        return nil
      }
      paths += next.bytes
      paths.append(0)
      count += 1
      switch facts.st_mode & S_IFMT {
      case S_IFREG: if facts.st_nlink == 1 { ownBytes &+= Int(facts.st_size) }
      case S_IFDIR:
        let raw = next.withCString { pawl_openat(root.raw, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) }
        guard raw >= 0, let names = try? Call.names(Descriptor(raw)) else { return nil }
        for name in names.reversed() { open.append(FileName(bytes: next.bytes + [0x2f] + name.bytes)) }
      default: break
      }
    }
  }
}
