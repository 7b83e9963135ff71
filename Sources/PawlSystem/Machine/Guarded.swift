import Synchronization

/// A value behind a lock, for the few places where threads that are not tasks meet.
package final class Guarded<Value: Sendable>: Sendable {
  private let content: Mutex<Value>

  package init(_ value: Value) { content = Mutex(value) }

  /// Reads or changes the value while nobody else does; never waits inside.
  package func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    content.withLock { value in body(&value) }
  }
}
