import Foundation
import PawlCore
import PawlGate
import PawlStatistics

/// A file of rows whose labels and predictions are put in place: the same bytes, one read a table.
struct Sheet {
  private var bytes: [UInt8]
  private var labels: [Int] = []
  private var predictions: [Int] = []
  private let width: Int
  private let spec: Predictions

  /// Binary rows by label and prediction, or by label and a score of four characters.
  init(rows: Int, scored: Bool = false) {
    var spec = Predictions(task: .binary)
    (spec.id, spec.label, spec.positive) = ("id", "y", "1")
    if scored { spec.score = "s" } else { spec.prediction = "s" }
    self.spec = spec
    width = scored ? 4 : 1
    bytes = Array("id,y,s\n".utf8)
    for row in 0..<rows {
      bytes += Array("\(row),".utf8)
      labels.append(bytes.count)
      bytes += Array("0,".utf8)
      predictions.append(bytes.count)
      bytes += Array(repeating: UInt8(ascii: "0"), count: width)
      bytes.append(UInt8(ascii: "\n"))
    }
  }

  /// The table of rows with the given label and predicted class.
  func table(_ cell: (Int) -> (label: Int, prediction: Int)) throws -> RowTable {
    var bytes = bytes
    for row in labels.indices {
      let (label, prediction) = cell(row)
      bytes[labels[row]] = UInt8(ascii: "0") + UInt8(label)
      bytes[predictions[row]] = UInt8(ascii: "0") + UInt8(prediction)
    }
    return try RowTable.read(bytes, spec: spec, file: "rows.csv")
  }

  /// The table of rows with the given label and score in hundredths.
  func scoreTable(_ cell: (Int) -> (label: Int, hundredths: Int)) throws -> RowTable {
    var bytes = bytes
    for row in labels.indices {
      let (label, score) = cell(row)
      bytes[labels[row]] = UInt8(ascii: "0") + UInt8(label)
      let place = predictions[row]
      bytes[place] = UInt8(ascii: "0") + UInt8(score / 100)
      bytes[place + 1] = UInt8(ascii: ".")
      bytes[place + 2] = UInt8(ascii: "0") + UInt8(score / 10 % 10)
      bytes[place + 3] = UInt8(ascii: "0") + UInt8(score % 10)
    }
    return try RowTable.read(bytes, spec: spec, file: "rows.csv")
  }

  /// Both sides with the given rows that only one has right; the others both have right.
  func pair(_ pair: Pair) throws -> ExhibitEvidence {
    Judging.exhibit(
      try table { row in
        let isWrong = row >= pair.b && row < pair.b + pair.c
        return (row % 2, isWrong ? 1 - row % 2 : row % 2)
      },
      try table { row in (row % 2, row < pair.b ? 1 - row % 2 : row % 2) })
  }

  /// Rows of real numbers: `id`, `y` and `s` or `p`.
  static func numbers(_ task: Predictions.Task, _ rows: [(label: String, value: Double)]) throws -> RowTable {
    var spec = Predictions(task: task)
    (spec.id, spec.label) = ("id", "y")
    if task == .binary { (spec.score, spec.positive) = ("s", "1") } else { spec.prediction = "s" }
    var text = "id,y,s\n"
    for (row, cell) in rows.enumerated() { text += "\(row),\(cell.label),\(cell.value)\n" }
    return try RowTable.read(Array(text.utf8), spec: spec, file: "rows.csv")
  }
}

/// Evidence and rules in few words.
enum Judging {
  static func exhibit(_ candidate: RowTable, _ baseline: RowTable) -> ExhibitEvidence {
    ExhibitEvidence(
      name: "evaluate", candidate: [Replicate(name: "evaluate", rows: candidate)],
      baseline: [Replicate(name: "evaluate", rows: baseline)])
  }

  static func rule(
    _ metric: String, _ comparison: RuleComparison, _ change: (inout GateRule) -> Void = { _ in }
  ) -> GateRule {
    var rule = GateRule(
      metric: metric, comparison: comparison, direction: KnownMetric.direction(of: metric) ?? .higherIsBetter,
      line: metric)
    change(&rule)
    return rule
  }

  static func mayLose(
    _ metric: String, _ margin: Double, _ change: (inout GateRule) -> Void = { _ in }
  ) -> GateRule {
    rule(metric, .mayLose([Margin(Number(margin, text: "\(margin)"), .absolute)], isInclusive: true), change)
  }

  static func judged(_ rules: [GateRule], _ exhibit: ExhibitEvidence) -> [Judgement] {
    judge(GatePolicy(rules: rules), on: GateEvidence(exhibits: [exhibit]), name: "gate").judgements
  }
}

extension Tally {
  /// Throws for a verdict that no draw of the study may have.
  mutating func add(_ judgement: Judgement) throws {
    switch (judgement.verdict, judgement.finding) {
    case (.pass, _): add(.pass)
    case (.fail, _): add(.fail)
    case (.inconclusive, .tooFew): add(.inconclusive, isTooFew: true)
    case (.inconclusive, _): add(.inconclusive)
    case (.invalid, _), (.waived, _), (.notJudged, _): throw Impossible()
    }
  }
}
