import PawlSystem

/// Holds signals until the run's director can take them: one that comes while the plan is made is not lost.
final class SignalMailbox: Sendable {
  private let box = Guarded(State())

  private struct State: Sendable {
    var waiting: [Int32] = []
    var deliver: (@Sendable (Int32) -> Void)?
  }

  func post(_ signal: Int32) {
    let deliver = box.change { state in
      if state.deliver == nil { state.waiting.append(signal) }
      return state.deliver
    }
    deliver?(signal)
  }

  func deliver(to target: @escaping @Sendable (Int32) -> Void) {
    let waiting = box.change { state in
      state.deliver = target
      defer { state.waiting = [] }
      return state.waiting
    }
    for signal in waiting { target(signal) }
  }
}
