package import PawlCore
package import PawlSystem

/// What the gates of a workflow compare with, looked up once before anything runs.
package struct BaselineHeads: Sendable {
  package enum State: Sendable {
    case one(BaselineRecord)
    /// Nothing was promoted yet, with the remedy.
    case nothing(Diagnostic)
    /// Two heads, a record that cannot be read, a source that is not there: never a guess.
    case unusable(Diagnostic)
    /// The same paths in another tree, such as a git revision.
    case tree(GitTree, label: String)
    /// A metric file or prediction rows.
    case file(String)
  }

  /// What a reference means, whoever wrote it where.
  private struct Target: Hashable {
    var origin: BaselineReference.Origin
    var store: Place

    init(_ reference: BaselineReference) {
      origin = reference.origin
      store = Place(reference)
      if case .source(let text) = origin, text.hasPrefix("baseline:") { origin = .named(String(text.dropFirst(9))) }
    }
  }

  /// A store, and the revision that it is read from.
  private struct Place: Hashable {
    var folder: String
    var revision: String?

    init(_ reference: BaselineReference) {
      folder = reference.store
      revision = reference.revision
    }
  }

  private var states: [Target: State] = [:]
  private var stores: [Place: BaselineStore] = [:]

  package init() {}

  package subscript(reference: BaselineReference) -> State {
    states[Target(reference)] ?? .nothing(BaselineHeads.nothing(reference, []))
  }

  /// Looks a reference up and remembers the answer.
  package mutating func look(
    up reference: BaselineReference, disk: Disk, runs: RunStore
  ) -> State {
    if let known = states[Target(reference)] { return known }
    let state: State
    do throws(Failure) {
      state = try find(reference, disk, runs)
    } catch {
      state = .unusable(
        error.diagnostics.first ?? Diagnostic("baseline.unreadable", "the baseline `\(reference.name)` cannot be read"))
    }
    states[Target(reference)] = state
    return state
  }

  /// Looks up all that the gates among some stages compare with: their baselines and the anchors of their rules.
  package mutating func look(upAllOf stages: [Stage], disk: Disk, runs: RunStore) {
    for stage in stages {
      guard case .judge(let gate) = stage.work else { continue }
      for reference in gate.policy.references { _ = look(up: reference, disk: disk, runs: runs) }
    }
  }

  /// Every record that the gates of a plan compare with, those of anchors too, each with its store.
  package func records(of plan: Plan, _ disk: Disk) -> [(store: BaselineStore, record: BaselineRecord)] {
    var records: [(store: BaselineStore, record: BaselineRecord)] = []
    for stage in plan.stages {
      guard case .judge(let gate) = stage.work else { continue }
      for reference in gate.policy.references {
        guard case .one(let record) = self[reference],
          !records.contains(where: { $0.record.isSame(as: record) && $0.store.folder == reference.store })
        else { continue }
        records.append((store(of: reference, disk), record))
      }
    }
    return records
  }

  /// The store that a reference was looked up in.
  package func store(of reference: BaselineReference, _ disk: Disk) -> BaselineStore {
    stores[Place(reference)] ?? BaselineStore(disk: disk, folder: reference.store)
  }

  // MARK: Looking up

  private mutating func find(
    _ reference: BaselineReference, _ disk: Disk, _ runs: RunStore
  ) throws(Failure) -> State {
    switch Target(reference).origin {
    case .named(let name): return try named(name, reference, disk)
    case .source(let text):
      if text.hasPrefix("run:") {
        let id = try runs.resolve(text)
        guard let record = BaselineRecord(joining: try Draft.read(runs[id], disk)) else {
          return .unusable(
            Diagnostic(
              "baseline.no-evidence", "run `\(id)` judged no gate, so it holds no evidence", at: reference.location))
        }
        return .one(record)
      }
      if text.hasPrefix("git:") {
        let revision = String(text.dropFirst(4))
        return .tree(try GitTree(Git(root: disk.root), at: revision), label: revision)
      }
      guard disk.exists(text) else {
        return .unusable(
          Diagnostic(
            "baseline.no-file", "the baseline `\(text)` does not exist", at: reference.location,
            remedy: "give a NAME in the store, a file, `run:ID` or `git:REV`"))
      }
      return .file(text)
    }
  }

  private mutating func named(
    _ name: String, _ reference: BaselineReference, _ disk: Disk
  ) throws(Failure) -> State {
    let place = Place(reference)
    let store: BaselineStore
    if let known = stores[place] {
      store = known
    } else {
      store = try BaselineStore.pinned(reference.store, at: reference.revision, disk)
      stores[place] = store
    }
    switch try store.head(name) {
    case .one(let record): return .one(record)
    case .none: return .nothing(BaselineHeads.nothing(reference, try store.names()))
    case .several(let records):
      let names = records.map { "`\($0.id)`" }.joined(separator: " and ")
      return .unusable(
        Diagnostic(
          "baseline.two-heads", "baseline `\(name)` has \(records.count) heads: \(names)", at: reference.location,
          cause: "two promotions started from one record, as after a merge",
          remedy: "choose one: pawl baseline rollback \(name) --to \(records[0].id)"))
    }
  }

  private static func nothing(_ reference: BaselineReference, _ others: [String]) -> Diagnostic {
    let near = Suggestion.nearest(to: reference.name, in: others)
    let place = reference.revision.map { " at \($0.prefix(7))" } ?? ""
    return Diagnostic(
      "baseline.none", "there is no baseline `\(reference.name)` in `\(reference.store)`\(place)",
      at: reference.location,
      remedy: (near.map { "did you mean `\($0)`? Else " } ?? "")
        + "make the first one: pawl run … --promote --bootstrap")
  }
}

