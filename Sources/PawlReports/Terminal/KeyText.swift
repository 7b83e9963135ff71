package import PawlCore

/// `pawl show --keys`: what each stage's result depends on, one part a line, in an order that `diff` likes.
package enum KeyText {
  package static func lines(_ entries: [RunRecord.Entry]) -> [String] {
    entries.flatMap { entry -> [String] in
      guard let key = entry.settlement?.key else { return [none(entry)] }
      return ["key \(Escaping.terminal(entry.planned.id.name)) \(key.hex)"]
        + (entry.settlement?.fingerprint?.parts ?? []).map { "  " + Escaping.terminal($0.line) }
    }
  }

  /// Only what differs: `-` as it was in the other run, `+` as it is in this one.
  ///
  /// - Parameter other: the other run's name, as people type it.
  package static func changes(_ comparisons: [KeyComparison], other: String) -> [String] {
    comparisons.flatMap { comparison -> [String] in
      let name = Escaping.terminal(comparison.stage.name)
      let run = "run \(Wording.short(other))"
      switch (comparison.now?.key, comparison.was?.key) {
      case (let now?, let was?) where now == was: return ["key \(name) \(now.hex), the same in \(run)"]
      case (let now?, let was?):
        return ["key \(name) \(now.hex), in \(run) \(was.hex)"]
          + comparison.changes.flatMap { change in
            change.old.map { "  - " + Escaping.terminal($0.line) }
              + change.new.map { "  + " + Escaping.terminal($0.line) }
          }
      case (let now?, nil): return ["key \(name) \(now.hex), none in \(run)"]
      case (nil, let was?): return ["key \(name) none, in \(run) \(was.hex)"]
      case (nil, nil): return ["key \(name) none in either run"]
      }
    }
  }

  private static func none(_ entry: RunRecord.Entry) -> String {
    let why = Wording.why(entry).first ?? Wording.ending(entry)
    return "key \(Escaping.terminal(entry.planned.id.name)) none: \(Escaping.terminal(why))"
  }
}
