package import PawlCore
import PawlStatistics

/// Measures what each rule of a gate can see on the gate's own evidence; nothing is run.
package struct PowerMeter {
  private let evidence: PowerEvidence
  /// The rules with their positions for names, without what would hide a verdict.
  private let policy: GatePolicy
  private let draws: Int

  /// - Parameter draws: equal models made for each rule; fewer where there are many rows.
  package init(_ evidence: PowerEvidence, draws: Int = 200) {
    self.evidence = evidence
    self.draws = max(1, draws)
    var policy = evidence.policy
    policy.waivers = []
    policy.pin = nil
    for index in policy.rules.indices { policy.rules[index].name = String(index) }
    self.policy = policy
  }

  /// One for each rule, in their order.
  package func measure() -> [RulePower] {
    let reference = judge(policy, on: GateEvidence(exhibits: evidence.exhibits.map(sides)), name: evidence.gate)
    var powers = evidence.policy.rules.indices.map { index in
      let rule = evidence.policy.rules[index]
      let whole = reference.judgements.first { $0.rule.name == String(index) && $0.slice.isEmpty }
      return whole.map { power(rule, $0) } ?? RulePower(gate: evidence.gate, rule: rule)
    }
    for exhibit in evidence.exhibits { measure(exhibit, &powers, reference) }
    return powers
  }

  // MARK: Both sides of an exhibit

  /// The exhibit as the gate would judge the second model, or the baseline against itself.
  private func sides(_ exhibit: ExhibitEvidence) -> ExhibitEvidence {
    var exhibit = exhibit
    if exhibit.candidate.isEmpty { exhibit.candidate = exhibit.baseline }
    return prepared(exhibit)
  }

  /// Nothing but the answers may decide: no identity, no other data, no budget spent.
  private func prepared(_ exhibit: ExhibitEvidence) -> ExhibitEvidence {
    var exhibit = exhibit
    exhibit.isSameModel = false
    exhibit.isOtherData = false
    exhibit.caveats = []
    if let ships = exhibit.ships, ships >= exhibit.candidate.count { exhibit.ships = nil }
    for rule in policy.rules {
      if case .anchor(let name, _) = rule.comparison {
        exhibit.anchors[name] = AnchorEvidence(baseline: exhibit.baseline, problem: exhibit.baselineProblem)
      }
    }
    if let testSet = policy.testSet {
      exhibit.look = Look(
        exhibit: exhibit.name, testData: Digest(bytes: [UInt8](repeating: 0, count: 32)), policy: testSet)
    }
    return exhibit
  }

  // MARK: What the numbers say

  private func power(_ rule: GateRule, _ judgement: Judgement) -> RulePower {
    var power = RulePower(gate: evidence.gate, rule: rule)
    power.exhibit = judgement.exhibit
    let exhibit = evidence.exhibits.first { $0.name == judgement.exhibit } ?? evidence.exhibits.first
    if let exhibit, exhibit.baseline.isEmpty {
      power.caveats.append(exhibit.baselineProblem?.message ?? "there is no baseline to measure on")
      return power
    }
    switch judgement.finding {
    case .invalid(let diagnostic), .missingBaseline(let diagnostic):
      power.caveats.append(diagnostic.message)
      return power
    case .holds, .broken, .undecided, .tooFew, .sameModel, .candidateNotFinite, .notJudged: break
    }
    power.test = judgement.test
    power.rows = judgement.candidate?.rows
    power.replicates = judgement.candidate?.replicates
    if !rule.comparison.isAbsolute, rule.comparison.hasMargin { power.margin = judgement.limit }
    let whole = Level(confidence: rule.confidence) ?? .usual
    let level = judgement.alpha.flatMap { Level(alpha: $0) } ?? Level(whole, shared: policy.testSet)
    power.alpha = level.alpha
    if let exhibit { power.seeds = spread(rule, exhibit, power.margin) }
    disagree(&power, judgement)
    exact(&power, judgement, level)
    caveats(&power, judgement, exhibit)
    return power
  }

  private func isOfOutcomes(_ judgement: Judgement) -> Bool {
    guard let test = judgement.test else { return false }
    return ["score", "mcnemar", "two-way and score"].contains(test)
  }

  private func disagree(_ power: inout RulePower, _ judgement: Judgement) {
    guard isOfOutcomes(judgement), !power.rule.comparison.isAbsolute else { return }
    if let assumed = evidence.disagreement {
      power.disagreement = assumed
      power.assumesDisagreement = true
    } else if evidence.second[judgement.exhibit ?? ""] != nil, let rows = power.rows, rows > 0,
      let gained = judgement.candidateOnlyRight, let lost = judgement.baselineOnlyRight
    {
      power.disagreement = (gained + lost) / Double(rows)
    }
  }

  private func exact(_ power: inout RulePower, _ judgement: Judgement, _ level: Level) {
    guard let rows = power.rows, let disagreement = power.disagreement, let margin = power.margin, margin >= 0,
      margin < 1, let counts = Power(rows: rows, disagreement: disagreement, level: level)
    else { return }
    switch power.rule.comparison {
    case .mayLose, .anchor: break
    case .atLeast, .atMost, .mustGain, .within, .history: return
    }
    power.chances = PowerChances(counts, margin: margin)
    power.curve = PowerPoint.curve(counts, margin: margin)
  }

  /// The metric of each of the baseline's replicates; nil below two.
  private func spread(_ rule: GateRule, _ exhibit: ExhibitEvidence, _ margin: Double?) -> SeedSpread? {
    guard exhibit.baseline.count > 1 else { return nil }
    let values = exhibit.baseline.compactMap { replicate -> Double? in
      if let rows = replicate.rows, RowMetrics.canCompute(rule.metric, from: rows) {
        return RowMetrics.value(of: rule.metric, rows: rows).value
      }
      guard case .number(let number)? = replicate.measurements.first(where: { $0.name == rule.metric })?.content
      else { return nil }
      return number.value
    }
    guard values.count == exhibit.baseline.count, values.allSatisfy(\.isFinite) else { return nil }
    let moments = Moments(values)
    return SeedSpread(
      seeds: values.count, deviation: moments.isConstant ? 0 : moments.variance.squareRoot(), margin: margin)
  }

  private func caveats(_ power: inout RulePower, _ judgement: Judgement, _ exhibit: ExhibitEvidence?) {
    if case .tooFew(let needed, let what, _) = judgement.finding {
      power.caveats.append("never passes as it is: it wants \(needed) \(what)")
    }
    if judgement.test == Method.point.rawValue {
      power.caveats.append("two numbers carry no uncertainty: nothing controls how often an equal model fails")
    }
    if isOfOutcomes(judgement), power.disagreement == nil, !power.rule.comparison.isAbsolute {
      let seeds = exhibit.flatMap { seedDisagreement(power.rule, $0) }
      power.caveats.append(
        "only one model is on record here: how often two disagree is not known"
          + (seeds.map { "; two of its seeds disagree on \(percent($0)) % of the rows" } ?? ""))
    }
    if power.chances != nil, (power.replicates ?? 1) > 1 {
      power.caveats.append("exact for the rows; the spread between seeds makes the gate stricter")
    }
    if exhibit?.baseline.count == 2 || power.replicates == 2 {
      power.caveats.append("two seeds are stricter than one: use one, or at least three")
    }
    if case .anchor(let name, _) = power.rule.comparison {
      power.caveats.append("measured on the gate's own baseline, as if it were `\(name)`")
    }
    if let problem = exhibit.flatMap({ evidence.problems[$0.name] }) { power.caveats.append(problem.message) }
  }
}

