import Glibc
import PawlCore
import PawlSystem
import Testing

/// One after the other, since some look at every process there is.
@Suite(.serialized) enum Jobs {}

extension Jobs {
  @Suite struct JobTests {
    private let shop = Workshop()

    init() { Subreaper.install() }

    @Test func `an exit code is a result`() async {
      let report = await shop.run("exit 7")
      #expect(report.exit == .code(7))
      #expect(report.leftovers == [])
      #expect(report.usage.seconds > 0 && report.usage.seconds < 10)
    }

    @Test func `a signal is told apart from a code`() async {
      #expect(await shop.run("kill -SEGV $$").exit == .signal(SIGSEGV))
      #expect(await shop.run("kill -KILL $$").exit == .signal(SIGKILL))
    }

    @Test func `no output makes no log`() async {
      let report = await shop.run("true")
      #expect(report.exit == .code(0))
      #expect(report.logBytes == 0 && report.tail.isEmpty)
      #expect(!shop.disk.exists("logs/log"))
    }

    @Test
    func
      `a job starts clean: own session, no input, no other descriptor, signals at their defaults`()
      async
    {
      // Descriptor 3 is the folder that `ls` lists.
      signal(SIGPIPE, SIG_IGN)
      let report = await shop.run(
        "readlink /proc/$$/fd/0; ls /proc/self/fd; "
          + "awk '{print $1 == $6}' /proc/$$/stat; grep -E 'SigIgn|SigBlk' /proc/self/status")
      #expect(report.exit == .code(0))
      #expect(report.tail.prefix(6) == ["/dev/null", "0", "1", "2", "3", "1"])
      #expect(report.tail.dropFirst(6).first == "SigBlk:\t0000000000000000")
      // 32 and 33 are the C library's own, which its posix_spawn leaves ignored.
      #expect(
        ["SigIgn:\t0000000000000000", "SigIgn:\t0000000180000000"].contains(report.tail.last))
    }

    @Test func `both streams arrive in order, to the byte, with NUL and torn UTF-8`() async throws {
      let heard = Heard()
      let script = "printf 'a\\000b'; printf '\\377\\303' >&2; printf 'c\\n'; printf '\\342\\202'"
      let report = await runJob(shop.job(script), handle: JobHandle(), onOutput: heard.add)
      let expected: [UInt8] = [0x61, 0, 0x62, 0xff, 0xc3, 0x63, 0x0a, 0xe2, 0x82]
      #expect(try shop.disk.read("logs/log") == expected)
      #expect(heard.bytes == expected)
      #expect(report.logBytes == 9 && report.printedBytes == 9)
      #expect(report.tail.count == 2 && report.tail.last == "\u{fffd}")
    }

    @Test func `a name that is not on PATH is not started and says so`() async {
      var spec = shop.job("")
      spec.argv = ["no-such-trainer", "--epochs", "3"]
      #expect(
        await runJob(spec, handle: JobHandle()).exit
          == .notStarted("`no-such-trainer` is not on PATH"))
      spec.argv = []
      #expect(await runJob(spec, handle: JobHandle()).exit == .notStarted("the command is empty"))
    }

    @Test func `what cannot start says why`() async throws {
      try shop.write("script", "#!/no/such/interpreter\n")
      try shop.write("text", "no program\n")
      try shop.shell("chmod +x script")
      var spec = shop.job("")
      spec.argv = ["./script"]
      #expect(
        await runJob(spec, handle: JobHandle()).exit
          == .notStarted("cannot start `./script`: the interpreter in its `#!` line does not exist")
      )
      spec.argv = ["./text"]
      #expect(
        await runJob(spec, handle: JobHandle()).exit
          == .notStarted("cannot start `./text`: Permission denied"))
      try shop.shell("chmod +x text")
      #expect(
        await runJob(spec, handle: JobHandle()).exit
          == .notStarted("cannot start `./text`: it is no program and has no `#!` line"))
      spec.argv = ["sh", "a\0b"]
      guard case .notStarted(let reason) = await runJob(spec, handle: JobHandle()).exit else {
        Issue.record("a NUL byte went through")
        return
      }
      #expect(reason.contains("NUL"))
    }

    @Test func `a missing folder is not started and is named`() async {
      var spec = shop.job("true")
      spec.directory = shop.path("gone")
      #expect(
        await runJob(spec, handle: JobHandle()).exit
          == .notStarted(
            "cannot start in the folder `\(shop.path("gone"))`: No such file or directory"))
    }

    @Test func `the start is told with what names the process for good`() async throws {
      let heard = Heard()
      let report = await runJob(
        shop.job("echo $$"), handle: JobHandle(),
        onStart: { pid, startTime in
          let alive = Remains.isAlive(pid: pid, startTime: startTime)
          heard.add(
            Array(
              "\(pid) \(startTime > 0 && !Remains.isAlive(pid: pid, startTime: startTime + 1)) "
                .utf8))
          _ = alive
        })
      let pid = try #require(report.tail.first)
      #expect(heard.text == "\(pid) true ")
    }

    @Test func `CPU time and peak memory come from the kernel`() async {
      let report = await shop.run("i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done")
      #expect(report.usage.cpuSeconds > 0.001)
      #expect(report.usage.peakBytes > 100_000)
    }

    @Test func `a thousand quick children at 8 at a time have exact logs`() async {
      let shop = self.shop
      let wrong = await withTaskGroup(of: String?.self) { group in
        var wrong: [String] = []
        for index in 0..<1000 {
          if index >= 8 { if let one = await group.next() ?? nil { wrong.append(one) } }
          group.addTask {
            let spec = shop.job(
              "echo out \(index); echo err \(index) >&2; exit \(index % 5)", log: "many/\(index)")
            let report = await runJob(spec, handle: JobHandle())
            let isRight =
              report.exit == .code(Int32(index % 5))
              && shop.text("many/\(index)") == "out \(index)\nerr \(index)\n"
              && report.leftovers.isEmpty
            return isRight ? nil : "\(index): \(report)"
          }
        }
        for await one in group { if let one { wrong.append(one) } }
        return wrong
      }
      #expect(wrong == [])
      #expect(((try? shop.disk.list("many")) ?? []).count == 1000)
    }
  }
}
