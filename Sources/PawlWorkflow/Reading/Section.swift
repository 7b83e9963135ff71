import PawlCore
import PawlFormats

/// A mapping of the file, read by its table of keys. What is wrong with keys and shapes is reported when the section
/// is opened; the readers give nil for what is absent, null or misshapen.
struct Section {
  let node: Node
  let table: KeyTable
  let problems: Problems
  private var fields: [String: Node] = [:]
  private var places: [String: SourceLocation] = [:]

  /// `name` is what the mapping is called in messages.
  init(_ node: Node, _ table: KeyTable, _ problems: Problems, named name: String? = nil) {
    self.node = node
    self.table = table
    self.problems = problems
    let check = ShapeCheck(problems)
    guard let pairs = check.members(of: node, table, name ?? table.name) else { return }
    for (key, pair) in pairs {
      places[key.name] = pair.key.location
      if !pair.value.isNull, check.accepts(pair.value, key.shape, key.name) { fields[key.name] = pair.value }
    }
  }

  /// The value of a key that is present and well-shaped.
  subscript(_ key: Key) -> Node? { fields[key.name] }

  /// Whether the key stands there at all, whatever its value.
  func has(_ key: Key) -> Bool { places[key.name] != nil }

  /// Where the key stands, else the section itself.
  func place(_ key: Key) -> SourceLocation { places[key.name] ?? node.location }

  func text(_ key: Key) -> String? { self[key]?.scalar?.text }

  func flag(_ key: Key) -> Bool? {
    guard case .bool(let flag)? = self[key]?.scalar?.value else { return nil }
    return flag
  }

  func number(_ key: Key) -> Double? {
    guard case .number(let number)? = self[key]?.scalar?.value else { return nil }
    return number.value
  }

  func integer(_ key: Key) -> Int? { number(key).flatMap { Int(exactly: $0) } }

  func duration(_ key: Key) -> Double? { text(key).flatMap(Units.duration) }

  func size(_ key: Key) -> Int? { text(key).flatMap(Units.size) }

  func share(_ key: Key) -> Double? { text(key).flatMap(Units.share) }

  func confidence(_ key: Key) -> Double? { text(key).flatMap(Units.confidence) }

  /// The pairs whose names are the user's own choice, as far as they are well-shaped.
  var others: [Node.Pair] {
    (node.pairs ?? []).filter { table.others != nil && table[$0.name] == nil && fields[$0.name] != nil }
  }

  /// A word as the case of an enum whose raw values are the words.
  func word<Word: RawRepresentable<String>>(_ key: Key, as type: Word.Type = Word.self) -> Word? {
    text(key).flatMap(Word.init(rawValue:))
  }

  /// One text or a list of them, each with its place.
  func texts(_ key: Key) -> [Node] {
    guard let node = self[key] else { return [] }
    return node.items ?? (node.scalar == nil ? [] : [node])
  }

  /// The pairs of a map of the user's own names.
  func pairs(_ key: Key) -> [Node.Pair] { self[key]?.pairs ?? [] }

  /// A section of this section; nil when it is absent or no map.
  func section(_ key: Key, _ table: KeyTable) -> Section? {
    guard let node = self[key], node.pairs != nil else { return nil }
    return Section(node, table, problems, named: key.name)
  }
}

/// Compares values with shapes and reports what does not fit, at its place.
struct ShapeCheck {
  let problems: Problems
  /// Before interpolation a scalar that holds `${…}` may become anything.
  var isBeforeInterpolation = false

  init(_ problems: Problems, isBeforeInterpolation: Bool = false) {
    self.problems = problems
    self.isBeforeInterpolation = isBeforeInterpolation
  }

