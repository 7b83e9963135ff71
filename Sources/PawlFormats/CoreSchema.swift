import PawlCore

/// Types of plain scalars (YAML 1.2.2 §10.3.2, the core schema): `no`, `on`, dates and `12:30:45` are text.
enum CoreSchema {
  /// Numbers keep their text, except that `.inf` and `.nan` take the words every JSON and Python reader knows.
  static func value(of text: String) -> Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .number(Number(.nan))
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(Number(.infinity))
    case "-.inf", "-.Inf", "-.INF": return .number(Number(-.infinity))
    default: break
    }
    guard let number = number(text) else { return .text(text) }
    return .number(Number(number, text: text))
  }

  private static func number(_ text: String) -> Double? {
    var copy = text
    return copy.withUTF8 { bytes in
      guard let first = bytes.first, first <= UInt8(ascii: "9") else { return nil }
      if first == UInt8(ascii: "0"), bytes.count > 2 {
        if bytes[1] == UInt8(ascii: "x") { return radix(bytes.dropFirst(2), 16) }
        if bytes[1] == UInt8(ascii: "o") { return radix(bytes.dropFirst(2), 8) }
      }
      return NumberText.decimal(bytes)
    }
  }

  private static func radix(_ digits: Slice<UnsafeBufferPointer<UInt8>>, _ radix: Int) -> Double? {
    var value = 0.0
    for byte in digits {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix else { return nil }
      value = value * Double(radix) + Double(digit)
    }
    return value
  }
}
