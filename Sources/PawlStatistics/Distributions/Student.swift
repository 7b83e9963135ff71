#if canImport(Glibc)
  import Glibc
#endif

/// Student's t distribution; degrees of freedom need not be whole.
package enum Student {
  /// Chance of at most `t`; NaN unless `df` is positive.
  package static func cdf(_ t: Double, df: Double) -> Double {
    sf(-t, df: df)
  }

  /// Chance of more than `t`, exact in the tail; NaN unless `df` is positive.
  package static func sf(_ t: Double, df: Double) -> Double {
    guard df > 0, !t.isNaN else { return .nan }
    guard df.isFinite else { return Normal.sf(t) }
    let tails = tails(abs(t), df: df)
    return t >= 0 ? 0.5 * tails.outside : 0.5 + 0.5 * tails.inside
  }

  /// Two-sided p of `t`.
  package static func twoSided(_ t: Double, df: Double) -> Double {
    min(1, 2 * sf(abs(t), df: df))
  }

  /// The `t` with `sf(t)` = `alpha`; infinite at 0, NaN outside (0, 1) or unless `df` is positive.
  package static func upperQuantile(_ alpha: Double, df: Double) -> Double {
    guard df > 0, alpha >= 0, alpha <= 1 else { return .nan }
    if alpha > 0.5 { return -upperQuantile(1 - alpha, df: df) }
    if alpha == 0.5 { return 0 }
    if alpha == 0 { return .infinity }
    guard df.isFinite else { return Normal.upperQuantile(alpha) }
    return solve(alpha, df)
  }

  /// The `t` with `cdf(t)` = `p`.
  package static func quantile(_ p: Double, df: Double) -> Double {
    -upperQuantile(p, df: df)
  }

  /// Chance of |T| within and beyond `t`.
  private static func tails(_ t: Double, df: Double) -> (inside: Double, outside: Double) {
    let ratio = t / df.squareRoot()
    let square = ratio * ratio
    // Beyond, 1 / square underflows: the tail is a power of t to every digit.
    guard square < 1e290 else { return (1, t.isFinite ? min(1, 2 * exp(logPowerTail(df) - df * log(t))) : 0) }
    let beta = Beta.tails(1 / (1 + square), complement: square / (1 + square), a: df / 2, b: 0.5)
    return (beta.upper, beta.lower)
  }

  /// Newton's method on ln sf against ln t, kept between the normal quantile and the bound of a pure power tail.
  private static func solve(_ alpha: Double, _ df: Double) -> Double {
    let target = log(alpha)
    var low = log(max(Normal.upperQuantile(alpha), 1e-300))
    let tail = (logPowerTail(df) - target) / df
    // lgamma loses digits for large df, where the tail bound is of no use.
    var high = tail.isFinite && df < 1e6 ? max(tail + 1e-9, low) : low + 2
    if high > 709 {
      high = 709
      // Beyond the largest number.
      if sf(exp(high), df: df) > alpha { return .infinity }
    }
    var u = df > 3 ? min(low + 1 / df, high) : high
    for _ in 0..<200 {
      let t = exp(u)
      let sf = sf(t, df: df)
      let error = (sf > 0 ? log(sf) : -745) - target
      if error > 0 { low = u } else { high = u }
      let slope = t * density(t, df) / max(sf, .leastNormalMagnitude)
      var next = u + error / slope
      if !(next > low && next < high) { next = low + (high - low) / 2 }
      if next == u || abs(next - u) < 1e-16 * max(1, abs(u)) { return exp(next) }
      u = next
    }
    return exp(u)
  }

  /// ln C of the bound sf(t) < C·t^−df, C = df^(df/2 − 1) / B(df/2, 1/2), which follows from (1 + t²/df) > t²/df.
  private static func logPowerTail(_ df: Double) -> Double {
    let logBeta = lgamma(df / 2).0 + lgamma(0.5).0 - lgamma((df + 1) / 2).0
    return (df / 2 - 1) * log(df) - logBeta
  }

  private static func density(_ t: Double, _ df: Double) -> Double {
    let ratio = t / df.squareRoot()
    let square = ratio * ratio
    guard square < 1e290 else { return df * sf(t, df: df) / t }
    // d/dt of the beta tail: x^a·y^b / B(a, b) divided by t.
    return Beta.power(1 / (1 + square), square / (1 + square), df / 2, 0.5) / t
  }
}