extension BaselineStore {
  /// The store as a revision has it, read from git's objects; the working tree's where none is asked for, and where the
  /// store does not lie in git.
  ///
  /// A store that HEAD has and the revision lacks lies in git, and was empty then: a change that brings a baseline of
  /// its own is not compared with that.
  package static func pinned(
    _ folder: String, at revision: String?, _ disk: Disk
  ) throws(Failure) -> BaselineStore {
    guard let revision else { return BaselineStore(disk: disk, folder: folder) }
    let git = Git(root: disk.root)
    let tree = try GitTree(git, at: revision)
    if try tree.entry(folder) == nil {
      let head = try? GitTree(git, at: "HEAD")
      let isInHead = ((try? head?.entry(folder)) ?? nil) != nil
      if !isInHead { return BaselineStore(disk: disk, folder: folder) }
    }
    return BaselineStore(tree: tree, folder: folder, spare: disk)
  }
}

extension BaselineRecord {
  /// Records of one id may stand under two names: a run can be promoted to both at once.
  func isSame(as other: BaselineRecord) -> Bool { id == other.id && name == other.name }

  /// What all gates of one run judged; nil when it judged none.
  package init?(joining drafts: [Draft]) {
    guard let first = drafts.first else { return nil }
    self = first.record
    for draft in drafts.dropFirst() { take(draft.record) }
  }
}

extension GatePolicy {
  /// The names that `anchor` rules compare with, each once, in the rules' order.
  package var anchorNames: [String] {
    var names: [String] = []
    for rule in rules {
      if case .anchor(let name, _) = rule.comparison, !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The record of an anchor: a name in the store that the gate's baseline lies in, as of the same revision.
  package func anchor(_ name: String) -> BaselineReference? {
    guard let store = baseline?.store ?? ledgerStore else { return nil }
    var reference = BaselineReference(.named(name), store: store)
    reference.revision = baseline.map(\.revision) ?? pin.flatMap { $0.isAbsent ? nil : $0.commit }
    reference.location =
      rules.first { rule in
        if case .anchor(name, _) = rule.comparison { true } else { false }
      }?.location
    return reference
  }

  /// Everything in stores that the policy compares with: the baseline, then the anchors.
  package var references: [BaselineReference] {
    (baseline.map { [$0] } ?? []) + anchorNames.compactMap { anchor($0) }
  }

  /// How many promoted records the longest `history` rule on an evidence looks at; nil when none does.
  func historyLength(of exhibit: String) -> Int? {
    rules.compactMap { rule in
      if case .history(let last) = rule.comparison, rule.speaks(of: exhibit) { last } else { nil }
    }.max()
  }
}
