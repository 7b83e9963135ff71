#if canImport(Glibc)
  import Glibc
#endif

/// The beta distribution: tails by continued fraction, quantiles by search.
package enum Beta {
  /// Both tails at `x`: the regularised incomplete beta function and its complement, each exact where it is small.
  ///
  /// - Parameters:
  ///   - x: in [0, 1].
  ///   - complement: 1 − x, given apart so that it may be tiny; computed when nil.
  ///   - a, b: shapes, positive.
  /// - Returns: NaN for shapes or `x` outside their range.
  package static func tails(
    _ x: Double, complement: Double? = nil, a: Double, b: Double
  ) -> (lower: Double, upper: Double) {
    let y = complement ?? 1 - x
    guard a > 0, b > 0, (a + b).isFinite, x >= 0, y >= 0 else { return (.nan, .nan) }
    if x == 0 { return (0, 1) }
    if y == 0 { return (1, 0) }
    let front = power(x, y, a, b)
    if x <= (a + 1) / (a + b + 2) {
      let lower = min(1, front / fraction(x, y, a, b))
      return (lower, 1 - lower)
    }
    let upper = min(1, front / fraction(y, x, b, a))
    return (1 - upper, upper)
  }

  /// Chance of at most `x`.
  package static func cdf(_ x: Double, a: Double, b: Double) -> Double { tails(x, a: a, b: b).lower }

  /// The largest number with a lower tail of at most `p`; NaN for values outside their range.
  package static func quantile(_ p: Double, a: Double, b: Double) -> Double {
    guard p >= 0, p <= 1, a > 0, b > 0, (a + b).isFinite else { return .nan }
    return Search.last(from: 0, through: 1) { tails($0, a: a, b: b).lower <= p }
  }

  /// The smallest number with an upper tail of at most `alpha`; NaN for values outside their range.
  package static func upperQuantile(_ alpha: Double, a: Double, b: Double) -> Double {
    guard alpha >= 0, alpha <= 1, a > 0, b > 0, (a + b).isFinite else { return .nan }
    return Search.last(from: 0, through: 1) { tails($0, a: a, b: b).upper >= alpha }
  }

  /// x^a · y^b / B(a, b) by the saddle point, whose error does not grow with a and b.
  ///
  /// C. Loader, "Fast and accurate computation of binomial probabilities", 2000.
  static func power(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
    let n = a + b
    let exponent =
      stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y)
    return (a / n * b / (2 * Double.pi)).squareRoot() * exp(exponent)
  }

  /// ln Γ(x + 1) less Stirling's formula.
  static func stirlingError(_ x: Double) -> Double {
    if x <= 15 {
      return lgamma(x + 1).0 - (x + 0.5) * log(x) + x - 0.5 * log(2 * Double.pi)
    }
    let s = 1 / (x * x)
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 * s) * s) * s) * s) * s)
      / x
  }

  /// x·ln(x / m) + m − x without cancellation near x = m.
  static func deviance(_ x: Double, _ m: Double) -> Double {
    guard abs(x - m) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
    let v = (x - m) / (x + m)
    var sum = (x - m) * v
    var term = 2 * x * v
    for j in 1..<1000 {
      term *= v * v
      let next = sum + term / Double(2 * j + 1)
      if next == sum { break }
      sum = next
    }
    return sum
  }

  /// The continued fraction of the incomplete beta function, by Lentz's method.
  ///
  /// A. R. DiDonato & A. H. Morris, ACM Transactions on Mathematical Software 18, 1992, 360–373, equation 9: its
  /// terms use y, so nothing cancels where x is near 1.
  private static func fraction(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
    let lean = a * y - b * x + 1
    func solid(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var result = solid(a * lean / (a + 1))
    var c = result
    var d = 0.0
    for step in 1...100_000 {
      let m = Double(step)
      let span = a + 2 * m - 1
      let upper = (a + m - 1) / span * ((a + b + m - 1) / span) * m * (b - m) * x * x
      let lower = m + m * (b - m) * x / span + (a + m) * (lean + m * (2 - x)) / (a + 2 * m + 1)
      d = 1 / solid(lower + upper * d)
      c = solid(lower + upper / c)
      let change = c * d
      result *= change
      if abs(change - 1) < 1e-15 { break }
    }
    return result
  }
}
