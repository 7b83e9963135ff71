/// How a job ended; a non-zero code is a result, not an error.
package enum JobExit: Sendable, Hashable {
  case code(Int32)
  case signal(Int32)
  case timedOut
  case outOfMemory
  /// The executor cannot say how it ended, with the reason.
  case lost(String)
  /// The command could not be started, with the reason.
  case notStarted(String)
  /// Stopped because the run was stopped.
  case stopped
}

/// What a job used, from the kernel.
package struct Usage: Sendable, Hashable {
  /// Wall seconds.
  package var seconds: Double
  /// CPU seconds, user and system, of the job and the children it waited for.
  package var cpuSeconds: Double
  /// Largest resident size of one process, in bytes.
  package var peakBytes: Int

  package init(seconds: Double, cpuSeconds: Double = 0, peakBytes: Int = 0) {
    self.seconds = seconds
    self.cpuSeconds = cpuSeconds
    self.peakBytes = peakBytes
  }
}

/// Seconds since 1970-01-01 UTC.
package struct Timestamp: Sendable, Hashable, Comparable {
  package var seconds: Double

  package init(_ seconds: Double) { self.seconds = seconds }

  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.seconds < b.seconds }

  /// Year, month, day, hour, minute, second in UTC (proleptic Gregorian; days-from-civil by Howard Hinnant).
  package var utc: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    let bounded = seconds.isFinite ? min(max(seconds, -62_135_596_800), 253_402_300_799) : 0
    let whole = Int(bounded.rounded(.down))
    let days = whole >= 0 ? whole / 86_400 : (whole - 86_399) / 86_400
    let rest = whole - days * 86_400
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let doe = z - era * 146_097
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
    let mp = (5 * doy + 2) / 153
    let month = mp < 10 ? mp + 3 : mp - 9
    return (
      yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1, rest / 3_600, rest / 60 % 60,
      rest % 60
    )
  }

  /// RFC 3339 in UTC with whole seconds, `2026-11-24T07:30:05Z`.
  package var rfc3339: String {
    let t = utc
    return "\(pad(t.year, 4))-\(pad(t.month))-\(pad(t.day))T\(pad(t.hour)):\(pad(t.minute)):\(pad(t.second))Z"
  }

  /// RFC 3339 in UTC to the millisecond, `2026-11-24T07:30:05.123Z`.
  package var rfc3339Milliseconds: String {
    let total = seconds.isFinite ? (min(max(seconds, -1e11), 1e11) * 1_000).rounded() : 0
    let whole = (total / 1_000).rounded(.down)
    return Timestamp(whole).rfc3339.dropLast() + "." + pad(Int(total - whole * 1_000), 3) + "Z"
  }

  /// `2026-11-24 07:30 UTC`, for reports.
  package var forReports: String {
    let t = utc
    return "\(pad(t.year, 4))-\(pad(t.month))-\(pad(t.day)) \(pad(t.hour)):\(pad(t.minute)) UTC"
  }

  /// `20261124T073005123Z`, to the millisecond, which sorts as text.
  package var compact: String {
    let t = utc
    let fraction = seconds.isFinite ? seconds - seconds.rounded(.down) : 0
    let milliseconds = min(999, Int((fraction * 1_000).rounded()))
    return "\(pad(t.year, 4))\(pad(t.month))\(pad(t.day))T\(pad(t.hour))\(pad(t.minute))\(pad(t.second))"
      + "\(pad(milliseconds, 3))Z"
  }

  private func pad(_ number: Int, _ width: Int = 2) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
