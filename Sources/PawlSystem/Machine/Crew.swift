import Synchronization

/// Threads of our own for work that blocks, kept for the next piece of work: a new one costs as much as starting a
/// process.
///
/// There are about as many as there were pieces of work at one time, and they end with the process.
enum Crew {
  typealias Work = @Sendable () -> Void

  /// A thread that waits for work.
  private final class Hand: Sendable {
    let bell = Semaphore()
    let work = Mutex<Work?>(nil)

    func take() -> Work? {
      bell.wait()
      return work.withLock { work in
        defer { work = nil }
        return work
      }
    }
  }

  private static let idle = Mutex<[Hand]>([])

  /// Does the work on a thread of its own; false when the system has none left.
  static func run(_ work: @escaping Work) -> Bool {
    if let hand = idle.withLock({ $0.popLast() }) {
      hand.work.withLock { $0 = work }
      hand.bell.signal()
      return true
    }
    let hand = Hand()
    hand.work.withLock { $0 = work }
    hand.bell.signal()
    return startThread {
      while true {
        hand.take()?()
        idle.withLock { $0.append(hand) }
      }
    }
  }
}
