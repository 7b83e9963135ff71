import PawlCore

extension TOMLReader {
  /// A boolean, number, date or time, up to the next space, comma, bracket, comment or line end.
  mutating func bareValue() throws(TOMLFault) -> Value {
    let start = index
    var token = bareToken()
    if TOMLShape.isDate(token), next == 0x20, let digit = peek(1), digit &- 0x30 < 10 {
      index += 1
      token = bytes[start..<(index + bareToken().count)]
      index = token.endIndex
    }
    guard !token.isEmpty else { throw TOMLFault("\(shown) where a value should be", at: start) }
    switch String(decoding: token, as: UTF8.self) {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "inf", "+inf": return .number(Number(.infinity))
    case "-inf": return .number(Number(-.infinity))
    case "nan", "+nan", "-nan": return .number(Number(.nan))
    case let text:
      if let number = TOMLShape.number(token) { return .number(number) }
      if TOMLShape.isDateOrTime(token) { return .text(text) }
      throw TOMLFault("`\(text.prefix(40))` is no value", at: start)
    }
  }

  private mutating func bareToken() -> ArraySlice<UInt8> {
    let start = index
    while let byte = next, byte > 0x20, !",[]{}#\"'=".utf8.contains(byte) { index += 1 }
    return bytes[start..<index]
  }

  /// Any of the four kinds of strings; moves past the closing quotes.
  mutating func string() throws(TOMLFault) -> String {
    guard let quote = next else { return "" }
    let isLong = peek(1) == quote && peek(2) == quote
    let start = index
    var content: [UInt8] = []
    index += isLong ? 3 : 1
    if isLong {
      if next == 0x0A { index += 1 } else if next == 0x0D, peek(1) == 0x0A { index += 2 }
    }
    while let byte = next {
      if byte == quote {
        guard isLong else {
          index += 1
          return String(decoding: content, as: UTF8.self)
        }
        let count = quotes(quote)
        index += count
        if count >= 3 {
          content += Array(repeating: quote, count: count - 3)
          return String(decoding: content, as: UTF8.self)
        }
        content += Array(repeating: quote, count: count)
      } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        content += try escape(isLong: isLong)
      } else if byte == 0x0A || byte == 0x0D && peek(1) == 0x0A {
        guard isLong else { throw TOMLFault("this string is not closed on its line", at: start) }
        index += byte == 0x0A ? 1 : 2
        content.append(0x0A)
      } else {
        if TOMLReader.isControl(byte) { throw TOMLFault("a raw control character in a string", at: index) }
        content.append(byte)
        index += 1
      }
    }
    throw TOMLFault("this string is never closed", at: start)
  }

  /// How many quotes stand here, five at most: two of the content and three that close.
  private func quotes(_ quote: UInt8) -> Int {
    var count = 0
    while count < 5, peek(count) == quote { count += 1 }
    return count
  }

  private mutating func escape(isLong: Bool) throws(TOMLFault) -> [UInt8] {
    let start = index
    index += 2
    switch start + 1 < bytes.count ? bytes[start + 1] : 0 {
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "\""): return [UInt8(ascii: "\"")]
    case UInt8(ascii: "\\"): return [UInt8(ascii: "\\")]
    case UInt8(ascii: "u"): return try unicode(digits: 4, start)
    case UInt8(ascii: "U"): return try unicode(digits: 8, start)
    case 0x20, 0x09, 0x0A, 0x0D:
      index = start + 1
      if isLong, skipToNextLine() { return [] }
    default: break
    }
    throw TOMLFault("unknown escape in a string", at: start)
  }

  /// After a backslash that ends its line: moves past all white space; false when something else follows on the line.
  private mutating func skipToNextLine() -> Bool {
    var seenBreak = false
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D && peek(1) == 0x0A {
      seenBreak = seenBreak || byte == 0x0A
      index += 1
    }
    return seenBreak
  }

  private mutating func unicode(digits: Int, _ start: Int) throws(TOMLFault) -> [UInt8] {
    var code: UInt32 = 0
    for _ in 0..<digits {
      guard let byte = next, let digit = JSONText.hex(byte) else {
        throw TOMLFault("an escape wants \(digits) hexadecimal digits", at: start)
      }
      code = code << 4 | digit
      index += 1
    }
    guard let scalar = Unicode.Scalar(code) else { throw TOMLFault("an escape that is no character", at: start) }
    // The library that checks the rest works on C strings, which NUL would cut short.
    guard code != 0 else { throw TOMLFault("a NUL character in the text", at: start) }
    return Array(String(Character(scalar)).utf8)
  }
}

