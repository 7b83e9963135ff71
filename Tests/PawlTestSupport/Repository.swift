import Foundation

/// The checkout that the tests belong to.
package enum Repository {
  /// The root, found from this file: `Tests/PawlTestSupport/Repository.swift` is three levels down.
  package static let root: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// The bytes of a file of the checkout, such as `Fixtures/stats/tests.json`.
  package static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: root + "/" + path)))
  }

  package static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }
}
