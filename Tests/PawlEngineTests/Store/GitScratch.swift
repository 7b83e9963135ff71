import PawlCore
import PawlEngine
import PawlSystem

/// A repository of a test's own, gone with the value.
final class GitScratch: Sendable {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    _ = try git("init", "-q", "-b", "main")
  }

  var disk: Disk { scratch.disk }

  func write(_ path: String, _ text: String) throws { try scratch.write(path, text) }

  @discardableResult func git(_ words: String...) throws -> String {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    let answer = try capture(["git"] + identity + words, in: disk.root, timeout: .seconds(60))
    guard answer.status == 0 else { throw Failure(Diagnostic("test.git", answer.complaint)) }
    return answer.text
  }

  /// Commits everything; the commit's name.
  @discardableResult func commit(_ message: String) throws -> String {
    try git("add", "-A", ".")
    try git("commit", "-q", "--allow-empty", "-m", message)
    return try git("rev-parse", "HEAD")
  }
}
