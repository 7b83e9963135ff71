package import PawlCore
package import PawlSystem

/// Content by SHA-256 under `.pawl/cache/objects/ab/<sha256>`: what stages made, ready to be put back.
///
/// A file is an object of its own bytes, mode 0444 (0555 once it was kept from an executable file). A folder, or a
/// symbolic link by itself, is a listing beside them, `<sha256>.tree`: its leaves with path, execute bit, digest, and
/// links by their text. Objects appear by rename and are never changed; one that is found damaged is removed and
/// counts as absent. Copies share blocks where the file system can, which is tried each time. A workflow may ask for
/// hard links: then object and output are one read-only file. Whoever may write to it all the same (root, or after a
/// `chmod`) changes the object as well; so an object with several names counts only when its bytes are what its name
/// says, which `stat` tells of one that nobody touched.
package struct ObjectStore: Sendable {
  let actions: FileActions
  private let digests: DigestCache
  private var links = CacheLink.usual
  static let folder = ".pawl/cache/objects"

  /// `digests` remembers what files hold, so that an unchanged file is not read twice.
  package init(disk: Disk, digests: DigestCache = DigestCache()) { self.init(FileActions(disk), digests: digests) }

  package init(_ actions: FileActions, digests: DigestCache = DigestCache()) {
    self.actions = actions
    self.digests = digests
  }

  /// The same store, with content brought in and out by these means, tried in order.
  package func linking(_ links: [CacheLink]) -> ObjectStore {
    var store = self
    store.links = links
    return store
  }

  /// Keeps what stands at a path of the workspace and is said to be `made`; does nothing when it is kept already.
  ///
  /// Throws when the content is no longer what `made` says, or cannot be kept (a socket, FIFO or device in a folder).
  package func keep(path: String, made: Made, ignore: [String] = []) throws(Failure) {
    // A file that became executable since upgrades its object.
    if try renew(made), made.isFolder || !actions.isExecutable(path) { return }
    if !made.isFolder, let entry = try actions.disk.linkOrEntry(path), entry.kind == .file {
      return try keepFile(path, made.digest, made.size, actions.isExecutable(path))
    }
    guard let content = try TreeDigest(cache: digests).content(of: path, root: actions.disk, ignore: ignore),
      content.digest == made.digest
    else { throw Failure(.changed(path)) }
    try keep(content, at: path)
  }

  /// Keeps content that was just hashed.
  package func keep(_ content: Content, at path: String) throws(Failure) {
    switch content {
    case .file(let digest, let size, let executable):
      if let text = actions.disk.linkText(path) {
        let leaf = Content.Leaf(path: "", kind: .link(text), digest: digest, size: size)
        try keepListing(Listing(leaves: [leaf], isFolder: false), digest)
      } else {
        try keepFile(path, digest, size, executable)
      }
    case .folder(let digest, let leaves):
      for leaf in leaves {
        switch leaf.kind {
        case .file(let executable): try keepFile("\(path)/\(leaf.path)", leaf.digest, leaf.size, executable)
        case .link, .emptyFolder: break
        case .other: throw Failure(.cannotBeKept("\(path)/\(leaf.path)"))
        }
      }
      // Last: a listing says that all it names is there.
      try keepListing(Listing(leaves: leaves, isFolder: true), digest)
    }
  }

  /// Whether the content can be had, by the presence and size of all its objects; their bytes are not read.
  package func has(_ made: Made) -> Bool {
    if !made.isFolder, hasFile(made.digest, made.size) { return true }
    guard let listing = listing(made.digest) else { return false }
    return listing.leaves.allSatisfy { $0.isFile ? hasFile($0.digest, $0.size) : true }
  }

  /// Whether the content is kept already; from now on it counts as new, so that no `pawl cache gc` takes it away.
  package func renew(_ made: Made) throws(Failure) -> Bool {
    guard has(made) else { return false }
    if !made.isFolder, hasFile(made.digest, made.size) { return try renew([path(of: made.digest)]) }
    guard let listing = listing(made.digest) else { return false }
    return try renew(listing.leaves.filter(\.isFile).map { path(of: $0.digest) } + [listingPath(made.digest)])
  }

  /// Gives objects the time of now where theirs is older than half the time that protects them; whether all are there.
  private func renew(_ paths: [String]) throws(Failure) -> Bool {
    let now = WallClock.now().seconds
    let old = paths.filter { path in
      actions.facts(path).map { now - $0.modified.seconds >= CacheInventory.youth / 2 } ?? true
    }
    if old.isEmpty { return true }
    // Between looking and removing, a collector must not see an old time.
    let lock = try CacheInventory.lock(actions, .shared)
    defer { lock.release() }
    guard old.allSatisfy({ actions.disk.exists($0) }) else { return false }
    for path in old { try actions.touch(path) }
    return true
  }

  /// The bytes of a file; nil when it is absent or found damaged.
  package func read(_ digest: Digest) throws(Failure) -> [UInt8]? {
    guard let bytes = try actions.disk.read(path(of: digest)) else { return nil }
    if Digester.digest(bytes) == digest { return bytes }
    try? actions.remove(path(of: digest))
    return nil
  }

  /// Puts a file or folder at a path, complete or not at all; parent folders are made and what stood there goes.
  ///
  /// Throws `store.content-gone` when the content is absent or found damaged; then what stood there stays.
  package func place(_ made: Made, at path: String) throws(Failure) {
    guard has(made) else { throw Failure(.contentGone(made)) }
    let parent = Paths.parent(path)
    try actions.makeFolder(parent)
    let temporary = Paths.join(parent, ".pawl-\(Random.identifier()).tmp")
    do throws(Failure) {
      let isPlaced: Bool
      if !made.isFolder, hasFile(made.digest, made.size) {
        isPlaced = try take(made.digest, to: temporary, executable: made.isExecutable ?? isExecutable(made.digest))
      } else {
        isPlaced =
          try listing(made.digest).map { (listing) throws(Failure) in try build(listing, at: temporary) } ?? false
      }
      if !isPlaced { throw Failure(.contentGone(made)) }
      try move(temporary, over: path)
    } catch {
      try? actions.remove(temporary, recursively: true)
      throw error
    }
  }

  /// From the project root; whether there is such an object or not.
  package func path(of digest: Digest) -> String {
    let hex = digest.hex
    return "\(ObjectStore.folder)/\(hex.prefix(2))/\(hex)"
  }
}

