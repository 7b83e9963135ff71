import Glibc
import PawlCore
import PawlFormats
import PawlReports
import PawlSystem

/// When a byte of a log came.
struct LogMoment {
  var time: Timestamp
  /// Seconds since the attempt began.
  var seconds: Double
}

/// Writes a log to standard output in the form that was asked for.
struct LogPrinter {
  enum Form {
    /// Lines that are safe for a terminal.
    case lines
    /// As it comes, bars drawn as they were, safe for a terminal.
    case stream
    /// The bytes as printed.
    case raw
    /// A JSON object a line, with its time.
    case json
  }

  enum Stamp { case none, time, elapsed }

  private let form: Form
  private let stamp: Stamp
  private var stream = LogStream()
  /// The line that has no end yet.
  private var line: [UInt8] = []
  private var began: LogMoment?
  /// The last byte that was written.
  private(set) var last: UInt8 = 0x0A

  init(_ form: Form, stamp: Stamp) {
    self.form = form
    self.stamp = stamp
  }

  /// Whether anything that it writes says when it came.
  var needsTimes: Bool { stamp != .none || form == .json }

  private var isByLine: Bool {
    switch form {
    case .lines, .json: true
    case .raw: stamp != .none
    case .stream: false
    }
  }

  /// Writes a part; `moment` says when the byte at an offset of it came.
  mutating func write(_ bytes: [UInt8], _ moment: (Int) -> LogMoment) {
    if !isByLine { return put(form == .raw ? bytes : Array(stream.take(bytes).utf8)) }
    var out: [UInt8] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A)
      if line.isEmpty, began == nil { began = moment(start) }
      line += bytes[start..<(end ?? bytes.count)]
      guard let end else { break }
      out += endLine() + [0x0A]
      start = end + 1
    }
    put(out)
  }

  /// Writes what is left without a line's end.
  mutating func finish() {
    if !isByLine { return put(form == .raw ? [] : Array(stream.finish().utf8)) }
    if !line.isEmpty { put(endLine() + (form == .json ? [0x0A] : [])) }
  }

  /// The line as it is shown, without its end.
  private mutating func endLine() -> [UInt8] {
    defer { (line, began) = ([], nil) }
    let moment = began ?? LogMoment(time: Timestamp(0), seconds: 0)
    switch form {
    case .json: return json(moment)
    case .raw: return Array(prefix(moment).utf8) + line
    case .lines, .stream:
      if line.allSatisfy({ (0x20...0x7E).contains($0) }) { return Array(prefix(moment).utf8) + line }
      return Array((prefix(moment) + Escaping.logLine(String(decoding: line, as: UTF8.self))).utf8)
    }
  }

  private func prefix(_ moment: LogMoment) -> String {
    switch stamp {
    case .none: ""
    case .time: moment.time.rfc3339Milliseconds + " "
    case .elapsed: LogPrinter.clock(moment.seconds) + " "
    }
  }

  /// `00:01:05.250`.
  static func clock(_ seconds: Double) -> String {
    let total = Int((min(max(0, seconds), 1e9) * 1_000).rounded())
    func pad(_ number: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
    }
    let (minutes, milliseconds) = (total / 60_000, total % 60_000)
    return
      "\(pad(minutes / 60, 2)):\(pad(minutes % 60, 2)):\(pad(milliseconds / 1_000, 2)).\(pad(milliseconds % 1_000, 3))"
  }

  private func json(_ moment: LogMoment) -> [UInt8] {
    var json = JSONWriter(.compact)
    json.object { json in
      json.member("time", moment.time.rfc3339Milliseconds)
      json.member("seconds", (moment.seconds * 1_000).rounded() / 1_000)
      json.member("text", String(decoding: line, as: UTF8.self))
    }
    return json.bytes
  }

  private mutating func put(_ bytes: [UInt8]) {
    guard let end = bytes.last else { return }
    last = end
    Console.answer(exactly: bytes)
  }
}
