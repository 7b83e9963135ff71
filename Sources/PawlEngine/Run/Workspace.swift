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
    switch content {
    case .file(let digest, let size, _): return Made(path: path, digest: digest, size: size)
    case .folder(let digest, _): return Made(path: path, digest: digest, size: content.size, isFolder: true)
    }
  }

  /// Whether every path still holds what was made there.
  package func holds(_ outputs: [Made]) -> Bool {
    outputs.allSatisfy { made in (try? self.made(made.path))?.digest == made.digest }
  }

  /// Remembers digests for the next run; speed only, so a failure is nobody's concern.
  package func save() { try? digests.save() }
}
