extension Tree {
  /// The files that a pattern matches, sorted; hidden names only where the pattern asks for them.
  package func expand(_ pattern: String) throws(Failure) -> [String] {
    var found: [String] = []
    try walk(Glob.fixedPrefix(of: pattern), pattern, depth: pattern.contains("**") ? 64 : nil, into: &found)
    return found.sorted()
  }

  private func walk(
    _ folder: String, _ pattern: String, depth: Int?, into found: inout [String]
  ) throws(Failure) {
    let components = pattern.split(separator: "/").count
    for item in try list(folder) {
      let path = folder.isEmpty ? item.name : folder == "/" ? "/" + item.name : folder + "/" + item.name
      let level = path.split(separator: "/").count
      if Glob.matches(pattern, path), item.kind == .file || item.kind == .link { found.append(path) }
      guard item.kind == .folder, level < (depth ?? components) else { continue }
      if item.name.hasPrefix("."), !pattern.contains("/.") { continue }
      try walk(path, pattern, depth: depth, into: &found)
    }
  }
}
