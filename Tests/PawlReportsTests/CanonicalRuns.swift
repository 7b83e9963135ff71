import PawlCore
import PawlReports

/// The runs that every format is rendered from: each verdict, outcome and cause at least once.
enum CanonicalRuns {
  static let all: [(name: String, record: RunRecord)] = [
    ("passed", passed), ("failed", failed), ("undecided", undecided), ("broken", broken), ("mixed", mixed),
    ("waived", waived), ("policed", policed), ("first", first),
    ("audited", audited),
  ]

  static let zero = 1_795_505_405.0

  /// - Parameter anchors: releases that are scored again too.
  static func stages(anchors: [String] = []) -> [PlannedStage] {
    func stage(_ name: String, _ kind: String, line: Int, needs: [String] = [], subject: Subject = .candidate)
      -> PlannedStage
    {
      PlannedStage(
        id: StageID(name), base: String(name.prefix { $0 != "[" }), kind: kind, subject: subject,
        commands: kind == "gate" ? [] : ["python3 \(kind).py"], needs: needs.map(StageID.init),
        location: SourceLocation(file: "Workflows/penguins.yml", line: line, column: 3))
    }
    var list = [stage("split", "run", line: 14)]
    for seed in 1...3 { list.append(stage("train[seed=\(seed)]", "train", line: 18, needs: ["split"])) }
    for seed in 1...3 {
      list.append(stage("evaluate[seed=\(seed)]", "evaluate", line: 26, needs: ["train[seed=\(seed)]"]))
      list.append(stage("evaluate[seed=\(seed)]@baseline", "evaluate", line: 26, subject: .baseline))
      for anchor in anchors {
        list.append(stage("evaluate[seed=\(seed)]@\(anchor)", "evaluate", line: 26, subject: .baseline))
      }
    }
    list.append(stage("gate", "gate", line: 44, needs: (1...3).map { "evaluate[seed=\($0)]" }))
    return list
  }

  static func head(_ id: String?) -> RunHead {
    var head = RunHead(id: id, workflow: "penguins", file: "Workflows/penguins.yml", version: "1.0.0")
    head.about = "Species of a penguin from its measurements"
    head.commit = "a81c03e5d1f2a3b4c5d6e7f8091a2b3c4d5e6f70"
    head.isDirty = false
    head.jobs = 2
    head.parameters = [
      Value.Entry("seed", .number(Number(7, text: "7"))), Value.Entry("train.rate", .number(Number(0.1, text: "0.1"))),
    ]
    head.cardSections = [Value.Entry("intended-use", .text("Teaching, **not** field work."))]
    return head
  }

  static func digest(_ byte: UInt8) -> Digest? { Digest(bytes: [UInt8](repeating: byte, count: 32)) }

  static func made(_ path: String, _ byte: UInt8, size: Int) -> [Made] {
    digest(byte).map { [Made(path: path, digest: $0, size: size)] } ?? []
  }

  /// Events numbered in order, at the given seconds after the start.
  static func record(_ facts: [(Double, Event.Kind)]) -> RunRecord {
    RunRecord(
      replaying: facts.enumerated().map { Event(sequence: $0 + 1, time: Timestamp(zero + $1.0), kind: $1.1) })
  }

  static func ran(
    _ name: String, _ from: Double, _ to: Double, why: [MissReason] = [.firstTime], attempts: Int = 1,
    _ change: (inout Settlement) -> Void = { _ in }
  ) -> [(Double, Event.Kind)] {
    var settlement = Settlement(outcome: .succeeded, key: digest(0xAB), attempts: attempts)
    change(&settlement)
    return [
      (from, .attemptStarted(StageID(name), attempt: attempts, why: why)),
      (to, .stageSettled(StageID(name), settlement)),
    ]
  }

  static func settled(_ name: String, _ at: Double, _ outcome: StageOutcome) -> (Double, Event.Kind) {
    (at, .stageSettled(StageID(name), Settlement(outcome: outcome, key: outcome == .reused ? digest(0xCD) : nil)))
  }

