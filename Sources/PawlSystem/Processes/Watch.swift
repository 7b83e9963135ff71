import CPawlSystem
import Glibc
import Synchronization

/// Waits for the end of a child, or for a bell.
final class Watch {
  private let pid: Int32
  private let bell: Int32?
  /// Nil before Linux 5.3; then the child is asked every 10 ms.
  private let handle: Int32?

  init(_ pid: Int32, bell: Int32?) {
    self.pid = pid
    self.bell = bell
    let raw = pawl_pidfd_open(pid)
    handle = raw < 0 ? nil : raw
  }

  deinit {
    if let handle { close(handle) }
  }

  /// Whether the child has ended; waits so many milliseconds at most, less when the bell rings. It is not reaped.
  func hasEnded(within milliseconds: Int32) -> Bool {
    var waits = [pollfd(fd: handle ?? -1, events: Int16(POLLIN), revents: 0)]
    waits.append(pollfd(fd: bell ?? -1, events: Int16(POLLIN), revents: 0))
    // An interrupted poll is only a short one.
    let count = poll(&waits, 2, handle == nil ? min(10, milliseconds) : milliseconds)
    if handle == nil { return pawl_has_ended(pid) != 0 }
    if count > 0, waits[1].revents != 0, let bell {
      var rung: UInt64 = 0
      _ = read(bell, &rung, 8)
    }
    return count > 0 && waits[0].revents != 0
  }

  /// Waits until the child has ended or one of the descriptors can be read, or so many milliseconds.
  func wait(milliseconds: Int32, _ readable: [Int32]) {
    var waits = ([handle ?? -1] + readable).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    _ = poll(&waits, nfds_t(waits.count), handle == nil ? min(10, milliseconds) : milliseconds)
  }
}

/// Whether the kernel killed for want of memory since this value was made.
///
/// The counters are the machine's (`/proc/vmstat`) and the own cgroup's; either may be out of sight in a container.
/// Reading them costs as much as a short job, so a count of the last second will do for the start: somebody else's end
/// within that second would be taken for the job's, if the job is killed as well.
struct OutOfMemory {
  private let before: Int
  private let cgroup: Cgroup?
  private static let last = Mutex<(count: Int, time: Double)>((0, -.infinity))

  init(in cgroup: Cgroup?) {
    self.cgroup = cgroup
    before = OutOfMemory.recent()
  }

  var happened: Bool { OutOfMemory.count() > before }

  /// Whether it killed in the job's own group.
  var happenedInGroup: Bool { cgroup?.wasOutOfMemory ?? false }

  /// Where the own cgroup counts; jobs inherit it from us.
  private static let events: String? = Machine.cgroups(v1: "memory").first.flatMap { folder in
    access("\(folder)/memory.events", R_OK) == 0 ? "\(folder)/memory.events" : nil
  }

  private static func recent() -> Int {
    let now = MonotonicClock.now()
    let known = last.withLock { now - $0.time < 1 ? $0.count : nil }
    return known ?? count()
  }

  private static func count() -> Int {
    let count = read()
    let now = MonotonicClock.now()
    last.withLock { $0 = (count, now) }
    return count
  }

  private static func read() -> Int {
    let inMachine = number("oom_kill", in: Call.pseudoFile("/proc/vmstat"))
    return inMachine + number("oom_kill", in: events.flatMap { Call.pseudoFile($0) })
  }

  static func number(_ name: String, in bytes: [UInt8]?) -> Int {
    guard let bytes else { return 0 }
    for line in bytes.split(separator: 0x0a) where line.starts(with: "\(name) ".utf8) {
      return Int(String(decoding: line.dropFirst(name.utf8.count + 1), as: UTF8.self)) ?? 0
    }
    return 0
  }
}

/// The largest resident size of a job.
///
/// What wait4 gives is at least our own peak at the time of the start, since exec counts the memory it replaces
/// (exec_mmap in fs/exec.c). Where it says no more than that, what was seen while the job ran is nearer the truth.
struct PeakMemory {
  private let pid: Int32
  private var seen = 0
  private var looks = 0

  init(_ pid: Int32) { self.pid = pid }

  /// Looks at the process and its descendants, less and less often.
  mutating func look() {
    looks += 1
    if looks > 20, looks % 10 != 0 { return }
    var open = [pid]
    var visited = 0
    while let next = open.popLast(), visited < 64 {
      visited += 1
      seen = max(seen, PeakMemory.peak("\(next)"))
      let children = Call.pseudoFile("/proc/\(next)/task/\(next)/children") ?? []
      open += String(decoding: children, as: UTF8.self).split(separator: " ").compactMap {
        Int32($0)
      }
    }
  }

  /// The kernel's figure, or what was seen where the kernel's is only our own.
  func settle(_ kernel: Int) -> Int {
    if seen == 0 || seen > kernel || kernel > PeakMemory.peak("self") { return max(seen, kernel) }
    return seen
  }

  private static func peak(_ process: String) -> Int {
    guard let bytes = Call.pseudoFile("/proc/\(process)/status") else { return 0 }
    for line in bytes.split(separator: 0x0a) where line.starts(with: "VmHWM:".utf8) {
      let digits = line.filter { (0x30...0x39).contains($0) }
      return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) &* 1024
    }
    return 0
  }
}
