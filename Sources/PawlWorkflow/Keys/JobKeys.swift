/// The keys of stages that run commands.
enum JobKeys {
  static let kind = Key("kind", .word(Kinds.names), "what the stage is; default: run")
  static let run = Key("run", .textOrTexts, "the command, or commands in order, each of which must succeed")
  static let shell = Key("shell", .textOrTexts, "the shell and its flags; default: sh -eu")
  static let directory = Key("directory", .text, "where the stage's paths start and its command runs, from the root")
  static let needs = Key("needs", .textOrTexts, "stages, or instances such as train[seed=1], that come first")
  static let inputs = Key("inputs", .textOrTexts, "files, folders and globs that the command reads")
  static let outputs = Key(
    "outputs", .either([.text, .texts, .map(.text)]), "paths that the command makes, or names and paths")
  static let params = Key("params", .textOrTexts, "parameters that enter the key though the command does not name them")
  static let env = Key(
    "env", .either([.texts, .map(.textOrNothing)]), "variables that enter the key, with a value or without")
  static let tools = Key("tools", .map(.text), "a tool's name and the command that prints its version")
  static let secrets = Key("secrets", .textOrTexts, "variables that are masked everywhere and never in a key")
  static let matrix = Key("matrix", .map(.value), "axes and their values; every combination is an instance")
  static let metrics = Key("metrics", .textOrTexts, "metric files that the command writes")
  static let resources = Key("resources", .table(ResourceKeys.table), "what the stage asks of the machine")
  static let timeout = Key("timeout", .duration, "the longest time an attempt may take")
  static let slowAfter = Key("slow-after", .duration, "when to say that it is slow")
  static let grace = Key("grace", .duration, "time between TERM and KILL; default: 10s")
  static let retries = Key(
    "retries", .either([.integer(0...1_000), .table(RetryKeys.table)]),
    "how often to try again, and after which endings")
  static let checkpoint = Key(
    "checkpoint", .text, "a folder kept between attempts and after an interruption, removed on success")
  static let when = Key(
    "when", .text,
    "when it runs: comparisons of params, env, matrix, stages.NAME.outcome and metrics.NAME, joined by and / or")
  static let finally = Key("finally", .flag, "run whatever became of what it needs")
  static let noCache = Key("no-cache", .flag, "run it every time")
  static let maxAge = Key("max-age", .duration, "the age at which a result is stale, such as 7d")
  static let logLimit = Key("log-limit", .bytes, "how much of its log is kept; default: 64MiB")
  static let executor = Key("executor", .text, "where it runs", notYet: "remove it; every stage runs on this machine")

  // Of `evaluate` only.
  static let replicate = Key("replicate", .textOrTexts, "axes that repeat one recipe instead of being variants")
  static let ships = Key("ships", .map(.text), "the replicate that is promoted and also judged alone")
  static let model = Key("model", .textOrTexts, "the model; production's own is put there when it is scored again")
  static let testData = Key(
    "test-data", .textOrTexts, "paths that stand for the test data where only metric files exist")
  static let rescore = Key(
    "rescore", .word(["auto", "always"]), "when production's model is scored again; default: auto")
  static let predictions = Key(
    "predictions", .table(PredictionKeys.table), "rows, from which Pawl computes metrics itself")

  private static let common = [
    kind, run, shell, directory, needs, inputs, outputs, params, env, tools, secrets, matrix, metrics, resources,
    timeout, slowAfter, grace, retries, checkpoint, when, finally, noCache, maxAge, logLimit, executor,
  ]

  static let runTable = KeyTable("run stage", common)
  static let trainTable = KeyTable("train stage", common)
  static let evaluateTable = KeyTable(
    "evaluate stage", common + [replicate, ships, model, testData, rescore, predictions])

  /// What a stage is cannot be a default; how it runs can.
  static let defaults = KeyTable(
    "defaults",
    [
      shell, directory, inputs, params, env, tools, secrets, resources, timeout, slowAfter, grace, retries, checkpoint,
      when, finally, noCache, maxAge, logLimit, executor, testData, rescore,
    ])
}

enum ResourceKeys {
  static let cpus = Key("cpus", .number(0...100_000), "processors, parts allowed")
  static let memory = Key("memory", .bytes, "memory")
  static let gpus = Key("gpus", .integer(0...100_000), "graphics processors")
  static let locks = Key("locks", .textOrTexts, "names that only one running stage may hold")

  /// Any other name is a count of something that the caller says there is.
  static let count = Shape.integer(0...1_000_000_000)
  static let table = KeyTable("resources", [cpus, memory, gpus, locks], others: count)
}

enum RetryKeys {
  static let count = Key("count", .integer(0...1_000), "how many attempts after the first")
  static let on = Key("on", .textOrTexts, "signal, timeout, lost, oom, exit, or exit N; default: all")
  static let backoff = Key("backoff", .duration, "time before the next attempt")

  static let table = KeyTable("retries", [count, on, backoff], required: ["count"])
}
