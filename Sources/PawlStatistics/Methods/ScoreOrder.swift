/// The rows of a table in the order of a score, lowest first, with where runs of equal scores begin.
///
/// One radix sort: a score's bits, made to order like the score, less the smallest; the upper bits and the row share a
/// 64-bit word, which three counting passes of 11 bits put in order (E. H. Friend, JACM 3, 1956). Rows whose upper bits
/// agree are put right by insertion, or, where many do, by a comparison sort, so that no input is quadratic.
package struct ScoreOrder: Sendable {
  /// Rows, lowest score first; rows of one score in row order.
  package let rows: [Int32]
  /// Whether a row of `rows` has another score than the one before it; the first has.
  package let starts: [Bool]
  /// No two rows have one score.
  package let isStrict: Bool

  /// nil when a score is NaN, or there are more than 2³¹ − 1.
  package init?(_ scores: [Double]) {
    guard scores.count < Int(Int32.max), !ScoreOrder.hasNaN(scores) else { return nil }
    let keys = ScoreOrder.sorted(scores)
    let count = scores.count
    var isStrict = true
    let mask = ScoreOrder.rowMask(count)
    var rows: [Int32] = []
    rows = Array(unsafeUninitializedCapacity: count) { buffer, filled in
      for place in 0..<count { buffer.initializeElement(at: place, to: Int32(truncatingIfNeeded: keys[place] & mask)) }
      filled = count
    }
    starts = Array(unsafeUninitializedCapacity: count) { buffer, filled in
      if count > 0 { buffer.initializeElement(at: 0, to: true) }
      for place in 1..<max(1, count) {
        // Scores are looked at only where what was sorted by cannot tell.
        let isNew =
          (keys[place] ^ keys[place &- 1]) & ~mask != 0
          || scores[Int(rows[place])] != scores[Int(rows[place &- 1])]
        if !isNew { isStrict = false }
        buffer.initializeElement(at: place, to: isNew)
      }
      filled = count
    }
    self.rows = rows
    self.isStrict = isStrict
  }

  private static func hasNaN(_ scores: [Double]) -> Bool {
    var sum = 0.0
    // NaN is the only number that differs from itself; zero times it would hide infinities.
    for score in scores { sum += score == score ? 0 : 1 }
    return sum > 0
  }

  private static func rowMask(_ count: Int) -> UInt64 {
    let bits = UInt64.bitWidth - UInt64(max(1, count)).leadingZeroBitCount
    return (1 << UInt64(bits)) - 1
  }

  /// Bits that order as the number does; −0 and 0 are one.
  @inline(__always) private static func key(_ score: Double) -> UInt64 {
    let bits = (score + 0).bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
  }

  /// Words of upper key bits and row, in the order of the scores.
  private static func sorted(_ scores: [Double]) -> [UInt64] {
    var (low, high) = (UInt64.max, UInt64.min)
    for score in scores {
      let key = key(score)
      low = min(low, key)
      high = max(high, key)
    }
    guard low < high else { return scores.indices.map { UInt64($0) } }
    let mask = rowMask(scores.count)
    let rowBits = UInt64(mask.nonzeroBitCount)
    let width = UInt64(UInt64.bitWidth - (high - low).leadingZeroBitCount)
    let kept = min(width, digits * passes, 64 - rowBits)
    let shift = width - kept
    var words = [UInt64](unsafeUninitializedCapacity: scores.count) { buffer, filled in
      for row in 0..<scores.count {
        let upper = (key(scores[row]) &- low) >> shift
        buffer.initializeElement(at: row, to: upper << rowBits | UInt64(truncatingIfNeeded: row))
      }
      filled = scores.count
    }
    sort(&words, from: rowBits, to: rowBits + kept)
    if shift > 0 { settle(&words, scores, mask) }
    return words
  }

  private static let digits: UInt64 = 11
  private static let passes: UInt64 = 3

  /// Counting passes over bits `from` ..< `to`, the lowest digit first; stable.
  private static func sort(_ words: inout [UInt64], from: UInt64, to: UInt64) {
    var other = [UInt64](repeating: 0, count: words.count)
    var low = from
    while low < to {
      let mask: UInt64 = (1 << min(digits, to - low)) - 1
      var places = [Int](repeating: 0, count: 1 << Int(digits))
      places.withUnsafeMutableBufferPointer { places in
        words.withUnsafeBufferPointer { words in
          for word in words { places[Int(truncatingIfNeeded: word >> low & mask)] &+= 1 }
          var sum = 0
          for digit in places.indices {
            let count = places[digit]
            places[digit] = sum
            sum &+= count
          }
          other.withUnsafeMutableBufferPointer { other in
            for word in words {
              let digit = Int(truncatingIfNeeded: word >> low & mask)
              other[places[digit]] = word
              places[digit] &+= 1
            }
          }
        }
      }
      swap(&words, &other)
      low += digits
    }
  }

  /// Orders the rows whose upper bits agree by their scores.
  private static func settle(_ words: inout [UInt64], _ scores: [Double], _ mask: UInt64) {
    words.withUnsafeMutableBufferPointer { words in
      var start = 0
      while start < words.count {
        var end = start &+ 1
        while end < words.count, (words[end] ^ words[start]) & ~mask == 0 { end &+= 1 }
        if end &- start > 1 { settle(words[start..<end], scores, mask) }
        start = end
      }
    }
  }

  private static func settle(_ run: Slice<UnsafeMutableBufferPointer<UInt64>>, _ scores: [Double], _ mask: UInt64) {
    func score(_ word: UInt64) -> Double { scores[Int(word & mask)] }
    var run = run
    // Rows of one score are in order already.
    let isOrdered = run.indices.dropFirst().allSatisfy { score(run[$0 &- 1]) <= score(run[$0]) }
    if isOrdered { return }
    guard run.count <= 24 else {
      run.sort { score($0) < score($1) || (score($0) == score($1) && $0 < $1) }
      return
    }
    for place in run.indices.dropFirst() {
      let word = run[place]
      var hole = place
      while hole > run.startIndex, score(run[hole &- 1]) > score(word) {
        run[hole] = run[hole &- 1]
        hole &-= 1
      }
      run[hole] = word
    }
  }
}
