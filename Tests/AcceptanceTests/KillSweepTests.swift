import Foundation
import PawlTestSupport
import Testing

/// `kill -9` at any moment (contract §7); a thousand moments by hand: `python3 Tests/Benchmarks/kill-sweep.py`.
@Suite(.serialized) struct KillSweepTests {
  @Test(.timeLimit(.minutes(15)))
  func `killed at 100 random moments, Pawl reads its store, keeps what was finished and leaves nobody`() throws {
    let bench = try Bench()
    let script = Repository.root + "/Tests/Benchmarks/kill-sweep.py"
    let outcome = try bench.shell("python3 '\(script)' --pawl '\(Bench.pawl)' --kills 100 --seed 7")
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(outcome.out.contains("kills 100"))
  }
}
