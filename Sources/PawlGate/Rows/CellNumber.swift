/// Reads decimal numbers out of bytes, correctly rounded, without making strings of them.
enum CellNumber {
  /// The number in `bytes[start..<end]`, spaces around it ignored; nil for anything else.
  ///
  /// Takes `[+-]digits[.digits][e[+-]digits]` and, in any case, `nan`, `inf`, `infinity`.
  static func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Double? {
    if let number = plain(bytes, start, end) { return number }
    var at = start
    var end = end
    while at < end, isSpace(bytes[at]) { at &+= 1 }
    while at < end, isSpace(bytes[end &- 1]) { end &-= 1 }
    guard at < end else { return nil }
    var isNegative = false
    let body = at
    if bytes[at] == 0x2D || bytes[at] == 0x2B {
      isNegative = bytes[at] == 0x2D
      at &+= 1
    }
    var digits = Digits()
    at = digits.take(bytes, at, end)
    guard digits.seen > 0 else { return word(bytes, at, end, isNegative) }
    if at < end {
      guard let power = exponent(bytes, at, end) else { return nil }
      digits.exponent &+= power
    }
    guard let magnitude = digits.exact else { return slow(bytes, body, end) }
    return isNegative ? -magnitude : magnitude
  }

  /// `12` and `0.125`, as most cells are: few digits, so that one division rounds correctly.
  @inline(__always)
  private static func plain(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Double? {
    guard start >= 0, end <= bytes.count, end &- start <= 17 else { return nil }
    var mantissa: UInt64 = 0
    var point = end
    var at = start
    while at < end {
      let digit = bytes[unchecked: at] &- 0x30
      if digit <= 9 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
      } else {
        guard digit == 0x2E as UInt8 &- 0x30, point == end else { return nil }
        point = at
      }
      at &+= 1
    }
    let digits = end &- start &- (point < end ? 1 : 0)
    return exact(mantissa, digits: digits, fraction: point < end ? end &- point &- 1 : 0)
  }

  /// `mantissa` of 1...17 digits, `fraction` of them behind the point; nil where one division may not round correctly.
  @inline(__always)
  static func exact(_ mantissa: UInt64, digits: Int, fraction: Int) -> Double? {
    guard digits > 0, digits <= 17, mantissa <= 1 << 53 else { return nil }
    return fraction > 0 ? Double(mantissa) / Digits.tens[fraction] : Double(mantissa)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// `e-5` from `at` to `end`; nil when it is anything else. Beyond ±99,999 it stays there.
  private static func exponent(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    guard bytes[start] | 0x20 == 0x65 else { return nil }
    var at = start &+ 1
    var isNegative = false
    if at < end, bytes[at] == 0x2D || bytes[at] == 0x2B {
      isNegative = bytes[at] == 0x2D
      at &+= 1
    }
    guard at < end else { return nil }
    var power = 0
    while at < end {
      let digit = bytes[at] &- 0x30
      guard digit <= 9 else { return nil }
      power = min(99_999, power &* 10 &+ Int(digit))
      at &+= 1
    }
    return isNegative ? -power : power
  }

  private static func word(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ isNegative: Bool) -> Double? {
    func matches(_ word: StaticString) -> Bool {
      guard end &- start == word.utf8CodeUnitCount else { return false }
      for index in 0..<word.utf8CodeUnitCount where bytes[start &+ index] | 0x20 != word.utf8Start[index] {
        return false
      }
      return true
    }
    if matches("nan") { return .nan }
    guard matches("inf") || matches("infinity") else { return nil }
    return isNegative ? -.infinity : .infinity
  }

  /// More than 19 digits or far exponents: rare enough for the standard library.
  private static func slow(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Double? {
    var copy: [UInt8] = []
    copy.reserveCapacity(end - start)
    for index in start..<end { copy.append(bytes[index]) }
    return Double(String(decoding: copy, as: UTF8.self))
  }
}

/// Up to 19 decimal digits and a power of ten.
private struct Digits {
  var mantissa: UInt64 = 0
  var exponent = 0
  /// Digits seen at all.
  var seen = 0
  private var significant = 0

  /// Reads digits with at most one point and returns where they end.
  mutating func take(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var at = start
    var isFraction = false
    while at < end {
      let digit = bytes[at] &- 0x30
      if digit <= 9 {
        seen &+= 1
        if significant > 0 || digit > 0 { significant &+= 1 }
        if significant <= 19 { mantissa = mantissa &* 10 &+ UInt64(digit) }
        if isFraction { exponent &-= 1 }
      } else if bytes[at] == 0x2E, !isFraction {
        isFraction = true
      } else {
        break
      }
      at &+= 1
    }
    return at
  }

  /// The nearest Double, nil where this arithmetic cannot tell.
  var exact: Double? {
    guard significant <= 19 else { return nil }
    if mantissa == 0 { return 0 }
    // Both factors are exact Doubles, so that one operation rounds correctly (Clinger 1990).
    if mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
      return exponent < 0
        ? Double(mantissa) / Digits.tens[-exponent] : Double(mantissa) * Digits.tens[exponent]
    }
    guard exponent < 0, exponent >= -27 else { return nil }
    return Digits.quotient(mantissa, by: -exponent)
  }

  /// mantissa / 10^power for power in 1...27, rounded to nearest even from an exact 64-bit quotient and its remainder.
  private static func quotient(_ mantissa: UInt64, by power: Int) -> Double {
    let five = fives[power]
    let (n, d) = (mantissa.leadingZeroBitCount, five.leadingZeroBitCount)
    let divisor = five << UInt64(d)
    var high = mantissa << UInt64(n)
    var low: UInt64 = 0
    var scale = -64 - n + d - power
    if high >= divisor {
      low = high << 63
      high >>= 1
      scale += 1
    }
    let (quotient, remainder) = divisor.dividingFullWidth((high, low))
    // 63 or 64 bits: cut to 54 with everything below in a sticky last bit, which rounds like the whole.
    let shift = UInt64(64 - quotient.leadingZeroBitCount - 54)
    let lost = quotient & ((1 << shift) - 1)
    let kept = quotient >> shift
    let isHalf = kept & 1 == 1
    var bits = kept >> 1
    if isHalf, lost != 0 || remainder != 0 || bits & 1 == 1 { bits += 1 }
    return Double(sign: .plus, exponent: scale + Int(shift) + 1, significand: Double(bits))
  }

  static let tens: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
  private static let fives: [UInt64] = (0...27).map { power in (0..<power).reduce(1) { value, _ in value * 5 } }
}
