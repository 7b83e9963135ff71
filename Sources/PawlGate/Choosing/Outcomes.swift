import PawlCore
import PawlStatistics

/// Right or wrong of each row that a metric uses, for views with the same rows at the same positions.
struct Outcomes {
  private let isRight: [[Bool]]
  /// Rows used.
  let rows: Int
  /// Positions of the rows used; nil for all.
  let positions: [Int]?

  /// - Parameters:
  ///   - positivesOnly: recall: only rows whose label is the positive.
  init(_ views: [View], positivesOnly: Bool = false) {
    var kept: [Int]?
    if positivesOnly, let first = views.first {
      let wanted = first.table.positive
      kept = (0..<first.rows.count).filter { first.table.labels[first.rows[$0]] == wanted }
    }
    isRight = views.map { view in
      let (labels, predictions) = (view.table.labels, view.table.predictions)
      if let kept {
        return kept.map { labels[view.rows[$0]] == predictions[view.rows[$0]] }
      }
      return (0..<view.rows.count).map { labels[view.rows[$0]] == predictions[view.rows[$0]] }
    }
    rows = isRight.first?.count ?? 0
    positions = kept
  }

  func isRight(_ view: Int, _ row: Int) -> Bool { isRight[view][row] }

  func right(_ view: Int) -> Int { isRight[view].count { $0 } }

  /// Rows that only `a` and only `b` has right.
  func discordant(_ a: Int, _ b: Int) -> (Int, Int) {
    var (onlyA, onlyB) = (0, 0)
    let (x, y) = (isRight[a], isRight[b])
    for row in 0..<rows where x[row] != y[row] {
      if x[row] { onlyA &+= 1 } else { onlyB &+= 1 }
    }
    return (onlyA, onlyB)
  }

  /// Row differences a − b of each pair, as numbers.
  func differences(_ a: Int, _ b: Int) -> [Double] {
    zip(isRight[a], isRight[b]).map { ($0 ? 1 : 0) - ($1 ? 1 : 0) }
  }

  func numbers(_ view: Int) -> [Double] { isRight[view].map { $0 ? 1 : 0 } }
}

/// Trials of right / wrong rows (statistics.md §1 and §4): Tango's score bounds, with seeds two-way as well.
struct OutcomeTrials {
  private let outcomes: Outcomes
  private let candidates: Int
  private let cut: Cut

  init(_ cut: Cut, positivesOnly: Bool = false) {
    self.cut = cut
    candidates = cut.candidate.count
    outcomes = Outcomes(cut.candidate + cut.baseline, positivesOnly: positivesOnly)
  }

  /// The counts of each class that the labels have, of the first replicate a side.
  static func byClass(_ cut: Cut) -> [Tango] {
    guard let first = cut.candidate.first, let second = cut.baseline.first else { return [] }
    let pair = Outcomes([first, second])
    var counts = [(rows: Int, b: Int, c: Int)](repeating: (0, 0, 0), count: first.table.classes.count)
    for row in 0..<pair.rows {
      let label = Int(first.table.labels[first.rows[row]])
      counts[label].rows &+= 1
      let (a, b) = (pair.isRight(0, row), pair.isRight(1, row))
      if a, !b { counts[label].b &+= 1 }
      if b, !a { counts[label].c &+= 1 }
    }
    return counts.compactMap { Tango(rows: $0.rows, candidateOnlyRight: $0.b, baselineOnlyRight: $0.c) }
  }

  /// Every pair of replicates that is compared; all against all where they cannot be paired.
  private var pairs: [(candidate: Int, baseline: Int)] {
    cut.pairs
      ?? cut.candidate.indices.flatMap { candidate in cut.baseline.indices.map { (candidate, $0) } }
  }

  /// Score bounds on counts averaged over seeds.
  var score: Trial {
    var (b, c) = (0.0, 0.0)
    let pairs = pairs
    for (candidate, baseline) in pairs {
      let counts = outcomes.discordant(candidate, candidates + baseline)
      b += Double(counts.0) / Double(pairs.count)
      c += Double(counts.1) / Double(pairs.count)
    }
    let tango = Tango(rows: Double(outcomes.rows), candidateOnlyRight: b, baselineOnlyRight: c)
    return Trial(name: Method.score.rawValue, compare: { tango?.comparison(at: $0) }, discordant: (b, c))
  }

