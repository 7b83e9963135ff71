/// A SHA-256 content digest, 32 bytes; `PawlSystem.Digester` computes it.
package struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
  // Four words and not SIMD4, whose alignment of 32 bytes overruns async frames (Swift 6.3.1 aligns them to 16).
  private let a, b, c, d: UInt64

  /// Takes 32 bytes, nil for any other count.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    for byte in bytes { Digest.shift(&words, 8, UInt64(byte)) }
    (a, b, c, d) = words
  }

  /// Takes the four big-endian words of the digest, the first one first.
  package init(words: (UInt64, UInt64, UInt64, UInt64)) { (a, b, c, d) = words }

  /// Takes 64 hexadecimal digits, nil for anything else.
  package init?(hex: some StringProtocol) {
    var text = String(hex)
    let words: (UInt64, UInt64, UInt64, UInt64)? = text.withUTF8 { digits in
      guard digits.count == 64 else { return nil }
      var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
      for character in digits {
        switch character {
        case 0x30...0x39: Digest.shift(&words, 4, UInt64(character - 0x30))
        case 0x61...0x66: Digest.shift(&words, 4, UInt64(character - 0x61 + 10))
        case 0x41...0x46: Digest.shift(&words, 4, UInt64(character - 0x41 + 10))
        default: return nil
        }
      }
      return words
    }
    guard let words else { return nil }
    (a, b, c, d) = words
  }

  /// Moves all bits up by `count` and puts `low` below them.
  private static func shift(_ words: inout (UInt64, UInt64, UInt64, UInt64), _ count: UInt64, _ low: UInt64) {
    words.0 = words.0 << count | words.1 >> (64 - count)
    words.1 = words.1 << count | words.2 >> (64 - count)
    words.2 = words.2 << count | words.3 >> (64 - count)
    words.3 = words.3 << count | low
  }

  /// The 32 bytes, in order.
  package var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { buffer, filled in
      for word in [a, b, c, d] {
        for shift in stride(from: 56, through: 0, by: -8) {
          buffer[filled] = UInt8(truncatingIfNeeded: word >> shift)
          filled += 1
        }
      }
    }
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    String(unsafeUninitializedCapacity: 64) { buffer in
      var filled = 0
      for word in [a, b, c, d] {
        for shift in stride(from: 60, through: 0, by: -4) {
          let digit = UInt8(truncatingIfNeeded: word >> shift) & 15
          buffer[filled] = digit < 10 ? 0x30 + digit : 0x57 + digit
          filled += 1
        }
      }
      return filled
    }
  }

  package var description: String { hex }

  package static func < (x: Digest, y: Digest) -> Bool { (x.a, x.b, x.c, x.d) < (y.a, y.b, y.c, y.d) }
}
