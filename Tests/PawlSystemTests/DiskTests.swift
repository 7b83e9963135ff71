import Glibc
import PawlCore
import PawlSystem
import Testing

@Suite struct DiskTests {
  private let shop = Workshop()

  @Test func `what does not exist is nil or empty`() throws {
    let disk = shop.disk
    try shop.write("file", "x")
    #expect(try disk.read("gone") == nil)
    #expect(try disk.read("file/below") == nil)
    #expect(try disk.list("gone") == [] && disk.list("file") == [])
    #expect(try disk.entry("gone") == nil)
    #expect(try disk.realPath("gone") == nil)
    #expect(!disk.exists("gone") && !disk.isWritable("gone"))
    try disk.remove("gone")
  }

  @Test func `a file is read back as written and a folder is listed by name`() throws {
    let disk = shop.disk
    try shop.write("b/file", "hello")
    try shop.write("b/empty", "")
    try disk.makeFolder("b/c/d")
    try disk.makeLink("b/link", saying: "file")
    #expect(try disk.read("b/file") == Array("hello".utf8))
    #expect(try disk.read("b/empty") == [])
    #expect(
      try disk.list("b").map { "\($0.name) \($0.kind) \($0.kind == .file ? $0.size : 0)" }
        == ["c folder 0", "empty file 0", "file file 5", "link link 0"])
    #expect(try disk.entry("b/link") == Entry(name: "link", kind: .file, size: 5))
    #expect(try disk.linkOrEntry("b/link")?.kind == .link)
    #expect(disk.linkText("b/link") == "file" && disk.linkText("b/file") == nil)
    #expect(try disk.realPath("b/link").map { $0.hasSuffix("/b/file") } == true)
    #expect(disk.isWritable("b/file") && disk.isWritable("b"))
    try disk.rename("b/file", to: "b/moved")
    #expect(!disk.exists("b/file") && disk.exists("b/link"))
  }

  @Test func `failures name the path, the reason and a way out`() throws {
    let disk = shop.disk
    try disk.makeFolder("folder/inner")
    let reading = try diagnostic { try disk.read("folder") }
    #expect(reading.code == "system.wrong-kind" && reading.message == "cannot read `folder`")
    #expect(reading.cause == "Is a directory")
    #expect(try diagnostic { try disk.remove("folder") }.cause == "Directory not empty")
    #expect(
      try diagnostic { try disk.write("none/file", []) }.message == "cannot write `none/file`")
    #expect(try diagnostic { try disk.read("a\0b") }.code == "system.bad-path")
    #expect(
      try diagnostic { try disk.makeFolder("x/y", withParents: false) }.cause
        == "No such file or directory")
    #expect(
      try diagnostic { try disk.rename("gone", to: "new") }.message
        == "cannot rename `gone` to `new`")
    try disk.makeLink("loop", saying: "loop")
    #expect(try diagnostic { try disk.read("loop") }.code == "system.link-loop")
    let long = String(repeating: "n", count: 300)
    #expect(try diagnostic { try disk.entry(long) }.cause == "File name too long")
  }

  @Test func `removing follows no link and opens closed folders`() throws {
    try shop.write("keep/precious", "x")
    try shop.write("gone/a/b/c", "x")
    try shop.disk.makeLink("gone/a/link", saying: shop.path("keep"))
    try shop.shell("chmod 0555 gone/a/b gone/a; chmod 0000 gone/a/b")
    try shop.disk.remove("gone", recursively: true)
    #expect(!shop.disk.exists("gone"))
    #expect(shop.text("keep/precious") == "x")
    try shop.disk.makeLink("toFolder", saying: "keep")
    try shop.disk.remove("toFolder", recursively: true)
    #expect(shop.text("keep/precious") == "x")
  }

  @Test func `a name that is no UTF-8 is listed repaired and nothing traps`() throws {
    try shop.shell("mkdir odd; touch \"odd/$(printf 'a\\377b')\" odd/fine")
    #expect(try shop.disk.list("odd").map(\.name) == ["a\u{fffd}b", "fine"])
    let failure = try diagnostic { try TreeDigest().content(of: "odd", root: shop.disk) }
    #expect(failure.code == "system.name-not-utf8" && failure.message.contains("a\u{fffd}b"))
    try shop.disk.remove("odd", recursively: true)
    #expect(!shop.disk.exists("odd"))
  }

  @Test func `paths are relative to the root or absolute`() {
    #expect(Disk(root: "/a/b//").root == "/a/b" && Disk(root: "/").absolute("x") == "/x")
    #expect(Disk(root: "/a").absolute("b/c") == "/a/b/c" && Disk(root: "/a").absolute("/b") == "/b")
    #expect(Disk(root: "/a").absolute(".") == "/a" && Disk(root: "/a").absolute("") == "/a")
    #expect(Disk(root: ".").root == Disk.currentFolder)
  }

  @Test func `a write replaces the whole file, keeps its mode and leaves nothing beside it`() throws {
    try shop.write("file", "old and long")
    try shop.shell("chmod 0640 file")
    try shop.disk.write(shop.path("file"), Array("new".utf8), durable: true)
    #expect(shop.text("file") == "new")
    #expect(try shop.shell("stat -c %a file; ls -A") == "640\nfile")
  }

  @Test func `a write where nothing may be made leaves nothing and says so`() throws {
    // Nobody, root included, makes files in sysfs.
    let failure = try diagnostic {
      try shop.disk.write("/sys/kernel/pawl-test", [1], durable: false)
    }
    #expect(["system.not-permitted", "system.read-only"].contains(failure.code))
    #expect(failure.message == "cannot write `/sys/kernel/pawl-test`" && failure.remedy != nil)
  }

  @Test func `a write that does not fit leaves the old file and no temporary one`() throws {
    try shop.write("file", "old")
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    var small = limit
    small.rlim_cur = 64 << 20
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &small)
    defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) }
    let large = [UInt8](repeating: 1, count: 64 << 20 + 1)
    let failure = try diagnostic {
      try shop.disk.write(shop.path("file"), large, durable: false)
    }
    #expect(failure.code == "system.too-large" && failure.cause == "File too large")
    #expect(shop.text("file") == "old")
    #expect(try shop.disk.list(".").map(\.name) == ["file"])
  }

  @Test(.enabled(if: geteuid() == 0, "mounting needs root"))
  func `a full disk leaves the old file and no temporary one`() throws {
    try shop.disk.makeFolder("full")
    let mounted = try capture(
      ["mount", "-t", "tmpfs", "-o", "size=64k", "pawl", shop.path("full")], in: "/",
      timeout: .seconds(10))
    // A container may forbid even root to mount; the file-size limit above covers the same path there.
    guard mounted.status == 0 else { return }
    defer { _ = try? capture(["umount", "-l", shop.path("full")], in: "/", timeout: .seconds(10)) }
    try shop.write("full/file", "old")
    let large = [UInt8](repeating: 1, count: 1 << 20)
    let failure = try diagnostic {
      try shop.disk.write(shop.path("full/file"), large, durable: true)
    }
    #expect(failure.code == "system.no-space" && failure.cause == "No space left on device")
    try shop.write("large", String(repeating: "x", count: 1 << 20))
    let copying = try diagnostic {
      try shop.disk.copy(shop.path("large"), to: shop.path("full/copy"), executable: false)
    }
    #expect(copying.code == "system.no-space")
    #expect(try shop.disk.list("full").map(\.name) == ["file"] && shop.text("full/file") == "old")
  }

  @Test func `a copy is a file of its own, with the mode asked for`() throws {
    try shop.write("from", "content")
    try shop.disk.copy(shop.path("from"), to: shop.path("new/folder/to"), executable: true)
    try shop.disk.copy(shop.path("from"), to: shop.path("plain"), executable: false)
    #expect(shop.text("new/folder/to") == "content" && shop.text("plain") == "content")
    #expect(
      try shop.shell(
        "umask 022; stat -c '%h' new/folder/to; test -x new/folder/to; test ! -x plain") == "1")
    try shop.disk.copy("/proc/version", to: shop.path("plain"), executable: false)
    #expect(shop.text("plain")?.hasPrefix("Linux") == true)
    let failure = try diagnostic {
      try shop.disk.copy(shop.path("gone"), to: shop.path("x"), executable: false)
    }
    #expect(failure.message == "cannot read `\(shop.path("gone"))`" && !shop.disk.exists("x"))
  }
}
