#if canImport(Glibc)
  import Glibc
#endif

extension SplitMix64 {
  /// How many of `trials` succeed, each with the chance `share` in [0, 1]: an exact binomial number.
  ///
  /// Transformed rejection where ten successes or more are expected (W. Hörmann, "The generation of binomial random
  /// variates", Journal of Statistical Computation and Simulation 46, 1993, 101–110, algorithm BTRS), else inversion.
  package mutating func binomial(_ trials: Int, _ share: Double) -> Int {
    guard trials > 0, share > 0 else { return 0 }
    guard share < 1 else { return trials }
    if share > 0.5 { return trials - binomial(trials, 1 - share) }
    return Double(trials) * share < 10 ? inverted(trials, share) : rejected(Double(trials), share)
  }

  private mutating func inverted(_ trials: Int, _ share: Double) -> Int {
    let odds = share / (1 - share)
    let none = exp(Double(trials) * log1p(-share))
    while true {
      var chance = none
      var rest = unit()
      for count in 0...min(trials, 200) {
        if rest < chance { return count }
        rest -= chance
        chance *= odds * Double(trials - count) / Double(count + 1)
      }
      // Rounding left a number that no count takes.
    }
  }

  private mutating func rejected(_ n: Double, _ share: Double) -> Int {
    let spread = (n * share * (1 - share)).squareRoot()
    let b = 1.15 + 2.53 * spread
    let a = -0.0873 + 0.0248 * b + 0.01 * share
    let centre = n * share + 0.5
    let inner = 0.92 - 4.2 / b
    let odds = share / (1 - share)
    let alpha = (2.83 + 5.1 / b) * spread
    let mode = ((n + 1) * share).rounded(.down)
    while true {
      let u = unit() - 0.5
      let v = unit()
      let edge = 0.5 - abs(u)
      guard edge > 0 else { continue }
      let k = ((2 * a / edge + b) * u + centre).rounded(.down)
      if edge >= 0.07, v <= inner { return Int(k) }
      guard k >= 0, k <= n, v > 0 else { continue }
      let height = log(v * alpha / (a / (edge * edge) + b))
      let bound =
        (mode + 0.5) * log((mode + 1) / (odds * (n - mode + 1))) + (n + 1) * log((n - mode + 1) / (n - k + 1))
        + (k + 0.5) * log(odds * (n - k + 1) / (k + 1)) + SplitMix64.tail(mode) + SplitMix64.tail(n - mode)
        - SplitMix64.tail(k) - SplitMix64.tail(n - k)
      if height <= bound { return Int(k) }
    }
  }

  /// log k! less Stirling's (k + ½)·log(k + 1) − (k + 1) + ½·log 2π.
  private static func tail(_ k: Double) -> Double {
    let x = k + 1
    if k < 10 { return lgamma(x) - (k + 0.5) * log(x) + x - 0.918_938_533_204_672_7 }
    let square = x * x
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / x
  }
}
