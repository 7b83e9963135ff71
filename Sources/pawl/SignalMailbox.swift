import PawlSystem

/// Where signals go: to the run's director once there is one; before, while the plan is made, they end this process.
final class SignalMailbox: Sendable {
  /// The first signal that came before there was a director, and the sessions of commands that ran then.
  struct Early: Sendable {
    var signal: Int32
    var sessions: Set<Int32>
  }

  private struct State {
    var target: (@Sendable (Int32) -> Void)?
    var early: Early?
  }

  private let state = Guarded(State())

  /// Before there is a director only short commands can be running, such as the installer of an environment: they end
  /// in order after the first signal, at once after the second. With none there is nothing to wait for.
  func post(_ signal: Int32) {
    let sessions = Signals.captured
    let (target, before) = state.change { state in
      defer { if state.target == nil, state.early == nil { state.early = Early(signal: signal, sessions: sessions) } }
      return (state.target, state.early)
    }
    if let target { return target(signal) }
    if before != nil || sessions.isEmpty { Signals.end(with: signal, before?.sessions ?? []) }
    Signals.endInOrder(with: signal, sessions)
  }

  /// What this process is to end by, if that came before there was a director.
  var early: Early? { state.change { $0.early } }

  /// From now on signals go there; false when one came already.
  func deliver(to target: @escaping @Sendable (Int32) -> Void) -> Bool {
    state.change { state in
      if state.early != nil { return false }
      state.target = target
      return true
    }
  }
}
