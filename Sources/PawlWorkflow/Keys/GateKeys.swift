import PawlCore

/// The keys of gates, of their rules, and of a promotion.
enum GateKeys {
  static let baseline = Key(
    "baseline", .either([.text, .table(BaselineKeys.table)]), "production: a name in the store or a source")
  static let rules = Key("rules", .list(.either([.text, .table(rule)])), "what must hold; maps, or one-line rules")
  static let waivers = Key("waivers", .text, "a file of reviewed exceptions, each with reason, owner and expiry")
  static let testSet = Key("test-set", .table(TestSetKeys.table), "how often one test set may be looked at")

  static let name = Key("name", .text, "what reports call the rule")
  static let metric = Key("metric", .text, "the metric")
  static let stage = Key("stage", .text, "which evidence, where several have the metric: evaluate[variant=a]")
  static let atLeast = Key("at-least", .amount, "the candidate's lower bound clears this number")
  static let atMost = Key("at-most", .amount, "the candidate's upper bound stays below this number")
  static let mayLose = Key(
    "may-lose", .either([.amount, .list(.amount)]), "may be worse than production by at most this")
  static let mustGain = Key(
    "must-gain", .either([.amount, .list(.amount)]), "must be better than production by at least this")
  static let within = Key("within", .either([.amount, .list(.amount)]), "must differ from production by at most this")
  static let history = Key(
    "history", .table(HistoryKeys.table), "must not be unusually bad beside the last promoted records; on all rows")
  static let anchor = Key(
    "anchor", .table(AnchorKeys.table), "may lose at most this in total since a named release of the store")

  static let slices = Key(
    "slices", .either([.list(.either([.text, .texts])), .map(.textOrTexts)]),
    "columns, crossed columns, or a column and the values that must be there")
  static let minRows = Key("min-rows", .integer(1...Int(1e15)), "a slice with fewer rows is not judged")
  static let confidence = Key("confidence", .confidence, "one-sided; default: 95%")
  static let test = Key("test", .word(TestChoice.allCases.map(\.rawValue)), "the statistical test; default: auto")
  static let severity = Key("severity", .word(["block", "warn"]), "what a failure does; default: block")
  static let whenInconclusive = Key(
    "when-inconclusive", .word(["point", "block", "warn"]),
    "what an undecided rule does; default: point, in slices warn")
  static let onMissingBaseline = Key(
    "on-missing-baseline", .word(["invalid", "warn"]), "what a rule without a baseline does; default: invalid")
  static let point = Key("point", .flag, "compare point values although an interval exists")
  static let allowOtherData = Key("allow-other-data", .flag, "compare though the test data differ")

  static let comparisons = [atLeast, atMost, mayLose, mustGain, within, history, anchor]
  /// What a rule may say, and a gate for all its rules.
  static let options = [
    slices, minRows, confidence, test, severity, whenInconclusive, onMissingBaseline, point, allowOtherData,
  ]
  static let rule = KeyTable(
    "rule", [name, metric, stage] + comparisons + options, required: ["metric"])

  static let table = KeyTable(
    "gate stage",
    [JobKeys.kind, JobKeys.needs, JobKeys.directory, baseline, rules, waivers, testSet] + options
      + [JobKeys.when, JobKeys.finally])

  /// The body of a gate with the blocks that its evidence needs.
  static let policy = KeyTable(
    "policy",
    [TopKeys.pawl, JobKeys.kind, baseline, rules, waivers, testSet] + options + [TopKeys.metrics, JobKeys.predictions])

  static let promotion = KeyTable("promote stage", [JobKeys.kind, JobKeys.needs, JobKeys.when, JobKeys.finally])
}

enum BaselineKeys {
  static let name = Key("name", .text, "the baseline's name in the store, or a source")
  static let store = Key("store", .text, "the folder of baselines; default: baselines/ beside the workflow")
  static let keep = Key("keep", .table(KeepKeys.table), "how much of the evidence a record holds itself")

  static let table = KeyTable("baseline", [name, store, keep], required: ["name"])
}

enum HistoryKeys {
  static let range = 5...1_000
  static let last = Key("last", .integer(range), "how many promoted records count, such as 20")

  static let table = KeyTable("history", [last], required: ["last"], alone: "history: { last: … }")
}

enum AnchorKeys {
  static let baseline = Key("baseline", .text, "the release: a name in the store of the gate's baseline")
  static let mayLoseInTotal = Key(
    "may-lose-in-total", .either([.amount, .list(.amount)]), "may be worse than that release by at most this")

  static let table = KeyTable(
    "anchor", [baseline, mayLoseInTotal], required: ["baseline", "may-lose-in-total"],
    alone: "anchor: { baseline: …, may-lose-in-total: 2pt }")
}

enum TestSetKeys {
  static let budget = Key("budget", .integer(1...1_000_000), "looks in all, such as 32")
  static let feedback = Key(
    "feedback", .word(TestSetPolicy.Feedback.allCases.map(\.rawValue)),
    "what a look tells those who search for a better model; default: pass-only")

  static let table = KeyTable("test-set", [budget, feedback], required: ["budget"], alone: "test-set: { budget: … }")
}

enum KeepKeys {
  static let predictions = Key("predictions", .bytes, "the largest predictions; default: 10MiB")
  static let model = Key("model", .bytes, "the largest model; default: 10MiB")

  static let table = KeyTable("keep", [predictions, model])
}
