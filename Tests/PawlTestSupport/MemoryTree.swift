package import PawlCore

/// Files in memory, for tests of what only reads.
package struct MemoryTree: Tree {
  private var files: [String: [UInt8]] = [:]

  package init(_ files: [String: String] = [:]) {
    for (path, text) in files { self.files[path] = Array(text.utf8) }
  }

  package mutating func set(_ path: String, _ bytes: [UInt8]) { files[path] = bytes }

  package func read(_ path: String) throws(Failure) -> [UInt8]? { files[path] }

  package func list(_ folder: String) throws(Failure) -> [Entry] {
    var found: [String: Entry] = [:]
    for (path, bytes) in files where Paths.isUnder(path, folder) {
      let rest = folder.isEmpty ? path : String(path.dropFirst(folder.count + 1))
      if let slash = rest.firstIndex(of: "/") {
        let name = String(rest[..<slash])
        found[name] = Entry(name: name, kind: .folder)
      } else {
        found[rest] = Entry(name: rest, kind: .file, size: bytes.count)
      }
    }
    return found.values.sorted { $0.name < $1.name }
  }

  package func entry(_ path: String) throws(Failure) -> Entry? {
    if let bytes = files[path] { return Entry(name: Paths.name(path), kind: .file, size: bytes.count) }
    return files.keys.contains { Paths.isUnder($0, path) } ? Entry(name: Paths.name(path), kind: .folder) : nil
  }
}
