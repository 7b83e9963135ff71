package import PawlCore
package import PawlSystem

/// The runs of a project, under `.pawl/runs/<id>/`: logs of events, output of stages, reports.
///
/// Each run is a fault domain of its own: one that cannot be read never hides another.
package struct RunStore: Sendable {
  /// One run in a list, from the first and the last line of its log.
  package struct Summary: Sendable, Hashable {
    package var id: String
    package var workflow: String
    package var started: Timestamp
    /// From the first event to the last.
    package var seconds: Double
    package var commit: String?
    /// Nil while the run lives, and for one that died and was not yet cleared.
    package var verdict: RunVerdict?
    package var exitStatus: ExitStatus?
    package var isAlive: Bool
    /// How often it was asked for again with nothing to do.
    package var repeats: Int
  }

  let actions: FileActions
  private let folder = ".pawl/runs"

  package init(disk: Disk) { self.init(FileActions(disk)) }

  package init(_ actions: FileActions) { self.actions = actions }

  /// A new run's name, `20261124T073005123Z-3f9a1c`: sorts by time, unique by chance.
  package static func newID(at time: Timestamp) -> String { "\(time.compact)-\(Random.identifier().prefix(6))" }

  /// Makes the folder of a run.
  package func create(_ id: String) throws(Failure) -> RunFolder {
    try actions.makeFolder("\(folder)/\(id)")
    return self[id]
  }

  /// The folder of a run, whether it exists or not.
  package subscript(id: String) -> RunFolder { RunFolder(id: id, path: "\(folder)/\(id)", actions) }

  /// All names, newest first.
  package func ids() throws(Failure) -> [String] {
    try actions.disk.list(folder).filter { $0.kind == .folder }.map(\.name).sorted(by: >)
  }

  /// The newest runs first, at most `limit` of them; runs whose log cannot be read are left out.
  package func list(limit: Int = 50) throws(Failure) -> [Summary] {
    var summaries: [Summary] = []
    for id in try ids() where summaries.count < limit {
      if let summary = self[id].summary(isAlive: isAlive(id)) { summaries.append(summary) }
    }
    return summaries
  }

  /// Everything a run's log holds; with caveats where it is damaged.
  package func events(of id: String) throws(Failure) -> Wire.Reading { try self[id].read() }

  /// Wall seconds that stages of a workflow took when they last succeeded, as far as its newest runs know; speed only.
  package func durations(of stages: Set<StageID>, in workflow: String) -> [StageID: Double] {
    var found: [StageID: Double] = [:]
    guard !stages.isEmpty, let newest = try? ids().prefix(10) else { return found }
    var left = 3
    for id in newest where left > 0 && found.count < stages.count {
      guard self[id].summary(isAlive: false)?.workflow == workflow else { continue }
      left -= 1
      for event in (try? events(of: id).events) ?? [] {
        guard case .stageSettled(let id, let settlement) = event.kind, stages.contains(id), found[id] == nil,
          settlement.outcome == .succeeded
        else { continue }
        found[id] = settlement.usage?.seconds
      }
    }
    return found
  }

  /// The full name for `latest`, a unique prefix, or either after `run:`.
  package func resolve(_ text: String) throws(Failure) -> String {
    let wanted = text.hasPrefix("run:") ? String(text.dropFirst(4)) : text
    let known = try ids()
    if wanted == "latest" {
      for id in known where try self[id].hasBegun() { return id }
      throw Failure(.noRuns)
    }
    if known.contains(wanted) { return wanted }
    let fitting = wanted.isEmpty ? [] : known.filter { $0.hasPrefix(wanted) || RunName.short($0).hasPrefix(wanted) }
    switch fitting.count {
    case 1: return fitting[0]
    case 0: throw Failure(known.isEmpty ? .noRuns : .unknownRun(wanted, known))
    default: throw Failure(.ambiguousRun(wanted, fitting))
    }
  }
}

