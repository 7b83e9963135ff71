package import PawlCore
import PawlFormats

/// Events as lines of JSON, and back: the form of a run's log (architecture §3).
///
/// A line is a `Frame` whose body begins `"v":1,"n":12,"t":1735689600.25,"kind":"stage-settled"`. The version is raised
/// when an old reader would misread; kinds and members may be added without.
package enum Wire {
  package static let version = 1

  /// What a log holds, as far as it can be believed.
  package struct Reading: Sendable {
    package var events: [Event] = []
    /// Bytes at the end that are no whole line: what a crash left of the last write.
    package var tornBytes = 0
    /// Bytes up to the end of the last line that can be believed.
    package var intactBytes = 0
    /// What a reader must be told, such as damage in the middle.
    package var caveats: [Diagnostic] = []
  }

  /// One line with its checksum, ending in a newline.
  package static func line(_ event: Event) -> [UInt8] {
    var wire = WireWriter()
    wire.put("v", version)
    wire.put("n", event.sequence)
    wire.put("t", event.time)
    event.kind.put(into: &wire)
    return Frame.line(wire.bytes)
  }

  /// The events of a log. Kinds that are not known are skipped; a torn tail is expected and counted; damage in the
  /// middle ends the reading there with a caveat.
  ///
  /// Throws when the log was written by a newer major version.
  package static func read(_ bytes: [UInt8], file: String) throws(Failure) -> Reading {
    var reading = Reading()
    var start = 0
    var number = 0
    while start < bytes.count {
      number += 1
      guard let end = bytes[start...].firstIndex(of: 0x0A), let body = Frame.body(of: bytes[start..<end]) else { break }
      if let event = try event(body, file, number, &reading.caveats) { reading.events.append(event) }
      start = end + 1
    }
    reading.intactBytes = start
    reading.tornBytes = bytes.count - start
    if hasIntactLine(bytes[start...]) { reading.caveats.append(.damagedLog(file, line: number)) }
    return reading
  }

  /// The first and the last event of a log, without reading what lies between.
  package static func readEnds(_ bytes: [UInt8], file: String) throws(Failure) -> (first: Event?, last: Event?) {
    let first = bytes.prefix(1 + (bytes.firstIndex(of: 0x0A) ?? bytes.count))
    var reading = try read(Array(first), file: file)
    let start = reading.events.first
    var end = bytes.endIndex
    while end > first.endIndex {
      let before = bytes[..<(end - 1)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      reading = try read(Array(bytes[before..<end]), file: file)
      if let last = reading.events.last { return (start, last) }
      end = before
    }
    return (start, start)
  }

  /// One event of a body, nil when it is of a later minor version.
  private static func event(_ body: ArraySlice<UInt8>, _ file: String, _ line: Int, _ caveats: inout [Diagnostic])
    throws(Failure) -> Event?
  {
    guard let value = value(of: body) else {
      caveats.append(.unknownEvent(file, line: line, "JSON"))
      return nil
    }
    if let major = Wire.version(of: value), major > version {
      throw Failure(.newerStore(file, found: major, known: version))
    }
    do throws(WireMismatch) {
      guard let kind = try Event.Kind(wire: value) else { return nil }
      return Event(sequence: try value.get("n"), time: try value.get("t"), kind: kind)
    } catch {
      caveats.append(.unknownEvent(file, line: line, error.what))
      return nil
    }
  }

  /// Whether any whole line follows what is damaged: then it is no torn tail.
  private static func hasIntactLine(_ rest: ArraySlice<UInt8>) -> Bool {
    let whole = rest[..<(rest.lastIndex(of: 0x0A) ?? rest.startIndex)]
    return whole.split(separator: 0x0A).contains { Frame.body(of: $0) != nil }
  }

  /// The members of a framed body as a map; nil when they are no JSON.
  static func value(of body: ArraySlice<UInt8>) -> Value? {
    var text: [UInt8] = [UInt8(ascii: "{")]
    text += body
    text.append(UInt8(ascii: "}"))
    return parse(text)
  }

  /// A JSON text as a value; nil when it is none.
  static func parse(_ bytes: [UInt8]) -> Value? { try? JSON.read(bytes, file: "") }

  /// The format that a body says it has.
  static func version(of body: Value) -> Int? { try? body.get("v") }
}

/// A line that knows whether it is whole: `{"sum":"<16 hex digits>",<body>}` and a newline.
///
/// The sum is FNV-1a with 64 bits (Fowler, Noll, Vo) of the body, which is the rest of a JSON object's members without
/// its closing brace. It finds torn and mixed lines; it is no defence against a forger.
package enum Frame {
  private static let opening = Array("{\"sum\":\"".utf8)
  private static let middle = Array("\",".utf8)
  private static let bodyStart = opening.count + 16 + middle.count

  package static func line(_ body: [UInt8]) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(body.count + bodyStart + 2)
    line += opening
    line += digits(of: sum(body[...]))
    line += middle
    line += body
    line.append(UInt8(ascii: "}"))
    line.append(0x0A)
    return line
  }

  /// The body of a line without its newline; nil when the line is torn or altered.
  package static func body(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard line.count > bodyStart, line.last == UInt8(ascii: "}") else { return nil }
    let body = line.dropFirst(bodyStart).dropLast()
    let head = opening + digits(of: sum(body)) + middle
    guard line.starts(with: head) else { return nil }
    return body
  }

  private static func sum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBufferPointer { buffer in
      var sum: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in buffer { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
      return sum
    }
  }

  private static func digits(of sum: UInt64) -> [UInt8] {
    (0..<16).map { index in
      let digit = UInt8(truncatingIfNeeded: sum >> UInt64(60 - 4 * index)) & 15
      return digit < 10 ? 0x30 + digit : 0x57 + digit
    }
  }
}

extension Diagnostic {
  fileprivate static func damagedLog(_ file: String, line: Int) -> Diagnostic {
    Diagnostic(
      "store.damaged-log", "`\(file)` is damaged from line \(line) on; what follows was left out", severity: .warning,
      cause: "the line's checksum does not fit, and whole lines follow it")
  }

  fileprivate static func unknownEvent(_ file: String, line: Int, _ what: String) -> Diagnostic {
    Diagnostic(
      "store.unknown-event", "line \(line) of `\(file)` was left out", severity: .warning,
      cause: "`\(what)` is missing or not known to this version of pawl")
  }

  static func newerStore(_ file: String, found: Int, known: Int) -> Diagnostic {
    Diagnostic(
      "store.newer-version", "`\(file)` was written by a newer pawl (format \(found); this one reads \(known))",
      remedy: "update pawl, or use the version that wrote it")
  }
}
