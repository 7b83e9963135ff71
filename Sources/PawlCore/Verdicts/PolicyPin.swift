/// The revision that a gate's policy was taken from (contract §4, *The pin*).
package struct PolicyPin: Sendable, Hashable {
  /// As the caller wrote it: `origin/main`.
  package var revision: String
  /// The full object id.
  package var commit: String
  /// What the working tree's policy says otherwise, a line each; shown, without effect.
  package var differences: [String]
  /// The workflow, or this gate, is not in that revision: it was judged by its own rules.
  package var isAbsent: Bool

  package init(revision: String, commit: String, differences: [String] = [], isAbsent: Bool = false) {
    self.revision = revision
    self.commit = commit
    self.differences = differences
    self.isAbsent = isAbsent
  }
}
