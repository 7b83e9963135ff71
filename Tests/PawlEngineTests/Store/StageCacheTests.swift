import PawlCore
import PawlEngine
import PawlSystem
import Testing

@Suite struct StageCacheTests {
  private let scratch: Scratch
  private let path = ".pawl/cache/stages.log"

  init() throws { scratch = try Scratch() }

  private func cache() -> StageCache { StageCache(disk: scratch.disk) }

  private func kept(_ seed: UInt64) -> Kept {
    var draw = Draw(seed: seed)
    return draw.kept()
  }

  private func expect(
    _ cache: StageCache, _ key: Digest, _ expected: Kept?, _ comment: Comment? = nil,
    at place: Testing.SourceLocation = #_sourceLocation
  ) async {
    let found = await cache.lookup(key)
    #expect(found == expected, comment, sourceLocation: place)
  }

  private func expectLatest(
    _ cache: StageCache, _ stage: StageID, _ expected: Kept?, at place: Testing.SourceLocation = #_sourceLocation
  ) async {
    let found = await cache.latest(of: stage)
    #expect(found == expected, sourceLocation: place)
  }

  @Test func `what was appended is found by its key, here and by the next process`() async throws {
    let first = cache()
    for seed in 1...50 { try await first.append(StageID("stage \(seed) \"é\" \\"), kept(UInt64(seed))) }
    let second = cache()
    for seed in 1...50 {
      let kept = kept(UInt64(seed))
      await expect(first, kept.key, kept)
      await expect(second, kept.key, kept)
      await expectLatest(second, StageID("stage \(seed) \"é\" \\"), kept)
    }
    await expect(second, kept(51).key, nil)
  }

  @Test func `a cache that does not exist knows nothing, and asking makes no file`() async throws {
    await expect(cache(), kept(1).key, nil)
    await expectLatest(cache(), StageID("a"), nil)
    #expect(!scratch.disk.exists(path))
  }

  @Test func `the newest entry of a stage is the latest, whatever its key`() async throws {
    let cache = cache()
    let stage = StageID("train")
    try await cache.append(stage, kept(1))
    try await cache.append(StageID("other"), kept(2))
    try await cache.append(stage, kept(3))
    await expectLatest(cache, stage, kept(3))
    await expect(cache, kept(1).key, kept(1))
  }

  @Test func `of two entries with one key the newer counts`() async throws {
    let cache = cache()
    var again = kept(1)
    again.seconds = 99
    try await cache.append(StageID("a"), kept(1))
    try await cache.append(StageID("a"), again)
    await expect(self.cache(), again.key, again)
  }

  @Test func `what another process appended meanwhile is found`() async throws {
    let mine = cache()
    let other = cache()
    try await mine.append(StageID("a"), kept(1))
    await expect(mine, kept(2).key, nil)
    try await other.append(StageID("b"), kept(2))
    await expect(mine, kept(2).key, kept(2))
    await expect(other, kept(1).key, kept(1))
  }

  @Test func `many that append at once lose nothing`() async throws {
    let disk = scratch.disk
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          let cache = StageCache(disk: disk)
          for seed in 0..<20 {
            var draw = Draw(seed: UInt64(writer * 100 + seed))
            try await cache.append(StageID("s\(writer)"), draw.kept())
          }
        }
      }
      try await group.waitForAll()
    }
    let cache = cache()
    for writer in 0..<8 {
      for seed in 0..<20 {
        let kept = kept(UInt64(writer * 100 + seed))
        await expect(cache, kept.key, kept)
      }
    }
  }

  @Test func `torn, foreign and newer lines are passed over`() async throws {
    let first = cache()
    try await first.append(StageID("a"), kept(1))
    let whole = try #require(try scratch.disk.read(path))
    let newer = Frame.line(Array(#""v":2,"key":"\#(kept(3).key)","stage":"c","kept":{}"#.utf8))
    let odd = Frame.line(Array(#""v":1,"key":"\#(kept(3).key)","stage":"c","kept":{"key":1}"#.utf8))
    let junk = Array("garbage\n\n{}\n".utf8) + newer + odd + whole.prefix(whole.count / 2)
    try scratch.disk.write(path, whole + junk)
    let second = cache()
    await expect(second, kept(1).key, kept(1))
    await expect(second, kept(3).key, nil)
    try await second.append(StageID("b"), kept(2))
    await expect(second, kept(2).key, kept(2))
    await expect(cache(), kept(2).key, kept(2))
  }

  @Test func `a log cut anywhere holds every entry that was whole, and takes new ones`() async throws {
    let first = cache()
    try await first.append(StageID("a"), kept(1))
    let one = try #require(try scratch.disk.read(path)).count
    try await first.append(StageID("b"), kept(2))
    let both = try #require(try scratch.disk.read(path))
    for cut in stride(from: 0, through: both.count, by: 7) {
      try scratch.disk.remove(path)
      try scratch.disk.write(path, Array(both.prefix(cut)))
      let cache = cache()
      await expect(cache, kept(1).key, (cut >= one ? kept(1) : nil), "cut at \(cut)")
      await expect(cache, kept(2).key, (cut >= both.count ? kept(2) : nil), "cut at \(cut)")
      try await cache.append(StageID("c"), kept(3))
      await expect(self.cache(), kept(3).key, kept(3), "cut at \(cut)")
    }
  }

  @Test func `a cache that was deleted under a running process starts anew`() async throws {
    let cache = cache()
    try await cache.append(StageID("a"), kept(1))
    await expect(cache, kept(1).key, kept(1))
    try scratch.disk.remove(".pawl", recursively: true)
    try await cache.append(StageID("b"), kept(2))
    await expect(cache, kept(2).key, kept(2))
    await expect(self.cache(), kept(2).key, kept(2))
    await expect(self.cache(), kept(1).key, nil)
  }
}
