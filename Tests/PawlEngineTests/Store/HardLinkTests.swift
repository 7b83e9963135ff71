import Foundation
import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// `cache: { link: hardlink }`: object and output are one read-only file.
@Suite struct HardLinkTests {
  private let scratch: Scratch
  private let store: ObjectStore

  init() throws {
    scratch = try Scratch()
    store = ObjectStore(disk: scratch.disk).linking([.reflink, .hardlink, .copy])
  }

  private func facts(_ path: String) -> (mode: UInt32, names: Int, inode: UInt64) {
    var facts = stat()
    guard lstat(scratch.disk.absolute(path), &facts) == 0 else { return (0, 0, 0) }
    return (facts.st_mode & 0o777, Int(facts.st_nlink), UInt64(facts.st_ino))
  }

  private func keep(_ path: String, by store: ObjectStore? = nil) throws -> Made {
    let made = try scratch.made(path)
    try (store ?? self.store).keep(path: path, made: made)
    return made
  }

  /// Writes to a file in place although it forbids it.
  private func damage(_ path: String, _ text: String) throws {
    #expect(chmod(scratch.disk.absolute(path), 0o644) == 0)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.disk.absolute(path)))
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  /// Whether this file system shares blocks: then no hard link is made, and there is nothing to test.
  private var sharesBlocks: Bool {
    get throws {
      try scratch.write("probe", "x")
      return try scratch.disk.clone("probe", to: "probe2", executable: false)
    }
  }

  @Test func `what is kept, and what is put back, is the object itself and cannot be written to`() throws {
    if try sharesBlocks { return }
    try scratch.write("out/model.bin", "weights")
    try scratch.write("out/run.sh", "exit", executable: true)
    let made = try keep("out")
    let file = try scratch.made("out/model.bin")
    let object = facts(store.path(of: file.digest))
    #expect(object.names == 2 && object.mode == 0o444)
    #expect(facts("out/model.bin").inode == object.inode)
    #expect(facts("out/run.sh").mode == 0o555)
    #expect(try scratch.made("out") == made)
    try scratch.disk.remove("out", recursively: true)
    #expect(store.has(made))
    try store.place(made, at: "out")
    #expect(facts("out/model.bin").inode == object.inode)
    #expect(try scratch.made("out") == made)
  }

  @Test(arguments: ["WEIGHTS", "weights and more"])
  func `an object that was written to through its output counts as absent and is never served`(_ text: String) throws {
    if try sharesBlocks { return }
    try scratch.write("a", "weights")
    let made = try keep("a")
    #expect(store.has(made))
    try damage("a", text)
    for store in [store, ObjectStore(disk: scratch.disk)] { #expect(!store.has(made)) }
    try scratch.write("b", "what stood there")
    #expect(diagnostics { try store.place(made, at: "b") }.map(\.code) == ["store.content-gone"])
    #expect(try scratch.text("b") == "what stood there")
    // The stage makes it again: the object is whole, and the damaged file is not it any more.
    try scratch.disk.remove("a")
    try scratch.write("a", "weights")
    try store.keep(path: "a", made: made)
    #expect(store.has(made))
    try store.place(made, at: "c")
    #expect(try scratch.text("c") == "weights")
  }

  @Test func `what stands in the way is not believed to be kept because a damaged object has its name`() throws {
    if try sharesBlocks { return }
    try scratch.write("a", "weights")
    let made = try keep("a")
    try damage("a", "WEIGHTS")
    #expect(try !store.renew(made))
  }

  @Test func `a file with another name, an empty one and one with another execute bit are copied`() throws {
    if try sharesBlocks { return }
    try scratch.write("a", "shared")
    #expect(link(scratch.disk.absolute("a"), scratch.disk.absolute("a2")) == 0)
    let made = try keep("a")
    #expect(facts(store.path(of: made.digest)).names == 1)
    // The other name may still be written to.
    #expect(facts("a2").mode & 0o200 != 0)
    try scratch.write("empty", "")
    let empty = try keep("empty")
    try store.place(empty, at: "empty2")
    #expect(facts("empty2").names == 1)
    try scratch.write("plain", "text")
    let plain = try keep("plain")
    var executable = plain
    executable.isExecutable = true
    try store.place(executable, at: "tool")
    #expect(facts("tool").mode & 0o100 != 0 && facts("tool").names == 1)
    // A file that is executable does not make the others so.
    try scratch.write("tool2", "text", executable: true)
    _ = try keep("tool2")
    #expect(facts("plain").mode & 0o100 == 0)
  }

  @Test func `without being asked for no second name is made`() throws {
    try scratch.write("a", "weights")
    let made = try keep("a", by: ObjectStore(disk: scratch.disk))
    #expect(facts(store.path(of: made.digest)).names == 1)
    #expect(facts("a").mode & 0o200 != 0)
  }

  @Test func `a second name on another file system is refused without harm`() throws {
    try scratch.write("a", "x")
    let other = "/dev/shm/pawl-link-\(Random.identifier())"
    defer { try? FileManager.default.removeItem(atPath: other) }
    var (here, there) = (stat(), stat())
    guard stat(scratch.disk.root, &here) == 0, stat("/dev/shm", &there) == 0, here.st_dev != there.st_dev else {
      return
    }
    #expect(try !scratch.disk.hardLink("a", to: other))
    #expect(access(other, F_OK) != 0)
  }

  @Test func `a second name changes nothing of what is known of a file, and a write does`() throws {
    let digests = DigestCache()
    let path = scratch.disk.absolute("a")
    try scratch.write("a", "weights")
    // Old enough to be remembered.
    #expect(system("touch -d '1 hour ago' '\(path)'") == 0)
    usleep(40_000)
    let digest = try digests.digest(file: path)
    try digests.keepingKnown(file: path) { () throws(Failure) -> Void in
      _ = try scratch.disk.hardLink("a", to: "a2")
    }
    #expect(try digests.digest(file: path + "2") == digest)
    // A write is seen all the same.
    try scratch.write("a", "WEIGHTS")
    #expect(try digests.digest(file: path) != digest)
  }
}
