import Foundation
import PawlTestSupport
import Testing

/// What a stage printed, when, and which of its lines failed.
struct LogTests {
  private func project(_ stage: String) throws -> Bench {
    let bench = try Bench()
    try bench.shell("mkdir .pawl")
    try bench.write("w.yml", "pawl: 1\nname: logs\nstages:\n  s:\n" + stage)
    return bench
  }

  /// A `pawl` that runs beside the test, its output in files.
  private final class Running {
    let process = Process()
    private let bench: Bench
    private let name: String

    init(_ bench: Bench, _ arguments: String..., name: String, path: String? = nil) throws {
      self.bench = bench
      self.name = name
      // Whoever runs the tests may have SIGINT ignored, and children inherit that.
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["--default-signal=INT", Bench.pawl] + arguments
      process.currentDirectoryURL = URL(fileURLWithPath: bench.root)
      var variables = ProcessInfo.processInfo.environment.filter { name, _ in
        !name.hasPrefix("GITHUB_") && !name.hasPrefix("GITLAB_") && !name.hasPrefix("CI")
      }
      if let path { variables["PATH"] = path + ":" + (variables["PATH"] ?? "/usr/bin:/bin") }
      process.environment = variables
      process.standardInput = FileHandle.nullDevice
      for kind in ["out", "err"] { try Data().write(to: URL(fileURLWithPath: "\(bench.root)/\(name).\(kind)")) }
      process.standardOutput = FileHandle(forWritingAtPath: "\(bench.root)/\(name).out")
      process.standardError = FileHandle(forWritingAtPath: "\(bench.root)/\(name).err")
      try process.run()
    }

    var out: String { (try? bench.read("\(name).out")) ?? "" }
    var err: String { (try? bench.read("\(name).err")) ?? "" }

    /// As a shell has it: 128 + n for signal n. Nil when it does not end within twenty seconds.
    func status() -> Int32? {
      let end = Date().addingTimeInterval(20)
      while process.isRunning {
        if Date() > end {
          process.terminate()
          return nil
        }
        usleep(5_000)
      }
      let code = process.terminationStatus
      return process.terminationReason == .uncaughtSignal ? 128 + code : code
    }
  }

