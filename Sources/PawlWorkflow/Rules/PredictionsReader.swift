import PawlCore
import PawlFormats

/// Reads a `predictions:` block and checks what its task asks for.
struct PredictionsReader {
  let section: Section
  /// A workflow names the file; `pawl gate` takes it from the command line.
  let needsPath: Bool

  private typealias Keys = PredictionKeys

  func read(in instance: Instance) -> Predictions? { read { Paths.join(instance.directory, $0) } }

  /// nil after reporting that there is no task.
  func read(path: (String) -> String) -> Predictions? {
    guard let task = task else { return nil }
    var result = Predictions(task: task)
    result.location = section.node.location
    result.path = section.text(Keys.path).map(path)
    result.id = section.text(Keys.id)
    result.label = section.text(Keys.label)
    result.prediction = section.text(Keys.prediction)
    result.score = section.text(Keys.score)
    result.scores = columns(Keys.scores)
    result.positive = section.text(Keys.positive)
    result.threshold = section.number(Keys.threshold) ?? result.threshold
    result.slices = unique(section.texts(Keys.slices))
    result.compute = unique(section.texts(Keys.compute))
    result.values = columns(Keys.values)
    result.cluster = section.text(Keys.cluster)
    result.clip = section.number(Keys.clip)
    result.worst = section.number(Keys.worst)
    check(result)
    return result
  }

  private var task: Predictions.Task? {
    if let task = section.word(Keys.task, as: Predictions.Task.self) { return task }
    if section.has(Keys.task), !(section.node["task"]?.isNull ?? true) { return nil }
    if section[Keys.values] != nil { return .values }
    section.problems.error(
      "missing-key", "`predictions` needs `task`", at: section.node.location,
      remedy: "task: " + Predictions.Task.allCases.map(\.rawValue).joined(separator: " | "))
    return nil
  }

  private func columns(_ key: Key) -> [Predictions.Column] {
    section.pairs(key).compactMap { pair in pair.value.scalar.map { Predictions.Column(pair.name, column: $0.text) } }
  }

  private func unique(_ nodes: [Node]) -> [String] {
    nodes.compactMap(\.scalar?.text).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  // MARK: what the task asks for

  private func check(_ predictions: Predictions) {
    let task = predictions.task
    if needsPath { need(Keys.path, "the file with the rows") }
    switch task {
    case .binary:
      need(Keys.label, "the column with the truth")
      need(Keys.positive, "the label that counts as positive")
      needOne(of: Keys.prediction, Keys.score)
    case .multiclass:
      need(Keys.label, "the column with the truth")
      needOne(of: Keys.prediction, Keys.scores)
    case .regression:
      need(Keys.label, "the column with the truth")
      need(Keys.prediction, "the column with the prediction")
    case .values: need(Keys.values, "each metric and its column")
    }
    for (key, tasks) in PredictionsReader.homes where section[key] != nil && !tasks.contains(task) {
      section.problems.error(
        "predictions", "`\(key.name)` has no meaning for task `\(task.rawValue)`", at: section.place(key),
        remedy: "remove it; it belongs to " + tasks.map { "`\($0.rawValue)`" }.joined(separator: " and "))
    }
    if let clip = predictions.clip, !(clip > 0 && clip < 0.5) {
      section.problems.error(
        "value", "`clip` must lie between 0 and 0.5", at: section[Keys.clip]?.location, remedy: "such as `1e-3`")
    }
    if let worst = predictions.worst, !(worst > 0 && worst.isFinite) {
      section.problems.error("value", "`worst` must be a number above 0", at: section[Keys.worst]?.location)
    }
    for node in section.texts(Keys.compute) { checkComputed(node, predictions) }
  }

  private static let homes: [(Key, [Predictions.Task])] = [
    (Keys.score, [.binary]), (Keys.positive, [.binary]), (Keys.threshold, [.binary]), (Keys.scores, [.multiclass]),
    (Keys.values, [.values]), (Keys.clip, [.binary, .multiclass]),
  ]

  /// Of these the scores are the data; a predicted label is not enough.
  private static let scored: Set<String> = [
    "auc", "auc-ovr", "auc-ovo", "average-precision", "log-loss", "brier", "ece",
  ]

  private func checkComputed(_ node: Node, _ predictions: Predictions) {
    guard let name = node.scalar?.text else { return }
    let stem = KnownMetric.stem(name)
    if predictions.task == .values {
      let names = predictions.values.map(\.name)
      guard !names.contains(stem), !names.contains(name) else { return }
      section.problems.error(
        "metric", "`\(name)` is not under `values`", at: node.location,
        remedy: choices(names, near: name, none: "add it there with its column"))
      return
    }
    let names = KnownMetric.names(for: predictions.task)
    guard names.contains(stem) else {
      section.problems.error(
        "metric",
        KnownMetric.isKnown(stem)
          ? "`\(name)` cannot be computed for task `\(predictions.task.rawValue)`"
          : "`\(name)` is not a metric that Pawl computes",
        at: node.location,
        remedy: Suggestion.nearest(to: stem, in: names).map { "did you mean `\($0)`?" }
          ?? "there are: " + names.joined(separator: ", "))
      return
    }
    if let suffix = PredictionsReader.fault(inSuffixOf: name) {
      section.problems.error("metric", suffix.message, at: node.location, remedy: suffix.remedy)
    }
    if PredictionsReader.scored.contains(stem), predictions.score == nil, predictions.scores.isEmpty {
      section.problems.error(
        "metric", "`\(name)` needs scores", at: node.location,
        remedy: predictions.task == .binary ? "add `score: COLUMN`" : "add `scores: { CLASS: COLUMN, … }`")
    }
  }

  /// `ece@15` takes bins, `pinball@0.9` a quantile, nothing else takes a suffix.
  private static func fault(inSuffixOf name: String) -> (message: String, remedy: String)? {
    let stem = KnownMetric.stem(name)
    let suffix = name.dropFirst(stem.count).dropFirst()
    switch stem {
    case "ece":
      if stem == name { return nil }
      return Int(suffix).map { (1...10_000).contains($0) } ?? false
        ? nil : ("`\(name)` has no number of bins", "write `ece@15`")
    case "pinball":
      let quantile = Double(suffix) ?? .nan
      return quantile > 0 && quantile < 1 ? nil : ("`\(name)` has no quantile", "write `pinball@0.9`")
    default:
      return stem == name ? nil : ("`\(stem)` takes no `@`", "write `\(stem)`")
    }
  }

  private func need(_ key: Key, _ what: String) {
    guard section[key] == nil, !isMisshapen(key) else { return }
    section.problems.error(
      "missing-key", "`predictions` needs `\(key.name)`", at: section.node.location, remedy: "\(key.name): \(what)")
  }

  private func needOne(of first: Key, _ second: Key) {
    guard section[first] == nil, section[second] == nil, !isMisshapen(first), !isMisshapen(second) else { return }
    section.problems.error(
      "missing-key", "`predictions` needs `\(first.name)` or `\(second.name)`", at: section.node.location,
      remedy: "\(first.name): \(first.doc)")
  }

  private func isMisshapen(_ key: Key) -> Bool { section.has(key) && !(section.node[key.name]?.isNull ?? true) }
}
