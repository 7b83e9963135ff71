import Foundation
import PawlCore
import PawlFormats
import PawlGate

/// Evidence in few words, for tests.
enum Making {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func fixture(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: root.appending(path: "Fixtures/stats/\(name).json"))
    return object(try JSON.read(Array(data), file: name)) as? [String: Any] ?? [:]
  }

  /// As JSONSerialization gives it, with the numbers as they are written.
  private static func object(_ value: Value) -> Any {
    switch value {
    case .null: NSNull()
    case .bool(let flag): flag
    case .number(let number): Int(number.text).map { NSNumber(value: $0) } ?? NSNumber(value: number.value)
    case .text(let text): text
    case .list(let items): items.map { object($0) }
    case .map(let entries): Dictionary(uniqueKeysWithValues: entries.map { ($0.key, object($0.value)) })
    }
  }

  static var binary: Predictions {
    var spec = Predictions(task: .binary)
    spec.id = "id"
    spec.label = "y"
    spec.prediction = "p"
    spec.positive = "1"
    return spec
  }

  static var scored: Predictions {
    var spec = Predictions(task: .binary)
    spec.id = "id"
    spec.label = "y"
    spec.score = "s"
    spec.positive = "1"
    return spec
  }

  static var regression: Predictions {
    var spec = Predictions(task: .regression)
    spec.id = "id"
    spec.label = "y"
    spec.prediction = "p"
    return spec
  }

  static func table(_ text: String, _ spec: Predictions, file: String = "rows.csv") throws -> RowTable {
    try RowTable.read(Array(text.utf8), spec: spec, file: file)
  }

  static func csv(_ header: String, _ rows: some Sequence<String>) -> String {
    header + "\n" + rows.joined(separator: "\n") + "\n"
  }

  static func rows(_ table: RowTable, name: String = "evaluate") -> Replicate {
    Replicate(name: name, rows: table, files: ["rows.csv"])
  }

  static func numbers(_ metrics: KeyValuePairs<String, String>, name: String = "evaluate") -> Replicate {
    Replicate(
      name: name,
      measurements: metrics.map {
        Measurement($0.key, .number(Number(Double($0.value) ?? .nan, text: $0.value)), file: "metrics.json")
      }, files: ["metrics.json"])
  }

  /// n rows with b only the candidate right and c only the baseline; the others both right.
  static func pair(rows n: Int, candidateOnly b: Int, baselineOnly c: Int) throws -> (RowTable, RowTable) {
    func side(_ isWrong: (Int) -> Bool) -> String {
      csv("id,y,p", (0..<n).map { "\($0),\($0 % 2),\(isWrong($0) ? 1 - $0 % 2 : $0 % 2)" })
    }
    return (
      try table(side { $0 >= b && $0 < b + c }, binary), try table(side { $0 < b }, binary)
    )
  }

  static func exhibit(
    _ candidate: [Replicate], _ baseline: [Replicate] = [], name: String = "evaluate"
  ) -> ExhibitEvidence {
    ExhibitEvidence(name: name, candidate: candidate, baseline: baseline)
  }

  static func judged(_ rule: GateRule, _ exhibit: ExhibitEvidence) -> Judgement {
    let result = judge(GatePolicy(rules: [rule]), on: GateEvidence(exhibits: [exhibit]), name: "gate")
    return result.judgements.first ?? Judgement(rule: rule, verdict: .notJudged, finding: .holds)
  }

  static func verdict(_ rule: GateRule, _ candidate: Replicate, _ baseline: Replicate? = nil) -> Verdict {
    judged(rule, exhibit([candidate], baseline.map { [$0] } ?? [])).verdict
  }
}

extension GateRule {
  static func rule(
    _ metric: String, _ comparison: RuleComparison, _ direction: Direction? = nil,
    _ change: (inout GateRule) -> Void = { _ in }
  ) -> GateRule {
    var rule = GateRule(
      metric: metric, comparison: comparison,
      direction: direction ?? KnownMetric.direction(of: metric) ?? .higherIsBetter, line: metric)
    change(&rule)
    return rule
  }

  static func mayLose(
    _ metric: String, _ margin: String, _ direction: Direction? = nil, _ change: (inout GateRule) -> Void = { _ in }
  ) -> GateRule {
    rule(metric, .mayLose([Margin(margin)], isInclusive: true), direction, change)
  }

  static func atLeast(_ metric: String, _ bound: String, _ change: (inout GateRule) -> Void = { _ in }) -> GateRule {
    rule(metric, .atLeast(Number(bound), isInclusive: true), nil, change)
  }
}

extension Number {
  init(_ text: String) { self.init(Double(text) ?? .nan, text: text) }
}

extension Margin {
  /// `0.03`, `3pt`, `1%`.
  init(_ text: String) {
    if text.hasSuffix("pt") {
      self.init(Number(String(text.dropLast(2))), .points)
    } else if text.hasSuffix("%") {
      self.init(Number(String(text.dropLast())), .relative)
    } else {
      self.init(Number(text), .absolute)
    }
  }
}

extension Judgement {
  /// The diagnostic of an invalid judgement, or of a missing baseline.
  var diagnostic: Diagnostic? {
    switch finding {
    case .invalid(let diagnostic), .missingBaseline(let diagnostic): diagnostic
    case .holds, .broken, .undecided, .tooFew, .sameModel, .candidateNotFinite, .notJudged: nil
    }
  }
}

/// Numbers from a seed, the same in every run.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