extension PowerMeter {
  /// The share of rows on which exactly one of two of the baseline's seeds is right, over neighbouring seeds.
  private func seedDisagreement(_ rule: GateRule, _ exhibit: ExhibitEvidence) -> Double? {
    let name = MetricName(rule.metric)
    let pairs = zip(exhibit.baseline, exhibit.baseline.dropFirst())
    let shares = pairs.compactMap { first, second -> Double? in
      let sides = Sides(ExhibitEvidence(name: exhibit.name, candidate: [first], baseline: [second]))
      guard let cut = sides.cut(nil), cut.isPaired, let view = cut.candidate.first else { return nil }
      guard case .outcomes(let positivesOnly) = MetricFamily(name, cut.candidate + cut.baseline),
        let counts = OutcomeTrials(cut, positivesOnly: positivesOnly).score.discordant
      else { return nil }
      let rows = RowMetrics.rowsUsed(name, view)
      return rows > 0 ? (counts.candidateOnly + counts.baselineOnly) / Double(rows) : nil
    }
    return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
  }

  /// A percentage with two significant digits, above 10 whole.
  private func percent(_ share: Double) -> String {
    let tenths = (share * 1000).rounded()
    return tenths >= 100 ? Number((share * 100).rounded()).text : Number(tenths / 10).text
  }
}

