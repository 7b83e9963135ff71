@testable import PawlStatistics

/// One number a seed.
enum SeedCells {
  static func cells() throws -> [Cell] {
    var cells: [Cell] = []
    for seeds in [3, 5] {
      for margin in margins {
        for spread in [0.003, 0.01] { cells += try group(seeds, margin, spread, uneven: false) }
      }
      cells += try group(seeds, 0.01, 0.003, uneven: true)
    }
    return cells
  }

  private static func group(_ seeds: Int, _ margin: Double, _ spread: Double, uneven: Bool) throws -> [Cell] {
    let draws = Scale.draws(40_000, reduced: 1_000)
    func tallies(_ loss: Double) throws -> (paired: Tally, welch: Tally) {
      var dice = Dice("seeds \(seeds) \(margin) \(spread) \(uneven) \(loss)")
      var (paired, unpaired) = (Tally(), Tally())
      for _ in 0..<draws {
        let candidate = (0..<seeds).map { _ in 0.9 - loss + (uneven ? 3 : 1) * spread * dice.normal() }
        let baseline = (0..<seeds).map { _ in 0.9 + spread * dice.normal() }
        guard let test = PairedT(differences: zip(candidate, baseline).map { $0 - $1 }),
          let welch = Welch(candidateSeeds: candidate, baselineSeeds: baseline)
        else { throw Impossible() }
        paired.add(test.comparison(), atLeast: -margin)
        unpaired.add(welch.comparison(), atLeast: -margin)
      }
      return (paired, unpaired)
    }
    let (atMargin, equal) = (try tallies(margin), try tallies(0))
    let setting = "\(seeds) seeds, sd \(spread)\(uneven ? ", uneven" : "")"
    return [
      Cell("paired-t", setting, rows: seeds, margin: margin, atMargin: atMargin.paired, equal: equal.paired),
      Cell("welch", setting, rows: seeds, margin: margin, atMargin: atMargin.welch, equal: equal.welch),
    ]
  }
}
