package import PawlCore
import PawlSystem

/// A stage as it was when two of its results differed: while it is the same, none of its results is reused.
package struct Distrust: Sendable, Hashable {
  /// The run whose audit found it.
  package var run: String
  /// The instance that was audited; all of its stage are meant.
  package var instance: StageID
  /// Where the two results differed first, from the project root.
  package var path: String
  /// Of what the workflow said of the stage's command (`Stage.definition`).
  package var definition: Digest
  /// What it read and no stage made: paths and patterns from the project root.
  package var sources: [String]
  /// Of what those held.
  package var content: Digest

  package init(
    run: String, instance: StageID, path: String, definition: Digest, sources: [String], content: Digest
  ) {
    self.run = run
    self.instance = instance
    self.path = path
    self.definition = definition
    self.sources = sources
    self.content = content
  }
}

/// How often a stage's results were made again and compared, and what came of it.
package struct AuditHistory: Sendable, Hashable {
  /// `churn / train`: the workflow, and the stage without coordinates.
  package var stage: String
  package var audited = 0
  package var differed = 0
  /// Found since the stage was last declared trusted, the oldest first.
  package var distrusts: [Distrust] = []
}

/// What audits found: `.pawl/cache/audits.log`, one checksummed line each, only ever appended.
///
/// Torn lines are passed over: a lost one costs a mark, which a later audit makes again. Lines of a newer format say
/// nothing here, and `pawl cache gc` leaves them alone.
package struct AuditLog: Sendable {
  package struct Entry: Sendable, Hashable {
    package enum Finding: Sendable, Hashable {
      /// So often, the last time by the audit of this run.
      case same(run: String, times: Int = 1)
      case differs(Distrust)
      /// Somebody declared the stage trusted: what was found before counts no more.
      case trusted
    }

    /// `churn / train`: the workflow, and the stage without coordinates.
    package var stage: String
    package var finding: Finding

    package init(_ stage: String, _ finding: Finding) {
      self.stage = stage
      self.finding = finding
    }
  }

  package static let path = ".pawl/cache/audits.log"
  private let actions: FileActions

  package init(_ actions: FileActions) { self.actions = actions }

  /// Whose history it is: a stage of the same name in another workflow is another stage.
  package static func name(_ workflow: String, _ base: String) -> String { workflow + " / " + base }

  package func append(_ entry: Entry) throws(Failure) {
    try actions.appender(AuditLog.path).append(AuditLog.line(entry))
  }

  private static func line(_ entry: Entry) -> [UInt8] {
    var wire = WireWriter()
    wire.put("v", Wire.version)
    entry.put(into: &wire)
    return Frame.line(wire.bytes)
  }

  /// Ends every mark against a stage; no collector rewrites the log meanwhile.
  package func trust(_ stage: String) throws(Failure) {
    let lock = try CacheInventory.lock(actions, .shared)
    defer { lock.release() }
    try append(Entry(stage, .trusted))
  }

  /// Every entry that can be read, in the log's order.
  package func entries() throws(Failure) -> [Entry] { try lines().compactMap(\.entry) }

  /// One a stage, in the order in which they were first audited.
  package func histories() throws(Failure) -> [AuditHistory] {
    var order: [String] = []
    var found: [String: AuditHistory] = [:]
    for entry in try entries() {
      if found[entry.stage] == nil { order.append(entry.stage) }
      var history = found[entry.stage] ?? AuditHistory(stage: entry.stage)
      switch entry.finding {
      case .same(_, let times): history.audited += times
      case .differs(let distrust):
        history.audited += 1
        history.differed += 1
        history.distrusts.append(distrust)
      case .trusted: history.distrusts = []
      }
      found[entry.stage] = history
    }
    return order.compactMap { found[$0] }
  }

  /// Writes the log anew without torn lines and without what it says of stages that are not known any more, and with
  /// one line for all results of a stage that were the same; for a collector, while nobody runs.
  func compact(isKnown: (String) -> Bool) throws(Failure) {
    let all = try lines()
    var same: [String: (run: String, times: Int)] = [:]
    var kept: [[UInt8]] = []
    for line in all where line.isWhole {
      guard let entry = line.entry else {
        kept.append(line.bytes + [0x0A])
        continue
      }
      if !isKnown(entry.stage) { continue }
      if case .same(let run, let times) = entry.finding {
        same[entry.stage] = (run, times + (same[entry.stage]?.times ?? 0))
      } else {
        kept.append(line.bytes + [0x0A])
      }
    }
    for (stage, found) in same.sorted(by: { $0.key < $1.key }) {
      kept.append(AuditLog.line(Entry(stage, .same(run: found.run, times: found.times))))
    }
    if kept.count < all.count { try actions.replace(AuditLog.path, Array(kept.joined())) }
  }

  /// nil in place of an entry that is torn or of another format.
  private func lines() throws(Failure) -> [(bytes: ArraySlice<UInt8>, isWhole: Bool, entry: Entry?)] {
    guard let bytes = try actions.disk.read(AuditLog.path) else { return [] }
    return bytes.split(separator: 0x0A).map { line in
      guard let body = Frame.body(of: line) else { return (line, false, nil) }
      guard let value = Wire.value(of: body), Wire.version(of: value) == Wire.version else { return (line, true, nil) }
      return (line, true, try? Entry(wire: value))
    }
  }
}
