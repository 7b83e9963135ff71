import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// The draw of an audit: a function of run and key alone. Names are fixed, so these are no games of chance.
@Suite struct AuditDrawTests {
  private let keys = (0..<4).map { Digester.digest("key \($0)") }

  private func run(_ number: Int) -> String { "20261124T073005123Z-\(Digester.digest("run \(number)").hex.prefix(6))" }

  @Test func `over many runs every stage comes up at its share`() {
    let runs = 20_000
    for share in [0.005, 0.02, 0.25, 0.5] {
      for key in keys {
        let count = (0..<runs).count { AuditDraw(share: share, run: run($0)).takes(key) }
        let sigma = (Double(runs) * share * (1 - share)).squareRoot()
        #expect(abs(Double(count) - Double(runs) * share) < 4 * sigma, "\(count) of \(runs) at \(share)")
      }
    }
  }

  @Test func `stages are drawn independently of each other, and runs too`() {
    let (runs, share) = (20_000, 0.3)
    let draws = keys.map { key in (0..<runs).map { AuditDraw(share: share, run: run($0)).takes(key) } }
    let expected = share * share * Double(runs)
    let sigma = (Double(runs) * share * share * (1 - share * share)).squareRoot()
    for first in keys.indices {
      for second in keys.indices where second > first {
        let both = zip(draws[first], draws[second]).count { $0 && $1 }
        #expect(abs(Double(both) - expected) < 4 * sigma)
      }
      let inARow = zip(draws[first], draws[first].dropFirst()).count { $0 && $1 }
      #expect(abs(Double(inARow) - expected) < 4 * sigma)
    }
  }

  @Test func `none and all are exact, and the same question has the same answer`() {
    for number in 0..<500 {
      let name = run(number)
      for key in keys {
        #expect(!AuditDraw(share: 0, run: name).takes(key))
        #expect(AuditDraw(share: 1, run: name).takes(key))
        #expect(
          AuditDraw(share: 0.3, run: name).takes(key) == AuditDraw(share: 0.3, run: String(name)).takes(key))
        // What a small share takes a larger one takes too.
        if AuditDraw(share: 0.1, run: name).takes(key) { #expect(AuditDraw(share: 0.2, run: name).takes(key)) }
      }
    }
  }

  /// A stage that never makes the same twice is found by the first audit of it: after `n` runs at share `p` with the
  /// probability `1 - (1 - p)^n`.
  @Test(arguments: [(0.02, 149), (0.05, 59), (0.25, 11)])
  func `injected nondeterminism is found within the predicted number of runs`(_ share: Double, _ runs: Int) {
    // The least number of runs that finds it in at least 95 of 100 cases.
    func found(in runs: Int) -> Double {
      var missed = 1.0
      for _ in 0..<runs { missed *= 1 - share }
      return 1 - missed
    }
    #expect(found(in: runs) >= 0.95 && found(in: runs - 1) < 0.95)
    let stages = 2_000
    let hits = (0..<stages).count { stage in
      let key = Digester.digest("stage \(stage)")
      return (0..<runs).contains { AuditDraw(share: share, run: run(stage &* 1_000 &+ $0)).takes(key) }
    }
    let expected = found(in: runs) * Double(stages)
    let sigma = (expected * (1 - found(in: runs))).squareRoot()
    #expect(abs(Double(hits) - expected) < 4 * sigma, "\(hits) of \(stages), expected \(expected)")
  }
}
