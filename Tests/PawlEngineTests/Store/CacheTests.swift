import Glibc
import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// A cache with results of known age.
struct AgedCache {
  static let day: Double = 86_400
  let scratch: Scratch
  let now = WallClock.now()

  init() throws { scratch = try Scratch() }

  var actions: FileActions { FileActions(scratch.disk) }

  func run(daysAgo days: Double) -> String { RunStore.newID(at: Timestamp(now.seconds - days * AgedCache.day)) }

  /// Keeps content that a run so long ago made; its objects look as old.
  @discardableResult func keep(
    _ path: String, _ text: String, daysAgo days: Double, stage: String? = "w / s", files: [String] = []
  ) async throws -> Made {
    if files.isEmpty {
      try scratch.write(path, text)
    } else {
      for file in files { try scratch.write("\(path)/\(file)", text + file) }
    }
    let made = try scratch.made(path)
    try ObjectStore(disk: scratch.disk).keep(path: path, made: made)
    try ageWhatIsYoung(days)
    if let stage {
      let kept = Kept(
        key: Digester.digest(path + text), fingerprint: Fingerprint([]), outputs: [made], seconds: 1,
        run: run(daysAgo: days))
      try await StageCache(disk: scratch.disk).append(StageID(stage), kept)
    }
    return made
  }

  /// Makes what was just kept look as if it had been kept then.
  private func ageWhatIsYoung(_ days: Double) throws {
    for path in try scratch.paths(".pawl/cache/objects") { setAge(path, days, onlyYoung: true) }
  }

  func setAge(_ path: String, _ days: Double, onlyYoung: Bool = false) {
    var facts = stat()
    guard lstat(scratch.disk.absolute(path), &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return }
    if onlyYoung, now.seconds - Double(facts.st_mtim.tv_sec) > 3_000 { return }
    let time = timespec(tv_sec: Int(now.seconds - days * AgedCache.day), tv_nsec: 0)
    _ = [time, time].withUnsafeBufferPointer {
      utimensat(AT_FDCWD, scratch.disk.absolute(path), $0.baseAddress, 0)
    }
  }

  func has(_ made: Made) -> Bool { ObjectStore(disk: scratch.disk).has(made) }

  @discardableResult func collect(
    age: Double? = nil, size: Int? = nil, isRehearsal: Bool = false
  ) throws -> CacheCollector.Outcome {
    try CacheCollector(actions).collect(
      .init(age: age.map { $0 * AgedCache.day }, size: size), isRehearsal: isRehearsal)
  }
}

@Suite struct CacheTests {
  @Test func `what no run of late made goes, what one made stays, and a rehearsal removes nothing`() async throws {
    let cache = try AgedCache()
    let old = try await cache.keep("old", "old", daysAgo: 40)
    let folder = try await cache.keep("folder", "f", daysAgo: 50, files: ["a", "b/c"])
    let new = try await cache.keep("new", "new", daysAgo: 10)
    let rehearsal = try cache.collect(age: 30, isRehearsal: true)
    #expect(cache.has(old) && cache.has(folder) && cache.has(new))
    let outcome = try cache.collect(age: 30)
    #expect(!cache.has(old) && !cache.has(folder) && cache.has(new))
    #expect(outcome.objects == 4)
    #expect(rehearsal.objects == outcome.objects && rehearsal.bytes == outcome.bytes)
    #expect(try cache.collect(age: 30).objects == 0)
  }

  @Test func `a run that reused a result makes it young again, and so does a quiet repeat of that run`() async throws {
    for repeats in [false, true] {
      let cache = try AgedCache()
      let made = try await cache.keep("old", "old", daysAgo: 40)
      let runs = RunStore(disk: cache.scratch.disk)
      let folder = try runs.create(cache.run(daysAgo: repeats ? 35 : 2))
      let time = Timestamp(cache.now.seconds - (repeats ? 35 : 2) * AgedCache.day)
      try folder.openLog().append(
        Event(sequence: 1, time: time, kind: .stageSettled(StageID("s"), Settlement(outcome: .reused, outputs: [made])))
      )
      if repeats {
        try cache.collect(age: 36)
        try folder.noteRepeat(at: cache.now)
      }
      try cache.collect(age: 30)
      #expect(cache.has(made))
    }
  }

