import PawlCore

/// What power says, in words: the same in terminal, JSON caveats and HTML.
enum PowerWording {
  /// How a margin and a loss are read.
  enum Unit {
    /// Hundredths, with the word behind.
    case points
    /// The metric's own number.
    case plain

    init(_ rule: GateRule) { self = rule.format == .percent ? .points : .plain }

    init(_ kind: PowerPlan.Kind) {
      switch kind {
      case .outcomes: self = .points
      case .mean, .area: self = .plain
      }
    }

    /// What one number of the metric is in the unit shown.
    var scale: Double { self == .points ? 100 : 1 }
  }

  /// `1.3 points`, `0.0042`; so many significant digits.
  static func amount(_ value: Double, _ unit: Unit, significant: Int = 2) -> String {
    guard let exact = Decimal(value) else { return Numbers.word(value) }
    let text = Numbers.general(unit == .points ? exact * Numbers.hundred : exact, significant: significant)
    return unit == .points ? text + (text == "1" ? " point" : " points") : text
  }

  /// A margin that somebody wrote: all its digits.
  static func written(_ value: Double, _ unit: Unit) -> String { amount(value, unit, significant: 12) }

  /// A chance: `0.0 %`, `2.8 %`, `10 %`, `99.8 %`; never 100 % for what is less.
  static func chance(_ share: Double) -> String {
    guard share.isFinite else { return Numbers.word(share) }
    let percent = share * 100
    if share < 1, percent >= 99.5 { return Numbers.fixed(min(99.9, percent), decimals: 1) + " %" }
    return Numbers.fixed(percent, decimals: percent < 9.95 ? 1 : 0) + " %"
  }

  /// An error that may be tiny: `5 %`, `0.16 %`, `1.2e−9 %`.
  static func error(_ alpha: Double) -> String {
    guard let exact = Decimal(alpha) else { return Numbers.word(alpha) }
    return Numbers.general(exact * Numbers.hundred, significant: 2) + " %"
  }

  // MARK: Headlines

  /// `accuracy may lose 3 points, 333 rows, 3 seeds, 2.4 % disagreement`.
  static func headline(_ power: RulePower) -> String {
    var parts = [claim(power)]
    if let rows = power.rows { parts.append(Numbers.plural(rows, "row")) }
    if let seeds = power.replicates, seeds > 1 { parts.append(Numbers.plural(seeds, "seed")) }
    if let disagreement = power.disagreement {
      parts.append(chance(disagreement) + " disagreement" + (power.assumesDisagreement ? " (assumed)" : ""))
    }
    if let alpha = power.alpha, alpha < 1 - power.rule.confidence - 1e-9 {
      parts.append("error \(error(alpha)) a look")
    }
    return parts.joined(separator: ", ")
  }

  private static func claim(_ power: RulePower) -> String {
    var judgement = Judgement(rule: power.rule, verdict: .notJudged, finding: .holds)
    judgement.limit = power.margin
    let allowed = Wording.allowed(judgement)
    let slices = power.rule.slices.map { $0.columns.joined(separator: " × ") }
    let by = slices.isEmpty ? "" : " by " + slices.joined(separator: ", ")
    let subject = Wording.subject(judgement)
    switch power.rule.comparison {
    case .atLeast, .atMost, .history: return "\(subject) \(allowed)\(by)"
    case .mayLose, .within, .anchor: return "\(subject) may \(allowed)\(by)"
    case .mustGain: return "\(subject) must \(allowed)\(by)"
    }
  }

  /// `2,000 rows, 5 % disagreement, margin 1 point, error 5 %`.
  static func headline(_ plan: PowerPlan) -> String {
    var parts: [String] = []
    switch plan.kind {
    case .outcomes(let disagreement):
      if let rows = plan.rows { parts.append(Numbers.plural(rows, "row")) }
      parts.append(Numbers.percent(share: disagreement) + " disagreement")
    case .mean(let deviation):
      if let rows = plan.rows { parts.append(Numbers.plural(rows, "row")) }
      parts.append("row differences with sd \(Numbers.general(deviation, significant: 3))")
    case .area(let positives, let negatives, let area, let correlation):
      parts.append("\(Numbers.plural(positives, "positive")) and \(Numbers.plural(negatives, "negative"))")
      parts.append("AUC \(Numbers.general(area, significant: 4)), correlation \(Numbers.general(correlation))")
    }
    if let margin = plan.margin { parts.append("margin \(written(margin, Unit(plan.kind)))") }
    parts.append("error \(error(plan.alpha))")
    return parts.joined(separator: ", ")
  }

  // MARK: Facts, a label and what it says

  typealias Fact = (label: String, text: String)

