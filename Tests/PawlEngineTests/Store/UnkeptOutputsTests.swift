import Glibc
import PawlCore
import PawlEngine
import PawlSystem
import Testing

@Suite struct UnkeptOutputsTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private var log: UnkeptOutputs { UnkeptOutputs(FileActions(scratch.disk)) }

  private func note(_ paths: String..., by log: UnkeptOutputs? = nil) async {
    for path in paths { await (log ?? self.log).note(path, of: StageID("s"), in: "r") }
  }

  @Test func `what nobody touched is known, to another process as well`() async throws {
    let (one, two) = (log, log)
    try scratch.write("a", "x")
    try scratch.write("f/deep/b", "y")
    try scratch.disk.makeLink("f/link", saying: "deep/b")
    #expect(!one.holds("a"))
    await note("a", "f", "gone", by: one)
    for log in [one, two] { #expect(log.holds("a") && log.holds("f") && !log.holds("gone") && !log.holds("f/deep")) }
    // A line that is added later is found as well.
    try scratch.write("c", "z")
    await note("c", by: one)
    #expect(two.holds("c"))
  }

  @Test func `any touch is seen: bytes, names, modes, links, one more file`() async throws {
    let path = scratch.disk.absolute("f")
    let touches: [(String, () throws -> Void)] = [
      ("bytes", { try self.scratch.disk.write("f/a", Array("y".utf8)) }),
      ("in place", { #expect(system("printf y | dd of='\(path)/a' conv=notrunc status=none") == 0) }),
      ("name", { try self.scratch.disk.rename("f/a", to: "f/b") }),
      ("mode", { #expect(chmod(path + "/a", 0o600) == 0) }),
      ("more", { try self.scratch.write("f/deep/c", "") }),
      ("less", { try self.scratch.disk.remove("f/a") }),
      ("link", { #expect(Glibc.link(path + "/a", path + "/../other") == 0) }),
      ("replaced", { #expect(system("cp -p '\(path)/a' '\(path)/t' && mv '\(path)/t' '\(path)/a'") == 0) }),
    ]
    for (name, touch) in touches {
      try scratch.disk.remove("f", recursively: true)
      try scratch.disk.remove("other")
      try scratch.write("f/a", "x")
      try scratch.disk.makeFolder("f/deep")
      await note("f")
      let known = log
      #expect(known.holds("f"))
      try touch()
      #expect(!known.holds("f"), "\(name)")
    }
  }

  @Test func `names of any bytes are seen`() async throws {
    try scratch.disk.makeFolder("f")
    let path = scratch.disk.absolute("f")
    #expect(system("cd '\(path)' && printf x > $(printf 'a\\377b')") == 0)
    await note("f")
    #expect(log.holds("f"))
    #expect(system("cd '\(path)' && printf y > $(printf 'a\\377b')") == 0)
    #expect(!log.holds("f"))
  }

  @Test func `times in the future are not trusted`() async throws {
    try scratch.write("a", "x")
    #expect(system("touch -d '+1 hour' '\(scratch.disk.absolute("a"))'") == 0)
    await note("a")
    #expect(!log.holds("a"))
  }

  @Test func `torn and foreign lines are passed over`() async throws {
    try scratch.write("a", "x")
    try scratch.write("b", "x")
    await note("a", "b")
    let path = ".pawl/cache/unkept.log"
    let bytes = try #require(try scratch.disk.read(path))
    try scratch.disk.write(path, Array(bytes.dropLast(9)))
    #expect(log.holds("a") && !log.holds("b"))
    await note("b")
    #expect(log.holds("a") && log.holds("b"))
  }

  @Test func `a collector drops lines of what is gone, changed or noted again`() async throws {
    for name in ["a", "b", "c"] { try scratch.write(name, "x") }
    await note("a", "b", "c", "a", "a")
    try scratch.disk.remove("b")
    try scratch.write("c", "y")
    let known = log
    #expect(known.holds("a"))
    _ = try CacheCollector(FileActions(scratch.disk)).collect(.init())
    let left = try #require(try scratch.text(".pawl/cache/unkept.log"))
    #expect(left.split(separator: "\n").count == 1)
    #expect(known.holds("a") && log.holds("a"))
    await note("c", by: known)
    #expect(known.holds("c") && known.holds("a") && log.holds("c"))
  }

  @Test func `while a run lives, a collector leaves the log alone`() async throws {
    try scratch.write("a", "x")
    await note("a", "a")
    let runs = RunStore(disk: scratch.disk)
    let mark = try runs.markAlive("r1")
    defer { mark.end() }
    _ = try runs.create("r1")
    _ = try CacheCollector(FileActions(scratch.disk)).collect(.init())
    #expect(try scratch.text(".pawl/cache/unkept.log")?.split(separator: "\n").count == 2)
  }
}
