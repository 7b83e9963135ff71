/// One stage's keys in two runs.
package struct KeyComparison: Sendable {
  /// A key, and what it covers.
  package struct Side: Sendable {
    package var key: Digest?
    package var fingerprint: Fingerprint?

    package init(_ settlement: Settlement?) {
      key = settlement?.key
      fingerprint = settlement?.fingerprint
    }
  }

  /// The parts of one kind and name where the two runs differ.
  package struct Change: Sendable, Hashable {
    package var old: [Fingerprint.Part]
    package var new: [Fingerprint.Part]
  }

  package var stage: StageID
  /// nil: the run has no such stage.
  package var now: Side?
  package var was: Side?
  /// In the order of the parts; empty where one side has no key.
  package var changes: [Change] = []

  package init(_ stage: StageID, now: Side?, was: Side?) {
    self.stage = stage
    self.now = now
    self.was = was
    if let new = now?.fingerprint, let old = was?.fingerprint { changes = KeyComparison.changes(new, old) }
  }

  /// Every stage of either record for which `isWanted` holds: this record's in its order, then what only the other has.
  package static func all(
    _ record: RunRecord, against other: RunRecord, isWanted: (PlannedStage) -> Bool
  ) -> [KeyComparison] {
    let here = record.entries.filter { isWanted($0.planned) }
    let gone = other.entries.filter { isWanted($0.planned) && record[$0.planned.id] == nil }
    return here.map { entry in
      KeyComparison(
        entry.planned.id, now: Side(entry.settlement), was: other[entry.planned.id].map { Side($0.settlement) })
    } + gone.map { KeyComparison($0.planned.id, now: nil, was: Side($0.settlement)) }
  }

  private static func changes(_ new: Fingerprint, _ old: Fingerprint) -> [Change] {
    var names: [(kind: Fingerprint.Part.Kind, name: String)] = []
    // Both are sorted, so that parts of one name stand beside each other.
    for part in (new.parts + old.parts).sorted() where names.last.map({ $0 != (part.kind, part.name) }) ?? true {
      names.append((part.kind, part.name))
    }
    func side(_ print: Fingerprint) -> [String: [Fingerprint.Part]] {
      Dictionary(grouping: print.parts) { $0.kind.rawValue + "\n" + $0.name }
    }
    let (before, after) = (side(old), side(new))
    return names.compactMap { name in
      let place = name.kind.rawValue + "\n" + name.name
      let change = Change(old: before[place] ?? [], new: after[place] ?? [])
      return change.old == change.new ? nil : change
    }
  }
}
