import PawlCore
import PawlStatistics

/// What a comparison says of a limit.
struct Ruling {
  var decision: Decision
  /// Conditions of a pass that are not met although the bound allows it.
  var unmet: [Need] = []
  /// The sample that would decide.
  var sample: SampleSize?

  /// - Parameters:
  ///   - comparison: of one model for a bound, an advantage for the others.
  ///   - offset: what is taken off the comparison to have the advantage.
  init(_ comparison: Comparison, _ limit: Limit, offset: Double = 0) {
    switch limit {
    case .bound(let bound, true, let isInclusive):
      decision = comparison.decision(atLeast: bound.value, strictly: !isInclusive)
      guard decision == .inconclusive else { return }
      if comparison.low >= bound.value { unmet = comparison.unmet(atLeast: bound.value) }
      sample = comparison.sampleNeeded(atLeast: bound.value)
    case .bound(let bound, false, let isInclusive):
      decision = comparison.decision(atMost: bound.value, strictly: !isInclusive)
      guard decision == .inconclusive else { return }
      if comparison.high <= bound.value { unmet = comparison.unmet(atMost: bound.value) }
      sample = comparison.sampleNeeded(atMost: bound.value)
    case .advantage(let least, let isStrict):
      let threshold = least.double + offset
      decision = comparison.decision(atLeast: threshold, strictly: isStrict)
      guard decision == .inconclusive else { return }
      if comparison.low >= threshold { unmet = comparison.unmet(atLeast: threshold) }
      sample = comparison.sampleNeeded(atLeast: threshold)
    case .within(let margin):
      let (low, high) = (offset - margin.double, offset + margin.double)
      switch (comparison.decision(atLeast: low), comparison.decision(atMost: high)) {
      case (.fail, _), (_, .fail): decision = .fail
      case (.pass, .pass): decision = .pass
      case (.inconclusive, _), (_, .inconclusive): decision = .inconclusive
      }
      guard decision == .inconclusive else { return }
      if comparison.low >= low, comparison.high <= high {
        unmet = comparison.unmet(atLeast: low) + comparison.unmet(atMost: high)
      }
      sample = [comparison.sampleNeeded(atLeast: low), comparison.sampleNeeded(atMost: high)]
        .compactMap { $0 }.max { $0.count < $1.count }
    }
  }
}

extension Need {
  /// What is counted, in words that follow a number.
  var what: String {
    switch subject {
    case .rowsBelow, .rowsAbove: "rows"
    case .misrankedRows: "misranked rows of the rarer class"
    case .differingRows: "rows on which the models differ"
    case .rarestClassRows: "rows of the rarest class"
    case .draws: "draws"
    case .runs: "runs"
    }
  }
}

extension Judgement {
  /// A judgement of a rule on evidence that cannot be used.
  static func invalid(_ rule: GateRule, _ diagnostic: Diagnostic, exhibit: String? = nil) -> Judgement {
    var diagnostic = diagnostic
    if diagnostic.location == nil { diagnostic.location = rule.location }
    var judgement = Judgement(rule: rule, verdict: .invalid, finding: .invalid(diagnostic))
    judgement.exhibit = exhibit
    judgement.blocks = true
    return judgement
  }

  /// Settles whether this alone stops a merge (contract §4, "What blocks").
  mutating func settleBlocking() {
    switch (verdict, finding) {
    case (.invalid, _): blocks = true
    case (.fail, _): blocks = rule.severity == .block
    case (.inconclusive, .missingBaseline): blocks = false
    case (.inconclusive, _):
      guard rule.severity == .block else {
        blocks = false
        return
      }
      switch rule.whenInconclusive ?? (slice.isEmpty ? .point : .warn) {
      case .warn: blocks = false
      case .block: blocks = true
      case .point: blocks = !pointHolds
      }
    case (.pass, _), (.waived, _), (.notJudged, _): blocks = false
    }
  }

  private var pointHolds: Bool {
    switch finding {
    case .undecided(let holds), .tooFew(_, _, let holds): holds
    case .holds, .sameModel: true
    case .broken, .candidateNotFinite, .invalid, .missingBaseline, .notJudged: false
    }
  }

  mutating func add(_ more: [String]) { caveats += more.filter { !caveats.contains($0) } }
}
