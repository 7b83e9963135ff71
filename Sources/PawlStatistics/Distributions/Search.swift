/// Monotone search over numbers: to the last bit for reals, to the unit for counts.
enum Search {
  /// The last Double in [low, high] for which `holds`, when it holds first and then no more; `low` if never.
  ///
  /// Halves the ordered bit patterns, so 64 steps reach the neighbouring number at any scale.
  static func last(from low: Double, through high: Double, where holds: (Double) -> Bool) -> Double {
    if holds(high) { return high }
    var (below, above) = (ordered(low), ordered(high))
    while true {
      let middle = below &+ Int64(bitPattern: UInt64(bitPattern: above &- below) >> 1)
      if middle == below || middle >= above { return number(below) }
      if holds(number(middle)) { below = middle } else { above = middle }
    }
  }

  /// The smallest count in (from, limit] for which `holds`, when it holds from there on; nil when none does.
  static func first(above from: Int, through limit: Int = 1_000_000_000_000, where holds: (Int) -> Bool) -> Int? {
    guard from < limit else { return nil }
    var (below, above) = (from, from)
    var step = 1
    while true {
      above = limit - below > step ? below + step : limit
      if holds(above) { break }
      if above == limit { return nil }
      below = above
      step = step > limit / 2 ? limit : step * 2
    }
    while above - below > 1 {
      let middle = below + (above - below) / 2
      if holds(middle) { above = middle } else { below = middle }
    }
    return above
  }

  private static func ordered(_ x: Double) -> Int64 {
    let bits = Int64(bitPattern: x.bitPattern)
    return bits >= 0 ? bits : Int64.min &- bits
  }

  private static func number(_ key: Int64) -> Double {
    key >= 0 ? Double(bitPattern: UInt64(key)) : -Double(bitPattern: UInt64(bitPattern: 0 &- key))
  }
}
