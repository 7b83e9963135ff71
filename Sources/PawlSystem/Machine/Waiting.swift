import Glibc
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
    /// A POSIX semaphore must not move, so it lives on the heap; sem_post and sem_wait are thread-safe.
    private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

    init() {
      semaphore = .allocate(capacity: 1)
      sem_init(semaphore, 0, 0)
    }

    deinit {
      sem_destroy(semaphore)
      semaphore.deallocate()
    }

    func give(_ result: Result) {
      content.withLock { $0 = result }
      sem_post(semaphore)
    }

    func take() -> Result {
      while true {
        if sem_wait(semaphore) != 0, errno == EINTR { continue }
        if let result = content.withLock({ $0 }) { return result }
      }
    }
  }
}
