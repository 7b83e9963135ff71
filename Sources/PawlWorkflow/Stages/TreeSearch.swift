import PawlCore

/// Whether something stands at a path, or matches a pattern, in a tree of files.
enum TreeSearch {
  /// True also where the tree cannot say: its failure is reported instead.
  static func exists(_ path: String, in tree: any Tree, _ problems: Problems) -> Bool {
    do throws(Failure) {
      if try tree.entry(path.isEmpty ? "." : path) != nil { return true }
      guard Glob.isPattern(path) else { return false }
      return try anything(under: Glob.fixedPrefix(of: path), matching: path, tree)
    } catch {
      problems.add(error)
      return true
    }
  }

  private static func anything(under folder: String, matching pattern: String, _ tree: any Tree) throws(Failure) -> Bool
  {
    var folders = [folder]
    while let folder = folders.popLast() {
      for entry in try tree.list(folder) {
        let path = folder.isEmpty ? entry.name : folder == "/" ? "/" + entry.name : folder + "/" + entry.name
        switch entry.kind {
        case .folder: folders.append(path)
        case .file, .link, .other: if Glob.matches(pattern, path) { return true }
        }
      }
    }
    return false
  }
}
