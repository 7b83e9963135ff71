#if canImport(Glibc)
  import Glibc
#endif

/// The binomial distribution: exact tails through the beta distribution.
package enum Binomial {
  /// Chance of at most `k` of `n`; `k` and `n` need not be whole, then it is the beta interpolation.
  package static func cdf(_ k: Double, n: Double, p: Double) -> Double {
    guard n >= 0, p >= 0, p <= 1, !k.isNaN else { return .nan }
    if k < 0 { return 0 }
    if k >= n { return 1 }
    return Beta.tails(p, a: k + 1, b: n - k).upper
  }

  /// Chance of more than `k` of `n`.
  package static func sf(_ k: Double, n: Double, p: Double) -> Double {
    guard n >= 0, p >= 0, p <= 1, !k.isNaN else { return .nan }
    if k < 0 { return 1 }
    if k >= n { return 0 }
    return Beta.tails(p, a: k + 1, b: n - k).lower
  }

  /// Chance of exactly `k` of `n`.
  package static func pmf(_ k: Double, n: Double, p: Double) -> Double {
    guard n >= 0, p >= 0, p <= 1, k >= 0, k <= n else { return k.isNaN ? .nan : 0 }
    let q = 1 - p
    if n == 0 { return 1 }
    if p == 0 { return k == 0 ? 1 : 0 }
    if q == 0 { return k == n ? 1 : 0 }
    let (a, b) = (k, n - k)
    if a == 0 { return exp(n * log1p(-p)) }
    if b == 0 { return pow(p, n) }
    // x^a·y^b / B(a, b) = a·b / (a + b) · pmf
    return Beta.power(p, q, a, b) * (n / a) / b
  }
}
