import PawlCore
import PawlFormats

/// Reads `when:`: comparisons joined by `and` and `or`, `and` first; names of `params`, `env` and `matrix` are looked
/// up now, ends and numbers of other stages when the stage's turn comes.
struct ConditionReader {
  let instance: Instance
  let node: Node
  /// Stages whose end the condition asks for.
  private(set) var ends: [StageID] = []
  /// Stages by name whose numbers it asks for.
  private(set) var measured: [StageID] = []

  init(_ instance: Instance, _ node: Node) {
    self.instance = instance
    self.node = node
  }

  private var problems: Problems { instance.problems }

  /// nil after reporting what is wrong.
  mutating func read() -> Condition? {
    let text = node.scalar?.text ?? ""
    if let mark = text.firstRange(of: "${") {
      let token = ConditionText.Token(
        kind: .word, text: "${", offset: text.distance(from: text.startIndex, to: mark.lowerBound))
      return fail("interpolation", "`when` takes names as they are", token, "write `params.rate`, without `${…}`")
    }
    let tokens = ConditionText.tokens(of: text)
    guard !tokens.isEmpty else {
      problems.error(
        "when", "`when` is empty", at: node.location, remedy: "write a comparison, such as `params.mode == full`")
      return nil
    }
    var anyOf: [Condition] = []
    for part in tokens.split(omittingEmptySubsequences: false, whereSeparator: { $0.isWord("or") }) {
      var allOf: [Condition] = []
      for tokens in part.split(omittingEmptySubsequences: false, whereSeparator: { $0.isWord("and") }) {
        guard let comparison = comparison(tokens, after: tokens.startIndex > 0 ? tokens.startIndex - 1 : nil, of: part)
        else { return nil }
        allOf.append(comparison)
      }
      anyOf.append(allOf.count == 1 ? allOf[0] : .all(allOf))
    }
    return anyOf.count == 1 ? anyOf[0] : .any(anyOf)
  }

  // MARK: Comparisons

  private mutating func comparison(
    _ tokens: ArraySlice<ConditionText.Token>, after: Int?, of part: ArraySlice<ConditionText.Token>
  ) -> Condition? {
    let example = "write a comparison, such as `params.mode == full`"
    guard let first = tokens.first else {
      let near = after.flatMap { part.indices.contains($0) ? part[$0] : nil } ?? part.first
      return fail("when", "a comparison is missing beside `and` or `or`", near, example)
    }
    for token in tokens where token.kind != .quoted {
      if let remedy = ConditionReader.foreign[token.text] {
        return fail("when", "`\(token.text)` is not read in a condition", token, remedy)
      }
    }
    guard let mark = tokens.firstIndex(where: { $0.kind == .relation }) else {
      return fail(
        "when", "`\(first.text)` is compared with nothing", first,
        ConditionReader.isName(first) ? "write `\(first.text) == true`, or another comparison" : example)
    }
    guard let relation = Condition.Relation(rawValue: tokens[mark].text) else {
      return fail(
        "when", "`\(tokens[mark].text)` is not a comparison", tokens[mark],
        tokens[mark].text == "=" ? "write `==`" : "there are: ==, !=, <, <=, >, >=")
    }
    let (left, right) = (tokens[..<mark], tokens[(mark + 1)...])
    for side in [left, right] where side.count != 1 {
      if let extra = side.dropFirst().first {
        return fail(
          "when", "`\(extra.text)` stands where `and`, `or` or the end is expected", extra,
          "put quotes around a text of several words")
      }
      return fail("when", "`\(tokens[mark].text)` has a side without a value", tokens[mark], example)
    }
    guard let a = left.first, let b = right.first, let x = operand(a), let y = operand(b) else { return nil }
    guard check(x, a, relation, y, b) else { return nil }
    return .comparison(x, relation, y)
  }

  private static let foreign: [String: String] = [
    "&&": "write `and`", "||": "write `or`", "(": "there are no parentheses: `and` binds before `or`",
    ")": "there are no parentheses: `and` binds before `or`", "not": "turn the comparison round: `!=` for `==`",
    "!": "turn the comparison round: `!=` for `==`",
  ]

