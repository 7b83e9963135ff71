import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline", abstract: "The production record: list, show, promote, rollback, history, verify.",
    discussion: """
      Examples:
        pawl baseline list
        pawl baseline promote run:latest
        pawl baseline rollback production
      """,
    subcommands: [
      BaselineListCommand.self, BaselineShowCommand.self, BaselinePromoteCommand.self, BaselineRollbackCommand.self,
      BaselineHistoryCommand.self, BaselineVerifyCommand.self,
    ])
}

struct StoreOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder of baselines (default: Workflows/baselines, baselines).", valueName: "DIR"))
  var store: String?

  /// A path on the command line starts at the current folder, and one that does not exist is a usage error.
  func stores(_ project: Project, from start: String) throws(Failure) -> BaselineStores {
    guard let store else { return BaselineStores(project.disk) }
    let path = Paths.join(start, store)
    guard project.disk.exists(path) else {
      throw Failure(Diagnostic("usage.no-store", "`\(store)` does not exist", remedy: "give the folder of baselines"))
    }
    return BaselineStores(project.disk, only: path)
  }
}

struct BaselineListCommand: Verb {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "Every baseline and its head.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var store: StoreOptions

  func perform() throws -> ExitStatus {
    let project = Project(root: Project.root(from: common.start))
    var heads: [BaselineRecord] = []
    var problems: [String] = []
    for store in try store.stores(project, from: common.start).all {
      for name in try store.names() {
        switch try store.head(name) {
        case .one(let record): heads.append(record)
        case .several(let records):
          problems.append("`\(name)` has \(records.count) heads: " + records.map(\.id).joined(separator: ", "))
        case .none: continue
        }
      }
    }
    if common.format == .json {
      Console.answer(BaselinesJSON.render(heads))
    } else if heads.isEmpty, problems.isEmpty {
      Console.answer("there is no baseline yet: pawl run --promote --bootstrap")
    } else if !heads.isEmpty {
      Console.answer(
        BaselineTable.list(
          heads, current: Set(heads.map(\.id)), now: WallClock.now(), style: Console.style(for: 1, colour: common.color)
        ))
    }
    for problem in problems { Console.progress("error: \(problem); pawl baseline rollback NAME --to ID chooses one") }
    return problems.isEmpty ? .ok : .gateInvalid
  }
}

struct BaselineShowCommand: Verb {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "What a baseline's head holds.")

  @Argument(help: "The baseline.") var name: String
  @OptionGroup var common: CommonOptions
  @OptionGroup var store: StoreOptions

  func perform() throws -> ExitStatus {
    let project = Project(root: Project.root(from: common.start))
    let record = try BaselineHistoryCommand.head(of: name, in: try store.stores(project, from: common.start))
    if common.format == .json {
      Console.answer(exactly: String(decoding: BaselineStore.encode(record), as: UTF8.self))
    } else {
      Console.answer(BaselineTable.show(record, isCurrent: true, style: Console.style(for: 1, colour: common.color)))
    }
    return .ok
  }
}

struct BaselineHistoryCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "The records of a baseline, newest first.")

  @Argument(help: "The baseline.") var name: String
  @OptionGroup var common: CommonOptions
  @OptionGroup var store: StoreOptions

  func perform() throws -> ExitStatus {
    let project = Project(root: Project.root(from: common.start))
    let found = try store.stores(project, from: common.start).store(holding: name)
    let records = try found.records(name).sorted { $0.id > $1.id }
    var current: Set<String> = []
    if case .one(let head) = try found.head(name) { current = [head.id] }
    if common.format == .json {
      Console.answer(BaselinesJSON.render(records))
    } else {
      Console.answer(
        BaselineTable.list(
          records, current: current, now: WallClock.now(), style: Console.style(for: 1, colour: common.color)))
    }
    return .ok
  }

  static func head(of name: String, in stores: BaselineStores) throws(Failure) -> BaselineRecord {
    switch try stores.store(holding: name).head(name) {
    case .one(let record): return record
    case .several(let records):
      throw Failure(
        Diagnostic(
          "baseline.two-heads", "`\(name)` has \(records.count) heads: " + records.map(\.id).joined(separator: ", "),
          remedy: "choose one: pawl baseline rollback \(name) --to \(records[0].id)"))
    case .none: throw Failure(Diagnostic("usage.no-baseline", "baseline `\(name)` has no record"))
    }
  }
}

