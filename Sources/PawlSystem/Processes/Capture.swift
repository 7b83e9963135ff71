import CPawlSystem
import Glibc
package import PawlCore

/// What a short command said.
package struct Captured: Sendable, Hashable {
  /// The exit code, 128 + n when signal n ended it.
  package var status: Int32
  package var stdout: [UInt8]
  package var stderr: [UInt8]

  /// Standard output as text, without white space at its end.
  package var text: String {
    var bytes = stdout[...]
    while let last = bytes.last, last == 0x0a || last == 0x0d || last == 0x20 || last == 0x09 {
      bytes.removeLast()
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Standard error as text, without white space at its end.
  package var complaint: String { Captured(status: 0, stdout: stderr, stderr: []).text }
}

/// Says of a daemon that such a command left behind (git starts some) that no job did.
let captureMark = "PAWL_CAPTURE"

/// Runs a short command to its end and gives what it printed; blocks the thread.
///
/// A status other than 0 is a result. It throws when the command cannot be started or takes longer than `timeout`,
/// after which it is killed. `environment` is the caller's unless given; standard input is empty.
package func capture(
  _ argv: [String], in directory: String, timeout: Duration, environment: [String: String]? = nil
) throws(Failure) -> Captured {
  let launch: Launch
  var variables = environment ?? Environment.all()
  variables[captureMark] = "1"
  do throws(NotStarted) {
    launch = try Launch(argv: argv, environment: variables, directory: directory)
  } catch {
    throw Failure(Diagnostic("system.not-started", error.reason))
  }
  var out: [Int32] = [-1, -1]
  var err: [Int32] = [-1, -1]
  guard pawl_pipe(&out) == 0 else {
    throw Failure(Diagnostic("system.too-many-files", "no pipe is left"))
  }
  let outEnd = Descriptor(out[0])
  var pid: Int32 = 0
  do {
    let outStart = Descriptor(out[1])
    guard pawl_pipe(&err) == 0 else {
      throw Failure(Diagnostic("system.too-many-files", "no pipe is left"))
    }
    let errStart = Descriptor(err[1])
    do throws(NotStarted) {
      pid = try launch.start(.capture, out: outStart.raw, err: errStart.raw)
    } catch {
      close(err[0])
      throw Failure(Diagnostic("system.not-started", error.reason))
    }
  }
  let errEnd = Descriptor(err[0])
  var reading = CaptureReading(pid, outEnd.raw, errEnd.raw)
  let inTime = reading.readAll(until: MonotonicClock.now() + max(0, timeout.inSeconds))
  if !inTime { kill(-pid, SIGKILL) }
  var (status, cpu, peak): (Int32, Int64, Int64) = (0, 0, 0)
  let result = pawl_reap(pid, &status, &cpu, &peak)
  Children.forget(pid)
  let command = argv.joined(separator: " ")
  if !inTime {
    throw Failure(
      Diagnostic("system.timed-out", "`\(command)` took longer than \(timeout.inSeconds) s"))
  }
  if result < 0 { throw Failure("wait for", command, Errno(-result)) }
  let signal = pawl_exit_signal(status)
  return Captured(
    status: signal != 0 ? 128 + signal : pawl_exit_code(status), stdout: reading.out,
    stderr: reading.err)
}

/// Reads two pipes until the child is over. A daemon it leaves behind may hold them open for ever, so the child's end
/// counts, not the pipes'.
private struct CaptureReading {
  private(set) var out: [UInt8] = []
  private(set) var err: [UInt8] = []
  private let watch: Watch
  private let ends: (Int32, Int32)

  init(_ pid: Int32, _ out: Int32, _ err: Int32) {
    watch = Watch(pid, bell: nil)
    ends = (out, err)
    for end in [out, err] { _ = pawl_set_nonblocking(end) }
  }

  /// Whether the child ended before the moment.
  mutating func readAll(until deadline: Double) -> Bool {
    while true {
      let ended = watch.hasEnded(within: 0)
      let (outMore, errMore) = (drain(ends.0, &out), drain(ends.1, &err))
      if ended { return true }
      let left = deadline - MonotonicClock.now()
      if left <= 0 { return false }
      watch.wait(
        milliseconds: Int32(min(left * 1000 + 1, 100)),
        [outMore ? ends.0 : -1, errMore ? ends.1 : -1])
    }
  }

  /// Takes what is there; whether more may come.
  private func drain(_ end: Int32, _ bytes: inout [UInt8]) -> Bool {
    // Bounded, so that a command that never stops printing cannot keep us from looking at the clock.
    for _ in 0..<64 {
      var count = 0
      var failure: Int32 = 0
      bytes += [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
        if let base = buffer.baseAddress { count = read(end, base, buffer.count) }
        failure = errno
        filled = max(0, count)
      }
      if count == 0 { return false }
      if count < 0, failure != EINTR { return failure == EAGAIN }
    }
    return true
  }
}
