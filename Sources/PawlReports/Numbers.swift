package import PawlCore

/// Digits for people: as many as the uncertainty allows, rounded in decimal, half away from zero.
///
/// Everything here writes U+2212 for a minus; `forMachines` turns it back.
package enum Numbers {
  package static let minus = "\u{2212}"

  /// Decimals that give two significant digits of a width; 0 for a width of 10 or more, nil for none.
  package static func decimals(forWidth width: Double) -> Int? {
    guard let exact = Decimal(width)?.magnitude, !exact.isZero else { return nil }
    return decimals(forWidth: exact)
  }

  static func decimals(forWidth width: Decimal) -> Int? {
    guard !width.isZero else { return nil }
    let leading = width.digits.count + width.exponent - 1
    return min(12, max(0, 1 - leading))
  }

  /// A number with exactly so many decimals; words for what is not finite.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard let exact = Decimal(value) else { return word(value) }
    return fixed(exact, decimals: decimals)
  }

  static func fixed(_ value: Decimal, decimals: Int) -> String {
    let places = min(max(0, decimals), 20)
    guard value.digits.count + value.exponent < 22 else { return scientific(value, significant: 6) }
    let keep = value.digits.count + value.exponent + places
    var digits = roundedDigits(value, keep: keep)
    while digits.count < places + 1 { digits.insert(0, at: 0) }
    var text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    if places > 0 { text.insert(".", at: text.index(text.endIndex, offsetBy: -places)) }
    let isZero = digits.allSatisfy { $0 == 0 }
    return (value.isNegative && !isZero ? minus : "") + text
  }

  /// The first `keep` digits, rounded; zeros are added where the number has fewer.
  private static func roundedDigits(_ value: Decimal, keep: Int) -> [UInt8] {
    guard keep >= 0 else { return [] }
    var digits = Array(value.digits.prefix(keep))
    digits += [UInt8](repeating: 0, count: keep - digits.count)
    guard value.digits.count > keep, value.digits[keep] >= 5 else { return digits }
    for index in digits.indices.reversed() {
      if digits[index] < 9 {
        digits[index] += 1
        return digits
      }
      digits[index] = 0
    }
    return [1] + digits
  }

  /// At most so many significant digits, without trailing zeros: `0.0123457`, `1.5e−9`.
  package static func general(_ value: Double, significant: Int = 6) -> String {
    guard let exact = Decimal(value) else { return word(value) }
    return general(exact, significant: significant)
  }

  static func general(_ value: Decimal, significant: Int = 6) -> String {
    guard !value.isZero else { return "0" }
    let leading = value.digits.count + value.exponent - 1
    guard (-6...14).contains(leading) else { return scientific(value, significant: significant) }
    let text = fixed(value, decimals: max(0, min(value.digits.count, significant) - 1 - leading))
    guard text.contains(".") else { return text }
    var trimmed = Substring(text)
    while trimmed.last == "0" { trimmed = trimmed.dropLast() }
    return String(trimmed.last == "." ? trimmed.dropLast() : trimmed)
  }

  private static func scientific(_ value: Decimal, significant: Int) -> String {
    var digits = roundedDigits(value, keep: min(value.digits.count, significant))
    var leading = value.digits.count + value.exponent - 1
    if digits.count > min(value.digits.count, significant) { leading += 1 }
    while digits.count > 1, digits.last == 0 { digits.removeLast() }
    var text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    if digits.count > 1 { text.insert(".", at: text.index(after: text.startIndex)) }
    return (value.isNegative ? minus : "") + text + "e" + (leading < 0 ? minus : "") + String(abs(leading))
  }

  /// As the file writes it when that has at most 6 significant digits, else rounded to 6.
  package static func asWritten(_ text: String?, _ value: Double) -> String {
    guard let text, let exact = Decimal(text) else { return general(value) }
    let written = writtenDecimals(text)
    let leading = exact.digits.count + exact.exponent - 1
    guard let written, leading + 1 + written <= 6 else { return general(exact) }
    return fixed(exact, decimals: written)
  }

  /// Digits after the point of a number as written; nil with an exponent or for no number.
  static func writtenDecimals(_ text: String) -> Int? {
    guard Decimal(text) != nil, !text.contains("e"), !text.contains("E") else { return nil }
    guard let point = text.firstIndex(of: ".") else { return 0 }
    return text.distance(from: text.index(after: point), to: text.endIndex)
  }

  static func word(_ value: Double) -> String {
    value.isNaN ? "NaN" : value < 0 ? minus + "Infinity" : "Infinity"
  }

  /// A share as a percent, `5 %`, `2.4 %`, at most three significant digits.
  package static func percent(share: Double) -> String {
    guard let exact = Decimal(share) else { return word(share) }
    return general(exact * hundred, significant: 3) + " %"
  }

  static let hundred = Decimal(100) ?? .zero

  /// A confidence as a percentage: as it was written, or 100 % less an error of two significant digits (`99.84 %`).
  package static func level(_ confidence: Double, alpha: Double? = nil) -> String {
    guard let alpha, alpha.isFinite else {
      return (Decimal(confidence).map { general($0 * hundred, significant: 12) } ?? word(confidence)) + " %"
    }
    let text = general((Decimal(alpha) ?? .zero) * hundred, significant: 2)
    guard !text.contains("e"), let error = Decimal(text) else { return "(100 \(minus) \(text)) %" }
    return general(hundred - error, significant: 12) + " %"
  }

  /// `0.013`, `< 0.0001`; never `0.000`.
  package static func p(_ value: Double) -> String {
    guard value.isFinite else { return word(value) }
    if value < 0.0001 { return "< 0.0001" }
    if value >= 0.9995 { return "1" }
    return general(value, significant: value < 0.1 ? 2 : 3)
  }

  /// A p-value after its letter: `p 0.013`, `p < 0.0001`.
  package static func pText(_ value: Double) -> String { "p " + p(value) }

  /// A count with thousands apart: `2,900`.
  package static func count(_ number: Int) -> String {
    var text = String(number.magnitude)
    var position = text.count - 3
    while position > 0 {
      text.insert(",", at: text.index(text.startIndex, offsetBy: position))
      position -= 3
    }
    return (number < 0 ? minus : "") + text
  }

  /// `84 ms`, `1.2 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
    if seconds < 0.0995 { return "\(Int((seconds * 1000).rounded())) ms" }
    if seconds < 9.95 { return fixed(seconds, decimals: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
    if whole < 86_400 { return "\(whole / 3600) h \(two(whole % 3600 / 60)) min" }
    return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// `512 B`, `1.4 MiB`.
  package static func size(_ bytes: Int) -> String {
    guard bytes >= 1024 else { return "\(max(0, bytes)) B" }
    var value = Double(bytes)
    var unit = 0
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return fixed(value, decimals: value < 10 ? 1 : 0) + " " + units[unit]
  }

  /// How long ago, for terminals only: `2 min ago`, `3 days ago`.
  package static func ago(_ then: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds - then.seconds
    guard seconds.isFinite, seconds >= 0, seconds < 1e11 else { return then.forReports }
    switch Int(seconds) {
    case ..<60: return "just now"
    case ..<3600: return "\(Int(seconds) / 60) min ago"
    case ..<86_400: return "\(Int(seconds) / 3600) h ago"
    case let whole: return whole < 172_800 ? "1 day ago" : "\(whole / 86_400) days ago"
    }
  }

  /// `1 rule`, `3 rules`.
  package static func plural(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    count(number) + " " + (number == 1 ? one : many ?? one + "s")
  }

  /// The same text with `-` where a U+2212 stands before a digit or a word for infinity.
  package static func forMachines(_ text: String) -> String {
    guard text.contains("\u{2212}") else { return text }
    var result = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      let next = index + 1 < scalars.count ? scalars[index + 1] : " "
      let startsNumber = ("0"..."9").contains(next) || next == "." || next == "I"
      result.append(scalar == "\u{2212}" && startsNumber ? "-" : scalar)
    }
    return String(result)
  }
}
