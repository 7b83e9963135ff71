package import PawlCore
package import PawlSystem

/// The stores of a project that a command line can mean without naming a workflow.
package struct BaselineStores: Sendable {
  private let disk: Disk
  /// Folders of baselines, from the project root.
  package let folders: [String]

  /// Looks where workflows keep them: `Workflows/baselines`, `baselines`, or the folder given.
  package init(_ disk: Disk, only folder: String? = nil) {
    self.disk = disk
    folders = folder.map { [$0] } ?? ["Workflows/baselines", "baselines"].filter { disk.exists($0) }
  }

  package var all: [BaselineStore] { folders.map { BaselineStore(disk: disk, folder: $0) } }

  /// The store that holds a baseline; throws with the names that there are.
  package func store(holding name: String) throws(Failure) -> BaselineStore {
    var names: [String] = []
    for store in all {
      let here = try store.names()
      if here.contains(name) { return store }
      names += here
    }
    throw Failure(
      Diagnostic(
        "usage.no-baseline", "there is no baseline `\(name)`",
        remedy: Suggestion.nearest(to: name, in: names).map { "did you mean `\($0)`?" }
          ?? (names.isEmpty
            ? "make one: pawl run --promote --bootstrap" : "there are: " + names.joined(separator: ", "))))
  }
}
