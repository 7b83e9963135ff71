/// The name of a run, `20261124T073005123Z-3f9a1c`: sorts by time, unique by chance.
package enum RunName {
  /// What people type and are shown: the part behind the time, `3f9a1c`; any other name whole.
  package static func short(_ id: String) -> String {
    guard let dash = id.lastIndex(of: "-"), id[..<dash].hasSuffix("Z"), (16...19).contains(id[..<dash].utf8.count)
    else { return id }
    return String(id[id.index(after: dash)...])
  }
}
