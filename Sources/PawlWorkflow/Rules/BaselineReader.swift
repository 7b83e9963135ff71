import PawlCore
import PawlFormats

/// Reads `baseline:`: a name in the store, a source, or a map of both.
struct BaselineReader {
  let problems: Problems
  /// Where paths of the file start, from the project root.
  let directory: String
  /// `baselines/` beside the workflow file, from the project root.
  let defaultStore: String

  /// The gate's reference as the file writes it.
  func read(_ gate: Section) -> BaselineReference? {
    var reference: BaselineReference?
    if let section = gate.section(GateKeys.baseline, BaselineKeys.table) {
      reference = map(section)
    } else if let node = gate[GateKeys.baseline], let text = node.scalar?.text {
      reference = origin(text, node).map { BaselineReference($0, store: defaultStore) }
      reference?.location = node.location
    }
    return reference
  }

  /// The reference with `--baseline` in its place where that is given; nil when neither says one.
  func replace(_ reference: BaselineReference?, by override: String?) -> BaselineReference? {
    var reference = reference
    guard let override, !override.isEmpty else { return reference }
    let origin = BaselineReader.origin(override)
    if reference == nil { reference = BaselineReference(origin, store: defaultStore) }
    reference?.origin = origin
    return reference
  }

  private func map(_ section: Section) -> BaselineReference? {
    guard let node = section[BaselineKeys.name], let text = node.scalar?.text, let origin = origin(text, node) else {
      return nil
    }
    var store = defaultStore
    if let written = section.text(BaselineKeys.store) {
      store = written.hasPrefix("git:") ? written : Paths.join(directory, written)
    }
    var reference = BaselineReference(origin, store: store)
    if let keep = section.section(BaselineKeys.keep, KeepKeys.table) {
      reference.keepPredictions = keep.size(KeepKeys.predictions) ?? reference.keepPredictions
      reference.keepModel = keep.size(KeepKeys.model) ?? reference.keepModel
    }
    reference.location = node.location
    return reference
  }

  private func origin(_ text: String, _ node: Node) -> BaselineReference.Origin? {
    let origin = BaselineReader.origin(text)
    switch origin {
    case .named(let name):
      if StageReader.isName(name) { return origin }
      problems.error(
        "baseline", "`\(name)` cannot be the name of a baseline", at: node.location,
        remedy: "use letters, digits, `-`, `_` and `.`, a letter or digit first")
      return nil
    case .source(let source):
      // A path of the file starts where its other paths start.
      return source.contains(":") || source == "work" ? origin : .source(Paths.join(directory, source))
    }
  }

  private static let suffixes = ["json", "jsonl", "ndjson", "yaml", "yml", "toml", "csv", "tsv", "db", "gz", "zst"]

  /// A name, unless it looks like a source: with `:` or `/`, or a file's ending.
  static func origin(_ text: String) -> BaselineReference.Origin {
    if text.hasPrefix("baseline:") {
      let name = String(text.dropFirst("baseline:".count))
      if StageReader.isName(name) { return .named(name) }
    }
    let suffix = text.lastIndex(of: ".").map { text[text.index(after: $0)...].lowercased() }
    let isSource =
      text.contains(":") || text.contains("/") || text == "work" || suffix.map(suffixes.contains) ?? false
    return isSource ? .source(text) : .named(text)
  }
}
