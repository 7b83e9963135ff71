import PawlCore

/// Where a report's numbers come from, for the last line of every format.
enum Provenance {
  struct Fact {
    var name: String
    var value: String
  }

  static func facts(_ record: RunRecord) -> [Fact] {
    let head = record.head
    var facts: [Fact] = []
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { facts.append(Fact(name: name, value: value)) }
    }
    add("run", head?.id)
    add("commit", head?.commit.map { $0 + (head?.isDirty == true ? " (with uncommitted changes)" : "") })
    add("workflow", head?.file)
    for use in record.gates.compactMap(\.baseline) where !facts.contains(where: { $0.value == baseline(use) }) {
      add("baseline", baseline(use))
    }
    for pin in record.gates.compactMap(\.pin) where !facts.contains(where: { $0.name == "policy" }) {
      add("policy", "\(pin.revision), \(pin.commit)" + (pin.isAbsent ? ", without this gate" : ""))
    }
    add("rows", record.gates.compactMap(Wording.evidence).first)
    for digest in testData(record) { add("test data", String(digest.hex.prefix(16))) }
    add("attempt", head?.attempt.map(String.init))
    add("started", record.started?.forReports)
    add("took", Numbers.duration(record.seconds))
    add("pawl", head?.version)
    return facts
  }

  private static func baseline(_ use: BaselineUse) -> String {
    let facts = [use.run.map { "run \($0)" }, use.commit, use.record].compactMap { $0 }
    return ([use.name] + facts).joined(separator: ", ") + (use.isRescored ? ", scored again" : "")
  }

  /// Each digest of test data once, in the order of the stages.
  static func testData(_ record: RunRecord) -> [Digest] {
    var found: [Digest] = []
    for digest in record.shownEntries.compactMap({ $0.settlement?.testData }) where !found.contains(digest) {
      found.append(digest)
    }
    return found
  }
}
