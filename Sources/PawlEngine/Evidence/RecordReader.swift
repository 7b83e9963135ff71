import PawlCore
import PawlGate
import PawlSystem

/// Reads the evidence that production records and runs hold: numbers from the record, rows from its folder or the cache.
struct RecordReader: Sendable {
  let objects: ObjectStore
  /// Where a record lies; nil for one of a run.
  let store: @Sendable (BaselineRecord) -> BaselineStore?

  /// A recorded replicate; without `spec` only its numbers.
  func replicate(
    _ record: BaselineRecord, _ recorded: RecordedEvidence, _ spec: Predictions?, name: String
  ) -> Replicate {
    var replicate = Replicate(name: name, measurements: recorded.metrics)
    guard let rows = recorded.predictions, var spec else { return replicate }
    spec.path = rows.path
    do throws(Failure) {
      guard let bytes = try content(rows, of: record) else {
        replicate.problem = missingRows(rows, record)
        return replicate
      }
      replicate.measurements = recorded.metrics.filter { $0.file != nil }
      replicate.rows = try RowTable.read(
        bytes, spec: spec,
        file: RecordReader.isOfRun(record)
          ? "run \(RunName.short(record.run)): \(rows.path)"
          : "baseline \(record.name): \(rows.path)", needsSlices: false)
      replicate.files = [rows.path]
    } catch {
      replicate.problem = error.diagnostics.first
    }
    return replicate
  }

  /// A run's draft is no promoted record yet.
  static func isOfRun(_ record: BaselineRecord) -> Bool { record.id == record.run }

  /// Why recorded rows cannot be read. Where the record has one replicate and only their digest, its numbers are left:
  /// the gate compares with a number and says so. Numbers of several seeds would hide that rows vary.
  private func missingRows(_ rows: Made, _ record: BaselineRecord) -> Diagnostic? {
    let whose =
      RecordReader.isOfRun(record) ? "run `\(RunName.short(record.run))`" : "baseline `\(record.name)`"
    if let file = record.stored[rows.digest] {
      return Diagnostic(
        "baseline.content-damaged", "`\(file)` of \(whose) is missing or not what was promoted",
        remedy: "`git checkout` brings it back; `pawl baseline verify` names every such file")
    }
    if record.evidence.count == 1 { return nil }
    return Diagnostic(
      "baseline.rows-gone",
      "the rows of \(whose) are neither in its record nor in the cache (\(rows.digest.hex.prefix(16))…)",
      remedy: "raise `keep: { predictions: … }` before the next promotion, or judge where the cache has them")
  }

  private func content(_ made: Made, of record: BaselineRecord) throws(Failure) -> [UInt8]? {
    if let bytes = try store(record)?.content(record, made.digest) { return bytes }
    return try objects.read(made.digest)
  }

  /// What the newest promoted records of a chain measured of an evidence, oldest first, at most `last` of them.
  ///
  /// A rollback promotes the numbers of an older run again: they count once.
  /// - Parameter today: which test data the candidate has.
  static func history(
    _ chain: [BaselineRecord], of exhibit: String, last: Int, today: Digest?
  ) -> [HistoricRun] {
    var runs: [HistoricRun] = []
    var seen: Set<String> = []
    for record in chain where runs.count < last {
      let recorded = record.evidence.filter { $0.exhibit == exhibit }
      guard !recorded.isEmpty, seen.insert(record.run).inserted else { continue }
      let before = recorded.map(\.testData)
      var isOther: Bool?
      if let today, !before.contains(nil) { isOther = before.contains { $0 != today } }
      runs.append(HistoricRun(BaselineUse(record), replicates: recorded.map(\.metrics), isOtherData: isOther))
    }
    return runs.reversed()
  }

  /// Why a history rule has no history.
  static func historyProblem(_ policy: GatePolicy, _ state: BaselineHeads.State?) -> Diagnostic? {
    let place = policy.rules.first { if case .history = $0.comparison { true } else { false } }?.location
    func problem(_ message: String) -> Diagnostic {
      Diagnostic(
        "baseline.no-history", message, at: place,
        remedy: "name a baseline of a store, such as `baseline: production`")
    }
    switch state {
    case .nothing(let diagnostic), .unusable(let diagnostic): return diagnostic
    case nil: return problem("there is no baseline, so there is no history of promoted records")
    case .tree, .file: return problem("`\(policy.baseline?.name ?? "")` has no history of promoted records")
    case .one(let record):
      return isOfRun(record)
        ? problem("`\(policy.baseline?.name ?? "")` has no history of promoted records") : nil
    }
  }
}

extension BaselineUse {
  init(_ record: BaselineRecord, name: String? = nil, isRescored: Bool = false) {
    self.init(
      name: name ?? record.name, run: record.run, commit: record.commit, time: record.time, isRescored: isRescored,
      record: record.id)
  }
}