  /// Rows and seeds; nil where seeds cannot be paired.
  var twoWay: Trial? {
    guard let pairs = cut.pairs, pairs.count > 1 else { return nil }
    let test = TwoWay(differences: pairs.map { outcomes.differences($0.candidate, candidates + $0.baseline) })
    return Trial(name: Method.twoWay.rawValue, compare: { test?.comparison(at: $0) })
  }

  /// Two samples of rows of their own.
  static func unpaired(_ cut: Cut, positivesOnly: Bool) -> Trial {
    func proportion(_ views: [View]) -> Proportion? {
      var (right, rows) = (0.0, 0.0)
      for view in views {
        let outcomes = Outcomes([view], positivesOnly: positivesOnly)
        right += Double(outcomes.right(0)) / Double(views.count)
        rows += Double(outcomes.rows) / Double(views.count)
      }
      return Proportion(successes: right, rows: rows)
    }
    guard let candidate = proportion(cut.candidate), let baseline = proportion(cut.baseline) else {
      return Trial(name: Method.newcombe.rawValue, compare: { _ in nil })
    }
    let test = Newcombe(candidate: candidate, baseline: baseline)
    return Trial(name: Method.newcombe.rawValue, compare: { test.comparison(at: $0) })
  }

  /// Row differences, averaged over pairs of replicates.
  var averagedDifferences: [Double] {
    let pairs = pairs
    var sums = [Double](repeating: 0, count: outcomes.rows)
    for (candidate, baseline) in pairs {
      for (row, difference) in outcomes.differences(candidate, candidates + baseline).enumerated() {
        sums[row] += difference / Double(pairs.count)
      }
    }
    return sums
  }

  /// Rows of one cluster are one: cluster sums, each bounded, with phantom clusters.
  var clustered: Trial? {
    guard let first = cut.candidate.first, let all = Clusters(first) else { return nil }
    let clusters = outcomes.positions.map { all.kept($0) } ?? all
    let test = Phantom(advantages: Moments(clusters.scaled(averagedDifferences)), bound: clusters.largest)
    var trial = score
    trial.name = Method.phantom.rawValue
    trial.compare = { test?.comparison(at: $0) }
    trial.caveats = [clusters.caveat]
    trial.rowsPerUnit = clusters.rowsPerUnit
    return trial
  }
}

/// Rows that belong together, as the statistics' unit.
struct Clusters {
  private let codes: [Int32]
  private let sizes: [Int]
  let count: Int

  /// Rows of a cluster, on average.
  var rowsPerUnit: Double { count > 0 ? Double(sizes.reduce(0, +)) / Double(count) : 1 }

  /// nil where no cluster is declared.
  init?(_ view: View) {
    guard let clusters = view.table.clusters else { return nil }
    self.init(view.rows.pick(clusters))
  }

  init(_ raw: [Int32]) {
    var places: [Int32: Int32] = [:]
    var codes: [Int32] = []
    codes.reserveCapacity(raw.count)
    var sizes: [Int] = []
    for code in raw {
      let place = places[code] ?? Int32(truncatingIfNeeded: sizes.count)
      if Int(place) == sizes.count {
        places[code] = place
        sizes.append(0)
      }
      sizes[Int(place)] += 1
      codes.append(place)
    }
    self.codes = codes
    self.sizes = sizes
    count = sizes.count
  }

  /// For the clusters of positions that are kept.
  func kept(_ positions: [Int]) -> Clusters { Clusters(positions.map { codes[$0] }) }

  /// A number a cluster whose mean is the mean over rows; sizes are taken as fixed.
  func scaled(_ numbers: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    for (row, number) in numbers.enumerated() where row < codes.count { sums[Int(codes[row])] += number }
    return sums.map { $0 * scale }
  }

  /// The weight of each row when clusters are drawn.
  func spread(_ weights: [Int]) -> [Int] { codes.map { weights[Int($0)] } }

  private var scale: Double { Double(count) / Double(max(1, codes.count)) }

  /// The largest number that `scaled` can make of rows within ±1.
  var largest: Double { Double(sizes.max() ?? 0) * scale }
  /// The smallest that it can make of rows that are 1.
  var smallest: Double { Double(sizes.min() ?? 0) * scale }

  var caveat: String { "\(codes.count) rows in \(count) clusters: clusters are the unit" }
}
