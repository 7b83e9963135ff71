import PawlCore
import PawlStatistics

/// Trials of one number a replicate.
enum SeedTrials {
  /// Student's t where seeds pair, else Welch; nil with fewer than two on a side that needs them.
  static func trial(
    candidate: [Double], baseline: [Double], pairs: [(candidate: Int, baseline: Int)]?, wants: Method? = nil
  ) -> Trial? {
    if wants != .welch, let pairs, pairs.count > 1 {
      let test = PairedT(differences: pairs.map { candidate[$0.candidate] - baseline[$0.baseline] })
      return Trial(name: Method.pairedT.rawValue, compare: { test?.comparison(at: $0) })
    }
    guard wants != .pairedT, candidate.count > 1, baseline.count > 1 else { return nil }
    let test = Welch(candidateSeeds: candidate, baselineSeeds: baseline)
    return Trial(name: Method.welch.rawValue, compare: { test?.comparison(at: $0) })
  }

  /// One side's mean over replicates, for a fixed limit.
  static func one(_ values: [Double]) -> Trial? {
    guard values.count > 1 else { return nil }
    let test = OneT(values: values)
    return Trial(name: Method.pairedT.rawValue, compare: { test?.comparison(at: $0) })
  }
}
