import PawlCore
import PawlReports
import Testing

struct TerminalTests {
  private func render(_ line: String, column: Int, length: Int, _ style: Style = Style()) -> [String] {
    let place = SourceLocation(file: "w.yml", line: 14, column: column, length: length, excerpt: line)
    return DiagnosticText.render(
      [Diagnostic("x", "unknown key `input`", at: place, remedy: "did you mean `inputs`?")], style)
  }

  @Test func `a diagnostic has place, excerpt, caret and remedy`() {
    #expect(
      render("    input: [data/train.csv]", column: 5, length: 5) == [
        "w.yml:14:5: error: unknown key `input`", "   14 |     input: [data/train.csv]",
        "      |     ^^^^^ did you mean `inputs`?",
      ])
  }

  @Test func `carets count wide characters as two and tabs to the next stop`() {
    #expect(render("数据: input", column: 5, length: 5)[2] == "      |       ^^^^^ did you mean `inputs`?")
    #expect(
      render("\tinput", column: 2, length: 5)[1...] == [
        "   14 |     input", "      |     ^^^^^ did you mean `inputs`?",
      ])
  }

  @Test func `a long line is shown around its caret within the width`() {
    let long = String(repeating: "x", count: 200) + " input " + String(repeating: "y", count: 200)
    let lines = render(long, column: 202, length: 5)
    for line in lines { #expect(Columns.width(line) <= 80) }
    let caret = lines[2].firstIndex(of: "^").map { lines[2].distance(from: lines[2].startIndex, to: $0) } ?? 0
    #expect(lines[1].dropFirst(caret).hasPrefix("input"))
  }

  @Test func `a column beyond the line points at its end`() {
    #expect(render("ab", column: 99, length: 7)[2].hasPrefix("      |   ^"))
    #expect(render("", column: 1, length: 1)[1...] == ["   14 |", "      | ^ did you mean `inputs`?"])
  }

  @Test func `no line of any run is wider than the terminal, names aside`() {
    for (name, record) in CanonicalRuns.all {
      for style in [Style(width: 80), Style(ascii: true, width: 80), Style(width: 60)] {
        for line in GoldenTests.terminal(record, style) where !line.contains("│") && !line.contains("|") {
          #expect(Columns.width(line) <= style.width || line.contains("/logs/"), "\(name): \(line)")
        }
      }
    }
  }

  @Test func `without colour every word is still there`() {
    for (_, record) in CanonicalRuns.all {
      let plain = GoldenTests.terminal(record, Style())
      let painted = GoldenTests.terminal(record, Style(colour: true)).map(Escaping.withoutANSI)
      #expect(painted.map { $0.replacing(" ", with: "") } == plain.map { $0.replacing(" ", with: "") })
    }
  }

  @Test func `in ASCII Pawl's own signs are spelled out`() {
    for (_, record) in CanonicalRuns.all {
      let text = GoldenTests.terminal(record, Style(ascii: true)).joined()
      #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    }
  }

  @Test func `two numbers are judged in one line with what they cannot say`() {
    var rule = CanonicalRuns.rule(
      "accuracy", .mayLose([Margin(Number(1, text: "1"), .points)], isInclusive: true), "accuracy >= baseline - 1pt")
    rule.format = .plain
    var judgement = CanonicalRuns.judge(
      rule, .pass, .holds, candidate: (0.912, nil, nil), baseline: 0.915, difference: (-0.003, nil, nil), limit: 0.01,
      rows: nil, replicates: nil)
    judgement.candidate?.text = "0.912"
    judgement.baseline?.text = "0.915"
    judgement.test = "point"
    let gate = CanonicalRuns.gate(.pass, [judgement])
    #expect(
      GateShort.lines(gate, style: Style()) == [
        "✓ pass  accuracy 0.912, baseline 0.915: 0.003 worse, allowed 0.010",
        "        point comparison: two numbers carry no uncertainty; give prediction rows",
        "        to have it judged",
      ])
  }

  @Test func `a plan says what would run and why`() {
    let stages = CanonicalRuns.stages()
    let plan = [
      PlanForecast(stage: stages[0], forecast: .reuse, reuse: Reuse(.inPlace, run: "20261124T073005123Z-3f9a1c")),
      PlanForecast(
        stage: stages[1], forecast: .run, why: [.parameterChanged("train.rate", "0.1", "0.05")], seconds: 0.9),
      PlanForecast(stage: stages[4], forecast: .undetermined, why: [.upstream(StageID("train[seed=1]"))], seconds: 1.2),
      PlanForecast(
        stage: stages[2], forecast: .skip, skip: .condition("params.mode == fast is false: params.mode is full")),
    ]
    let time = PlanTime(seconds: 2.1, jobs: 2)
    #expect(
      PlanText.lines(workflow: "penguins", plan, time: time, style: Style()) == [
        "penguins: 1 of 4 stages would run, 1 depends on what they make, about 2.1 s with",
        "  2 jobs", "  ↻ split             up to date: made by run 3f9a1c",
        "  ▸ train[seed=1]     parameter train.rate 0.1 → 0.05",
        "  ? evaluate[seed=1]  depends on what train[seed=1] makes",
        "  – train[seed=2]     would not run: when: params.mode == fast is false:",
        "                      params.mode is full",
      ])
    Goldens.check(PlanJSON.render(workflow: "penguins", plan, time: time), "plan.json")
  }

  @Test func `runs are a table in which metrics that do not fit are counted`() {
    let now = Timestamp(CanonicalRuns.zero)
    let runs = [
      RunLine(
        id: "91be04", time: Timestamp(now.seconds - 120), commit: "a81c03e", verdict: .passed, stages: "8 ran",
        metrics: [.init("accuracy", "97.6 %"), .init("brier", "0.041")], why: "train.rate", isProduction: true),
      RunLine(
        id: "5d02aa", time: Timestamp(now.seconds - 3_700), verdict: .failed, stages: "7 ran",
        metrics: [.init("accuracy", "84.1 %")]),
    ]
    #expect(
      RunsTable.lines(runs, now: now, style: Style(width: 90)) == [
        "run     when       commit   verdict   stages  accuracy  brier  why",
        "91be04  2 min ago  a81c03e  passed ★  8 ran   97.6 %    0.041  train.rate",
        "5d02aa  1 h ago             failed    7 ran   84.1 %",
      ])
    let narrow = RunsTable.lines(runs, now: now, style: Style(width: 66))
    #expect(narrow.last == "2 more metrics:  pawl show RUN")
  }

  @Test func `a running stage speaks once a minute`() {
    var lines: [String] = []
    var sink = PlainLines(log: { _, _, _ in [] }, write: { lines.append($0) })
    for elapsed in stride(from: 1.0, through: 125, by: 1) {
      sink.tick(
        [Progress(stage: StageID("train"), elapsed: elapsed, forecast: 300, lastLine: "epoch \(Int(elapsed))")],
        RunRecord())
    }
    #expect(
      lines == [
        "running train 1 min 00 s of about 5 min 00 s: epoch 60",
        "running train 2 min 00 s of about 5 min 00 s: epoch 120",
      ])
  }

  @Test func `a minute's line has what the stage says of itself`() {
    var lines: [String] = []
    var sink = PlainLines(log: { _, _, _ in [] }, write: { lines.append($0) })
    sink.tick(
      [
        Progress(
          stage: StageID("train"), elapsed: 60, lastLine: "::error::x", done: 40, total: 200,
          metrics: [.init("loss", 0.31)])
      ], RunRecord())
    #expect(lines == ["running train 1 min 00 s, 40/200, loss 0.31: :\u{200B}:error:\u{200B}:x"])
  }

  private func failed(_ exit: JobExit, _ change: (inout Settlement) -> Void = { _ in }) -> [String] {
    let record = CanonicalRuns.record(
      [(0, .runPlanned(CanonicalRuns.head("c40b1e"), CanonicalRuns.stages()))]
        + CanonicalRuns.ran("split", 0, 2) { settlement in
          settlement.outcome = .failed(.exit(exit))
          change(&settlement)
        })
    return record[StageID("split")].map { Terminal.failure($0, style: Style()) } ?? []
  }

  @Test func `exit, signal, timeout and want of memory are told apart in words`() {
    let name = "  ✗ split                      "
    let log = "      full: pawl log latest split"
    #expect(failed(.code(1)) == [name + "exit 1 after 2.0 s", log])
    #expect(
      failed(.code(127)) == [
        name + "exit 127 after 2.0 s", "      127 is what a shell says of a command that it does not find", log,
      ])
    #expect(failed(.code(143))[1] == "      143 is what a shell says of a command ended by SIGTERM")
    #expect(
      failed(.signal(9)) == [
        name + "ended by SIGKILL after 2.0 s",
        "      Pawl did not send it: a person, a batch system or a memory limit did", log,
      ])
    #expect(
      failed(.timedOut) == [
        name + "timed out after 2.0 s", "      give it longer with `timeout:`, or find what it waits for", log,
      ])
    #expect(failed(.outOfMemory)[0] == name + "out of memory after 2.0 s")
    #expect(failed(.lost("it is gone"))[0] == name + "lost: it is gone after 2.0 s")
  }

  @Test func `what outlived its stage is named, and what it told a bar is no line of its log`() {
    let lines = failed(.code(1)) { settlement in
      settlement.leftovers = ["sleep 60 (4711)", "python3 worker.py (4712)"]
      settlement.tail = ["::pawl progress 1/2", "ValueError"]
    }
    #expect(
      lines == [
        "  ✗ split                      exit 1 after 2.0 s",
        "      left 2 processes, ended: sleep 60 (4711), python3 worker.py (4712)", "      │ ValueError",
        "      full: pawl log latest split",
      ])
  }
}
