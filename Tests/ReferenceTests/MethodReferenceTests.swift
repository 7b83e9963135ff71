import PawlStatistics
import Testing

/// The gate's methods against scipy, statsmodels, and formulas written down a second time in numpy.
@Suite struct MethodReferenceTests {
  private func named(_ sample: Reference.Sample, _ comparison: Comparison?) -> [String: Double?] {
    guard let comparison else { return [:] }
    let all = [
      "value": comparison.value, "low": comparison.low, "high": comparison.high, "p": comparison.p,
    ]
    return all.filter { sample.expected.keys.contains($0.key) }
  }

  private func answer(_ sample: Reference.Sample) -> [String: Double?] {
    let level = Level(alpha: sample.number("alpha")) ?? .usual
    let counts = sample.numbers("counts")
    func bounds(_ comparison: Comparison?) -> [String: Double?] {
      named(sample, comparison)
    }
    switch sample.name {
    case "clopper-pearson":
      return bounds(Proportion(successes: counts[0], rows: counts[1])?.comparison(at: level))
    case "newcombe":
      guard let a = Proportion(successes: counts[0], rows: counts[1]),
        let b = Proportion(successes: counts[2], rows: counts[3])
      else { return [:] }
      return bounds(Newcombe(candidate: a, baseline: b).comparison(at: level))
    case "mcnemar":
      let test = McNemar(candidateOnlyRight: counts[0], baselineOnlyRight: counts[1])
      return ["exact": test?.exact, "middle": test?.middle]
    case "tango", "tango-statistic":
      let test = Tango(rows: counts[0], candidateOnlyRight: counts[1], baselineOnlyRight: counts[2])
      if sample.name == "tango" { return bounds(test?.comparison(at: level)) }
      return ["z": test?.statistic(at: sample.number("delta"), step: 0)]
    case "logit-delong", "mover", "delong": return bounds(area(sample, level))
    case "phantom": return bounds(Phantom(advantages: Moments(sample.numbers("x")))?.comparison(at: level))
    case "phantom-bounded":
      return bounds(
        Phantom(advantages: Moments(sample.numbers("x")), bound: sample.number("bound"))?.comparison(at: level))
    case "paired-t": return bounds(PairedT(differences: sample.numbers("x"))?.comparison(at: level))
    case "welch":
      return bounds(
        Welch(candidateSeeds: sample.numbers("x"), baselineSeeds: sample.numbers("y"))?.comparison(at: level))
    case "two-way":
      let grid = sample.numbers("grid")
      let rows = grid.count / Int(sample.number("seeds"))
      let lines = stride(from: 0, to: grid.count, by: rows).map { Array(grid[$0..<$0 + rows]) }
      return bounds(TwoWay(differences: lines)?.comparison(at: level))
    case "history": return bounds(History(sample.numbers("x"))?.limits(at: level))
    case "holm":
      let adjusted = Corrections.holm(sample.numbers("p"))
      return Dictionary(uniqueKeysWithValues: adjusted.enumerated().map { ("\($0)", $1) })
    case "bootstrap-f1": return bounds(bootstrap(sample))
    default: return [:]
    }
  }

  private func area(_ sample: Reference.Sample, _ level: Level) -> Comparison? {
    let positive = sample.numbers("positive").map { $0 == 1 }
    guard let one = RankedScores(scores: sample.numbers("one"), isPositive: positive),
      let other = RankedScores(scores: sample.numbers("other"), isPositive: positive)
    else { return nil }
    if sample.name == "logit-delong" { return one.comparison(at: level) }
    let pair = RankedPair(candidate: one, baseline: other)
    return sample.name == "delong" ? pair?.delong(at: level) : pair?.comparison(at: level)
  }

  private func bootstrap(_ sample: Reference.Sample) -> Comparison? {
    let (y, a, b) = (sample.numbers("y"), sample.numbers("a"), sample.numbers("b"))
    func f1(_ p: [Double], _ weights: [Int]) -> Double {
      var (hits, all) = (0.0, 0.0)
      for row in y.indices {
        let weight = Double(weights[row])
        hits += weight * y[row] * p[row]
        all += weight * (y[row] + p[row])
      }
      return 2 * hits / all
    }
    let bootstrap = PairedBootstrap(rows: y.count, strata: y.map { Int($0) })
    let once = [Int](repeating: 1, count: y.count)
    return bootstrap.flatMap {
      $0.comparison(of: f1(a, once) - f1(b, once), resamples: $0.resamples { f1(a, $0) - f1(b, $0) })
    }
  }

  @Test(
    arguments: [
      "clopper-pearson", "newcombe", "mcnemar", "tango", "tango-statistic", "logit-delong", "mover", "delong",
      "phantom", "phantom-bounded", "paired-t", "welch", "two-way", "history", "holm", "bootstrap-f1",
    ])
  func `a method gives the numbers of the reference`(_ name: String) throws {
    let samples = try Reference.drawn().methods.filter { $0.name == name }
    #expect(samples.count >= 4)
    for (index, sample) in samples.enumerated() {
      let found = answer(sample)
      #expect(Set(found.keys) == Set(sample.expected.keys), "\(name) \(index)")
      for (key, expected) in sample.expected {
        let value = found[key] ?? nil
        #expect(
          agrees(value, expected?.value, relative: sample.relative.value, absolute: sample.absolute.value),
          "\(name) \(index) \(key): \(value ?? .nan), not \(expected?.value ?? .nan); \(summary(sample))")
      }
    }
  }

  private func summary(_ sample: Reference.Sample) -> String {
    sample.arguments.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.prefix(12).map(\.value))" }
      .joined(separator: ", ")
  }
}
