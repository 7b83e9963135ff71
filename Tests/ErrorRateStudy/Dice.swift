import Foundation

@testable import PawlStatistics

/// Chance from a name: the same cell has the same draws, whatever else the study runs.
struct Dice {
  private var generator: SplitMix64
  private var spare: Double?

  init(_ name: String) {
    // FNV-1a, 64 bits.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    generator = SplitMix64(seed: hash)
  }

  mutating func unit() -> Double { generator.unit() }

  mutating func below(_ bound: Int) -> Int { generator.below(bound) }

  mutating func flag(_ share: Double) -> Bool { generator.unit() < share }

  /// Marsaglia's polar method.
  mutating func normal() -> Double {
    if let number = spare {
      spare = nil
      return number
    }
    while true {
      let (u, v) = (2 * generator.unit() - 1, 2 * generator.unit() - 1)
      let s = u * u + v * v
      guard s > 0, s < 1 else { continue }
      let scale = (-2 * log(s) / s).squareRoot()
      spare = v * scale
      return u * scale
    }
  }

  /// Gains and losses among the rows that differ.
  mutating func counts(_ rows: Int, _ wins: Double, _ losses: Double, _ tables: Tables) -> Pair {
    let share = wins + losses
    let differing = tables.draw(rows, min(1, share), &self)
    let won = share > 0 ? tables.draw(differing, wins / share, &self) : 0
    return Pair(b: won, c: differing - won)
  }
}

/// Rows that only the candidate and only the baseline has right.
struct Pair: Hashable {
  var b: Int
  var c: Int
}

/// Binomial numbers by inversion, the cumulated chances of each (n, p) kept.
final class Tables {
  private struct Key: Hashable {
    var n: Int
    var p: Double
  }

  private var known: [Key: (first: Int, sums: [Double])] = [:]

  func draw(_ n: Int, _ p: Double, _ dice: inout Dice) -> Int {
    guard n > 0, p > 0 else { return 0 }
    guard p < 1 else { return n }
    let table = table(n, p)
    let u = dice.unit() * (table.sums.last ?? 1)
    var (low, high) = (0, table.sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if table.sums[middle] > u { high = middle } else { low = middle + 1 }
    }
    return table.first + low
  }

  private func table(_ n: Int, _ p: Double) -> (first: Int, sums: [Double]) {
    let key = Key(n: n, p: p)
    if let table = known[key] { return table }
    let middle = Double(n) * p
    let reach = 8 * (middle * (1 - p)).squareRoot() + 12
    let first = Int(max(0, middle - reach))
    let last = min(n, Int(middle + reach) + 1)
    var sum = 0.0
    let sums = (first...last).map { count -> Double in
      sum += Binomial.pmf(Double(count), n: Double(n), p: p)
      return sum
    }
    let table = (first: first, sums: sums)
    known[key] = table
    return table
  }
}