  @Test func `each line has its time, as text and for programs`() throws {
    let bench = try project("    run: echo one; sleep 0.6; echo two; printf three\n")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try bench.pawl("log", "latest", "s").out == "one\ntwo\nthree")
    let stamped = try bench.pawl("log", "latest", "s", "--timestamps").out.split(separator: "\n")
    #expect(stamped.count == 3)
    for (line, text) in zip(stamped, ["one", "two", "three"]) {
      #expect(try /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.*)$/.wholeMatch(in: line)?.output.1 == text[...])
    }
    #expect(stamped[0] < stamped[1])
    let elapsed = try bench.pawl("log", "latest", "s", "--elapsed").out
    #expect(
      try /^00:00:\d\d\.\d{3} one\n00:00:\d\d\.\d{3} two\n00:00:\d\d\.\d{3} three$/.wholeMatch(in: elapsed) != nil)
    let lines = try bench.pawl("log", "latest", "s", "--format", "json").out.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
    #expect(lines.map { $0.text("text") } == ["one", "two", "three"])
    let seconds = lines.compactMap { $0.number("seconds") }
    #expect(seconds.count == 3 && seconds[1] - seconds[0] > 0.3 && seconds[2] == seconds[1])
  }

  @Test func `a stage that prints nothing, or once at its end, has no file of times`() throws {
    let bench = try project("    run: echo quick\n  t:\n    run: sleep 0.3\n")
    #expect(try bench.pawl("run", "w.yml", "--jobs", "2").status == 0)
    #expect(try bench.shell("ls -d .pawl/runs/*/times").out == "")
    #expect(try bench.pawl("log", "latest", "s", "-t").out.contains("Z quick\n"))
    #expect(try bench.pawl("log", "latest", "t").err == "`t` printed nothing\n")
  }

  @Test func `raw is every byte as it was printed`() throws {
    let bench = try project("    run: printf '\\377\\000\\342\\202|\\033[31mr'\n")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    let bytes = try bench.shell("pawl log latest s --raw | od -An -tx1").out
    #expect(bytes.split { $0 == " " || $0 == "\n" }.joined(separator: " ") == "ff 00 e2 82 7c 1b 5b 33 31 6d 72")
    #expect(try bench.pawl("log", "latest", "s").out == "\u{FFFD}\u{FFFD}\u{FFFD}|r")
  }

  @Test func `a replay has its pace, draws bars, and lets nothing else act`() throws {
    let bench = try project(
      """
          run: |
            printf '\\033]0;evil\\007 10%%\\r'; sleep 0.5; printf ' 50%%\\033[K\\r'; sleep 0.5; printf '100%%\\033[9A'

      """)
    #expect(try bench.pawl("run", "w.yml").status == 0)
    let began = Date()
    #expect(try bench.pawl("log", "latest", "s", "--replay").out == " 10%\r 50%\u{1B}[K\r100%\n")
    #expect(Date().timeIntervalSince(began) > 0.6)
    #expect(try bench.pawl("log", "latest", "s", "--replay", "--speed", "1000").out == " 10%\r 50%\u{1B}[K\r100%\n")
    for wrong in [["--speed", "2"], ["--replay", "--speed", "0"], ["--replay", "-f"], ["--replay", "-t"]] {
      #expect(try bench.shell("pawl log latest s \(wrong.joined(separator: " "))").status == 2)
    }
  }

  @Test func `an interrupt ends a replay at once`() throws {
    let bench = try project("    run: echo one; sleep 0.5; echo two; sleep 0.5; echo three\n")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    let replay = try Running(bench, "log", "latest", "s", "--replay", "--speed", "0.001", name: "replay")
    #expect(TortureProject.wait { replay.out == "one\n" })
    replay.process.interrupt()
    #expect(replay.status() == 130 && replay.out == "one\n")
  }

  @Test func `a running stage is followed to its end, over its attempts`() throws {
    let bench = try project(
      """
          run: |
            echo "attempt $PAWL_ATTEMPT"
            while [ ! -e go$PAWL_ATTEMPT ]; do sleep 0.05; done
            echo "ends $PAWL_ATTEMPT"; [ $PAWL_ATTEMPT = 2 ]
          retries: { count: 1, on: [exit], backoff: 0.1s }
        other:
          run: "true"
          needs: [s]

      """)
    let run = try Running(bench, "run", "w.yml", name: "run")
    #expect(TortureProject.wait { (try? bench.pawl("log", "latest", "s").out) == "attempt 1\n" })
    let follow = try Running(bench, "log", "latest", "s", "-f", name: "follow")
    let first = try Running(bench, "log", "latest", "s", "--follow", "--attempt", "1", "-t", name: "first")
    let later = try Running(bench, "log", "latest", "other", "-f", name: "later")
    #expect(TortureProject.wait { follow.out == "attempt 1\n" && later.err.contains("`other` has not begun") })
    try bench.write("go1", "")
    #expect(TortureProject.wait { follow.out == "attempt 1\nends 1\nattempt 2\n" })
    #expect(first.status() == 0 && follow.process.isRunning)
    #expect(first.out.split(separator: "\n").map { $0.dropFirst(25) } == ["attempt 1", "ends 1"])
    try bench.write("go2", "")
    #expect(follow.status() == 0 && follow.out == "attempt 1\nends 1\nattempt 2\nends 2\n")
    #expect(follow.err == "attempt 2 of `s`\n")
    #expect(run.status() == 0 && later.status() == 0 && later.out == "")
    #expect(try bench.pawl("log", "latest", "s", "--attempt", "1").out == "attempt 1\nends 1\n")
    #expect(try bench.pawl("log", "latest", "s", "--attempt", "3").status == 2)
  }

  @Test func `following ends when the run dies`() throws {
    let bench = try project("    run: echo one; sleep 0.3; echo two; exec sleep 2718.28\n")
    let run = try Running(bench, "run", "w.yml", name: "run")
    #expect(TortureProject.wait { (try? bench.pawl("log", "latest", "s").out) == "one\ntwo\n" })
    let follow = try Running(bench, "log", "latest", "s", "-f", name: "follow")
    #expect(TortureProject.wait { follow.out == "one\ntwo\n" })
    kill(run.process.processIdentifier, SIGKILL)
    #expect(follow.status() == 0 && follow.err.contains("ended without a word while `s` ran"))
    // The next run ends what is left.
    try bench.write("w.yml", "pawl: 1\nname: logs\nstages:\n  s:\n    run: \"true\"\n")
    #expect(try bench.pawl("run", "w.yml").err.contains("sleep 2718.28"))
  }

  @Test func `of several lines the one that failed is named everywhere`() throws {
    let bench = try project("    run: [echo a, 'echo b; exit 3', echo c]\n")
    let run = try bench.pawl("run", "w.yml", "--format", "json")
    #expect(run.status == 3)
    let stage = try #require(try bench.result().stage("s"))
    let line = try #require(stage["failed-line"] as? [String: Any])
    #expect(line.number("number") == 2 && line.number("of") == 3 && line.text("command") == "echo b; exit 3")
    #expect(stage.number("exit") == 3 && stage.text("cause") == "exit")
    let schemas = Repository.root + "/Fixtures/schemas"
    let checked = try bench.shell(
      "python3 \(schemas)/validate.py \(schemas)/pawl.result-1.schema.json pawl-report/result.json")
    #expect(checked.status == 0, "\(checked.out)\(checked.err)")
    let sentence = "line 2 of 3 failed with exit status 3"
    for file in ["junit.xml", "report.md", "report.html"] {
      #expect(try bench.read("pawl-report/\(file)").contains(sentence), "\(file)")
    }
    #expect(run.err.contains("[1/1] failed s " + sentence))
    #expect(try bench.pawl("show", "latest").out.contains(sentence))
    #expect(try bench.pawl("log", "latest", "s").out == "a\nb\n")
  }

  @Test(arguments: [
    ("[\"true\", kill -9 $$]", "line 2 of 2 was ended by SIGKILL", 137),
    ("[sleep 271.828, \"true\"]", "line 1 of 2 timed out", nil),
    ("['eval \"echo >&3\" 2>/dev/null || exit 7', \"true\"]", "line 1 of 2 failed with exit status 7", 7),
  ]) func `a line that is ended otherwise is named too, and no line can count`(
    run: String, sentence: String, exit: Int?
  ) throws {
    let bench = try project("    run: \(run)\n    timeout: 1s\n    grace: 1s\n")
    #expect(try bench.pawl("run", "w.yml").err.contains(sentence))
    #expect(try bench.result().stage("s")?.number("exit") == exit.map(Double.init))
  }

  @Test func `several lines that succeed are one stage that succeeds`() throws {
    let bench = try project("    run: [echo a > a, cat a, 'ls /proc/self/fd']\n    outputs: [a]\n")
    let run = try bench.pawl("run", "w.yml")
    #expect(run.status == 0)
    #expect(try bench.result().stage("s")?["failed-line"] == nil)
    #expect(try bench.pawl("log", "latest", "s").out == "a\n0\n1\n2\n3\n")
  }

  // MARK: The making of an environment

  /// A project whose environment is made by an installer that never ends by itself.
  private func installing(_ installer: String) throws -> Bench {
    let bench = try project("    run: \"true\"\n")
    try bench.write(
      "w.yml",
      "pawl: 1\nname: e\nenvironment: { python: { requirements: r.txt } }\nstages:\n  s:\n    run: \"true\"\n")
    try bench.write("r.txt", "something\n")
    try bench.write("bin/python3", "#!/bin/sh\necho cpython 3.99\n")
    try bench.write(
      "bin/uv", "#!/bin/sh\nif [ $1 = --version ]; then exit; fi\n\(LogTests.making)\n\(installer)\n")
    try bench.shell("chmod +x bin/*")
    return bench
  }

  /// What `uv venv` does in short: its `python` lists no package.
  private static let making = """
    if [ $1 = venv ]; then
      for f; do :; done; mkdir -p $f/bin; echo '#!/bin/sh' > $f/bin/python; chmod +x $f/bin/python; exit
    fi
    """

  /// Seconds that nobody else on this machine sleeps.
  private let span = "1\(Int.random(in: 100_000...999_999)).25"

  private func survivors(_ bench: Bench) -> String? {
    try? bench.shell("ps -eo args | grep '[s]leep \(span)' || :").out
  }

  @Test func `an interrupt while an environment is made ends it in order`() throws {
    let bench = try installing("touch begun; sleep \(span) & wait")
    let run = try Running(bench, "run", "w.yml", name: "run", path: bench.root + "/bin")
    #expect(TortureProject.wait { bench.exists("begun") })
    run.process.interrupt()
    #expect(run.status() == 130)
    #expect(run.err.hasSuffix("stopped before any stage was run\n"))
    #expect(TortureProject.wait { survivors(bench) == "" })
    #expect(try bench.shell("ls .pawl/environments").out.contains(".lock"))
    #expect(try bench.shell("ls -d .pawl/environments/*/").out == "")
    #expect(try bench.shell("ls .pawl/runs 2>/dev/null").out == "")
  }

  @Test func `a second interrupt ends an installer that does not heed the first`() throws {
    let bench = try installing("trap 'touch heard' INT; touch begun; while :; do sleep \(span) & wait; done")
    let run = try Running(bench, "run", "w.yml", name: "run", path: bench.root + "/bin")
    #expect(TortureProject.wait { bench.exists("begun") })
    run.process.interrupt()
    #expect(TortureProject.wait { bench.exists("heard") } && run.process.isRunning)
    run.process.interrupt()
    #expect(run.status() == 130)
    #expect(TortureProject.wait { survivors(bench) == "" })
    // The next one makes it anew.
    try bench.write("bin/uv", "#!/bin/sh\n\(LogTests.making)\n")
    #expect(try bench.shell("PATH=$PWD/bin:$PATH pawl run w.yml").status == 0)
  }
}