// MARK: - Equal models through the gate

extension PowerMeter {
  private typealias Draw = (inout SplitMix64) -> (candidate: [Replicate], baseline: [Replicate])

  /// The ways to make equal models of an exhibit; a problem of the evidence leaves none.
  private func ways(_ exhibit: ExhibitEvidence) -> (rows: (EqualModels.Made, Draw)?, seeds: Draw?, caveats: [String]) {
    let seeds = SeedHalves(exhibit.baseline).map { halves -> Draw in { halves.draw(&$0) } }
    var caveats: [String] = []
    do throws(Failure) {
      if !exhibit.candidate.isEmpty, let swap = try RowSwap(candidate: exhibit.candidate, baseline: exhibit.baseline) {
        if exhibit.candidate.count != exhibit.baseline.count {
          let count = min(exhibit.candidate.count, exhibit.baseline.count)
          caveats.append("equal models made of the first \(count == 1 ? "replicate" : "\(count) replicates") a side")
        }
        return ((.swappedRows, { swap.draw(&$0) }), seeds, caveats)
      }
      if let seeds { return ((.splitSeeds, seeds), seeds, caveats) }
      if let halves = try RowHalves(exhibit.baseline) { return ((.splitRows, { halves.draw(&$0) }), seeds, caveats) }
    } catch {
      caveats += error.diagnostics.map(\.message)
    }
    return (nil, seeds, caveats)
  }

  private func measure(_ exhibit: ExhibitEvidence, _ powers: inout [RulePower], _ reference: GateResult) {
    let mine = powers.indices.filter { powers[$0].exhibit == exhibit.name && powers[$0].alpha != nil }
    guard !mine.isEmpty else { return }
    let ways = ways(exhibit)
    let ofRows = mine.filter { index in
      exhibit.baseline.allSatisfy { replicate in
        replicate.rows.map { RowMetrics.canCompute(powers[index].rule.metric, from: $0) } ?? false
      }
    }
    for index in ofRows { powers[index].caveats += ways.caveats.filter { !powers[index].caveats.contains($0) } }
    if let (made, draw) = ways.rows { measure(ofRows, made, draw, exhibit, &powers) }
    let others = mine.filter { !ofRows.contains($0) }
    if let seeds = ways.seeds { measure(others, .splitSeeds, seeds, exhibit, &powers) }
    for index in mine where powers[index].equal == nil {
      powers[index].caveats.append("no equal models can be made of this evidence: it needs rows, or four seeds")
    }
  }