  private func check(
    _ x: Condition.Operand, _ a: ConditionText.Token, _ relation: Condition.Relation, _ y: Condition.Operand,
    _ b: ConditionText.Token
  ) -> Bool {
    if !ConditionReader.isName(a), !ConditionReader.isName(b) {
      let near = Suggestion.nearest(to: String(a.text.prefix { $0 != "." }), in: ConditionReader.roots)
      let remedy =
        a.text.contains(".") ? near.map { "did you mean `\($0)\(a.text.drop { $0 != "." })`?" } : nil
      let _: Condition? = fail(
        "when", "neither side of `\(a.text) \(relation.rawValue) \(b.text)` is a name", a,
        remedy ?? "names begin with " + ConditionReader.roots.map { "`\($0).`" }.joined(separator: ", "))
      return false
    }
    for (one, token, other) in [(x, a, y), (y, b, x)] {
      if case .outcome = other, case .value(let value, _) = one {
        if relation.isOrder {
          let _: Condition? = fail("when", "ends have no order", token, "write `==` or `!=`")
          return false
        }
        let words = OutcomeWord.allCases.map(\.rawValue)
        if !words.contains(value.text) {
          let _: Condition? = fail(
            "when", "no stage ends as `\(value.text)`", token, didYouMean(value.text, among: words))
          return false
        }
      }
      if case .value(let value, _) = one, !isComparable(value, token, relation, other) { return false }
    }
    return true
  }

  private func isComparable(
    _ value: Value, _ token: ConditionText.Token, _ relation: Condition.Relation, _ other: Condition.Operand
  ) -> Bool {
    switch value {
    case .list, .map:
      let _: Condition? = fail(
        "when", "`\(token.text)` is \(value.isList ? "a list" : "a map")", token, "compare one value of it")
      return false
    case .number: return true
    case .null, .bool, .text: break
    }
    var needsNumber = relation.isOrder
    if case .metric = other { needsNumber = true }
    guard needsNumber else { return true }
    let what = ConditionReader.isName(token) ? "`\(token.text)` is `\(value.text)`, which is" : "`\(token.text)` is"
    let _: Condition? = fail("when", "\(what) not a number", token, "compare numbers, or write `==`")
    return false
  }

  // MARK: Operands

  private static let roots = ["params", "env", "matrix", "stages", "metrics"]

  private static func isName(_ token: ConditionText.Token) -> Bool {
    guard token.kind == .word, let dot = token.text.firstIndex(of: ".") else { return false }
    return roots.contains(String(token.text[..<dot]))
  }

  /// nil after reporting.
  private mutating func operand(_ token: ConditionText.Token) -> Condition.Operand? {
    if token.kind == .quoted { return .value(.text(token.text), written: "\"\(token.text)\"") }
    guard ConditionReader.isName(token), let dot = token.text.firstIndex(of: ".") else {
      return .value(Node.Scalar(text: token.text, isPlain: true).value, written: token.text)
    }
    let rest = String(token.text[token.text.index(after: dot)...])
    switch token.text[..<dot] {
    case "params": return parameter(rest, token)
    case "env": return variable(rest, token)
    case "matrix": return coordinate(rest, token)
    case "metrics": return rest.isEmpty ? nameless(token) : .metric(rest, of: [], written: token.text)
    default: return stage(rest, token)
    }
  }

  private func nameless(_ token: ConditionText.Token) -> Condition.Operand? {
    fail("when", "`\(token.text)` names nothing", token, "write `\(token.text)NAME`")
  }

  private func parameter(_ path: String, _ token: ConditionText.Token) -> Condition.Operand? {
    if let value = instance.assembly.parameters.at(path) { return .value(value, written: token.text) }
    guard instance.assembly.areParametersKnown else { return nil }
    return fail(
      "unknown-name", "`\(token.text)` is not a parameter", token,
      choices(
        instance.assembly.parameters.leaves().map(\.key).filter { !$0.isEmpty }, near: path,
        none: "there are none; add them under `params:`"))
  }