  @Test func `what any record of any store names stays, in the work tree or only on another branch`() async throws {
    let cache = try AgedCache()
    let model = try await cache.keep("model", "m", daysAgo: 400, files: ["w", "v"])
    let other = try await cache.keep("other", "o", daysAgo: 400)
    let gone = try await cache.keep("gone", "g", daysAgo: 400)
    func record(_ id: String, _ made: Made) -> BaselineRecord {
      var record = BaselineRecord(
        id: id, name: "production", run: "r", workflow: "w", time: Timestamp(1), verdict: .pass)
      record.stages = [
        RecordedStage(id: StageID("train"), key: made.digest, fingerprint: Fingerprint([]), outputs: [made])
      ]
      return record
    }
    try cache.scratch.write("deep/in/odd/production/1/record.json", text(record("1", model)))
    try cache.scratch.write("elsewhere/production/2/record.json", text(record("2", other)))
    try cache.scratch.write("unrelated/record.json", "{\"not\": \"ours\"}")
    let git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    for words in [
      ["init", "-q"], ["checkout", "-q", "-b", "side"], ["add", "elsewhere"], ["commit", "-q", "-m", "s"],
      ["checkout", "-q", "--orphan", "main"], ["rm", "-rfq", "--cached", "."],
    ] { _ = try capture(git + words, in: cache.scratch.disk.root, timeout: .seconds(60)) }
    try cache.scratch.disk.remove("elsewhere", recursively: true)
    try cache.collect(age: 30, size: 0)
    #expect(cache.has(model) && cache.has(other) && !cache.has(gone))
  }

  @Test func `a record that cannot be read stops the collector before anything goes`() async throws {
    let cache = try AgedCache()
    let old = try await cache.keep("old", "old", daysAgo: 40)
    try cache.scratch.write("baselines/p/1/record.json", "{\"schema\": \"pawl.baseline/1\", \"id\"")
    #expect(!diagnostics { try cache.collect(age: 30) }.isEmpty)
    #expect(cache.has(old))
  }

  @Test func `what a run that lives may take stays, and the log of stages with it`() async throws {
    let cache = try AgedCache()
    let mine = try await cache.keep("mine", "m", daysAgo: 40, stage: "w / s")
    let theirs = try await cache.keep("theirs", "t", daysAgo: 40, stage: "other / s")
    let runs = RunStore(disk: cache.scratch.disk)
    let id = cache.run(daysAgo: 0)
    let mark = try runs.markAlive(id)
    try runs.create(id).openLog().append(
      Event(
        sequence: 1, time: cache.now,
        kind: .runPlanned(RunHead(id: id, workflow: "w", file: "w.yml", version: "t"), [])))
    let outcome = try cache.collect(age: 30)
    #expect(outcome.liveRuns == [id])
    #expect(cache.has(mine) && !cache.has(theirs))
    mark.end()
    try cache.collect(age: 30)
    #expect(!cache.has(mine))
  }

  @Test func `what nobody names is kept by its own time, and never goes within the hour`() async throws {
    let cache = try AgedCache()
    let old = try await cache.keep("old", "by hand", daysAgo: 40, stage: nil)
    let new = try await cache.keep("new", "by hand too", daysAgo: 2, stage: nil)
    let young = try await cache.keep("young", "now", daysAgo: 0, stage: nil)
    try cache.collect(age: 30)
    #expect(!cache.has(old) && cache.has(new))
    try cache.collect(age: 0, size: 0)
    #expect(!cache.has(new) && cache.has(young))
  }

