import CPawlSystem
import Glibc

/// The variables this process was started with.
package enum Environment {
  /// Every variable; of two with one name the first counts, as for getenv(3). Bytes that are no UTF-8 become U+FFFD.
  package static func all() -> [String: String] {
    var variables: [String: String] = [:]
    guard var cursor = pawl_environment() else { return variables }
    while let text = cursor.pointee {
      let line = UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
      if let equals = line.firstIndex(of: 0x3d) {
        let name = String(decoding: line[..<equals], as: UTF8.self)
        if variables[name] == nil {
          variables[name] = String(decoding: line[(equals + 1)...], as: UTF8.self)
        }
      }
      cursor += 1
    }
    return variables
  }
}
