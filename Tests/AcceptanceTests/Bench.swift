import Foundation
import PawlTestSupport

/// What a command said.
struct Outcome {
  var status: Int32
  var out: String
  var err: String
}

/// A copy of this repository as a user would clone it, in a folder of its own, removed at the end.
final class Bench {
  let root: String

  /// The binary under test: the one that CI names, else the debug build beside these tests.
  static let pawl: String = {
    if let path = ProcessInfo.processInfo.environment["PAWL_BINARY"] { return path }
    // …/debug/pawlPackageTests.xctest → …/debug/pawl
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("pawl").path
      if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    return Repository.root + "/.build-debug/debug/pawl"
  }()

  /// An empty project.
  init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pawl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    root = folder.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// A clone with a commit, without anything that git ignores: the tracked files as they stand in the checkout.
  static func clone() throws -> Bench {
    let bench = try Bench()
    let copy = """
      git -C '\(Repository.root)' ls-files -z --cached --others --exclude-standard Workflows Fixtures README.md .gitignore \
        | (cd '\(Repository.root)' && xargs -0 -I{} sh -c 'test -f "{}" && cp --parents -P "{}" "\(bench.root)"')
      """
    _ = try bench.shell(copy)
    try bench.commit("clone")
    return bench
  }

  func commit(_ message: String) throws {
    _ = try shell(
      """
      test -d .git || git init -q . ; git add -A
      git -c user.name=tester -c user.email=tester@example.org commit -q --allow-empty -m '\(message)'
      """)
  }

  func write(_ path: String, _ text: String) throws {
    let url = URL(fileURLWithPath: root + "/" + path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func read(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: root + "/" + path)), as: UTF8.self)
  }

  func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + "/" + path) }

  func result(_ folder: String = "pawl-report") throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: root + "/\(folder)/result.json"))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  /// Runs the binary in the project.
  @discardableResult
  func pawl(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try run(Bench.pawl, arguments, environment: environment)
  }

  /// Runs a script with `pawl` on the path.
  @discardableResult
  func shell(_ script: String, environment: [String: String] = [:]) throws -> Outcome {
    try run("/bin/sh", ["-c", script], environment: environment)
  }

  private func run(_ program: String, _ arguments: [String], environment: [String: String]) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: root)
    // A CI's own variables must not change what is tested.
    var variables = ProcessInfo.processInfo.environment.filter { name, _ in
      !name.hasPrefix("GITHUB_") && !name.hasPrefix("GITLAB_") && !name.hasPrefix("CI") && name != "PAWL_BINARY"
    }
    let bin = URL(fileURLWithPath: Bench.pawl).deletingLastPathComponent().path
    variables["PATH"] = bin + ":" + (variables["PATH"] ?? "/usr/bin:/bin")
    variables["LC_ALL"] = "C.UTF-8"
    process.environment = variables.merging(environment) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a large answer must not stop the program.
    let names = ["out", "err"].map {
      FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\($0)")
    }
    for name in names { try Data().write(to: name) }
    defer { for name in names { try? FileManager.default.removeItem(at: name) } }
    let out = try FileHandle(forWritingTo: names[0])
    let err = try FileHandle(forWritingTo: names[1])
    process.standardOutput = out
    process.standardError = err
    try process.run()
    process.waitUntilExit()
    let texts = try names.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    let status =
      process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
    return Outcome(status: status, out: texts[0], err: texts[1])
  }
}

extension [String: Any] {
  /// The rules of every gate, in order.
  var rules: [[String: Any]] {
    (self["gates"] as? [[String: Any]] ?? []).flatMap { $0["rules"] as? [[String: Any]] ?? [] }
  }

  var stages: [[String: Any]] { self["stages"] as? [[String: Any]] ?? [] }

  func stage(_ name: String) -> [String: Any]? { stages.first { $0["name"] as? String == name } }

  func text(_ key: String) -> String? { self[key] as? String }

  func number(_ key: String) -> Double? { (self[key] as? NSNumber)?.doubleValue }
}