  @Test func `what is put to use again counts as new`() async throws {
    let cache = try AgedCache()
    let file = try await cache.keep("file", "f", daysAgo: 40, stage: nil)
    let folder = try await cache.keep("folder", "g", daysAgo: 40, stage: nil, files: ["a", "b"])
    for made in [file, folder] { #expect(try ObjectStore(disk: cache.scratch.disk).renew(made)) }
    try cache.collect(age: 30)
    #expect(cache.has(file) && cache.has(folder))
  }

  @Test func `too much goes by the age of its last use, the oldest first`() async throws {
    let cache = try AgedCache()
    var all: [Made] = []
    for days in [5.0, 4, 3, 2] {
      all.append(try await cache.keep("f\(days)", String(repeating: "x\(days)", count: 250), daysAgo: days))
    }
    try cache.collect(size: 2_100)
    #expect(all.map { cache.has($0) } == [false, false, true, true])
  }

  @Test func `the log of stages loses what was replaced and what cannot be had, and keeps each stage's newest`()
    async throws
  {
    let cache = try AgedCache()
    for round in 1...3 { try await cache.keep("a", "same", daysAgo: 60 - Double(round)) }
    try await cache.keep("b", "other", daysAgo: 50)
    let fresh = try await cache.keep("c", "fresh", daysAgo: 1, stage: "w / t")
    let outcome = try cache.collect(age: 30)
    #expect(outcome.entries == 3)
    let stages = StageCache(disk: cache.scratch.disk)
    #expect(await stages.latest(of: StageID("w / s"))?.outputs.map(\.path) == ["b"])
    #expect(await stages.lookup(Digester.digest("cfresh"))?.outputs == [fresh])
    #expect(await stages.lookup(Digester.digest("asame")) == nil)
  }

  @Test func `what interrupted writes left goes after a day`() async throws {
    let cache = try AgedCache()
    try await cache.keep("a", "a", daysAgo: 1)
    for name in [".tmp-1", ".tmp-2"] { try cache.scratch.write(".pawl/cache/objects/\(name)", "half") }
    cache.setAge(".pawl/cache/objects/.tmp-1", 2)
    #expect(try cache.collect(age: 30).temporaries == 1)
    #expect(!cache.scratch.disk.exists(".pawl/cache/objects/.tmp-1"))
    #expect(cache.scratch.disk.exists(".pawl/cache/objects/.tmp-2"))
  }

  @Test func `damaged objects are named, counted and removed; whole ones stay`() async throws {
    let cache = try AgedCache()
    let bad = try await cache.keep("bad", "good bytes", daysAgo: 1, stage: "w / train")
    let folder = try await cache.keep("folder", "x", daysAgo: 1, stage: "w / split", files: ["a", "b"])
    let good = try await cache.keep("good", "good", daysAgo: 1)
    #expect(try CacheCheck(cache.actions).run().damaged == [])
    let store = ObjectStore(disk: cache.scratch.disk)
    let listing = store.path(of: folder.digest) + ".tree"
    for path in [store.path(of: bad.digest), listing] {
      chmod(cache.scratch.disk.absolute(path), 0o644)
      var bytes = try #require(try cache.scratch.disk.read(path))
      bytes[bytes.count - 2] ^= 1
      try cache.scratch.disk.write(path, bytes)
    }
    let outcome = try CacheCheck(cache.actions).run(threads: 3)
    #expect(Set(outcome.damaged.map(\.path)) == [store.path(of: bad.digest), listing])
    #expect(outcome.damaged.flatMap(\.uses).sorted() == ["bad of w / train", "folder of w / split"])
    #expect(!cache.has(bad) && !cache.has(folder) && cache.has(good))
    #expect(try CacheCheck(cache.actions).run().damaged == [])
  }

  @Test(arguments: FaultSweepTests.Trouble.allCases)
  func `a fault at any step of a collection or a check leaves a store that can be read`(
    _ trouble: FaultSweepTests.Trouble
  ) async throws {
    for checks in [false, true] {
      var reached = 0
      for step in 1...60 {
        let cache = try AgedCache()
        let old = try await cache.keep("old", "o", daysAgo: 40, files: ["a", "b"])
        try await cache.keep("old2", "o2", daysAgo: 45)
        let new = try await cache.keep("new", "n", daysAgo: 1, stage: "w / t", files: ["a"])
        try cache.scratch.write(".pawl/cache/objects/.tmp-1", "half")
        cache.setAge(".pawl/cache/objects/.tmp-1", 2)
        if checks {
          let path = ObjectStore(disk: cache.scratch.disk).path(of: old.digest) + ".tree"
          try cache.scratch.disk.remove(path)
          try cache.scratch.write(path, "damaged")
        }
        let saboteur = Saboteur(step, trouble)
        let actions = FileActions(saboteur.watching(cache.scratch.disk.root))
        let isFailed: Bool
        do {
          if checks {
            isFailed = !(try CacheCheck(actions).run().problems.isEmpty)
          } else {
            isFailed = !(try CacheCollector(actions).collect(.init())).problems.isEmpty
          }
        } catch { isFailed = true }
        #expect(isFailed == saboteur.wasReached, "step \(step)")
        #expect(cache.has(new), "step \(step)")
        let stages = StageCache(disk: cache.scratch.disk)
        #expect(await stages.latest(of: StageID("w / t"))?.outputs == [new])
        #expect(await stages.latest(of: StageID("w / s")) != nil)
        if cache.has(old) { try ObjectStore(disk: cache.scratch.disk).place(old, at: "again") }
        // The next one does the rest.
        let next = try cache.collect(age: 30)
        #expect(next.problems.isEmpty && !cache.has(old) && cache.has(new))
        if !saboteur.wasReached {
          reached = step - 1
          break
        }
      }
      #expect(reached >= (checks ? 1 : 5))
    }
  }

  private func text(_ record: BaselineRecord) -> String {
    String(decoding: BaselineStore.encode(record), as: UTF8.self)
  }
}
