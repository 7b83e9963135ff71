import PawlCore
import PawlReports

/// Runs with waivers, looks at a test set, a pinned policy, an anchor and a history.
extension CanonicalRuns {
  static func waiver(_ expires: String = "2026-12-31", upTo: Margin? = nil, model: String? = nil) -> Waiver {
    Waiver(
      rule: "accuracy >= baseline - 1pt", model: model, upTo: upTo, reason: "the new label set is stricter",
      owner: "@ada", expires: expires, end: Timestamp(zero + 3_000_000))
  }

  static func look(
    before: Int, _ feedback: TestSetPolicy.Feedback = .passOnly, budget: Int = 32,
    _ change: (inout Look) -> Void = { _ in }
  ) -> Look {
    var look = Look(
      exhibit: "evaluate", testData: digest(0x5A), policy: TestSetPolicy(budget: budget, feedback: feedback),
      before: before)
    change(&look)
    return look
  }

  static let release = BaselineUse(
    name: "v1", run: "0a1b2c", commit: "99aabbc", isRescored: true, record: "20260301T000000Z-0a1b2c")

  static let fivePoints = Margin(Number(5, text: "5"), .points)

  static let anchored = rule(
    "accuracy", .anchor(baseline: "v1", [Margin(Number(2, text: "2"), .points)]), "accuracy within 2pt in total of v1")
  static let usual = rule("accuracy", .history(last: 20), "accuracy within history of 20")

  static func anchor(_ verdict: Verdict, _ finding: Finding, _ difference: (Double, Double?, Double?)) -> Judgement {
    var judgement = judge(
      anchored, verdict, finding, candidate: (0.981 + difference.0, nil, nil), baseline: 0.981, difference: difference,
      limit: 0.02)
    judgement.compared = release
    return judgement
  }

  static func history(_ value: Double, _ verdict: Verdict, _ finding: Finding) -> Judgement {
    var judgement = judge(
      usual, verdict, finding, candidate: (value, nil, nil), limit: 0.9652, rows: nil, replicates: 3)
    judgement.baseline = Estimate(value: 0.9738, low: 0.9652, high: 0.9824, replicates: 20)
    judgement.test = "rank-limit"
    judgement.compared = production
    return judgement
  }

  /// Judged at the price of one look of 32.
  static func priced(_ judgement: Judgement) -> Judgement {
    var judgement = judgement
    judgement.alpha = 0.05 / 32
    return judgement
  }

