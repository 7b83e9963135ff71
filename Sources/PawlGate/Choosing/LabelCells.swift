import PawlStatistics

/// Rows grouped by label and both predictions: label metrics depend on nothing else, so that a draw of a million rows
/// is a draw of a few counts.
struct LabelCells {
  private struct Cell {
    let label: Int32
    let candidate: Int32
    let baseline: Int32
    var count: Int
  }

  /// The cells of one label, with the chance of each and those before it as a share of 2^64.
  private struct Stratum {
    var cells: [Cell]
    var rows: Int
    var thresholds: [UInt64]
  }

  private let strata: [Stratum]
  private let classes: Int
  let rows: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - baseline: nil for one model's metric.
  init(_ candidate: View, _ baseline: View?, seed: UInt64) {
    self.seed = seed
    rows = candidate.rows.count
    // The baseline's classes follow the candidate's; those it alone has come after.
    var names = candidate.table.classes
    let codes = baseline?.table.classes.names.map { names.code(adding: $0) } ?? []
    classes = names.count
    var cells: [SIMD4<Int32>: Int] = [:]
    for position in 0..<rows {
      let row = candidate.rows[position]
      let other = baseline.map { $0.table.predictions[$0.rows[position]] } ?? -1
      let key = SIMD4<Int32>(
        candidate.table.labels[row], candidate.table.predictions[row], other >= 0 ? codes[Int(other)] : -1, 0)
      cells[key, default: 0] &+= 1
    }
    // In an order of their own: the draws then do not depend on the rows'.
    let sorted = cells.map { Cell(label: $0[0], candidate: $0[1], baseline: $0[2], count: $1) }.sorted {
      ($0.label, $0.candidate, $0.baseline) < ($1.label, $1.candidate, $1.baseline)
    }
    var strata: [Stratum] = []
    for cell in sorted {
      if strata.last?.cells.first?.label != cell.label { strata.append(Stratum(cells: [], rows: 0, thresholds: [])) }
      strata[strata.count - 1].cells.append(cell)
      strata[strata.count - 1].rows += cell.count
    }
    self.strata = strata.map { stratum in
      var stratum = stratum
      var passed = 0
      // The last cell takes what is left, so that its threshold, 2^64, is never needed.
      for cell in stratum.cells.dropLast() {
        passed += cell.count
        stratum.thresholds.append(UInt64(stratum.rows).dividingFullWidth((UInt64(passed), 0)).quotient)
      }
      return stratum
    }
  }

  /// The metric of each draw, candidate − baseline, or the candidate's.
  func resamples(_ draws: Int, isDifference: Bool, _ value: (LabelCounts) -> Double) -> [Double] {
    (0..<draws).map { draw in
      // Distinct generators from the mixed counter: the states of neighbours are far apart.
      var mixer = SplitMix64(seed: seed &+ UInt64(truncatingIfNeeded: draw) &* 0xd134_2543_de82_ef95)
      var chance = SplitMix64(seed: mixer.next())
      var (a, b) = (LabelCounts(classes: classes), LabelCounts(classes: classes))
      for stratum in strata {
        let counts = drawn(stratum, &chance)
        for (cell, count) in zip(stratum.cells, counts) where count > 0 {
          a.add(label: cell.label, prediction: cell.candidate, weight: count)
          if isDifference { b.add(label: cell.label, prediction: cell.baseline, weight: count) }
        }
      }
      return isDifference ? value(a) - value(b) : value(a)
    }
  }

  /// As many rows of a stratum as it has, each from a cell by its share.
  private func drawn(_ stratum: Stratum, _ chance: inout SplitMix64) -> [Int] {
    var counts = [Int](repeating: 0, count: stratum.cells.count)
    let thresholds = stratum.thresholds
    if thresholds.count <= 8 {
      for _ in 0..<stratum.rows {
        let number = chance.next()
        var cell = 0
        for threshold in thresholds { cell &+= number >= threshold ? 1 : 0 }
        counts[cell] &+= 1
      }
      return counts
    }
    for _ in 0..<stratum.rows {
      let number = chance.next()
      var (low, high) = (0, thresholds.count)
      while low < high {
        let middle = (low &+ high) / 2
        if number >= thresholds[middle] { low = middle &+ 1 } else { high = middle }
      }
      counts[low] &+= 1
    }
    return counts
  }
}