/// Objects of files.
extension ObjectStore {
  /// Up to so many bytes a file is read, checked and written at once; a larger one is copied, which may share blocks,
  /// and the copy is checked.
  private static let small = 1 << 20

  private func hasFile(_ digest: Digest, _ size: Int) -> Bool {
    guard let found = actions.file(path(of: digest)), found.size == size else { return false }
    return found.names == 1 && !links.contains(.hardlink) || isSound(path(of: digest), digest)
  }

  /// Whether a file holds what it should; one that is known by its stat is not read.
  private func isSound(_ path: String, _ digest: Digest) -> Bool {
    (try? digests.digest(file: actions.disk.absolute(path))) == digest
  }

  private func isExecutable(_ digest: Digest) -> Bool { actions.isExecutable(path(of: digest)) }

  private func keepFile(_ source: String, _ digest: Digest, _ size: Int, _ executable: Bool) throws(Failure) {
    let target = path(of: digest)
    if hasFile(digest, size), try renew([target]) {
      // Other names of it would become executable as well.
      if executable, !isExecutable(digest), actions.file(target)?.names == 1 {
        try actions.protect(target, executable: true)
      }
      return
    }
    try actions.makeFolder(Paths.parent(target))
    let temporary = "\(ObjectStore.folder)/.tmp-\(Random.identifier())"
    do throws(Failure) {
      // An object under a digest that is not its own would be handed to every later run.
      guard try bring(source, to: temporary, digest, executable: executable, protects: true) else {
        throw Failure(.changed(source))
      }
      try actions.rename(temporary, to: target)
    } catch {
      try? actions.remove(temporary)
      throw error
    }
  }

  /// Puts an object at a path where nothing stands; false, and nothing there, when its bytes are not what they should
  /// be.
  private func take(_ digest: Digest, to path: String, executable: Bool) throws(Failure) -> Bool {
    if try bring(self.path(of: digest), to: path, digest, executable: executable) { return true }
    try actions.remove(path)
    try? actions.remove(self.path(of: digest))
    return false
  }

  /// Puts a file's content at a path where nothing stands, by the first means that works; whether it is what its digest
  /// says. `protects` forbids writing to it, as a second name does in any case.
  private func bring(
    _ source: String, to target: String, _ digest: Digest, executable: Bool, protects: Bool = false
  ) throws(Failure) -> Bool {
    // Without hard links a copy does both: it shares blocks where it can.
    let tried = links.prefix { $0 != .copy }
    for link in tried.contains(.hardlink) ? tried : [] {
      if link == .hardlink {
        guard try nameAgain(source, target, executable) else { continue }
        return isSound(target, digest)
      }
      if try actions.clone(source, to: target, executable: executable) {
        return try isCopy(target, digest, executable, protects)
      }
    }
    if let size = actions.file(source)?.size, size <= ObjectStore.small {
      guard let bytes = try actions.disk.read(source), Digester.digest(bytes) == digest else { return false }
      let mode: UInt32 = protects ? 0o444 : 0o666
      try actions.create(target, bytes, mode: executable ? mode | 0o111 : mode)
      return true
    }
    try actions.copy(source, to: target, executable: executable)
    return try isCopy(target, digest, executable, protects)
  }

