import PawlCore

extension Judgement {
  /// Where the budget of looks is spent nothing passes: inconclusive at best (contract §4).
  ///
  /// What holds by identity asks nothing of the test set.
  mutating func spend(_ look: Look?) {
    guard let look, look.isSpent, finding != .sameModel else { return }
    switch verdict {
    case .pass: (verdict, finding) = (.inconclusive, .undecided(pointHolds: true))
    case .inconclusive: break
    case .fail, .invalid, .waived, .notJudged: return
    }
    let why =
      look.endedBy.map {
        $0 == Look.unreadable
          ? "\($0) may have been the pass that ended its life" : "the pass of run \($0) ended the life of this test set"
      }
      ?? "\(look.before) of \(look.policy.budget) looks are on record"
    add(["the test-set budget is spent: \(why); take a new test set"])
    settleBlocking()
  }
}
