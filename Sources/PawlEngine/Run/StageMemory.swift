package import PawlCore
import PawlSystem

/// What is known of earlier results: the cache first, then the baseline's record, which is the lock (contract §3).
package struct StageMemory: Sendable {
  package let workspace: Workspace
  package let keyring: Keyring
  package let cache: StageCache
  package let objects: ObjectStore
  /// What stages left that `objects` does not hold.
  package let unkept: UnkeptOutputs
  /// Records of the baselines that this workflow's gates name.
  package let records: [(store: BaselineStore, record: BaselineRecord)]
  package let skipsCache: Bool
  /// The workflow's name: a stage of the same name elsewhere is another stage.
  let scope: String
  /// Stages whose results are not reused, as it was when this memory was opened: a run holds one view of them.
  let distrusts: [String: [Distrust]]
  private let now: @Sendable () -> Timestamp

  package init(
    scope: String, workspace: Workspace, keyring: Keyring, cache: StageCache, objects: ObjectStore,
    records: [(store: BaselineStore, record: BaselineRecord)], skipsCache: Bool,
    now: @escaping @Sendable () -> Timestamp = { WallClock.now() }
  ) throws(Failure) {
    self.scope = scope
    self.workspace = workspace
    self.keyring = keyring
    self.cache = cache
    self.objects = objects
    unkept = UnkeptOutputs(objects.actions)
    self.records = records
    self.skipsCache = skipsCache
    self.now = now
    let histories = try AuditLog(objects.actions).histories()
    distrusts = Dictionary(
      uniqueKeysWithValues: histories.filter { !$0.distrusts.isEmpty }.map { ($0.stage, $0.distrusts) })
  }

  /// What a stage's memory says, with the fingerprint it was asked for.
  package struct Answer: Sendable {
    package var fingerprint: Fingerprint
    package var key: Digest
    package var recall: Recall
    /// The baseline whose record says so, where the cache does not know it yet.
    package var baseline: String?
    /// The earlier result that is to be made again and compared.
    package var audited: Kept?
    /// How far others had come in the log of stages when it was asked.
    package var mark: StageCache.Mark
  }

  /// `upstream` holds what producers made, by path.
  package func recall(_ stage: Stage, upstream: [String: Made]) async throws(Failure) -> Answer {
    let fingerprint = try await keyring.fingerprint(of: stage, upstream: upstream)
    let key = Keyring.key(of: fingerprint)
    let mark = await cache.mark()
    func answer(_ recall: Recall, baseline: String? = nil) -> Answer {
      Answer(fingerprint: fingerprint, key: key, recall: recall, baseline: baseline, mark: mark)
    }
    if let never = never(stage) { return answer(.absent([never])) }
    if !skipsCache, let distrust = distrust(of: stage) { return answer(.absent([distrust])) }
    if !skipsCache, let kept = await cache.lookup(key) {
      if let stale = stale(kept, stage) { return answer(.absent([stale])) }
      if workspace.holds(kept.outputs) { return answer(.inPlace(kept)) }
      if kept.outputs.allSatisfy({ objects.has($0) }) { return answer(.stored(kept)) }
      if let recorded = recorded(key) { return answer(await place(recorded.kept), baseline: recorded.baseline) }
      return answer(.absent(missing(kept)))
    }
    if !skipsCache, let recorded = recorded(key) {
      if let stale = stale(recorded.kept, stage) { return answer(.absent([stale])) }
      return answer(await place(recorded.kept), baseline: recorded.baseline)
    }
    return answer(.absent(await why(stage, fingerprint)))
  }

  /// Puts a kept result's outputs where they belong; those that stand there already are left alone.
  ///
  /// What stands in the way and is nowhere else is first kept in the cache; its paths and digests are the answer.
  package func restore(_ kept: Kept, for stage: StageID) async throws(Failure) -> [Made] {
    var saved: [Made] = []
    for made in kept.outputs where !workspace.holds([made]) {
      if !unkept.holds(made.path), let other = try workspace.made(made.path), !(try objects.renew(other)),
        !(await madeLast(other, by: stage))
      {
        try objects.keep(path: other.path, made: other)
        saved.append(other)
      }
      if try await place(made, at: made.path) { continue }
      throw Failure(
        Diagnostic(
          "engine.not-in-store", "the content of `\(made.path)` is neither in the cache nor in the baseline's record",
          remedy: "run again with `--force`"))
    }
    return saved
  }

  /// Content from the cache, else from a record; false when neither has it whole.
  private func place(_ made: Made, at path: String) async throws(Failure) -> Bool {
    if objects.has(made) {
      try objects.place(made, at: path)
      return true
    }
    for (store, record) in records where record.stored[made.digest] != nil {
      if try store.place(record, made, at: path, on: workspace.disk) { return true }
    }
    return false
  }

  /// Puts a recorded model where a twin reads it: `engine.model-gone` when its content cannot be had.
  package func placeModel(_ digest: Digest, at path: String) async throws(Failure) {
    for (_, record) in records {
      guard let model = record.evidence.flatMap(\.models).first(where: { $0.digest == digest }) else { continue }
      if try await place(model, at: path) { return }
      throw Failure(
        Diagnostic(
          "engine.model-gone",
          "the baseline's model `\(model.path)` (\(digest.hex.prefix(16))…) is neither in its record nor in the cache",
          remedy: "run where the cache has it, or raise `keep: { model: … }` before the next promotion"))
    }
    throw Failure(Diagnostic("engine.model-gone", "no record names the model \(digest.hex.prefix(16))…"))
  }

  /// Stores the outputs and the line that says the stage is done.
  ///
  /// False for a stage that is never cached, and where the cache is not wanted.
  @discardableResult package func keep(_ stage: Stage, _ kept: Kept) async throws(Failure) -> Bool {
    if skipsCache || !keeps(stage) { return false }
    for made in kept.outputs { try objects.keep(path: made.path, made: made) }
    try await cache.append(scoped(stage.id), kept)
    return true
  }

  /// Whether evidence that only a record remembers can still be read: its rows are in the record or in the cache.
  package func holdsEvidence(of key: Digest) -> Bool {
    for (_, record) in records {
      guard let evidence = record.evidence.first(where: { $0.key == key }) else { continue }
      guard let rows = evidence.predictions else { return true }
      return record.stored[rows.digest] != nil || objects.has(rows)
    }
    return false
  }

  /// What the record that holds a key says was made, and whose record it is.
  private func recorded(_ key: Digest) -> (kept: Kept, baseline: String)? {
    for (_, record) in records {
      guard let stage = record.stages.first(where: { $0.key == key }) else { continue }
      let evidence = record.evidence.first { $0.key == key }
      let kept = Kept(
        key: key, fingerprint: stage.fingerprint, outputs: stage.outputs, testData: evidence?.testData, seconds: 0,
        run: record.run)
      return (kept, record.name)
    }
    return nil
  }

  private func place(_ kept: Kept) async -> Recall {
    if workspace.holds(kept.outputs) { return .inPlace(kept) }
    let canBeHad = kept.outputs.allSatisfy { made in
      objects.has(made) || records.contains { $0.record.stored[made.digest] != nil }
    }
    return canBeHad ? .stored(kept) : .recorded(kept)
  }

  /// The newest result of a stage of this workflow, whatever its key.
  package func latest(of id: StageID) async -> Kept? { await cache.latest(of: scoped(id)) }

  /// Whether content is what a stage made when it was last kept, although a collector may have freed its room since.
  func madeLast(_ made: Made, by stage: StageID) async -> Bool {
    await latest(of: stage)?.outputs.contains { $0.path == made.path && $0.digest == made.digest } ?? false
  }

  private func scoped(_ id: StageID) -> StageID { StageID(scope + " / " + id.name) }

  /// Whether a stage's result is kept at all.
  package func keeps(_ stage: Stage) -> Bool { never(stage) == nil }

  private func never(_ stage: Stage) -> MissReason? {
    if stage.isFinal { return .final }
    if stage.evaluation?.rescore == .always { return .neverCached("rescore: always") }
    if !stage.isCacheable { return .neverCached("no-cache") }
    if stage.inputs.isEmpty, stage.outputs.isEmpty { return .neverCached("neither inputs nor outputs") }
    return nil
  }

  /// Whether a result is older than its stage allows; the age counts from the run that made it.
  private func stale(_ kept: Kept, _ stage: Stage) -> MissReason? {
    guard let limit = stage.maxAge else { return nil }
    let age = RunName.time(of: kept.run).map { max(0, now().seconds - $0.seconds) } ?? .infinity
    return age > limit ? .stale(age: age, limit: limit) : nil
  }

  private func missing(_ kept: Kept) -> [MissReason] {
    let gone = kept.outputs.filter { !workspace.holds([$0]) }
    return gone.isEmpty ? [.firstTime] : gone.map { .outputMissing($0.path) }
  }

  /// Compared with the newest result of the same stage here, else with the record's.
  private func why(_ stage: Stage, _ fingerprint: Fingerprint) async -> [MissReason] {
    var old = await latest(of: stage.id)?.fingerprint
    if old == nil {
      old = records.lazy.compactMap { $0.record.stages.first { $0.id == stage.id }?.fingerprint }.first
    }
    guard let old else { return [.firstTime] }
    let changes = fingerprint.changes(since: old)
    // An older result with the same key is gone from the cache.
    if changes.isEmpty { return [skipsCache ? .cacheOff : .firstTime] }
    return changes
  }
}