  private func isCopy(_ path: String, _ digest: Digest, _ executable: Bool, _ protects: Bool) throws(Failure) -> Bool {
    if try Digester.digest(file: actions.disk.absolute(path)) != digest { return false }
    if protects { try actions.protect(path, executable: executable) }
    return true
  }

  /// Gives a file a second, read-only name; false where that cannot be, or would change what others rely on: a file
  /// outside the cache that has several names already, an object with another execute bit.
  private func nameAgain(_ source: String, _ target: String, _ executable: Bool) throws(Failure) -> Bool {
    let isObject = Paths.isUnder(source, ObjectStore.folder)
    guard let file = actions.file(source), isObject || file.names == 1, file.size > 0,
      !isObject || actions.isExecutable(source) == executable
    else { return false }
    return try digests.keepingKnown(file: actions.disk.absolute(source)) { () throws(Failure) -> Bool in
      guard try actions.hardLink(source, to: target) else { return false }
      if !isObject { try actions.protect(target, executable: executable) }
      return true
    }
  }

  /// A folder cannot be replaced by one rename: the old one steps aside first and goes when the new one stands.
  private func move(_ temporary: String, over path: String) throws(Failure) {
    let old = try actions.disk.linkOrEntry(path)
    let new = try actions.disk.linkOrEntry(temporary)
    guard let old, old.kind == .folder || new?.kind == .folder else { return try actions.rename(temporary, to: path) }
    let aside = temporary + ".old"
    try actions.rename(path, to: aside)
    do throws(Failure) { try actions.rename(temporary, to: path) } catch {
      try? actions.rename(aside, to: path)
      throw error
    }
    try actions.remove(aside, recursively: true)
  }
}

/// Objects of folders and links.
extension ObjectStore {
  func listingPath(_ digest: Digest) -> String { path(of: digest) + ".tree" }

  func listing(_ digest: Digest) -> Listing? {
    guard let bytes = try? actions.disk.read(listingPath(digest)) else { return nil }
    return Listing(bytes)
  }

  /// The digest of a file in a folder that is kept; nil when the folder is not, or holds no such file.
  func digest(of path: String, in folder: Made) -> Digest? {
    listing(folder.digest)?.leaves.first { $0.isFile && "\(folder.path)/\($0.path)" == path }?.digest
  }

  private func keepListing(_ listing: Listing, _ digest: Digest) throws(Failure) {
    let target = listingPath(digest)
    if self.listing(digest) == listing, try renew([target]) { return }
    try actions.makeFolder(Paths.parent(target))
    let temporary = "\(ObjectStore.folder)/.tmp-\(Random.identifier())"
    do throws(Failure) {
      try actions.create(temporary, listing.bytes, mode: 0o444)
      try actions.rename(temporary, to: target)
    } catch {
      try? actions.remove(temporary)
      throw error
    }
  }

  private func build(_ listing: Listing, at path: String) throws(Failure) -> Bool {
    if listing.isFolder { try actions.makeFolder(path) }
    for leaf in listing.leaves {
      let target = leaf.path.isEmpty ? path : "\(path)/\(leaf.path)"
      try actions.makeFolder(Paths.parent(target))
      switch leaf.kind {
      case .file(let executable): guard try take(leaf.digest, to: target, executable: executable) else { return false }
      case .link(let text): try actions.link(target, saying: text)
      case .emptyFolder: try actions.makeFolder(target)
      case .other: return false
      }
    }
    return true
  }
}

extension Made {
  /// What stands at a path, as hashed.
  package init(path: String, _ content: Content) {
    switch content {
    case .file(let digest, let size, let executable):
      self.init(path: path, digest: digest, size: size, isExecutable: executable)
    case .folder(let digest, _): self.init(path: path, digest: digest, size: content.size, isFolder: true)
    }
  }
}

extension Diagnostic {
  static func changed(_ path: String) -> Diagnostic {
    Diagnostic(
      "store.changed", "`\(path)` changed while it was being kept", cause: "its content is no longer what was hashed",
      remedy: "run again when nothing else writes to it")
  }

  fileprivate static func contentGone(_ made: Made) -> Diagnostic {
    Diagnostic(
      "store.content-gone", "the content of `\(made.path)` cannot be had",
      cause: "it is not in the cache, or damaged there", remedy: "run its stage again with `--force`")
  }

  fileprivate static func cannotBeKept(_ path: String) -> Diagnostic {
    Diagnostic(
      "store.cannot-keep", "`\(path)` cannot be kept", cause: "it is a socket, a FIFO or a device",
      remedy: "let the stage remove it before it ends")
  }
}
