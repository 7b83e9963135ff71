import PawlCore
import PawlFormats
import Testing

@testable import PawlWorkflow

struct SchemaTests {
  private static let tables =
    [
      TopKeys.table, MetricKeys.table, CardKeys.table, ReportKeys.table, CacheKeys.table, JobKeys.defaults,
      ResourceKeys.table,
      RetryKeys.table, PredictionKeys.table, GateKeys.rule, BaselineKeys.table, KeepKeys.table,
      HistoryKeys.table, AnchorKeys.table, TestSetKeys.table, WaiverKeys.table, GateKeys.policy,
      EnvironmentKeys.table, PythonKeys.table, CacheKeys.table,
    ] + Kinds.all.map { $0.keys }

  @Test func `every table is in the schema with exactly its keys, and nothing else is`() throws {
    let schema = try JSON.read(Array(WorkflowSchema.json.utf8), file: "schema.json")
    var found: [[String]] = []
    func walk(_ value: Value) {
      switch value {
      case .map(let entries):
        if value["additionalProperties"].map({ $0 == .bool(false) || $0["anyOf"] != nil }) ?? false,
          case .map(let properties)? = value["properties"]
        {
          found.append(properties.map(\.key))
          for property in properties { #expect(property.value["description"] != nil, "\(property.key)") }
        }
        for entry in entries { walk(entry.value) }
      case .list(let items): items.forEach(walk)
      case .null, .bool, .number, .text: break
      }
    }
    walk(schema)
    #expect(Set(found) == Set(SchemaTests.tables.map(\.names)))
    for table in SchemaTests.tables { #expect(Set(table.names).count == table.names.count, "\(table.name)") }
  }

  @Test func `the keys of the contract are the keys of the tables`() {
    let top = "pawl name description directory params environment metrics defaults stages card schedule reports"
    let stage =
      "kind run shell directory needs inputs outputs params env tools secrets matrix replicate ships model test-data rescore metrics predictions resources timeout slow-after grace retries checkpoint when finally no-cache max-age log-limit executor"
    let rule =
      "name metric stage slices min-rows confidence test severity when-inconclusive on-missing-baseline point allow-other-data"
    func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
    #expect(words(top).isSubset(of: TopKeys.table.names))
    #expect(words(stage) == Set(JobKeys.evaluateTable.names))
    #expect(words(rule).isSubset(of: GateKeys.rule.names))
    #expect(words("baseline rules waivers test-set needs").isSubset(of: GateKeys.table.names))
  }

  @Test(arguments: ["penguins", "penguin-sex", "households"])
  func `the example workflows are valid by the schema`(name: String) throws {
    let bytes = try #require(try RepositoryTree().read("Workflows/\(name).yml"))
    let value = try #require(try YAML.read(bytes, file: name)).value
    let schema = try JSON.read(Array(WorkflowSchema.json.utf8), file: "schema.json")
    #expect(Validator(root: schema).problems(value, schema, "") == [])
  }

  @Test func `the schema refuses what the decoder refuses`() throws {
    let schema = try JSON.read(Array(WorkflowSchema.json.utf8), file: "schema.json")
    func problems(_ yaml: String) throws -> [String] {
      let value = try #require(try YAML.read(Array(yaml.utf8), file: "w")).value
      return Validator(root: schema).problems(value, schema, "")
    }
    #expect(try problems("pawl: 1\nstages: { a: { run: x, input: [a] } }") == ["/stages/a/input: unknown"])
    #expect(
      try problems("pawl: 1\nstages: { a: { kind: gate, rules: [a >= 1], run: x } }") == ["/stages/a/run: unknown"])
    #expect(try problems("pawl: 2\nstages: { a: { run: x, timeout: 60 } }").count == 2)
    #expect(
      try problems("pawl: 1\nstages: { a: { run: x, timeout: '${params.t}', resources: { cpus: '${params.c}' } } }")
        == [])
    #expect(try problems("pawl: 1") == ["/stages: required"])
    #expect(try problems("pawl: 1\nstages: { a: { run: x, resources: { cpus: 1, licenses: 2 } } }") == [])
    #expect(
      try problems("pawl: 1\nstages: { a: { run: x, resources: { licenses: many } } }")
        == ["/stages/a/resources/licenses: none fits"])
    #expect(
      try problems("pawl: 1\ntimeout: 2h\ncache: { audit: 2% }\nstages: { a: { run: x, when: a == 1, finally: true } }")
        == [])
    func gate(_ body: String) throws -> [String] { try problems("pawl: 1\nstages: { a: { kind: gate, \(body) } }") }
    #expect(try gate("test-set: { budget: 32, feedback: full }, waivers: w.yml, rules: [a >= 1]") == [])
    #expect(try gate("rules: [{ metric: a, history: { last: 20 } }]") == [])
    #expect(try gate("rules: [{ metric: a, anchor: { baseline: v1, may-lose-in-total: [1%, 2pt] } }]") == [])
    #expect(try gate("test-set: 32, rules: [a >= 1]") == ["/stages/a/test-set: wrong type"])
    #expect(try gate("test-set: { budget: 0 }, rules: [a >= 1]") == ["/stages/a/test-set/budget: none fits"])
    #expect(try gate("rules: [{ metric: a, history: { last: 4 } }]") == ["/stages/a/rules/-: none fits"])
    #expect(try gate("rules: [{ metric: a, anchor: { baseline: v1 } }]") == ["/stages/a/rules/-: none fits"])
  }

  @Test func `files of waivers and policies have shapes of their own`() throws {
    let schema = try JSON.read(Array(WorkflowSchema.json.utf8), file: "schema.json")
    func problems(_ yaml: String, _ name: String) throws -> [String] {
      let value = try #require(try YAML.read(Array(yaml.utf8), file: "w")).value
      return Validator(root: schema).problems(value, try #require(schema["$defs"]?[name]), "")
    }
    let waiver = "- { rule: a >= 1, reason: r, owner: o, expires: 2026-12-31"
    #expect(try problems(waiver + ", slice: { a: 1 }, model: abcdef01, up-to: 2pt }", "waivers") == [])
    #expect(try problems(waiver + ", expire: 1 }", "waivers") == ["/-/expire: unknown"])
    #expect(try problems("- { rule: a >= 1 }", "waivers").count == 3)
    #expect(try problems("rules: [a >= 1]\nwaivers: w.yml\npredictions: { task: binary }", "policy") == [])
    #expect(try problems("rules: [a >= 1]\nstages: {}", "policy") == ["/stages: unknown"])
  }
}

