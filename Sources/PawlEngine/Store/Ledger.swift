package import PawlCore
package import PawlSystem

/// The looks that gates took at test sets: `STORE/ledger/<label digest>/<look>.json`, kept by git (contract §4).
///
/// A look is a file with a name of its own, so that branches merge without a conflict; looks with the same evidence are
/// one. Nothing is ever rewritten, and whatever cannot be read counts as a look: damage never frees budget.
package struct Ledger: Sendable {
  /// What is on record of one test set.
  package struct History: Sendable {
    /// Oldest first; several may have the same evidence.
    package var looks: [RecordedLook] = []
    /// A look each, that cannot be read.
    package var damaged: [Diagnostic] = []
    /// Distinct looks that git does not hold: they count on this machine only.
    package var uncommitted = 0

    /// Distinct looks.
    package var count: Int { Set(looks.map(\.evidence)).count + damaged.count }
  }

  /// A gate that asks to look.
  package struct Request: Sendable {
    package var exhibit: String
    package var testData: Digest
    /// `EvidenceIdentity.digest(judgedBy:under:)`.
    package var evidence: Digest
    package var policy: TestSetPolicy
    /// Nothing is asked of the test set: the difference is 0 by identity.
    package var isFree: Bool
    /// Looks at the same test set by other evidence of the same gate, not yet on record.
    package var beside: Set<Digest>
    /// The run that looks: gates of one run do not end the set's life for each other.
    package var run: String

    package init(
      exhibit: String, testData: Digest, evidence: Digest, policy: TestSetPolicy, isFree: Bool = false,
      beside: Set<Digest> = [], run: String = ""
    ) {
      self.exhibit = exhibit
      self.testData = testData
      self.evidence = evidence
      self.policy = policy
      self.isFree = isFree
      self.beside = beside
      self.run = run
    }
  }

  /// The answer: the look, whether it must be written, and what of the ledger cannot be read.
  package struct Answer: Sendable {
    package var look: Look
    package var mustBeWritten: Bool
    package var damaged: [Diagnostic]
  }

  private let actions: FileActions
  /// From the root of `actions.disk`.
  package let folder: String
  private let git: Git?
  /// A commit whose looks count as well.
  private let revision: String?

  /// - Parameters:
  ///   - store: the store of baselines, from the disk's root.
  ///   - git: what says which looks are committed; nil: nobody asks.
  ///   - revision: a commit, as the pin wants it, whose looks count beside those of the working tree.
  package init(disk: Disk, store: String, git: Git?, revision: String? = nil) {
    self.init(FileActions(disk), store: store, git: git, revision: revision)
  }

  package init(_ actions: FileActions, store: String, git: Git?, revision: String? = nil) {
    self.actions = actions
    folder = Paths.join(store, "ledger")
    self.git = git
    self.revision = revision
  }

  /// The folder of a test set's looks, from the disk's root.
  package func path(of testData: Digest) -> String { "\(folder)/\(testData.hex)" }

  // MARK: Read

  /// What is on record of a test set: in the working tree, at HEAD (a look that was committed and is gone counts), and
  /// in the pinned revision. Writes nothing.
  package func history(of testData: Digest) throws(Failure) -> History {
    let place = path(of: testData)
    let trees = try committedTrees()
    let here = try names(in: place, of: actions.disk)
    var there: [[String]] = []
    for tree in trees { there.append(try names(in: place, of: tree)) }
    let committed = Set(there.joined())
    var history = History()
    var evidence: [Digest: Bool] = [:]
    for name in committed.union(here).sorted() {
      let path = "\(place)/\(name)"
      var read: [RecordedLook] = []
      if here.contains(name), let look = look(path, in: actions.disk) { read.append(look) }
      for (tree, names) in zip(trees, there) where names.contains(name) {
        if let look = look(path, in: tree), !read.contains(look) { read.append(look) }
      }
      let isCommitted = committed.contains(name)
      if read.isEmpty {
        history.damaged.append(.damagedLook(path))
        if !isCommitted { history.uncommitted += 1 }
      }
      for look in read { evidence[look.evidence] = (evidence[look.evidence] ?? false) || isCommitted }
      history.looks += read
    }
    history.looks.sort { ($0.time.seconds, $0.run, $0.gate) < ($1.time.seconds, $1.run, $1.gate) }
    if try isInRepository() { history.uncommitted += evidence.values.count { !$0 } } else { history.uncommitted = 0 }
    return history
  }

  private func names(in place: String, of tree: any Tree) throws(Failure) -> [String] {
    try tree.list(place).map(\.name).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
  }

  private func look(_ path: String, in tree: any Tree) -> RecordedLook? {
    ((try? tree.read(path)) ?? nil).flatMap { RecordedLook($0) }
  }

  private func committedTrees() throws(Failure) -> [GitTree] {
    guard let git else { return [] }
    var trees: [GitTree] = []
    if let revision { trees.append(try GitTree(git, at: revision)) }
    if git.head() != nil { trees.append(try GitTree(git, at: "HEAD")) }
    return trees
  }

  /// Whether looks at a test set can be on record at all.
  package var isThere: Bool { actions.disk.exists(folder) }

  /// A repository without a commit holds nothing yet; without git nothing can be committed.
  package func isInRepository() throws(Failure) -> Bool {
    guard let git else { return false }
    return git.head() != nil || (try? git.isDirty()) != nil
  }

  // MARK: Look

  /// Holds the ledger while `body` counts, judges and writes, so that two processes cannot both take the last look.
  ///
  /// Waits for its turn, which blocks the thread. Throws when the folder cannot be made or locked.
  package func hold<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let lock: FileLock
    do throws(Failure) {
      try prepare()
      lock = try FileLock.wait(for: "\(folder)/.lock", on: actions.disk)
    } catch {
      throw Failure(.unusableLedger(folder, error, code: "ledger.not-locked"))
    }
    defer { lock.release() }
    return try body()
  }

  /// Which look this would be. Only meaningful inside `hold`.
  package func look(_ request: Request) throws(Failure) -> Answer {
    let history: History
    do throws(Failure) { history = try self.history(of: request.testData) } catch {
      throw Failure(.unusableLedger(path(of: request.testData), error))
    }
    let same = history.looks.filter { $0.evidence == request.evidence }
    var look = Look(
      exhibit: request.exhibit, testData: request.testData, policy: request.policy, uncommitted: history.uncommitted,
      isFree: request.isFree)
    if request.policy.feedback == .passOnly {
      // What cannot be read may have been the pass that ended it.
      look.endedBy = history.damaged.isEmpty ? Ledger.ending(history, request) : Look.unreadable
    }
    // What was looked at when nothing was left would else be a pass the second time.
    look.repeats = same.first { !$0.isSpent }?.run
    look.before = Ledger.used(history, request, withItself: !look.isNew)
    return Answer(look: look, mustBeWritten: look.isNew && !(look.isSpent && !same.isEmpty), damaged: history.damaged)
  }

  /// The first run whose looks at the set all passed; with the same evidence it is the run that is repeated.
  private static func ending(_ history: History, _ request: Request) -> String? {
    let runs = Dictionary(grouping: history.looks, by: \.run)
    return history.looks.first { look in
      look.run != request.run
        && (runs[look.run] ?? []).allSatisfy {
          $0.verdict == .pass && !$0.isSpent && $0.evidence != request.evidence
        }
    }?.run
  }

  /// How many looks of the budget are used: the distinct ones, each at least one. A look that was taken under a smaller
  /// budget was judged at a larger error, and counts as so many of today's: raising a budget buys nothing back.
  private static func used(_ history: History, _ request: Request, withItself: Bool) -> Int {
    var budgets: [Digest: Int] = [:]
    for look in history.looks { budgets[look.evidence] = min(budgets[look.evidence] ?? .max, max(1, look.budget)) }
    for digest in request.beside where budgets[digest] == nil { budgets[digest] = request.policy.budget }
    if !withItself { budgets[request.evidence] = nil }
    let whole = Double(max(1, request.policy.budget))
    let share = budgets.values.sorted().reduce(0.0) { $0 + whole / Double(max(1, $1)) }
    let error = share < 1e9 ? Int((share - 1e-9).rounded(.up)) : .max / 2
    return max(budgets.count, error) + history.damaged.count
  }

  // MARK: Write

  /// Writes a look; it is on the disk (`fsync`) when this returns. Throws with the path, and then nothing may be said
  /// of the verdict. Only inside `hold`.
  package func record(_ look: RecordedLook, of testData: Digest, amongSeveral: Bool) throws(Failure) {
    let place = path(of: testData)
    let path = freePath(in: place, Ledger.fileName(look, amongSeveral: amongSeveral))
    let temporary = "\(place)/.tmp-\(Random.identifier())"
    do throws(Failure) {
      let isNew = !actions.disk.exists(place)
      try actions.makeFolder(place)
      sweep(place)
      try actions.create(temporary, look.fileBytes, durable: true)
      try actions.rename(temporary, to: path)
      try actions.sync(place)
      if isNew { try actions.sync(folder) }
    } catch {
      // What stands under the look's own name stays: it counts, which is the safe side.
      try? actions.remove(temporary)
      throw Failure(.unwrittenLook(path, error))
    }
  }

  /// `<run>-<gate>.json`, with the exhibit where the gate has several.
  private static func fileName(_ look: RecordedLook, amongSeveral: Bool) -> String {
    let whole = RunFolder.escaped(
      ([look.run, look.gate] + (amongSeveral ? [look.exhibit] : [])).joined(separator: "-"))
    // A file system takes 255 bytes.
    if whole.utf8.count <= 200 { return whole }
    return String(whole.prefix(160)) + "-" + Digester.digest(whole).hex.prefix(16)
  }

  private func freePath(in place: String, _ name: String) -> String {
    var path = "\(place)/\(name).json"
    var number = 2
    while actions.disk.exists(path) {
      path = "\(place)/\(name)-\(number).json"
      number += 1
    }
    return path
  }

  /// Makes the ledger's folder with what keeps git from harm.
  private func prepare() throws(Failure) {
    var made: [String] = []
    var path = folder
    while !path.isEmpty, path != "/", !actions.disk.exists(path) {
      path = Paths.parent(path)
      made.append(path)
    }
    try actions.makeFolder(folder)
    let ignore = folder + "/.gitignore"
    if !actions.disk.exists(ignore) { try actions.replace(ignore, Array("!*\n.lock\n.tmp-*\n".utf8)) }
    for path in made { try actions.sync(path) }
  }

  /// Removes what writers that were killed left.
  private func sweep(_ place: String) {
    for entry in (try? actions.disk.list(place)) ?? [] where entry.name.hasPrefix(".tmp-") {
      try? actions.remove("\(place)/\(entry.name)")
    }
  }
}

