package import PawlCore
package import PawlSystem

/// The project's files as content: what stands at a path, by digest.
package struct Workspace: Sendable {
  package let disk: Disk
  private let digests: DigestCache
  private let trees: TreeDigest

  package init(disk: Disk, digests: DigestCache) {
    self.disk = disk
    self.digests = digests
    trees = TreeDigest(cache: digests)
  }

  /// What stands at a path, nil when nothing does.
  package func content(_ path: String) throws(Failure) -> Content? { try trees.content(of: path, root: disk) }

  /// What stands at a path as something that a stage made, nil when nothing does.
  package func made(_ path: String) throws(Failure) -> Made? {
    guard let content = try content(path) else { return nil }
    var made = Made(path: path, content)
    // A link has no bit of its own.
    if disk.linkText(path) != nil { made.isExecutable = nil }
    return made
  }

  /// Whether every path still holds what was made there, with its execute bit where that is known.
  package func holds(_ outputs: [Made]) -> Bool {
    outputs.allSatisfy { made in
      guard let found = try? self.made(made.path), found.digest == made.digest else { return false }
      return made.isExecutable == nil || found.isExecutable == made.isExecutable
    }
  }

  /// Remembers digests for the next run; speed only, so a failure is nobody's concern.
  package func save() { try? digests.save() }
}
