import PawlCore

extension Git {
  /// Files of a name as any commit of any branch or tag added or changed them, below `root`; empty without git.
  ///
  /// Paths are relative to `root`. A version that cannot be read (a shallow or partial clone) is left out.
  package func versions(named name: String) -> [(path: String, bytes: [UInt8])] {
    let words = [
      "log", "--all", "--format=commit %H", "--diff-filter=AM", "--name-only", "--relative", "--no-renames", "--",
      ":(glob)**/" + name,
    ]
    guard let answer = try? run(["-c", "core.quotePath=false"] + words), answer.status == 0 else { return [] }
    var found: [(path: String, bytes: [UInt8])] = []
    var commit = ""
    for line in answer.text.split(separator: "\n") {
      if line.hasPrefix("commit ") {
        commit = String(line.dropFirst("commit ".count))
      } else if let file = try? run(["cat-file", "blob", "\(commit):./\(line)"]), file.status == 0 {
        found.append((String(line), file.stdout))
      }
    }
    return found
  }
}
