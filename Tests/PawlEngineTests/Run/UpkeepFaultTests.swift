import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// What a run writes beside its results: environments, the end of a run that died, repeats, traces. Each step fails in
/// turn; after it, the same work on a disk that works ends as if nothing had been.
@Suite struct UpkeepFaultTests {
  /// Does `work` with ever later faults, then `check` on the disk as it was left.
  private func sweep(
    _ trouble: Saboteur.Trouble, prepare: (Scratch) throws -> Void, work: (Disk) throws -> Void,
    check: (Scratch, _ place: String) throws -> Void
  ) throws -> Int {
    for step in 1...60 {
      let scratch = try Scratch()
      try prepare(scratch)
      let saboteur = Saboteur(step, trouble)
      let problems = diagnostics { try work(saboteur.watching(scratch.disk.root)) }
      #expect(
        problems.allSatisfy { $0.code.hasPrefix("system.") && $0.cause != nil && $0.remedy != nil }, "\(problems)")
      try check(scratch, "step \(step): \(saboteur.struck.first?.description ?? "none")")
      if !saboteur.wasReached { return step - 1 }
    }
    Issue.record("the work never ended")
    return 0
  }

  private static let uv = """
    #!/bin/sh
    for last; do :; done
    case "$1 $2" in
    "venv "*)
      mkdir -p "$last/bin" && printf '#!/bin/sh\\necho b 2\\necho a 1\\n' > "$last/bin/python" && chmod +x "$last/bin/python" ;;
    esac
    """

  @Test(arguments: Saboteur.Trouble.allCases) func `a Python environment is whole or is made again`(
    _ trouble: Saboteur.Trouble
  ) throws {
    func make(_ disk: Disk) throws -> PythonEnvironments.Made {
      let python = PythonEnvironment(
        requirements: "requirements.txt", written: "requirements.txt",
        at: SourceLocation(file: "w.yml", line: 1, column: 1))
      let path = disk.absolute("bin") + ":/usr/bin:/bin"
      return try PythonEnvironments(disk, environment: ["PATH": path], platform: "test").make(python)
    }
    let steps = try sweep(trouble) { scratch in
      try scratch.write("requirements.txt", "a\nb\n")
      try scratch.write("bin/uv", Self.uv, executable: true)
      try scratch.write("bin/python3", "#!/bin/sh\necho cpython 3\n", executable: true)
    } work: { disk in
      _ = try make(disk)
    } check: { scratch, place in
      let made = try make(scratch.disk)
      #expect(made.lock == "cpython 3\na==1\nb==2", "\(place)")
      #expect(scratch.disk.exists(made.folder + "/bin/python"), "\(place)")
    }
    #expect(steps >= 5)
  }

  @Test(arguments: Saboteur.Trouble.allCases) func `a run that died is closed, now or by the next one`(
    _ trouble: Saboteur.Trouble
  ) throws {
    let head = RunHead(id: "r", workflow: "w", file: "w.yml", version: "test")
    let steps = try sweep(trouble) { scratch in
      let runs = RunStore(disk: scratch.disk)
      _ = try runs.markAlive("r")
      try runs.create("r").openLog().append(Event(sequence: 1, time: Timestamp(1), kind: .runPlanned(head, [])))
    } work: { disk in
      let problems = Recovery.clear(RunStore(disk: disk), now: Timestamp(2)).problems
      #expect(problems.allSatisfy { $0.severity == .warning })
      if !problems.isEmpty { throw Failure(problems) }
    } check: { scratch, place in
      let runs = RunStore(disk: scratch.disk)
      #expect(Recovery.clear(runs, now: Timestamp(3)).problems.isEmpty, "\(place)")
      let (dead, verdicts, events) = (
        try runs.deadRuns(), try runs.list().map(\.verdict), try runs.events(of: "r").events
      )
      #expect(dead.isEmpty && verdicts == [.error] && events.count == 2, "\(place)")
    }
    #expect(steps >= 5)
  }

  @Test func `a finished run whose marker could not be removed did not die`() throws {
    let scratch = try Scratch()
    let saboteur = Saboteur(1, .killedBefore)
    let runs = RunStore(disk: scratch.disk)
    _ = try runs.markAlive("r")
    let log = try runs.create("r").openLog()
    let head = RunHead(id: "r", workflow: "w", file: "w.yml", version: "test")
    try log.append(Event(sequence: 1, time: Timestamp(1), kind: .runPlanned(head, [])))
    try log.append(Event(sequence: 2, time: Timestamp(1), kind: .runFinished(.passed, .ok)))
    #expect(Recovery.clear(RunStore(disk: saboteur.watching(scratch.disk.root)), now: Timestamp(2)).found == [])
    #expect(Recovery.clear(runs, now: Timestamp(3)).found == [])
    #expect(try runs.list().map(\.verdict) == [.passed])
  }

  @Test(arguments: Saboteur.Trouble.allCases) func `a repeat that cannot be noted is said, and the next one is`(
    _ trouble: Saboteur.Trouble
  ) throws {
    let steps = try sweep(trouble) { scratch in
      _ = try RunStore(disk: scratch.disk).create("r")
    } work: { disk in
      try RunStore(disk: disk)["r"].noteRepeat(at: Timestamp(1))
    } check: { scratch, place in
      let run = RunStore(disk: scratch.disk)["r"]
      let before = try run.repeats().count
      try run.noteRepeat(at: Timestamp(2))
      let after = try run.repeats().count
      #expect(after == before + 1 && before <= 1, "\(place)")
    }
    #expect(steps >= 2)
  }

  @Test(arguments: Saboteur.Trouble.allCases) func `a trace that cannot be kept is none, and never a wrong one`(
    _ trouble: Saboteur.Trouble
  ) throws {
    let request = QuietTrace.request(["run"])
    func keep(_ disk: Disk) throws {
      let stage = job("a", inputs: ["in.txt"], outputs: ["out.txt"])
      QuietTrace(workflow: "w", run: "r", stages: 1).keep(
        request, plan: try Plan([stage]) { disk.exists($0) }, paths: ["w.yml"], variables: [], at: .max, disk
      ) { _ in nil }
    }
    let steps = try sweep(trouble) { scratch in
      for path in ["w.yml", "in.txt", "out.txt"] { try scratch.write(path, path) }
    } work: { disk in
      try keep(disk)
    } check: { scratch, place in
      let found = QuietTrace.unchanged(request, scratch.disk) { _ in nil }
      #expect(found == nil || found?.run == "r", "\(place)")
      try keep(scratch.disk)
      #expect(QuietTrace.unchanged(request, scratch.disk) { _ in nil }?.run == "r", "\(place)")
    }
    #expect(steps >= 4)
  }
}
