import CPawlSystem
import Glibc

/// Signals as messages: a thread of ours waits for them, no handler ever runs.
package enum Signals {
  /// Delivers each of the signals to `deliver`, on a thread of its own, for the rest of the process.
  ///
  /// Call it on the main thread before any other thread exists: the block it sets is inherited, so that no thread dies
  /// of a signal. SIGPIPE and SIGXFSZ are ignored from here on: a closed pipe and a file that has reached the limit of its
  /// size (`ulimit -f`) are errors of `write`, not an end. Children start
  /// with every signal at its default (`runJob` and `capture` see to it).
  package static func watch(_ signals: [Int32], deliver: @escaping @Sendable (Int32) -> Void) {
    _ = pawl_set_signal(SIGPIPE, 1)
    _ = pawl_set_signal(SIGXFSZ, 1)
    // A signal that was ignored from the start (`nohup`) stays ignored: whoever started us wanted it so.
    let watched = signals.filter { $0 != SIGHUP || pawl_is_ignored($0) == 0 }
    guard !watched.isEmpty, pawl_block_signals(watched, Int32(watched.count), 1) == 0 else {
      return
    }
    _ = startThread {
      while true {
        let signal = pawl_wait_signal(watched, Int32(watched.count))
        if signal > 0 { deliver(signal) } else { return }
      }
    }
  }

  /// Ends this process by a signal, so that the caller's shell sees 128 + n and knows it was interrupted.
  ///
  /// Short commands that are being captured are killed first: nothing is left behind.
  package static func end(with signal: Int32) -> Never {
    for pid in Children.listed.keys { kill(-pid, SIGKILL) }
    _ = pawl_set_signal(signal, 0)
    _ = pawl_block_signals([signal], 1, 0)
    raise(signal)
    exit(128 &+ signal)
  }
}
