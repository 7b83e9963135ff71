import Glibc
import PawlCore
import PawlEngine
import PawlSystem
import Testing

@Suite struct RunStoreTests {
  private let scratch: Scratch
  private let store: RunStore

  init() throws {
    scratch = try Scratch()
    store = RunStore(disk: scratch.disk)
  }

  private func event(_ number: Int, _ kind: Event.Kind) -> Event {
    Event(sequence: number, time: Timestamp(1_735_689_600 + Double(number)), kind: kind)
  }

  private func planned(_ id: String) -> Event {
    event(1, .runPlanned(RunHead(id: id, workflow: "penguins", file: "Workflows/penguins.yaml", version: "0.1"), []))
  }

  private func finished(_ number: Int) -> Event { event(number, .runFinished(.failed, .gateFailed)) }

  /// A run with a first and a last event.
  private func make(_ id: String) throws {
    let log = try store.create(id).openLog()
    try log.append(planned(id))
    try log.append(finished(2))
  }

  @Test func `events that a log took are read back in order`() throws {
    let folder = try store.create("20260101T000000Z-aaaaaa")
    let log = try folder.openLog()
    let events = [planned(folder.id), event(2, .cancelRequested(signal: 15)), finished(3)]
    var record = RunRecord()
    for event in events {
      record.apply(event)
      try log.receive(event, record)
    }
    #expect(try store.events(of: folder.id).events == events)
    #expect(RunRecord(replaying: try folder.read().events) == record)
  }

  @Test func `a log that a crash tore goes on behind its last whole line`() throws {
    let folder = try store.create("20260101T000000Z-aaaaaa")
    try folder.openLog().append(planned(folder.id))
    let whole = try #require(try scratch.disk.read(folder.eventsPath))
    let torn = Wire.line(finished(2))
    for cut in [1, 20, torn.count - 1] {
      try scratch.disk.write(folder.eventsPath, whole + torn.prefix(cut))
      try folder.openLog().append(finished(3))
      let reading = try folder.read()
      #expect(reading.events == [planned(folder.id), finished(3)])
      #expect(reading.caveats.isEmpty && reading.tornBytes == 0)
    }
  }

  @Test func `runs are listed newest first, with how they ended`() throws {
    try make("20260101T000000Z-aaaaaa")
    try make("20260103T000000Z-cccccc")
    try make("20260102T000000Z-bbbbbb")
    try store["20260102T000000Z-bbbbbb"].noteRepeat(at: Timestamp(5.5))
    try store["20260102T000000Z-bbbbbb"].noteRepeat(at: Timestamp(6.5))
    let list = try store.list()
    #expect(list.map(\.id.last) == ["c", "b", "a"])
    #expect(list.map(\.repeats) == [0, 2, 0])
    #expect(list.allSatisfy { $0.workflow == "penguins" && $0.verdict == .failed && $0.exitStatus == .gateFailed })
    #expect(list.allSatisfy { $0.seconds == 1 && !$0.isAlive })
    #expect(try store["20260102T000000Z-bbbbbb"].repeats() == [Timestamp(5.5), Timestamp(6.5)])
    #expect(try store.list(limit: 2).count == 2)
  }

  @Test func `a run that cannot be read hides no other`() throws {
    try make("20260101T000000Z-aaaaaa")
    try scratch.write(".pawl/runs/20260102T000000Z-bbbbbb/events.jsonl", "no log at all\n")
    try scratch.write(".pawl/runs/20260103T000000Z-cccccc/other", "")
    #expect(try store.list().map(\.id) == ["20260101T000000Z-aaaaaa"])
  }

  @Test func `a run is named by latest, by a unique prefix, and with run in front`() throws {
    try make("20260101T000000Z-aaaaaa")
    try make("20260102T000000Z-bbbbbb")
    _ = try store.create("20260103T000000Z-cccccc")
    #expect(try store.resolve("latest") == "20260102T000000Z-bbbbbb")
    #expect(try store.resolve("run:latest") == "20260102T000000Z-bbbbbb")
    #expect(try store.resolve("20260101") == "20260101T000000Z-aaaaaa")
    #expect(try store.resolve("run:20260102T000000Z-bbbbbb") == "20260102T000000Z-bbbbbb")
  }

