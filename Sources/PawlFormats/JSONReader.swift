import PawlCore

/// A recursive descent over bytes that are known to be UTF-8; never reads past the end.
struct JSONReader {
  let bytes: UnsafeBufferPointer<UInt8>
  /// The next byte to read.
  var index: Int
  /// One past the last byte to read.
  private let end: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.init(bytes, in: 0..<bytes.count)
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
    self.bytes = bytes
    index = range.lowerBound
    end = range.upperBound
  }

  /// One value with nothing but white space around it.
  mutating func document() -> Result<Value, JSONFault> {
    do throws(JSONFault) {
      skipSpace()
      guard index < end else { throw JSONFault("there is no JSON value", at: index) }
      let value = try value(depth: 0)
      try requireEnd("value")
      return .success(value)
    } catch {
      return .failure(error)
    }
  }

  mutating func skipSpace() {
    while index < end {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index &+= 1
      default: return
      }
    }
  }

  mutating func value(depth: Int) throws(JSONFault) -> Value {
    guard depth < JSON.deepest else { throw JSONFault("nested deeper than \(JSON.deepest) levels", at: index) }
    guard index < end else { throw JSONFault("the text ends where a value should be", at: index) }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
    case UInt8(ascii: "t") where take("true"): return .bool(true)
    case UInt8(ascii: "f") where take("false"): return .bool(false)
    case UInt8(ascii: "n") where take("null"): return .null
    case UInt8(ascii: "N") where take("NaN"): return .number(Number(.nan, text: "NaN"))
    case UInt8(ascii: "I") where take("Infinity"): return .number(Number(.infinity, text: "Infinity"))
    case UInt8(ascii: "'"):
      throw JSONFault("`'` where a value should be", at: index, remedy: "JSON wants double quotes")
    default: throw JSONFault("\(shown(index)) where a value should be", at: index)
    }
  }

  /// Nothing but white space may follow.
  mutating func requireEnd(_ what: String) throws(JSONFault) {
    skipSpace()
    guard index == end else { throw JSONFault("\(shown(index)) after the end of the \(what)", at: index) }
  }

  /// The byte at the index, nil at the end.
  var next: UInt8? { index < end ? bytes[index] : nil }

  private mutating func object(depth: Int) throws(JSONFault) -> Value {
    let start = try enterObject(depth: depth)
    if leaveEmpty(UInt8(ascii: "}")) { return .map([]) }
    var entries: [Value.Entry] = []
    var places: [String: Int] = [:]
    repeat {
      let key = try keyRange(of: start)
      let name = text(key)
      let value = try value(depth: depth + 1)
      guard JSONReader.insert(Value.Entry(name, value), into: &entries, places: &places) else {
        throw JSONFault(
          "the key `\(name)` is there twice", at: key.content.lowerBound, remedy: "keep one: which of them counts?")
      }
    } while try goesOn(in: start, until: UInt8(ascii: "}"))
    return .map(entries)
  }

  /// Moves past an opening brace; gives its offset.
  mutating func enterObject(depth: Int) throws(JSONFault) -> Int {
    guard depth < JSON.deepest else { throw JSONFault("nested deeper than \(JSON.deepest) levels", at: index) }
    index &+= 1
    return index &- 1
  }

  /// Whether the bracket just opened closes at once; moves past it.
  mutating func leaveEmpty(_ close: UInt8) -> Bool {
    skipSpace()
    guard next == close else { return false }
    index &+= 1
    return true
  }

  /// A quoted key and its colon, up to the value; `start` is the object's brace.
  mutating func keyRange(of start: Int) throws(JSONFault) -> (content: Range<Int>, isEscaped: Bool) {
    skipSpace()
    guard index < end else { throw JSONFault("this `{` is never closed", at: start) }
    guard bytes[index] == UInt8(ascii: "\"") else {
      throw JSONFault("\(shown(index)) where a key in double quotes should be", at: index)
    }
    let key = try stringRange()
    skipSpace()
    guard next == UInt8(ascii: ":") else { throw JSONFault("\(shown(index)) where `:` should be", at: index) }
    index &+= 1
    skipSpace()
    return key
  }

  /// After a member or item: whether another follows; moves past the comma or the closing bracket.
  mutating func goesOn(in start: Int, until close: UInt8) throws(JSONFault) -> Bool {
    skipSpace()
    let bracket = close == UInt8(ascii: "}") ? "{" : "["
    let closing = close == UInt8(ascii: "}") ? "}" : "]"
    guard index < end else { throw JSONFault("this `\(bracket)` is never closed", at: start) }
    if bytes[index] == close {
      index &+= 1
      return false
    }
    guard bytes[index] == UInt8(ascii: ",") else {
      throw JSONFault("\(shown(index)) where `,` or `\(closing)` should be", at: index)
    }
    index &+= 1
    skipSpace()
    if next == close { throw JSONFault("a comma before `\(closing)`", at: index, remedy: "remove the comma") }
    guard index < end else { throw JSONFault("this `\(bracket)` is never closed", at: start) }
    return true
  }

  /// Whether the key is new: one that is there twice would drop a value in silence.
  private static func insert(
    _ entry: Value.Entry, into entries: inout [Value.Entry], places: inout [String: Int]
  ) -> Bool {
    if entries.count < 12 {
      if entries.contains(where: { $0.key == entry.key }) { return false }
    } else {
      if places.isEmpty { for (place, known) in entries.enumerated() { places[known.key] = place } }
      if places.updateValue(entries.count, forKey: entry.key) != nil { return false }
    }
    entries.append(entry)
    return true
  }

  private mutating func array(depth: Int) throws(JSONFault) -> Value {
    let start = index
    index &+= 1
    if leaveEmpty(UInt8(ascii: "]")) { return .list([]) }
    var items: [Value] = []
    repeat { items.append(try value(depth: depth + 1)) } while try goesOn(in: start, until: UInt8(ascii: "]"))
    return .list(items)
  }

  /// Moves past one value, checked but not built.
  mutating func skipValue(depth: Int) throws(JSONFault) -> JSONField {
    guard depth < JSON.deepest else { throw JSONFault("nested deeper than \(JSON.deepest) levels", at: index) }
    let start = index
    switch next {
    case UInt8(ascii: "\""):
      let string = try stringRange()
      return .text(string.content, isEscaped: string.isEscaped)
    case .some(0x30...0x39): return .number(try numberRange())
    case UInt8(ascii: "-"):
      if takeMinusInfinity() { return .number(start..<index) }
      return .number(try numberRange())
    case UInt8(ascii: "{"):
      index &+= 1
      if leaveEmpty(UInt8(ascii: "}")) { return .structure(start..<index) }
      repeat {
        _ = try keyRange(of: start)
        _ = try skipValue(depth: depth + 1)
      } while try goesOn(in: start, until: UInt8(ascii: "}"))
      return .structure(start..<index)
    case UInt8(ascii: "["):
      index &+= 1
      if leaveEmpty(UInt8(ascii: "]")) { return .structure(start..<index) }
      repeat { _ = try skipValue(depth: depth + 1) } while try goesOn(in: start, until: UInt8(ascii: "]"))
      return .structure(start..<index)
    default:
      switch try value(depth: depth) {
      case .bool(let flag): return .bool(flag)
      case .number: return .number(start..<index)
      case .null, .text, .list, .map: return .null
      }
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard end - index >= count else { return false }
    for offset in 0..<count where bytes[index + offset] != word.utf8Start[offset] { return false }
    if index + count < end, JSONReader.isWordByte(bytes[index + count]) { return false }
    index += count
    return true
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
    default: false
    }
  }

  /// The byte range of a number token at the index; moves past it.
  private mutating func numberRange() throws(JSONFault) -> Range<Int> {
    let start = index
    if bytes[index] == UInt8(ascii: "-") { index &+= 1 }
    let first = index
    skipDigits()
    guard index > first else { throw JSONFault("a number without digits", at: start) }
    guard index == first + 1 || bytes[first] != UInt8(ascii: "0") else {
      throw JSONFault("a number with a leading zero", at: start)
    }
    if index < end, bytes[index] == UInt8(ascii: ".") {
      index &+= 1
      let fraction = index
      skipDigits()
      guard index > fraction else { throw JSONFault("a number without digits after the point", at: start) }
    }
    if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index &+= 1
      if index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index &+= 1 }
      let exponent = index
      skipDigits()
      guard index > exponent else { throw JSONFault("a number without digits in its exponent", at: start) }
    }
    return start..<index
  }

  private mutating func skipDigits() {
    while index < end, bytes[index] &- 0x30 < 10 { index &+= 1 }
  }

  private mutating func number() throws(JSONFault) -> Number {
    if takeMinusInfinity() { return Number(-.infinity, text: "-Infinity") }
    let token = UnsafeBufferPointer(rebasing: bytes[try numberRange()])
    return Number(NumberText.decimal(token) ?? .nan, text: String(decoding: token, as: UTF8.self))
  }

  /// Python's word for minus infinity; moves past it.
  private mutating func takeMinusInfinity() -> Bool { take("-Infinity") }

  /// The text of the string token at the index; moves past it.
  private mutating func string() throws(JSONFault) -> String { text(try stringRange()) }

  private func text(_ string: (content: Range<Int>, isEscaped: Bool)) -> String {
    string.isEscaped
      ? JSONText.unescaped(bytes, string.content) : String(decoding: bytes[string.content], as: UTF8.self)
  }

  /// The bytes between the quotes, validated; moves past the closing quote.
  private mutating func stringRange() throws(JSONFault) -> (content: Range<Int>, isEscaped: Bool) {
    let open = index
    index &+= 1
    let start = index
    var isEscaped = false
    while index < end {
      skipOrdinary()
      guard index < end else { break }
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index &+= 1
        return (start..<(index - 1), isEscaped)
      }
      if byte == UInt8(ascii: "\\") {
        isEscaped = true
        try checkEscape()
        continue
      }
      if byte < 0x20 {
        if byte == 0x0A || byte == 0x0D { throw JSONFault("this string is not closed on its line", at: open) }
        throw JSONFault("a raw control character in a string", at: index, remedy: "write it as \\u00XX")
      }
      index &+= 1
    }
    throw JSONFault("this string is never closed", at: open)
  }

  /// Moves past whole words of eight bytes that hold no quote, backslash or control character.
  @inline(__always)
  private mutating func skipOrdinary() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while end &- index >= 8 {
      let word = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      // A byte of the sum's high bits is set where the byte is zero (or below 0x20), and maybe above such a byte.
      let found = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
      guard found & highs == 0 else { return }
      index &+= 8
    }
  }

  private mutating func checkEscape() throws(JSONFault) {
    guard index + 1 < end else { throw JSONFault("an escape cut short", at: index) }
    switch bytes[index + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      index &+= 2
    case UInt8(ascii: "u"):
      for offset in 2..<6 {
        guard index + offset < end, JSONText.hex(bytes[index + offset]) != nil else {
          throw JSONFault("`\\u` wants four hexadecimal digits", at: index)
        }
      }
      index &+= 6
    default: throw JSONFault("unknown escape in a string", at: index, remedy: "write `\\\\` for a backslash")
    }
  }

  /// The character at an offset in back-ticks, or words for the end.
  func shown(_ offset: Int) -> String {
    guard offset < end else { return "the text ends" }
    let text = String(decoding: bytes[offset..<min(end, offset + 4)], as: UTF8.self)
    guard let first = text.unicodeScalars.first, first.value >= 0x20, first.value != 0x7F else {
      return "a control character"
    }
    return "`\(first)`"
  }
}