  /// The pairs of a mapping whose keys are known and supported; nil when it is no mapping.
  func members(of node: Node, _ table: KeyTable, _ name: String) -> [(Key, Node.Pair)]? {
    guard let pairs = node.pairs else {
      let alone = node.scalar.flatMap { scalar in table.alone?.replacingDots(with: scalar.text) }
      mismatch(node, name, "a map of keys to values", remedy: alone.map { "did you mean `\($0)`?" })
      return nil
    }
    var known: [(Key, Node.Pair)] = []
    for pair in pairs {
      guard let key = table[pair.name] ?? other(pair, table) else {
        unknown(pair, table)
        continue
      }
      if let remedy = key.notYet {
        if isSupported(key, pair.value) { continue }
        problems.error("not-yet", "`\(key.name)` is not supported yet", at: pair.key.location, remedy: remedy)
        continue
      }
      known.append((key, pair))
    }
    for key in table.required where node[key].map(\.isNull) ?? true {
      problems.error(
        "missing-key", "\(table.title) needs `\(key)`", at: node.location,
        remedy: table[key].map { "\(key): \($0.doc)" })
    }
    return known
  }

  /// Whether a value means what this version does anyway, though the key is not supported in general.
  private func isSupported(_ key: Key, _ value: Node) -> Bool {
    switch key.name {
    case "schedule": value.isNull || value.pairs?.isEmpty == true || value.items?.isEmpty == true
    case "executor": value.scalar?.text == "local"
    default: value.isNull
    }
  }

  /// A name of the user's own choice, where the table takes such and it is no slip of the pen for one of its keys.
  private func other(_ pair: Node.Pair, _ table: KeyTable) -> Key? {
    guard let shape = table.others, StageReader.isName(pair.name) else { return nil }
    // `tpus` is no slip for `gpus`, `cpu` is one for `cpus`.
    let near = Suggestion.nearest(to: pair.name, in: table.names)
    if table[pair.name + "s"] != nil || near?.first == pair.name.lowercased().first { return nil }
    return Key(pair.name, shape, "")
  }

  private func unknown(_ pair: Node.Pair, _ table: KeyTable) {
    if Template.isNeeded(for: pair.name) {
      problems.error(
        "unknown-key", "a key cannot hold `${…}`: `\(pair.name)`", at: pair.key.location,
        remedy: "put quotes around a value that begins with `{` or holds `${…}` inside `{…}`")
      return
    }
    problems.error(
      "unknown-key", "unknown key `\(pair.name)`", at: pair.key.location,
      remedy: Foreign.place(of: pair.name, outside: table) ?? didYouMean(pair.name, among: table.names))
  }

  /// Whether the value has the shape; reports it when not.
  @discardableResult
  func accepts(_ node: Node, _ shape: Shape, _ name: String) -> Bool {
    if isBeforeInterpolation, let text = node.scalar?.text, Template.isNeeded(for: text) { return true }
    switch shape {
    case .value: return true
    case .list(let item):
      guard let items = node.items else { return mismatch(node, name, "a list") }
      return items.map { accepts($0, item, name) }.allSatisfy { $0 }
    case .map(let member):
      guard let pairs = node.pairs else { return mismatch(node, name, "a map of names to values") }
      return pairs.map { accepts($0.value, member, $0.name) }.allSatisfy { $0 }
    case .table(let table):
      // Defaults are interpolated with each stage that takes them.
      if table.name == JobKeys.defaults.name, !isBeforeInterpolation {
        return ShapeCheck(problems, isBeforeInterpolation: true).accepts(node, shape, name)
      }
      guard let members = members(of: node, table, name) else { return false }
      for (key, pair) in members where !pair.value.isNull { accepts(pair.value, key.shape, key.name) }
      // Its own section reads the members one by one; what is misshapen there is absent.
      return true
    case .either(let shapes):
      if let fitting = shapes.first(where: { $0.fits(node) }) { return accepts(node, fitting, name) }
      return mismatch(node, name, shapes.map(\.description).joined(separator: " or "))
    case .text, .textOrNothing, .word, .flag, .integer, .number, .duration, .bytes, .confidence, .share, .amount:
      return acceptsScalar(node, shape, name)
    }
  }

