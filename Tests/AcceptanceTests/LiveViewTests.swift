import Foundation
import PawlTestSupport
import Testing

/// The live view as a terminal shows it: the binary under a pseudo-terminal, its bytes put through a small emulator.
@Suite struct LiveViewTests {
  /// Runs `pawl` with arguments on a terminal of so many columns and prints, as JSON, what the screen shows at the end
  /// and what it showed after each write, with the times of the writes.
  private static let terminal = #"""
    import fcntl, json, os, pty, re, select, struct, sys, termios, time

    columns, rows, narrower = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

    class Screen:
        def __init__(self, columns, rows):
            self.columns, self.rows = columns, rows
            self.lines, self.row, self.column = [""], 0, 0
        def resize(self, columns):
            # As terminals do that break lines anew; the cursor stays on its text.
            lines, row = [], 0
            for index, line in enumerate(self.lines):
                if index == self.row: row = len(lines)
                line = line.rstrip()
                lines += [line[i:i + columns] for i in range(0, max(1, len(line)), columns)]
            self.lines, self.row, self.columns = lines, row, columns
        def feed(self, text):
            for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[\s\S]", text):
                line = self.lines[self.row]
                if part == "\r": self.column = 0
                elif part == "\n":
                    self.row += 1
                    if self.row == len(self.lines): self.lines.append("")
                elif part.startswith("\x1b["):
                    if part[-1] == "A": self.row = max(0, len(self.lines) - self.rows, self.row - int(part[2:-1] or 1))
                    elif part[-1] == "K": self.lines[self.row] = line[:self.column]
                    elif part[-1] == "J":
                        self.lines[self.row] = line[:self.column]
                        del self.lines[self.row + 1:]
                    elif part not in ("\x1b[?2026h", "\x1b[?2026l") and part[-1] != "m": raise SystemExit("unknown " + repr(part))
                else:
                    if self.column == self.columns:
                        self.row, self.column = self.row + 1, 0
                        if self.row == len(self.lines): self.lines.append("")
                        line = self.lines[self.row]
                    self.lines[self.row] = line[:self.column].ljust(self.column) + part + line[self.column + 1:]
                    self.column += 1
        def shown(self): return [line.rstrip() for line in self.lines]

