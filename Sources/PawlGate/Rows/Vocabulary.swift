/// The distinct values of text columns, numbered in the order of their first row.
///
/// Values are equal as numbers (`1` and `1.0`) or as text; the name is the first spelling.
struct Vocabulary: Sendable {
  private(set) var names: [String] = []
  /// Each value's number, nil when it is text (a NaN is text).
  private(set) var numbers: [Double?] = []
  /// Spelling → code, open addressing; −1 is free.
  private var slots: [Int32] = Array(repeating: -1, count: 16)
  private var spellings: [Spelling] = []
  private var bytes: [UInt8] = []
  private var byNumber: [UInt64: Int32] = [:]
  /// Codes of spellings of one byte, which most labels have; −1 until seen.
  private var short: [Int32] = Array(repeating: -1, count: 256)

  private struct Spelling: Sendable {
    var hash: UInt64
    var start: Int
    var count: Int
    var code: Int32
  }

  var count: Int { names.count }

  /// The code of the value spelled by `cell[start..<end]`, a new one at its first sight.
  mutating func code(of cell: Span<UInt8>, _ start: Int, _ end: Int) -> Int32 {
    let isShort = end &- start == 1
    if isShort {
      let known = short[Int(cell[start])]
      if known >= 0 { return known }
    }
    let hash = ByteHash.of(cell, start, end)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
    while slots[slot] >= 0 {
      let spelling = spellings[Int(slots[slot])]
      if spelling.hash == hash, isSame(spelling, cell, start, end) { return spelling.code }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    let code = add(cell, start, end, hash: hash, slot: slot)
    if isShort { short[Int(cell[start])] = code }
    return code
  }

  /// The code of a value spelled by one byte, −1 until it is seen.
  @inline(__always) func known(_ byte: UInt8) -> Int32 { short[Int(byte)] }

  /// The code of a value as written elsewhere, in a workflow or another table; nil when no row has it.
  func code(of text: String) -> Int32? {
    if let number = Vocabulary.number(of: text) { return byNumber[number.bitPattern] }
    return names.firstIndex(of: text).flatMap { numbers[$0] == nil ? Int32($0) : nil }
  }

  mutating func code(adding text: String) -> Int32 {
    let utf8 = Array(text.utf8)
    return code(of: utf8.span, 0, utf8.count)
  }

  /// For each value here its code in `other`, −1 where it has none.
  func codes(in other: Vocabulary) -> [Int32] {
    var byName: [String: Int32] = [:]
    for (code, name) in other.names.enumerated() where other.numbers[code] == nil { byName[name] = Int32(code) }
    return names.indices.map { index in
      if let number = numbers[index] { return other.byNumber[number.bitPattern] ?? -1 }
      return byName[names[index]] ?? -1
    }
  }

  private mutating func add(_ cell: Span<UInt8>, _ start: Int, _ end: Int, hash: UInt64, slot: Int) -> Int32 {
    let first = bytes.count
    for index in start..<end { bytes.append(cell[index]) }
    let number = CellNumber.read(cell, start, end).flatMap { $0.isNaN ? nil : $0 + 0 }
    let code: Int32
    if let number, let known = byNumber[number.bitPattern] {
      code = known
    } else {
      code = Int32(truncatingIfNeeded: names.count)
      names.append(String(decoding: bytes[first...], as: UTF8.self))
      numbers.append(number)
      if let number { byNumber[number.bitPattern] = code }
    }
    slots[slot] = Int32(truncatingIfNeeded: spellings.count)
    spellings.append(Spelling(hash: hash, start: first, count: end - start, code: code))
    if spellings.count * 2 > slots.count { grow() }
    return code
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 4)
    for (index, spelling) in spellings.enumerated() {
      var slot = Int(truncatingIfNeeded: spelling.hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(truncatingIfNeeded: index)
    }
  }

  private func isSame(_ spelling: Spelling, _ cell: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard spelling.count == end &- start else { return false }
    for index in 0..<spelling.count where bytes[spelling.start &+ index] != cell[start &+ index] { return false }
    return true
  }

  /// −0 and 0 are one number.
  private static func number(of text: String) -> Double? {
    let utf8 = Array(text.utf8)
    return CellNumber.read(utf8.span, 0, utf8.count).flatMap { $0.isNaN ? nil : $0 + 0 }
  }
}

/// A 64-bit hash of bytes, the same on every machine.
enum ByteHash {
  static func of(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> UInt64 {
    // FNV-1a, then a finaliser so that the low bits depend on all bytes.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var at = start
    while at < end {
      hash = (hash ^ UInt64(bytes[at])) &* 0x100_0000_01b3
      at &+= 1
    }
    return mixed(hash)
  }

  static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 32)) &* 0xd6e8_feb8_6659_fd93
    return z ^ (z >> 32)
  }
}
