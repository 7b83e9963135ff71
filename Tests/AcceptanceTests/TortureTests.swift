import Foundation
import Testing

/// Stages that behave as badly as they can: right outcome, bounded time, nobody left.
@Suite(.serialized) struct TortureTests {
  private let project: TortureProject

  init() throws { project = try TortureProject() }

  /// Runs the project and holds it to an outcome, ten seconds and no survivor.
  private func expect(_ outcome: String, _ cause: String? = nil) throws -> Outcome {
    let began = Date()
    let ended = try project.run()
    #expect(Date().timeIntervalSince(began) < 10)
    let stage = try project.stage()
    #expect(stage.text("outcome") == outcome, "\(ended.out)\(ended.err)")
    #expect(stage.text("cause") == cause)
    #expect(project.survivors() == [])
    return ended
  }

  /// Python that leaves its parent, its session and its descriptors, and hears nothing.
  private static let hermit = """
    import os, signal, sys, time
    def hermit():
        os.setsid()
        if os.fork(): os._exit(0)
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        os.chdir("/")
        os.closerange(0, 256)
        time.sleep(1000)
    for _ in range(int(sys.argv[1])):
        if os.fork() == 0: hermit()
    time.sleep(0.1)
    """

  @Test func `a double fork with a session of its own and closed descriptors is named and ended`() throws {
    try project.bench.write("hermit.py", TortureTests.hermit)
    try project.write("python3 hermit.py 1\necho done > out.txt", "outputs: [out.txt]")
    let ended = try expect("succeeded")
    #expect(ended.status == 0)
    #expect((ended.out + ended.err).contains("left 1 process"), "\(ended.out)\(ended.err)")
  }

  @Test func `a fork storm of 200 children that ignore everything leaves nobody`() throws {
    try project.bench.write("hermit.py", TortureTests.hermit)
    try project.write("python3 hermit.py 200\nexit 3", "outputs: [out.txt]")
    #expect(try expect("failed", "exit").status == 3)
  }

  @Test func `a stage that ignores TERM ends at its timeout and grace`() throws {
    try project.write(
      "trap '' TERM\nwhile :; do sleep 0.05; done", "outputs: [out.txt]", "timeout: 300ms", "grace: 300ms")
    _ = try expect("timed-out", "timeout")
  }

  @Test func `a stage that stops itself ends at its timeout`() throws {
    try project.write("kill -STOP $$\necho done > out.txt", "outputs: [out.txt]", "timeout: 300ms", "grace: 300ms")
    _ = try expect("timed-out", "timeout")
  }

  @Test func `200 MB of output cost neither disk nor memory`() throws {
    try project.write(
      "yes 'a line of a talkative trainer' | head -c 200000000\necho done > out.txt", "outputs: [out.txt]",
      "log-limit: 1MiB")
    let measure = """
      import resource, subprocess
      code = subprocess.run(["pawl", "run", "w.yml"], stdout=subprocess.DEVNULL).returncode
      print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
      """
    try project.bench.write("measure.py", measure)
    let figures = try project.shell("python3 measure.py").out.split(whereSeparator: \.isWhitespace)
    #expect(figures.first == "0")
    let kibibytes = try #require(figures.last.flatMap { Int($0) })
    #expect(kibibytes < 100_000)
    let log = try project.log()
    #expect(log.count <= 1 << 20)
    #expect(String(decoding: log, as: UTF8.self).contains("bytes left out here"))
    let times = try project.shell("cat .pawl/runs/*/times/s.1 | wc -c").out
    #expect(Int(times.split(whereSeparator: \.isWhitespace).first ?? "") ?? .max < 100_000)
    #expect(try project.shell("pawl log latest s --raw | cmp - .pawl/runs/*/logs/s.1").status == 0)
    #expect(project.survivors() == [])
  }

  @Test func `a folder that is deleted under a stage is its failure`() throws {
    try project.write("mkdir gone\ncd gone\nrmdir ../gone\necho x > file\necho done > ../out.txt", "outputs: [out.txt]")
    _ = try expect("failed", "exit")
  }

  @Test func `a stage that changes its own input is not cached, says so and runs again`() throws {
    try project.bench.write("in.txt", "first\n")
    try project.write("cat in.txt > out.txt\necho more >> in.txt", "inputs: [in.txt]", "outputs: [out.txt]")
    let ended = try expect("succeeded")
    #expect((ended.out + ended.err).contains("`s` is not cached: its inputs changed while it ran (`in.txt`)"))
    _ = try expect("succeeded")
    #expect(try project.bench.read("out.txt") == "first\nmore\n")
  }

  @Test func `a stage that kills the shell above it is a signal, and it is ended itself`() throws {
    try project.bench.write("patricide.py", "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(1000)\n")
    try project.write("python3 patricide.py\necho done > out.txt", "outputs: [out.txt]")
    _ = try expect("failed", "signal")
  }

  @Test func `a stage that closes its output goes on`() throws {
    try project.write("exec >&- 2>&-\necho done > out.txt", "outputs: [out.txt]")
    #expect(try expect("succeeded").status == 0)
  }

  @Test func `NUL bytes and torn UTF-8 stay in the log as they were`() throws {
    try project.write(
      #"printf 'a\000b\377\303'\#nprintf '\251 \342\202\n'\#necho done > out.txt"#, "outputs: [out.txt]")
    #expect(try expect("succeeded").status == 0)
    #expect(Array(try project.log()) == Array("a".utf8) + [0, 0x62, 0xFF, 0xC3, 0xA9, 0x20, 0xE2, 0x82, 0x0A])
  }
}
