import PawlCore
import PawlFormats

/// Reads what a stage is: name, kind, keys; its values are read when it is instantiated.
struct StageReader {
  let problems: Problems

  init(_ problems: Problems) { self.problems = problems }

  /// nil after reporting why it cannot be a stage.
  func read(_ pair: Node.Pair, _ defaults: Node?) -> StageTemplate? {
    let name = pair.name
    guard StageReader.isName(name) else {
      problems.error(
        "stage-name", "`\(name)` cannot be the name of a stage", at: pair.key.location,
        remedy: "use letters, digits, `-`, `_` and `.`, a letter or digit first")
      return nil
    }
    guard pair.value.pairs != nil else {
      problems.error(
        "type", "stage `\(name)` must be a map of keys to values", at: pair.value.location,
        remedy: "write `run:` and the command under it")
      return nil
    }
    guard let kind = kind(pair.value) else {
      // Whatever it is, its keys are not judged by another kind's table.
      return nil
    }
    let check = ShapeCheck(problems, isBeforeInterpolation: true)
    for (key, member) in check.members(of: pair.value, kind.keys, kind.keys.name) ?? [] {
      if member.value.isNull { continue }
      check.accepts(member.value, key.shape, key.name)
    }
    return StageTemplate(
      name: name, kind: kind, node: merged(pair.value, defaults, kind), location: pair.key.location)
  }

  private func kind(_ node: Node) -> (any StageKind.Type)? {
    guard let written = node["kind"], !written.isNull else { return Run.self }
    guard let word = written.scalar?.text else {
      problems.error(
        "type", "`kind` is a word", at: written.location, remedy: "one of " + Kinds.names.joined(separator: ", "))
      return nil
    }
    if let kind = Kinds.all.first(where: { $0.name == word }) { return kind }
    if Kinds.notYet.contains(word) {
      problems.error("not-yet", "`\(word)` is not supported yet", at: written.location, remedy: "remove the stage")
      return nil
    }
    problems.error(
      "unknown-kind", "`\(word)` is not a kind of stage", at: written.location,
      remedy: didYouMean(word, among: Kinds.names))
    return nil
  }

  /// The stage's own keys win; `env` and `tools` are merged name by name.
  private func merged(_ node: Node, _ defaults: Node?, _ kind: any StageKind.Type) -> Node {
    guard let defaults = defaults?.pairs, var pairs = node.pairs else { return node }
    for pair in defaults where kind.keys[pair.name] != nil && JobKeys.defaults[pair.name] != nil {
      guard let index = pairs.firstIndex(where: { $0.name == pair.name }) else {
        pairs.append(pair)
        continue
      }
      if pair.name == "env" || pair.name == "tools", let own = pairs[index].value.pairs, let shared = pair.value.pairs {
        let rest = shared.filter { entry in !own.contains { $0.name == entry.name } }
        pairs[index].value = Node(.mapping(rest + own), at: pairs[index].value.location)
      }
    }
    return Node(.mapping(pairs), at: node.location)
  }

  static func isName(_ name: String) -> Bool {
    guard let first = name.first, first.isLetter || first.isNumber || first == "_" else { return false }
    return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "." }
  }
}
