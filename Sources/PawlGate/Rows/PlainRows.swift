import PawlCore
import PawlStatistics

#if canImport(Glibc)
  import Glibc
#endif

/// The quick way through a large CSV file whose rows are as they should be, in parts on several threads.
///
/// It diagnoses nothing: at the first quote, blank line, odd number or foreign label it gives up, and the careful
/// reader starts again and says what is wrong and where. Both make the same table, on any number of threads.
struct PlainRows: Sendable {
  /// Below this many bytes the careful reader is as good.
  static let least = 1 << 17
  /// Bytes that are worth a thread of their own.
  private static let part = 1 << 20

  /// What is done with a cell of one column of the file; in the order of the columns.
  struct Step: Sendable {
    var column: Int
    var kind: Kind
    /// Which of the columns of its type, numbers or codes.
    var place: Int
    /// Which slice.
    var slice = 0
    /// No other step is of its column.
    var isAlone = false

    enum Kind: Sendable {
      case id, classCode, clusterCode, sliceCode, number, finiteNumber, score
    }
  }

  /// What the rows hold, by column.
  struct Columns {
    var count: Int
    var ids = RowIDs()
    var numbers: [[Double]]
    var codes: [[Int32]]
    var classes: Vocabulary
    var clusterNames = Vocabulary()
    var sliceNames: [Vocabulary]
    /// The first score outside [0, 1].
    var outside: (row: Int, cell: Cell)?
  }

  let separator: UInt8
  /// Columns of the file, at least two.
  let width: Int
  let steps: [Step]
  /// With the classes that are known before the first row.
  let classes: Vocabulary
  let slices: Int

  /// One part's rows: its numbers go straight to their place, what has to be joined is here.
  private struct Part: Sendable {
    let bytes: Range<Int>
    var rows: Range<Int>
    var ids = RowIDs()
    var classes: Vocabulary
    var clusterNames = Vocabulary()
    var sliceNames: [Vocabulary]
    var outside: (row: Int, cell: Cell)?
  }

  /// Where numbers go. Each part writes its own rows only, so that no two threads share an element.
  private struct Places: Sendable {
    nonisolated(unsafe) var numbers: [UnsafeMutablePointer<Double>]
    nonisolated(unsafe) var codes: [UnsafeMutablePointer<Int32>]
    /// nil where ids are text.
    nonisolated(unsafe) var ids: UnsafeMutablePointer<Int64>?
  }

  /// The rows from `start` on, nil where the careful reader has to look.
  func read(_ bytes: [UInt8], from start: Int, threads: Int = Lanes.available) -> Columns? {
    guard let parts = cut(bytes, from: start, threads), let count = parts.last?.rows.upperBound, count > 0,
      count < Int(Int32.max)
    else { return nil }
    let (numberCount, codeCount) = (
      steps.count { [.number, .finiteNumber, .score].contains($0.kind) },
      steps.count { [.classCode, .clusterCode, .sliceCode].contains($0.kind) }
    )
    var columns = Columns(
      count: count, numbers: Array(repeating: Array(repeating: 0, count: count), count: numberCount),
      codes: Array(repeating: Array(repeating: 0, count: count), count: codeCount), classes: classes,
      sliceNames: Array(repeating: Vocabulary(), count: slices))
    let hasIDs = steps.contains { $0.kind == .id }
    let isText = hasIDs && !startsWithWholeID(bytes, start)
    var ids = [Int64](repeating: 0, count: hasIDs && !isText ? count : 0)
    let found = open(&columns.numbers) { numbers in
      open(&columns.codes) { codes in
        ids.withUnsafeMutableBufferPointer { ids in
          let places = Places(numbers: numbers, codes: codes, ids: isText ? nil : ids.baseAddress)
          return Lanes.map(parts.count, threads: threads) { readPart(bytes, parts[$0], places) }
        }
      }
    }
    let done = found.compactMap { $0 }
    guard done.count == parts.count else { return nil }
    if hasIDs, !isText { columns.ids = RowIDs(ids) }
    for part in done { join(part, to: &columns, isText: isText) }
    return columns
  }