/// One run's folder.
package struct RunFolder: Sendable {
  package let id: String
  /// From the project root.
  package let path: String
  let actions: FileActions

  init(id: String, path: String, _ actions: FileActions) {
    self.id = id
    self.path = path
    self.actions = actions
  }

  package var eventsPath: String { path + "/events.jsonl" }
  package var reportsPath: String { path + "/reports" }
  package var logsPath: String { path + "/logs" }
  private var repeatsPath: String { path + "/repeats" }

  /// Where a stage's output goes, both streams together: `logs/train[seed=1].1`.
  package func logPath(_ stage: StageID, attempt: Int) -> String {
    "\(logsPath)/\(RunFolder.escaped(stage.name)).\(attempt)"
  }

  /// Where it is noted when which part of that log came; there is no such file for a log that came at once at the end.
  package func timesPath(_ stage: StageID, attempt: Int) -> String {
    "\(path)/times/\(RunFolder.escaped(stage.name)).\(attempt)"
  }

  /// Whether its log holds a first event: one that met a full disk at its start is no run yet.
  func hasBegun() throws(Failure) -> Bool {
    try Wire.readEnds(try actions.disk.read(eventsPath) ?? [], file: eventsPath).first != nil
  }

  /// Opens the log for this run's events; an existing one goes on behind its last whole line.
  package func openLog() throws(Failure) -> EventLog { try EventLog(actions, eventsPath) }

  /// The events so far; none when there is no log.
  package func read() throws(Failure) -> Wire.Reading {
    try Wire.read(try actions.disk.read(eventsPath) ?? [], file: eventsPath)
  }

  /// Notes that the run was asked for again with nothing to do: one line, no run of its own.
  package func noteRepeat(at time: Timestamp) throws(Failure) {
    var wire = WireWriter()
    wire.put("v", Wire.version)
    wire.put("t", time)
    try actions.appender(repeatsPath).append(Frame.line(wire.bytes))
  }

  /// When it was repeated, oldest first; torn lines are left out.
  package func repeats() throws(Failure) -> [Timestamp] {
    (try actions.disk.read(repeatsPath) ?? []).split(separator: 0x0A).compactMap { line in
      guard let body = Frame.body(of: line), let value = Wire.value(of: body) else { return nil }
      return try? value.get("t")
    }
  }

  /// Nil when the log holds no first event that can be read.
  func summary(isAlive: Bool) -> RunStore.Summary? {
    guard let bytes = try? actions.disk.read(eventsPath), let reading = try? Wire.readEnds(bytes, file: eventsPath),
      let first = reading.first, case .runPlanned(let head, _) = first.kind
    else { return nil }
    var summary = RunStore.Summary(
      id: id, workflow: head.workflow, started: first.time, seconds: 0, commit: head.commit, isAlive: isAlive,
      repeats: (try? repeats().count) ?? 0)
    if let last = reading.last {
      summary.seconds = max(0, last.time.seconds - first.time.seconds)
      if case .runFinished(let verdict, let status) = last.kind {
        summary.verdict = verdict
        summary.exitStatus = status
      }
    }
    return summary
  }

  /// Bytes outside `[A-Za-z0-9._=,[]-]` as `%XX` (contract §5).
  package static func escaped(_ name: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._=,[]-".utf8)
    let hex = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in name.utf8 {
      if plain.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Appends every event of a run to its log, one write a line; no `fsync`, as the contract says (§7).
package final class EventLog: EventSink {
  private let file: Appender

  init(_ actions: FileActions, _ path: String) throws(Failure) {
    file = try actions.appender(path)
    let bytes = try file.file.read(from: 0)
    let intact = try Wire.read(bytes, file: path).intactBytes
    if intact < bytes.count { try file.truncate(to: intact) }
  }

  package func receive(_ event: Event, _ record: RunRecord) throws(Failure) { try append(event) }

  /// Appends without a record, for the last line of a run that died.
  package func append(_ event: Event) throws(Failure) {
    let length = try file.file.length()
    do throws(Failure) { try file.append(Wire.line(event)) } catch {
      // Half a line would hide whatever is written after it.
      try? file.truncate(to: length)
      throw error
    }
  }
}

extension Diagnostic {
  fileprivate static var noRuns: Diagnostic {
    Diagnostic("store.no-runs", "there is no run yet", remedy: "`pawl run` makes one")
  }

  fileprivate static func unknownRun(_ wanted: String, _ known: [String]) -> Diagnostic {
    let near = Suggestion.nearest(to: wanted, in: known).map { "did you mean `\($0)`? " } ?? ""
    return Diagnostic(
      "store.unknown-run", "there is no run `\(wanted)`", cause: "the newest are " + named(known),
      remedy: near + "`pawl runs` lists them all")
  }

  fileprivate static func ambiguousRun(_ wanted: String, _ fitting: [String]) -> Diagnostic {
    Diagnostic(
      "store.ambiguous-run", "`\(wanted)` fits \(fitting.count) runs", cause: "they are " + named(fitting),
      remedy: "type more of the name, or `latest`")
  }

  private static func named(_ ids: [String]) -> String {
    let shown = ids.prefix(5).map { "`\($0)`" }.joined(separator: ", ")
    return ids.count > 5 ? "\(shown) and \(ids.count - 5) more" : shown
  }
}