  private func acceptsScalar(_ node: Node, _ shape: Shape, _ name: String) -> Bool {
    if case .textOrNothing = shape, node.scalar != nil { return true }
    guard let scalar = node.scalar, scalar.value != .null else { return mismatch(node, name, shape.description) }
    switch shape {
    case .text, .textOrNothing, .amount: return true
    case .word(let words):
      guard !words.contains(scalar.text) else { return true }
      problems.error(
        "value", "`\(name)` cannot be `\(scalar.text)`", at: node.location,
        remedy: didYouMean(scalar.text, among: words))
      return false
    case .flag:
      if case .bool = scalar.value { return true }
      return mismatch(node, name, "`true` or `false`")
    case .integer(let range):
      guard case .number(let number) = scalar.value, let whole = Int(exactly: number.value), range.contains(whole)
      else {
        return mismatch(node, name, shape.description)
      }
      return true
    case .number(let range):
      guard case .number(let number) = scalar.value, range.contains(number.value) else {
        return mismatch(node, name, shape.description)
      }
      return true
    case .duration: return Units.duration(scalar.text) != nil || mismatch(node, name, shape.description)
    case .bytes: return Units.size(scalar.text) != nil || mismatch(node, name, shape.description)
    case .confidence: return Units.confidence(scalar.text) != nil || mismatch(node, name, shape.description)
    case .share: return Units.share(scalar.text) != nil || mismatch(node, name, shape.description)
    case .value, .list, .map, .table, .either: return true
    }
  }

  @discardableResult
  private func mismatch(_ node: Node, _ name: String, _ wanted: String, remedy: String? = nil) -> Bool {
    let found =
      switch node.kind {
      case .scalar(let scalar): scalar.value == .null ? "nothing" : "`\(scalar.text)`"
      case .sequence: "a list"
      case .mapping: "a map"
      }
    let text = node.scalar?.text ?? ""
    var remedy = remedy
    if ["yes", "on", "Yes", "On", "YES", "ON"].contains(text) {
      remedy = "write `true`: in YAML 1.2 `\(text)` is text"
    }
    if ["no", "off", "No", "Off", "NO", "OFF"].contains(text) {
      remedy = "write `false`: in YAML 1.2 `\(text)` is text"
    }
    problems.error("type", "`\(name)` is \(found), it must be \(wanted)", at: node.location, remedy: remedy)
    return false
  }
}

extension String {
  /// The text with another in place of its `…`.
  fileprivate func replacingDots(with other: String) -> String {
    guard let dots = firstIndex(of: "…") else { return self }
    return self[..<dots] + other + self[index(after: dots)...]
  }
}

extension Shape {
  /// Whether the value is of the YAML kind that the shape is made of.
  fileprivate func fits(_ node: Node) -> Bool {
    switch self {
    case .list: node.items != nil
    case .map, .table: node.pairs != nil
    case .value: true
    case .either(let shapes): shapes.contains { $0.fits(node) }
    case .text, .textOrNothing, .word, .flag, .integer, .number, .duration, .bytes, .confidence, .share, .amount:
      node.scalar != nil
    }
  }

  /// For messages: `a whole number`.
  var description: String {
    switch self {
    case .text, .textOrNothing: "a text"
    case .word(let words): "one of " + words.map { "`\($0)`" }.joined(separator: ", ")
    case .flag: "`true` or `false`"
    case .integer(let range) where range.count == 1: "\(range.lowerBound)"
    case .integer(let range) where range.lowerBound > 0 && range.upperBound <= 1_000_000:
      "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .integer(let range): "a whole number, at least \(range.lowerBound)"
    case .number(let range):
      "a number" + (range.lowerBound.isFinite ? ", at least \(Decimal(range.lowerBound)?.text ?? "")" : "")
    case .duration: "a time with its unit, such as `90s`, `10m` or `1h30m`"
    case .bytes: "a size, such as `512MiB` or `10GB`"
    case .confidence: "a confidence between 50 % and 100 %, such as `95%` or 0.95"
    case .share: "a share from 0 to 1, such as `2%` or 0.02"
    case .amount: "a number"
    case .value: "a value"
    case .list: "a list"
    case .map, .table: "a map of keys to values"
    case .either(let shapes): shapes.map(\.description).joined(separator: " or ")
    }
  }
}
