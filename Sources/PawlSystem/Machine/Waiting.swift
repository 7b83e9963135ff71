import Synchronization

/// Runs asynchronous work from a synchronous `main` and waits for it.
///
/// An asynchronous `main` costs a static executable 140 M instructions at its start; a task and a semaphore 12 M.
package enum Waiting {
  /// Blocks the calling thread until the work is done; never call it from a task.
  package static func run<Result: Sendable>(_ work: @escaping @Sendable () async -> Result)
    -> Result
  {
    let box = Box<Result>()
    Task.detached { box.give(await work()) }
    return box.take()
  }

  private final class Box<Result: Sendable>: Sendable {
    private let content = Mutex<Result?>(nil)
    private let semaphore = Semaphore()

    func give(_ result: Result) {
      content.withLock { $0 = result }
      semaphore.signal()
    }

    func take() -> Result {
      while true {
        semaphore.wait()
        if let result = content.withLock({ $0 }) { return result }
      }
    }
  }
}
