import Glibc
import PawlCore
import PawlSystem
import Testing

@Suite struct MachineTests {
  @Test func `clocks go forward and the time of day is of this century`() {
    let first = MonotonicClock.now()
    #expect(MonotonicClock.now() >= first)
    #expect(WallClock.now().utc.year >= 2025)
  }

  @Test func `the machine has cores, memory and a name`() throws {
    let affinity = try capture(["nproc"], in: "/", timeout: .seconds(10)).text
    #expect(Machine.cores >= 1 && Machine.cores <= Int(affinity) ?? 0)
    #expect(Machine.memoryBytes > 1 << 26)
    #expect(Machine.platform.hasPrefix("linux-"))
  }

  @Test func `identifiers are 12 hexadecimal digits and differ`() {
    let identifiers = (0..<100).map { _ in Random.identifier() }
    #expect(Set(identifiers).count == 100)
    #expect(
      identifiers.allSatisfy { $0.count == 12 && $0.allSatisfy { "0123456789abcdef".contains($0) } }
    )
  }

  @Test func `the environment is what the process was given`() throws {
    let variables = Environment.all()
    #expect(variables["PATH"] == getenv("PATH").map { String(cString: $0) })
    #expect(!variables.isEmpty)
  }

  @Test func `a file is no terminal and the width is one a line fits in`() {
    #expect(!Terminal.isTerminal(-1))
    #expect(Terminal.width >= 20)
  }
}
