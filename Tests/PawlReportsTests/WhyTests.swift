import PawlCore
import PawlReports
import Testing

/// Every hit, miss and skip in a line, and every ending with what to do next.
struct WhyTests {
  private static let maker = "20261124T073005123Z-3f9a1c"

  private func entry(
    _ outcome: StageOutcome?, why: [MissReason] = [], kind: String = "run", setbacks: [JobExit] = [],
    _ change: (inout Settlement) -> Void = { _ in }
  ) -> RunRecord.Entry {
    var stage = CanonicalRuns.stages()[0]
    stage.kind = kind
    var facts: [(Double, Event.Kind)] = [(0, .runPlanned(CanonicalRuns.head("c40b1e"), [stage]))]
    if !why.isEmpty { facts.append((0, .attemptStarted(stage.id, attempt: 1 + setbacks.count, why: why))) }
    for (index, exit) in setbacks.enumerated() {
      facts.append((0, .attemptFailed(stage.id, attempt: index + 1, exit, line: nil, retryAfter: 0)))
    }
    if let outcome {
      var settlement = Settlement(outcome: outcome)
      change(&settlement)
      facts.append((2, .stageSettled(stage.id, settlement)))
    }
    return CanonicalRuns.record(facts).entries[0]
  }

  private func reused(_ reuse: Reuse?) -> RunRecord.Entry { entry(.reused) { $0.reuse = reuse } }

