/// The area under the ROC curve, or the difference of two on the same rows, over resamples drawn within each class.
///
/// The statistic is the one that counting every pair gives, ties one half. Scores are sorted once; a resample is the
/// number of times each row is drawn, and then an area is one pass: sums of the negatives' counts up to each place, and
/// for each positive its count times the sum below it. The counts are an exact multinomial draw: how many fall into each
/// block of 4,096 rows by conditional binomials, within a block by twelve random bits each, which stay in the first
/// cache (L. Devroye, Non-Uniform Random Variate Generation, 1986, XI.1). Each resample has a generator of its own, so
/// that any number of threads gives the same numbers.
package struct AreaResamples: Sendable {
  private let candidate: Passes
  private let baseline: Passes?
  private let positives: Int
  private let negatives: Int

  /// One model's way through the counts.
  private struct Passes: Sendable {
    /// The places of the model's negatives, lowest score first, among the candidate's; nil where they are the same.
    var negatives: [UInt32]?
    /// The same of positives.
    var positives: [UInt32]?
    /// For each positive in the model's order, how many negatives are below it.
    var below: [UInt32]
    /// And how many are not above it; nil where no positive ties with a negative.
    var through: [UInt32]?
  }

  /// - Parameters:
  ///   - isPositive: one a row.
  ///   - baseline: nil for one model's area.
  /// - Returns: nil unless both classes have a row and the numbers of rows agree.
  package init?(candidate: ScoreOrder, baseline: ScoreOrder? = nil, isPositive: [Bool]) {
    positives = isPositive.count { $0 }
    negatives = isPositive.count - positives
    guard positives > 0, negatives > 0, candidate.rows.count == isPositive.count,
      (baseline ?? candidate).rows.count == isPositive.count
    else { return nil }
    self.candidate = AreaResamples.passes(candidate, isPositive)
    guard let baseline else {
      self.baseline = nil
      return
    }
    // Rows are numbered in the candidate's order, class by class: its own pass then reads the counts in a line.
    var numbers = [UInt32](repeating: 0, count: isPositive.count)
    var (p, n) = (UInt32(0), UInt32(0))
    for row in candidate.rows {
      if isPositive[Int(row)] {
        numbers[Int(row)] = p
        p &+= 1
      } else {
        numbers[Int(row)] = n
        n &+= 1
      }
    }
    var passes = AreaResamples.passes(baseline, isPositive)
    passes.positives = baseline.rows.lazy.filter { isPositive[Int($0)] }.map { numbers[Int($0)] }
    passes.negatives = baseline.rows.lazy.filter { !isPositive[Int($0)] }.map { numbers[Int($0)] }
    self.baseline = passes
  }

  private static func passes(_ order: ScoreOrder, _ isPositive: [Bool]) -> Passes {
    var (below, through): ([UInt32], [UInt32]) = ([], [])
    var (negatives, isTied) = (UInt32(0), false)
    var start = 0
    while start < order.rows.count {
      var (end, tied) = (start, UInt32(0))
      repeat {
        if !isPositive[Int(order.rows[end])] { tied &+= 1 }
        end &+= 1
      } while end < order.rows.count && !order.starts[end]
      for _ in 0..<(end &- start &- Int(tied)) {
        below.append(negatives)
        through.append(negatives &+ tied)
        if tied > 0 { isTied = true }
      }
      negatives &+= tied
      start = end
    }
    return Passes(below: below, through: isTied ? through : nil)
  }

  /// The statistic of each resample, candidate − baseline or the candidate's alone.
  package func values(draws: Int, seed: UInt64, threads: Int = Lanes.available) -> [Double] {
    let size = max(1, min(64, draws / max(1, threads * 4)))
    let parts = (max(0, draws) + size - 1) / size
    return Lanes.map(parts, threads: threads) { part -> [Double] in
      var buffers = Buffers(positives: positives, negatives: negatives)
      return (part * size..<min(draws, (part + 1) * size)).map { value(&buffers, draw: $0, seed: seed) }
    }.flatMap { $0 }
  }

  /// What a thread works in.
  private struct Buffers {
    /// How often each row is drawn. A count beyond 255 has a chance below 1e-500.
    var positives: [UInt8]
    var negatives: [UInt8]
    /// Sums of the negatives' counts before each place.
    var sums: [UInt32]

    init(positives: Int, negatives: Int) {
      self.positives = Array(repeating: 0, count: positives)
      self.negatives = Array(repeating: 0, count: negatives)
      sums = Array(repeating: 0, count: negatives + 1)
    }
  }

  private func value(_ buffers: inout Buffers, draw: Int, seed: UInt64) -> Double {
    // Distinct generators from the mixed counter: the states of neighbours are far apart.
    var mixer = SplitMix64(seed: seed &+ UInt64(truncatingIfNeeded: draw) &* 0xd134_2543_de82_ef95)
    var chance = SplitMix64(seed: mixer.next())
    AreaResamples.fill(&buffers.positives, &chance)
    AreaResamples.fill(&buffers.negatives, &chance)
    let pairs = 2 * Double(positives) * Double(negatives)
    let first = Double(AreaResamples.twice(candidate, &buffers)) / pairs
    guard let baseline else { return first }
    return first - Double(AreaResamples.twice(baseline, &buffers)) / pairs
  }

  /// Twice the pairs that are ranked rightly, ties one half.
  private static func twice(_ passes: Passes, _ buffers: inout Buffers) -> UInt64 {
    var sum: UInt64 = 0
    buffers.sums.withUnsafeMutableBufferPointer { sums in
      buffers.negatives.withUnsafeBufferPointer { counts in
        var total: UInt32 = 0
        if let places = passes.negatives {
          for (index, place) in places.enumerated() {
            total &+= UInt32(counts[Int(place)])
            sums[index &+ 1] = total
          }
        } else {
          for index in 0..<counts.count {
            total &+= UInt32(counts[index])
            sums[index &+ 1] = total
          }
        }
      }
      let below = passes.below
      let through = passes.through ?? below
      buffers.positives.withUnsafeBufferPointer { counts in
        if let places = passes.positives {
          for index in 0..<places.count {
            sum &+=
              UInt64(counts[Int(places[index])])
              &* (UInt64(sums[Int(below[index])]) &+ UInt64(sums[Int(through[index])]))
          }
        } else {
          for index in 0..<counts.count {
            sum &+= UInt64(counts[index]) &* (UInt64(sums[Int(below[index])]) &+ UInt64(sums[Int(through[index])]))
          }
        }
      }
    }
    return sum
  }

  private static let block = 4096

  /// As many draws as there are rows, each row with the same chance.
  private static func fill(_ counts: inout [UInt8], _ chance: inout SplitMix64) {
    var left = counts.count
    counts.withUnsafeMutableBufferPointer { counts in
      counts.update(repeating: 0)
      var start = 0
      while start < counts.count {
        let size = min(block, counts.count - start)
        let draws = chance.binomial(left, Double(size) / Double(counts.count - start))
        left -= draws
        let rows = UnsafeMutableBufferPointer(rebasing: counts[start..<start + size])
        if size == block {
          fillBlock(rows, draws, &chance)
        } else {
          for _ in 0..<draws { rows[chance.below(size)] &+= 1 }
        }
        start += size
      }
    }
  }

  /// Twelve bits a draw, five draws a number.
  @inline(__always)
  private static func fillBlock(
    _ rows: UnsafeMutableBufferPointer<UInt8>, _ draws: Int, _ chance: inout SplitMix64
  ) {
    var left = draws
    while left >= 5 {
      let bits = chance.next()
      rows[Int(bits & 0xFFF)] &+= 1
      rows[Int(bits >> 12 & 0xFFF)] &+= 1
      rows[Int(bits >> 24 & 0xFFF)] &+= 1
      rows[Int(bits >> 36 & 0xFFF)] &+= 1
      rows[Int(bits >> 48 & 0xFFF)] &+= 1
      left &-= 5
    }
    for _ in 0..<left { rows[Int(chance.next() & 0xFFF)] &+= 1 }
  }
}
