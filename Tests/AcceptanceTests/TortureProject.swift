import Foundation

/// A project whose processes carry a mark of their own, so that whatever survives is found.
struct TortureProject {
  let bench: Bench
  private let mark = UUID().uuidString

  init() throws {
    bench = try Bench()
    try bench.shell("mkdir .pawl")
  }

  private var variables: [String: String] { ["TORTURE_MARK": mark] }

  /// Writes a workflow of one stage `s`; lines of `keys` are its other keys.
  func write(_ run: String, _ keys: String...) throws {
    let lines = ["pawl: 1", "name: torture", "stages:", "  s:", "    run: |"]
    let script = run.split(separator: "\n", omittingEmptySubsequences: false).map { "      " + $0 }
    try bench.write("w.yml", (lines + script + keys.map { "    " + $0 }).joined(separator: "\n") + "\n")
  }

  @discardableResult
  func run(_ arguments: String...) throws -> Outcome {
    try bench.shell("exec pawl run w.yml " + arguments.joined(separator: " "), environment: variables)
  }

  @discardableResult
  func shell(_ script: String) throws -> Outcome { try bench.shell(script, environment: variables) }

  /// Starts `pawl run` and does not wait.
  func start(_ arguments: String...) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Bench.pawl)
    process.arguments = ["run", "w.yml"] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: bench.root)
    let own = ProcessInfo.processInfo.environment.filter { name, _ in
      !name.hasPrefix("GITHUB_") && !name.hasPrefix("GITLAB_") && !name.hasPrefix("CI")
    }
    process.environment = own.merging(variables) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Waits until something holds, for ten seconds at most; whether it does.
  static func wait(_ condition: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(10)
    while !condition() {
      if Date() > end { return false }
      usleep(5_000)
    }
    return true
  }

  /// The one stage in `result.json`.
  func stage() throws -> [String: Any] { try bench.result().stage("s") ?? [:] }

  /// The bytes of the newest log of a stage's first attempt.
  func log() throws -> Data {
    let name = try bench.shell("ls -d .pawl/runs/*/logs/s.1 | tail -1").out
    let path = bench.root + "/" + name.trimmingCharacters(in: .whitespacesAndNewlines)
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// Processes that live and carry the mark, by command line.
  func survivors() -> [String] {
    let wanted = Data(mark.utf8)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.filter { $0.allSatisfy(\.isNumber) }.compactMap { pid in
      guard let variables = contents("/proc/\(pid)/environ"), variables.range(of: wanted) != nil,
        let facts = contents("/proc/\(pid)/stat").map({ String(decoding: $0, as: UTF8.self) }),
        let state = facts.split(separator: ")").last?.split(separator: " ").first, state != "Z", state != "X"
      else { return nil }
      let words = contents("/proc/\(pid)/cmdline").map { String(decoding: $0, as: UTF8.self) } ?? ""
      return "\(pid) \(words.replacingOccurrences(of: "\0", with: " "))"
    }
  }

  private func contents(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }
}
