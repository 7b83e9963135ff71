import PawlCore

/// Where a cell stands in the bytes of its row.
struct Cell {
  var start = 0
  var end = 0
  /// The row has no such cell, or a JSON null.
  var isMissing = true
}

/// Takes rows of cells and makes the columns of a table.
struct RowBuilder {
  /// The columns that are wanted, each once; cells are handed in in this order.
  let columns: [String]
  let file: String
  /// Which of `columns` the file may lack.
  let optional: Set<Int>
  private let spec: Predictions
  private var uses: [Use] = []
  private var absent: Set<Int> = []

  private var ids = RowIDs()
  private var clusterNames = Vocabulary()
  private var clusters: [Int32] = []
  private var classes = Vocabulary()
  private var labels: [Int32] = []
  private var predictions: [Int32] = []
  private var targets: [Double] = []
  private var estimates: [Double] = []
  private var scores: [[Double]]
  private var values: [[Double]]
  private var sliceNames: [Vocabulary]
  private var sliceCodes: [[Int32]]
  private var positive: Int32 = -1
  private var negative: Int32 = -1
  private var outsideUnit: RowTable.Outside?
  private var lines = RowLines()
  private var count = 0

  private enum Role {
    case id, cluster, label, prediction, target, estimate
    case score(Int), value(Int), slice(Int)
  }

  private struct Use {
    var slot: Int
    var role: Role
  }

  init(_ spec: Predictions, file: String, needsSlices: Bool) throws(Failure) {
    self.spec = spec
    self.file = file
    var columns: [String] = []
    var uses: [Use] = []
    func use(_ column: String?, _ role: Role) {
      guard let column else { return }
      let slot = columns.firstIndex(of: column) ?? columns.count
      if slot == columns.count { columns.append(column) }
      uses.append(Use(slot: slot, role: role))
    }
    let isNumeric = spec.task == .regression
    use(spec.id, .id)
    use(spec.cluster, .cluster)
    if spec.task != .values {
      use(spec.label, isNumeric ? .target : .label)
      use(spec.prediction, isNumeric ? .estimate : .prediction)
    }
    if spec.task == .binary { use(spec.score, .score(0)) }
    if spec.task == .multiclass { for (index, entry) in spec.scores.enumerated() { use(entry.column, .score(index)) } }
    if spec.task == .values { for (index, entry) in spec.values.enumerated() { use(entry.column, .value(index)) } }
    let needed = columns.count
    for (index, name) in spec.slices.enumerated() { use(name, .slice(index)) }
    self.columns = columns
    self.uses = uses
    optional = needsSlices ? [] : Set(needed..<columns.count)
    scores = Array(
      repeating: [],
      count: spec.task == .binary ? (spec.score == nil ? 0 : 1) : spec.task == .multiclass ? spec.scores.count : 0)
    values = Array(repeating: [], count: spec.task == .values ? spec.values.count : 0)
    sliceNames = Array(repeating: Vocabulary(), count: spec.slices.count)
    sliceCodes = Array(repeating: [], count: spec.slices.count)
    try checkSpec()
  }

  /// Whether every row must have the column.
  func isNeeded(_ slot: Int) -> Bool { !absent.contains(slot) }

  private mutating func checkSpec() throws(Failure) {
    let lacks: String? =
      switch spec.task {
      case .binary:
        spec.label == nil ? "label" : spec.prediction == nil && spec.score == nil ? "prediction` or `score" : nil
      case .multiclass:
        spec.label == nil ? "label" : spec.prediction == nil && spec.scores.isEmpty ? "prediction` or `scores" : nil
      case .regression: spec.label == nil ? "label" : spec.prediction == nil ? "prediction" : nil
      case .values: spec.values.isEmpty ? "values" : nil
      }
    if let lacks {
      throw Failure(
        Diagnostic(
          "evidence.columns", "`predictions:` of task `\(spec.task.rawValue)` does not name its `\(lacks)`",
          at: spec.location))
    }
    switch spec.task {
    case .binary: positive = classes.code(adding: spec.positive ?? "1")
    case .multiclass:
      for entry in spec.scores { _ = classes.code(adding: entry.name) }
      guard classes.count == spec.scores.count else {
        throw Failure(Diagnostic("evidence.columns", "two of the `scores` are of one class", at: spec.location))
      }
    case .regression, .values: break
    }
  }

