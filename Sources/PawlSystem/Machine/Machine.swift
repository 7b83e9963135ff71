import CPawlSystem
import Glibc

/// What this machine, or the container around this process, lets it use.
package enum Machine {
  /// Cores this process may keep busy: its affinity mask, less a cgroup's CPU quota (rounded up); at least 1.
  package static var cores: Int {
    let allowed = Int(pawl_affinity_cores())
    guard let quota = cgroupQuota() else { return allowed }
    return max(1, min(allowed, Int(min(quota, 1e6).rounded(.up))))
  }

  /// Bytes of memory: the machine's, or less where a cgroup says so.
  package static var memoryBytes: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    let (total, overflow) = max(0, pages).multipliedReportingOverflow(by: max(0, size))
    var least = overflow ? Int.max : total
    for path in cgroups(v1: "memory").flatMap({
      ["\($0)/memory.max", "\($0)/memory.limit_in_bytes"]
    }) {
      if let limit = number(path, 0), limit > 0 { least = min(least, Int(limit)) }
    }
    return least
  }

  /// How many NVIDIA GPUs there are, less where `CUDA_VISIBLE_DEVICES` lets this process see fewer; 0 without a driver.
  package static var gpus: Int {
    gpus(devices: "/dev", driver: "/proc/driver/nvidia/gpus", visible: Environment.all()["CUDA_VISIBLE_DEVICES"])
  }

  /// Counts device files `nvidia0`, `nvidia1`, …, else the driver's folders, one a GPU.
  ///
  /// Of a list of visible devices only what stands before `-1` counts (CUDA C Programming Guide, "CUDA Environment
  /// Variables").
  package static func gpus(devices: String, driver: String, visible: String?) -> Int {
    let prefix = "nvidia"
    var count = ((try? Call.names(devices)) ?? []).count { name in
      let digits = name.text.dropFirst(prefix.count)
      return name.text.hasPrefix(prefix) && !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    if count == 0 { count = (try? Call.names(driver))?.count ?? 0 }
    guard let visible else { return count }
    return min(count, visibleDevices(visible).count)
  }

  /// The devices that a value of `CUDA_VISIBLE_DEVICES` names, by index or UUID, up to the first `-1`.
  package static func visibleDevices(_ text: String) -> [String] {
    let names = text.split(separator: ",").map { String($0.filter { $0 != " " }) }
    return Array(names.prefix { $0 != "-1" && !$0.isEmpty })
  }

  /// System and architecture in lower case, such as `linux-x86_64`.
  package static var platform: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "linux-unknown" }
    func text(_ field: some Any) -> String {
      withUnsafeBytes(of: field) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    return "\(text(names.sysname).lowercased())-\(text(names.machine))"
  }

  /// The smallest quota on the way up, in cores (kernel documentation, cgroup-v2 `cpu.max`, v1 `cpu.cfs_quota_us`).
  private static func cgroupQuota() -> Double? {
    var least: Double?
    for folder in cgroups(v1: "cpu") {
      var pair: (quota: Double, period: Double)?
      if let quota = number("\(folder)/cpu.max", 0), let period = number("\(folder)/cpu.max", 1) {
        pair = (quota, period)
      } else if let quota = number("\(folder)/cpu.cfs_quota_us", 0),
        let period = number("\(folder)/cpu.cfs_period_us", 0)
      {
        pair = (quota, period)
      }
      if let pair, pair.quota > 0, pair.period > 0 {
        least = min(least ?? .infinity, pair.quota / pair.period)
      }
    }
    return least
  }

  /// This process's own cgroup folder and those above it, for the unified hierarchy and one v1 controller.
  static func cgroups(v1 controller: String) -> [String] {
    guard let bytes = Call.pseudoFile("/proc/self/cgroup") else { return [] }
    var folders: [String] = []
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let base: String
      if fields[0] == "0", fields[1].isEmpty {
        base = "/sys/fs/cgroup"
      } else if fields[1].split(separator: ",").contains(where: { $0 == controller }) {
        base = "/sys/fs/cgroup/\(controller)"
      } else {
        continue
      }
      var path = String(fields[2])
      while true {
        folders.append(path == "/" ? base : base + path)
        if path == "/" || !path.hasPrefix("/") { break }
        path = Disk.folder(of: path)
      }
    }
    return folders
  }

  /// A field of a file's first line as a number; nil for `max` or no such file.
  private static func number(_ path: String, _ field: Int) -> Double? {
    guard let bytes = Call.pseudoFile(path) else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    guard field < fields.count, let value = Double(fields[field]), value < 9e18 else { return nil }
    return value
  }
}
