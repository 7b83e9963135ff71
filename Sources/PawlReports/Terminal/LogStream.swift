/// A log for a terminal as it comes: what draws a bar on its line acts, everything else is made harmless.
///
/// Kept are line ends, `\r`, `\b`, tabs, and the sequences that erase within the line (ECMA-48 EL). All other control
/// sequences go, also where they are split over parts; what moves the cursor to other lines would let a stage write over
/// what is no part of its log.
package struct LogStream {
  /// The end of what came, as long as it may be the beginning of a sequence or of a character.
  private var held: [UInt8] = []
  private static let longestHeld = 4096

  package init() {}

  /// The text that is settled; the rest comes with a later call or with `finish`.
  package mutating func take(_ part: some Sequence<UInt8>) -> String {
    let bytes = held + part
    held = []
    return text(bytes, isLast: false)
  }

  /// What was held back.
  package mutating func finish() -> String {
    let bytes = held
    held = []
    return text(bytes, isLast: true)
  }

  private mutating func text(_ bytes: [UInt8], isLast: Bool) -> String {
    var result = ""
    var start = 0
    var at = 0
    func flush(_ end: Int) {
      if end > start { result += Escaping.logLine(String(decoding: bytes[start..<end], as: UTF8.self)) }
    }
    while at < bytes.count {
      switch bytes[at] {
      case 0x08, 0x0A, 0x0D:
        flush(at)
        result.unicodeScalars.append(Unicode.Scalar(bytes[at]))
        at += 1
        start = at
      case 0x1B:
        flush(at)
        guard let end = LogStream.sequenceEnd(bytes, at) else {
          if !isLast, bytes.count - at <= LogStream.longestHeld {
            held = Array(bytes[at...])
            return result
          }
          // It never ends: what follows is text again.
          at += 1
          start = at
          continue
        }
        if bytes[end - 1] == UInt8(ascii: "K"), bytes[at + 1] == UInt8(ascii: "["), end - at <= 4 {
          result += LogStream.erasing(bytes[(at + 2)..<(end - 1)])
        }
        at = end
        start = end
      default: at += 1
      }
    }
    let end = isLast ? bytes.count : max(start, LogStream.wholeEnd(bytes))
    flush(end)
    held = Array(bytes[end...])
    return result
  }

  /// To erase the rest of the line, its beginning or all of it; empty for what is none of these.
  private static func erasing(_ parameter: ArraySlice<UInt8>) -> String {
    switch String(decoding: parameter, as: UTF8.self) {
    case "", "0": "\u{1B}[K"
    case "1": "\u{1B}[1K"
    case "2": "\u{1B}[2K"
    default: ""
    }
  }

  /// Where an escape sequence ends that begins at an index; nil when it does not end here.
  private static func sequenceEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard start + 1 < bytes.count else { return nil }
    var at = start + 1
    switch bytes[at] {
    case UInt8(ascii: "["):
      at += 1
      while at < bytes.count, (0x20...0x3F).contains(bytes[at]) { at += 1 }
      guard at < bytes.count else { return nil }
      return (0x40...0x7E).contains(bytes[at]) ? at + 1 : at
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
      return stringEnd(bytes, at + 1)
    case 0x20...0x2F:
      while at < bytes.count, (0x20...0x2F).contains(bytes[at]) { at += 1 }
      return at < bytes.count ? at + 1 : nil
    case 0x30...0x7E: return at + 1
    default: return at
    }
  }

  /// Behind BEL or ST; a control string stops at the line's end, so that it hides no later line.
  private static func stringEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    for at in start..<max(start, bytes.count) {
      switch bytes[at] {
      case 0x07: return at + 1
      case 0x0A: return at
      case 0x1B:
        guard at + 1 < bytes.count else { return nil }
        return bytes[at + 1] == UInt8(ascii: "\\") ? at + 2 : at
      default: continue
      }
    }
    return nil
  }

  /// The end without the first bytes of a character that is not whole.
  private static func wholeEnd(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return length > back ? bytes.count - back : bytes.count
    }
    return bytes.count
  }
}
