import PawlCore

/// The JSON Schema (draft 2020-12) of workflow files, made from the tables of keys that the decoder reads by.
package enum WorkflowSchema {
  /// The schema as pretty JSON, keys in the tables' order.
  package static var json: String { render(value, indent: 0) + "\n" }

  static var value: Value {
    var top = table(TopKeys.table)
    if case .map(let entries) = top {
      top = .map(
        [
          Value.Entry("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
          Value.Entry("title", .text("Pawl workflow")),
        ] + entries.map { $0.key == "properties" ? Value.Entry($0.key, withStages($0.value)) : $0 } + [
          Value.Entry("$defs", .map(definitions))
        ])
    }
    return top
  }

  private static func withStages(_ properties: Value) -> Value {
    guard case .map(let entries) = properties else { return properties }
    return .map(
      entries.map { entry in
        guard entry.key == TopKeys.stages.name else { return entry }
        return Value.Entry(
          entry.key,
          object([
            ("type", .text("object")), ("description", .text(TopKeys.stages.doc)), ("minProperties", number(1)),
            ("additionalProperties", object([("$ref", .text("#/$defs/stage"))])),
          ]))
      })
  }

  private static var definitions: [Value.Entry] {
    [Value.Entry("stage", stage)] + Kinds.all.map { Value.Entry(name(of: $0), table($0.keys)) } + [
      Value.Entry("policy", table(GateKeys.policy)), Value.Entry("waivers", waivers),
    ]
  }

  /// A file that a gate names under `waivers`.
  private static var waivers: Value { object([("type", .text("array")), ("items", table(WaiverKeys.table))]) }

  /// `run-stage`: a name that a JSON pointer takes as it is.
  private static func name(of kind: any StageKind.Type) -> String { kind.name + "-stage" }

  /// `kind` decides by which table a stage is read; without it a stage is a `run`.
  private static var stage: Value {
    var result = object([("$ref", .text("#/$defs/\(name(of: Run.self))"))])
    for kind in Kinds.all.reversed() where kind != Run.self {
      let isKind = object([
        ("properties", object([("kind", object([("const", .text(kind.name))]))])),
        ("required", .list([.text("kind")])),
      ])
      result = object([
        ("if", isKind), ("then", object([("$ref", .text("#/$defs/\(name(of: kind))"))])), ("else", result),
      ])
    }
    return result
  }

  // MARK: tables and shapes

  static func table(_ table: KeyTable) -> Value {
    var entries: [(String, Value)] = [
      ("type", .text("object")), ("additionalProperties", table.others.map(schema) ?? .bool(false)),
      ("properties", .map(table.keys.map { Value.Entry($0.name, property($0)) })),
    ]
    if !table.required.isEmpty { entries.append(("required", .list(table.required.map { .text($0) }))) }
    return object(entries)
  }

  private static func property(_ key: Key) -> Value {
    guard case .map(let entries) = schema(key.shape) else { return .bool(true) }
    let doc = key.notYet == nil ? key.doc : "\(key.doc) (not supported yet)"
    return .map([Value.Entry("description", .text(doc))] + entries)
  }

  private static func schema(_ shape: Shape) -> Value {
    switch shape {
    case .value: object([])
    case .text: object([("type", types("string", "number", "boolean"))])
    case .textOrNothing: object([("type", types("string", "number", "boolean", "null"))])
    case .word(let words): object([("anyOf", .list([object([("enum", .list(words.map { .text($0) }))]), reference]))])
    case .flag: orReference(object([("type", .text("boolean"))]))
    case .integer(let range):
      orReference(bounded([("type", .text("integer"))], Double(range.lowerBound), Double(range.upperBound)))
    case .number(let range): orReference(bounded([("type", .text("number"))], range.lowerBound, range.upperBound))
    case .duration:
      object([
        ("type", .text("string")), ("pattern", .text("^([0-9.]+(ms|s|m|h|d))+$|\\$\\{")),
      ])
    case .bytes:
      object([
        ("type", types("string", "integer")), ("pattern", .text("^[0-9.]+ *([kKMGT]i?)?B?$|\\$\\{")),
        ("minimum", number(0)),
      ])
    case .confidence: object([("type", types("number", "string")), ("pattern", .text("^[0-9.]+ *%?$|\\$\\{"))])
    case .share:
      object([
        ("type", types("number", "string")), ("pattern", .text("^[0-9.]+ *%?$")), ("minimum", number(0)),
        ("maximum", number(1)),
      ])
    case .amount: object([("type", types("number", "string"))])
    case .list(let item): object([("type", .text("array")), ("items", schema(item))])
    case .map(let member): object([("type", .text("object")), ("additionalProperties", schema(member))])
    case .table(let keys): table(keys)
    case .either(let shapes): object([("anyOf", .list(shapes.map(schema)))])
    }
  }

  /// Any value may be a reference until it is interpolated.
  private static var reference: Value { object([("type", .text("string")), ("pattern", .text("\\$\\{"))]) }

  private static func orReference(_ schema: Value) -> Value { object([("anyOf", .list([schema, reference]))]) }

  private static func bounded(_ entries: [(String, Value)], _ low: Double, _ high: Double) -> Value {
    var entries = entries
    if low.isFinite { entries.append(("minimum", number(low))) }
    if high.isFinite { entries.append(("maximum", number(high))) }
    return object(entries)
  }

  private static func object(_ entries: [(String, Value)]) -> Value { .map(entries.map { Value.Entry($0.0, $0.1) }) }

  private static func types(_ names: String...) -> Value { .list(names.map { .text($0) }) }

  private static func number(_ value: Double) -> Value {
    .number(value == value.rounded() && abs(value) < 1e15 ? Number(value, text: String(Int64(value))) : Number(value))
  }

  // MARK: text

  private static func render(_ value: Value, indent: Int) -> String {
    let inner = String(repeating: " ", count: indent + 2)
    let outer = String(repeating: " ", count: indent)
    switch value {
    case .null, .bool, .number, .text: return value.json
    case .list(let items):
      let isShort = value.json.count + indent < 100
      return isShort
        ? value.json
        : "[\n" + items.map { inner + render($0, indent: indent + 2) }.joined(separator: ",\n") + "\n\(outer)]"
    case .map(let entries):
      guard !entries.isEmpty else { return "{}" }
      let members = entries.map { inner + Value.quoted($0.key) + ": " + render($0.value, indent: indent + 2) }
      return "{\n" + members.joined(separator: ",\n") + "\n\(outer)}"
    }
  }
}
