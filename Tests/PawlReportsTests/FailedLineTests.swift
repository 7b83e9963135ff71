import PawlCore
import PawlReports
import Testing

struct FailedLineTests {
  private func record(_ commands: [String], _ exit: JobExit, line: Int?) -> RunRecord {
    let stage = PlannedStage(
      id: StageID("s"), base: "s", kind: "run", subject: .candidate, commands: commands, needs: [],
      location: SourceLocation(file: "w.yml", line: 4, column: 1))
    let kinds: [(Double, Event.Kind)] = [
      (0, .runPlanned(RunHead(id: "r", workflow: "w", file: "w.yml", version: "1"), [stage])),
      (1, .attemptStarted(stage.id, attempt: 1, why: [.firstTime])),
      (3, .stageSettled(stage.id, Settlement(outcome: .failed(.exit(exit)), attempts: 1, line: line))),
      (3, .runFinished(.error, .stageFailed)),
    ]
    return RunRecord(
      replaying: kinds.enumerated().map { Event(sequence: $0 + 1, time: Timestamp($1.0), kind: $1.1) })
  }

  private func ending(_ commands: [String], _ exit: JobExit, line: Int?) -> String {
    Wording.ending(record(commands, exit, line: line).entries[0])
  }

  @Test func `the line of several that failed is named with what it did`() {
    let lines = ["python3 split.py", "python3 eval.py", "rm -r work"]
    #expect(ending(lines, .code(1), line: 2) == "line 2 of 3 failed with exit status 1 after 2.0 s: `python3 eval.py`")
    #expect(ending(lines, .signal(9), line: 3) == "line 3 of 3 was ended by SIGKILL after 2.0 s: `rm -r work`")
    #expect(ending(lines, .timedOut, line: 1) == "line 1 of 3 timed out after 2.0 s: `python3 split.py`")
    #expect(ending(lines, .outOfMemory, line: 1) == "line 1 of 3 ran out of memory after 2.0 s: `python3 split.py`")
    #expect(ending(lines, .stopped, line: 1) == "stopped with the run after 2.0 s")
    #expect(
      Wording.headline(record(lines, .code(1), line: 2)).contains(
        "line 2 of 3 failed with exit status 1: `python3 eval.py`"))
  }

  @Test func `one line, or a line that is not known, needs no number`() {
    #expect(ending(["exit 1"], .code(1), line: 1) == "exit 1 after 2.0 s")
    #expect(ending(["a", "b"], .code(1), line: nil) == "exit 1 after 2.0 s")
    #expect(ending(["a", "b"], .code(1), line: 3) == "exit 1 after 2.0 s")
    #expect(!ResultJSON.render(record(["a"], .code(1), line: 1), ReportOptions()).contains("failed-line"))
  }

  @Test func `of a long command the beginning is shown, and all of it to programs`() {
    let long = String(repeating: "x", count: 100)
    let record = record(["a", long + "\nexit 1"], .code(1), line: 2)
    #expect(Wording.ending(record.entries[0]).hasSuffix("`" + String(repeating: "x", count: 58) + " …`"))
    #expect(ResultJSON.render(record, ReportOptions()).contains("\"command\": \"\(long)\\nexit 1\""))
  }
}
