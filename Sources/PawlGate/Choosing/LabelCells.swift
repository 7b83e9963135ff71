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

  /// The cells of one label.
  private struct Stratum {
    var cells: [Cell]
    var rows: Int
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
    let sorted = LabelCells.counted(candidate, baseline, codes, classes)
    var strata: [Stratum] = []
    for cell in sorted {
      if strata.last?.cells.first?.label != cell.label { strata.append(Stratum(cells: [], rows: 0)) }
      strata[strata.count - 1].cells.append(cell)
      strata[strata.count - 1].rows += cell.count
    }
    self.strata = strata
  }

  /// How many rows each cell has, in an order of the cells' own, so that draws do not depend on the rows'.
  private static func counted(_ candidate: View, _ baseline: View?, _ codes: [Int32], _ classes: Int) -> [Cell] {
    // Absent predictions, −1, have a place too; few classes have a table, many a dictionary.
    let width = classes + 1
    let isSmall = classes <= 32
    var table = [Int](repeating: 0, count: isSmall ? width * width * width : 0)
    var cells: [Int: Int] = [:]
    for position in 0..<candidate.rows.count {
      let row = candidate.rows[position]
      let other = baseline.map { $0.table.predictions[$0.rows[position]] } ?? -1
      let (label, own) = (Int(candidate.table.labels[row]), Int(candidate.table.predictions[row]))
      let theirs = other >= 0 ? Int(codes[Int(other)]) : -1
      let place = ((label &+ 1) &* width &+ own &+ 1) &* width &+ theirs &+ 1
      if isSmall { table[place] &+= 1 } else { cells[place, default: 0] &+= 1 }
    }
    let found =
      isSmall ? table.indices.filter { table[$0] > 0 }.map { ($0, table[$0]) } : cells.sorted { $0.key < $1.key }
    return found.map { place, count in
      Cell(
        label: Int32(place / width / width - 1), candidate: Int32(place / width % width - 1),
        baseline: Int32(place % width - 1), count: count)
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

  /// As many rows of a stratum as it has, each from a cell by its share: conditional binomials.
  private func drawn(_ stratum: Stratum, _ chance: inout SplitMix64) -> [Int] {
    var (draws, rows) = (stratum.rows, stratum.rows)
    return stratum.cells.map { cell in
      let count = rows > cell.count ? chance.binomial(draws, Double(cell.count) / Double(rows)) : draws
      draws -= count
      rows -= cell.count
      return count
    }
  }
}
