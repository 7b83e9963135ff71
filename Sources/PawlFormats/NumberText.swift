#if canImport(Glibc)
  import Glibc
#endif

/// Decimal text to Double, correctly rounded.
enum NumberText {
  /// Reads `[+-](digits[.digits*] | .digits)[(e|E)[+-]digits]`, the whole of the bytes; nil for anything else.
  ///
  /// Up to 19 significant digits that fit 2^53 with a power of ten within ±22 are exact in one operation (Clinger
  /// 1990), up to 18 digits take a division in twice the precision; everything else goes to `strtod`, which rounds
  /// correctly and gives ±infinity beyond the range.
  static func decimal(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
    var index = 0
    let count = bytes.count
    var mantissa: UInt64 = 0
    var power = 0
    var digits = 0
    var significant = 0
    var isNegative = false
    if count > 0, bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") {
      isNegative = bytes[0] == UInt8(ascii: "-")
      index = 1
    }
    var seenPoint = false
    while index < count {
      let digit = bytes[index] &- 0x30
      if digit < 10 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        if mantissa != 0 { significant &+= 1 }
        digits &+= 1
        if seenPoint { power &-= 1 }
      } else if bytes[index] == UInt8(ascii: "."), !seenPoint {
        seenPoint = true
      } else {
        break
      }
      index &+= 1
    }
    guard digits > 0 else { return nil }
    if index < count {
      guard let exponent = exponent(bytes, from: index) else { return nil }
      power += exponent
    }
    if significant <= 19, mantissa <= 1 << 53, power >= -22, power <= 22 {
      let value = power < 0 ? Double(mantissa) / powers[-power] : Double(mantissa) * powers[power]
      return isNegative ? -value : value
    }
    if significant <= 18, power < 0, power >= -22, let value = quotient(mantissa, powers[-power]) {
      return isNegative ? -value : value
    }
    return slow(bytes)
  }

  /// `mantissa / divisor` for a mantissa below 2^63 and an exact divisor, correctly rounded; nil when it is too near the
  /// middle between two Doubles to be sure.
  ///
  /// The mantissa is the exact sum of two Doubles; the remainder of the first quotient is exact by a fused operation,
  /// so `first + second` is off by less than 2^-104 of its size, and `rest` says how far the sum was rounded.
  private static func quotient(_ mantissa: UInt64, _ divisor: Double) -> Double? {
    let high = Double(mantissa)
    let low = Double(Int64(bitPattern: mantissa) &- Int64(high))
    let first = high / divisor
    let second = (fma(-first, divisor, high) + low) / divisor
    let sum = first + second
    let rest = second - (sum - first)
    // 2^-40 of a unit is far more than the error; below a power of two the units are half as wide.
    guard sum.significandBitPattern != 0, abs(rest) < sum.ulp * (0.5 - 0x1p-40) else { return nil }
    return sum
  }

  /// The exponent after the digits, `e-05`, bounded to ±100,000; nil when it is malformed.
  private static func exponent(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard bytes[start] | 0x20 == UInt8(ascii: "e") else { return nil }
    var index = start + 1
    var isNegative = false
    if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    }
    guard index < bytes.count else { return nil }
    var value = 0
    while index < bytes.count {
      let digit = bytes[index] &- 0x30
      guard digit < 10 else { return nil }
      value = min(100_000, value * 10 + Int(digit))
      index += 1
    }
    return isNegative ? -value : value
  }

  private static func slow(_ bytes: UnsafeBufferPointer<UInt8>) -> Double {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
      guard let start = buffer.baseAddress else { return .nan }
      for index in 0..<bytes.count { buffer[index] = CChar(bitPattern: bytes[index]) }
      buffer[bytes.count] = 0
      return strtod(start, nil)
    }
  }

  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    1e20, 1e21, 1e22,
  ]

  /// What Python's `float` reads: decimals, and `nan`, `inf`, `infinity` in any case, spaces around allowed.
  static func python(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
    if let value = decimal(bytes) { return value }
    let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    guard let first = bytes.first, let last = bytes.last else { return nil }
    if blank(first) || blank(last) {
      var low = 0
      var high = bytes.count
      while low < high, blank(bytes[low]) { low += 1 }
      while high > low, blank(bytes[high - 1]) { high -= 1 }
      return python(UnsafeBufferPointer(rebasing: bytes[low..<high]))
    }
    guard bytes.count <= 9 else { return nil }
    let isNegative = first == UInt8(ascii: "-")
    let isSigned = isNegative || first == UInt8(ascii: "+")
    switch String(decoding: bytes.dropFirst(isSigned ? 1 : 0), as: UTF8.self).lowercased() {
    case "nan": return .nan
    case "inf", "infinity": return isNegative ? -.infinity : .infinity
    default: return nil
    }
  }
}
