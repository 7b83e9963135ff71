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

  /// Looks at every run whose process is gone; a run that cannot be read is left for the next time.
  package static func clear(_ runs: RunStore, now: Timestamp) -> [Found] {
    guard let dead = try? runs.deadRuns() else { return [] }
    var found: [Found] = []
    for run in dead {
      let events = try? runs.events(of: run.id).events
      let ended = Remains.end(
        carrying: ("PAWL_RUN", run.id), leaders: (events ?? []).compactMap(leader),
        printingInto: runs.actions.disk.absolute(runs[run.id].logsPath), grace: .seconds(2))
      var finished = 0
      if let events {
        let record = RunRecord(replaying: events)
        finished = record.entries.filter { $0.settlement?.outcome == .succeeded }.count
        if record.verdict == nil, let log = try? runs[run.id].openLog() {
          try? log.append(
            Event(
              sequence: record.lastSequence + 1, time: now, kind: .runFinished(.error, .surroundings)))
        }
      }
      run.clear()
      found.append(Found(run: run.id, ended: ended, finished: finished))
    }
    return found
  }

  /// The process that leads an attempt's session.
  private static func leader(_ event: Event) -> (pid: Int32, startTime: UInt64)? {
    guard case .attemptSpawned(_, _, let pid, let startTime) = event.kind else { return nil }
    return (pid, startTime)
  }
}
