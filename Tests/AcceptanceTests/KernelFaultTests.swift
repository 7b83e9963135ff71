import Foundation
import PawlTestSupport
import Testing

/// System calls that the kernel refuses (contract §7); every one of them by hand:
/// `python3 Tests/Benchmarks/fault-sweep.py`.
@Suite(.serialized) struct KernelFaultTests {
  private static let canTrace: Bool = {
    let bench = try? Bench()
    return (try? bench?.shell("strace -qq -o trace true").status) == 0
  }()

  @Test(.enabled(if: KernelFaultTests.canTrace, "strace is needed"), .timeLimit(.minutes(10)))
  func `whatever the kernel refuses, a run is complete or says so with status 4, and the next one is as ever`() throws {
    let bench = try Bench()
    let script = Repository.root + "/Tests/Benchmarks/fault-sweep.py"
    let outcome = try bench.shell(
      "python3 '\(script)' --pawl '\(Bench.pawl)' --calls write,rename,mkdir,unlink,symlink,flock,fcntl --every 7")
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(outcome.out.contains("status 4"))
  }
}
