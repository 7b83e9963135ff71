/// Where a key belongs that stands in the wrong mapping.
enum Foreign {
  static func place(of name: String, outside table: KeyTable) -> String? {
    guard Suggestable.stages.contains(where: { $0.name == table.name }) else {
      return table.name == TopKeys.table.name && JobKeys.run.names.contains(name) && Key.isOnlyOfStages(name)
        ? "put it into a stage, under `stages:`" : nil
    }
    let homes = Suggestable.stages.filter { $0[name] != nil }.map { $0.name.split(separator: " ").first.map(String.init) ?? "" }
    if homes.isEmpty { return GateKeys.rule[name] != nil ? "it belongs into a rule of a gate" : nil }
    return "it belongs to a stage of kind " + homes.map { "`\($0)`" }.joined(separator: " or ")
  }
}

private enum Suggestable {
  /// Named after their kind: `evaluate stage`.
  static var stages: [KeyTable] { Kinds.all.map { $0.keys } }
}

extension Key {
  fileprivate static func isOnlyOfStages(_ name: String) -> Bool { !TopKeys.table.names.contains(name) }
}
