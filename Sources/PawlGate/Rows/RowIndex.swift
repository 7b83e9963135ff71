/// Where each id of a table stands.
struct RowIndex {
  private let ids: RowIDs
  /// Row of `number − least`, −1 where there is none: whole numbers that lie close together need no hashing.
  private var dense: [Int32] = []
  private var least: Int64 = 0
  /// Upper half of the hash and row + 1, open addressing; 0 is free.
  private var slots: [UInt64] = []
  private var mask = 0
  /// The first row whose id stood already, and the row where it stood.
  private(set) var duplicate: (row: Int, first: Int)?

  init(_ ids: RowIDs) {
    self.ids = ids
    if !fillDense() { fillSlots() }
  }

  /// The row with the id of another table's row, nil when it is not here. Both tables' ids are of one kind.
  func row(of other: RowIDs, _ otherRow: Int) -> Int? {
    if !dense.isEmpty, other.isNumeric {
      let (place, overflow) = other.numbers[otherRow].subtractingReportingOverflow(least)
      guard !overflow, place >= 0, place < dense.count else { return nil }
      let row = dense[Int(place)]
      return row < 0 ? nil : Int(row)
    }
    guard !slots.isEmpty else { return nil }
    let hash = other.hash(otherRow)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let row = Int(slots[slot] & 0xFFFF_FFFF) &- 1
      if slots[slot] >> 32 == hash >> 32, other.isSame(otherRow, as: ids, row) { return row }
      slot = (slot &+ 1) & mask
    }
    return nil
  }

  private mutating func fillDense() -> Bool {
    guard ids.isNumeric, let low = ids.numbers.min(), let high = ids.numbers.max() else { return false }
    // Ids have at most 18 digits, so that their difference cannot overflow.
    let width = high &- low &+ 1
    guard width <= Int64(ids.count) &* 4 &+ 1024 else { return false }
    least = low
    dense = Array(repeating: -1, count: Int(width))
    for (row, number) in ids.numbers.enumerated() {
      let place = Int(number &- low)
      if dense[place] >= 0, duplicate == nil { duplicate = (row, Int(dense[place])) }
      if dense[place] < 0 { dense[place] = Int32(truncatingIfNeeded: row) }
    }
    return true
  }

  private mutating func fillSlots() {
    var size = 16
    while size < ids.count &* 2 { size &*= 2 }
    mask = size &- 1
    slots = Array(repeating: 0, count: size)
    for row in 0..<ids.count {
      let hash = ids.hash(row)
      var slot = Int(truncatingIfNeeded: hash) & mask
      var isNew = true
      while slots[slot] != 0 {
        let known = Int(slots[slot] & 0xFFFF_FFFF) &- 1
        if slots[slot] >> 32 == hash >> 32, ids.isSame(row, as: ids, known) {
          if duplicate == nil { duplicate = (row, known) }
          isNew = false
          break
        }
        slot = (slot &+ 1) & mask
      }
      if isNew { slots[slot] = (hash >> 32) << 32 | UInt64(row &+ 1) }
    }
  }
}
