import CPawlSystem
import Glibc

/// The nameless file a job prints into, and how far it has been read.
///
/// Not a pipe: when its reader goes, a trainer that prints while it saves would die of SIGPIPE. What has been read is
/// punched out, so a printed gigabyte takes no gigabyte of disk.
struct Spool: ~Copyable {
  private let file: Descriptor
  private var offset = 0
  private var punched = 0
  /// The last bytes read, by which a job that empties its own output is found out.
  private var anchor: [UInt8] = []

  private static let anchorLength = 64
  private static let chunk = 1 << 18

  /// Makes the file in a folder, for a file system without nameless files by making and removing a named one.
  init(in folder: String, on disk: Disk) throws(Errno) {
    try disk.allow(.open, folder)
    let nameless = pawl_open_nameless(folder)
    if nameless >= 0 {
      file = Descriptor(nameless)
      return
    }
    let path = "\(folder)/.spool-\(Random.identifier())"
    file = try Call.open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND, mode: 0o600)
    unlink(path)
  }

  /// Takes over a file that is empty.
  init(empty file: consuming Descriptor) { self.file = file }

  /// Whether a process prints into a spool that was made in a folder. Its variables and its session a process can
  /// change, and does; its output seldom, and the kernel goes on naming it by the folder.
  static func isOutput(of pid: Int32, in folder: String) -> Bool {
    let disk = Disk(root: "/")
    return [1, 2].contains { descriptor in
      guard let text = disk.linkText("/proc/\(pid)/fd/\(descriptor)"), text.hasPrefix(folder + "/"),
        text.hasSuffix(" (deleted)")
      else { return false }
      // `#` and a number for a nameless file (d_tmpfile in fs/dcache.c), or the name that was removed.
      let name = text.dropFirst(folder.utf8.count + 1).dropLast(" (deleted)".count)
      return name.hasPrefix("#") && name.dropFirst().allSatisfy(\.isNumber) || name.hasPrefix(".spool-")
    }
  }

  /// Opens it for a child, so that it can be told later whether anybody still has it; where that cannot be done, the
  /// child gets our own.
  func openForChild() -> Descriptor? {
    try? Call.open("/proc/self/fd/\(file.raw)", O_RDWR | O_APPEND)
  }

  /// What a child gets that has none of its own.
  var descriptor: Int32 { file.raw }

  /// Hands the file over to a caller that will close it.
  consuming func give() -> Int32 { file.give() }

  /// Hands new bytes to `take`, chunk by chunk, up to about `limit` bytes; whether all was read.
  mutating func drain(limit: Int, _ take: ([UInt8]) -> Void) -> Bool {
    guard let facts = try? Call.stat(file.raw) else { return true }
    let size = Int(facts.st_size)
    if size == offset { return true }
    if wasEmptied(size) {
      take(Array("\n\(Spool.note)\n".utf8))
      // What was punched out before stays a hole: go on where data begin.
      offset = max(0, Int(clamping: pawl_seek_data(file.raw, 0)))
      (punched, anchor) = (offset, [])
    }
    let end = min(size, offset &+ limit)
    while offset < end {
      guard let part = try? Call.read(file.raw, at: offset, min(Spool.chunk, end - offset)),
        !part.isEmpty
      else {
        break
      }
      offset += part.count
      anchor = Array((anchor + part.suffix(Spool.anchorLength)).suffix(Spool.anchorLength))
      take(part)
    }
    punch()
    return offset >= size
  }

  private static let note =
    "[pawl: the command emptied its own output, as `tee /dev/stderr` does (`tee -a` does not); lines may be missing]"

  /// Whether somebody cut the file short and perhaps wrote on, so that what lies before the offset is not what was read.
  private func wasEmptied(_ size: Int) -> Bool {
    if size < offset { return true }
    guard let there = try? Call.read(file.raw, at: offset - anchor.count, anchor.count) else {
      return false
    }
    return there != anchor
  }

  private mutating func punch() {
    let end = (offset - Spool.anchorLength) & ~4095
    guard end - punched >= 1 << 20 else { return }
    _ = pawl_punch(file.raw, Int64(punched), Int64(end - punched))
    punched = end
  }
}
