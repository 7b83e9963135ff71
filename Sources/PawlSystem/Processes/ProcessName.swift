import Glibc

/// A process, named so that others on this machine can tell whether it still runs.
///
/// A number alone is given to another process in time, and means another process in another container.
package struct ProcessName: Sendable, Hashable {
  /// The start of the machine (boot id) and the process namespace that the number is of.
  private var world: String
  private var pid: Int32
  /// Clock ticks since the machine's start.
  private var startTime: UInt64

  /// This process; nil where `/proc` does not tell.
  package static func own() -> ProcessName? {
    guard let world = world(), let facts = ProcessFacts(getpid()) else { return nil }
    return ProcessName(world: world, pid: facts.pid, startTime: facts.startTime)
  }

  private init(world: String, pid: Int32, startTime: UInt64) {
    (self.world, self.pid, self.startTime) = (world, pid, startTime)
  }

  /// Reads `text`; nil for anything else.
  package init?(_ text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, !words[0].isEmpty, let pid = Int32(words[1]), let startTime = UInt64(words[2]) else {
      return nil
    }
    self.init(world: String(words[0]), pid: pid, startTime: startTime)
  }

  /// `<boot id>/<namespace> <pid> <start time>`.
  package var text: String { "\(world) \(pid) \(startTime)" }

  /// Whether it is certain that it has ended; false also where that cannot be told from here.
  package var hasEnded: Bool { ProcessName.world() == world && !Remains.isAlive(pid: pid, startTime: startTime) }

  private static func world() -> String? {
    guard let boot = Call.pseudoFile("/proc/sys/kernel/random/boot_id"),
      let namespace = Disk(root: "/").linkText("/proc/self/ns/pid")
    else { return nil }
    return String(decoding: boot.prefix { $0 != 0x0A }, as: UTF8.self) + "/" + namespace
  }
}
