import PawlCore

extension CanonicalRuns {
  /// Two results were made again: one is the same, one is not.
  static var audited: RunRecord {
    let run = "20261123T020000000Z-7f3ac1"
    var facts = ran("split", 0.01, 0.11, why: [.audited(run: run)]) { $0.audit = Audit(run: run) }
    facts += ran("train[seed=1]", 0.12, 1.02, why: [.audited(run: run)]) { settlement in
      if let was = digest(0x1A), let now = digest(0x3C) {
        settlement.audit = Audit(
          run: run, difference: OutputDifference("models/1.json", .content(was: was, now: now)))
      }
    }
    facts.append(
      (
        1.01,
        .diagnosed(
          Diagnostic(
            "cache.differs", "`train[seed=1]` made something else this time", severity: .warning, remedy: "fix its seed"
          ))
      ))
    facts += ran(
      "train[seed=2]", 0.12, 1.02,
      why: [.distrusted(run: "20261122T020000000Z-91be04", path: "models/2.json")])
    facts.append(settled("train[seed=3]", 0.2, .reused))
    facts += ran("evaluate[seed=1]", 1.1, 1.2, why: [.inputChanged("models/1.json")])
    for seed in 1...3 {
      if seed > 1 { facts.append(settled("evaluate[seed=\(seed)]", 1.2, .reused)) }
      facts.append(settled("evaluate[seed=\(seed)]@baseline", 1.2, .skipped(.sameTestData)))
    }
    facts.append(settled("gate", 1.3, .succeeded))
    return record(
      [(0, .runPlanned(head("ab12cd"), stages()))] + sorted(facts)
        + [(1.3, .gateJudged(StageID("gate"), gate(.pass, passingRules))), (1.4, .runFinished(.passed, .ok))])
  }
}
