import CPawlSystem
import Glibc
package import PawlCore
import Synchronization

/// What stands at a path, by content.
package enum Content: Sendable, Hashable {
  /// A file: SHA-256 of its bytes; for a link, of its text and the digest of its target.
  case file(Digest, size: Int, executable: Bool)
  /// A folder: the digest of its leaves, which are in byte order of their paths.
  case folder(Digest, entries: [Leaf])

  package var digest: Digest {
    switch self {
    case .file(let digest, _, _), .folder(let digest, _): digest
    }
  }

  /// The digest of a folder that holds these leaves, in byte order of their paths.
  package static func digest(ofFolder leaves: [Leaf]) -> Digest {
    var hash = Hash()
    hash.add("pawl folder 1")
    for leaf in leaves {
      hash.add(leaf.path)
      hash.add([leaf.kind.mark])
      hash.add(leaf.digest.bytes)
    }
    return hash.digest
  }

  /// Bytes in all files; a link counts its target's.
  package var size: Int {
    switch self {
    case .file(_, let size, _): size
    case .folder(_, let entries): entries.reduce(0) { $0 &+ $1.size }
    }
  }

  /// Something in a folder that holds nothing itself: a file, a link, an empty folder, or what can only be named.
  package struct Leaf: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
      case file(executable: Bool)
      /// With its text; the digest is that of text and target, of the text alone when it leads nowhere or back.
      case link(String)
      case emptyFolder
      /// A socket, FIFO or device.
      case other
    }

    /// Relative to the folder, without `./`.
    package var path: String
    package var kind: Kind
    package var digest: Digest
    package var size: Int

    package init(path: String, kind: Kind, digest: Digest, size: Int = 0) {
      (self.path, self.kind, self.digest, self.size) = (path, kind, digest, size)
    }

    package var isExecutable: Bool { kind == .file(executable: true) }
  }
}

/// Digests of files and whole folders.
///
/// In a folder `.git`, `.pawlignore` and what patterns name is left out (`IgnoreRules`); names, the owner's execute
/// bit, link texts and empty folders count, times and other modes do not. A symbolic link counts by its text and by
/// its target's content; one that leads nowhere, or back to a folder it lies in, by its text alone.
package struct TreeDigest: Sendable {
  private let cache: DigestCache
  private let threads: Int

  /// Files are read by up to `threads` threads at once.
  package init(cache: DigestCache = DigestCache(), threads: Int = Machine.cores) {
    self.cache = cache
    self.threads = max(1, threads)
  }

  /// The content at a path, nil when nothing stands there (a link that leads nowhere is nothing).
  ///
  /// `ignore` are lines as in `.pawlignore`, from the tree's root.
  package func content(of path: String, root: Disk, ignore: [String] = []) throws(Failure)
    -> Content?
  {
    let rules = IgnoreRules(ignore, base: root.root)
    let walk = Walk(cache: cache, threads: threads)
    do throws(Errno) {
      return try walk.content(of: root.absolute(path), rules)
    } catch  where error.meansAbsent {
      return nil
    } catch {
      throw Failure("read", walk.trouble ?? path, error)
    }
  }
}

/// One traversal: what it met, and which folders it is inside of.
private final class Walk {
  private let cache: DigestCache
  private let threads: Int
  /// Real paths of the folders being hashed, outermost first.
  private var inside: [String] = []
  /// Folders that links led to, by real path.
  private var linked: [String: Digest] = [:]
  /// The path at which the last call failed.
  private(set) var trouble: String?

  init(cache: DigestCache, threads: Int) {
    self.cache = cache
    self.threads = threads
  }

  func content(of path: String, _ rules: IgnoreRules) throws(Errno) -> Content {
    let facts = try Call.stat(path, following: false)
    switch facts.st_mode & S_IFMT {
    case S_IFDIR: return try folder(path, rules)
    case S_IFLNK:
      let target = try Call.stat(path)
      let digest = link(try text(ofLink: path), path, rules)
      let size = target.st_mode & S_IFMT == S_IFREG ? Int(target.st_size) : 0
      return .file(
        digest, size: size, executable: target.st_mode & S_IFMT == S_IFREG && isExecutable(target))
    default: return try file(path, facts)
    }
  }

  private func file(_ path: String, _ facts: stat) throws(Errno) -> Content {
    do throws(Errno) {
      return .file(
        try cache.digest(path, facts), size: Int(facts.st_size), executable: isExecutable(facts))
    } catch {
      trouble = path
      throw error
    }
  }

  /// Only the owner's bit: the others depend on a checkout's umask.
  private func isExecutable(_ facts: stat) -> Bool { facts.st_mode & S_IXUSR != 0 }

