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

  /// One more run beside the replicates of the other side: a prediction interval, s·√(1 + 1/k) wide in place of s/√k.
  static func next(beside values: [Double]) -> Trial? {
    guard var trial = one(values) else { return nil }
    let compare = trial.compare
    let factor = Double(values.count + 1).squareRoot()
    trial.compare = { level in
      guard let mean = compare(level) else { return nil }
      return Comparison(
        value: mean.value, low: mean.value - (mean.value - mean.low) * factor,
        high: mean.value + (mean.high - mean.value) * factor, level: level, method: mean.method, rows: mean.rows,
        replicates: mean.replicates, caveats: mean.caveats)
    }
    return trial
  }

  /// One side's mean over replicates, for a fixed limit.
  static func one(_ values: [Double]) -> Trial? {
    guard values.count > 1 else { return nil }
    let test = OneT(values: values)
    return Trial(name: Method.pairedT.rawValue, compare: { test?.comparison(at: $0) })
  }
}
