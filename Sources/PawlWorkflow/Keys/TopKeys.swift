import PawlCore

/// The keys of a workflow file.
enum TopKeys {
  static let pawl = Key("pawl", .integer(1...1), "version of the language; this is 1")
  static let name = Key("name", .text, "what reports call the workflow; default: the file's name")
  static let description = Key("description", .text, "one sentence for people")
  static let directory = Key("directory", .text, "where paths start and commands run, from the project root")
  static let params = Key(
    "params", .either([.text, .map(.value)]), "parameters, or the path of a YAML, JSON or TOML file that holds them")
  static let environment = Key(
    "environment", .table(EnvironmentKeys.table), "an isolated environment that enters every key")
  static let metrics = Key("metrics", .map(.table(MetricKeys.table)), "what a number means, said once")
  static let defaults = Key("defaults", .table(JobKeys.defaults), "keys for every stage that does not say otherwise")
  static let stages = Key("stages", .map(.value), "stages by name")
  static let card = Key("card", .table(CardKeys.table), "what the model card is made of")
  static let schedule = Key(
    "schedule", .list(.map(.value)), "when to run without a commit",
    notYet: "remove it; let cron or the CI system call `pawl run`")
  static let reports = Key("reports", .table(ReportKeys.table), "what reports may hold")
  static let timeout = Key("timeout", .duration, "the longest time that a whole run may take")
  static let cache = Key("cache", .table(CacheKeys.table), "how results are kept, and how far they are trusted")
  static let remotes = Key(
    "remotes", .map(.value), "where artefacts are shared",
    notYet: "remove it; keep `.pawl/cache` in the CI system's cache")

  static let table = KeyTable(
    "workflow",
    [
      pawl, name, description, directory, params, environment, metrics, defaults, stages, card, schedule, reports,
      timeout, cache, remotes,
    ], required: ["pawl", "stages"])
}

enum MetricKeys {
  static let direction = Key(
    "direction", .word([Direction.higherIsBetter.rawValue, Direction.lowerIsBetter.rawValue]), "which way is better")
  static let format = Key(
    "format", .word([NumberFormat.plain.rawValue, NumberFormat.percent.rawValue]), "how people read the number")

  static let table = KeyTable("metric", [direction, format])
}

enum EnvironmentKeys {
  static let python = Key(
    "python", .table(PythonKeys.table), "a Python environment that is made once and found as `python3`")

  static let table = KeyTable("environment", [python])
}

enum PythonKeys {
  static let requirements = Key("requirements", .text, "the requirements file")

  static let table = KeyTable(
    "python", [requirements], required: ["requirements"], alone: "python: { requirements: … }")
}

enum CardKeys {
  static let template = Key("template", .text, "`default`, or the path of a template")
  static let sections = Key("sections", .map(.text), "a section's name and the path of its Markdown text")

  static let table = KeyTable("card", [template, sections])
}

enum CacheKeys {
  private static let links = Shape.word(CacheLink.allCases.map(\.rawValue))

  static let audit = Key("audit", .share, "the share of reused results that each run makes again and compares")

  static let link = Key(
    "link", .either([links, .list(links)]),
    "how outputs get into the cache and back, tried in this order; `hardlink` saves room and makes outputs read-only")

  static let table = KeyTable("cache", [audit, link], alone: "cache: { audit: … }")
}

enum ReportKeys {
  enum Rows: String { case all, none }

  static let rows = Key("rows", .word(["all", "none"]), "`none` keeps the contents of rows out of reports")

  static let table = KeyTable("reports", [rows])
}
