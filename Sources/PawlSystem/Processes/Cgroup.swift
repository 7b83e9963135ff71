import CPawlSystem
import Glibc

/// A control group of one job's own with a limit of memory (kernel documentation, cgroup-v2, "Memory Interface Files").
///
/// Only where the kernel lets us make one: else the limit is a matter of scheduling alone.
final class Cgroup {
  private let folder: String

  /// Makes the group in the first of the folders that hands out memory and can be written; nil when there is none.
  init?(limit: Int, under parents: [String]) {
    let name = "pawl-\(getpid())-\(Random.identifier())"
    for parent in parents {
      let controllers = Call.pseudoFile("\(parent)/cgroup.subtree_control") ?? []
      guard controllers.split(whereSeparator: { $0 == 0x20 || $0 == 0x0a }).contains(Array("memory".utf8)[...]),
        mkdir("\(parent)/\(name)", 0o755) == 0
      else { continue }
      let made = "\(parent)/\(name)"
      if Cgroup.write(String(limit), to: "\(made)/memory.max") {
        // A kill takes the whole job, not a worker whose loss nobody notices; without swap the limit is the limit.
        _ = Cgroup.write("1", to: "\(made)/memory.oom.group")
        _ = Cgroup.write("0", to: "\(made)/memory.swap.max")
        folder = made
        return
      }
      rmdir(made)
    }
    return nil
  }

  deinit { rmdir(folder) }

  /// Puts a process in; what it starts from then on is in as well.
  func take(_ pid: Int32) { _ = Cgroup.write(String(pid), to: "\(folder)/cgroup.procs") }

  /// Whether the kernel killed in here for want of memory.
  var wasOutOfMemory: Bool {
    OutOfMemory.number("oom_kill", in: Call.pseudoFile("\(folder)/memory.events")) > 0
  }

  /// Where a group can be made: beside our own group, since a group that hands out memory may hold no process itself,
  /// and inside it, as at the root of a container.
  static let places: [String] = {
    guard
      let line = Call.pseudoFile("/proc/self/cgroup").map({ String(decoding: $0, as: UTF8.self) })?
        .split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
    else { return [] }
    let path = line.dropFirst("0::".count)
    let own = "/sys/fs/cgroup" + (path == "/" ? "" : path)
    return path == "/" ? [own] : [Disk.folder(of: own), own]
  }()

  private static func write(_ text: String, to path: String) -> Bool {
    do throws(Errno) {
      // No such file may be made in the kernel's own folders; in a test's it is.
      let file = try Call.open(path, O_WRONLY | O_CREAT)
      try Call.write(file.raw, Array(text.utf8))
      return true
    } catch {
      return false
    }
  }
}
