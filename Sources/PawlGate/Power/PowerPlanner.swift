package import PawlCore
import PawlStatistics

/// Plans a test set from numbers alone, before any training.
package enum PowerPlanner {
  /// Fills what follows from a plan's kind, rows, margin, error and looks.
  ///
  /// - Returns: nil where no number can be had: a share outside [0, 1], no rows of a class, an error outside (0, 0.5).
  package static func plan(_ asked: PowerPlan) -> PowerReport? {
    var plan = asked
    guard let whole = Level(alpha: asked.alpha) else { return nil }
    let level = Level(whole, shared: asked.testSet)
    plan.lookAlpha = level.alpha
    let kind = asked.kind
    if case .area(let positives, let negatives, _, _) = kind { plan.rows = positives + negatives }
    guard kind.power(rows: plan.rows ?? 1_000, level) != nil else { return nil }
    let power = plan.rows.flatMap { kind.power(rows: $0, level) }
    if plan.rows != nil, power == nil { return nil }
    if let margin = plan.margin {
      plan.rowsNeeded = kind.rowsNeeded(margin: margin, level)
      if plan.testSet != nil { plan.rowsOneLook = kind.rowsNeeded(margin: margin, whole) }
      if let power {
        plan.chances = PowerChances(power, margin: margin)
        plan.curve = PowerPoint.curve(power, margin: margin)
      } else {
        plan.options = ladder(around: margin, up: 1, down: 2).map {
          PowerOption(margin: $0, rowsNeeded: kind.rowsNeeded(margin: $0, level))
        }.filter { $0.margin != margin }
      }
    } else if let power {
      let decided = power.marginDecided()
      plan.options = ladder(around: decided ?? kind.usualMargin, up: 2, down: 2).map {
        PowerOption(margin: $0, chances: PowerChances(power, margin: $0))
      }
      if let decided {
        plan.chances = PowerChances(power, margin: decided)
        plan.curve = PowerPoint.curve(power, margin: decided)
      }
    } else {
      plan.options = ladder(around: kind.usualMargin, up: 2, down: 2).map {
        PowerOption(margin: $0, rowsNeeded: kind.rowsNeeded(margin: $0, level))
      }
    }
    var report = PowerReport(title: "plan")
    report.plan = plan
    report.caveats = kind.caveats(level, plan)
    return report
  }

  /// Round numbers (1, 2, 5 × 10ⁿ) about a number, smallest first.
  static func ladder(around number: Double, up: Int, down: Int) -> [Double] {
    guard number > 0, number.isFinite else { return [] }
    var rungs: [Double] = []
    for power in -12...9 {
      for mantissa in [1, 2, 5] { rungs.append(Decimal("\(mantissa)e\(power)")?.double ?? 0) }
    }
    // The last bits of 5e-3 must not make it a rung below itself.
    let place = rungs.firstIndex { $0 >= number * (1 - 1e-9) } ?? rungs.count - 1
    let first = max(0, place - down)
    return Array(rungs[first...min(rungs.count - 1, place + up)])
  }
}

extension PowerPlan.Kind {
  /// What so many rows can see.
  func power(rows: Int, _ level: Level) -> (any MarginPower)? {
    switch self {
    case .outcomes(let disagreement): Power(rows: rows, disagreement: disagreement, level: level)
    case .mean(let deviation): MeanPower(rows: rows, deviation: deviation, level: level)
    case .area(let positives, let negatives, let area, let correlation):
      AreaPower(positives: positives, negatives: negatives, area: area, correlation: correlation, level: level)
    }
  }

  func rowsNeeded(margin: Double, _ level: Level) -> Int? {
    switch self {
    case .outcomes(let disagreement):
      Power.rowsNeeded(disagreement: disagreement, margin: margin, level: level)
    case .mean(let deviation): MeanPower.rowsNeeded(deviation: deviation, margin: margin, level: level)
    case .area(let positives, let negatives, let area, let correlation):
      AreaPower(positives: positives, negatives: negatives, area: area, correlation: correlation, level: level)?
        .rowsNeeded(margin: margin)
    }
  }

  /// A margin to begin with where none is given.
  fileprivate var usualMargin: Double {
    switch self {
    case .outcomes, .area: 0.01
    case .mean(let deviation): deviation / 10
    }
  }

  fileprivate func caveats(_ level: Level, _ plan: PowerPlan) -> [String] {
    switch self {
    case .outcomes: return []
    case .mean:
      let floor = MeanPower.floor(at: level)
      guard let rows = plan.rows, rows < floor else {
        return ["nothing bounds one row's loss here, so that fewer than \(floor) rows never pass"]
      }
      return ["\(rows) rows never pass: without a bound on one row's loss (`worst`) the gate wants \(floor)"]
    case .area: return ["scores of each class are taken as normal: real scores differ"]
    }
  }
}

extension Level {
  /// The level of one look of a test set's budget (statistics.md §7).
  init(_ whole: Level, shared policy: TestSetPolicy?) {
    guard let policy else {
      self = whole
      return
    }
    switch policy.feedback {
    case .passOnly, .none: self = whole.shared(by: policy.budget)
    case .full: self = whole.halved(policy.budget)
    }
  }
}

extension PowerChances {
  /// Of a `may-lose margin` rule.
  init(_ power: any MarginPower, margin: Double) {
    let passes = power.chanceOfPass(margin: margin, difference: 0)
    self.init(
      equalPasses: passes, equalFails: power.chanceOfFail(margin: margin, difference: 0), blockStopsEqual: 1 - passes,
      pointStopsEqual: power.chanceOfPointLoss(margin: margin, difference: 0),
      marginPasses: power.chanceOfPass(margin: margin, difference: -margin),
      smallestLossSeen: power.smallestLossSeen(margin: margin), marginDecided: power.marginDecided())
  }
}

extension PowerPoint {
  /// The curve of a `may-lose margin` rule, from a gain to a loss that is seen nearly always.
  static func curve(_ power: any MarginPower, margin: Double, points: Int = 61) -> [PowerPoint] {
    let decided = power.marginDecided() ?? margin
    let seen = power.smallestLossSeen(margin: margin) ?? (margin + decided)
    let last = min(power.largest, max(1.35 * seen, 2 * margin))
    let first = -0.4 * last
    guard last > 0, last.isFinite else { return [] }
    return (0..<points).map { index in
      let loss = first + (last - first) * Double(index) / Double(points - 1)
      return PowerPoint(
        loss: loss, passes: power.chanceOfPass(margin: margin, difference: -loss),
        fails: power.chanceOfFail(margin: margin, difference: -loss))
    }
  }
}