  static func facts(_ power: RulePower) -> [Fact] {
    let unit = Unit(power.rule)
    var facts: [Fact] = []
    if let chances = power.chances, let margin = power.margin {
      facts += self.facts(chances, margin, unit, alpha: power.alpha ?? 0.05)
    }
    if let equal = power.equal { facts.append(("equal models, measured", measured(equal))) }
    if let seeds = power.seeds { facts.append(("spread between seeds", spread(seeds, unit))) }
    return facts
  }

  static func facts(_ plan: PowerPlan) -> [Fact] {
    let unit = Unit(plan.kind)
    var facts: [Fact] = []
    if let testSet = plan.testSet {
      facts.append(
        (
          "one of \(Numbers.plural(testSet.budget, "look"))",
          "error \(error(plan.lookAlpha)) each, feedback `\(testSet.feedback.rawValue)`"
        ))
    }
    if let margin = plan.margin {
      if let chances = plan.chances { facts += self.facts(chances, margin, unit, alpha: plan.lookAlpha) }
      facts.append(("needs", needs(plan)))
    } else if let chances = plan.chances, let decided = chances.marginDecided {
      facts.append(("decides a margin of", amount(decided, unit) + " with 80 % chance"))
    } else if plan.rows != nil {
      facts.append(("decides a margin of", "nothing: no margin passes with 80 % chance"))
    }
    return facts
  }

  private static func needs(_ plan: PowerPlan) -> String {
    guard let rows = plan.rowsNeeded else {
      return (plan.margin ?? 0) > 0
        ? "more rows than there can be" : "no number of rows shows equal models to be equal: allow a loss"
    }
    var text = "\(Numbers.plural(rows, "row")) for equal models to pass with 80 % chance"
    if case .area(let positives, let negatives, _, _) = plan.kind {
      let share = Double(positives) / Double(max(1, positives + negatives))
      text += ", \(Numbers.count(Int((Double(rows) * share).rounded(.up)))) of them positive"
    }
    if let one = plan.rowsOneLook, one > 0 {
      text += "; \(Numbers.count(one)) for one look, so the looks cost \(times(Double(rows) / Double(one)))"
    }
    return text
  }

  private static func times(_ factor: Double) -> String { Numbers.general(factor, significant: 2) + " times the rows" }

  private static func facts(_ chances: PowerChances, _ margin: Double, _ unit: Unit, alpha: Double) -> [Fact] {
    [
      (
        "blocks an equal model",
        "\(chance(chances.equalFails)) of the time as \"fail\", \(chance(chances.equalInconclusive)) as \"inconclusive\""
      ),
      (
        "stops an equal model",
        "\(chance(chances.blockStopsEqual)) under `block`, \(chance(chances.pointStopsEqual)) under `point`"
      ),
      (
        margin > 0 ? "passes a loss of \(written(margin, unit))" : "passes an equal model",
        "\(chance(chances.marginPasses)) of the time (promised: at most \(error(alpha)))"
      ),
      (
        "sees a loss of",
        chances.smallestLossSeen.map { amount($0, unit) + " with 80 % chance" } ?? "nothing with 80 % chance"
      ),
      (
        "decides a margin of",
        chances.marginDecided.map { amount($0, unit) + " with 80 % chance" } ?? "nothing with 80 % chance"
      ),
    ]
  }

  private static func measured(_ equal: EqualModels) -> String {
    let made =
      switch equal.made {
      case .swappedRows: "of swapped rows"
      case .splitRows: "of halves of the rows"
      case .splitSeeds: "of halves of the seeds"
      }
    return "\(chance(equal.passes)) pass, \(chance(equal.fails)) fail, \(chance(equal.inconclusive)) inconclusive; "
      + "stopped \(chance(equal.blockStops)) under `block`, \(chance(equal.pointStops)) under `point` "
      + "(\(Numbers.plural(equal.draws, "draw")) \(made) through the gate)"
  }

  private static func spread(_ seeds: SeedSpread, _ unit: Unit) -> String {
    let count = Numbers.plural(seeds.seeds, "seed")
    if seeds.isFlat {
      return "none over \(count): seeds that do not differ repeat one number, and any change is compared exactly"
    }
    let text = "\(amount(seeds.deviation, unit)) over \(count)"
    guard let margin = seeds.margin, margin > 0 else { return text }
    let ratio = "the margin is \(Numbers.general(margin / seeds.deviation, significant: 2)) times that"
    return text + "; \(ratio)"
      + (seeds.isTight ? ": below 2.5 a gate blocks on luck, and what is promoted was lucky" : "")
  }

  // MARK: Replay

  /// `replay of 12 stored runs under today's policy: 3 would be blocked (25 %)`.
  static func replay(_ report: PowerReport) -> String? {
    guard let share = report.shareBlocked else { return nil }
    let blocked = report.replay.count { $0.blocks }
    return "replay of \(Numbers.plural(report.replay.count, "stored run")) under today's policy: "
      + "\(blocked == 0 ? "none" : Numbers.count(blocked)) would be blocked"
      + (blocked == 0 ? "" : " (\(chance(share)))")
  }
}
