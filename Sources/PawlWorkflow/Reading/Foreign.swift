/// Where a key belongs that stands in the wrong mapping.
enum Foreign {
  static func place(of name: String, outside table: KeyTable) -> String? {
    // `metric` beside `metrics` is a slip of the pen, whatever else it means elsewhere.
    if table[name + "s"] != nil { return "did you mean `\(name)s`?" }
    let kinds = Kinds.all
    if table.name == TopKeys.table.name {
      return JobKeys.evaluateTable[name] == nil ? nil : "put it into a stage, under `stages:`"
    }
    if table.name == JobKeys.defaults.name {
      return JobKeys.evaluateTable[name] == nil ? nil : "it cannot be a default; say it in each stage"
    }
    guard kinds.contains(where: { $0.keys.name == table.name }) else { return nil }
    let homes = kinds.filter { $0.keys[name] != nil }.map { "`\($0.name)`" }
    if !homes.isEmpty { return "it belongs to a stage of kind " + homes.joined(separator: " or ") }
    if GateKeys.rule[name] != nil { return "it belongs into a rule of a gate" }
    return TopKeys.table[name] == nil ? nil : "it belongs to the workflow, beside `stages:`"
  }
}
