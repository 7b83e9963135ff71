import Foundation

@testable import PawlStatistics

/// What draws at one truth said.
struct Tally {
  var draws = 0
  var passes = 0
  var fails = 0
  /// Inconclusive because the sample is too small for the method, and said so.
  var tooFew = 0

  mutating func add(_ decision: Decision, isTooFew: Bool = false) {
    draws += 1
    switch decision {
    case .pass: passes += 1
    case .fail: fails += 1
    case .inconclusive: if isTooFew { tooFew += 1 }
    }
  }

  /// A guard that is not met counts as too few whatever the bounds say.
  mutating func add(_ comparison: Comparison, atLeast threshold: Double) {
    let decision = comparison.decision(atLeast: threshold)
    let isTooFew = decision == .inconclusive && !comparison.unmet(atLeast: threshold).isEmpty
    add(decision, isTooFew: isTooFew)
  }

  var passShare: Double { Double(passes) / Double(max(1, draws)) }
  var failShare: Double { Double(fails) / Double(max(1, draws)) }
  var tooFewShare: Double { Double(tooFew) / Double(max(1, draws)) }
}

/// One line of the study's table.
struct Cell: Sendable {
  /// What is claimed of the false passes.
  enum Claim: Sendable, Equatable {
    /// At most the level, but for chance.
    case holds
    /// Close to the level, and above it in places: at most 6.5 %.
    case near
    /// Above it in places, said where the method is offered.
    case liberal
  }

  var test: String
  /// What is drawn, where rows, disagreement and margin do not say it.
  var setting: String
  var rows: Int
  var disagreement: Double?
  var margin: Double
  /// Draws at the margin; 0 for chances that are summed exactly.
  var draws: Int
  var falsePass: Double
  var falseFail: Double?
  /// Chance of a pass of equal models (of one a stated way above its limit, for fixed limits).
  var power: Double?
  var powerDraws = 0
  /// The exact chance.
  var theory: Double?
  var tooFew: Double
  var claim = Claim.holds

  /// From draws at the margin and draws of equal models.
  init(
    _ test: String, _ setting: String = "", rows: Int, disagreement: Double? = nil, margin: Double,
    atMargin: Tally, equal: Tally? = nil, claim: Claim = .holds
  ) {
    self.test = test
    self.setting = setting
    self.rows = rows
    self.disagreement = disagreement
    self.margin = margin
    draws = atMargin.draws
    falsePass = atMargin.passShare
    falseFail = atMargin.failShare
    power = equal?.passShare
    powerDraws = equal?.draws ?? 0
    tooFew = atMargin.tooFewShare
    self.claim = claim
  }

  /// From exact chances.
  init(
    _ test: String, _ setting: String = "", rows: Int, margin: Double, exact falsePass: Double, falseFail: Double?,
    power: Double?, tooFew: Double = 0
  ) {
    self.test = test
    self.setting = setting
    self.rows = rows
    self.margin = margin
    draws = 0
    self.falsePass = falsePass
    self.falseFail = falseFail
    self.power = power
    self.tooFew = tooFew
  }

  /// One standard deviation of a share of draws whose chance is the level.
  var deviation: Double { draws > 0 ? (nominal * (1 - nominal) / Double(draws)).squareRoot() : 0 }

  /// Whether false passes stay at or below the level, three standard deviations of chance granted.
  var isWithin: Bool { falsePass <= nominal + 3 * deviation + 1e-12 }

  /// Whether false passes are what the claim allows.
  var isAsClaimed: Bool {
    switch claim {
    case .holds: isWithin
    case .near: falsePass <= 0.065 + 3 * deviation
    case .liberal: true
    }
  }

  /// How a table marks a cell above the level; empty for one that is not.
  var mark: String {
    guard !isWithin else { return "" }
    switch claim {
    case .holds: return "above"
    case .near: return "near"
    case .liberal: return "liberal"
    }
  }

  var line: String {
    let place = [
      test, setting, "n \(rows)", disagreement.map { "d \(percent($0, 1))" } ?? "", "m \(percent(margin, 1))",
    ]
    return place.filter { !$0.isEmpty }.joined(separator: ", ") + ": \(percent(falsePass, 2)) of \(draws) draws"
  }
}

/// `4.91` of 0.0491, without a sign.
func percent(_ share: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", 100 * share) }
