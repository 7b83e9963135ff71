/// What strictness costs: how often each answer to "inconclusive" stops a model.
extension Power {
  /// Chance that the point values alone break `may-lose margin` when the true difference is `difference`.
  ///
  /// Under `when-inconclusive: point` this is the chance of a stop: what fails by its bounds breaks by its points too.
  package func chanceOfPointLoss(margin: Double, difference: Double = 0) -> Double {
    guard margin >= 0, margin.isFinite, abs(difference) <= 1 else { return .nan }
    let disagreeing = min(1, max(disagreement, abs(difference)))
    let share = disagreeing > 0 ? min(1, max(0, (1 + difference / disagreeing) / 2)) : 0.5
    let lost = -margin * Double(rows)
    return overDisagreements(disagreeing) { count in
      // Holds from this many wins on: wins − losses ≥ −margin · rows, the last bits of the product left out.
      let least = ((Double(count) + lost) / 2 * (1 - 1e-13)).rounded(.up)
      return Binomial.cdf(least - 1, n: Double(count), p: share)
    }
  }
}
