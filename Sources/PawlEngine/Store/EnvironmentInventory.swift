package import PawlCore
import PawlSystem

/// The Python environments under `.pawl/environments`: what they take, when each was last of use, and who uses it now.
package struct EnvironmentInventory: Sendable {
  package struct Item: Sendable, Hashable {
    /// The folder, from the project root; it may be gone and only its lock left.
    package var path: String
    /// Bytes that removing it frees: `uv` shares files with its own cache.
    package var size: Int
    /// Nil for one that was never finished.
    package var lastUse: Timestamp?
    /// A run that lives uses it, or it is being made.
    package var isInUse: Bool
  }

  package var items: [Item] = []

  package var size: Int { items.reduce(0) { $0 &+ $1.size } }

  package init(_ actions: FileActions) throws(Failure) {
    for entry in try actions.disk.list(PythonEnvironments.place) where entry.kind == .folder {
      let path = "\(PythonEnvironments.place)/\(entry.name)"
      items.append(
        Item(
          path: path, size: PathWalk(path, on: actions.disk)?.ownBytes ?? 0,
          lastUse: actions.facts(Item.marker(path))?.modified,
          isInUse: FileLock.isHeld(path + ".lock", on: actions.disk)))
    }
  }
}

extension EnvironmentInventory.Item {
  fileprivate static func marker(_ path: String) -> String { "\(path)/\(PythonEnvironments.marker)" }

  /// Whether it may go: nobody uses it, and it was last of use so many seconds ago, or was never finished.
  ///
  /// Like an object it stays for an hour, whatever is asked for; without an age only what is half-made goes.
  package func isRemovable(olderThan age: Double?, at now: Timestamp) -> Bool {
    if isInUse { return false }
    guard let lastUse else { return true }
    guard let age else { return false }
    return now.seconds - lastUse.seconds > max(age, CacheInventory.youth)
  }

  /// Removes it, the marker first, so that what is left of a removal that is cut short counts as half-made; false when
  /// somebody began to use it.
  func remove(_ actions: FileActions) throws(Failure) -> Bool {
    guard let turn = try FileLock.attempt(path + ".lock", on: actions.disk) else { return false }
    defer { turn.release() }
    if actions.facts(Self.marker(path))?.modified != lastUse { return false }
    try actions.remove(Self.marker(path))
    try actions.remove(path, recursively: true)
    try actions.remove(path + ".lock")
    return true
  }
}
