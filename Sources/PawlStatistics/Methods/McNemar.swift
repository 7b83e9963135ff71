/// The exact test of "no difference" between two models on the same rows; p is for people, the score test decides.
package struct McNemar: Sendable, Hashable {
  /// Two-sided exact p.
  package let exact: Double
  /// Two-sided mid-p: the exact p less the chance of what was seen (half of that where both counts are equal).
  ///
  /// M. W. Fagerland et al., BMC Medical Research Methodology 13, 2013, 91; as statsmodels prints it.
  package let middle: Double

  /// Nil unless both counts are whole and not negative.
  package init?(candidateOnlyRight b: Double, baselineOnlyRight c: Double) {
    guard b >= 0, c >= 0, b + c <= 1e15, b == b.rounded(), c == c.rounded() else { return nil }
    let n = b + c
    guard n > 0 else {
      (exact, middle) = (1, 1)
      return
    }
    let tail = Binomial.cdf(min(b, c), n: n, p: 0.5)
    exact = min(1, 2 * tail)
    middle = max(0, exact - (b == c ? 0.5 : 1) * Binomial.pmf(min(b, c), n: n, p: 0.5))
  }
}