  @Test func `a name that fits several runs, or none, says which there are`() throws {
    #expect(
      diagnostics { _ = try store.resolve("latest") } == [
        Diagnostic("store.no-runs", "there is no run yet", remedy: "`pawl run` makes one")
      ])
    try make("20260101T000000Z-aaaaaa")
    try make("20260101T000000Z-aaaabb")
    #expect(
      diagnostics { _ = try store.resolve("2026") } == [
        Diagnostic(
          "store.ambiguous-run", "`2026` fits 2 runs",
          cause: "they are `20260101T000000Z-aaaabb`, `20260101T000000Z-aaaaaa`",
          remedy: "type more of the name, or `latest`")
      ])
    #expect(
      diagnostics { _ = try store.resolve("20260101T000000Z-aaaaab") } == [
        Diagnostic(
          "store.unknown-run", "there is no run `20260101T000000Z-aaaaab`",
          cause: "the newest are `20260101T000000Z-aaaabb`, `20260101T000000Z-aaaaaa`",
          remedy: "did you mean `20260101T000000Z-aaaabb`? `pawl runs` lists them all")
      ])
    #expect(diagnostics { _ = try store.resolve("") }.map(\.code) == ["store.unknown-run"])
  }

  @Test func `a stage's log has a name that every file system takes`() throws {
    let folder = store["r"]
    #expect(
      folder.logPath(StageID("train[seed=1,rate=0.1]"), attempt: 2) == ".pawl/runs/r/logs/train[seed=1,rate=0.1].2")
    #expect(folder.logPath(StageID("a/b c@é"), attempt: 1) == ".pawl/runs/r/logs/a%2Fb%20c%40%C3%A9.1")
  }

  @Test func `a name of a new run sorts by its time`() {
    let id = RunStore.newID(at: Timestamp(1_795_505_405))
    #expect(id.hasPrefix("20261124T073005000Z-"))
    #expect(id.count == 26)
    #expect(RunStore.newID(at: Timestamp(0)) != RunStore.newID(at: Timestamp(0)))
  }

  @Test func `a run lives while its mark is held`() throws {
    let mark = try store.markAlive("a")
    #expect(store.isAlive("a"))
    #expect(try store.deadRuns().map(\.id) == [])
    #expect(diagnostics { _ = try store.markAlive("a") }.map(\.code) == ["store.run-alive"])
    mark.end()
    #expect(!store.isAlive("a"))
    #expect(try store.deadRuns().map(\.id) == [])
  }

  @Test func `a run whose process is gone is dead until it is cleared, by one process only`() throws {
    do { _ = try store.markAlive("a") }
    let alive = try store.markAlive("b")
    do {
      let dead = try store.deadRuns()
      #expect(dead.map(\.id) == ["a"])
      #expect(try store.deadRuns().map(\.id) == [])
    }
    let dead = try store.deadRuns()
    #expect(dead.map(\.id) == ["a"])
    for run in dead { run.clear() }
    #expect(try store.deadRuns().map(\.id) == [])
    #expect(store.isAlive("b"))
    alive.end()
  }

  @Test func `a run whose mark is held by what its killed pawl left is dead, and its mark stays while it is held`()
    throws
  {
    let own = try #require(ProcessName.own())
    #expect(!own.hasEnded && ProcessName(own.text) == own)
    // The name of a process of this machine that has ended: ours, as if it had begun at another time.
    let words = own.text.split(separator: " ")
    let gone = "\(words[0]) \(words[1]) 1"
    #expect(try #require(ProcessName(gone)).hasEnded)
    let marker = scratch.disk.absolute(".pawl/alive/a")
    try scratch.disk.makeFolder(".pawl/alive")
    let held = open(marker, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    try #require(held >= 0 && flock(held, LOCK_EX) == 0)
    #expect(store.isAlive("a"), "a mark that names nobody")
    #expect(write(held, gone, gone.utf8.count) == gone.utf8.count)
    #expect(!store.isAlive("a"))
    let dead = try store.deadRuns()
    #expect(dead.map(\.id) == ["a"])
    for run in dead { run.clear() }
    #expect(try store.deadRuns().map(\.id) == ["a"], "what holds it is not known for its own yet")
    close(held)
    for run in try store.deadRuns() { run.clear() }
    #expect(try store.deadRuns().map(\.id) == [] && !scratch.disk.exists(".pawl/alive/a"))
  }

  @Test(arguments: ["", "a", "boot/pid 1", "boot/pid 1 2 3", "boot/pid x 2", " 1 2"])
  func `what names no process is none`(_ text: String) { #expect(ProcessName(text) == nil) }

  @Test func `a process of another machine start or container is never told to have ended`() throws {
    #expect(!(try #require(ProcessName("other/pid:[1] 1 1")).hasEnded))
  }

  @Test func `many runs at once are each marked, and none looks dead`() async throws {
    let store = store
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          let mark = try store.markAlive("run-\(number)")
          let dead = try store.deadRuns().map(\.id)
          #expect(dead.isEmpty)
          mark.end()
        }
      }
      try await group.waitForAll()
    }
  }
}
