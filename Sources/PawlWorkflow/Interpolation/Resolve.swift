import PawlCore
import PawlFormats

/// What a `${…}` stands for.
enum Resolved {
  case value(Value)
  /// A variable that the shell knows when the command runs.
  case variable(String)
}

extension Instance {
  private static let roots = ["params", "matrix", "env", "stages", "outputs", "subject", "model", "run"]

  /// What a reference stands for; nil after its problem is reported at its place.
  func resolve(_ reference: Template.Reference, in node: Node) -> Resolved? {
    let (root, rest) = Instance.split(reference.path)
    switch (root, rest) {
    case ("subject", nil): return .value(.text(label))
    case ("run", nil), ("run", "id"): return .variable("PAWL_RUN")
    case ("model", nil): return model(reference, node)
    case ("params", let path?): return parameter(path, reference, node)
    case ("matrix", let path?): return coordinate(path, reference, node)
    case ("env", let name?): return variable(name, reference, node)
    case ("outputs", let key?): return ownOutput(key, reference, node)
    case ("stages", let path?): return output(ofStage: path, reference, node)
    case ("params", nil), ("matrix", nil), ("env", nil), ("outputs", nil), ("stages", nil):
      return fail(reference, node, "`\(reference.written)` names nothing", Instance.completion(of: root))
    default:
      return fail(reference, node, "`\(reference.written)` is not a name that is known here", hint(for: reference.path))
    }
  }

  private static func split(_ path: String) -> (root: String, rest: String?) {
    guard let dot = path.firstIndex(of: ".") else { return (path, nil) }
    return (String(path[..<dot]), String(path[path.index(after: dot)...]))
  }

  private static func completion(of root: String) -> String {
    switch root {
    case "stages": "write `${stages.NAME.outputs.KEY}`"
    case "outputs": "write `${outputs.KEY}`"
    case "env": "write `${env.NAME}`"
    default: "write `${\(root).NAME}`"
    }
  }

  private func hint(for path: String) -> String {
    let (root, rest) = Instance.split(path)
    let shellName = path.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
    if let near = Suggestion.nearest(to: root, in: Instance.roots), rest != nil || near == "model" || near == "subject"
    {
      return "did you mean `${\(near)\(rest.map { "." + $0 } ?? "")}`?"
    }
    if assembly.parameters.at(path) != nil { return "did you mean `${params.\(path)}`?" }
    if !shellName.isEmpty, rest == nil {
      return
        "for the shell's own write `$${\(path)}`; for the key and the record `${env.\(shellName)}`, declared under `env:`"
    }
    return "there are: " + Instance.roots.joined(separator: ", ")
  }

  private func fail(_ reference: Template.Reference, _ node: Node, _ message: String, _ remedy: String) -> Resolved? {
    problems.error("unknown-name", message, at: place(of: reference, in: node), remedy: remedy)
    return nil
  }

  private func parameter(_ path: String, _ reference: Template.Reference, _ node: Node) -> Resolved? {
    guard let value = assembly.parameters.at(path) else {
      guard assembly.areParametersKnown else { return nil }
      let names = assembly.parameters.leaves().map(\.key).filter { !$0.isEmpty }
      return fail(
        reference, node, "`\(reference.written)` is not a parameter",
        choices(names, near: path, none: "there are none; add them under `params:`"))
    }
    use(parameter: path)
    return .value(value)
  }

  private func coordinate(_ path: String, _ reference: Template.Reference, _ node: Node) -> Resolved? {
    let whole = Value.map(matrix.map { Value.Entry($0.axis, $0.value) })
    if let value = whole.at(path) { return .value(value) }
    guard template.isMatrixKnown else { return nil }
    return fail(
      reference, node, "`\(reference.written)` is not an axis of `\(template.name)`",
      choices(matrix.map(\.axis), near: path, none: "it has none; add them under `matrix:`"))
  }

  private func variable(_ name: String, _ reference: Template.Reference, _ node: Node) -> Resolved? {
    guard EnvironmentNames.isName(name) else {
      return fail(reference, node, "`\(name)` cannot be the name of a variable", "use letters, digits and `_`")
    }
    let declared = template.environmentNames + template.secretNames
    if declared.contains(name) || EnvironmentNames.ours.contains(name) { return .variable(name) }
    let near = Suggestion.nearest(to: name, in: declared).map { "did you mean `${env.\($0)}`?" }
    return fail(
      reference, node, "`\(name)` is not declared in `\(template.name)`",
      near ?? "add it under `env:`, or under `secrets:` if nobody may see it")
  }

