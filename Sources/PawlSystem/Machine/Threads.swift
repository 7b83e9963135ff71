import CPawlSystem
import Glibc
import Synchronization

/// Starts a detached thread of our own, for work that blocks; false when the system has none left.
///
/// Swift's shared pool has as many threads as cores, so a blocked one would be a lost core.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  var attributes = pthread_attr_t()
  guard pthread_attr_init(&attributes) == 0 else { return false }
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  let box = Unmanaged.passRetained(Body(body))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, &attributes,
    { argument in
      if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
      return nil
    }, box.toOpaque())
  if code != 0 { box.release() }
  return code == 0
}

/// Does work that blocks on a thread of our own, so that none of the shared pool is lost to it.
package func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    if !Crew.run({ continuation.resume(returning: work()) }) { continuation.resume(returning: work()) }
  }
}

/// The results for 0 ..< `count`, in order, worked out by up to `threads` threads; the caller's is one of them.
package func mapInThreads<Value: Sendable>(
  _ count: Int, _ threads: Int, _ body: @escaping @Sendable (Int) -> Value
) -> [Value] {
  guard threads > 1, count > 1 else { return (0..<count).map(body) }
  let work = SharedWork<Value>(count)
  let helpers = (1..<threads).filter { _ in
    startThread {
      work.run(body)
      work.leave()
    }
  }.count
  work.run(body)
  for _ in 0..<helpers { work.awaitOne() }
  return work.results.withLock { $0.compactMap { $0 } }
}

/// Items handed out one by one to several threads.
private final class SharedWork<Value: Sendable>: Sendable {
  let results: Mutex<[Value?]>
  private let count: Int
  private let next = Atomic(0)
  private let left: Semaphore

  init(_ count: Int) {
    self.count = count
    results = Mutex([Value?](repeating: nil, count: count))
    left = Semaphore()
  }

  /// Items taken at once, so that small ones do not cost more in locks than in work.
  private var share: Int { min(32, max(1, count / 64)) }

  func run(_ body: (Int) -> Value) {
    let share = share
    while true {
      let start = next.wrappingAdd(share, ordering: .relaxed).oldValue
      if start >= count { return }
      let values = (start..<min(start + share, count)).map(body)
      results.withLock { results in
        for (index, value) in values.enumerated() { results[start + index] = value }
      }
    }
  }

  func leave() { left.signal() }

  func awaitOne() { left.wait() }
}

/// A counting semaphore for threads of ours.
final class Semaphore: Sendable {
  // Guarded by the C library: sem_t must keep its address, which is why it is allocated.
  private nonisolated(unsafe) let raw: UnsafeMutablePointer<sem_t>

  init() {
    raw = .allocate(capacity: 1)
    raw.initialize(to: sem_t())
    sem_init(raw, 0, 0)
  }

  deinit {
    sem_destroy(raw)
    raw.deallocate()
  }

  func signal() { sem_post(raw) }

  func wait() {
    while sem_wait(raw) != 0, errno == EINTR {}
  }
}
