import CPawlSystem
import Glibc
import Synchronization

/// How to stop a job.
package enum StopKind: Sendable {
  /// TERM now, KILL after the job's grace.
  case gracefully
  /// KILL.
  case now
}

/// The means to stop one job from elsewhere; may be used before, while and after it runs.
package final class JobHandle: Sendable {
  private struct State {
    var wanted: StopKind?
    /// An eventfd that the job's thread waits on, while it does.
    var bell: Int32?
    var listeners: [(from: StopKind, tell: @Sendable () -> Void)] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// Asks the job to stop and returns at once; `.now` overrides `.gracefully`, never the other way.
  package func stop(_ how: StopKind) {
    let due = state.withLock { state in
      if state.wanted != .now { state.wanted = how }
      if let bell = state.bell {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
      }
      let due = state.listeners.filter { JobHandle.covers($0.from, state.wanted) }
      state.listeners.removeAll { JobHandle.covers($0.from, state.wanted) }
      return due
    }
    for listener in due { listener.tell() }
  }

  package var wanted: StopKind? { state.withLock { $0.wanted } }

  /// Calls `tell` once, on the stopping thread, when a stop of this kind or a harder one is asked for; at once if it was.
  package func whenStopped(_ kind: StopKind, _ tell: @escaping @Sendable () -> Void) {
    let isDue = state.withLock { state in
      if JobHandle.covers(kind, state.wanted) { return true }
      state.listeners.append((kind, tell))
      return false
    }
    if isDue { tell() }
  }

  private static func covers(_ kind: StopKind, _ wanted: StopKind?) -> Bool {
    switch (kind, wanted) {
    case (_, nil), (.now, .gracefully): false
    case (.gracefully, .gracefully), (_, .now): true
    }
  }

  /// Makes a descriptor that becomes readable with the next `stop`; nil when there is none left.
  func hang() -> Int32? {
    let bell = pawl_eventfd()
    if bell < 0 { return nil }
    state.withLock { $0.bell = bell }
    return bell
  }

  /// Closes it; a stop that comes later only leaves its wish.
  func takeDown() {
    state.withLock { state in
      if let bell = state.bell { close(bell) }
      state.bell = nil
    }
  }
}
