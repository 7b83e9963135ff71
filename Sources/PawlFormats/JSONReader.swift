import PawlCore

/// A recursive descent over bytes that are known to be UTF-8; never reads past the end.
struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
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
      skipSpace()
      guard index == end else { throw JSONFault("\(shown(index)) after the end of the value", at: index) }
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

  private mutating func object(depth: Int) throws(JSONFault) -> Value {
    let start = index
    index &+= 1
    var entries: [Value.Entry] = []
    var places: [String: Int] = [:]
    skipSpace()
    if index < end, bytes[index] == UInt8(ascii: "}") {
      index &+= 1
      return .map([])
    }
    while true {
      let key = try key(of: start)
      skipSpace()
      let value = try value(depth: depth + 1)
      JSONReader.insert(Value.Entry(key, value), into: &entries, places: &places)
      skipSpace()
      guard index < end else { throw JSONFault("this `{` is never closed", at: start) }
      switch bytes[index] {
      case UInt8(ascii: ","): index &+= 1
      case UInt8(ascii: "}"):
        index &+= 1
        return .map(entries)
      default: throw JSONFault("\(shown(index)) where `,` or `}` should be", at: index)
      }
      skipSpace()
      if index < end, bytes[index] == UInt8(ascii: "}") {
        throw JSONFault("a comma before `}`", at: index, remedy: "remove the comma")
      }
    }
  }

  /// A quoted key and its colon; `start` is the object's brace.
  mutating func key(of start: Int) throws(JSONFault) -> String {
    skipSpace()
    guard index < end else { throw JSONFault("this `{` is never closed", at: start) }
    guard bytes[index] == UInt8(ascii: "\"") else {
      throw JSONFault("\(shown(index)) where a key in double quotes should be", at: index)
    }
    let key = try string()
    try colon()
    return key
  }

  mutating func colon() throws(JSONFault) {
    skipSpace()
    guard index < end, bytes[index] == UInt8(ascii: ":") else {
      throw JSONFault("\(shown(index)) where `:` should be", at: index)
    }
    index &+= 1
  }

  /// Of duplicate keys the last value wins, in the place of the first, as in a Python dict.
  private static func insert(_ entry: Value.Entry, into entries: inout [Value.Entry], places: inout [String: Int]) {
    if entries.count < 12 {
      if let place = entries.firstIndex(where: { $0.key == entry.key }) {
        entries[place].value = entry.value
      } else {
        entries.append(entry)
      }
      return
    }
    if places.isEmpty { for (place, known) in entries.enumerated() { places[known.key] = place } }
    if let place = places[entry.key] {
      entries[place].value = entry.value
    } else {
      places[entry.key] = entries.count
      entries.append(entry)
    }
  }

  private mutating func array(depth: Int) throws(JSONFault) -> Value {
    let start = index
    index &+= 1
    var items: [Value] = []
    skipSpace()
    if index < end, bytes[index] == UInt8(ascii: "]") {
      index &+= 1
      return .list([])
    }
    while true {
      skipSpace()
      guard index < end else { throw JSONFault("this `[` is never closed", at: start) }
      if bytes[index] == UInt8(ascii: "]") {
        throw JSONFault("a comma before `]`", at: index, remedy: "remove the comma")
      }
      items.append(try value(depth: depth + 1))
      skipSpace()
      guard index < end else { throw JSONFault("this `[` is never closed", at: start) }
      switch bytes[index] {
      case UInt8(ascii: ","): index &+= 1
      case UInt8(ascii: "]"):
        index &+= 1
        return .list(items)
      default: throw JSONFault("\(shown(index)) where `,` or `]` should be", at: index)
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

  /// The byte range of a number token at the index; moves past it. Nil range ends mean a word such as `-Infinity`.
  mutating func numberRange() throws(JSONFault) -> Range<Int> {
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
  mutating func takeMinusInfinity() -> Bool { take("-Infinity") }

  /// The text of the string token at the index; moves past it.
  mutating func string() throws(JSONFault) -> String {
    let range = try stringRange()
    if !range.isEscaped { return String(decoding: bytes[range.content], as: UTF8.self) }
    return JSONText.unescaped(bytes, range.content)
  }

  /// The bytes between the quotes, validated; moves past the closing quote.
  mutating func stringRange() throws(JSONFault) -> (content: Range<Int>, isEscaped: Bool) {
    let open = index
    index &+= 1
    let start = index
    var isEscaped = false
    while index < end {
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

/// Escapes inside JSON strings.
enum JSONText {
  static func hex(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte - 0x30)
    case 0x41...0x46: UInt32(byte - 0x41 + 10)
    case 0x61...0x66: UInt32(byte - 0x61 + 10)
    default: nil
    }
  }

  /// Resolves validated escapes; lone surrogates become U+FFFD.
  static func unescaped(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "\\"), index + 1 < range.upperBound else {
        result.append(byte)
        index += 1
        continue
      }
      index += 2
      switch bytes[index - 1] {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"):
        let (scalar, next) = scalar(bytes, at: index, end: range.upperBound)
        result.append(contentsOf: String(Character(scalar)).utf8)
        index = next
      default: result.append(bytes[index - 1])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func unit(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, end: Int) -> UInt32? {
    guard index + 4 <= end else { return nil }
    var value: UInt32 = 0
    for offset in 0..<4 {
      guard let digit = hex(bytes[index + offset]) else { return nil }
      value = value << 4 | digit
    }
    return value
  }

  /// The scalar of four hexadecimal digits, or of a pair of surrogates, and the offset after it.
  private static func scalar(
    _ bytes: UnsafeBufferPointer<UInt8>, at index: Int, end: Int
  ) -> (Unicode.Scalar, Int) {
    guard let high = unit(bytes, at: index, end: end) else { return ("\u{FFFD}", min(end, index + 4)) }
    if let scalar = Unicode.Scalar(high) { return (scalar, index + 4) }
    if high < 0xDC00, index + 6 <= end, bytes[index + 4] == UInt8(ascii: "\\"), bytes[index + 5] == UInt8(ascii: "u"),
      let low = unit(bytes, at: index + 6, end: end), (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    {
      return (scalar, index + 10)
    }
    return ("\u{FFFD}", index + 4)
  }
}
