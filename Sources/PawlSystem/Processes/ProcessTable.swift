import CPawlSystem
import Glibc

/// A process as `/proc/<pid>/stat` tells it (proc(5)).
struct ProcessFacts: Hashable {
  var pid: Int32
  var parent: Int32
  var session: Int32
  var state: UInt8
  /// Clock ticks since boot; with the pid it names a process for good.
  var startTime: UInt64
  /// The kernel's short name, at most 15 bytes.
  var name: String

  init?(_ pid: Int32) { self.init(pid, stat: "/proc/\(pid)/stat") }

  /// From the file that tells of a process or of one of its threads.
  init?(_ pid: Int32, stat path: String) {
    guard let bytes = Call.pseudoFile(path), let open = bytes.firstIndex(of: 0x28),
      let close = bytes.lastIndex(of: 0x29), open < close
    else { return nil }
    // The name may hold spaces and parentheses, so fields are counted from the last one.
    let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split(separator: " ")
    guard fields.count > 19, let state = fields[0].utf8.first, let parent = Int32(fields[1]),
      let session = Int32(fields[3]), let startTime = UInt64(fields[19])
    else { return nil }
    (self.pid, self.parent, self.session, self.state, self.startTime) = (
      pid, parent, session, state, startTime
    )
    name = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
  }

  /// Whether it still runs: neither a zombie nor dead.
  var lives: Bool { state != UInt8(ascii: "Z") && state != UInt8(ascii: "X") }

  /// The command line, or the short name, and the process id; cut to 80 characters once secrets are masked.
  func label(_ masked: (String) -> String = { $0 }) -> String {
    var words = Call.pseudoFile("/proc/\(pid)/cmdline") ?? []
    // In the middle of an exec a process has no command line for a moment.
    for _ in 0..<5 where words.isEmpty {
      usleep(500)
      words = Call.pseudoFile("/proc/\(pid)/cmdline") ?? []
    }
    let line = String(
      decoding: words.prefix(1 << 16).map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }, as: UTF8.self)
    let text = line.split(separator: " ").joined(separator: " ")
    return "\(masked(text.isEmpty ? name : text).prefix(80)) (\(pid))"
  }

  /// Sends a signal to exactly this process, even if its number is given to another meanwhile.
  func send(_ signal: Int32) {
    let handle = pawl_pidfd_open(pid)
    if handle < 0 {
      if handle == -ENOSYS, ProcessFacts(pid)?.startTime == startTime { kill(pid, signal) }
      return
    }
    let opened = Descriptor(handle)
    guard ProcessFacts(pid)?.startTime == startTime else { return }
    _ = pawl_pidfd_signal(opened.raw, signal)
  }
}

/// The processes of this machine, as far as this user may see them.
enum ProcessTable {
  static func all() -> [ProcessFacts] {
    guard let names = try? Call.names("/proc") else { return [] }
    return names.compactMap { name in
      guard let pid = Int32(name.text) else { return nil }
      return ProcessFacts(pid)
    }
  }

  /// The variables a process was started with, as `NAME=value` bytes; empty when they may not be read.
  static func variables(_ pid: Int32) -> Set<[UInt8]> {
    guard let bytes = Call.pseudoFile("/proc/\(pid)/environ") else { return [] }
    return Set(bytes.split(separator: 0).map(Array.init))
  }

  /// The children that came to us because their parents ended, and some that threads of ours started; nil where the
  /// kernel keeps no such list.
  ///
  /// The kernel gives orphans to the first thread that lives (find_alive_thread in kernel/exit.c): looking through one
  /// list instead of a list a thread is what makes it cheap to ask after every job.
  static func adopted() -> [Int32]? {
    let threads = firstThreadLives ? ["\(getpid())"] : (try? Call.names("/proc/self/task"))?.map(\.text) ?? []
    var children: [Int32]?
    for thread in threads {
      guard let bytes = Call.pseudoFile("/proc/self/task/\(thread)/children") else { continue }
      children =
        (children ?? []) + String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }
    return children
  }

  /// Whether the thread that `main` began on is still there: our own always is, a test runner's is not.
  private static let firstThreadLives = ProcessFacts(getpid(), stat: "/proc/self/task/\(getpid())/stat")?.lives ?? false
}
