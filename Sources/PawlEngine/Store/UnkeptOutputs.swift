package import PawlCore
import PawlSystem

/// What stages left at the paths of their outputs and the cache does not hold: half-made by a stage that failed, or
/// made by one that keeps nothing. `.pawl/cache/unkept.log`, one checksummed line a path, only ever appended.
///
/// A line holds how all that stands at the path looked to `stat` when its stage had ended. As long as it looks the same
/// nobody has written to it, so the next run may remove it without keeping it first; whatever looks otherwise may be
/// a person's work. A line that is lost, or was never written because the files were still young or too many, costs a
/// copy in the cache, never a file.
package final class UnkeptOutputs: Sendable {
  private struct State: Sendable {
    var file: Appender?
    /// Bytes of the log that are read: whole lines.
    var read = 0
    var looks: [String: Digest] = [:]
    var interrupted: [StageID: Interruption]?
  }

  /// A stage that was running when its run ended without a word.
  package struct Interruption: Sendable, Hashable {
    package var run: String
    package var since: Timestamp
  }

  private let actions: FileActions
  private let state = Guarded(State())

  static let path = ".pawl/cache/unkept.log"
  /// Runs that are looked through for one that was interrupted.
  private static let mostRuns = 20

  package init(_ actions: FileActions) { self.actions = actions }

  /// Remembers how what stands at a path looks now; nothing there is fine. The caller holds the path's lock.
  ///
  /// Times come in ticks: until the newest is some ticks old, a change could leave it alone. `patiently` waits so long;
  /// otherwise a program that writes as many bytes within the same hundredth of a second would not be seen. Times in
  /// the future are never trusted.
  package func note(_ path: String, of stage: StageID, in run: String, patiently: Bool = true) async {
    for attempt in 1...3 {
      let steady = WallClock.steadyBefore()
      guard let look = StatDigest(tree: path, on: actions.disk), let newest = look.newest else { return }
      if newest < steady || !patiently && newest < steady + 40_000_000 { return add(path, look.digest, stage, run) }
      if attempt < 3, patiently { try? await Task.sleep(for: .milliseconds(25)) }
    }
  }

  /// Whether what stands at a path is what its stage left there, untouched since.
  package func holds(_ path: String) -> Bool {
    let known = state.change { state in
      readTail(&state)
      return state.looks[path]
    }
    guard let known else { return false }
    return StatDigest(tree: path, on: actions.disk)?.digest == known
  }

  /// The run that was making a stage's outputs when it was interrupted, if that is the last that became of the stage.
  package func interruption(of stage: StageID, workflow: String, besides own: String?) -> Interruption? {
    state.change { state in
      let known = state.interrupted ?? interruptions(workflow, besides: own)
      state.interrupted = known
      return known[stage]
    }
  }

  private func interruptions(_ workflow: String, besides own: String?) -> [StageID: Interruption] {
    let runs = RunStore(actions)
    var (settled, found): (Set<StageID>, [StageID: Interruption]) = ([], [:])
    for id in ((try? runs.ids()) ?? []).prefix(UnkeptOutputs.mostRuns) where id != own && !runs.isAlive(id) {
      guard let events = try? runs.events(of: id).events else { continue }
      let record = RunRecord(replaying: events)
      guard record.head?.workflow == workflow else { continue }
      for entry in record.entries where found[entry.planned.id] == nil {
        guard !settled.contains(entry.planned.id), let since = entry.started else { continue }
        if entry.settlement == nil {
          found[entry.planned.id] = Interruption(run: id, since: since)
        } else {
          settled.insert(entry.planned.id)
        }
      }
    }
    return found
  }

  private func add(_ path: String, _ look: Digest, _ stage: StageID, _ run: String) {
    var wire = WireWriter()
    wire.put("v", Wire.version)
    wire.put("path", path)
    wire.put("look", look)
    wire.put("stage", stage)
    wire.put("run", run)
    let line = Frame.line(wire.bytes)
    state.change { state in
      if state.file?.file.isCurrent != true { state = State(file: try? actions.appender(UnkeptOutputs.path)) }
      try? state.file?.append(line)
    }
  }

  /// Takes in what was appended since, by this process or another; starts anew when the file was replaced.
  private func readTail(_ state: inout State) {
    if state.file?.file.isCurrent != true {
      let interrupted = state.interrupted
      state = State(interrupted: interrupted)
      guard actions.disk.exists(UnkeptOutputs.path) else { return }
      state.file = try? actions.appender(UnkeptOutputs.path)
    }
    guard let file = state.file, let length = try? file.file.length(), length > state.read,
      let tail = try? file.file.read(from: state.read)
    else { return }
    let whole = tail.prefix((tail.lastIndex(of: 0x0A) ?? -1) + 1)
    for entry in UnkeptOutputs.entries(whole) { state.looks[entry.path] = entry.look }
    state.read += whole.count
  }

  private static func entries(_ bytes: ArraySlice<UInt8>) -> [(path: String, look: Digest, line: ArraySlice<UInt8>)] {
    bytes.split(separator: 0x0A).compactMap { line in
      guard let body = Frame.body(of: line), let value = Wire.value(of: body), Wire.version(of: value) == Wire.version,
        let path: String = try? value.get("path"), let look: Digest = try? value.get("look")
      else { return nil }
      return (path, look, line)
    }
  }

  /// Writes the log anew without lines of what is gone, changed or replaced by a later line; for when no run lives.
  static func compact(_ actions: FileActions) throws(Failure) {
    guard let bytes = try actions.disk.read(path), !bytes.isEmpty else { return }
    let entries = entries(bytes[...])
    var newest: [String: Int] = [:]
    for (index, entry) in entries.enumerated() { newest[entry.path] = index }
    var lines: [UInt8] = []
    for (index, entry) in entries.enumerated() where newest[entry.path] == index {
      if StatDigest(tree: entry.path, on: actions.disk)?.digest == entry.look { lines += entry.line + [0x0A] }
    }
    if lines.count < bytes.count { try actions.replace(path, lines) }
  }
}
