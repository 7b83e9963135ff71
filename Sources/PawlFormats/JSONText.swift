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