  /// Calls `body` with where each array's elements are.
  private func open<Element, Result>(
    _ arrays: inout [[Element]], _ found: [UnsafeMutablePointer<Element>] = [],
    _ body: ([UnsafeMutablePointer<Element>]) -> Result
  ) -> Result {
    guard found.count < arrays.count else { return body(found) }
    var array: [Element] = []
    swap(&array, &arrays[found.count])
    defer { swap(&array, &arrays[found.count]) }
    return array.withUnsafeMutableBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return body([]) }
      return open(&arrays, found + [first], body)
    }
  }

  // MARK: Parts

  /// The bytes cut behind line ends, with the rows of each part; nil where a quote stands.
  private func cut(_ bytes: [UInt8], from start: Int, _ threads: Int) -> [Part]? {
    let size = bytes.count - start
    let wanted = max(1, min(threads * 2, size / PlainRows.part))
    var cuts = [start]
    for part in 1..<max(2, wanted) where part < wanted {
      let from = max(start + size / wanted * part, cuts[cuts.count - 1])
      guard let end = bytes[from...].firstIndex(of: 0x0A) else { break }
      cuts.append(end + 1)
    }
    if cuts[cuts.count - 1] < bytes.count || cuts.count == 1 { cuts.append(bytes.count) }
    let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
    let lines = Lanes.map(ranges.count, threads: threads) { PlainRows.lines(bytes, ranges[$0]) }
    var parts: [Part] = []
    var row = 0
    for (range, lines) in zip(ranges, lines) {
      guard let lines else { return nil }
      let isOpen = range.upperBound == bytes.count && bytes.last != 0x0A && !range.isEmpty
      let end = row + lines + (isOpen ? 1 : 0)
      parts.append(
        Part(
          bytes: range, rows: row..<end, classes: classes, sliceNames: Array(repeating: Vocabulary(), count: slices)))
      row = end
    }
    return parts
  }

  /// How many lines end; nil where a quote stands.
  private static func lines(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
    bytes.withUnsafeBytes { bytes in
      let all = UnsafeRawBufferPointer(rebasing: bytes[range])
      guard let first = all.baseAddress else { return 0 }
      if memchr(first, 0x22, all.count) != nil { return nil }
      var (at, lines) = (0, 0)
      // Eight bytes at a time: a byte that is no line end leaves its upper bit.
      let (sevens, tops, ends) = (
        0x7F7F_7F7F_7F7F_7F7F as UInt64, 0x8080_8080_8080_8080 as UInt64, 0x0A0A_0A0A_0A0A_0A0A as UInt64
      )
      while at &+ 8 <= all.count {
        let word = all.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ ends
        let other = ((word & sevens) &+ sevens | word) & tops
        lines &+= Int(truncatingIfNeeded: (((other ^ tops) >> 7) &* 0x0101_0101_0101_0101) >> 56)
        at &+= 8
      }
      while at < all.count {
        if all[at] == 0x0A { lines &+= 1 }
        at &+= 1
      }
      return lines
    }
  }

  private func startsWithWholeID(_ bytes: [UInt8], _ start: Int) -> Bool {
    guard let column = steps.first(where: { $0.kind == .id })?.column else { return false }
    var at = start
    var passed = 0
    while at < bytes.count, passed < column, bytes[at] != 0x0A {
      if bytes[at] == separator { passed += 1 }
      at += 1
    }
    let end = bytes[at...].firstIndex { $0 == separator || $0 == 0x0A || $0 == 0x0D } ?? bytes.count
    return RowIDs.whole(bytes.span, at, end) != nil
  }

  // MARK: Rows

  /// The part with what its rows hold, nil to give up.
  private func readPart(_ bytes: [UInt8], _ given: Part, _ places: Places) -> Part? {
    var part = given
    let isRead = steps.withUnsafeBufferPointer { readRows(bytes.span, $0, &part, places) }
    return isRead ? part : nil
  }

  private func readRows(
    _ bytes: Span<UInt8>, _ steps: UnsafeBufferPointer<Step>, _ part: inout Part, _ places: Places
  ) -> Bool {
    let end = part.bytes.upperBound
    var at = part.bytes.lowerBound
    for row in part.rows {
      var (column, next) = (0, 0)
      cells: while true {
        let start = at
        var isTaken = false
        if next < steps.count, steps[next].column == column, steps[next].isAlone {
          isTaken = takeFused(bytes, &at, end, steps[next], row, part.classes, places)
          if isTaken { next &+= 1 } else { at = start }
        }
        while !isTaken, at < end {
          let byte = bytes[unchecked: at]
          // Digits, signs, points and letters are all above.
          if byte < 0x2D, isEnd(byte) { break }
          at &+= 1
        }
        while !isTaken, next < steps.count, steps[next].column == column {
          guard take(bytes, start, at, steps[next], row, &part, places) else { return false }
          next &+= 1
        }
        column &+= 1
        guard at < end else { break cells }
        let byte = bytes[unchecked: at]
        at &+= 1
        if byte == separator { continue cells }
        if byte == 0x0D {
          guard at < end, bytes[unchecked: at] == 0x0A else { return false }
          at &+= 1
        }
        break cells
      }
      guard column == width else { return false }
    }
    return at == end
  }

  @inline(__always) private func isEnd(_ byte: UInt8) -> Bool { byte == separator || byte == 0x0A || byte == 0x0D }

  /// Reads the commonest cells while their end is looked for: whole ids, labels of one byte, numbers like `0.125`.
  @inline(__always)
  private func takeFused(
    _ bytes: Span<UInt8>, _ at: inout Int, _ end: Int, _ step: Step, _ row: Int, _ classes: Vocabulary,
    _ places: Places
  ) -> Bool {
    let start = at
    switch step.kind {
    case .classCode:
      guard at &+ 1 < end, isEnd(bytes[unchecked: at &+ 1]) else { return false }
      let code = classes.known(bytes[unchecked: at])
      guard code >= 0 else { return false }
      places.codes[step.place][row] = code
      at &+= 1
      return true
    case .id:
      guard let ids = places.ids, at < end, bytes[unchecked: at] != 0x30 else { return false }
      var value: Int64 = 0
      while at < end {
        let digit = bytes[unchecked: at] &- 0x30
        if digit > 9 { break }
        value = value &* 10 &+ Int64(digit)
        at &+= 1
      }
      guard at < end, at > start, at &- start <= 18, isEnd(bytes[unchecked: at]) else { return false }
      ids[row] = value
      return true
    case .number, .finiteNumber, .score:
      var mantissa: UInt64 = 0
      var point = -1
      while at < end {
        let byte = bytes[unchecked: at]
        let digit = byte &- 0x30
        if digit <= 9 {
          mantissa = mantissa &* 10 &+ UInt64(digit)
        } else {
          guard byte == 0x2E, point < 0 else { break }
          point = at
        }
        at &+= 1
      }
      let digits = at &- start &- (point < 0 ? 0 : 1)
      guard at < end, isEnd(bytes[unchecked: at]),
        let number = CellNumber.exact(mantissa, digits: digits, fraction: point < 0 ? 0 : at &- point &- 1)
      else { return false }
      // What is no probability is noted by the way of all other cells.
      guard step.kind != .score || number <= 1 else { return false }
      places.numbers[step.place][row] = number
      return true
    case .clusterCode, .sliceCode: return false
    }
  }

  @inline(__always)
  private func take(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ step: Step, _ row: Int, _ part: inout Part, _ places: Places
  ) -> Bool {
    if step.kind == .sliceCode {
      places.codes[step.place][row] = part.sliceNames[step.slice].code(of: bytes, start, end)
      return true
    }
    guard start < end else { return false }
    switch step.kind {
    case .id:
      guard let ids = places.ids else {
        part.ids.append(bytes, start, end)
        return true
      }
      guard let id = RowIDs.whole(bytes, start, end) else { return false }
      ids[row] = id
    case .classCode: places.codes[step.place][row] = part.classes.code(of: bytes, start, end)
    case .clusterCode: places.codes[step.place][row] = part.clusterNames.code(of: bytes, start, end)
    case .number, .finiteNumber, .score:
      guard let number = CellNumber.read(bytes, start, end) else { return false }
      if step.kind == .finiteNumber, !number.isFinite { return false }
      if step.kind == .score, number < 0 || number > 1, part.outside == nil {
        part.outside = (row, Cell(start: start, end: end, isMissing: false))
      }
      places.numbers[step.place][row] = number
    case .sliceCode: break
    }
    return true
  }

  // MARK: Joining

  private func join(_ part: Part, to columns: inout Columns, isText: Bool) {
    if isText { columns.ids.append(part.ids) }
    if columns.outside == nil { columns.outside = part.outside }
    let classes = part.classes.names.map { columns.classes.code(adding: $0) }
    let clusters = part.clusterNames.names.map { columns.clusterNames.code(adding: $0) }
    let slices = part.sliceNames.indices.map { index in
      part.sliceNames[index].names.map { columns.sliceNames[index].code(adding: $0) }
    }
    for step in steps {
      let codes: [Int32]
      switch step.kind {
      case .classCode: codes = classes
      case .clusterCode: codes = clusters
      case .sliceCode: codes = slices[step.slice]
      case .id, .number, .finiteNumber, .score: continue
      }
      // Most parts number their values alike.
      if codes.enumerated().allSatisfy({ Int($1) == $0 }) { continue }
      columns.codes[step.place].withUnsafeMutableBufferPointer { column in
        for row in part.rows { column[row] = codes[Int(column[row])] }
      }
    }
  }
}
