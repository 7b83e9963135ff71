import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem
import PawlWorkflow

struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "What stages made, kept by content: status, verify, gc, trust.",
    discussion: """
      Examples:
        pawl cache status
        pawl cache verify                 reads every object; damaged ones are removed and named
        pawl cache gc --keep 30d          what no run of the last 30 days and no baseline needs goes
        pawl cache trust train            reuse what it made, although an audit found that its results differ
      """,
    subcommands: [
      CacheStatusCommand.self, CacheVerifyCommand.self, CacheCollectCommand.self, CacheTrustCommand.self,
    ])
}

struct CacheStatusCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "How much the cache holds, what needs it, and what gc would free.")

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let actions = FileActions(Project(root: Project.root(from: common.start)).disk)
    let inventory = try CacheInventory.take(actions)
    let audits = try AuditLog(actions).histories()
    let environments = try EnvironmentInventory(actions)
    let limits = CacheCollector.Limits()
    let freeable =
      CacheCollector.freeable(inventory, limits)
      &+ environments.items.filter { $0.isRemovable(olderThan: limits.age, at: WallClock.now()) }
      .reduce(0) { $0 &+ $1.size }
    let groups = CacheGroup.allCases.map { group in (group, inventory.items.filter { CacheGroup($0) == group }) }
    if common.format == .json {
      Console.answer(
        CacheJSON.render([
          ("objects", CacheJSON.number(inventory.items.count)), ("bytes", CacheJSON.number(inventory.size)),
          ("stage_results", CacheJSON.number(inventory.entries)), ("records", CacheJSON.number(inventory.records)),
          (
            "groups",
            .map(
              groups.map { group, items in
                .init(
                  group.rawValue,
                  .map([
                    .init("objects", CacheJSON.number(items.count)),
                    .init("bytes", CacheJSON.number(items.reduce(0) { $0 &+ $1.size })),
                  ]))
              })
          ),
          ("gc_30d_would_free", CacheJSON.number(freeable)), ("audits", .list(audits.map(CacheJSON.audit))),
          (
            "environments",
            .map([
              .init("number", CacheJSON.number(environments.items.count)),
              .init("bytes", CacheJSON.number(environments.size)),
            ])
          ),
        ]))
      return .ok
    }
    if inventory.items.isEmpty, inventory.entries == 0, environments.items.isEmpty, audits.isEmpty {
      Console.answer("the cache is empty: pawl run")
      return .ok
    }
    var lines = [
      "\(Numbers.plural(inventory.items.count, "object")), \(Numbers.size(inventory.size)); "
        + Numbers.plural(inventory.entries, "stage result")
    ]
    for (group, items) in groups where !items.isEmpty {
      let size = Numbers.size(items.reduce(0) { $0 &+ $1.size })
      lines.append("  \(Numbers.plural(items.count, "object")), \(size): \(group.words(inventory))")
    }
    if !environments.items.isEmpty {
      let number = Numbers.plural(environments.items.count, "Python environment")
      lines.append("\(number), \(Numbers.size(environments.size))")
    }
    lines.append("pawl cache gc --keep 30d would free \(Numbers.size(freeable))")
    lines += audits.map { history in
      let last = history.distrusts.last.map { (run: $0.run, path: $0.path) }
      return Escaping.terminal(
        Wording.audits(history.stage, audited: history.audited, differed: history.differed, distrust: last))
    }
    Console.answer(lines)
    return .ok
  }
}

/// Who names an object, the strongest first.
private enum CacheGroup: String, CaseIterable {
  case baselines, live, runs, unnamed

  init(_ item: CacheInventory.Item) {
    switch item.hold {
    case .production: self = .baselines
    case .live: self = .live
    case .young, nil: self = item.isNamed ? .runs : .unnamed
    }
  }

  func words(_ inventory: CacheInventory) -> String {
    switch self {
    case .baselines:
      "needed by \(Numbers.plural(inventory.records, "baseline record"))"
    case .live: "may be taken by \(Numbers.plural(inventory.liveRuns.count, "run")) that \(isOne(inventory)) alive"
    case .runs: "made or reused by runs"
    case .unnamed: "named by no run, such as files that Pawl kept before it replaced them"
    }
  }

  private func isOne(_ inventory: CacheInventory) -> String { inventory.liveRuns.count == 1 ? "is" : "are" }
}

struct CacheVerifyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every object; what is damaged is named and removed, and its stage runs again (status 4).")

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let actions = FileActions(Project(root: Project.root(from: common.start)).disk)
    let outcome = try CacheCheck(actions).run()
    Console.complain(outcome.problems)
    if common.format == .json {
      let damaged = outcome.damaged.map { damage in
        Value.map([
          .init("path", .text(damage.path)), .init("uses", .list(damage.uses.map { .text($0) })),
          .init("removed", .bool(damage.isRemoved)),
        ])
      }
      Console.answer(
        CacheJSON.render([
          ("objects", CacheJSON.number(outcome.objects)), ("bytes", CacheJSON.number(outcome.bytes)),
          ("damaged", .list(damaged)),
        ]))
    } else {
      for damage in outcome.damaged {
        let uses = damage.uses.isEmpty ? "" : " (\(damage.uses.joined(separator: ", ")))"
        Console.answer("damaged\(damage.isRemoved ? ", removed" : ""): \(damage.path)\(uses)")
      }
      let read = "\(Numbers.plural(outcome.objects, "object")), \(Numbers.size(outcome.bytes)) read"
      if outcome.damaged.isEmpty {
        if !common.quiet { Console.answer("\(read): all as they should be") }
      } else {
        let stages = outcome.damaged.count == 1 ? "its stage runs" : "their stages run"
        Console.answer("\(read): \(outcome.damaged.count) damaged; \(stages) again when needed: pawl run")
      }
    }
    return outcome.damaged.isEmpty && outcome.problems.isEmpty ? .ok : .surroundings
  }
}