  mutating func reserve(_ rows: Int) {
    if spec.id != nil { ids.reserve(rows) }
    for use in uses {
      switch use.role {
      case .label: labels.reserveCapacity(rows)
      case .prediction: predictions.reserveCapacity(rows)
      case .target: targets.reserveCapacity(rows)
      case .estimate: estimates.reserveCapacity(rows)
      case .score(let index): scores[index].reserveCapacity(rows)
      case .value(let index): values[index].reserveCapacity(rows)
      case .slice(let index): sliceCodes[index].reserveCapacity(rows)
      case .id, .cluster: break
      }
    }
  }

  /// Settles which of `columns` the file has not.
  ///
  /// - Parameters:
  ///   - names: all columns of the file.
  /// - Throws: when one is absent that may not be.
  mutating func check(_ names: [String], line: Int) throws(Failure) {
    let known = Set(names)
    let missing = columns.indices.filter { !known.contains(columns[$0]) }
    absent = Set(missing)
    let wrong = missing.filter { !optional.contains($0) }.map { columns[$0] }
    guard let first = wrong.first else { return }
    let list = wrong.map { "`\($0)`" }.joined(separator: ", ")
    let near = Suggestion.nearest(to: first, in: names).map { "did you mean `\($0)`?" }
    throw Failure(
      Diagnostic(
        "evidence.column-missing",
        "\(wrong.count == 1 ? "column" : "columns") \(list) \(wrong.count == 1 ? "is" : "are") not in `\(file)`",
        at: SourceLocation(file: file, line: line, column: 1),
        cause: "its columns are: \(NameList.text(names))", remedy: near))
  }

  /// Adds a row; cells stand in `bytes`, in the order of `columns`.
  mutating func add(_ bytes: Span<UInt8>, _ cells: [Cell], line: Int) throws(Failure) {
    for use in uses {
      let cell = cells[use.slot]
      if case .slice(let index) = use.role {
        if !absent.contains(use.slot) {
          sliceCodes[index].append(sliceNames[index].code(of: bytes, cell.start, cell.end))
        }
        continue
      }
      guard cell.start < cell.end else { throw empty(use.slot, cell, line) }
      switch use.role {
      case .id: ids.append(bytes, cell.start, cell.end)
      case .cluster: clusters.append(clusterNames.code(of: bytes, cell.start, cell.end))
      case .label: labels.append(try classCode(bytes, cell, use.slot, line, isLabel: true))
      case .prediction: predictions.append(try classCode(bytes, cell, use.slot, line, isLabel: false))
      case .target:
        let number = try number(bytes, cell, use.slot, line)
        guard number.isFinite else { throw malformed(bytes, cell, use.slot, line, "is no finite number") }
        targets.append(number)
      case .estimate: estimates.append(try number(bytes, cell, use.slot, line))
      case .score(let index):
        let number = try number(bytes, cell, use.slot, line)
        if number < 0 || number > 1, outsideUnit == nil {
          outsideUnit = RowTable.Outside(text: text(bytes, cell), location: location(bytes, cell, line))
        }
        scores[index].append(number)
      case .value(let index): values[index].append(try number(bytes, cell, use.slot, line))
      case .slice: break
      }
    }
    lines.append(line)
    count &+= 1
    guard count < Int(Int32.max) else {
      throw Failure(Diagnostic("evidence.too-large", "`\(file)` has more than 2,147,483,646 rows"))
    }
  }

  private func number(_ bytes: Span<UInt8>, _ cell: Cell, _ slot: Int, _ line: Int) throws(Failure) -> Double {
    guard let number = CellNumber.read(bytes, cell.start, cell.end) else {
      throw malformed(bytes, cell, slot, line, "is not a number")
    }
    return number
  }

  private mutating func classCode(
    _ bytes: Span<UInt8>, _ cell: Cell, _ slot: Int, _ line: Int, isLabel: Bool
  ) throws(Failure) -> Int32 {
    let code = classes.code(of: bytes, cell.start, cell.end)
    if spec.task == .binary, code != positive, code != negative {
      guard negative < 0 else { throw third(bytes, cell, slot, line) }
      negative = code
    }
    if isLabel, spec.task == .multiclass, !scores.isEmpty, Int(code) >= scores.count {
      let names = NameList.text(spec.scores.map(\.name))
      throw malformed(bytes, cell, slot, line, "has no score column", cause: "`scores` names: \(names)")
    }
    return code
  }

