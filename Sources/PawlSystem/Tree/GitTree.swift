import Glibc
package import PawlCore
import Synchronization

/// The files of a git revision, as committed: no filter is applied, so a file kept in LFS is its pointer.
///
/// Paths are relative to the folder of the `Git` it was made from, or absolute below that repository. Links are
/// followed within the revision, as on the disk.
package struct GitTree: Tree {
  /// The commit, 40 or 64 hexadecimal digits.
  package let commit: String
  private let git: Git
  /// The repository's top, absolute, and where in it `git.root` is, with a slash at the end or empty.
  private let top: String
  private let prefix: String
  private let listing = Listing()

  /// A revision as the user wrote it (`Git.commit(of:)`); one that is unknown throws with the fetch command.
  package init(_ git: Git, at rev: String) throws(Failure) {
    self.git = git
    commit = try git.commit(of: rev)
    let place = try git.run(["rev-parse", "--show-toplevel", "--show-prefix"])
    guard place.status == 0 else { throw git.failure("read the repository at", git.root, place) }
    let lines = String(decoding: place.stdout, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    top = lines.first.map(String.init) ?? git.root
    prefix = lines.count > 1 ? String(lines[1]) : ""
  }

  package func read(_ path: String) throws(Failure) -> [UInt8]? {
    let files = try files()
    guard let inner = inner(path), let object = follow(inner, files), object.kind == .file else {
      return nil
    }
    return try blob(object.name, path)
  }

  package func list(_ folder: String) throws(Failure) -> [Entry] {
    let files = try files()
    guard let inner = inner(folder), let place = resolve(inner, files, depth: 0) else { return [] }
    return (files.children[place] ?? []).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .compactMap { name in
        let path = place.isEmpty ? name : "\(place)/\(name)"
        if files.children[path] != nil { return Entry(name: name, kind: .folder) }
        return files.objects[path].map { Entry(name: name, kind: $0.kind, size: $0.size) }
      }
  }

  package func entry(_ path: String) throws(Failure) -> Entry? {
    let files = try files()
    guard let inner = inner(path) else { return nil }
    let name = Disk.name(of: path)
    guard let place = resolve(inner, files, depth: 0) else { return nil }
    if files.children[place] != nil { return Entry(name: name, kind: .folder) }
    return files.objects[place].map { Entry(name: name, kind: $0.kind, size: $0.size) }
  }

  /// The path from the repository's top, nil outside it.
  private func inner(_ path: String) -> String? {
    if path.hasPrefix("/") {
      for base in [top, git.root] {
        let before = base == top ? "" : prefix
        if path == base { return Paths.normalise(before) }
        if path.hasPrefix(base + "/") {
          return Paths.normalise(before + path.dropFirst(base.count + 1))
        }
      }
      return nil
    }
    let whole = Paths.normalise(prefix + path)
    return Paths.staysInside(whole) ? whole : nil
  }

  private func follow(_ path: String, _ files: Files) -> GitObject? {
    resolve(path, files, depth: 0).flatMap { files.objects[$0] }
  }

  /// The path with every link on the way resolved; nil when nothing is there or links lead out or round.
  private func resolve(_ path: String, _ files: Files, depth: Int) -> String? {
    if files.children[path] != nil { return path }
    if let object = files.objects[path], object.kind != .link { return path }
    guard depth < 40 else { return nil }
    var before = ""
    let parts = path.split(separator: "/").map(String.init)
    for (index, part) in parts.enumerated() {
      let here = before.isEmpty ? part : "\(before)/\(part)"
      if let object = files.objects[here], object.kind == .link {
        guard let text = try? blob(object.name, here) else { return nil }
        let target = String(decoding: text, as: UTF8.self)
        if target.hasPrefix("/") { return nil }
        let whole = Paths.join(before, ([target] + parts[(index + 1)...]).joined(separator: "/"))
        return Paths.staysInside(whole) ? resolve(whole, files, depth: depth + 1) : nil
      }
      before = here
    }
    return nil
  }

  private func blob(_ name: String, _ path: String) throws(Failure) -> [UInt8] {
    let answer = try git.run(["cat-file", "blob", name])
    guard answer.status == 0 else { throw git.failure("read", path, answer) }
    return answer.stdout
  }

  private func files() throws(Failure) -> Files {
    if let known = listing.files.withLock({ $0 }) { return known }
    let answer = try git.run(["ls-tree", "-r", "-z", "-l", "--full-tree", commit])
    guard answer.status == 0 else { throw git.failure("list", commit, answer) }
    let files = Files(answer.stdout)
    listing.files.withLock { $0 = files }
    return files
  }
}

/// A blob (or a submodule's commit) in a revision.
private struct GitObject: Sendable {
  var name: String
  var kind: Entry.Kind
  var size: Int
}

/// The listing, read once.
private final class Listing: Sendable {
  let files = Mutex<Files?>(nil)
}

/// Every path of a revision, and for each folder the names in it.
private struct Files: Sendable {
  var objects: [String: GitObject] = [:]
  var children: [String: Set<String>] = ["": []]

  /// Reads `git ls-tree -r -z -l`: mode, type, object, size, tab, path, NUL.
  init(_ listing: [UInt8]) {
    for line in listing.split(separator: 0) {
      guard let tab = line.firstIndex(of: 0x09) else { continue }
      let fields = String(decoding: line[..<tab], as: UTF8.self).split(separator: " ")
      guard fields.count == 4 else { continue }
      let path = String(decoding: line[(tab + 1)...], as: UTF8.self)
      let kind: Entry.Kind = fields[0] == "120000" ? .link : fields[1] == "blob" ? .file : .folder
      objects[path] = GitObject(name: String(fields[2]), kind: kind, size: Int(fields[3]) ?? 0)
      addParents(of: path)
    }
  }

  private mutating func addParents(of path: String) {
    var path = path
    while true {
      let parent = Paths.parent(path)
      if !children[parent, default: []].insert(Paths.name(path)).inserted || parent.isEmpty {
        return
      }
      path = parent
    }
  }
}
