import PawlCore
import PawlStatistics

/// Two models' answers on the same rows, swapped on each row by a coin: two models that are equal, A/A.
///
/// One coin a row (a cluster, where rows belong together) for every column and every replicate at once, so that what
/// hangs together stays together.
struct RowSwap {
  private let candidate: [Replicate]
  private let baseline: [Replicate]
  private let coins: Coins

  /// Nil without rows on both sides, or where nothing matches them by id.
  ///
  /// - Throws: ids that one side lacks, or one id with two labels.
  init?(candidate: [Replicate], baseline: [Replicate]) throws(Failure) {
    let count = min(candidate.count, baseline.count)
    guard count > 0 else { return nil }
    let (first, second) = (Array(candidate.prefix(count)), Array(baseline.prefix(count)))
    let tables = (first + second).compactMap(\.rows)
    guard tables.count == 2 * count, let pairing = try Pairing.match(tables) else { return nil }
    var classes = tables[0].classes
    let codes = tables.map { table in table.classes.names.map { classes.code(adding: $0) } }
    let aligned = tables.indices.map { index in
      tables[index].aligned(to: tables[0], by: pairing.maps[index], classes: classes, codes: codes[index])
    }
    self.candidate = zip(first, aligned).map { $0.holding($1) }
    // Replicates of one name are a pair, as in the gate.
    let others = zip(second, aligned.dropFirst(count)).map { $0.holding($1) }
    let pairs = Cut.pairs(self.candidate.map(\.name), others.map(\.name)) ?? []
    self.baseline = pairs.count == count ? pairs.map { others[$0.baseline] } : others
    coins = Coins(tables[0])
  }

  /// Both sides with the answers of about half of the rows exchanged.
  func draw(_ generator: inout SplitMix64) -> (candidate: [Replicate], baseline: [Replicate]) {
    let isSwapped = coins.toss(&generator)
    var (one, other) = (candidate, baseline)
    for index in one.indices {
      guard let a = one[index].rows, let b = other[index].rows else { continue }
      one[index].rows = a.taking(isSwapped, from: b)
      other[index].rows = b.taking(isSwapped, from: a)
    }
    return (one, other)
  }
}

/// One model's rows cut at random into two halves, which nothing pairs.
struct RowHalves {
  private let replicates: [Replicate]
  private let coins: Coins

  /// Nil below four rows (or clusters).
  ///
  /// - Throws: replicates whose rows are not the same.
  init?(_ baseline: [Replicate]) throws(Failure) {
    let tables = baseline.compactMap(\.rows)
    guard let first = tables.first, tables.count == baseline.count else { return nil }
    let pairing = try Pairing.match(tables)
    let aligned = tables.enumerated().map { index, table in
      table.aligned(
        to: first, by: pairing?.maps[index], classes: table.classes,
        codes: table.classes.names.indices.map { Int32(truncatingIfNeeded: $0) })
    }
    guard aligned.allSatisfy({ $0.count == first.count }) else { return nil }
    replicates = zip(baseline, aligned).map { $0.holding($1) }
    coins = Coins(first)
    guard coins.count >= 4 else { return nil }
  }

  func draw(_ generator: inout SplitMix64) -> (candidate: [Replicate], baseline: [Replicate]) {
    let isFirst = coins.halve(&generator)
    func half(_ wanted: Bool) -> [Replicate] {
      let rows = isFirst.indices.filter { isFirst[$0] == wanted }
      return replicates.map { replicate in
        var part = replicate
        part.rows = replicate.rows.map { $0.picked(rows) }
        return part
      }
    }
    return (half(true), half(false))
  }
}

/// One model's seeds cut at random into two halves of one size.
struct SeedHalves {
  private let replicates: [Replicate]

  /// Nil below four seeds: of two halves with one seed each nothing shows the spread.
  init?(_ baseline: [Replicate]) {
    guard baseline.count >= 4 else { return nil }
    replicates = baseline
  }

  func draw(_ generator: inout SplitMix64) -> (candidate: [Replicate], baseline: [Replicate]) {
    var order = Array(replicates.indices)
    for place in order.indices.dropFirst().reversed() { order.swapAt(place, generator.below(place + 1)) }
    let size = order.count / 2
    func half(_ places: some Sequence<Int>) -> [Replicate] {
      places.enumerated().map { position, place in
        var replicate = replicates[place]
        // One name on each side is one seed, as in the gate.
        replicate.name = "seed \(position + 1)"
        return replicate
      }
    }
    return (half(order.prefix(size)), half(order.dropFirst(size).prefix(size)))
  }
}