/// The part of JSON Schema that the schema uses; patterns are not looked at.
private struct Validator {
  let root: Value

  func problems(_ value: Value, _ schema: Value, _ path: String) -> [String] {
    var found: [String] = []
    if case .text(let reference)? = schema["$ref"] {
      let name = String(reference.dropFirst("#/$defs/".count))
      if name.contains(" ") { return ["\(path): \(reference) is no URI"] }
      guard let target = root["$defs"]?[name] else { return ["\(path): no \(reference)"] }
      found += problems(value, target, path)
    }
    if let condition = schema["if"] {
      let branch = problems(value, condition, path).isEmpty ? schema["then"] : schema["else"]
      if let branch { found += problems(value, branch, path) }
    }
    if case .list(let choices)? = schema["anyOf"], !choices.contains(where: { problems(value, $0, path).isEmpty }) {
      found.append("\(path): none fits")
    }
    if case .list(let words)? = schema["enum"], !words.contains(value) { found.append("\(path): not a word") }
    if let constant = schema["const"], constant != value { found.append("\(path): not the constant") }
    if let type = schema["type"], !fits(value, type) { return found + ["\(path): wrong type"] }
    if case .number(let number) = value {
      if case .number(let low)? = schema["minimum"], number.value < low.value { found.append("\(path): too small") }
      if case .number(let high)? = schema["maximum"], number.value > high.value { found.append("\(path): too large") }
    }
    if case .text(let text) = value, case .text(let pattern)? = schema["pattern"], pattern == "\\$\\{",
      !text.contains("${")
    {
      found.append("\(path): no reference")
    }
    if case .map(let entries) = value {
      for entry in entries {
        if let property = schema["properties"]?[entry.key] {
          found += problems(entry.value, property, path + "/" + entry.key)
        } else if schema["additionalProperties"] == .bool(false) {
          found.append("\(path)/\(entry.key): unknown")
        } else if let more = schema["additionalProperties"] {
          found += problems(entry.value, more, path + "/" + entry.key)
        }
      }
      if case .list(let required)? = schema["required"] {
        for key in required where value[key.text] == nil { found.append("\(path)/\(key.text): required") }
      }
    }
    if case .list(let items) = value, let item = schema["items"] {
      found += items.flatMap { problems($0, item, path + "/-") }
    }
    return found
  }

  private func fits(_ value: Value, _ type: Value) -> Bool {
    if case .list(let types) = type { return types.contains { fits(value, $0) } }
    switch value {
    case .null: return type == .text("null")
    case .bool: return type == .text("boolean")
    case .number(let number):
      return type == .text("number") || (type == .text("integer") && number.value == number.value.rounded())
    case .text: return type == .text("string")
    case .list: return type == .text("array")
    case .map: return type == .text("object")
    }
  }
}