  private func coordinate(_ axis: String, _ token: ConditionText.Token) -> Condition.Operand? {
    let whole = Value.map(instance.matrix.map { Value.Entry($0.axis, $0.value) })
    if let value = whole.at(axis) { return .value(value, written: token.text) }
    guard instance.template.isMatrixKnown else { return nil }
    return fail(
      "unknown-name", "`\(token.text)` is not an axis of `\(instance.template.name)`", token,
      choices(instance.matrix.map(\.axis), near: axis, none: "it has none; add them under `matrix:`"))
  }

  /// The stage's own variable, else the caller's; what is not set is null.
  private func variable(_ name: String, _ token: ConditionText.Token) -> Condition.Operand? {
    guard EnvironmentNames.isName(name) else {
      return fail("when", "`\(name)` cannot be the name of a variable", token, "use letters, digits and `_`")
    }
    if instance.template.secretNames.contains(name) {
      return fail(
        "when", "`\(name)` is a secret, and a condition is shown with what it compared", token,
        "ask for another variable")
    }
    let own = instance.node("env")?[name].flatMap { $0.isNull ? nil : $0.scalar?.text }
    let text = own ?? instance.assembly.request.environment[name]
    let value = text.map { Node.Scalar(text: $0, isPlain: true).value } ?? .null
    return .value(value, written: token.text)
  }

  /// `NAME.outcome` or `NAME.metrics.METRIC`; names may hold dots, and coordinates in brackets.
  private mutating func stage(_ rest: String, _ token: ConditionText.Token) -> Condition.Operand? {
    if rest.hasSuffix(".outcome") {
      guard let ids = ids(String(rest.dropLast(".outcome".count)), token) else { return nil }
      for id in ids where !ends.contains(id) { ends.append(id) }
      return .outcome(of: ids, written: token.text)
    }
    if let mark = rest.firstRange(of: ".metrics."), mark.upperBound < rest.endIndex {
      guard let ids = ids(String(rest[..<mark.lowerBound]), token) else { return nil }
      for id in ids where !measured.contains(id) { measured.append(id) }
      return .metric(String(rest[mark.upperBound...]), of: ids, written: token.text)
    }
    let name = rest.lastIndex(of: ".").map { String(rest[..<$0]) } ?? rest
    return fail("when", "`\(token.text)` names nothing", token, "write `stages.\(name).outcome`")
  }

  private func ids(_ written: String, _ token: ConditionText.Token) -> [StageID]? {
    let assembly = instance.assembly
    let (base, coordinates) = Assembly.split(written)
    guard let template = assembly.template(named: base) else {
      if assembly.isIncomplete(base) { return nil }
      return fail(
        "unknown-stage", "there is no stage `\(base)`", token,
        didYouMean(base, among: assembly.templates.map(\.name)))
    }
    guard template.name != instance.template.name else {
      return fail(
        "when", "`\(token.text)` asks for this stage's own end", token, "ask for a stage that comes before it")
    }
    guard coordinates == nil else {
      let found = assembly.needed(Node(.text(written), at: place(of: token)), by: instance)
      return found.isEmpty ? nil : found
    }
    let agreeing = assembly.instances(of: template, agreeingWith: instance.matrix).map(\.id)
    return agreeing.isEmpty ? template.ids : agreeing
  }

  // MARK: Places

  private func fail<Result>(
    _ code: String, _ message: String, _ token: ConditionText.Token?, _ remedy: String
  ) -> Result? {
    problems.error(code, message, at: token.map(place) ?? node.location, remedy: remedy)
    return nil
  }

  /// Where a token stands, as far as the file shows the text on one line as it is.
  private func place(of token: ConditionText.Token) -> SourceLocation {
    guard let scalar = node.scalar, let excerpt = node.location.excerpt, node.location.column >= 1 else {
      return node.location
    }
    let start = node.location.column - 1 + (scalar.isPlain ? 0 : 1)
    guard excerpt.dropFirst(start).hasPrefix(scalar.text) else { return node.location }
    return SourceLocation(
      file: node.location.file, line: node.location.line, column: start + token.offset + 1, length: token.length,
      excerpt: excerpt)
  }
}

extension Value {
  fileprivate var isList: Bool {
    guard case .list = self else { return false }
    return true
  }
}
