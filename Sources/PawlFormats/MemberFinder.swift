import PawlCore

/// Finds wanted members in one JSON object after another; its buffers live on from line to line.
struct MemberFinder: Sendable {
  /// The dotted names, one after the other.
  private let names: [UInt8]
  private let ranges: [Range<Int>]
  /// How many objects deep each found member's key stands: the shallowest wins.
  private var depths: [Int] = []
  /// The names that may go on inside the objects that are open, and from which byte; the innermost object's are last.
  private var active: [(name: Int, from: Int)] = []
  /// Names that a key completes while its value is read.
  private var complete: [Int] = []

  init(_ fields: [String]) {
    var names: [UInt8] = []
    ranges = fields.map { field in
      let start = names.count
      names.append(contentsOf: field.utf8)
      return start..<names.count
    }
    self.names = names
  }

  /// Fills `found`, one place a name; gives what is wrong with the line, or nil.
  mutating func find(
    _ found: inout [JSONField?], in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) -> JSONFault? {
    found.removeAll(keepingCapacity: true)
    depths.removeAll(keepingCapacity: true)
    active.removeAll(keepingCapacity: true)
    complete.removeAll(keepingCapacity: true)
    for (name, range) in ranges.enumerated() {
      found.append(nil)
      depths.append(Int.max)
      active.append((name, range.lowerBound))
    }
    var reader = JSONReader(bytes, in: range)
    do throws(JSONFault) {
      reader.skipSpace()
      guard reader.next == UInt8(ascii: "{") else {
        throw JSONFault("\(reader.shown(reader.index)) where an object should be", at: reader.index)
      }
      try object(&found, &reader, from: 0, depth: 0)
      try reader.requireEnd("object")
      return nil
    } catch {
      return error
    }
  }

  /// The names in `active` from an index on may be members of this object.
  private mutating func object(
    _ found: inout [JSONField?], _ reader: inout JSONReader, from first: Int, depth: Int
  ) throws(JSONFault) {
    let last = active.count
    let start = try reader.enterObject(depth: depth)
    if reader.leaveEmpty(UInt8(ascii: "}")) { return }
    repeat {
      let key = try reader.keyRange(of: start)
      match(key, reader.bytes, first..<last)
      try member(&found, &reader, inner: last, depth: depth)
    } while try reader.goesOn(in: start, until: UInt8(ascii: "}"))
  }

  /// The value after a key; `inner` is where the names begin that go on inside it.
  private mutating func member(
    _ found: inout [JSONField?], _ reader: inout JSONReader, inner: Int, depth: Int
  ) throws(JSONFault) {
    let mine = complete.count
    let isMatched = !complete.isEmpty
    let start = reader.index
    let field: JSONField
    if active.count > inner, reader.next == UInt8(ascii: "{") {
      // The names that this key completes must survive the keys inside.
      let outer = complete
      complete.removeAll(keepingCapacity: true)
      try object(&found, &reader, from: inner, depth: depth + 1)
      complete = outer
      field = .structure(start..<reader.index)
    } else {
      field = try reader.skipValue(depth: depth + 1)
    }
    active.removeLast(active.count - inner)
    guard isMatched else { return }
    for name in complete.prefix(mine) where depth <= depths[name] {
      depths[name] = depth
      found[name] = field
    }
    complete.removeAll(keepingCapacity: true)
  }

  /// Sorts the names that a key fits into those it completes and those that go on inside its value.
  private mutating func match(
    _ key: (content: Range<Int>, isEscaped: Bool), _ bytes: UnsafeBufferPointer<UInt8>, _ candidates: Range<Int>
  ) {
    if key.isEscaped {
      let text = Array(JSONText.unescaped(bytes, key.content).utf8)
      text.withUnsafeBufferPointer { match($0, candidates) }
    } else {
      match(UnsafeBufferPointer(rebasing: bytes[key.content]), candidates)
    }
  }

  private mutating func match(_ key: UnsafeBufferPointer<UInt8>, _ candidates: Range<Int>) {
    for candidate in candidates {
      let (name, from) = active[candidate]
      let end = ranges[name].upperBound
      let stop = from + key.count
      guard stop <= end, stop == end || names[stop] == UInt8(ascii: ".") else { continue }
      var offset = 0
      while offset < key.count, names[from &+ offset] == key[offset] { offset &+= 1 }
      guard offset == key.count else { continue }
      if stop == end { complete.append(name) } else { active.append((name, stop + 1)) }
    }
  }
}
