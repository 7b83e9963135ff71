import Foundation
import PawlCore
import PawlEngine
import PawlSystem
import Testing

@Suite struct ObjectStoreTests {
  private let scratch: Scratch
  private let store: ObjectStore

  init() throws {
    scratch = try Scratch()
    store = ObjectStore(disk: scratch.disk)
  }

  private func keep(_ path: String) throws -> Made {
    let made = try scratch.made(path)
    try store.keep(path: path, made: made)
    return made
  }

  private func mode(_ path: String) -> Int {
    let facts = try? FileManager.default.attributesOfItem(atPath: scratch.disk.absolute(path))
    return (facts?[.posixPermissions] as? Int) ?? -1
  }

  @Test func `a file that was kept comes back after it is gone`() throws {
    try scratch.write("models/a.json", "weights")
    let made = try keep("models/a.json")
    #expect(store.has(made))
    try scratch.disk.remove("models", recursively: true)
    try store.place(made, at: "models/a.json")
    #expect(try scratch.text("models/a.json") == "weights")
    #expect(mode("models/a.json") & 0o200 != 0)
    #expect(try store.read(made.digest) == Array("weights".utf8))
  }

  @Test func `an object cannot be written, and editing what was placed leaves it alone`() throws {
    try scratch.write("a", "one")
    let made = try keep("a")
    #expect(mode(store.path(of: made.digest)) == 0o444)
    try store.place(made, at: "b")
    try scratch.disk.write("b", Array("other".utf8))
    #expect(try store.read(made.digest) == Array("one".utf8))
  }

  @Test func `an executable file is executable again`() throws {
    try scratch.write("tool", "#!/bin/sh", executable: true)
    let made = try keep("tool")
    try store.place(made, at: "bin/tool")
    #expect(mode("bin/tool") & 0o100 != 0)
    try scratch.write("text", "#!/bin/sh")
    #expect(try keep("text").digest == made.digest)
  }

  @Test func `a folder comes back with its files, links, execute bits and empty folders`() throws {
    try scratch.write("model/config.json", "{}")
    try scratch.write("model/deep/weights.bin", String(repeating: "w", count: 10_000))
    try scratch.write("model/run.sh", "exit 0", executable: true)
    try scratch.disk.makeFolder("model/empty/inner")
    try scratch.disk.makeLink("model/latest", saying: "deep/weights.bin")
    try scratch.disk.makeLink("model/nowhere", saying: "gone")
    let made = try keep("model")
    #expect(made.isFolder && store.has(made))
    try scratch.disk.remove("model", recursively: true)
    try store.place(made, at: "model")
    #expect(try scratch.made("model") == made)
    #expect(scratch.disk.linkText("model/latest") == "deep/weights.bin")
    #expect(scratch.disk.linkText("model/nowhere") == "gone")
    #expect(try scratch.disk.entry("model/empty/inner")?.kind == .folder)
  }

  @Test func `a folder replaces the folder that stood there, whole`() throws {
    try scratch.write("out/new", "1")
    let made = try keep("out")
    try scratch.disk.remove("out", recursively: true)
    try scratch.write("out/old", "2")
    try store.place(made, at: "out")
    #expect(try scratch.paths("out") == ["out/new"])
    try scratch.disk.remove("out", recursively: true)
    try scratch.write("out", "a file")
    try store.place(made, at: "out")
    #expect(try scratch.made("out") == made)
    #expect(try scratch.paths().filter { $0.contains(".tmp") } == [])
  }

  @Test func `a link by itself is kept by its text`() throws {
    try scratch.write("models/5.pt", "five")
    try scratch.disk.makeLink("models/latest", saying: "5.pt")
    let made = try keep("models/latest")
    try scratch.disk.remove("models/latest")
    #expect(store.has(made))
    try store.place(made, at: "models/latest")
    #expect(scratch.disk.linkText("models/latest") == "5.pt")
    #expect(try scratch.made("models/latest") == made)
  }

