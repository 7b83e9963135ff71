import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Work cut into parts that several threads share; what a part gives does not depend on the thread that made it, so
/// that one thread and many give the same bytes.
package enum Lanes {
  /// The processors that are on, 1...16.
  package static let available: Int = {
    #if canImport(Glibc)
      return min(16, max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
    #else
      return 1
    #endif
  }()

  /// The results of parts 0 ..< `count`, in order, by up to `threads` threads; the caller's is one of them.
  ///
  /// Every helper is joined before this returns. Where the system gives no thread the caller does the work.
  package static func map<Value: Sendable>(
    _ count: Int, threads: Int = available, _ body: @escaping @Sendable (Int) -> Value
  ) -> [Value] {
    guard threads > 1, count > 1 else { return (0..<max(0, count)).map(body) }
    let work = LaneWork(count) { body($0) }
    let helpers = (1..<min(threads, count)).compactMap { _ in LaneThread { work.run() } }
    work.run()
    for helper in helpers { helper.join() }
    return work.results.withLock { $0.compactMap { $0 } }
  }
}

/// Parts handed out one by one.
private final class LaneWork<Value: Sendable>: Sendable {
  let results: Mutex<[Value?]>
  private let body: @Sendable (Int) -> Value
  private let count: Int
  private let next = Atomic(0)

  init(_ count: Int, _ body: @escaping @Sendable (Int) -> Value) {
    results = Mutex([Value?](repeating: nil, count: count))
    self.body = body
    self.count = count
  }

  func run() {
    while true {
      let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if part >= count { return }
      let value = body(part)
      results.withLock { $0[part] = value }
    }
  }
}

/// A thread of our own, to be joined.
private struct LaneThread {
  private let thread: pthread_t

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// nil when the system has none left.
  init?(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      return nil
    }
    self.thread = thread
  }

  func join() { pthread_join(thread, nil) }
}