  @Test func `a hit says where its result comes from`() {
    let run = WhyTests.maker
    func why(_ reuse: Reuse?) -> [String] { Wording.why(reused(reuse)) }
    #expect(why(Reuse(.inPlace, run: run)) == ["up to date: made by run 3f9a1c"])
    #expect(why(Reuse(.restored, run: run)) == ["restored from the cache: made by run 3f9a1c"])
    #expect(
      why(Reuse(.restored, run: run, baseline: "production"))
        == ["restored from what was recorded: made by run 3f9a1c, in the record of production"])
    #expect(
      why(Reuse(.elsewhere, run: run, baseline: "production"))
        == ["recorded, not fetched: made by run 3f9a1c, in the record of production"])
    // Of logs that are older than the words.
    #expect(why(nil) == ["up to date"])
    #expect(why(Reuse(.inPlace)) == ["up to date"])
    #expect(Wording.willReuse(Reuse(.restored, run: run)) == "would be restored from the cache: made by run 3f9a1c")
  }

  @Test func `a hit is one line on a terminal`() {
    #expect(
      Terminal.stageLine(reused(Reuse(.restored, run: WhyTests.maker)), style: Style()) == [
        "  ↻ split                      restored from the cache   made by run 3f9a1c"
      ])
  }

  @Test func `a skip, a gate, a final stage and a stop say why`() {
    #expect(
      Wording.why(entry(.skipped(.condition("params.x == 1 is false: params.x is 2"))))
        == ["when: params.x == 1 is false: params.x is 2"])
    #expect(Wording.why(entry(.skipped(.needs(StageID("train"))))) == ["needs train"])
    #expect(Wording.why(entry(.succeeded, kind: "gate")) == ["a gate is judged in every run"])
    #expect(Wording.why(entry(.rejected, kind: "gate")) == ["a gate is judged in every run"])
    #expect(Wording.why(entry(.succeeded, why: [.final])) == ["a final stage runs in every run"])
    #expect(Wording.why(entry(.failed(.exit(.stopped)))) == ["the run was stopped"])
    #expect(
      Wording.why(entry(.failed(.secretMissing("TOKEN")))) == ["not run: the secret `TOKEN` is not set"])
    #expect(Wording.why(entry(nil)) == ["the run ended before it"])
  }

  @Test(arguments: [
    (MissReason.firstTime, "no earlier result"), (.final, "a final stage runs in every run"),
    (.cacheOff, "nothing changed, but `--no-cache` takes no earlier result"),
    (
      .condition("metrics.a > 1", awaiting: [StageID("m")]),
      "when: metrics.a > 1 is not known before m is done"
    ),
    (
      .condition("metrics.a > 1", awaiting: ["m", "n", "o"].map { StageID($0) }),
      "when: metrics.a > 1 is not known before m, n and 1 more are done"
    ),
  ]) func `a miss that is no change has words of its own`(_ reason: MissReason, _ text: String) {
    #expect(Wording.reason(reason) == text)
  }

  @Test func `a stage that was retried says how each attempt ended`() {
    let flaky = entry(.succeeded, why: [.firstTime], setbacks: [.signal(15), .timedOut]) { $0.attempts = 3 }
    #expect(
      Wording.ending(flaky)
        == "2.0 s, flaky: passed on attempt 3 (attempt 1: ended by SIGTERM, attempt 2: timed out)")
    let failed = entry(.failed(.exit(.code(1))), why: [.firstTime], setbacks: [.outOfMemory]) { $0.attempts = 2 }
    #expect(Wording.ending(failed) == "exit 1 after 2.0 s, attempt 2 (attempt 1: out of memory)")
    #expect(
      Wording.logEnd(failed, attempt: 2, run: WhyTests.maker) == [
        "`split`: exit 1 after 2.0 s, attempt 2 (attempt 1: out of memory)",
        "the attempt before:  pawl log 3f9a1c split --attempt 1",
      ])
    #expect(
      Wording.logEnd(failed, attempt: 1, run: WhyTests.maker) == ["`split`, attempt 1 of 2: out of memory"])
  }

  @Test func `what a stage left running is said below its log and in the reports for machines`() {
    let left = entry(.succeeded, why: [.firstTime]) { settlement in
      settlement.attempts = 1
      settlement.leftovers = ["sleep 60 (4711)"]
    }
    #expect(
      Wording.logEnd(left, attempt: 1, run: "x") == ["`split` left 1 process, ended: sleep 60 (4711)"])
    let record = CanonicalRuns.record(
      [(0, .runPlanned(CanonicalRuns.head("x"), [left.planned]))]
        + CanonicalRuns.ran("split", 0, 1) { $0.leftovers = ["sleep 60 (4711)"] })
    #expect(ResultJSON.render(record, ReportOptions()).contains(#""left-running": ["#))
    #expect(JUnit.render(record, ReportOptions()).contains(#"name="left-running""#))
  }

  @Test(arguments: [
    (StageFault.exit(.timedOut), "give it longer with `timeout:`, or find what it waits for"),
    (.exit(.outOfMemory), "let it use less, or keep others away from it: `resources: { memory: … }`"),
    (.exit(.lost("gone")), "nobody saw how it ended: run again, or let `retries: { on: [lost] }` do it"),
    (.outputMissing("m.bin"), "write it there, or correct `outputs:`"),
    (.secretMissing("TOKEN"), "set TOKEN in the environment of pawl"),
  ]) func `a fault says what to do about it, in every report`(_ fault: StageFault, _ next: String) {
    let stage = CanonicalRuns.stages()[0]
    let record = CanonicalRuns.record(
      [(0, .runPlanned(CanonicalRuns.head("c40b1e"), [stage]))]
        + CanonicalRuns.ran("split", 0, 2) { $0.outcome = .failed(fault) } + [(2, .runFinished(.error, .stageFailed))])
    #expect(Terminal.failure(record.entries[0], style: Style(width: 120)).contains { $0.hasSuffix(next) })
    #expect(Wording.diagnostic(record.entries[0])?.remedy?.contains(next) == true)
    #expect(JUnit.render(record, ReportOptions()).contains(Escaping.xmlText(next)))
    #expect(Markdown.render(record, ReportOptions()).contains(Escaping.markdown(next)))
    #expect(HTML.render(record, ReportOptions()).contains(Escaping.htmlProse(next)))
  }

  @Test func `a missing output does not read like a bad ending`() {
    let missing = entry(.failed(.outputMissing("m.bin")), why: [.firstTime]) { $0.attempts = 1 }
    #expect(Wording.ending(missing) == "exit 0 after 2.0 s, but its output `m.bin` is missing")
  }

  @Test func `there is a reason for every log that is not there`() {
    func said(_ entry: RunRecord.Entry, isAlive: Bool = false) -> [String] {
      Wording.noLog(entry, run: "20261124T073005123Z-e01c77", isAlive: isAlive) { $0 == WhyTests.maker }
    }
    #expect(
      said(reused(Reuse(.inPlace, run: WhyTests.maker))) == [
        "`split` printed nothing in this run, it was reused: up to date: made by run 3f9a1c",
        "what it printed then:  pawl log 3f9a1c split",
      ])
    #expect(said(reused(Reuse(.inPlace, run: "another"))).count == 1)
    #expect(said(entry(.skipped(.cancelled))) == ["`split` printed nothing: not run: the run was stopped"])
    #expect(said(entry(nil)) == ["`split` printed nothing: not run: the run was interrupted"])
    #expect(said(entry(nil), isAlive: true) == ["`split` printed nothing: waiting"])
    #expect(said(entry(.rejected, kind: "gate")) == ["`split` runs no command; what it found:  pawl show e01c77"])
  }

  @Test func `a run that was killed is told from one that failed, and what to type is said`() {
    let stages = Array(CanonicalRuns.stages()[0...1])
    let head = (0.0, Event.Kind.runPlanned(CanonicalRuns.head("c40b1e"), stages))
    let begun = (1.0, Event.Kind.attemptStarted(stages[1].id, attempt: 1, why: [.firstTime]))
    let killed = CanonicalRuns.record([head] + CanonicalRuns.ran("split", 0, 1) + [begun])
    #expect(Wording.isInterrupted(killed))
    #expect(Wording.whatRan(killed) == "2 ran, 1 stopped")
    #expect(Wording.ending(killed.entries[1]) == "interrupted with the run")
    let closed = CanonicalRuns.record(
      [head] + CanonicalRuns.ran("split", 0, 1) + [begun, (9, .runFinished(.error, .surroundings))])
    #expect(Wording.isInterrupted(closed))
    #expect(
      Terminal.closing(closed, style: Style()) == [
        "interrupted, it ended without a word: 1 stopped, 1 succeeded and is kept",
        "  run c40b1e", "go on with what is kept:  pawl run Workflows/penguins.yml",
      ])
    #expect(!CanonicalRuns.all.contains { Wording.isInterrupted($0.record) })
  }

  @Test func `a list of runs says what is new before what is so in every run`() {
    let stages = Array(CanonicalRuns.stages()[0...3])
    func news(_ reasons: [MissReason]) -> String {
      var facts: [(Double, Event.Kind)] = [(0, .runPlanned(CanonicalRuns.head("x"), stages))]
      for (stage, reason) in zip(stages, reasons) {
        facts.append((0, .attemptStarted(stage.id, attempt: 1, why: [reason])))
      }
      return Wording.news(CanonicalRuns.record(facts))
    }
    #expect(news([.neverCached("no-cache"), .final, .inputChanged("a")]) == "input a changed")
    #expect(news([.neverCached("no-cache"), .final]) == "never cached: no-cache")
    #expect(
      news([.commandChanged, .commandChanged, .inputChanged("a"), .inputChanged("b")])
        == "the command changed, input a changed")
    #expect(news([]) == "")
  }

  @Test(arguments: [40, 60, 80]) func `runs on a narrow terminal are wrapped, and nothing is lost`(_ width: Int) {
    let now = Timestamp(CanonicalRuns.zero)
    let runs = [
      RunLine(
        id: WhyTests.maker, time: now, verdict: .error, state: .interrupted,
        stages: "10 ran, 7 failed, 1 flaky, 1 stopped, 1 not run", why: "parameter train.rate 0.1 → 0.2"),
      RunLine(id: "e01c77", time: now, verdict: .passed, stages: "8 ran"),
    ]
    let lines = RunsTable.lines(runs, now: now, style: Style(width: width))
    #expect(lines.allSatisfy { Columns.width($0) <= width }, "\(lines)")
    let text = lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
    for part in [
      "3f9a1c", "interrupted", "10 ran, 7 failed, 1 flaky, 1 stopped, 1 not run", "parameter train.rate 0.1 → 0.2",
      "e01c77", "passed",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  @Test func `keys are printed a part a line, and compared with only what differs`() {
    let stages = Array(CanonicalRuns.stages()[0...1])
    func record(_ rate: String, _ key: UInt8) -> RunRecord {
      CanonicalRuns.record(
        [(0, .runPlanned(CanonicalRuns.head("x"), stages))]
          + CanonicalRuns.ran("split", 0, 1) { settlement in
            settlement.key = CanonicalRuns.digest(key)
            settlement.fingerprint = Fingerprint([
              .init(.parameter, "rate", rate), .init(.command, "", "sh\n-eu\ntrue"), .init(.input, "a\u{1B}[2J", "00"),
            ])
          } + [(1, .stageSettled(stages[1].id, Settlement(outcome: .skipped(.needs(StageID("split"))))))])
    }
    let (now, was) = (record("0.2", 2), record("0.1", 1))
    let lines = KeyText.lines(now.entries)
    #expect(lines[0] == "key split " + String(repeating: "02", count: 32))
    #expect(lines[1] == "  command sh\\n-eu\\ntrue")
    #expect(lines[3] == "  parameter rate 0.2")
    #expect(lines[4] == "key train[seed=1] none: needs split")
    #expect(lines.allSatisfy { !$0.contains("\u{1B}") })
    let changes = KeyText.changes(KeyComparison.all(now, against: was) { _ in true }, other: WhyTests.maker)
    #expect(
      changes == [
        lines[0] + ", in run 3f9a1c " + String(repeating: "01", count: 32), "  - parameter rate 0.1",
        "  + parameter rate 0.2", "key train[seed=1] none in either run",
      ])
    #expect(
      KeyText.changes(KeyComparison.all(now, against: now) { _ in true }, other: "x")[0].hasSuffix("the same in run x"))
    let json = KeysJSON.render(run: "x", now.entries)
    #expect(json.contains(#""kind": "parameter""#) && json.contains(#""value": "0.2""#))
    let both = KeysJSON.render(run: "x", against: "y", KeyComparison.all(now, against: was) { _ in true })
    #expect(both.contains(#""against": "y""#) && both.contains(#""value": "0.1""#) && !both.contains("command"))
  }
}
