import Glibc
import PawlCore
import PawlSystem
import Testing

extension Jobs {
  @Suite struct PlainJobTests {
    private let shop = Workshop()

    init() { Subreaper.install() }

    private func run(_ argv: [String], output: String? = nil, or script: String) async -> JobReport {
      var job = shop.job(script)
      job.plain = JobSpec.Plain(argv: argv, output: output)
      return await runJob(job, handle: JobHandle())
    }

    @Test func `a plain command is our own child and its output goes where it says`() async throws {
      let report = await run(["cat", "/proc/self/stat"], output: "stat.txt", or: "exit 3")
      #expect(report.exit == .code(0))
      let fields = try #require(shop.text("stat.txt")).split(separator: " ")
      #expect(fields[3] == "\(getpid())")
      #expect(fields[1] == "(cat)")
      #expect(!shop.disk.exists("logs/log"))
    }

    @Test func `its output is emptied first, its errors go to the log, and its exit code is the job's`() async throws {
      try shop.write("out.txt", "old and much longer than what comes")
      let report = await run(["ls", "absent", "/dev/null"], output: "out.txt", or: "exit 3")
      #expect(report.exit == .code(2))
      #expect(shop.text("out.txt") == "/dev/null\n")
      #expect(report.tail.joined().contains("absent"))
    }

    @Test func `what cannot be started plainly is left to the shell`() async throws {
      try shop.write("script", "echo by a shell\n")
      #expect(chmod(shop.path("script"), 0o755) == 0)
      #expect(await run(["./script"], or: "./script").tail == ["by a shell"])
      let missing = await run(["absent-command"], or: "absent-command")
      #expect(missing.exit == .code(127))
      #expect(missing.tail.joined().contains("not found"))
      let nowhere = await run(["cat", "/dev/null"], output: "absent/out", or: "cat /dev/null > absent/out")
      #expect(nowhere.exit != .code(0))
      #expect(nowhere.tail.joined().contains("absent/out"))
    }

    @Test(arguments: ["/dev/stderr", "/proc/self/fd/2", "err"])
    func `what each process has of its own is opened by the shell`(_ output: String) async throws {
      #expect(symlink("/dev/stderr", shop.path("err")) == 0)
      var job = shop.job("cat in > \(output)", masks: ["secret"])
      try shop.write("in", "a secret\n")
      job.plain = JobSpec.Plain(argv: ["cat", "in"], output: output)
      let report = await runJob(job, handle: JobHandle())
      #expect(report.exit == .code(0) && report.tail == ["a ***"])
    }

    @Test func `a FIFO is opened by the shell, so that waiting for its reader can be stopped`() async throws {
      #expect(mkfifo(shop.path("fifo"), 0o600) == 0)
      var job = shop.job("cat /dev/null > fifo", timeout: .milliseconds(300), grace: .milliseconds(100))
      job.plain = JobSpec.Plain(argv: ["cat", "/dev/null"], output: "fifo")
      #expect(await runJob(job, handle: JobHandle()).exit == .timedOut)
    }

    @Test func `a spool goes round among jobs, and never while somebody may still write to it`() async throws {
      let spools = SpoolShelf()
      let inode = "stat -L -c %i /proc/self/fd/1"
      func run(_ script: String) async -> JobReport {
        await runJob(shop.job(script), handle: JobHandle(), spools: spools)
      }
      let first = await run(inode)
      let again = await run("\(inode); echo more")
      #expect(again.tail == first.tail + ["more"])
      // Somebody who is no child of the job has its output open.
      let held = Guarded<Int32>(-1)
      let third = await runJob(
        shop.job("\(inode); sleep 0.3"), handle: JobHandle(), spools: spools,
        onStart: { pid, _ in held.change { $0 = open("/proc/\(pid)/fd/1", O_RDWR) } })
      #expect(third.tail == first.tail)
      let fourth = await run(inode)
      #expect(fourth.tail != first.tail)
      held.change { _ = close($0) }
    }

    @Test func `many jobs at once share a few threads and each has its own end`() async {
      let codes = await withTaskGroup(of: (Int, JobExit).self) { group in
        for number in 0..<40 {
          group.addTask {
            (number, await runJob(shop.job("exit \(number)", log: "logs/\(number)"), handle: JobHandle()).exit)
          }
        }
        return await group.reduce(into: [Int: JobExit]()) { $0[$1.0] = $1.1 }
      }
      for number in 0..<40 { #expect(codes[number] == .code(Int32(number))) }
    }
  }
}
