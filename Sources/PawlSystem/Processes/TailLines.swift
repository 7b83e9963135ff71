/// The last lines of a stream as a person would see them.
///
/// Of a line overwritten with `\r` the last frame stands, of a line longer than 4 KiB its beginning; bytes that are no
/// UTF-8 become U+FFFD.
struct TailLines {
  private let limit: Int
  private var lines: [[UInt8]] = []
  /// Where the oldest line is, once there are `limit`.
  private var oldest = 0
  private var line: [UInt8] = []
  private var isCut = false
  private var sawReturn = false

  private static let longest = 4096

  init(_ limit: Int) { self.limit = max(1, limit) }

  mutating func add(_ bytes: [UInt8]) {
    // Of a large chunk only the end can matter.
    var rest = bytes[...]
    if bytes.count > 1 << 16 { rest = lastLines(of: bytes) }
    for byte in rest {
      if byte == 0x0a {
        endLine()
      } else if byte == 0x0d {
        sawReturn = true
      } else {
        if sawReturn {
          line.removeAll(keepingCapacity: true)
          isCut = false
          sawReturn = false
        }
        if line.count < TailLines.longest { line.append(byte) } else { isCut = true }
      }
    }
  }

  /// The lines so far, oldest first, with the unfinished one.
  var text: [String] {
    var all = Array(lines[oldest...] + lines[..<oldest])
    if !line.isEmpty { all.append(finished) }
    return all.suffix(limit).map { String(decoding: $0, as: UTF8.self) }
  }

  private var finished: [UInt8] { isCut ? line + Array("…".utf8) : line }

  private mutating func endLine() {
    if lines.count < limit {
      lines.append(finished)
    } else {
      lines[oldest] = finished
      oldest = (oldest + 1) % limit
    }
    line = []
    isCut = false
    sawReturn = false
  }

  /// The chunk from the line end that lies `limit` + 1 line ends before its own end; all of it when there are fewer.
  private func lastLines(of bytes: [UInt8]) -> ArraySlice<UInt8> {
    var ends = 0
    for index in bytes.indices.reversed() where bytes[index] == 0x0a {
      ends += 1
      if ends > limit { return bytes[index...] }
    }
    return bytes[...]
  }
}
