import Glibc
import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// A small file system in memory, which only root may make.
private final class SmallDisk {
  let path: String

  init?(bytes: Int) {
    path = "/tmp/pawl-small-\(Random.identifier())"
    guard geteuid() == 0, mkdir(path, 0o700) == 0 else { return nil }
    if mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") != 0 {
      rmdir(path)
      return nil
    }
  }

  deinit {
    umount(path)
    rmdir(path)
  }
}

@Suite struct FullDiskTests {
  private static var canMount: Bool { SmallDisk(bytes: 65_536) != nil }

  @Test(.enabled(if: FullDiskTests.canMount, "only root can make a small file system"))
  func `a full disk is named with what to do, and every store holds what it held`() async throws {
    let small = try #require(SmallDisk(bytes: 512 << 10))
    let scratch = try Scratch(in: small.path)
    let store = BaselineStore(disk: scratch.disk, folder: "baselines")
    let objects = ObjectStore(disk: scratch.disk)
    let cache = StageCache(disk: scratch.disk)
    let log = try RunStore(disk: scratch.disk).create("r").openLog()
    var draw = Draw(seed: 8)
    let record = BaselineRecord(
      id: "1", name: "production", run: "r", workflow: "w", time: Timestamp(1), verdict: .pass)
    _ = try store.promote(record: record, contents: [], expecting: [])
    try scratch.write("model", String(repeating: "m", count: 100 << 10))
    let made = try scratch.made("model")
    try scratch.write("filler", String(repeating: "f", count: 150 << 10))
    var kept: [Kept] = []
    var events: [Event] = []
    var failures: [Diagnostic] = []
    while failures.count < 3 {
      let next = draw.kept()
      do throws(Failure) {
        try await cache.append(StageID("s"), next)
        kept.append(next)
      } catch {
        failures += error.diagnostics
      }
      let event = Event(
        sequence: events.count, time: Timestamp(1),
        kind: .diagnosed(Diagnostic("x", String(repeating: "long ", count: 2000))))
      do throws(Failure) {
        try log.append(event)
        events.append(event)
      } catch {
        failures += error.diagnostics
      }
    }
    failures += diagnostics { try objects.keep(path: "model", made: made) }
    var second = record
    second.id = "2"
    let bytes = try #require(try scratch.disk.read("model"))
    let content = BaselineContent(digest: made.digest, bytes: bytes, name: "model")
    failures += diagnostics { _ = try store.promote(record: second, contents: [content], expecting: ["1"]) }
    #expect(failures.count == 5)
    #expect(failures.allSatisfy { $0.code == "system.no-space" && $0.remedy?.hasPrefix("`df -h ") == true })
    #expect(try store.head("production") == .one(record))
    #expect(!objects.has(made))
    let again = StageCache(disk: scratch.disk)
    for entry in kept {
      let found = await again.lookup(entry.key)
      #expect(found == entry)
    }
    #expect(try RunStore(disk: scratch.disk).events(of: "r").events == events)
    #expect(try scratch.paths().filter { $0.contains(".tmp") } == [])
    // Room again: everything goes on.
    try scratch.disk.remove("filler")
    try objects.keep(path: "model", made: made)
    _ = try store.promote(record: second, contents: [], expecting: ["1"])
    #expect(objects.has(made))
    #expect(try store.history("production").map(\.id) == ["2", "1"])
  }
}