  @Test func `an empty file and an empty folder are content like any other`() throws {
    try scratch.write("none", "")
    try scratch.disk.makeFolder("nothing")
    let file = try keep("none")
    let folder = try keep("nothing")
    try scratch.disk.remove("none")
    try scratch.disk.remove("nothing")
    try store.place(file, at: "none")
    try store.place(folder, at: "nothing")
    #expect(try scratch.made("none") == file)
    #expect(try scratch.made("nothing") == folder)
  }

  @Test func `content that changed after it was hashed is refused, and nothing is kept`() throws {
    try scratch.write("a", "one")
    let made = try scratch.made("a")
    try scratch.write("a", "two")
    #expect(diagnostics { try store.keep(path: "a", made: made) }.map(\.code) == ["store.changed"])
    #expect(!store.has(made))
    try scratch.write("f/x", "one")
    let folder = try scratch.made("f")
    try scratch.write("f/x", "two")
    #expect(diagnostics { try store.keep(path: "f", made: folder) }.map(\.code) == ["store.changed"])
    #expect(!store.has(folder))
    #expect(try scratch.paths(".pawl/cache/objects").filter { $0.contains(".tmp") } == [])
  }

  @Test func `a damaged object counts as absent, and can be kept anew`() throws {
    try scratch.write("a", "content")
    let made = try keep("a")
    let object = store.path(of: made.digest)
    // Shorter: seen without reading. As long, but other: seen when it is read.
    for damage in ["conte", "cOntent"] {
      try scratch.disk.remove(object)
      try scratch.write(object, damage)
      try scratch.write("b", "what stood there")
      #expect(diagnostics { try store.place(made, at: "b") }.map(\.code) == ["store.content-gone"])
      #expect(try scratch.text("b") == "what stood there")
      #expect(!store.has(made))
      try store.keep(path: "a", made: made)
      try store.place(made, at: "b")
      #expect(try scratch.text("b") == "content")
    }
    try scratch.disk.remove(object)
    try scratch.write(object, "cOntent")
    #expect(try store.read(made.digest) == nil)
    #expect(!store.has(made))
  }

  @Test func `a folder with one object gone or its listing torn counts as absent`() throws {
    try scratch.write("f/x", "one")
    try scratch.write("f/y", "two")
    let made = try keep("f")
    let file = try scratch.made("f/x")
    try scratch.disk.remove(store.path(of: file.digest))
    #expect(!store.has(made))
    #expect(diagnostics { try store.place(made, at: "g") }.map(\.code) == ["store.content-gone"])
    try store.keep(path: "f", made: made)
    #expect(store.has(made))
    let listing = store.path(of: made.digest) + ".tree"
    let bytes = try #require(try scratch.disk.read(listing))
    try scratch.disk.write(listing, Array(bytes.prefix(bytes.count / 2)))
    #expect(!store.has(made))
    try store.keep(path: "f", made: made)
    #expect(store.has(made))
  }

  @Test func `a listing that leads outside is no listing`() throws {
    try scratch.write("f/x", "one")
    let made = try keep("f")
    let file = try scratch.made("f/x")
    for path in ["../out", "/out", "a/../../out", "..", "", "a//b", "./x"] {
      let body = #""v":1,"folder":true,"leaves":[["\#(path)","file","\#(file.digest)",3]]"#
      try scratch.disk.write(store.path(of: made.digest) + ".tree", Frame.line(Array(body.utf8)))
      #expect(!store.has(made), "\(path)")
    }
    #expect(!scratch.disk.exists("out"))
  }

  @Test func `a FIFO in a folder cannot be kept, and is named`() throws {
    try scratch.write("f/x", "one")
    #expect(mkfifo(scratch.disk.absolute("f/pipe"), 0o600) == 0)
    let made = try scratch.made("f")
    let found = diagnostics { try store.keep(path: "f", made: made) }
    #expect(found.map(\.message) == ["`f/pipe` cannot be kept"])
  }

  @Test func `two that keep the same content at once both succeed`() async throws {
    try scratch.write("big", String(repeating: "x", count: 1 << 20))
    let made = try scratch.made("big")
    let store = store
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          try store.keep(path: "big", made: made)
          try store.place(made, at: "copies/\(number)")
        }
      }
      try await group.waitForAll()
    }
    for number in 0..<8 { #expect(try scratch.made("copies/\(number)").digest == made.digest) }
  }
}
