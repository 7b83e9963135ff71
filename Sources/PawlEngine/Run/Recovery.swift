package import PawlCore
import PawlSystem

/// After `kill -9`: ends what a dead run left alive, and closes its log.
package enum Recovery {
  /// What was found of one dead run.
  package struct Found: Sendable, Hashable {
    package var run: String
    /// Processes that were still alive and were ended, by name.
    package var ended: [String]
    /// Stages that had finished, which the cache keeps.
    package var finished: Int
  }

  /// What was found, and warnings of what is left for the next time.
  package struct Outcome: Sendable {
    package var found: [Found] = []
    package var problems: [Diagnostic] = []
  }

  /// Looks at every run whose process is gone; one whose log cannot be closed is left for the next time.
  package static func clear(_ runs: RunStore, now: Timestamp) -> Outcome {
    var outcome = Outcome()
    if !runs.hasOthers(than: nil) { return outcome }
    do throws(Failure) {
      // Who comes second goes on only when the first is done.
      let turn = try runs.guardClearing()
      defer { turn.release() }
      for run in try runs.deadRuns() {
        do throws(Failure) { try clear(run, runs, now, &outcome) } catch { outcome.add(error) }
      }
    } catch {
      outcome.add(error)
    }
    return outcome
  }

  private static func clear(
    _ run: DeadRun, _ runs: RunStore, _ now: Timestamp, _ outcome: inout Outcome
  ) throws(Failure) {
    var events: [Event] = []
    do throws(Failure) { events = try runs.events(of: run.id).events } catch { outcome.add(error) }
    let ended = Remains.end(
      carrying: ("PAWL_RUN", run.id), leaders: events.compactMap(leader),
      printingInto: runs.actions.disk.absolute(runs[run.id].logsPath), grace: .seconds(2))
    let record = RunRecord(replaying: events)
    // One that said its last word only left its marker behind.
    if record.verdict == nil || !ended.isEmpty {
      let finished = record.entries.filter { $0.settlement?.outcome == .succeeded }.count
      outcome.found.append(Found(run: run.id, ended: ended, finished: finished))
    }
    if record.verdict == nil, !events.isEmpty {
      try runs[run.id].openLog().append(
        Event(sequence: record.lastSequence + 1, time: now, kind: .runFinished(.error, .surroundings)))
    }
    run.clear()
  }

  /// The process that leads an attempt's session.
  private static func leader(_ event: Event) -> (pid: Int32, startTime: UInt64)? {
    guard case .attemptSpawned(_, _, let pid, let startTime) = event.kind else { return nil }
    return (pid, startTime)
  }
}

extension Recovery.Outcome {
  /// What it could not do keeps no run from its work.
  fileprivate mutating func add(_ failure: Failure) {
    problems += failure.warnings(remedy: "what an interrupted run left is cleared by the next `pawl run`")
  }
}