struct BaselineVerifyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Whether what the records hold is what they say.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var store: StoreOptions

  func perform() throws -> ExitStatus {
    let project = Project(root: Project.root(from: common.start))
    var problems: [Diagnostic] = []
    var count = 0
    for store in try store.stores(project, from: common.start).all {
      for name in try store.names() {
        let records = try store.records(name)
        let known = Set(records.map(\.id))
        for record in records {
          problems += try store.verify(record)
          count += 1
          for parent in record.parents where !known.contains(parent) {
            problems.append(
              Diagnostic(
                "baseline.parent-missing",
                "`\(store.path(name, record.id))` names a parent that is not there: `\(parent)`",
                remedy: "`git checkout` brings it back"))
          }
        }
        if case .several(let heads) = try store.head(name) {
          problems.append(
            Diagnostic(
              "baseline.two-heads",
              "baseline `\(name)` has \(heads.count) heads: " + heads.map(\.id).joined(separator: ", "),
              remedy: "choose one: pawl baseline rollback \(name) --to \(heads[0].id)"))
        }
      }
    }
    Console.complain(problems)
    let records = Numbers.plural(count, "record")
    Console.answer(
      problems.isEmpty ? "\(records), all as recorded" : "\(Numbers.plural(problems.count, "problem")) in \(records)")
    return problems.isEmpty ? .ok : .surroundings
  }
}

struct BaselinePromoteCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Make a run's candidate the production record.",
    discussion: """
      Example:
        pawl baseline promote run:latest --reason "more epochs"
      """)

  @Argument(help: "The run: latest, or a unique part of its name.")
  var run: String

  @Option(help: "Promote to this baseline (default: the one that the gate names).")
  var name: String?

  @Flag(help: "Allow the first record.") var bootstrap = false
  @Flag(help: "Although the work tree has uncommitted changes.") var allowDirty = false
  @Flag(help: "Although a rule was waived.") var allowWaived = false
  @Flag(help: "Although a rule is inconclusive.") var allowInconclusive = false
  @Option(help: "Why, for the record.") var reason: String?
  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let stored = try StoredRun.open(run, from: common.start)
    let drafts = try Draft.read(stored.folder, stored.project.disk)
    guard !drafts.isEmpty else {
      throw Failure(
        Diagnostic(
          "promote.no-evidence", "run `\(stored.id)` judged no gate: there is nothing to promote", remedy: "pawl run"))
    }
    try checkRun(stored)
    var options = RunOptions()
    options.bootstraps = bootstrap
    options.allowsDirty = allowDirty
    options.allowsWaived = allowWaived
    options.allowsInconclusive = allowInconclusive
    options.reason = reason
    options.who = Environment.all()["USER"]
    let batch = PromotionBatch(
      disk: stored.project.disk, objects: stored.project.objects, options: options, name: name)
    let (changes, problem) = batch.promote(stored.record.gates, drafts: drafts, at: WallClock.now())
    for change in changes {
      Console.answer("promoted \(Wording.short(stored.id)) to \(change.name): \(change.folder)")
      Console.answer("keep it in git:  git add \(ShellText.quoted(change.store)) && git commit")
    }
    if let problem { throw Failure(problem) }
    return .ok
  }

  /// Only what a whole, healthy run judged can be promoted.
  private func checkRun(_ stored: StoredRun) throws(Failure) {
    guard let status = stored.record.exitStatus else {
      throw Failure(
        Diagnostic("promote.unfinished", "run `\(stored.id)` has not finished", remedy: "wait for it, or run again"))
    }
    switch status {
    case .ok, .gateFailed, .gateInconclusive, .gateInvalid: return
    case .usage, .stageFailed, .surroundings, .signal:
      throw Failure(
        Diagnostic(
          "promote.not-passed", "run `\(stored.id)` ended with status \(status.code)",
          remedy: "run again and let it finish"))
    }
  }
}

struct BaselineRollbackCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Make an earlier record production again, as a new record.",
    discussion: """
      Examples:
        pawl baseline rollback production                  to the record before the head
        pawl baseline rollback production --to 20261124T073005123Z-3f9a1c
      """)

  @Argument(help: "The baseline.") var name: String
  @Option(help: ArgumentHelp("The record to go back to.", valueName: "ID")) var to: String?
  @Option(help: "Why, for the record.") var reason: String?
  @OptionGroup var common: CommonOptions
  @OptionGroup var store: StoreOptions

  func perform() throws -> ExitStatus {
    let project = Project(root: Project.root(from: common.start))
    let store = try store.stores(project, from: common.start).store(holding: name)
    let change = try store.rollback(
      name, to: to, at: WallClock.now(), reason: reason, who: Environment.all()["USER"])
    let record = try store.record(name, change.record)
    Console.answer("\(change.name) is now \(change.record): \(record.reason ?? "an earlier record's evidence")")
    Console.answer("keep it in git:  git add \(ShellText.quoted(change.store)) && git commit")
    return .ok
  }
}
