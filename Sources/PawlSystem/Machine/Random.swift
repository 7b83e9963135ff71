import CPawlSystem
import Glibc

/// Randomness for names; statistics take theirs from a seed, never from here.
package enum Random {
  /// 12 lower-case hexadecimal digits: 48 bits of the kernel's randomness.
  package static func identifier() -> String {
    var bytes = [UInt8](repeating: 0, count: 6)
    if pawl_random(&bytes, bytes.count) != 0 {
      // Only a kernel older than 3.17 comes here; time and process id are unlike enough for a name.
      var seed =
        UInt64(bitPattern: WallClock.nanoseconds()) ^ UInt64(UInt32(bitPattern: getpid())) << 40
      for index in bytes.indices {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[index] = UInt8(truncatingIfNeeded: seed >> 33)
      }
    }
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
