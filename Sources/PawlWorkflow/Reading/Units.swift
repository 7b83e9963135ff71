import PawlCore

/// Durations, sizes and fractions as people write them.
package enum Units {
  private static let seconds: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400]
  private static let bytes: [String: Double] = [
    "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 1_024, "MiB": 1_048_576, "GiB": 1_073_741_824, "TiB": 1_099_511_627_776,
  ]

  /// Seconds of `10m`, `1h30m`, `500ms`; nil for anything else.
  package static func duration(_ text: String) -> Double? {
    var rest = Substring(text)
    var total = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      guard let amount = takeNumber(&rest), let factor = takeUnit(&rest, seconds) else { return nil }
      total += amount * factor
    }
    return total.isFinite && total < 1e10 ? total : nil
  }

  /// Bytes of `1GiB`, `10 MiB`, `512kB`, `0`; nil for anything else.
  package static func size(_ text: String) -> Int? {
    var rest = Substring(text)
    guard let amount = takeNumber(&rest) else { return nil }
    rest = rest.drop { $0 == " " }
    if rest.isEmpty { return amount < 1e18 && amount == amount.rounded() ? Int(amount) : nil }
    guard let factor = takeUnit(&rest, bytes), rest.isEmpty, amount * factor < 1e18 else { return nil }
    return Int((amount * factor).rounded())
  }

  /// A confidence: `95%` or 0.95, in (0.5, 1); nil for anything else.
  static func confidence(_ text: String) -> Double? { fraction(text).flatMap { $0 > 0.5 && $0 < 1 ? $0 : nil } }

  /// A share: `2%` or 0.02, in [0, 1]; nil for anything else.
  package static func share(_ text: String) -> Double? { fraction(text).flatMap { $0 >= 0 && $0 <= 1 ? $0 : nil } }

  private static func fraction(_ text: String) -> Double? {
    var rest = Substring(text)
    guard let amount = takeNumber(&rest) else { return nil }
    rest = rest.drop { $0 == " " }
    if rest.isEmpty { return amount }
    guard rest == "%" else { return nil }
    return Decimal(String(text.prefix { $0 != "%" && $0 != " " }) + "e-2")?.double
  }

  private static func takeNumber(_ rest: inout Substring) -> Double? {
    let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard !digits.isEmpty, let decimal = Decimal(digits) else { return nil }
    rest = rest[digits.endIndex...]
    return decimal.double
  }

  private static func takeUnit(_ rest: inout Substring, _ units: [String: Double]) -> Double? {
    let name = rest.prefix { $0.isLetter }
    guard let factor = units[String(name)] else { return nil }
    rest = rest[name.endIndex...]
    return factor
  }
}
