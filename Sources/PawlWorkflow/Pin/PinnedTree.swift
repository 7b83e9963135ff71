package import PawlCore

/// The files of the revision that a gate's policy is taken from (contract §4, *The pin*).
package struct PinnedTree: Sendable {
  package var tree: any Tree
  /// As the caller wrote it: `origin/main`.
  package var revision: String
  /// The full object id.
  package var commit: String

  package init(tree: any Tree, revision: String, commit: String) {
    self.tree = tree
    self.revision = revision
    self.commit = commit
  }

  /// How messages name a file of the revision.
  func shown(_ path: String) -> String { "\(revision):\(path)" }

  /// The same policy, its named baseline read from the revision where the store lies in the project.
  func pinning(_ policy: GatePolicy) -> GatePolicy {
    var policy = policy
    if case .named? = policy.baseline?.origin, let store = policy.baseline?.store, Paths.staysInside(store),
      !store.hasPrefix("git:")
    {
      policy.baseline?.revision = commit
    }
    return policy
  }
}
