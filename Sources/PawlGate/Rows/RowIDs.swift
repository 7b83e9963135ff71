/// The ids of a table's rows: whole numbers where all of them are, else bytes in one buffer.
struct RowIDs: Sendable {
  /// Filled while every id is a whole number in plain digits.
  private(set) var numbers: [Int64] = []
  private var bytes: [UInt8] = []
  /// Where each id ends in `bytes`; empty while ids are numbers.
  private var ends: [Int] = []
  private(set) var isNumeric = true

  init() {}

  init(_ numbers: [Int64]) { self.numbers = numbers }

  var count: Int { isNumeric ? numbers.count : ends.count }

  /// Appends the ids of rows that follow; all are text from then on.
  mutating func append(_ other: RowIDs) {
    if isNumeric { spell() }
    let other = other.spelled
    let first = bytes.count
    bytes.append(contentsOf: other.bytes)
    ends.reserveCapacity(ends.count + other.ends.count)
    for end in other.ends { ends.append(first &+ end) }
  }

  mutating func reserve(_ rows: Int) { numbers.reserveCapacity(rows) }

  mutating func append(_ cell: Span<UInt8>, _ start: Int, _ end: Int) {
    if isNumeric {
      if let number = RowIDs.whole(cell, start, end) {
        numbers.append(number)
        return
      }
      spell()
    }
    for index in start..<end { bytes.append(cell[index]) }
    ends.append(bytes.count)
  }

  func text(_ row: Int) -> String {
    isNumeric ? String(numbers[row]) : String(decoding: bytes[range(row)], as: UTF8.self)
  }

  /// At most 60 characters of an id, for a message.
  func excerpt(_ row: Int) -> String {
    let text = isNumeric ? String(numbers[row]) : String(decoding: bytes[range(row)].prefix(240), as: UTF8.self)
    return text.count > 60 ? text.prefix(59) + "…" : text
  }

  /// Appends an id with its length before it.
  func write(_ row: Int, to out: inout [UInt8]) {
    if isNumeric {
      out.append(1)
      ByteOrder.append(UInt64(bitPattern: numbers[row]), to: &out)
    } else {
      out.append(2)
      let range = range(row)
      ByteOrder.append(UInt64(range.count), to: &out)
      out.append(contentsOf: bytes[range])
    }
  }

  func isBefore(_ a: Int, _ b: Int) -> Bool {
    if isNumeric { return numbers[a] < numbers[b] }
    return bytes[range(a)].lexicographicallyPrecedes(bytes[range(b)])
  }

  func isSame(_ row: Int, as other: RowIDs, _ otherRow: Int) -> Bool {
    if isNumeric, other.isNumeric { return numbers[row] == other.numbers[otherRow] }
    if isNumeric || other.isNumeric { return false }
    let (a, b) = (range(row), other.range(otherRow))
    guard a.count == b.count else { return false }
    for index in 0..<a.count where bytes[a.lowerBound &+ index] != other.bytes[b.lowerBound &+ index] { return false }
    return true
  }

  func hash(_ row: Int) -> UInt64 {
    if isNumeric { return ByteHash.mixed(UInt64(bitPattern: numbers[row]) &* 0x9e37_79b9_7f4a_7c15) }
    let range = range(row)
    return ByteHash.of(bytes.span, range.lowerBound, range.upperBound)
  }

  /// The same ids as bytes, so that tables of both kinds can be compared.
  var spelled: RowIDs {
    var copy = self
    if isNumeric { copy.spell() }
    return copy
  }

  private func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row &- 1])..<ends[row] }

  private mutating func spell() {
    isNumeric = false
    ends.reserveCapacity(numbers.count)
    for number in numbers {
      bytes.append(contentsOf: String(number).utf8)
      ends.append(bytes.count)
    }
    numbers = []
  }

  /// Plain digits only (`7`, `-7`; not `07`, `+7`, `7.0`), so that equal numbers are equal texts.
  static func whole(_ cell: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
    var at = start
    let isNegative = at < end && cell[unchecked: at] == 0x2D
    if isNegative { at &+= 1 }
    guard at < end, end &- at <= 18 else { return nil }
    if cell[unchecked: at] == 0x30 { return end &- at == 1 && !isNegative ? 0 : nil }
    var value: Int64 = 0
    while at < end {
      let digit = cell[unchecked: at] &- 0x30
      guard digit <= 9 else { return nil }
      value = value &* 10 &+ Int64(digit)
      at &+= 1
    }
    return isNegative ? -value : value
  }
}

/// Little-endian bytes of numbers, for digests.
enum ByteOrder {
  static func append(_ value: UInt64, to out: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { out.append(contentsOf: $0) }
  }
}

extension RowIDs {
  /// Whether each number is above the one before it: then none stands twice.
  var isIncreasing: Bool {
    for row in 1..<max(1, numbers.count) where numbers[row] <= numbers[row &- 1] { return false }
    return true
  }
}