struct CacheCollectCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Free room: what no run of late and no baseline needs goes.",
    discussion: """
      What a record of any baseline names stays, and what a run that is under way may take. Without an option, what was
      of no use for 30 days goes; so do Python environments that no run used in that time, by age alone. Runs stay
      unless --runs names an age; the newest of each workflow stays all the same.

      Examples:
        pawl cache gc --keep 30d --dry-run
        pawl cache gc --max-size 10GiB
        pawl cache gc --runs 180d         the logs and reports of older runs go as well
      """)

  @Option(help: ArgumentHelp("Keep what a run of this time made or reused: 30d, 12h.", valueName: "AGE"))
  var keep: String?

  @Option(help: ArgumentHelp("Remove what was longest of no use until no more is left: 10GiB.", valueName: "SIZE"))
  var maxSize: String?

  @Option(help: ArgumentHelp("Remove runs that are older, with their logs and reports: 180d.", valueName: "AGE"))
  var runs: String?

  @Flag(help: "Only say what would go.")
  var dryRun = false

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    var limits = CacheCollector.Limits()
    if let maxSize {
      guard let bytes = Units.size(maxSize) else {
        throw Failure(
          Diagnostic("usage.size", "`--max-size \(maxSize)` is no size", remedy: "write `--max-size 10GiB`"))
      }
      limits = CacheCollector.Limits(age: nil, size: bytes)
    }
    if let keep { limits.age = try age(keep, "--keep 30d") }
    if let runs { limits.runs = try age(runs, "--runs 180d") }
    let actions = FileActions(Project(root: Project.root(from: common.start)).disk)
    let outcome = try CacheCollector(actions).collect(limits, isRehearsal: dryRun)
    Console.complain(outcome.problems)
    if common.format == .json {
      Console.answer(
        CacheJSON.render([
          ("dry_run", .bool(dryRun)), ("objects", CacheJSON.number(outcome.objects)),
          ("bytes", CacheJSON.number(outcome.bytes)), ("temporary_files", CacheJSON.number(outcome.temporaries)),
          ("stage_results", CacheJSON.number(outcome.entries)),
          ("kept_objects", CacheJSON.number(outcome.keptObjects)),
          ("kept_bytes", CacheJSON.number(outcome.keptBytes)), ("live_runs", .list(outcome.liveRuns.map { .text($0) })),
          ("environments", CacheJSON.number(outcome.environments)),
          ("environment_bytes", CacheJSON.number(outcome.environmentBytes)),
          ("kept_environments", CacheJSON.number(outcome.keptEnvironments)),
          ("kept_environment_bytes", CacheJSON.number(outcome.keptEnvironmentBytes)),
          ("runs", CacheJSON.number(outcome.runs)), ("run_bytes", CacheJSON.number(outcome.runBytes)),
        ]))
    } else {
      let verb = dryRun ? "would free" : "freed"
      var words = "\(verb) \(Numbers.size(outcome.bytes)) in \(Numbers.plural(outcome.objects, "object"))"
      if outcome.temporaries > 0 { words += ", \(Numbers.plural(outcome.temporaries, "temporary file"))" }
      if outcome.entries > 0 { words += ", \(Numbers.plural(outcome.entries, "stale stage result"))" }
      if outcome.environments > 0 { words += ", " + named(outcome.environments, outcome.environmentBytes) }
      if outcome.runs > 0 {
        words += ", \(Numbers.plural(outcome.runs, "old run")) with \(Numbers.size(outcome.runBytes))"
      }
      var kept = "kept \(Numbers.size(outcome.keptBytes)) in \(Numbers.plural(outcome.keptObjects, "object"))"
      if outcome.keptEnvironments > 0 { kept += ", " + named(outcome.keptEnvironments, outcome.keptEnvironmentBytes) }
      Console.answer("\(words); \(kept)")
      if let limit = limits.size, outcome.keptBytes > limit {
        Console.answer("more than --max-size is left: baselines, live runs or the last hour need it")
      }
    }
    return outcome.problems.isEmpty ? .ok : .surroundings
  }

  /// Seconds of an age as typed; `example` is the option as one writes it.
  private func age(_ text: String, _ example: String) throws(Failure) -> Double {
    if let seconds = Units.duration(text) { return seconds }
    let option = example.prefix { $0 != " " }
    throw Failure(Diagnostic("usage.age", "`\(option) \(text)` is no time", remedy: "write `\(example)`"))
  }

  private func named(_ environments: Int, _ bytes: Int) -> String {
    "\(Numbers.plural(environments, "Python environment")) with \(Numbers.size(bytes))"
  }
}

enum CacheJSON {
  static func render(_ members: [(String, Value)]) -> String {
    Value.map([.init("schema", .text("pawl.cache/1"))] + members.map { .init($0.0, $0.1) }).json
  }

  /// `distrusted` names the run and the path of the last difference while the stage's results are not reused; null else.
  static func audit(_ history: AuditHistory) -> Value {
    let distrust = history.distrusts.last.map { last in
      Value.map([
        .init("run", .text(last.run)), .init("stage", .text(last.instance.name)), .init("path", .text(last.path)),
      ])
    }
    return .map([
      .init("stage", .text(history.stage)), .init("audited", number(history.audited)),
      .init("differed", number(history.differed)), .init("distrusted", distrust ?? .null),
    ])
  }

  static func number(_ number: Int) -> Value { .number(Number(Double(number), text: String(number))) }
}