  /// Nothing blocks: one rule and a slice are waived, the policy has no such gate, and a look is repeated.
  static var waived: RunRecord {
    var first = judge(
      mayLose1, .waived, .broken, candidate: (0.95, nil, nil), baseline: 0.973, difference: (-0.023, -0.04, -0.011),
      limit: 0.01)
    first.waivers = [WaiverUse(waiver(upTo: fivePoints), .applied, original: .fail)]
    first.baselineOnlyRight = 15.0 + 2.0 / 3.0
    first.candidateOnlyRight = 8
    var slice = judge(
      mayLose1, .waived, .undecided(pointHolds: false), candidate: (0.93, nil, nil), baseline: 0.95,
      difference: (-0.02, -0.09, 0.04), limit: 0.01, rows: 47)
    slice.slice = [SliceValue("island", "Dream")]
    slice.waivers = [WaiverUse(waiver(), .applied, original: .inconclusive)]
    var holds = judge(
      mayLose1, .pass, .holds, candidate: (0.98, nil, nil), baseline: 0.97, difference: (0.01, -0.005, 0.03),
      limit: 0.01, rows: 168)
    holds.slice = [SliceValue("island", "Biscoe")]
    let judged = gate(
      .waived,
      [
        first, slice, holds, passingRules[1], anchor(.pass, .holds, (-0.005, -0.017, 0.008)),
        history(0.9761, .pass, .holds),
      ]
      .map(priced)
    ) {
      $0.looks = [look(before: 4) { $0.repeats = "5d02aa" }]
      $0.pin = PolicyPin(revision: "origin/main", commit: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", isAbsent: true)
    }
    var head = head("ada001")
    head.attempt = 2
    return record(
      [(0, .runPlanned(head, stages(anchors: ["v1"])))] + work(gate: .succeeded, anchors: ["v1"])
        + [(3.3, .gateJudged(StageID("gate"), judged)), (3.4, .runFinished(.waived, .ok))])
  }

  /// Everything that a policy can say no with: waivers that do not count, a spent test set, erosion, an unusual run.
  static var policed: RunRecord {
    var expired = judge(
      mayLose1, .fail, .broken, candidate: (0.95, nil, nil), baseline: 0.973, difference: (-0.023, -0.04, -0.011),
      limit: 0.01)
    expired.waivers = [WaiverUse(waiver("2026-11-01"), .expired, original: .fail)]
    var void = judge(
      brier, .fail, .broken, candidate: (0.231, nil, nil), baseline: 0.0451, difference: (0.1859, 0.1531, 0.2188),
      limit: 0.03)
    void.waivers = [
      WaiverUse(waiver(upTo: Margin(Number(0.1, text: "0.1"), .absolute)), .void, original: .fail),
      WaiverUse(waiver(model: "00112233445566778899aabbccddeeff"), .otherModel, original: .fail),
    ]
    var covered = judge(
      mayLose3, .waived, .undecided(pointHolds: true), candidate: (0.95, nil, nil), baseline: 0.973,
      difference: (-0.023, -0.04, -0.011), limit: 0.03)
    covered.rowsNeeded = 4_100
    covered.waivers = [WaiverUse(waiver(), .applied, original: .inconclusive)]
    var held = judge(
      atLeast, .inconclusive, .undecided(pointHolds: true), candidate: (0.95, 0.9309, 0.9661), limit: 0.9)
    held.caveats = ["the test-set budget is spent: 32 of 32 looks are on record; take a new test set"]
    held.rule.severity = .warn
    var few = history(0.95, .inconclusive, .tooFew(needed: 5, what: "runs", pointHolds: false))
    few.limit = nil
    few.baseline = Estimate(value: 0.974, replicates: 3)
    few.rule.metric = "f1-macro"
    let judged = gate(
      .fail,
      [
        expired, void, covered, held, anchor(.fail, .broken, (-0.031, -0.047, -0.0214)),
        history(0.9629, .fail, .broken), few,
      ]
      .map(priced)
    ) {
      $0.looks = [look(before: 32) { $0.uncommitted = 2 }]
      $0.pin = PolicyPin(
        revision: "origin/main", commit: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
        differences: ["`accuracy` may lose 10 points here, 1 point there", "a waiver of `brier` is only here"])
    }
    return record(
      [(0, .runPlanned(head("b10c4d"), stages(anchors: ["v1"])))] + work(gate: .rejected, anchors: ["v1"])
        + [(3.3, .gateJudged(StageID("gate"), judged)), (3.4, .runFinished(.failed, .gateFailed))])
  }

  /// The very first promotion: nothing to compare with, and no trouble.
  static var first: RunRecord {
    let nothing = Diagnostic(
      "baseline.none", "there is no baseline `production` yet", remedy: "pawl run --promote --bootstrap")
    let open = judge(mayLose3, .inconclusive, .missingBaseline(nothing), candidate: (0.976, nil, nil))
    let judged = gate(.inconclusive, [open, passingRules[2]]) {
      $0.baseline = nil
      $0.hasNoBaseline = true
    }
    let change = BaselineChange(
      name: "production", record: "20261124T073008Z-f125a0", folder: "baselines/records/20261124T073008Z-f125a0",
      parents: [])
    return record(
      [(0, .runPlanned(head("f125a0"), stages()))] + work(gate: .succeeded)
        + [
          (3.3, .gateJudged(StageID("gate"), judged)), (3.35, .baselineMoved(change)),
          (3.4, .runFinished(.inconclusive, .ok)),
        ])
  }
}
