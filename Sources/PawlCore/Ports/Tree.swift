/// What a path is, without following a last symbolic link.
package struct Entry: Sendable, Hashable {
  package enum Kind: Sendable, Hashable { case file, folder, link, other }

  /// The last component.
  package var name: String
  package var kind: Kind
  package var size: Int

  package init(name: String, kind: Kind, size: Int = 0) {
    self.name = name
    self.kind = kind
    self.size = size
  }
}

/// Files by path: the disk, a git revision, or memory. Paths are relative to the tree's root, or absolute.
package protocol Tree: Sendable {
  /// The bytes of a file, nil when there is none.
  func read(_ path: String) throws(Failure) -> [UInt8]?
  /// What a folder holds, sorted by name; empty when there is none.
  func list(_ folder: String) throws(Failure) -> [Entry]
  /// What stands at a path (links followed), nil when nothing does.
  func entry(_ path: String) throws(Failure) -> Entry?
}
