/// Path arithmetic on text, without touching a disk; `/` separates.
package enum Paths {
  /// `directory/path`, with `.` and `..` resolved where possible; empty for the root itself.
  ///
  /// A path that leaves its start keeps its leading `..`; an absolute path ignores the directory.
  package static func join(_ directory: String, _ path: String) -> String {
    let isAbsolute = path.hasPrefix("/") || directory.hasPrefix("/")
    let whole = path.hasPrefix("/") ? path : directory.isEmpty ? path : directory + "/" + path
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else if part == "..", isAbsolute, parts.isEmpty {
        continue
      } else {
        parts.append(part)
      }
    }
    return (isAbsolute ? "/" : "") + parts.joined(separator: "/")
  }

  package static func normalise(_ path: String) -> String { join("", path) }

  /// Whether a normalised path stays inside the root it starts from.
  package static func staysInside(_ path: String) -> Bool {
    !path.hasPrefix("/") && path != ".." && !path.hasPrefix("../")
  }

  package static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package static func name(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }

  /// Whether `inner` lies under the folder `outer`; a path is not under itself. The root (empty) holds every inner path.
  package static func isUnder(_ inner: String, _ outer: String) -> Bool {
    if outer.isEmpty { return !inner.isEmpty && staysInside(inner) }
    return inner.hasPrefix(outer.hasSuffix("/") ? outer : outer + "/")
  }

  /// Equal, inside or containing.
  package static func overlap(_ a: String, _ b: String) -> Bool { a == b || isUnder(a, b) || isUnder(b, a) }

  /// How a command that runs in `directory` names a path given from the same root: `../../data/x.csv`.
  package static func relative(_ path: String, from directory: String) -> String {
    guard !path.hasPrefix("/"), !directory.isEmpty else { return path.isEmpty ? "." : path }
    let target = path.split(separator: "/")
    let base = directory.split(separator: "/")
    let shared = zip(target, base).prefix { $0 == $1 }.count
    let up = [Substring](repeating: "..", count: base.count - shared)
    let parts = up + target[shared...]
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }
}
