import Glibc
import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// What reaches a stage's key that no user could change from outside in a test of the binary.
@Suite struct KeyringTests {
  private let scratch: Scratch
  private let stage = job("read", inputs: ["made"], outputs: ["out"])

  init() throws { scratch = try Scratch() }

  private func print(_ platform: String = "a", made: Made) async throws -> Fingerprint {
    let workspace = Workspace(disk: scratch.disk, digests: DigestCache())
    let keyring = Keyring(workspace: workspace, environment: [:], platform: platform)
    return try await keyring.fingerprint(of: stage, upstream: ["made": made])
  }

  private func made(executable: Bool?) -> Made {
    Made(path: "made", digest: Digester.digest("x"), size: 1, isExecutable: executable)
  }

  @Test func `another platform is another key, and is named`() async throws {
    let (a, b) = (try await print("a", made: made(executable: nil)), try await print("b", made: made(executable: nil)))
    #expect(b.changes(since: a) == [.platformChanged("a", "b")])
    #expect(Keyring.key(of: a) != Keyring.key(of: b))
  }

  @Test func `an execute bit upstream is part of its reader's key, and records without one are read as before`()
    async throws
  {
    let plain = try await print(made: made(executable: false))
    #expect(try await print(made: made(executable: nil)) == plain)
    #expect(try await print(made: made(executable: true)).changes(since: plain) == [.inputChanged("made")])
    // A source file with the same bit has the same key as a made one: where it comes from does not matter.
    try scratch.write("made", "x", executable: true)
    let workspace = Workspace(disk: scratch.disk, digests: DigestCache())
    let found = try #require(try workspace.made("made"))
    #expect(found == made(executable: true))
    #expect(workspace.holds([found]) && workspace.holds([made(executable: nil)]))
    #expect(!workspace.holds([made(executable: false)]))
  }

  @Test func `the same bytes with and without the execute bit are put back each as they were`() async throws {
    let store = ObjectStore(disk: scratch.disk)
    let workspace = Workspace(disk: scratch.disk, digests: DigestCache())
    var all: [Made] = []
    for (path, executable) in [("plain", false), ("tool", true)] {
      try scratch.write(path, "same", executable: executable)
      let made = try #require(try workspace.made(path))
      try store.keep(path: path, made: made)
      all.append(made)
    }
    for made in all {
      try scratch.disk.remove(made.path)
      try store.place(made, at: made.path)
      #expect(workspace.holds([made]))
    }
  }

  @Test func `a result older than its stage allows is absent, with both ages`() async throws {
    let now = Timestamp(1_800_000_000)
    let limited = job("read", inputs: ["made"], outputs: ["out"]) { $0.maxAge = 7 * 86_400 }
    try scratch.write("made", "x")
    try scratch.write("out", "y")
    let workspace = Workspace(disk: scratch.disk, digests: DigestCache())
    for (days, isStale) in [(6.9, false), (9.0, true)] {
      let keyring = Keyring(workspace: workspace, environment: [:], platform: "a")
      let cache = StageCache(disk: scratch.disk)
      let memory = try StageMemory(
        scope: "w", workspace: workspace, keyring: keyring, cache: cache, objects: ObjectStore(disk: scratch.disk),
        records: [], skipsCache: false, now: { now })
      let fingerprint = try await keyring.fingerprint(of: limited, upstream: [:])
      let run = RunStore.newID(at: Timestamp(now.seconds - days * 86_400))
      let kept = Kept(
        key: Keyring.key(of: fingerprint), fingerprint: fingerprint, outputs: [try scratch.made("out")], seconds: 1,
        run: run)
      try await memory.keep(limited, kept)
      let recall = try await memory.recall(limited, upstream: [:]).recall
      if case .absent(let why) = recall {
        #expect(isStale)
        guard case .stale(let age, let limit)? = why.first else {
          Issue.record("another reason: \(why)")
          return
        }
        #expect(abs(age - days * 86_400) < 1 && limit == 7 * 86_400)
      } else {
        #expect(!isStale)
      }
      // Without a limit age does not matter.
      let any = try await memory.recall(stage, upstream: [:]).recall
      #expect(any == .inPlace(kept))
    }
  }

  @Test func `a run's name tells its time`() {
    for seconds in [0, 951_782_400.5, 1_795_505_405.123, 4_102_444_800] {
      let id = RunStore.newID(at: Timestamp(seconds))
      #expect(RunName.time(of: id).map { abs($0.seconds - seconds) < 0.002 } == true, "\(id)")
    }
    for name in ["r1", "", "-", "20261124T07Z-a", "99999999999999999Z", "2026112 T073005Z-x"] {
      #expect(RunName.time(of: name) == nil, "\(name)")
    }
  }
}