extension Ledger {
  /// Whether a problem of a ledger is that its disk failed.
  static func isOfDisk(_ problem: Diagnostic) -> Bool {
    problem.code == "ledger.not-written" || problem.code == "ledger.not-locked"
  }
}

extension Diagnostic {
  fileprivate static func damagedLook(_ path: String) -> Diagnostic {
    Diagnostic(
      "ledger.damaged", "the look `\(path)` cannot be read: it counts as one", severity: .warning,
      remedy: "`git log -- \(path)` shows who changed it; `git checkout -- \(path)` brings it back")
  }

  fileprivate static func unwrittenLook(_ path: String, _ failure: Failure) -> Diagnostic {
    Diagnostic(
      "ledger.not-written", "the look at the test set could not be recorded in `\(path)`, so nothing is decided",
      cause: failure.diagnostics.first.map(\.inOneLine),
      remedy: failure.diagnostics.first?.remedy ?? "make the folder writable, or judge where it is")
  }

  fileprivate static func unusableLedger(
    _ path: String, _ failure: Failure, code: String = "ledger.unusable"
  ) -> Diagnostic {
    Diagnostic(
      code, "looks at the test set cannot be counted in `\(path)`, so nothing is decided",
      cause: failure.diagnostics.first.map(\.inOneLine),
      remedy: failure.diagnostics.first?.remedy ?? "make the folder writable, or judge where it is")
  }

  private var inOneLine: String { cause.map { "\(message): \($0)" } ?? message }
}
