import Foundation

@testable import PawlStatistics

/// Seeded draws for the error rates.
struct Chance {
  var generator: SplitMix64
  private var spare: Double?

  init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
  }

  mutating func unit() -> Double { generator.unit() }

  mutating func normal() -> Double {
    if let number = spare {
      spare = nil
      return number
    }
    // Marsaglia's polar method.
    while true {
      let (u, v) = (2 * generator.unit() - 1, 2 * generator.unit() - 1)
      let s = u * u + v * v
      guard s > 0, s < 1 else { continue }
      let scale = (-2 * log(s) / s).squareRoot()
      spare = v * scale
      return u * scale
    }
  }
}

/// The most false passes among `draws` that a rate of `rate` explains: three standard deviations above it.
func ceiling(_ rate: Double, draws: Int) -> Double {
  rate + 3 * (rate * (1 - rate) / Double(draws)).squareRoot()
}
