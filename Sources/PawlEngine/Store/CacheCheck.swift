package import PawlCore
import PawlSystem

/// Reads every object of the cache and removes what is not what its name says; its stage runs again when it is needed.
package struct CacheCheck: Sendable {
  package struct Damage: Sendable, Hashable {
    package var path: String
    /// Outputs that it was part of, `model.pkl of w / train`; the first few.
    package var uses: [String]
    package var isRemoved: Bool
  }

  package struct Outcome: Sendable {
    package var objects = 0
    package var bytes = 0
    package var damaged: [Damage] = []
    package var problems: [Diagnostic] = []
  }

  private let actions: FileActions

  package init(_ actions: FileActions) { self.actions = actions }

  /// `threads` files are read at once.
  package func run(threads: Int = Machine.cores) throws(Failure) -> Outcome {
    var outcome = Outcome()
    let disk = actions.disk
    var (files, listings): ([(Digest, String)], [(Digest, String)]) = ([], [])
    for folder in try disk.list(ObjectStore.folder) where folder.kind == .folder {
      for entry in try disk.list("\(ObjectStore.folder)/\(folder.name)") where entry.kind == .file {
        let path = "\(ObjectStore.folder)/\(folder.name)/\(entry.name)"
        let isListing = entry.name.hasSuffix(".tree")
        guard let digest = Digest(hex: isListing ? String(entry.name.dropLast(5)) : entry.name) else { continue }
        if isListing { listings.append((digest, path)) } else { files.append((digest, path)) }
        outcome.objects += 1
        outcome.bytes &+= entry.size
      }
    }
    var bad: [(Digest, String)] = []
    let digests = Digester.digests(files: files.map { disk.absolute($0.1) }, threads: threads)
    for ((digest, path), found) in zip(files, digests) {
      switch found {
      case .success(let found): if found != digest { bad.append((digest, path)) }
      case .failure(let failure):
        // One that a collector removed meanwhile is not there, and that is all.
        if disk.exists(path) { outcome.problems += failure.diagnostics }
      }
    }
    for (digest, path) in listings {
      guard let bytes = try disk.read(path) else { continue }
      if Listing(bytes)?.digest != digest { bad.append((digest, path)) }
    }
    if !bad.isEmpty { remove(bad, &outcome) }
    return outcome
  }

  private func remove(_ bad: [(Digest, String)], _ outcome: inout Outcome) {
    var users: [Digest: [String]] = [:]
    let objects = ObjectStore(actions)
    for (stage, kept, _) in (try? StageCache.entries(actions)) ?? [] {
      for made in kept.outputs {
        let leaves = made.isFolder ? objects.listing(made.digest)?.leaves ?? [] : []
        for (digest, path) in [(made.digest, made.path)] + leaves.map({ ($0.digest, "\(made.path)/\($0.path)") }) {
          let use = "\(path) of \(stage)"
          if users[digest, default: []].count < 3, users[digest]?.contains(use) != true {
            users[digest, default: []].append(use)
          }
        }
      }
    }
    for (digest, path) in bad.sorted(by: { $0.1 < $1.1 }) {
      var damage = Damage(path: path, uses: users[digest] ?? [], isRemoved: true)
      do throws(Failure) { try actions.remove(path) } catch {
        damage.isRemoved = false
        outcome.problems += error.diagnostics
      }
      outcome.damaged.append(damage)
    }
  }
}

extension Listing {
  /// What a folder of these leaves is called; of a link by itself, what its one leaf says.
  var digest: Digest? { isFolder ? Content.digest(ofFolder: leaves) : leaves.first?.digest }
}
