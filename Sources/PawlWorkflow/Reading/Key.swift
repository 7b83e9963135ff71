/// One key of a mapping. The tables of keys are the one source of decoder, schema and "did you mean".
struct Key: Sendable {
  let name: String
  let shape: Shape
  /// A sentence for editors, lower case, without a full stop.
  let doc: String
  /// For words of the language that this version does not run: what to do about it.
  let notYet: String?

  init(_ name: String, _ shape: Shape, _ doc: String, notYet: String? = nil) {
    self.name = name
    self.shape = shape
    self.doc = doc
    self.notYet = notYet
  }
}

/// The keys that a mapping may have.
struct KeyTable: Sendable {
  /// What messages and the schema call the mapping: `stage`, `rule`.
  let name: String
  let keys: [Key]
  let required: [String]
  /// What a lone value in the mapping's place most probably means, `…` for that value.
  let alone: String?
  /// What names of the user's own choice beside the keys hold; nil: there are none.
  let others: Shape?

  init(_ name: String, _ keys: [Key], required: [String] = [], alone: String? = nil, others: Shape? = nil) {
    self.others = others
    self.name = name
    self.keys = keys
    self.required = required
    self.alone = alone
  }

  var names: [String] { keys.map(\.name) }

  /// `a rule`, or the key that holds the mapping in back-ticks.
  var title: String {
    name.hasSuffix(" stage") || ["workflow", "policy", "rule", "metric", "waiver"].contains(name)
      ? "a \(name)" : "`\(name)`"
  }

  subscript(name: String) -> Key? { keys.first { $0.name == name } }
}

/// What a value may look like.
indirect enum Shape: Sendable {
  /// Any scalar but null, as written.
  case text
  case textOrNothing
  case word([String])
  case flag
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  /// `10m`, `1h30m`, `500ms`.
  case duration
  /// `1GiB`, `512kB`, `0`.
  case bytes
  /// A one-sided confidence in (0.5, 1): `95%` or 0.95.
  case confidence
  /// A part of a whole in [0, 1]: `2%` or 0.02.
  case share
  /// A number, or a text that holds a margin or a bound; what it means is said where it is read.
  case amount
  /// Anything that YAML can hold.
  case value
  case list(Shape)
  /// Names of the user's choice.
  case map(Shape)
  case table(KeyTable)
  /// The alternatives differ in their YAML kind: at most one scalar, one list, one map.
  case either([Shape])

  static let texts = Shape.list(.text)
  static let textOrTexts = Shape.either([.text, .texts])
}
