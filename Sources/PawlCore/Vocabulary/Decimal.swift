/// An exact decimal number, sign × digits × 10^exponent, as a file or a rule writes it.
///
/// Bounds are compared in decimal, so that 0.85 is exactly 0.80 + 0.05 (contract §4).
package struct Decimal: Sendable, Hashable {
  package private(set) var isNegative: Bool
  /// Decimal digits 0…9, most significant first, no leading or trailing zeros; empty for zero.
  package private(set) var digits: [UInt8]
  package private(set) var exponent: Int

  package static let zero = Decimal(isNegative: false, digits: [], exponent: 0)
  private static let widest = 4_000

  private init(isNegative: Bool, digits: [UInt8], exponent: Int) {
    let first = digits.firstIndex { $0 != 0 } ?? digits.endIndex
    let last = digits.lastIndex { $0 != 0 }.map { $0 + 1 } ?? digits.endIndex
    self.digits = first < last ? Array(digits[first..<last]) : []
    self.exponent = self.digits.isEmpty ? 0 : exponent + (digits.endIndex - last)
    self.isNegative = isNegative && !self.digits.isEmpty
  }

  /// Reads `[+-]digits[.digits][e[+-]digits]`; nil for anything else, for non-finite words and absurd sizes
  /// (over 4,000 digits, exponents beyond ±9,999).
  package init?(_ text: some StringProtocol) {
    var digits: [UInt8] = []
    var exponent = 0
    var negative = false
    var seenDigit = false
    var seenPoint = false
    var rest = Substring(text).utf8[...]
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      negative = sign == UInt8(ascii: "-")
      rest = rest.dropFirst()
    }
    scan: while let byte = rest.first {
      switch byte {
      case 0x30...0x39:
        seenDigit = true
        digits.append(byte - 0x30)
        if seenPoint { exponent -= 1 }
        guard digits.count <= Decimal.widest else { return nil }
      case UInt8(ascii: ".") where !seenPoint: seenPoint = true
      default: break scan
      }
      rest = rest.dropFirst()
    }
    guard seenDigit else { return nil }
    if let mark = rest.first {
      guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return nil }
      guard let power = Int(Substring(rest.dropFirst())), abs(power) <= 9_999 else { return nil }
      exponent += power
    }
    self.init(isNegative: negative, digits: digits, exponent: exponent)
  }

  /// The shortest decimal that reads back as the same Double; nil for NaN and infinities.
  package init?(_ value: Double) {
    guard value.isFinite else { return nil }
    self.init(value.description)
  }

  package var isZero: Bool { digits.isEmpty }

  /// The nearest Double; ±infinity beyond its range.
  package var double: Double {
    let text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    return Double("\(isNegative ? "-" : "")\(text.isEmpty ? "0" : text)e\(exponent)") ?? 0
  }

  /// Plain notation without an exponent, such as `-0.015`.
  package var text: String {
    if isZero { return "0" }
    var body = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    if exponent >= 0 {
      body += String(repeating: "0", count: exponent)
    } else if digits.count + exponent > 0 {
      body.insert(".", at: body.index(body.startIndex, offsetBy: digits.count + exponent))
    } else {
      body = "0." + String(repeating: "0", count: -exponent - digits.count) + body
    }
    return (isNegative ? "-" : "") + body
  }

  package static prefix func - (a: Decimal) -> Decimal {
    Decimal(isNegative: !a.isNegative, digits: a.digits, exponent: a.exponent)
  }

  package var magnitude: Decimal { isNegative ? -self : self }

  package static func * (a: Decimal, b: Decimal) -> Decimal {
    guard !a.isZero, !b.isZero else { return .zero }
    var columns = [Int](repeating: 0, count: a.digits.count + b.digits.count)
    for (i, x) in a.digits.enumerated() {
      for (j, y) in b.digits.enumerated() { columns[i + j + 1] += Int(x) * Int(y) }
    }
    for index in columns.indices.dropFirst().reversed() {
      columns[index - 1] += columns[index] / 10
      columns[index] %= 10
    }
    return Decimal(
      isNegative: a.isNegative != b.isNegative, digits: columns.map { UInt8($0) }, exponent: a.exponent + b.exponent)
  }

  package static func + (a: Decimal, b: Decimal) -> Decimal {
    if a.isZero { return b }
    if b.isZero { return a }
    // Far apart (1e308 + 1e-300): exact digits would be absurd, and the smaller cannot change a comparison's sign.
    let low = min(a.exponent, b.exponent)
    let high = max(a.exponent + a.digits.count, b.exponent + b.digits.count)
    let x = a.aligned(low: low, width: high - low + 1)
    let y = b.aligned(low: low, width: high - low + 1)
    if a.isNegative == b.isNegative {
      return Decimal(isNegative: a.isNegative, digits: sum(x, y), exponent: low)
    }
    if x.lexicographicallyPrecedes(y) {
      return Decimal(isNegative: b.isNegative, digits: difference(y, x), exponent: low)
    }
    return Decimal(isNegative: a.isNegative, digits: difference(x, y), exponent: low)
  }

  package static func - (a: Decimal, b: Decimal) -> Decimal { a + (-b) }

  private func aligned(low: Int, width: Int) -> [UInt8] {
    let zerosAfter = exponent - low
    let zerosBefore = max(0, width - digits.count - zerosAfter)
    return [UInt8](repeating: 0, count: zerosBefore) + digits + [UInt8](repeating: 0, count: zerosAfter)
  }

  private static func sum(_ x: [UInt8], _ y: [UInt8]) -> [UInt8] {
    var result = x
    var carry: UInt8 = 0
    for index in x.indices.reversed() {
      let digit = x[index] + y[index] + carry
      result[index] = digit % 10
      carry = digit / 10
    }
    return result
  }

  /// x − y for x ≥ y of equal width.
  private static func difference(_ x: [UInt8], _ y: [UInt8]) -> [UInt8] {
    var result = x
    var borrow: UInt8 = 0
    for index in x.indices.reversed() {
      let take = y[index] + borrow
      borrow = x[index] < take ? 1 : 0
      result[index] = x[index] + borrow * 10 - take
    }
    return result
  }
}

extension Decimal: Comparable {
  package static func < (a: Decimal, b: Decimal) -> Bool {
    let difference = a - b
    return difference.isNegative
  }
}

/// A number that keeps the digits of the file it came from; may be NaN or infinite.
package struct Number: Sendable, Hashable {
  package var value: Double
  /// As written: `0.9120`, `NaN`, `-Infinity`.
  package var text: String

  package init(_ value: Double, text: String) {
    self.value = value
    self.text = text
  }

  /// A computed number: its shortest text.
  package init(_ value: Double) {
    self.value = value
    self.text = value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : value.description
  }

  /// The exact decimal; nil when it is not finite.
  package var decimal: Decimal? { Decimal(text) ?? Decimal(value) }
}
