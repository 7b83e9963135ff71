package import PawlCore

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
  private let wanted: WantedMembers

  /// `fields` are the members that `next(_:)` looks for: keys, or keys joined by dots for nested ones.
  package init(_ bytes: [UInt8], file: String, fields: [String] = []) {
    let text = SourceText(bytes, file: file)
    self.bytes = text.bytes
    self.file = file
    wanted = WantedMembers(fields)
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
      var walk = MemberWalk(buffer, in: range, wanted: wanted)
      return walk.find(&found)
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
    while index < bytes.count {
      let start = index
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      index = end < bytes.count ? end + 1 : end
      line += 1
      if bytes[start..<end].contains(where: { $0 > 0x20 }) { return start..<end }
    }
    return nil
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

/// The dotted names that are looked for.
struct WantedMembers: Sendable {
  let paths: [[UInt8]]

  init(_ fields: [String]) { paths = fields.map { Array($0.utf8) } }
}

/// Walks one object and remembers where the wanted members are.
struct MemberWalk {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var reader: JSONReader
  private let range: Range<Int>
  private let wanted: WantedMembers
  /// How many objects deep each found member's key stands: the shallowest wins.
  private var depths: [Int]

  init(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, wanted: WantedMembers) {
    self.bytes = bytes
    self.range = range
    self.wanted = wanted
    reader = JSONReader(bytes, in: range)
    depths = Array(repeating: Int.max, count: wanted.paths.count)
  }

  mutating func find(_ found: inout [JSONField?]) -> JSONFault? {
    found.removeAll(keepingCapacity: true)
    found.append(contentsOf: repeatElement(nil, count: wanted.paths.count))
    do throws(JSONFault) {
      reader.skipSpace()
      guard reader.index < range.upperBound, bytes[reader.index] == UInt8(ascii: "{") else {
        throw JSONFault("\(reader.shown(reader.index)) where an object should be", at: reader.index)
      }
      let all = wanted.paths.indices.map { (path: $0, from: 0) }
      try object(&found, active: all, depth: 0)
      reader.skipSpace()
      guard reader.index == range.upperBound else {
        throw JSONFault("\(reader.shown(reader.index)) after the end of the object", at: reader.index)
      }
      return nil
    } catch {
      return error
    }
  }

  /// `active` are the paths that may go on inside this object, from which byte.
  private mutating func object(
    _ found: inout [JSONField?], active: [(path: Int, from: Int)], depth: Int
  ) throws(JSONFault) {
    guard depth < JSON.deepest else {
      throw JSONFault("nested deeper than \(JSON.deepest) levels", at: reader.index)
    }
    let start = reader.index
    reader.index += 1
    reader.skipSpace()
    if reader.index < range.upperBound, bytes[reader.index] == UInt8(ascii: "}") {
      reader.index += 1
      return
    }
    while true {
      let key = try keyRange(start)
      reader.skipSpace()
      try member(&found, key: key, active: active, depth: depth)
      reader.skipSpace()
      guard reader.index < range.upperBound else { throw JSONFault("this `{` is never closed", at: start) }
      switch bytes[reader.index] {
      case UInt8(ascii: ","): reader.index += 1
      case UInt8(ascii: "}"):
        reader.index += 1
        return
      default:
        throw JSONFault("\(reader.shown(reader.index)) where `,` or `}` should be", at: reader.index)
      }
    }
  }

  private mutating func keyRange(_ start: Int) throws(JSONFault) -> (content: Range<Int>, isEscaped: Bool) {
    reader.skipSpace()
    guard reader.index < range.upperBound else { throw JSONFault("this `{` is never closed", at: start) }
    guard bytes[reader.index] == UInt8(ascii: "\"") else {
      throw JSONFault("\(reader.shown(reader.index)) where a key in double quotes should be", at: reader.index)
    }
    let key = try reader.stringRange()
    try reader.colon()
    return key
  }

  private mutating func member(
    _ found: inout [JSONField?], key: (content: Range<Int>, isEscaped: Bool), active: [(path: Int, from: Int)],
    depth: Int
  ) throws(JSONFault) {
    var exact: [Int] = []
    var inner: [(path: Int, from: Int)] = []
    if !active.isEmpty { match(key, active, &exact, &inner) }
    let isObject = reader.index < range.upperBound && bytes[reader.index] == UInt8(ascii: "{")
    let start = reader.index
    var field: JSONField
    if isObject, !inner.isEmpty {
      try object(&found, active: inner, depth: depth + 1)
      field = .structure(start..<reader.index)
    } else {
      field = try skip(depth: depth + 1)
    }
    for path in exact where depth <= depths[path] {
      depths[path] = depth
      found[path] = field
    }
  }

  private func match(
    _ key: (content: Range<Int>, isEscaped: Bool), _ active: [(path: Int, from: Int)], _ exact: inout [Int],
    _ inner: inout [(path: Int, from: Int)]
  ) {
    let unescaped = key.isEscaped ? Array(JSONText.unescaped(bytes, key.content).utf8) : nil
    let length = unescaped?.count ?? key.content.count
    for (path, from) in active {
      let name = wanted.paths[path]
      guard name.count - from >= length else { continue }
      var isEqual = true
      for offset in 0..<length {
        let byte = unescaped?[offset] ?? bytes[key.content.lowerBound + offset]
        guard name[from + offset] == byte else {
          isEqual = false
          break
        }
      }
      guard isEqual else { continue }
      if name.count == from + length {
        exact.append(path)
      } else if name[from + length] == UInt8(ascii: ".") {
        inner.append((path, from + length + 1))
      }
    }
  }

  /// Moves past one value, checked but not built.
  private mutating func skip(depth: Int) throws(JSONFault) -> JSONField {
    guard depth < JSON.deepest else {
      throw JSONFault("nested deeper than \(JSON.deepest) levels", at: reader.index)
    }
    let start = reader.index
    guard start < range.upperBound else { throw JSONFault("the line ends where a value should be", at: start) }
    switch bytes[start] {
    case UInt8(ascii: "\""):
      let string = try reader.stringRange()
      return .text(string.content, isEscaped: string.isEscaped)
    case 0x30...0x39: return .number(try reader.numberRange())
    case UInt8(ascii: "-"):
      if reader.takeMinusInfinity() { return .number(start..<reader.index) }
      return .number(try reader.numberRange())
    case UInt8(ascii: "{"):
      var nothing: [JSONField?] = []
      try object(&nothing, active: [], depth: depth)
      return .structure(start..<reader.index)
    case UInt8(ascii: "["):
      try list(depth: depth)
      return .structure(start..<reader.index)
    default:
      switch try reader.value(depth: depth) {
      case .bool(let flag): return .bool(flag)
      case .number: return .number(start..<reader.index)
      case .null, .text, .list, .map: return .null
      }
    }
  }

  private mutating func list(depth: Int) throws(JSONFault) {
    let start = reader.index
    reader.index += 1
    reader.skipSpace()
    if reader.index < range.upperBound, bytes[reader.index] == UInt8(ascii: "]") {
      reader.index += 1
      return
    }
    while true {
      reader.skipSpace()
      _ = try skip(depth: depth + 1)
      reader.skipSpace()
      guard reader.index < range.upperBound else { throw JSONFault("this `[` is never closed", at: start) }
      switch bytes[reader.index] {
      case UInt8(ascii: ","): reader.index += 1
      case UInt8(ascii: "]"):
        reader.index += 1
        return
      default:
        throw JSONFault("\(reader.shown(reader.index)) where `,` or `]` should be", at: reader.index)
      }
    }
  }
}
