import PawlCore
package import PawlSystem

/// A project on this machine: its root, and the stores under `.pawl/`.
package struct Project: Sendable {
  package let disk: Disk
  package let runs: RunStore
  package let objects: ObjectStore
  /// Digests of files by their stat, kept from run to run.
  private let digests: DigestCache

  package init(root: String) { self.init(disk: Disk(root: root)) }

  package init(disk: Disk) {
    self.disk = disk
    runs = RunStore(disk: disk)
    digests = DigestCache(file: ".pawl/digests", on: disk)
    objects = ObjectStore(disk: disk, digests: digests)
  }

  /// The nearest folder upwards from a folder that holds `.pawl/` or `.git`, else the folder itself (contract §3).
  package static func root(from folder: String) -> String {
    let start = (try? Disk(root: folder).realPath(".")) ?? folder
    var place = start
    while true {
      let disk = Disk(root: place)
      if disk.exists(".pawl") || disk.exists(".git") { return place }
      if place == "/" || place.isEmpty { return start }
      place = Paths.parent(place).isEmpty ? "/" : Paths.parent(place)
    }
  }

  package var workspace: Workspace { Workspace(disk: disk, digests: digests) }

  package var cache: StageCache { StageCache(disk: disk) }
}
