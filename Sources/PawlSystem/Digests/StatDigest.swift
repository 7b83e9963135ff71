import CPawlSystem
import Glibc
package import PawlCore

/// One digest over what the kernel says of many paths: whether anything there may have changed, for a stat each.
///
/// Mode, device, inode, size, times of content and of status, and number of links count; a link counts by itself and
/// by its target. Nothing is opened or read.
package struct StatDigest: Sendable, Hashable {
  package let digest: Digest
  /// The newest time of any of them, nanoseconds since 1970; nil when nothing stands at any path.
  package let newest: Int64?

  /// - Parameters:
  ///   - paths: each with a NUL behind it, from `root` or absolute; an empty one is the root itself.
  ///   - root: an absolute folder.
  ///   - threads: how many ask the kernel at once, where there are many paths.
  package init?(paths: some Collection<UInt8>, root: String, threads: Int = 2) {
    guard let folder = try? Call.open(root, O_RDONLY | O_DIRECTORY) else { return nil }
    let bytes = Array(paths)
    guard bytes.last == 0 || bytes.isEmpty else { return nil }
    let ranges = StatDigest.ranges(bytes, bytes.count > 8_192 ? max(1, threads) : 1)
    let raw = folder.raw
    let parts = mapInThreads(ranges.count, ranges.count) { StatDigest.part(bytes, ranges[$0], raw) }
    var hash = Hash()
    for part in parts { part.numbers.withUnsafeBytes { hash.add($0) } }
    digest = hash.digest
    let newest = parts.map(\.newest).max() ?? .min
    self.newest = newest == .min ? nil : newest
  }

  /// Of all that stands at and below a path, names included; nil when nothing does, or more than `most` paths.
  package init?(tree path: String, on disk: Disk, most: Int = 400_000) {
    guard let walk = PathWalk(path, on: disk, most: most),
      let stats = StatDigest(paths: walk.paths, root: disk.root)
    else { return nil }
    var hash = Hash()
    hash.add(stats.digest.bytes)
    hash.add(walk.paths)
    digest = hash.digest
    newest = stats.newest
  }

  /// Whole paths in each, in order.
  private static func ranges(_ bytes: [UInt8], _ count: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    for index in 1...count where start < bytes.count {
      let wanted = max(start, bytes.count * index / count - 1)
      let end = index == count ? bytes.count : (bytes[wanted...].firstIndex(of: 0) ?? bytes.count - 1) + 1
      ranges.append(start..<end)
      start = end
    }
    return ranges
  }

  private static func part(_ bytes: [UInt8], _ range: Range<Int>, _ folder: Int32) -> (numbers: [Int64], newest: Int64)
  {
    var numbers: [Int64] = []
    numbers.reserveCapacity(range.count / 16 * Int(PAWL_STAMP))
    var newest = Int64.min
    bytes.withUnsafeBytes { raw in
      guard let base = raw.bindMemory(to: CChar.self).baseAddress else { return }
      var start = range.lowerBound
      while start < range.upperBound {
        let text = base + start
        let length = strlen(text)
        newest = max(newest, take(folder, length == 0 ? nil : text, &numbers))
        start += length + 1
      }
    }
    return (numbers, newest)
  }

  private static func take(_ folder: Int32, _ path: UnsafePointer<CChar>?, _ numbers: inout [Int64]) -> Int64 {
    let count = Int(PAWL_STAMP)
    return withUnsafeTemporaryAllocation(of: Int64.self, capacity: count) { room in
      guard let base = room.baseAddress else { return .min }
      var newest = stamp(folder, path, false, base)
      numbers.append(contentsOf: room)
      if UInt32(truncatingIfNeeded: room[0]) & UInt32(S_IFMT) == UInt32(S_IFLNK) {
        newest = max(newest, stamp(folder, path, true, base))
        numbers.append(contentsOf: room)
      }
      return newest
    }
  }

  private static func stamp(
    _ folder: Int32, _ path: UnsafePointer<CChar>?, _ follow: Bool, _ numbers: UnsafeMutablePointer<Int64>
  ) -> Int64 {
    guard let path else { return pawl_stamp(folder, ".", follow ? 1 : 0, numbers) }
    return pawl_stamp(folder, path, follow ? 1 : 0, numbers)
  }
}

extension WallClock {
  /// A moment to compare with `StatDigest.newest`: what is older than two clock ticks before it would have another
  /// time if it were changed now (the kernel stamps files with its tick, 1 to 10 ms).
  package static func steadyBefore() -> Int64 { nanoseconds() &- 20_000_000 }
}
