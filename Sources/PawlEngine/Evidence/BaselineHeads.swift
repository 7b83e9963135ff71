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

  private var states: [BaselineReference: State] = [:]

  package init() {}

  package subscript(reference: BaselineReference) -> State {
    states[reference] ?? .nothing(BaselineHeads.nothing(reference, []))
  }

  /// Looks a reference up and remembers the answer.
  package mutating func look(
    up reference: BaselineReference, disk: Disk, runs: RunStore
  ) -> State {
    if let known = states[reference] { return known }
    let state = BaselineHeads.find(reference, disk, runs)
    states[reference] = state
    return state
  }

  /// Every record that the gates of a plan compare with, each with its store.
  package func records(of plan: Plan, _ disk: Disk) -> [(store: BaselineStore, record: BaselineRecord)] {
    var records: [(store: BaselineStore, record: BaselineRecord)] = []
    for stage in plan.stages {
      guard case .judge(let gate) = stage.work, let reference = gate.policy.baseline,
        case .one(let record) = self[reference],
        !records.contains(where: { $0.record.id == record.id })
      else { continue }
      records.append((BaselineStore(disk: disk, folder: reference.store), record))
    }
    return records
  }

  private static func find(_ reference: BaselineReference, _ disk: Disk, _ runs: RunStore) -> State {
    do throws(Failure) {
      switch reference.origin {
      case .named(let name): return try named(name, reference, disk)
      case .source(let text):
        if text.hasPrefix("baseline:") { return try named(String(text.dropFirst(9)), reference, disk) }
        if text.hasPrefix("run:") {
          let id = try runs.resolve(text)
          guard let draft = try Draft.read(runs[id], disk).first else {
            return .unusable(
              Diagnostic(
                "baseline.no-evidence", "run `\(id)` judged no gate, so it holds no evidence", at: reference.location))
          }
          return .one(draft.record)
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
    } catch {
      return .unusable(
        error.diagnostics.first ?? Diagnostic("baseline.unreadable", "the baseline `\(reference.name)` cannot be read"))
    }
  }

  private static func named(_ name: String, _ reference: BaselineReference, _ disk: Disk) throws(Failure) -> State {
    let store = BaselineStore(disk: disk, folder: reference.store)
    switch try store.head(name) {
    case .one(let record): return .one(record)
    case .none: return .nothing(nothing(reference, try store.names()))
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
    return Diagnostic(
      "baseline.none", "there is no baseline `\(reference.name)` in `\(reference.store)`", at: reference.location,
      remedy: (near.map { "did you mean `\($0)`? Else " } ?? "")
        + "make the first one: pawl run … --promote --bootstrap")
  }
}