/// A coin for each row, one for all rows of a cluster.
private struct Coins {
  /// Which coin a row has; nil: its own.
  private let codes: [Int32]?
  private let rows: Int
  /// How many coins there are.
  let count: Int

  init(_ table: RowTable) {
    rows = table.count
    codes = table.clusters
    count = codes.map { Int($0.max() ?? 0) + 1 } ?? table.count
  }

  func toss(_ generator: inout SplitMix64) -> [Bool] {
    var coins = [Bool](repeating: false, count: count)
    var bits: UInt64 = 0
    for index in coins.indices {
      if index % 64 == 0 { bits = generator.next() }
      coins[index] = bits & 1 == 1
      bits >>= 1
    }
    return spread(coins)
  }

  /// Half of the coins, to one.
  func halve(_ generator: inout SplitMix64) -> [Bool] {
    var coins = [Bool](repeating: false, count: count)
    var left = count / 2
    for index in coins.indices where left > 0 {
      // Each of those that are left is as likely.
      if generator.below(count - index) < left {
        coins[index] = true
        left -= 1
      }
    }
    return spread(coins)
  }

  private func spread(_ coins: [Bool]) -> [Bool] {
    guard let codes else { return coins }
    return codes.map { $0 >= 0 && Int($0) < coins.count ? coins[Int($0)] : false }
  }
}

extension Replicate {
  /// The same replicate with other rows, and none of the numbers that a file gave for the rows it had.
  fileprivate func holding(_ table: RowTable) -> Replicate {
    Replicate(name: name, rows: table, files: files)
  }
}

extension RowTable {
  /// The same answers in another table's order of rows, with its ids, labels and slices.
  fileprivate func aligned(
    to first: RowTable, by map: [Int32]?, classes: Vocabulary, codes: [Int32]
  ) -> RowTable {
    func ordered<Element>(_ column: [Element]) -> [Element] {
      // A column that the task has not is empty.
      guard let map, column.count == count else { return column }
      return map.map { column[Int($0)] }
    }
    return first.holding(
      classes: classes, predictions: ordered(predictions).map { $0 < 0 ? $0 : codes[Int($0)] },
      estimates: ordered(estimates), scores: scores.map { ordered($0) }, values: values.map { ordered($0) },
      outsideUnit: first.outsideUnit ?? outsideUnit)
  }

  /// This table with the other's answers where `isTaken`.
  fileprivate func taking(_ isTaken: [Bool], from other: RowTable) -> RowTable {
    func mixed<Element>(_ mine: [Element], _ theirs: [Element]) -> [Element] {
      guard mine.count == isTaken.count, theirs.count == isTaken.count else { return mine }
      return isTaken.indices.map { isTaken[$0] ? theirs[$0] : mine[$0] }
    }
    return holding(
      classes: classes, predictions: mixed(predictions, other.predictions),
      estimates: mixed(estimates, other.estimates), scores: zip(scores, other.scores).map { mixed($0, $1) },
      values: zip(values, other.values).map { mixed($0, $1) }, outsideUnit: outsideUnit ?? other.outsideUnit)
  }

  private func holding(
    classes: Vocabulary, predictions: [Int32], estimates: [Double], scores: [[Double]], values: [[Double]],
    outsideUnit: Outside?
  ) -> RowTable {
    RowTable(
      count: count, file: file, spec: spec, ids: ids, clusters: clusters, classes: classes, labels: labels,
      predictions: predictions, targets: targets, estimates: estimates, scores: scores, values: values,
      slices: slices, positive: positive, outsideUnit: outsideUnit, lines: lines)
  }

  /// Some rows, without ids: they are a sample of their own.
  fileprivate func picked(_ rows: [Int]) -> RowTable {
    func some<Element>(_ column: [Element]) -> [Element] {
      column.count == count ? rows.map { column[$0] } : column
    }
    return RowTable(
      count: rows.count, file: file, spec: spec, ids: nil, clusters: clusters.map { some($0) }, classes: classes,
      labels: some(labels), predictions: some(predictions), targets: some(targets), estimates: some(estimates),
      scores: scores.map { some($0) }, values: values.map { some($0) },
      slices: slices.map { column in
        column.map { SliceColumn(name: $0.name, vocabulary: $0.vocabulary, codes: some($0.codes)) }
      }, positive: positive, outsideUnit: outsideUnit, lines: lines)
  }
}
