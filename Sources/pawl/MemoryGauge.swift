import Glibc

/// The largest resident size that a running stage's processes had so far (`VmHWM` of proc(5)), looked at once a second.
struct MemoryGauge {
  private let pid: Int32
  private var seen = 0
  private var last = -Double.infinity
  /// A stage with more processes is not counted out: the look must stay cheap.
  private static let most = 32

  init(_ pid: Int32) { self.pid = pid }

  /// Bytes; 0 before anything could be seen.
  mutating func peak(at now: Double) -> Int {
    guard now - last >= 1 else { return seen }
    last = now
    var open = [pid]
    var visited = 0
    while let next = open.popLast(), visited < MemoryGauge.most {
      visited += 1
      seen = max(seen, MemoryGauge.highWater(next))
      open += MemoryGauge.text("/proc/\(next)/task/\(next)/children").split(separator: 0x20).compactMap {
        Int32(String(decoding: $0, as: UTF8.self))
      }
    }
    return seen
  }

  private static func highWater(_ pid: Int32) -> Int {
    for line in text("/proc/\(pid)/status").split(separator: 0x0A) where line.starts(with: "VmHWM:".utf8) {
      let digits = line.filter { (0x30...0x39).contains($0) }
      return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) &* 1024
    }
    return 0
  }

  private static func text(_ path: String) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    return [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, buffer.count))
    }
  }
}
