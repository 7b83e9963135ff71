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

  @Test func `GPUs are device files with a number, else the driver's folders`() throws {
    let shop = Workshop()
    try shop.write("dev/nvidia0", "")
    try shop.write("dev/nvidia11", "")
    for other in ["nvidiactl", "nvidia-uvm", "nvidia", "null"] { try shop.write("dev/" + other, "") }
    try shop.disk.makeFolder("driver/0000:01:00.0")
    func gpus(_ devices: String, _ driver: String, _ visible: String? = nil) -> Int {
      Machine.gpus(devices: shop.path(devices), driver: shop.path(driver), visible: visible)
    }
    #expect(gpus("dev", "driver") == 2)
    #expect(gpus("none", "driver") == 1)
    #expect(gpus("none", "none") == 0)
    #expect(gpus("dev", "driver", "1") == 1)
    #expect(gpus("dev", "driver", "") == 0)
    #expect(gpus("dev", "driver", "0,1,2,3") == 2)
    #expect(gpus("dev", "driver", "1,-1,0") == 1)
    #expect(Machine.visibleDevices("GPU-7, 3") == ["GPU-7", "3"])
  }
}
