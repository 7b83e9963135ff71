import PawlCore

/// Some rows of one replicate; views of one `Cut` that are paired have the same row at the same position.
struct View {
  let table: RowTable
  let rows: RowSelection
  /// The replicate's name.
  let name: String
}

/// The rows of both sides that one judgement is about: all of them, or a slice.
struct Cut {
  var candidate: [View]
  var baseline: [View]
  /// Rows were matched by id; else the two sides are samples of their own.
  var isPaired: Bool

  /// Which candidate replicate goes with which baseline replicate; nil when they cannot be paired.
  var pairs: [(candidate: Int, baseline: Int)]? { Cut.pairs(candidate.map(\.name), baseline.map(\.name)) }

  /// Pairs replicates by name, else in order where there are as many, else all with the only one of the other side.
  static func pairs(_ candidate: [String], _ baseline: [String]) -> [(candidate: Int, baseline: Int)]? {
    if Set(candidate) == Set(baseline), Set(candidate).count == candidate.count, candidate.count == baseline.count {
      return candidate.indices.map { ($0, baseline.firstIndex(of: candidate[$0]) ?? $0) }
    }
    if candidate.count == baseline.count { return candidate.indices.map { ($0, $0) } }
    if baseline.count == 1 { return candidate.indices.map { ($0, 0) } }
    if candidate.count == 1 { return baseline.indices.map { (0, $0) } }
    return nil
  }

  /// What a reader must know of how replicates were paired.
  static func pairCaveats(_ candidate: [String], _ baseline: [String]) -> [String] {
    if candidate.count != baseline.count {
      if baseline.count == 1 {
        return ["the baseline has one replicate: its spread between seeds is not in the bounds"]
      }
      if candidate.count == 1 {
        return ["the candidate has one replicate: its spread between seeds is not in the bounds"]
      }
      return ["\(candidate.count) replicates against \(baseline.count): not paired"]
    }
    return candidate.count > 1 && Set(candidate) != Set(baseline)
      ? ["replicates have other names on each side and are paired in their order"] : []
  }
}

/// The evidence of one exhibit, its rows matched once for all rules.
struct Sides {
  let evidence: ExhibitEvidence
  /// Rows of every candidate replicate, or none when one has only numbers.
  private let candidateTables: [RowTable]
  private let baselineTables: [RowTable]
  private let pairing: Pairing?
  /// Why the rows of the two sides cannot be compared.
  let pairingProblem: Diagnostic?
  /// Why the candidate's own replicates cannot be averaged row by row.
  let ownProblem: Diagnostic?

  init(_ evidence: ExhibitEvidence) {
    self.evidence = evidence
    candidateTables = Sides.tables(evidence.candidate)
    baselineTables = Sides.tables(evidence.baseline)
    var own: Diagnostic?
    var ownPairing: Pairing?
    do throws(Failure) {
      ownPairing = try Pairing.match(candidateTables)
    } catch {
      own = error.diagnostics.first
    }
    ownProblem = own
    guard own == nil, !candidateTables.isEmpty, !baselineTables.isEmpty else {
      pairing = ownPairing
      pairingProblem = own
      return
    }
    do throws(Failure) {
      pairing = try Pairing.match(candidateTables + baselineTables)
      pairingProblem = nil
    } catch {
      // Rows of other data are known to be others: they are samples of their own then.
      pairing = ownPairing
      let isOther = evidence.isOtherData && !evidence.isRescored
      pairingProblem = isOther ? nil : error.diagnostics.first
    }
  }

  private static func tables(_ replicates: [Replicate]) -> [RowTable] {
    let tables = replicates.compactMap(\.rows)
    return tables.count == replicates.count ? tables : []
  }

  /// Whether rows of both sides were matched by id.
  private var isPaired: Bool {
    guard let pairing, !baselineTables.isEmpty else { return false }
    return pairing.maps.count == candidateTables.count + baselineTables.count
  }

  /// The rows of a slice, or all rows for nil; nil where a slice's columns lack.
  func cut(_ slice: Slice?) -> Cut? {
    guard !candidateTables.isEmpty else {
      return Cut(candidate: [], baseline: baselineViews(slice) ?? [], isPaired: false)
    }
    let tables = candidateTables + (isPaired ? baselineTables : [])
    var views: [View] = []
    let names = evidence.candidate.map(\.name) + evidence.baseline.map(\.name)
    for (index, table) in tables.enumerated() {
      let rows: RowSelection
      if let pairing, index < pairing.maps.count {
        rows = Sides.selection(slice?.rows, pairing.maps[index], table.count)
      } else if let slice {
        guard let own = slice.rows(in: table) else { return nil }
        rows = RowSelection(own)
      } else {
        rows = RowSelection(all: table.count)
      }
      views.append(View(table: table, rows: rows, name: names[index]))
    }
    let candidate = Array(views.prefix(candidateTables.count))
    if isPaired {
      return Cut(candidate: candidate, baseline: Array(views.dropFirst(candidateTables.count)), isPaired: true)
    }
    guard let baseline = baselineViews(slice) else { return nil }
    return Cut(candidate: candidate, baseline: baseline, isPaired: false)
  }

  private func baselineViews(_ slice: Slice?) -> [View]? {
    var views: [View] = []
    for (table, replicate) in zip(baselineTables, evidence.baseline) {
      if let slice {
        guard let own = slice.rows(in: table) else { return nil }
        views.append(View(table: table, rows: RowSelection(own), name: replicate.name))
      } else {
        views.append(View(table: table, rows: RowSelection(all: table.count), name: replicate.name))
      }
    }
    return views
  }

  private static func selection(_ rows: [Int32]?, _ map: [Int32]?, _ count: Int) -> RowSelection {
    switch (rows, map) {
    case (nil, nil): RowSelection(all: count)
    case (let rows?, nil): RowSelection(rows)
    case (nil, let map?): RowSelection(map)
    case (let rows?, let map?): RowSelection(rows.map { map[Int($0)] })
    }
  }

  /// The rows that slices are cut from; nil with numbers only.
  var reference: RowTable? { candidateTables.first }

  /// The replicate that is promoted, on its own; nil where there is none, or no other beside it.
  var shipped: Sides? {
    guard let ships = evidence.ships, evidence.candidate.count > 1, evidence.candidate.indices.contains(ships) else {
      return nil
    }
    return Sides(alone(ships))
  }

  /// One replicate judged alone, against the baseline's of the same name, else its only or first one.
  private func alone(_ index: Int) -> ExhibitEvidence {
    var alone = evidence
    let replicate = evidence.candidate[index]
    alone.name = replicate.name
    alone.candidate = [replicate]
    alone.baseline =
      (evidence.baseline.first { $0.name == replicate.name } ?? evidence.baseline.first).map { [$0] } ?? []
    alone.ships = nil
    if evidence.baseline.count > 1, !evidence.baseline.contains(where: { $0.name == replicate.name }) {
      alone.caveats.append("compared with the baseline's first replicate, as none has its name")
    }
    return alone
  }
}
