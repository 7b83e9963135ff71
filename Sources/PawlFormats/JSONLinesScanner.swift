package import PawlCore

#if canImport(Glibc)
  import Glibc
#endif

/// A member that a JSON Lines scanner found, as slices of its bytes.
package enum JSONField: Sendable, Hashable {
  case null
  case bool(Bool)
  /// A number's token, or one of Python's words `NaN`, `Infinity`, `-Infinity`.
  case number(Range<Int>)
  /// The bytes between the quotes.
  case text(Range<Int>, isEscaped: Bool)
  /// A list or an object, its whole token.
  case structure(Range<Int>)
}

/// Yields the values of a JSON Lines file, one a line, or only wanted members of each.
///
/// Lines end in LF or CR LF; blank lines and a byte order mark are skipped. JSON is read as `JSON.read` does.
package struct JSONLinesScanner: Sendable {
  /// The file without a byte order mark; field ranges point into it.
  package let bytes: [UInt8]
  package let file: String
  /// The 1-based line that was given last.
  package private(set) var line = 0
  private var index = 0
  private var finder: MemberFinder

  /// `fields` are the members that `next(_:)` looks for: keys, or keys joined by dots for nested ones.
  package init(_ bytes: [UInt8], file: String, fields: [String] = []) {
    let text = SourceText(bytes, file: file)
    self.bytes = text.bytes
    self.file = file
    finder = MemberFinder(fields)
  }

  /// The whole value of the next line; nil at the end of the file. Throws a located diagnostic.
  package mutating func next() throws(Failure) -> Value? {
    guard let range = nextLine() else { return nil }
    try requireUTF8(range)
    let result = bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer, in: range)
      return reader.document()
    }
    switch result {
    case .success(let value): return value
    case .failure(let fault): throw Failure(diagnostic(fault))
    }
  }

  /// The wanted members of the object on the next line, nil where one is absent; false at the end of the file.
  ///
  /// `found` has one place for each of `fields`, in their order. A key that itself holds the dots is found first, of
  /// duplicate keys the last wins. Members nobody wants are skipped, but their JSON is checked.
  package mutating func next(_ found: inout [JSONField?]) throws(Failure) -> Bool {
    guard let range = nextLine() else { return false }
    let fault = bytes.withUnsafeBufferPointer { buffer in
      finder.find(&found, in: buffer, range)
    }
    if let fault { throw Failure(diagnostic(fault)) }
    return true
  }

  /// The number of a field: also of text that Python's `float` reads; nil for anything else.
  package func double(_ field: JSONField) -> Double? {
    switch field {
    case .number(let range), .text(let range, isEscaped: false):
      bytes.withUnsafeBufferPointer { NumberText.python(UnsafeBufferPointer(rebasing: $0[range])) }
    case .null, .bool, .structure, .text: nil
    }
  }

  /// A field as text: numbers as written, lists and objects as their JSON; bytes that are not UTF-8 become U+FFFD.
  package func text(_ field: JSONField) -> String {
    switch field {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let range), .structure(let range), .text(let range, isEscaped: false):
      String(decoding: bytes[range], as: UTF8.self)
    case .text(let range, isEscaped: true): bytes.withUnsafeBufferPointer { JSONText.unescaped($0, range) }
    }
  }

  /// The place of the line that was given last, with its text.
  package var location: SourceLocation {
    var table = SourceText(bytes, file: file)
    table.findLines()
    return table.location(line: line, column: 1)
  }

  /// The bytes of the next line that is not blank.
  private mutating func nextLine() -> Range<Int>? {
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      while index < buffer.count {
        let start = index
        let found = memchr(base + start, 0x0A, buffer.count - start)
        let end = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? buffer.count
        index = end < buffer.count ? end + 1 : end
        line += 1
        if buffer[start..<end].contains(where: { $0 > 0x20 }) { return start..<end }
      }
      return nil
    }
  }

  private func requireUTF8(_ range: Range<Int>) throws(Failure) {
    guard let bad = bytes.firstInvalidUTF8(in: range) else { return }
    throw Failure(
      Diagnostic(
        "json.encoding", "a byte that is not UTF-8", at: SourceText(bytes, file: file).location(offset: bad),
        remedy: "save the file as UTF-8"))
  }

  private func diagnostic(_ fault: JSONFault) -> Diagnostic {
    fault.diagnostic(in: SourceText(bytes, file: file))
  }
}

extension [UInt8] {
  /// The offset of the first byte in a range that is not UTF-8.
  fileprivate func firstInvalidUTF8(in range: Range<Int>) -> Int? {
    guard self[range].contains(where: { $0 >= 0x80 }) else { return nil }
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: span.extracting(range))
      return nil
    } catch {
      return range.lowerBound + error.byteOffsets.lowerBound
    }
  }
}