  private func third(_ bytes: Span<UInt8>, _ cell: Cell, _ slot: Int, _ line: Int) -> Failure {
    let positiveName = spec.positive ?? "1"
    return malformed(
      bytes, cell, slot, line, "is a third label of a binary task",
      cause: "the positive is `\(positiveName)`, the other is `\(classes.names[Int(negative)])`",
      remedy: "write `positive:` as the rows have it, or `task: multiclass`")
  }
}

// MARK: - The quick way

extension RowBuilder {
  /// Takes all rows the quick way; false, and nothing taken, where the careful reader has to look.
  ///
  /// - Parameters:
  ///   - slots: for each column of the file the slot it is wanted in, −1 when it is not.
  mutating func takePlain(
    _ bytes: [UInt8], from start: Int, _ slots: [Int], _ separator: UInt8, firstLine: Int
  ) -> Bool {
    guard slots.count > 1, let steps = plainSteps(slots) else { return false }
    let reader = PlainRows(
      separator: separator, width: slots.count, steps: steps.sorted { $0.column < $1.column }, classes: classes,
      slices: sliceNames.count)
    guard var found = reader.read(bytes, from: start) else { return false }
    switch spec.task {
    case .binary:
      guard found.classes.count <= 2 else { return false }
      if found.classes.count == 2 { negative = 1 - positive }
    case .multiclass:
      // A label without a score column, or with: then no class is new.
      guard scores.isEmpty || found.classes.count == scores.count else { return false }
    case .regression, .values: break
    }
    for (use, step) in zip(uses.filter { !absent.contains($0.slot) }, steps) {
      switch use.role {
      case .id: ids = found.ids
      case .cluster: swap(&clusters, &found.codes[step.place])
      case .label: swap(&labels, &found.codes[step.place])
      case .prediction: swap(&predictions, &found.codes[step.place])
      case .target: swap(&targets, &found.numbers[step.place])
      case .estimate: swap(&estimates, &found.numbers[step.place])
      case .score(let index): swap(&scores[index], &found.numbers[step.place])
      case .value(let index): swap(&values[index], &found.numbers[step.place])
      case .slice(let index): swap(&sliceCodes[index], &found.codes[step.place])
      }
    }
    (classes, clusterNames, sliceNames) = (found.classes, found.clusterNames, found.sliceNames)
    (count, lines) = (found.count, RowLines(from: firstLine))
    if let (row, cell) = found.outside {
      outsideUnit = RowTable.Outside(
        text: text(bytes.span, cell), location: location(bytes.span, cell, firstLine + row))
    }
    return true
  }

  /// What is done with the file's columns, a step a use, in the order of the uses.
  private func plainSteps(_ slots: [Int]) -> [PlainRows.Step]? {
    var (numbers, codes) = (0, 0)
    var steps: [PlainRows.Step] = []
    for use in uses where !absent.contains(use.slot) {
      guard let column = slots.firstIndex(of: use.slot) else { return nil }
      var step = PlainRows.Step(column: column, kind: .id, place: 0)
      switch use.role {
      case .id: break
      case .cluster: step.kind = .clusterCode
      case .label, .prediction: step.kind = .classCode
      case .target: step.kind = .finiteNumber
      case .estimate, .value: step.kind = .number
      case .score: step.kind = .score
      case .slice(let index):
        step.kind = .sliceCode
        step.slice = index
      }
      switch step.kind {
      case .id: break
      case .classCode, .clusterCode, .sliceCode:
        step.place = codes
        codes += 1
      case .number, .finiteNumber, .score:
        step.place = numbers
        numbers += 1
      }
      step.isAlone = uses.count { $0.slot == use.slot } == 1
      steps.append(step)
    }
    return steps
  }
}

// MARK: - Diagnostics

