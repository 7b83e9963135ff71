/// Replaces secrets in a stream of bytes, also where they are split over writes.
///
/// Masked are the values, the values without the white space around them, and each line of 8 bytes or more of a value
/// of several lines. At one place the longest wins.
struct Masker {
  private let secrets: [[UInt8]]
  private let starts: [Bool]
  /// The end of what came, as long as it may be the beginning of a secret.
  private var held: [UInt8] = []

  private static let replacement: [UInt8] = Array("***".utf8)

  init(_ values: [String]) {
    var all: Set<[UInt8]> = []
    for value in values {
      let bytes = Array(value.utf8)
      all.insert(bytes)
      all.insert(Masker.trimmed(bytes[...]))
      let lines = bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d })
      if lines.count > 1 {
        for line in lines where line.count >= 8 { all.insert(Masker.trimmed(line)) }
      }
    }
    all.remove([])
    secrets = all.sorted { $0.count > $1.count }
    var starts = [Bool](repeating: false, count: 256)
    for secret in secrets { starts[Int(secret[0])] = true }
    self.starts = starts
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
    let rest = bytes.drop(while: isSpace)
    guard let last = rest.lastIndex(where: { !isSpace($0) }) else { return [] }
    return Array(rest[...last])
  }

  /// The masked bytes that are settled; the rest comes with a later call or with `finish`.
  mutating func mask(_ chunk: [UInt8]) -> [UInt8] {
    if secrets.isEmpty { return chunk }
    let bytes = held.isEmpty ? chunk : held + chunk
    held = []
    return masked(bytes, isLast: false)
  }

  /// What was held back, at the end of the stream.
  mutating func finish() -> [UInt8] {
    let bytes = held
    held = []
    return masked(bytes, isLast: true)
  }

  /// A whole text.
  func masked(_ text: String) -> String {
    var masker = self
    return String(decoding: masker.mask(Array(text.utf8)) + masker.finish(), as: UTF8.self)
  }

  private mutating func masked(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var copied = 0
    var at = 0
    scan: while at < bytes.count {
      guard starts[Int(bytes[at])] else {
        at += 1
        continue
      }
      for secret in secrets {
        let length = min(secret.count, bytes.count - at)
        if isLast, length < secret.count { continue }
        guard bytes[at..<(at + length)].elementsEqual(secret[..<length]) else { continue }
        result += bytes[copied..<at]
        if length < secret.count {
          held = Array(bytes[at...])
          return result
        }
        result += Masker.replacement
        at += length
        copied = at
        continue scan
      }
      at += 1
    }
    result += bytes[copied...]
    return result
  }
}
