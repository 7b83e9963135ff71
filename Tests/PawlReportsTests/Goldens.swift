import Foundation
import Testing

/// Whole outputs kept under `Fixtures/golden/`; `PAWL_WRITE_GOLDENS=1 swift test` writes them anew.
enum Goldens {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func check(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let file = root.appendingPathComponent("Fixtures/golden/\(name)")
    if ProcessInfo.processInfo.environment["PAWL_WRITE_GOLDENS"] != nil {
      do {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      } catch {
        Issue.record("cannot write \(name): \(error)", sourceLocation: sourceLocation)
      }
      return
    }
    guard let data = try? Data(contentsOf: file) else {
      Issue.record("there is no golden \(name)", sourceLocation: sourceLocation)
      return
    }
    let wanted = String(decoding: data, as: UTF8.self)
    guard wanted != text else { return }
    let pairs = zip(
      wanted.split(separator: "\n", omittingEmptySubsequences: false),
      text.split(separator: "\n", omittingEmptySubsequences: false))
    let line = pairs.enumerated().first { $0.element.0 != $0.element.1 }
    Issue.record(
      "\(name) differs in line \((line?.offset ?? 0) + 1): `\(line?.element.1 ?? "length")` instead of `\(line?.element.0 ?? "")`",
      sourceLocation: sourceLocation)
  }

  static func bytes(_ path: String) throws -> Data { try Data(contentsOf: root.appendingPathComponent(path)) }
}

/// The strings of `Fixtures/hostile.json`.
struct Hostile: Decodable {
  struct Case: Decodable {
    var id: String
    var string: String
  }

  var strings: [Case]

  static func load() throws -> [Case] {
    try JSONDecoder().decode(Hostile.self, from: Goldens.bytes("Fixtures/hostile.json")).strings
  }
}
