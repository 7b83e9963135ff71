import PawlCore
import PawlSystem

/// Finds where two results of one stage differ first: the one in the cache, and the one that stands in the workspace.
struct OutputComparison {
  let objects: ObjectStore
  let workspace: Workspace

  /// The first in byte order of paths, inside folders too; nil when both are the same.
  func first(from old: [Made], to new: [Made]) -> OutputDifference? {
    let before = Forecast.byPath(old)
    let now = Forecast.byPath(new)
    let found = Set(before.keys).union(now.keys).compactMap { path -> OutputDifference? in
      switch (before[path], now[path]) {
      case (let was?, let made?): difference(was, made)
      case (_?, nil): OutputDifference(path, .onlyBefore)
      case (nil, _): OutputDifference(path, .onlyNow)
      }
    }
    return OutputComparison.first(of: found)
  }

  private static func first(of found: [OutputDifference]) -> OutputDifference? {
    found.min { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private func difference(_ was: Made, _ now: Made) -> OutputDifference? {
    if was.isFolder != now.isFolder { return OutputDifference(now.path, .kind) }
    if was.digest == now.digest {
      // Old records do not say.
      guard let before = was.isExecutable, let after = now.isExecutable, before != after else { return nil }
      return OutputDifference(now.path, .mode(isExecutable: after))
    }
    let whole = OutputDifference(now.path, .content(was: was.digest, now: now.digest))
    guard now.isFolder, let old = objects.listing(was.digest)?.leaves,
      case .folder(now.digest, let new)? = try? workspace.content(now.path)
    else { return whole }
    return OutputComparison.first(of: OutputComparison.differences(old, new, in: now.path)) ?? whole
  }

  private static func differences(
    _ old: [Content.Leaf], _ new: [Content.Leaf], in folder: String
  ) -> [OutputDifference] {
    func byPath(_ leaves: [Content.Leaf]) -> [String: Content.Leaf] {
      Dictionary(leaves.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let before = byPath(old)
    let now = byPath(new)
    return Set(before.keys).union(now.keys).compactMap { path in
      let whole = Paths.join(folder, path)
      return switch (before[path], now[path]) {
      case (let was?, let leaf?): manner(was, leaf).map { OutputDifference(whole, $0) }
      case (_?, nil): OutputDifference(whole, .onlyBefore)
      case (nil, _): OutputDifference(whole, .onlyNow)
      }
    }
  }

  private static func manner(_ was: Content.Leaf, _ now: Content.Leaf) -> OutputDifference.Manner? {
    if was.kind == now.kind && was.digest == now.digest { return nil }
    if rank(was) != rank(now) { return .kind }
    return was.digest == now.digest
      ? .mode(isExecutable: now.isExecutable) : .content(was: was.digest, now: now.digest)
  }

  private static func rank(_ leaf: Content.Leaf) -> Int {
    switch leaf.kind {
    case .file: 0
    case .link: 1
    case .emptyFolder: 2
    case .other: 3
    }
  }
}