  private func model(_ reference: Template.Reference, _ node: Node) -> Resolved? {
    if isOpen("model") { return circle(reference, node) }
    guard template.node["model"] != nil else {
      return fail(
        reference, node, "`\(template.name)` has no `model`", "add `model: PATH` to it")
    }
    useModel()
    let paths = models.map(relative)
    return .value(paths.count == 1 ? .text(paths[0]) : .list(paths.map { .text($0) }))
  }

  private func ownOutput(_ key: String, _ reference: Template.Reference, _ node: Node) -> Resolved? {
    if isOpen("outputs") { return circle(reference, node) }
    let outputs = outputs
    if let output = outputs.first(where: { $0.name == key }) { return .value(.text(relative(output.path))) }
    let names = outputs.compactMap(\.name)
    // A broken output is reported where it stands.
    if template.node["outputs"]?[key] != nil { return nil }
    return fail(
      reference, node, "`\(reference.written)` is not an output of `\(template.name)`",
      choices(names, near: key, none: "its outputs have no names; write `outputs: { \(key): PATH }`"))
  }

  private func circle(_ reference: Template.Reference, _ node: Node) -> Resolved? {
    fail(reference, node, "`\(reference.written)` stands in what it names", "write the path itself")
  }

  /// `NAME.outputs.KEY`: one path, or those of all instances that agree in the axes which both stages have.
  private func output(ofStage path: String, _ reference: Template.Reference, _ node: Node) -> Resolved? {
    guard let mark = path.firstRange(of: ".outputs."), mark.lowerBound > path.startIndex,
      mark.upperBound < path.endIndex
    else {
      return fail(reference, node, "`\(reference.written)` names nothing", "write `${stages.NAME.outputs.KEY}`")
    }
    let name = String(path[..<mark.lowerBound])
    let key = String(path[mark.upperBound...])
    guard let other = assembly.template(named: name) else {
      guard !assembly.isIncomplete(name) else { return nil }
      return fail(
        reference, node, "there is no stage `\(name)`", didYouMean(name, among: assembly.templates.map(\.name)))
    }
    guard other.name != template.name else {
      return fail(reference, node, "`\(reference.written)` is this stage's own output", "write `${outputs.\(key)}`")
    }
    var found: [Value] = []
    let agreeing = assembly.instances(of: other, agreeingWith: matrix)
    for instance in agreeing {
      if instance.isOpen("outputs") { return circle(reference, node) }
      guard let output = instance.outputs.first(where: { $0.name == key }) else { continue }
      use(Input(output.path, written: relative(output.path), at: place(of: reference, in: node)))
      found.append(.text(relative(output.path)))
    }
    if found.isEmpty {
      guard other.isMatrixKnown else { return nil }
      if other.node["outputs"]?[key] != nil {
        // Broken outputs are reported where they stand.
        guard agreeing.isEmpty else { return nil }
        return fail(reference, node, "no instance of `\(name)` agrees with `\(id)`", "add the values to its matrix")
      }
      let names = other.node["outputs"]?.pairs?.map(\.name) ?? []
      return fail(
        reference, node, "`\(key)` is not an output of `\(name)`",
        choices(names, near: key, none: "its outputs have no names; write `outputs: { \(key): PATH }`"))
    }
    return .value(found.count == 1 ? found[0] : .list(found))
  }
}

/// Names of environment variables.
enum EnvironmentNames {
  /// What Pawl sets itself (contract §3).
  static let ours = [
    "PAWL_RUN", "PAWL_STAGE", "PAWL_SUBJECT", "PAWL_PARAMS", "PAWL_CHECKPOINT", "PAWL_ATTEMPT", "PAWL_OUTCOME",
  ]

  static func isName(_ name: String) -> Bool {
    guard let first = name.first, first == "_" || (first.isASCII && first.isLetter) else { return false }
    return name.allSatisfy { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
  }
}
