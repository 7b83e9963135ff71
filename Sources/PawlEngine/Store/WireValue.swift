package import PawlCore

/// A value that has one exact JSON form on the wire: what `write` appends, `init(wire:)` reads back as an equal value.
///
/// Written by hand: the wire changes when somebody decides it, not when a type does. Readers ignore members they do not
/// know; members that hold a default may be left out.
package protocol WireValue {
  func write(to wire: inout WireWriter)
  init(wire: Value) throws(WireMismatch)
}

/// Text that is legal JSON and not the form of the value that was wanted.
package struct WireMismatch: Error, Hashable {
  /// What is missing or odd: a member's name, a case's tag.
  package var what: String

  init(_ what: String) { self.what = what }
}

/// Compact JSON in the making; commas take care of themselves.
package struct WireWriter {
  package private(set) var bytes: [UInt8] = []

  package init() { bytes.reserveCapacity(1024) }

  /// Appends text that is JSON already.
  mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// A string literal; control characters escaped (RFC 8259 §7).
  mutating func string(_ text: String) {
    var text = text
    bytes.append(UInt8(ascii: "\""))
    text.withUTF8 { buffer in
      var start = 0
      for index in buffer.indices where WireWriter.isSpecial(buffer[index]) {
        bytes.append(contentsOf: buffer[start..<index])
        escape(buffer[index])
        start = index + 1
      }
      bytes.append(contentsOf: buffer[start...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
    case 0x0A: raw("\\n")
    case 0x0D: raw("\\r")
    case 0x09: raw("\\t")
    default:
      raw("\\u00")
      bytes += [WireWriter.hex[Int(byte >> 4)], WireWriter.hex[Int(byte & 15)]]
    }
  }

  /// An object whose members `body` puts.
  mutating func object(_ body: (inout WireWriter) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    body(&self)
    bytes.append(UInt8(ascii: "}"))
  }

  /// A list whose items `body` adds.
  mutating func list(_ body: (inout WireWriter) -> Void) {
    bytes.append(UInt8(ascii: "["))
    body(&self)
    bytes.append(UInt8(ascii: "]"))
  }

  mutating func put(_ name: String, _ value: some WireValue) {
    separate(after: UInt8(ascii: "{"))
    // A name is a literal of this target: nothing to escape.
    bytes.append(UInt8(ascii: "\""))
    raw(name)
    raw("\":")
    value.write(to: &self)
  }

  /// Leaves the member out when there is no value.
  mutating func put<T: WireValue>(_ name: String, _ value: T?) { if let value { put(name, value) } }

  /// Leaves the member out when it holds what a reader assumes of an absent one.
  mutating func put<T: WireValue & Equatable>(_ name: String, _ value: T, unless usual: T) {
    if value != usual { put(name, value) }
  }

  mutating func item(_ value: some WireValue) {
    separate(after: UInt8(ascii: "["))
    value.write(to: &self)
  }

  /// `null` keeps the place of a value that is absent.
  mutating func item<T: WireValue>(_ value: T?) {
    if let value { return item(value) }
    separate(after: UInt8(ascii: "["))
    raw("null")
  }

  /// A case of an enum: its tag alone, or a list of tag and payload.
  mutating func tagged(_ tag: String, _ payload: ((inout WireWriter) -> Void)? = nil) {
    guard let payload else { return string(tag) }
    list {
      $0.item(tag)
      payload(&$0)
    }
  }

  private mutating func separate(after opening: UInt8) {
    if let last = bytes.last, last != opening { bytes.append(UInt8(ascii: ",")) }
  }

  private static let hex = Array("0123456789abcdef".utf8)
}

/// A case of an enum as read: `"tag"` or `["tag", payload…]`.
struct WireCase {
  let tag: String
  private let payload: ArraySlice<Value>

  init(_ value: Value) throws(WireMismatch) {
    switch value {
    case .text(let tag):
      self.tag = tag
      payload = []
    case .list(let items):
      guard case .text(let tag) = items.first else { throw WireMismatch("tag") }
      self.tag = tag
      payload = items.dropFirst()
    case .null, .bool, .number, .map: throw WireMismatch("tag")
    }
  }

  func at<T: WireValue>(_ position: Int) throws(WireMismatch) -> T {
    guard position < payload.count else { throw WireMismatch(tag) }
    return try T(wire: payload[payload.startIndex + position])
  }

  func find<T: WireValue>(_ position: Int) throws(WireMismatch) -> T? {
    guard position < payload.count, payload[payload.startIndex + position] != .null else { return nil }
    return try T(wire: payload[payload.startIndex + position])
  }

  var unknown: WireMismatch { WireMismatch(tag) }
}

extension Value {
  /// A member that must be there.
  func get<T: WireValue>(_ name: String) throws(WireMismatch) -> T {
    guard let value = self[name] else { throw WireMismatch(name) }
    return try T(wire: value)
  }

  /// A member that may be absent or `null`.
  func find<T: WireValue>(_ name: String) throws(WireMismatch) -> T? {
    guard let value = self[name], value != .null else { return nil }
    return try T(wire: value)
  }

  /// A member that was left out when it held what is usual.
  func get<T: WireValue>(_ name: String, else usual: T) throws(WireMismatch) -> T {
    guard let value = self[name] else { return usual }
    return try T(wire: value)
  }

  func items() throws(WireMismatch) -> [Value] {
    guard case .list(let items) = self else { throw WireMismatch("list") }
    return items
  }

  /// An integer as its digits say: a Double would lose those beyond 2^53.
  fileprivate func integer<T: FixedWidthInteger>() throws(WireMismatch) -> T {
    guard case .number(let number) = self, let integer = T(number.text) else { throw WireMismatch("integer") }
    return integer
  }
}

extension String: WireValue {
  package func write(to wire: inout WireWriter) { wire.string(self) }
  package init(wire: Value) throws(WireMismatch) {
    guard case .text(let text) = wire else { throw WireMismatch("text") }
    self = text
  }
}

extension Bool: WireValue {
  package func write(to wire: inout WireWriter) { wire.raw(self ? "true" : "false") }
  package init(wire: Value) throws(WireMismatch) {
    guard case .bool(let flag) = wire else { throw WireMismatch("bool") }
    self = flag
  }
}

extension Int: WireValue {
  package func write(to wire: inout WireWriter) { wire.raw(description) }
  package init(wire: Value) throws(WireMismatch) { self = try wire.integer() }
}

extension Int32: WireValue {
  package func write(to wire: inout WireWriter) { wire.raw(description) }
  package init(wire: Value) throws(WireMismatch) { self = try wire.integer() }
}

extension UInt64: WireValue {
  package func write(to wire: inout WireWriter) { wire.raw(description) }
  package init(wire: Value) throws(WireMismatch) { self = try wire.integer() }
}

/// Swift's shortest text that reads back as the same number; the three that JSON lacks are strings, as in results.
extension Double: WireValue {
  package func write(to wire: inout WireWriter) {
    if isFinite { wire.raw(description) } else { wire.string(isNaN ? "NaN" : self < 0 ? "-Infinity" : "Infinity") }
  }

  package init(wire: Value) throws(WireMismatch) {
    switch wire {
    case .number(let number): self = number.value
    case .text("NaN"): self = .nan
    case .text("Infinity"): self = .infinity
    case .text("-Infinity"): self = -.infinity
    case .null, .bool, .text, .list, .map: throw WireMismatch("number")
    }
  }
}

extension Array: WireValue where Element: WireValue {
  package func write(to wire: inout WireWriter) { wire.list { for item in self { $0.item(item) } } }

  package init(wire: Value) throws(WireMismatch) {
    self = []
    for item in try wire.items() { append(try Element(wire: item)) }
  }
}

extension WireValue where Self: RawRepresentable, RawValue == String {
  package func write(to wire: inout WireWriter) { wire.string(rawValue) }
  package init(wire: Value) throws(WireMismatch) {
    let text = try String(wire: wire)
    guard let value = Self(rawValue: text) else { throw WireMismatch(text) }
    self = value
  }
}

/// A token as written where JSON allows it, else `[text, value]`.
extension Number: WireValue {
  package func write(to wire: inout WireWriter) {
    if isToken { return wire.raw(text) }
    wire.list {
      $0.item(text)
      $0.item(value)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    if case .number(let number) = wire {
      self = number
      return
    }
    let items = try wire.items()
    guard items.count == 2 else { throw WireMismatch("number") }
    self.init(try Double(wire: items[1]), text: try String(wire: items[0]))
  }

  private var isToken: Bool { value.isFinite && jsonText == text && Double(text)?.bitPattern == value.bitPattern }
}

/// Scalars and lists as JSON has them; a map as `{"map": [[key, value]…]}`, which keeps order and repeated keys, and a
/// number that is no JSON token as `{"number": [text, value]}`.
extension Value: WireValue {
  package func write(to wire: inout WireWriter) {
    switch self {
    case .null: wire.raw("null")
    case .bool(let flag): flag.write(to: &wire)
    case .text(let text): wire.string(text)
    case .list(let items): items.write(to: &wire)
    case .map(let entries): wire.object { $0.put("map", entries) }
    case .number(let number):
      let start = wire.bytes.count
      number.write(to: &wire)
      if wire.bytes[start] == UInt8(ascii: "[") { wire.wrap(from: start, as: "number") }
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    switch wire {
    case .null, .bool, .text, .number: self = wire
    case .list: self = .list(try [Value](wire: wire))
    case .map:
      if wire["map"] != nil { self = .map(try wire.get("map")) } else { self = .number(try wire.get("number")) }
    }
  }
}

extension WireWriter {
  /// Makes what was written since `start` the one member of an object.
  fileprivate mutating func wrap(from start: Int, as name: String) {
    bytes.insert(contentsOf: Array("{\"\(name)\":".utf8), at: start)
    bytes.append(UInt8(ascii: "}"))
  }
}

extension Value.Entry: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.list {
      $0.item(key)
      $0.item(value)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let items = try wire.items()
    guard items.count == 2 else { throw WireMismatch("entry") }
    self.init(try String(wire: items[0]), try Value(wire: items[1]))
  }
}
