import Glibc
import PawlCore
import PawlSystem
import Testing

extension Jobs {
  @Suite struct LockTests {
    private let shop = Workshop()

    @Test func `a lock excludes, a shared one only the exclusive`() throws {
      let path = shop.path("lock")
      #expect(!FileLock.isHeld(path, on: shop.disk))
      let first = try FileLock.wait(for: path, on: shop.disk)
      #expect(FileLock.isHeld(path, on: shop.disk))
      #expect(try FileLock.attempt(path, on: shop.disk) == nil)
      #expect(try FileLock.attempt(path, .shared, on: shop.disk) == nil)
      first.release()
      first.release()
      #expect(!FileLock.isHeld(path, on: shop.disk))
      do {
        let one = try #require(try FileLock.attempt(path, .shared, on: shop.disk))
        let two = try #require(try FileLock.attempt(path, .shared, on: shop.disk))
        #expect(FileLock.isHeld(path, on: shop.disk))
        #expect(try FileLock.attempt(path, on: shop.disk) == nil)
        _ = (one, two)
      }
      #expect(try FileLock.attempt(path, on: shop.disk) != nil)
    }

    @Test func `a lock of another process holds until that process is gone`() async throws {
      let path = shop.path("lock")
      let handle = JobHandle()
      let heard = Heard()
      async let other = runJob(
        shop.job("exec flock \(path) sh -c 'echo held; exec sleep 60'"), handle: handle,
        onOutput: heard.add)
      while !heard.text.contains("held") { await Task.yield() }
      #expect(FileLock.isHeld(path, on: shop.disk))
      #expect(try FileLock.attempt(path, on: shop.disk) == nil)
      handle.stop(.now)
      #expect(await other.exit == .stopped)
      let mine = try #require(try FileLock.attempt(path, on: shop.disk))
      #expect(
        try capture(["flock", "-n", path, "true"], in: "/", timeout: .seconds(10)).status == 1)
      mine.release()
      #expect(
        try capture(["flock", "-n", path, "true"], in: "/", timeout: .seconds(10)).status == 0)
    }

    @Test func `a lock whose file was removed is taken on the new file`() throws {
      let path = shop.path("lock")
      let old = try FileLock.wait(for: path, on: shop.disk)
      try shop.disk.remove("lock")
      let new = try #require(try FileLock.attempt(path, on: shop.disk))
      #expect(FileLock.isHeld(path, on: shop.disk))
      _ = (old, new)
    }

    @Test func `where no lock can be made the path is named`() throws {
      let failure = try diagnostic { try FileLock.wait(for: shop.path("none/lock"), on: shop.disk) }
      #expect(failure.message == "cannot lock `\(shop.path("none/lock"))`")
      #expect(failure.cause == "No such file or directory")
    }

    @Test func `bytes of one file are locks of their own`() throws {
      let one = try ByteLocks("locks", on: shop.disk)
      let two = try ByteLocks("locks", on: shop.disk)
      try one.wait(for: 5)
      #expect(try !two.attempt(5))
      #expect(try two.attempt(6))
      one.release(5)
      #expect(try two.attempt(5))
      #expect(try !one.attempt(6))
    }
  }
}
