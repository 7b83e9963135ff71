import PawlCore
import PawlFormats

extension Instance {
  /// A value with every `${…}` in it replaced; a scalar that is one `${…}` takes the value's type.
  func interpolate(_ node: Node) -> Node {
    switch node.kind {
    case .scalar(let scalar):
      guard Template.isNeeded(for: scalar.text) else { return node }
      return interpolate(scalar, node)
    case .sequence(let items):
      var result: [Node] = []
      for item in items {
        let value = interpolate(item)
        // `[a, "${params.list}"]` is one list.
        if item.scalar != nil, let inner = value.items { result += inner } else { result.append(value) }
      }
      return Node(.sequence(result), at: node.location)
    case .mapping(let pairs):
      return Node(.mapping(pairs.map { Node.Pair(key: $0.key, value: interpolate($0.value)) }), at: node.location)
    }
  }

  private func interpolate(_ scalar: Node.Scalar, _ node: Node) -> Node {
    let template = Template(scalar.text)
    if let only = template.only {
      guard let value = value(of: only, in: node) else { return node }
      return Node(value, at: node.location)
    }
    var text = ""
    for piece in template.pieces {
      switch piece {
      case .text(let literal): text += literal
      case .unclosed(let number): reportUnclosed(number, in: node)
      case .reference(let reference):
        guard let value = value(of: reference, in: node) else { return node }
        text += value.words.joined(separator: " ")
      }
    }
    return Node(.scalar(Node.Scalar(text: text, isPlain: scalar.isPlain)), at: node.location)
  }

  /// A command for the shell.
  func command(_ node: Node) -> String? {
    guard let text = node.scalar?.text else { return nil }
    var result = ShellText()
    for piece in Template(text).pieces {
      switch piece {
      case .text(let literal): result.append(literal)
      case .unclosed(let number): reportUnclosed(number, in: node)
      case .reference(let reference):
        switch resolve(reference, in: node) {
        case nil: continue
        case .value(let value)? where reference.isRaw: result.append(raw: value.words.joined(separator: " "))
        case .value(let value)?: result.append(words: value.words)
        case .variable(let name)? where reference.isRaw: result.append(raw: "$\(name)")
        case .variable(let name)?: result.append(variable: name)
        }
      }
    }
    var line = result.text
    while line.last?.isNewline == true { line.removeLast() }
    return line
  }

  /// The value of a reference outside commands, where the shell's variables must be known now.
  private func value(of reference: Template.Reference, in node: Node) -> Value? {
    switch resolve(reference, in: node) {
    case nil: return nil
    case .value(let value)?: return value
    case .variable("PAWL_RUN")?:
      problems.error(
        "interpolation", "`\(reference.written)` is known only while the command runs",
        at: place(of: reference, in: node), remedy: "use it in `run`")
    case .variable(let name)?:
      return environmentValue(name, reference, node)
    }
    return nil
  }

  private func environmentValue(_ name: String, _ reference: Template.Reference, _ node: Node) -> Value? {
    if template.secretNames.contains(name) {
      problems.error(
        "interpolation", "`\(name)` is a secret and would be seen here", at: place(of: reference, in: node),
        remedy: "use it in `run` only")
      return nil
    }
    if let declared = template.node["env"]?[name], !declared.isNull {
      let isCircle = isOpen("env")
      if !isCircle, let text = self.node("env")?[name]?.scalar?.text { return .text(text) }
      if isCircle, let text = declared.scalar?.text, !Template.isNeeded(for: text) { return .text(text) }
    }
    if let value = assembly.request.environment[name] { return .text(value) }
    problems.error(
      "interpolation", "`\(name)` is not set in the environment", at: place(of: reference, in: node),
      remedy: "set it, or give it a value under `env:`")
    return nil
  }

  private func reportUnclosed(_ number: Int, in node: Node) {
    problems.error(
      "interpolation", "`${` is not closed",
      at: problems.location(ofReference: number, written: "${", in: node.location) ?? node.location,
      remedy: "close it with `}`, or write `$${` for the two characters")
  }

  /// Where a reference stands in the file.
  func place(of reference: Template.Reference, in node: Node) -> SourceLocation {
    problems.location(ofReference: reference.number, written: reference.written, in: node.location) ?? node.location
  }
}

extension Value {
  /// What stands for the value in a text: a list is its elements.
  var words: [String] {
    guard case .list(let items) = self else { return [text] }
    return items.map(\.text)
  }
}

extension Node {
  /// A value as if it had been written at a place.
  init(_ value: Value, at location: SourceLocation) {
    switch value {
    case .null: self.init(.scalar(Scalar(text: "", isPlain: true)), at: location)
    case .bool(let flag): self.init(.scalar(Scalar(text: flag ? "true" : "false", isPlain: true)), at: location)
    case .number(let number):
      self.init(.scalar(Scalar(text: Node.yamlText(number), isPlain: true)), at: location)
    case .text(let text): self.init(.scalar(Scalar(text: text, isPlain: false)), at: location)
    case .list(let items): self.init(.sequence(items.map { Node($0, at: location) }), at: location)
    case .map(let entries):
      let pairs = entries.map {
        Pair(key: Node(.text($0.key), at: location), value: Node($0.value, at: location))
      }
      self.init(.mapping(pairs), at: location)
    }
  }

  private static func yamlText(_ number: Number) -> String {
    if number.value.isNaN { return ".nan" }
    if number.value.isInfinite { return number.value < 0 ? "-.inf" : ".inf" }
    return number.text
  }
}
