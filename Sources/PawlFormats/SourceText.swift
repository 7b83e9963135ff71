import PawlCore

/// The bytes of a file with its lines, from which diagnostics get line, column and excerpt.
///
/// A byte order mark is left out, so columns count from what the user sees.
struct SourceText: Sendable {
  let file: String
  let bytes: [UInt8]
  /// Byte offsets where lines begin, the first is 0; filled by `findLines`.
  private(set) var lineStarts: [Int] = []

  /// Longer excerpts are cut, and columns beyond have none: a one-line file may be megabytes.
  static let longestExcerpt = 400

  init(_ bytes: [UInt8], file: String) {
    self.file = file
    self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }

  /// Fills the table of lines; breaks are LF, CR LF and CR, and those further ones that YAML 1.1 scanners count.
  mutating func findLines(countingUnicodeBreaks: Bool = false) {
    lineStarts = [0]
    var index = 0
    while index < bytes.count {
      let width = SourceText.breakWidth(bytes, at: index, unicode: countingUnicodeBreaks)
      index += max(1, width)
      if width > 0 { lineStarts.append(index) }
    }
  }

  /// Bytes of the line break at an index, 0 when there is none.
  private static func breakWidth(_ bytes: [UInt8], at index: Int, unicode: Bool) -> Int {
    switch bytes[index] {
    case 0x0A: return 1
    case 0x0D: return index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
    case 0xC2 where unicode && index + 1 < bytes.count && bytes[index + 1] == 0x85: return 2
    case 0xE2 where unicode && index + 2 < bytes.count && bytes[index + 1] == 0x80:
      return bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9 ? 3 : 0
    default: return 0
    }
  }

  /// The bytes of a 1-based line without its break; empty beyond the last line.
  func line(_ number: Int) -> ArraySlice<UInt8> {
    guard number >= 1, number <= lineStarts.count else { return [] }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] : bytes.count
    while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
    return bytes[start..<end]
  }

  /// The place at a 1-based line and column, with the line's text.
  func location(line number: Int, column: Int, length: Int = 1) -> SourceLocation {
    SourceLocation(
      file: file, line: max(1, number), column: max(1, column), length: length,
      excerpt: column > SourceText.longestExcerpt ? nil : SourceText.excerpt(of: line(number)))
  }

  static func excerpt(of line: ArraySlice<UInt8>) -> String {
    guard line.count > longestExcerpt else { return String(decoding: line, as: UTF8.self) }
    return String(String(decoding: line.prefix(longestExcerpt * 4), as: UTF8.self).prefix(longestExcerpt))
  }

  /// The place at a byte offset; finds the lines by itself, so that readers that meet no error never pay for them.
  func location(offset: Int, length: Int = 1) -> SourceLocation {
    guard !lineStarts.isEmpty else {
      var table = self
      table.findLines()
      return table.location(offset: offset, length: length)
    }
    let target = min(max(0, offset), bytes.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= target { low = middle } else { high = middle }
    }
    let column = bytes[lineStarts[low]..<target].count { $0 & 0xC0 != 0x80 } + 1
    return location(line: low + 1, column: column, length: length)
  }

  /// The offset of the first byte that is not UTF-8, nil when all is well.
  var firstInvalidByte: Int? {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
      return nil
    } catch {
      return error.byteOffsets.lowerBound
    }
  }

  /// Throws a located diagnostic for bytes that are not UTF-8.
  func requireUTF8(_ code: String) throws(Failure) {
    guard let offset = firstInvalidByte else { return }
    let looksUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    let byte = String(bytes[offset], radix: 16, uppercase: true)
    throw Failure(
      Diagnostic(
        code, "byte 0x\(byte.count < 2 ? "0" : "")\(byte) is not UTF-8", at: location(offset: offset),
        remedy: looksUTF16 ? "the file is UTF-16: save it as UTF-8" : "save the file as UTF-8"))
  }

  /// Throws a diagnostic when the file is larger than a reader accepts.
  func require(atMost limit: Int, _ code: String) throws(Failure) {
    guard bytes.count > limit else { return }
    throw Failure(
      Diagnostic(
        code, "the file has \(bytes.count) bytes, at most \(limit) can be read",
        at: SourceLocation(file: file, line: 1, column: 1)))
  }
}