extension RowBuilder {
  fileprivate func location(_ bytes: Span<UInt8>, _ cell: Cell, _ line: Int) -> SourceLocation {
    var start = min(cell.start, bytes.count)
    var column = 1
    while start > 0, bytes[start &- 1] != 0x0A, column < 10_000 {
      start &-= 1
      if bytes[start] & 0xC0 != 0x80 { column &+= 1 }
    }
    return SourceLocation(file: file, line: line, column: column)
  }

  fileprivate func text(_ bytes: Span<UInt8>, _ cell: Cell) -> String {
    var copy: [UInt8] = []
    for index in cell.start..<min(cell.end, cell.start + 160) { copy.append(bytes[index]) }
    let text = String(decoding: copy, as: UTF8.self)
    return text.count > 40 ? text.prefix(39) + "…" : text
  }

  private func malformed(
    _ bytes: Span<UInt8>, _ cell: Cell, _ slot: Int, _ line: Int, _ what: String, cause: String? = nil,
    remedy: String? = nil
  ) -> Failure {
    Failure(
      Diagnostic(
        "evidence.cell", "`\(text(bytes, cell))` in column `\(columns[slot])` \(what)",
        at: location(bytes, cell, line), cause: cause, remedy: remedy))
  }

  private func empty(_ slot: Int, _ cell: Cell, _ line: Int) -> Failure {
    Failure(
      Diagnostic(
        "evidence.empty-cell", "column `\(columns[slot])` is empty on line \(line) of `\(file)`",
        at: SourceLocation(file: file, line: line, column: 1)))
  }
}

// MARK: - The finished table

extension RowBuilder {
  consuming func finish() throws(Failure) -> RowTable {
    guard count > 0 else {
      throw Failure(
        Diagnostic("evidence.no-rows", "`\(file)` has no rows", at: SourceLocation(file: file, line: 1, column: 1)))
    }
    if spec.id != nil, spec.cluster == nil { try checkDuplicates() }
    derivePredictions()
    let slices = spec.slices.indices.map { index -> SliceColumn? in
      guard let slot = columns.firstIndex(of: spec.slices[index]), !absent.contains(slot) else { return nil }
      return SliceColumn(name: spec.slices[index], vocabulary: sliceNames[index], codes: sliceCodes[index])
    }
    return RowTable(
      count: count, file: file, spec: spec, ids: spec.id == nil ? nil : ids,
      clusters: spec.cluster == nil ? nil : clusters, classes: classes, labels: labels, predictions: predictions,
      targets: targets, estimates: estimates, scores: scores, values: values, slices: slices, positive: positive,
      outsideUnit: outsideUnit, lines: lines)
  }

  private func checkDuplicates() throws(Failure) {
    if ids.isNumeric, ids.isIncreasing { return }
    guard let duplicate = RowIndex(ids).duplicate else { return }
    let (line, first) = (lines[duplicate.row], lines[duplicate.first])
    throw Failure(
      Diagnostic(
        "evidence.duplicate-id", "id `\(ids.excerpt(duplicate.row))` stands twice, on lines \(first) and \(line)",
        at: SourceLocation(file: file, line: line, column: 1),
        remedy: "make ids unique, or name a `cluster:` column for rows that belong together"))
  }

  /// Binary: the score against the threshold; multiclass: the class of the highest score, the first of several.
  private mutating func derivePredictions() {
    guard spec.prediction == nil, !scores.isEmpty else { return }
    predictions.reserveCapacity(count)
    if spec.task == .binary {
      if negative < 0 { negative = classes.code(adding: "not \(spec.positive ?? "1")") }
      for score in scores[0] {
        predictions.append(score.isNaN ? -1 : score >= spec.threshold ? positive : negative)
      }
    } else {
      for row in 0..<count {
        var best = 0
        var isNaN = scores[0][row].isNaN
        for index in 1..<max(1, scores.count) {
          if scores[index][row].isNaN { isNaN = true }
          if scores[index][row] > scores[best][row] { best = index }
        }
        predictions.append(isNaN ? -1 : Int32(best))
      }
    }
  }
}

/// Names in a message: the first of many.
enum NameList {
  static func text(_ names: [String], most: Int = 12) -> String {
    let shown = names.prefix(most).map { "`\($0.count > 60 ? $0.prefix(59) + "…" : $0)`" }.joined(separator: ", ")
    return names.isEmpty ? "none" : names.count > most ? "\(shown) and \(names.count - most) more" : shown
  }
}
