import Glibc
import PawlCore
import PawlSystem
import Testing

extension Jobs {
  @Suite struct JobEndingTests {
    private let shop = Workshop()

    init() { Subreaper.install() }

    /// Runs a job and stops it when its output holds a word.
    private func stopped(
      _ script: String, at word: String = "ready", _ how: StopKind = .gracefully,
      grace: Duration = .seconds(20)
    ) async -> JobReport {
      let handle = JobHandle()
      let heard = Heard()
      return await runJob(
        shop.job(script, grace: grace), handle: handle,
        onOutput: { bytes in
          heard.add(bytes)
          if heard.text.contains(word) { handle.stop(how) }
        })
    }

    /// How many processes have a word in their command line.
    private func count(_ word: String) throws -> Int {
      try Disk(root: "/proc").list(".").filter { entry in
        guard Int(entry.name) != nil else { return false }
        let line = (try? Disk(root: "/proc").read("\(entry.name)/cmdline")) ?? nil
        return String(decoding: line ?? [], as: UTF8.self).contains(word)
      }.count
    }

    @Test func `a child that ignores TERM is killed after the grace`() async throws {
      let spec = shop.job(
        "trap '' TERM; echo on; while :; do sleep 0.05; done # immune-7001",
        timeout: .milliseconds(200),
        grace: .milliseconds(300))
      let report = await runJob(spec, handle: JobHandle())
      #expect(report.exit == .timedOut)
      #expect(report.usage.seconds >= 0.5 && report.usage.seconds < 10)
      #expect(report.tail == ["on"])
      #expect(try count("immune-7001") == 0)
    }

    @Test func `a stop lets a TERM handler write its checkpoint`() async {
      let report = await stopped(
        "trap 'echo saving; sleep 0.3; echo done > checkpoint; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
      )
      #expect(report.exit == .stopped)
      #expect(shop.text("checkpoint") == "done\n")
      // The shell may add that its `sleep` was ended, too.
      #expect(report.tail.filter { $0 != "Terminated" } == ["ready", "saving"])
    }

    @Test func `a trainer saves even when the shell around it is gone at once`() async {
      // The outer shell dies of TERM while the inner one still saves.
      try? shop.write(
        "train.sh",
        "trap 'sleep 0.4; echo done > saved; exit 0' TERM\necho ready\nwhile :; do sleep 0.05; done\n"
      )
      let report = await stopped("sh train.sh; echo never")
      #expect(report.exit == .stopped)
      #expect(shop.text("saved") == "done\n")
    }

    @Test func `a second stop kills at once`() async {
      let handle = JobHandle()
      let report = await runJob(
        shop.job(
          "trap 'echo deaf' TERM; echo ready; while :; do sleep 0.05; done", grace: .seconds(100)),
        handle: handle,
        onOutput: { bytes in
          let text = String(decoding: bytes, as: UTF8.self)
          if text.contains("ready") { handle.stop(.gracefully) }
          if text.contains("deaf") { handle.stop(.now) }
        })
      #expect(report.exit == .stopped)
      #expect(report.usage.seconds < 20)
    }

    @Test func `who waits for a stop is told once, of the wanted kind or a harder one`() {
      let heard = Heard()
      let handle = JobHandle()
      handle.whenStopped(.gracefully) { heard.add([1]) }
      handle.whenStopped(.now) { heard.add([2]) }
      #expect(heard.bytes == [])
      handle.stop(.gracefully)
      #expect(heard.bytes == [1])
      handle.whenStopped(.gracefully) { heard.add([3]) }
      #expect(heard.bytes == [1, 3])
      handle.stop(.now)
      handle.stop(.now)
      #expect(heard.bytes == [1, 3, 2])
    }

    @Test func `a stop before the start starts nothing`() async {
      let handle = JobHandle()
      handle.stop(.gracefully)
      let report = await runJob(shop.job("echo ran > ran"), handle: handle)
      #expect(report.exit == .stopped)
      #expect(!shop.disk.exists("ran"))
    }

    @Test func `a stopped job takes its whole family along`() async throws {
      let report = await stopped(
        "(setsid sh -c 'trap \"\" TERM; while :; do sleep 0.05; done # deaf-7002' &) ; sleep 7002 & echo ready; wait",
        grace: .milliseconds(300))
      #expect(report.exit == .stopped)
      #expect(try count("7002") == 0)
    }

    @Test func `a child that forks twice, leaves the session and stays is named and ended`()
      async throws
    {
      let report = await shop.run(
        "(setsid sh -c 'echo > up; sleep 7003 & wait' &) ; while [ ! -e up ]; do sleep 0.01; done; exit 3"
      )
      #expect(report.exit == .code(3))
      #expect(!report.leftovers.isEmpty)
      #expect(report.leftovers.filter { !$0.contains("7003") } == [])
      #expect(try count("7003") == 0)
    }

    @Test func `shedding all variables does not hide a child`() async throws {
      let report = await shop.run("(env -i setsid /bin/sleep 7004 &) ; exit 0")
      #expect(report.exit == .code(0))
      #expect(report.leftovers.count == 1)
      #expect(try count("7004") == 0)
    }

    @Test func `a leftover that ignores TERM is killed, and a secret in its name is masked`()
      async throws
    {
      let script =
        "(setsid sh -c 'trap \"\" TERM; while :; do sleep 0.05; done # hush-7005' &) ; exit 0"
      let spec = shop.job(script, masks: ["hush-7005"], grace: .milliseconds(200))
      let report = await runJob(spec, handle: JobHandle())
      #expect(report.exit == .code(0))
      #expect(!report.leftovers.contains { $0.contains("hush") })
      #expect(try count("hush-7005") == 0)
    }

    @Test func `a neighbour's job with the same mark is left alone`() async throws {
      let neighbour = JobHandle()
      let shop = self.shop
      let heard = Heard()
      async let other = runJob(
        shop.job(
          "(setsid sleep 7006 &) ; trap 'exit 4' TERM; echo ready; while :; do sleep 0.05; done",
          stage: "other"),
        handle: neighbour, onOutput: heard.add)
      while !heard.text.contains("ready") { await Task.yield() }
      let report = await runJob(
        shop.job("(setsid sleep 7007 &) ; exit 0", log: "logs/2", stage: "one"), handle: JobHandle()
      )
      #expect(report.exit == .code(0))
      #expect(report.leftovers.allSatisfy { $0.contains("7007") } && report.leftovers.count == 1)
      // Its own shell, whose script names it, and the sleeper.
      #expect(try count("7006") == 2)
      neighbour.stop(.gracefully)
      #expect(await other.exit == .stopped)
      #expect(try count("7006") == 0)
    }

    @Test func `what a dead run left is found by its mark and ended`() async throws {
      // As after kill -9: nobody supervises, only the variable tells.
      try shop.shell("PAWL_RUN=dead-7008 setsid -f sleep 7008 >/dev/null 2>&1")
      let names = Remains.end(carrying: ("PAWL_RUN", "dead-7008"), grace: .milliseconds(500))
      #expect(names.count == 1 && names.allSatisfy { $0.contains("7008") })
      #expect(try count("7008") == 0)
      #expect(Remains.end(carrying: ("PAWL_RUN", "dead-7008"), grace: .zero) == [])
    }
  }
}