/// The forms of numbers, dates and times.
enum TOMLShape {
  /// The text has no underscores and no plus; hexadecimal, octal and binary integers become decimal.
  static func number(_ token: ArraySlice<UInt8>) -> Number? {
    guard let digits = withoutUnderscores(token) else { return nil }
    let text = String(decoding: digits, as: UTF8.self)
    if digits.count > 2, digits[0] == UInt8(ascii: "0"), let radix = radix(digits[1]) {
      guard let value = UInt64(text.dropFirst(2), radix: radix), JSONText.hex(digits[2]) != nil else { return nil }
      return Number(Double(value), text: String(value))
    }
    guard isDecimal(digits), let value = digits.withUnsafeBufferPointer({ NumberText.decimal($0) }) else { return nil }
    return Number(value, text: text.hasPrefix("+") ? String(text.dropFirst()) : text)
  }

  private static func radix(_ letter: UInt8) -> Int? {
    switch letter {
    case UInt8(ascii: "x"): 16
    case UInt8(ascii: "o"): 8
    case UInt8(ascii: "b"): 2
    default: nil
    }
  }

  /// No leading zeros, digits on both sides of a point.
  private static func isDecimal(_ digits: [UInt8]) -> Bool {
    var rest = digits[...]
    if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let whole = rest.prefix { $0 &- 0x30 < 10 }
    guard let first = whole.first, first != 0x30 || whole.count == 1 else { return false }
    rest = rest.dropFirst(whole.count)
    guard rest.first == UInt8(ascii: ".") else { return true }
    return rest.dropFirst().first.map { $0 &- 0x30 < 10 } ?? false
  }

  private static func withoutUnderscores(_ token: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    for (place, byte) in zip(token.indices, token) {
      guard byte == UInt8(ascii: "_") else {
        result.append(byte)
        continue
      }
      guard place > token.startIndex, place + 1 < token.endIndex, JSONText.hex(token[place - 1]) != nil,
        JSONText.hex(token[place + 1]) != nil
      else { return nil }
    }
    return result
  }

  static func isDate(_ token: ArraySlice<UInt8>) -> Bool { fits(token, "0000-00-00") }

  /// `1979-05-27`, `07:32:00.5`, or both joined by `T` or a space with an optional offset.
  static func isDateOrTime(_ token: ArraySlice<UInt8>) -> Bool {
    if isDate(token) || isTime(token) { return true }
    guard token.count > 11, isDate(token.prefix(10)) else { return false }
    let joint = token[token.startIndex + 10]
    guard joint == UInt8(ascii: "T") || joint == UInt8(ascii: "t") || joint == 0x20 else { return false }
    let time = token.dropFirst(11)
    if isTime(time) { return true }
    if let last = time.last, last == UInt8(ascii: "Z") || last == UInt8(ascii: "z") { return isTime(time.dropLast()) }
    return isTime(time.dropLast(6)) && (fits(time.suffix(6), "+00:00") || fits(time.suffix(6), "-00:00"))
  }

  private static func isTime(_ token: ArraySlice<UInt8>) -> Bool {
    guard fits(token.prefix(8), "00:00:00") else { return false }
    let fraction = token.dropFirst(8)
    guard let point = fraction.first else { return true }
    return point == UInt8(ascii: ".") && fraction.count > 1 && fraction.dropFirst().allSatisfy { $0 &- 0x30 < 10 }
  }

  /// Whether the bytes have digits where the pattern has `0` and are the pattern elsewhere.
  private static func fits(_ token: ArraySlice<UInt8>, _ pattern: StaticString) -> Bool {
    guard token.count == pattern.utf8CodeUnitCount else { return false }
    for (place, byte) in token.enumerated() {
      let wanted = pattern.utf8Start[place]
      guard wanted == 0x30 ? byte &- 0x30 < 10 : byte == wanted else { return false }
    }
    return true
  }
}