  static func sorted(_ facts: [(Double, Event.Kind)]) -> [(Double, Event.Kind)] {
    facts.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element)
  }

  /// Stages of a run in which everything ran and the baseline's halves did too.
  static func work(
    gate outcome: StageOutcome, why: [MissReason] = [.firstTime], anchors: [String] = []
  ) -> [(Double, Event.Kind)] {
    var facts = ran("split", 0.01, 0.11)
    for (seed, start) in [(1, 0.12), (2, 0.13), (3, 1.02)] {
      facts += ran("train[seed=\(seed)]", start, start + 0.88, why: why)
      facts += ran("evaluate[seed=\(seed)]", start + 1, start + 1.1) { settlement in
        settlement.testData = digest(0x5A)
        settlement.outputs = made("work/candidate/\(seed).csv", UInt8(seed), size: 20_480 + seed)
      }
      facts.append(settled("evaluate[seed=\(seed)]@baseline", start + 1.2, .reused))
      for anchor in anchors { facts += ran("evaluate[seed=\(seed)]@\(anchor)", start + 1.1, start + 1.15) }
    }
    facts.append(settled("gate", 3.3, outcome))
    return sorted(facts)
  }

  // MARK: Rules

  static func rule(_ metric: String, _ comparison: RuleComparison, _ line: String) -> GateRule {
    var rule = GateRule(
      metric: metric, comparison: comparison, direction: metric == "brier" ? .lowerIsBetter : .higherIsBetter,
      format: metric == "accuracy" ? .percent : .plain, line: line)
    rule.location = SourceLocation(file: "Workflows/penguins.yml", line: 48, column: 9)
    return rule
  }

  static let mayLose3 = rule(
    "accuracy", .mayLose([Margin(Number(0.03, text: "0.03"), .absolute)], isInclusive: true),
    "accuracy >= baseline - 0.03")
  static let mayLose1 = rule(
    "accuracy", .mayLose([Margin(Number(1, text: "1"), .points)], isInclusive: true), "accuracy >= baseline - 1pt")
  static let brier = rule(
    "brier", .mayLose([Margin(Number(0.03, text: "0.030"), .absolute)], isInclusive: true), "brier <= baseline + 0.030")
  static let atLeast = rule("accuracy", .atLeast(Number(0.9, text: "0.90"), isInclusive: true), "accuracy >= 0.90")

  static func judge(
    _ rule: GateRule, _ verdict: Verdict, _ finding: Finding, candidate: (Double, Double?, Double?)?,
    baseline: Double? = nil, difference: (Double, Double?, Double?)? = nil, limit: Double? = nil, rows: Int? = 333,
    replicates: Int? = 3
  ) -> Judgement {
    var judgement = Judgement(rule: rule, verdict: verdict, finding: finding)
    judgement.exhibit = "evaluate"
    if let candidate {
      judgement.candidate = Estimate(
        value: candidate.0, low: candidate.1, high: candidate.2, rows: rows, replicates: replicates)
    }
    judgement.baseline = baseline.map { Estimate(value: $0) }
    if let difference {
      judgement.difference = Difference(
        value: difference.0, low: difference.1, high: difference.2, confidence: rule.confidence)
    }
    judgement.limit = limit
    judgement.test = rule.comparison.needsBaseline ? "score" : "wilson"
    judgement.blocks = verdict == .fail || verdict == .invalid
    return judgement
  }

  static let production: BaselineUse = BaselineUse(
    name: "production", run: "7f3ac1", commit: "4c1d9e2", time: Timestamp(zero - 259_200), isRescored: true,
    record: "20261121T073005Z-7f3ac1")

  static var passingRules: [Judgement] {
    var first = judge(
      mayLose3, .pass, .holds, candidate: (0.976, nil, nil), baseline: 0.973, difference: (0.003, -0.0138, 0.0205),
      limit: 0.03)
    first.p = 0.75
    let second = judge(
      brier, .pass, .holds, candidate: (0.0412, nil, nil), baseline: 0.0451, difference: (-0.0039, -0.0262, 0.0184),
      limit: 0.03)
    let third = judge(atLeast, .pass, .holds, candidate: (0.976, 0.9571, 0.988), limit: 0.9)
    return [first, second, third]
  }

  static var failingRules: [Judgement] {
    var first = judge(
      mayLose3, .fail, .broken, candidate: (0.8408, nil, nil), baseline: 0.973, difference: (-0.1321, -0.1692, -0.1003),
      limit: 0.03)
    first.baselineOnlyRight = 47
    first.candidateOnlyRight = 3
    first.p = 1e-11
    var slice = judge(
      mayLose3, .fail, .broken, candidate: (0.5745, nil, nil), baseline: 0.983, difference: (-0.4089, -0.53, -0.29),
      limit: 0.03, rows: 47)
    slice.slice = [SliceValue("island", "Torgersen")]
    var small = judge(mayLose3, .notJudged, .notJudged(rows: 12, least: 30), candidate: nil)
    small.slice = [SliceValue("island", "Dream")]
    let second = judge(
      brier, .fail, .broken, candidate: (0.231, nil, nil), baseline: 0.0451, difference: (0.1859, 0.1531, 0.2188),
      limit: 0.03)
    let third = judge(atLeast, .fail, .broken, candidate: (0.8408, 0.8041, 0.8733), limit: 0.9)
    return [first, slice, small, second, third]
  }

  static func gate(_ verdict: Verdict, _ judgements: [Judgement], _ change: (inout GateResult) -> Void = { _ in })
    -> GateResult
  {
    var gate = GateResult(name: "gate", verdict: verdict, judgements: judgements)
    gate.baseline = production
    gate.location = SourceLocation(file: "Workflows/penguins.yml", line: 44, column: 3)
    change(&gate)
    return gate
  }

  // MARK: Runs

  static var passed: RunRecord {
    record(
      [(0, .runPlanned(head("91be04"), stages()))] + work(gate: .succeeded)
        + [(3.3, .gateJudged(StageID("gate"), gate(.pass, passingRules))), (3.4, .runFinished(.passed, .ok))])
  }

  static var failed: RunRecord {
    let why: [MissReason] = [.parameterChanged("train.rate", "0.1", "0.0001")]
    let judged = gate(.fail, failingRules) {
      $0.changes = ["train.rate 0.1 → 0.0001", "train.py and data are the same"]
    }
    return record(
      [(0, .runPlanned(head("5d02aa"), stages()))] + work(gate: .rejected, why: why)
        + [(3.4, .gateJudged(StageID("gate"), judged)), (3.6, .runFinished(.failed, .gateFailed))])
  }

  static var undecided: RunRecord {
    var first = judge(
      mayLose1, .inconclusive, .undecided(pointHolds: true), candidate: (0.964, nil, nil), baseline: 0.973,
      difference: (-0.009, -0.03, 0.0102), limit: 0.01)
    first.rowsNeeded = 2_900
    let floor = judge(atLeast, .pass, .holds, candidate: (0.964, 0.9434, 0.9774), limit: 0.9)
    let judged = gate(.inconclusive, [first, passingRules[1], floor]) {
      $0.decides = Decidable(metric: "accuracy", rows: 333, disagreement: 0.024, margin: 0.021, blocksEqual: 0.39)
      $0.looks = [look(before: 3)]
    }
    return record(
      [(0, .runPlanned(head("c0ffee"), stages()))] + work(gate: .succeeded)
        + [(3.3, .gateJudged(StageID("gate"), judged)), (3.5, .runFinished(.inconclusive, .ok))])
  }

  /// A stage failed: the rest was spared.
  static var broken: RunRecord {
    var facts = ran("split", 0.01, 0.11)
    facts += ran("train[seed=1]", 0.12, 1.02, attempts: 2)
    facts += ran("train[seed=2]", 0.13, 0.53) { settlement in
      settlement.outcome = .failed(.exit(.code(1)))
      settlement.tail = [
        "Traceback (most recent call last):", "  File \"train.py\", line 41, in <module>",
        "ValueError: column `bill_len` is not in data/train.csv",
      ]
    }
    facts.append(settled("train[seed=3]", 0.2, .reused))
    facts += ran("evaluate[seed=1]", 1.1, 1.2)
    facts.append(settled("evaluate[seed=1]@baseline", 1.2, .unscorable(.exit(.signal(9)))))
    facts.append(settled("evaluate[seed=2]", 1.2, .skipped(.needs(StageID("train[seed=2]")))))
    facts.append(settled("evaluate[seed=2]@baseline", 1.2, .skipped(.cancelled)))
    facts.append(settled("evaluate[seed=3]", 1.2, .reused))
    facts.append(settled("evaluate[seed=3]@baseline", 1.2, .skipped(.sameTestData)))
    facts.append(settled("gate", 1.3, .skipped(.needs(StageID("evaluate[seed=2]")))))
    return record(
      [(0, .runPlanned(head("c40b1e"), stages()))] + sorted(facts) + [(1.3, .runFinished(.error, .stageFailed))])
  }

  /// Everything else at once: waived, invalid, same model, too few, not finite, warnings, points, diagnostics.
  static var mixed: RunRecord {
    var waived = judge(
      mayLose1, .waived, .broken, candidate: (0.95, nil, nil), baseline: 0.973, difference: (-0.023, -0.04, -0.011),
      limit: 0.01)
    waived.blocks = false
    waived.waivers = [WaiverUse(waiver(), .applied, original: .fail)]
    let missing = Diagnostic(
      "gate.metric-missing", "not in work/candidate/metrics.json; it has: accuracy, log-loss, test.f1_macro",
      remedy: "did you mean `test.f1_macro`?")
    let f1 = rule(
      "f1-macro", .mustGain([Margin(Number(0, text: "0"), .absolute)], isInclusive: false), "f1-macro > baseline")
    let invalid = judge(f1, .invalid, .invalid(missing), candidate: nil)
    var same = judge(
      mayLose3, .pass, .sameModel, candidate: (0.973, nil, nil), baseline: 0.973, difference: (0, 0, 0), limit: 0.03)
    same.caveats = ["same model"]
    var latency = rule("latency-ms", .within([Margin(Number(5, text: "5"), .relative)]), "latency-ms = baseline ± 5%")
    latency.direction = .lowerIsBetter
    var few = judge(
      latency, .inconclusive, .tooFew(needed: 5, what: "runs", pointHolds: true), candidate: (12.5, nil, nil),
      baseline: 12.25,
      difference: (0.25, nil, nil), limit: 0.6125, rows: nil, replicates: 2)
    few.candidate?.text = "12.50"
    few.baseline?.text = "12.25"
    var warn = judge(atLeast, .fail, .broken, candidate: (0.84, 0.80, 0.87), limit: 0.9)
    warn.rule.severity = .warn
    warn.blocks = false
    let loss = rule("log-loss", .atMost(Number(0.3, text: "0.3"), isInclusive: true), "log-loss <= 0.3")
    let nan = judge(loss, .fail, .candidateNotFinite("NaN"), candidate: (.nan, nil, nil), limit: 0.3)
    let judged = gate(.invalid, [waived, invalid, same, few, warn, nan]) { $0.hasNoBaseline = true }
    return record(
      [(0, .runPlanned(head("e01c77"), stages()))] + work(gate: .rejected)
        + [
          (3.3, .gateJudged(StageID("gate"), judged)),
          (
            3.4,
            .diagnosed(
              Diagnostic("cache.push", "the remote cannot be reached", severity: .warning, remedy: "pawl cache push"))
          ),
          (3.4, .promotionRefused(Diagnostic("baseline.refused", "the gate is invalid", remedy: "pawl show e01c77"))),
          (3.5, .runFinished(.invalid, .gateInvalid)),
        ])
  }
}
