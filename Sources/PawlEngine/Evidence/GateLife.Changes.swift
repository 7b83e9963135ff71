import PawlCore

/// What changed since the baseline, in words for reports.
extension GateLife {
  /// Parameters and source files that differ from the record's; made files follow from them.
  func changes(since state: BaselineHeads.State?) -> [String] {
    guard case .one(let record)? = state else { return [] }
    var lines: [String] = []
    func add(_ line: String) { if !lines.contains(line) { lines.append(line) } }
    let produced = Set(settlements.values.flatMap(\.outputs).map(\.path))
    for old in record.stages {
      guard let now = settlements[old.id]?.fingerprint else { continue }
      for change in now.changes(since: old.fingerprint) {
        switch change {
        case .parameterChanged(let name, let was, let isNow): add("\(name) \(was ?? "–") → \(isNow ?? "–")")
        case .inputChanged(let path), .inputAdded(let path), .inputRemoved(let path):
          if !produced.contains(path) { add("`\(path)`") }
        case .environmentChanged(let name): add("variable `\(name)`")
        case .toolChanged(let name, _, _): add("tool `\(name)`")
        case .lockChanged(let name): add("packages of `environment.\(name)`")
        case .commandChanged: add("command of `\(context.plan[old.id]?.base ?? old.id.name)`")
        case .firstTime, .directoryChanged, .outputsDeclared, .platformChanged, .stale, .outputMissing,
          .upstream, .neededBy, .condition, .final, .cacheOff, .forced, .audited, .distrusted, .neverCached,
          .alwaysJudged:
          continue
        }
      }
    }
    // A parameter that is part of a command changes both: the parameter says it better.
    if lines.contains(where: { $0.contains(" → ") }) { lines.removeAll { $0.hasPrefix("command of ") } }
    return lines
  }

  /// What of evaluate differs from the record's, models, produced files and declared test data left out: its code, or
  /// data that nothing declares as such.
  func changedInputs(_ exhibit: Exhibit, since record: BaselineRecord) -> [String] {
    var changed: [String] = []
    for id in exhibit.candidate {
      guard let stage = context.plan[id], let now = settlements[id]?.fingerprint,
        let old = record.stages.first(where: { $0.id == id })?.fingerprint
      else { continue }
      let produced = Set((context.plan.producers[id] ?? []).flatMap { settlements[$0]?.outputs.map(\.path) ?? [] })
      let known = produced.union(stage.evaluation?.models ?? []).union(stage.evaluation?.testData ?? [])
      for change in now.changes(since: old) {
        var line: String?
        if case .inputChanged(let path) = change, !known.contains(path) { line = "`\(path)`" }
        if change == .commandChanged { line = "the command" }
        if let line, !changed.contains(line) { changed.append(line) }
      }
    }
    return changed
  }
}