  private func measure(
    _ rules: [Int], _ made: EqualModels.Made, _ draw: Draw, _ exhibit: ExhibitEvidence, _ powers: inout [RulePower]
  ) {
    guard !rules.isEmpty else { return }
    var part = policy
    part.rules = rules.map { policy.rules[$0] }
    let count = drawn(rules.map { powers[$0] }, exhibit)
    var tallies = [Tally](repeating: Tally(), count: rules.count)
    var generator = SplitMix64(seed: evidence.seed)
    for _ in 0..<count {
      var equal = exhibit
      (equal.candidate, equal.baseline) = draw(&generator)
      let sides = GateEvidence(exhibits: [prepared(equal)], seed: generator.next())
      let result = judge(part, on: sides, name: evidence.gate)
      for (place, index) in rules.enumerated() {
        tallies[place].add(result.judgements.filter { $0.rule.name == String(index) })
      }
    }
    for (place, index) in rules.enumerated() {
      guard let equal = tallies[place].equal(made, count) else { continue }
      powers[index].equal = equal
      if count < draws { powers[index].caveats.append("\(count) draws instead of \(draws), as there are many rows") }
      switch made {
      case .swappedRows: break
      case .splitRows:
        powers[index].caveats.append(
          powers[index].rule.comparison.isAbsolute
            ? "halves of one model's rows: the gate itself has twice as many"
            : "halves of one model's rows, which nothing pairs: the gate itself sees more")
      case .splitSeeds:
        powers[index].caveats.append("halves of one model's seeds: the gate itself has twice as many")
      }
    }
  }

  /// Fewer where a draw is dear: many rows, or rows drawn again in each.
  private func drawn(_ powers: [RulePower], _ exhibit: ExhibitEvidence) -> Int {
    let rows = exhibit.baseline.reduce(0) { $0 + ($1.rows?.count ?? 0) }
    let resamples = powers.contains { $0.test?.contains("bootstrap") ?? false }
    let most = resamples ? 20_000 : 100_000
    return rows <= most ? draws : max(min(20, draws), Int(Double(draws) * Double(most) / Double(rows)))
  }
}

/// What a rule said of equal models so far.
private struct Tally {
  private var draws = 0
  private var passes = 0
  private var fails = 0
  private var inconclusive = 0
  private var blockStops = 0
  private var pointStops = 0

  /// The judgements of one rule on one draw: all rows and slices.
  mutating func add(_ judgements: [Judgement]) {
    let judged = judgements.filter { $0.verdict != .notJudged }
    guard let worst = judged.map(\.verdict).max(by: { $0.rank < $1.rank }), worst != .invalid else { return }
    draws += 1
    switch worst {
    case .pass, .waived: passes += 1
    case .fail: fails += 1
    case .inconclusive: inconclusive += 1
    case .invalid, .notJudged: break
    }
    if judged.contains(where: { $0.blocks(under: .block) }) { blockStops += 1 }
    if judged.contains(where: { $0.blocks(under: .point) }) { pointStops += 1 }
  }

  /// Nil when no draw could be judged.
  func equal(_ made: EqualModels.Made, _ all: Int) -> EqualModels? {
    guard draws > 0 else { return nil }
    func share(_ count: Int) -> Double { Double(count) / Double(draws) }
    return EqualModels(
      made, draws: draws, passes: share(passes), fails: share(fails), inconclusive: share(inconclusive),
      blockStops: share(blockStops), pointStops: share(pointStops))
  }
}

extension Judgement {
  /// Whether it would stop a merge if the rule blocked and answered so to "inconclusive".
  ///
  /// `point` is the default, under which slices only warn; who writes it has slices follow it too.
  fileprivate func blocks(under answer: GateRule.Undecided) -> Bool {
    var judgement = self
    judgement.rule.severity = .block
    let isDefault = answer == .point && rule.whenInconclusive != .point
    judgement.rule.whenInconclusive = isDefault ? nil : answer
    judgement.settleBlocking()
    return judgement.blocks
  }
}

extension RuleComparison {
  /// Whether `limit` is a margin.
  fileprivate var hasMargin: Bool {
    switch self {
    case .mayLose, .mustGain, .within, .anchor: true
    case .atLeast, .atMost, .history: false
    }
  }
}
