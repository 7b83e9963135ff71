import Foundation
import PawlTestSupport
import Testing

/// `pawl gate` from outside: random files in, `result.json` out, every number against the reference.
@Suite struct GateReferenceTests {
  /// The binary under test: the one that CI names, else the debug build beside these tests.
  private static let pawl: String = {
    if let path = ProcessInfo.processInfo.environment["PAWL_BINARY"] { return path }
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("pawl").path
      if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    return Repository.root + "/.build-debug/debug/pawl"
  }()

  private func judged(_ gate: Reference.Gate) throws -> [[String: Any]] {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("pawl-gate-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    var arguments = ["gate", "--policy", "gate.yaml", "--format", "json", "-C", root.path]
    for (side, files) in [("candidate", gate.candidate), ("baseline", gate.baseline)] {
      let folder = root.appendingPathComponent(side)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for file in files {
        try Data(file[1].utf8).write(to: folder.appendingPathComponent(file[0]))
        arguments += ["--\(side)", "\(side)/\(file[0])"]
      }
    }
    try Data(gate.policy.utf8).write(to: root.appendingPathComponent("gate.yaml"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.pawl)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let answer = root.appendingPathComponent("answer.json")
    try Data().write(to: answer)
    process.standardOutput = try FileHandle(forWritingTo: answer)
    try process.run()
    process.waitUntilExit()
    let text = try Data(contentsOf: answer)
    let json = try #require(try? JSONSerialization.jsonObject(with: text) as? [String: Any], "\(gate.name)")
    let gates = try #require(json["gates"] as? [[String: Any]])
    return gates.flatMap { $0["rules"] as? [[String: Any]] ?? [] }
  }

  private func number(_ rule: [String: Any], _ path: String) -> Double? {
    var value: Any? = rule
    for part in path.split(separator: ".") { value = (value as? [String: Any])?[String(part)] }
    return (value as? NSNumber)?.doubleValue
  }

  @Test func `every number of a result is that of the reference`() throws {
    let gates = try Reference.drawn().gates
    #expect(gates.count > 15)
    for gate in gates {
      let rules = try judged(gate)
      #expect(rules.count == gate.rules.count, "\(gate.name)")
      for (rule, expected) in zip(rules, gate.rules) {
        let place = "\(gate.name) \(rule["metric"] ?? ""), \(rule["message"] ?? "")"
        #expect(rule["test"] as? String == expected.test, "\(place)")
        if let verdict = expected.verdict { #expect(rule["verdict"] as? String == verdict, "\(place)") }
        for (path, pair) in expected.numbers {
          let value = number(rule, path)
          #expect(
            value != nil && agrees(value, pair[0].value, relative: 0, absolute: pair[1].value),
            "\(place): \(path) is \(value ?? .nan), not \(pair[0].value) ± \(pair[1].value)")
        }
        for path in expected.absent { #expect(number(rule, path) == nil, "\(place): \(path)") }
      }
    }
  }
}
