import PawlSystem

/// Where signals go: to the run's director once there is one; before, while the plan is made, they end this process.
final class SignalMailbox: Sendable {
  private let target = Guarded<(@Sendable (Int32) -> Void)?>(nil)

  /// Nothing has been started before there is a director, so there is nothing to end in order.
  func post(_ signal: Int32) {
    guard let deliver = target.change({ $0 }) else { Signals.end(with: signal) }
    deliver(signal)
  }

  func deliver(to target: @escaping @Sendable (Int32) -> Void) { self.target.change { $0 = target } }
}
