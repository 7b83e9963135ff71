package import PawlCore
import PawlFormats
package import PawlSystem

/// What a run would promote: the record as far as it is known, and the gate that judged it.
package struct Draft: Sendable {
  /// The judging gate's name.
  package var gate: String
  /// Whose store and name; nil when the gate compares with no named baseline.
  package var reference: BaselineReference?
  /// `id`, `parents` and what is known only at promotion are empty.
  package var record: BaselineRecord

  package init(gate: String, reference: BaselineReference?, record: BaselineRecord) {
    self.gate = gate
    self.reference = reference
    self.record = record
  }

  private static let folder = "evidence"

  /// Keeps the draft with the run, so that it can be promoted later.
  package func write(to run: RunFolder, _ disk: Disk) throws(Failure) {
    let folder = run.path + "/" + Draft.folder
    try disk.makeFolder(folder)
    var record = record
    record.id = run.id
    let base = folder + "/" + RunFolder.escaped(gate)
    // The record last: where it stands, all of the draft does.
    if let reference {
      try disk.write(base + ".target.json", Array((Draft.target(reference).json + "\n").utf8))
    }
    try disk.write(base + ".record.json", BaselineStore.encode(record))
  }

  /// The drafts that a run kept, by gate; none when it judged none.
  package static func read(_ run: RunFolder, _ disk: Disk) throws(Failure) -> [Draft] {
    var drafts: [Draft] = []
    let folder = run.path + "/" + Draft.folder
    let ending = ".record.json"
    for entry in try disk.list(folder) where entry.name.hasSuffix(ending) {
      let path = folder + "/" + entry.name
      guard let bytes = try disk.read(path) else { continue }
      let record = try BaselineStore.decode(bytes, file: path)
      let gate = String(entry.name.dropLast(ending.count))
      let target = folder + "/" + gate + ".target.json"
      var reference: BaselineReference?
      if let bytes = try disk.read(target) { reference = Draft.reference(try JSON.read(bytes, file: target)) }
      drafts.append(Draft(gate: gate, reference: reference, record: record))
    }
    return drafts
  }

  /// Only a named baseline can be promoted to, so only that is kept.
  private static func target(_ reference: BaselineReference) -> Value {
    var entries: [Value.Entry] = []
    if case .named(let name) = reference.origin { entries.append(.init("name", .text(name))) }
    entries.append(.init("store", .text(reference.store)))
    entries.append(.init("keep-predictions", .number(Number(Double(reference.keepPredictions)))))
    entries.append(.init("keep-model", .number(Number(Double(reference.keepModel)))))
    return .map(entries)
  }

  private static func reference(_ target: Value) -> BaselineReference? {
    guard case .text(let name)? = target["name"], case .text(let store)? = target["store"] else { return nil }
    var reference = BaselineReference(.named(name), store: store)
    if case .number(let bytes)? = target["keep-predictions"] {
      reference.keepPredictions = Int(exactly: bytes.value) ?? 0
    }
    if case .number(let bytes)? = target["keep-model"] { reference.keepModel = Int(exactly: bytes.value) ?? 0 }
    return reference
  }
}
