import Foundation
import PawlCore
import PawlEngine
import PawlSystem

/// A project folder of a test's own, gone with the value.
final class Scratch: Sendable {
  let disk: Disk

  init(in parent: String = NSTemporaryDirectory()) throws {
    disk = Disk(root: parent + "/pawl-store-\(Random.identifier())")
    try disk.makeFolder("")
  }

  deinit { try? disk.remove("", recursively: true) }

  func write(_ path: String, _ text: String, executable: Bool = false) throws {
    try disk.makeFolder(Paths.parent(path))
    try disk.write(path, Array(text.utf8))
    if executable { chmod(disk.absolute(path), 0o755) }
  }

  func text(_ path: String) throws -> String? { try disk.read(path).map { String(decoding: $0, as: UTF8.self) } }

  /// What stands at a path, hashed.
  func made(_ path: String) throws -> Made {
    guard let content = try TreeDigest().content(of: path, root: disk) else { throw Missing(path: path) }
    return Made(path: path, content)
  }

  /// Every path below a folder, sorted, without those that match no test: locks.
  func paths(_ folder: String = "") throws -> [String] {
    var found: [String] = []
    for entry in try disk.list(folder) {
      let path = Paths.join(folder, entry.name)
      found.append(path)
      if entry.kind == .folder { found += try paths(path) }
    }
    return found
  }
}

struct Missing: Error { var path: String }

/// The diagnostics of a failure that is expected.
func diagnostics(_ body: () throws -> Void) -> [Diagnostic] {
  do {
    try body()
    return []
  } catch let failure as Failure {
    return failure.diagnostics
  } catch {
    return [Diagnostic("test.other", "\(error)")]
  }
}