  private func folder(_ path: String, _ rules: IgnoreRules) throws(Errno) -> Content {
    inside.append(realPath(path) ?? path)
    defer { inside.removeLast() }
    var found: [Found] = []
    try collect(path, [], rules, &found)
    let digests = try hash(found)
    var leaves: [Content.Leaf] = []
    leaves.reserveCapacity(found.count)
    for (item, digest) in zip(found, digests) {
      let kind: Content.Leaf.Kind
      switch item.facts.st_mode & S_IFMT {
      case S_IFREG: kind = .file(executable: isExecutable(item.facts))
      case S_IFLNK: kind = .link(item.link)
      case S_IFDIR: kind = .emptyFolder
      default: kind = .other
      }
      let leafDigest = kind.isLink ? link(item.link, item.full, rules) : digest
      let size = item.facts.st_mode & S_IFMT == S_IFREG ? Int(item.facts.st_size) : 0
      let path = String(decoding: item.path, as: UTF8.self)
      leaves.append(Content.Leaf(path: path, kind: kind, digest: leafDigest, size: size))
    }
    return .folder(Content.digest(ofFolder: leaves), entries: leaves)
  }

  private struct Found {
    /// Relative to the folder hashed.
    var path: [UInt8]
    /// From `/`.
    var full: String
    var facts: stat
    var link = ""
  }

  /// Walks a folder in byte order of whole paths.
  private func collect(
    _ path: String, _ prefix: [UInt8], _ outer: IgnoreRules, _ found: inout [Found]
  ) throws(Errno) {
    var rules = outer
    rules.addFile(in: path)
    // Named where anything in it fails; what went well leaves no trouble.
    trouble = path
    let folder = try Call.open(path, O_RDONLY | O_DIRECTORY)
    let names = try Call.names(Descriptor(try Call.checked(pawl_openat(folder.raw, ".", O_RDONLY | O_DIRECTORY))))
    trouble = nil
    let before = found.count
    for name in names {
      let full = path == "/" ? "/" + name.text : path + "/" + name.text
      // A name that String cannot hold could be hashed, but neither recorded nor restored.
      if name.isRepaired {
        trouble = full
        throw Errno(EILSEQ)
      }
      // A file may go between listing and looking: then it is not there.
      guard let facts = Call.stat(name, in: folder.raw) else { continue }
      let isFolder = facts.st_mode & S_IFMT == S_IFDIR
      if rules.leaveOut(full, name: name.text, isFolder: isFolder) { continue }
      let relative = prefix.isEmpty ? name.bytes : prefix + [0x2f] + name.bytes
      if isFolder {
        try collect(full, relative, rules, &found)
      } else {
        let isLink = facts.st_mode & S_IFMT == S_IFLNK
        found.append(
          Found(path: relative, full: full, facts: facts, link: isLink ? try text(ofLink: full) : ""))
      }
    }
    if found.count == before, !prefix.isEmpty {
      found.append(Found(path: prefix, full: path, facts: try Call.stat(path, following: false)))
    }
  }

  /// A text that String cannot hold could be hashed, but neither recorded nor restored.
  private func text(ofLink path: String) throws(Errno) -> String {
    if let text = Disk(root: "/").linkText(path) { return text }
    trouble = path
    throw Errno(EILSEQ)
  }

  private func realPath(_ path: String) -> String? { (try? Disk(root: "/").realPath(path)) ?? nil }

  /// The digest of a link: its text and, unless that leads nowhere or back, its target's content.
  private func link(_ text: String, _ path: String, _ rules: IgnoreRules) -> Digest {
    var hash = Hash()
    hash.add("pawl link 1")
    hash.add(text)
    guard let target = realPath(path) else { return hash.digest }
    let containing = inside + [realPath(Disk.folder(of: path)) ?? path]
    if containing.contains(where: { $0 == target || target == "/" || $0.hasPrefix(target + "/") }) {
      return hash.digest
    }
    let digest: Digest
    if let known = linked[target] {
      digest = known
    } else if inside.count < 40, let content = try? content(of: target, rules) {
      digest = content.digest
      linked[target] = digest
    } else {
      return hash.digest
    }
    hash.add(digest.bytes)
    return hash.digest
  }

  /// Digests of the files among what was found, in order; nothing's digest for the rest.
  private func hash(_ found: [Found]) throws(Errno) -> [Digest] {
    let nothing = Digester.digest([])
    var digests = [Digest](repeating: nothing, count: found.count)
    var open: [Int] = []
    for (index, item) in found.enumerated() where item.facts.st_mode & S_IFMT == S_IFREG {
      if let known = cache.known(FileStamp(item.facts)) {
        digests[index] = known
      } else {
        open.append(index)
      }
    }
    let pieces = open.map { (path: found[$0].full, facts: found[$0].facts) }
    let results = cache.digests(pieces, threads: min(threads, pieces.count / 8 + 1))
    for (index, result) in zip(open, results) {
      switch result {
      case .success(let digest): digests[index] = digest
      case .failure(let error):
        trouble = found[index].full
        throw error
      }
    }
    return digests
  }
}

extension Content.Leaf.Kind {
  fileprivate var isLink: Bool {
    switch self {
    case .link: true
    case .file, .emptyFolder, .other: false
    }
  }

  /// One byte a kind in a folder's digest.
  fileprivate var mark: UInt8 {
    switch self {
    case .file(executable: false): 0x66
    case .file(executable: true): 0x78
    case .link: 0x6c
    case .emptyFolder: 0x64
    case .other: 0x6f
    }
  }
}