    pid, fd = pty.fork()
    if pid == 0:
        # The first moment belongs to the parent, which says how large the terminal is.
        time.sleep(0.1)
        out = os.open("answer.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.execvp(sys.argv[4], sys.argv[4:])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    screen, shots, raw, began = Screen(columns, rows), [], b"", time.monotonic()
    while True:
        if narrower and len(shots) == 4:
            fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, narrower, 0, 0))
            screen.resize(narrower)
            narrower = 0
        try: data = os.read(fd, 65536)
        except OSError: break
        if not data: break
        raw += data
        try: text = raw.decode()
        except UnicodeDecodeError: continue
        if text.count("\x1b[?2026h") != text.count("\x1b[?2026l"): continue
        raw = b""
        screen.feed(text)
        shots.append({"at": time.monotonic() - began, "frames": text.count("\x1b[?2026h"), "lines": screen.shown()})
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps({"status": status, "screen": screen.shown(), "shots": shots}))
    """#

  private static let workflow = """
    pawl: 1
    name: w
    stages:
      one:
        run: |
          i=0; while [ $i -lt 10 ]; do i=$((i+1)); echo "::pawl progress $i/10 loss=0.$i"; sleep 0.1; done
        outputs: []
      two: { run: "echo hello from two; sleep 1" }
      three: { run: "sleep 0.2; exit 3" }
    """

  private struct Shot: Decodable {
    var at: Double
    var frames: Int
    var lines: [String]
  }

  private struct Seen: Decodable {
    var status: Int
    var screen: [String]
    var shots: [Shot]

    /// Lines that were seen at any moment.
    var ever: Set<String> { Set(shots.flatMap(\.lines)) }
  }

  private func see(
    _ bench: Bench, columns: Int = 100, rows: Int = 24, narrower: Int = 0, environment: [String: String] = [:],
    _ arguments: String = "run w.yml --jobs 3 --keep-going"
  ) throws -> Seen {
    try bench.write("terminal.py", LiveViewTests.terminal)
    let outcome = try bench.shell(
      "python3 terminal.py \(columns) \(rows) \(narrower) \(Bench.pawl) \(arguments)",
      environment: ["TERM": "xterm-256color"].merging(environment) { $1 })
    return try JSONDecoder().decode(Seen.self, from: Data(outcome.out.utf8))
  }

  private func project() throws -> Bench {
    let bench = try Bench()
    try bench.write("w.yml", LiveViewTests.workflow)
    return bench
  }

  @Test func `running stages are redrawn, finished ones stay, and the end is clean`() throws {
    let seen = try see(try project(), environment: ["NO_COLOR": "1"])
    #expect(seen.status == 3)
    #expect(seen.screen.count { $0.contains("✓ one") } == 1)
    #expect(seen.screen.count { $0.contains("✓ two") } == 1)
    #expect(seen.screen.count { $0.contains("✗ three") } == 1)
    #expect(seen.screen.first?.hasPrefix("w  3 stages, 3 at a time") ?? false)
    // Nothing of a bar, a spinner or a summary is left, and the cursor stands on an empty line.
    #expect(!seen.screen.contains { $0.contains("▕") || $0.contains("⠋") || $0.contains(" done") })
    #expect(seen.screen.last == "")
    #expect(
      seen.ever.contains { $0.contains("one") && $0.contains("▕█") && $0.contains("/10") && $0.contains("loss 0.") })
    #expect(seen.ever.contains { $0.contains("two") && $0.contains("hello from two") })
    #expect(seen.ever.contains { $0.contains("1 of 3 done") && $0.contains("Ctrl-C stops in order") })
    #expect(!seen.ever.contains { $0.contains("::pawl") })
    // At no moment does a line stand twice.
    for shot in seen.shots { #expect(shot.lines.count { $0.contains(" of 3 done") } <= 1, "\(shot.lines)") }
  }

  @Test func `no more than ten frames a second are drawn`() throws {
    let seen = try see(try project())
    let frames = seen.shots.reduce(0) { $0 + $1.frames }
    let seconds = (seen.shots.last?.at ?? 0) - (seen.shots.first?.at ?? 0)
    // The first and the last may come at any time.
    #expect(Double(frames) <= seconds * 10 + 3)
    #expect(frames >= 4)
  }

  @Test func `twenty columns and six rows are enough, and a terminal may shrink`() throws {
    for (columns, narrower) in [(20, 0), (90, 30)] {
      let seen = try see(try project(), columns: columns, rows: 6, narrower: narrower, environment: ["NO_COLOR": "1"])
      #expect(seen.status == 3)
      #expect(seen.screen.count { $0.contains("✓ one") } == 1)
      #expect(!seen.screen.contains { $0.contains("⠋") || $0.contains("3 done") }, "\(seen.screen)")
      for shot in seen.shots { #expect(shot.lines.count { $0.contains("of 3 done") } <= 1, "\(shot.lines)") }
    }
  }

  @Test func `in the C locale everything is ASCII, and quiet says nothing`() throws {
    let seen = try see(try project(), environment: ["LC_ALL": "C", "NO_COLOR": "1"])
    #expect(seen.ever.allSatisfy { $0.unicodeScalars.allSatisfy(\.isASCII) })
    #expect(seen.screen.contains { $0.contains("ok one") })
    let quiet = try see(try project(), "run w.yml --jobs 3 --keep-going --quiet")
    #expect(quiet.screen == [""])
  }

  @Test func `a terminal that cannot move its cursor gets lines only`() throws {
    let seen = try see(try project(), environment: ["TERM": "dumb"])
    #expect(seen.shots.allSatisfy { $0.frames == 0 })
    #expect(seen.screen.count { $0.contains("✓ one") } == 1)
  }

  @Test func `the second run knows how long the first took`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      params: p.yaml
      stages:
        slow: { run: "sleep 1.5; echo ${params.x} > out", outputs: [out] }
      """)
    try bench.write("p.yaml", "x: 1")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    try bench.write("p.yaml", "x: 2")
    let seen = try see(bench, environment: ["NO_COLOR": "1"], "run w.yml")
    #expect(seen.ever.contains { $0.contains("of about 1.5 s") || $0.contains("of about 1.6 s") }, "\(seen.ever)")
    #expect(seen.ever.contains { $0.contains("0 of 1 done, about 1.") && $0.contains(" left") }, "\(seen.ever)")
  }

  @Test func `show draws the timeline and writes a trace`() throws {
    let bench = try project()
    try bench.pawl("run", "w.yml", "--jobs", "3", "--keep-going")
    let text = try bench.pawl("show", "latest", "--timeline")
    #expect(text.status == 0)
    #expect(text.out.contains("slot 3"))
    let trace = try bench.pawl("show", "latest", "--timeline", "--format", "json")
    let json = try JSONSerialization.jsonObject(with: Data(trace.out.utf8)) as? [String: Any]
    let events = json?["traceEvents"] as? [[String: Any]] ?? []
    #expect(events.count { $0["ph"] as? String == "X" } == 3)
    let one = events.first { $0["name"] as? String == "one" && $0["ph"] as? String == "X" }
    #expect((one?["dur"] as? Int ?? 0) > 900_000)
    #expect((one?["args"] as? [String: Any])?.text("outcome") == "succeeded")
  }

  @Test func `a stage that passed only after a retry is marked flaky everywhere`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        one: { run: "test -f tried || { touch tried; exit 9; }", retries: { count: 2, on: [exit 9] } }
      """)
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 0, "\(outcome.err)")
    #expect(outcome.out.contains("1 flaky"))
    #expect(outcome.err.contains("flaky: passed on attempt 2"))
    #expect(try bench.result().stage("one")?["flaky"] as? Bool == true)
    #expect(try bench.read("pawl-report/junit.xml").contains(#"<property name="flaky" value="true"/>"#))
    #expect(try bench.pawl("runs").out.contains("1 ran, 1 flaky"))
    let checked = try bench.shell(
      "python3 \(Repository.root)/Fixtures/schemas/validate.py \(Repository.root)/Fixtures/schemas/pawl.result-1.schema.json pawl-report/result.json"
    )
    #expect(checked.status == 0, "\(checked.out)\(checked.err)")
  }

  @Test func `who waits for another pawl sees it, and whom it waits for`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        one: { run: "touch begun; sleep 3; echo x > out", outputs: [out] }
      """)
    try bench.write("terminal.py", LiveViewTests.terminal)
    let outcome = try bench.shell(
      """
      '\(Bench.pawl)' run w.yml > first.txt 2>&1 &
      while ! test -e begun; do sleep 0.02; done
      python3 terminal.py 100 24 0 '\(Bench.pawl)' run w.yml
      wait
      """, environment: ["TERM": "xterm-256color", "NO_COLOR": "1"])
    let seen = try JSONDecoder().decode(Seen.self, from: Data(outcome.out.utf8))
    #expect(seen.status == 0)
    #expect(seen.ever.contains { $0.contains("waiting for another pawl that runs `one`") }, "\(seen.ever)")
    #expect(seen.screen.contains { $0.contains("↻ one") }, "\(seen.screen)")
  }
}
