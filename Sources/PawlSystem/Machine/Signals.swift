import CPawlSystem
import Glibc

/// Signals as messages: a thread of ours waits for them, no handler ever runs.
package enum Signals {
  /// Delivers each of the signals to `deliver`, on a thread of its own, for the rest of the process.
  ///
  /// Call it on the main thread before any other thread exists: the block it sets is inherited, so that no thread dies
  /// of a signal. SIGPIPE and SIGXFSZ are ignored from here on: a closed pipe and a file that has reached the limit of its
  /// size (`ulimit -f`) are errors of `write`, not an end. Children start with every signal at its default (`runJob` and
  /// `capture` see to it).
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

  /// Sessions of the short commands that are being captured now.
  package static var captured: Set<Int32> { Set(Children.listed.keys) }

  /// Hands a signal on to such sessions, as a terminal would. They have three seconds to clean up behind themselves, and
  /// this process as long to notice that they ended; then it is ended with what is left of them.
  package static func endInOrder(with signal: Int32, _ sessions: Set<Int32>) {
    for process in members(of: sessions) { process.send(signal) }
    let end = MonotonicClock.now() + 3
    let started = startThread {
      while MonotonicClock.now() < end { usleep(20_000) }
      self.end(with: signal, sessions)
    }
    if !started { self.end(with: signal, sessions) }
  }

  private static func members(of sessions: Set<Int32>) -> [ProcessFacts] {
    sessions.isEmpty ? [] : ProcessTable.all().filter { $0.lives && sessions.contains($0.session) }
  }

  /// Ends this process by a signal, so that the caller's shell sees 128 + n and knows it was interrupted.
  ///
  /// Short commands that are being captured are killed first, and what is left of other sessions that are named:
  /// nothing stays behind.
  package static func end(with signal: Int32, _ sessions: Set<Int32> = []) -> Never {
    let sessions = captured.union(sessions)
    // One that was about to fork may have done so since it was listed.
    for _ in 0..<100 {
      let left = members(of: sessions)
      if left.isEmpty { break }
      for process in left { process.send(SIGKILL) }
      usleep(2_000)
    }
    _ = pawl_set_signal(signal, 0)
    _ = pawl_block_signals([signal], 1, 0)
    raise(signal)
    exit(128 &+ signal)
  }
}
