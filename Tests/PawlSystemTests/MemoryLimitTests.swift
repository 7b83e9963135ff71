import Glibc
import PawlCore
import PawlSystem
import Testing

extension Jobs {
  /// Control groups are played by plain folders: what is written where, and what is read back.
  @Suite struct MemoryLimitTests {
    private let shop = Workshop()

    init() { Subreaper.install() }

    private func job(_ script: String) -> JobSpec {
      var spec = shop.job(script)
      spec.memoryLimit = 1 << 20
      spec.cgroupFolders = [shop.path("none"), shop.path("cpu-only"), shop.path("cgroup")]
      return spec
    }

    private func makeGroups() throws {
      try shop.write("cpu-only/cgroup.subtree_control", "cpu pids\n")
      try shop.write("cgroup/cgroup.subtree_control", "cpu memory pids\n")
    }

    @Test func `a job gets a group of its own with its limit`() async throws {
      try makeGroups()
      let script =
        "while [ ! -s cgroup/pawl-*/cgroup.procs ]; do sleep 0.01; done; echo $$; cat cgroup/pawl-*/cgroup.procs"
      let report = await runJob(job(script), handle: JobHandle())
      #expect(report.exit == .code(0))
      #expect(report.tail.count == 1 || report.tail.count == 2)
      let text = try #require(shop.text("logs/log"))
      let pid = try #require(text.split(separator: "\n").first)
      #expect(text == "\(pid)\n\(pid)")
      let groups = try shop.disk.list("cgroup").map(\.name).filter { $0.hasPrefix("pawl-") }
      #expect(groups.count == 1)
      let group = "cgroup/" + (groups.first ?? "")
      #expect(shop.text(group + "/memory.max") == "1048576")
      #expect(shop.text(group + "/memory.oom.group") == "1")
      #expect(try shop.disk.list("cpu-only").count == 1)
    }

    @Test func `a kill in the group is out of memory, whatever the exit code`() async throws {
      try makeGroups()
      let script = "echo 'oom 3\noom_kill 1' > $(echo cgroup/pawl-*)/memory.events; exit 1"
      #expect(await runJob(job(script), handle: JobHandle()).exit == .outOfMemory)
    }

    @Test func `a kill without one is a signal, and a good end stays good`() async throws {
      try makeGroups()
      let quiet = "echo 'oom 0\noom_kill 0' > $(echo cgroup/pawl-*)/memory.events; "
      #expect(await runJob(job(quiet + "kill -9 $$"), handle: JobHandle()).exit == .signal(SIGKILL))
    }

    @Test func `where no group can be made the job runs without one`() async throws {
      var spec = job("echo here")
      spec.cgroupFolders = [shop.path("none")]
      #expect(await runJob(spec, handle: JobHandle()).exit == .code(0))
      #expect(shop.text("logs/log") == "here\n")
    }
  }
}
