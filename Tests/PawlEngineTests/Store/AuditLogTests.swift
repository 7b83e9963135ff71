import Foundation
import PawlCore
import PawlEngine
import PawlSystem
import Testing

@Suite struct AuditLogTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private var log: AuditLog { AuditLog(FileActions(scratch.disk)) }

  private func distrust(_ seed: UInt64) -> Distrust {
    var draw = Draw(seed: seed)
    return Distrust(
      run: draw.text(), instance: draw.id(), path: draw.text(), definition: draw.digest(),
      sources: draw.some { $0.text() }, content: draw.digest())
  }

  @Test func `what was found is read back, and counted by stage`() throws {
    let entries = (0..<60).map { number -> AuditLog.Entry in
      switch number % 4 {
      case 0: .init("w / \"é\" \\ \(number % 3)", .differs(distrust(UInt64(number))))
      case 1: .init("w / b", .trusted)
      default: .init("w / b", .same(run: "run \(number)"))
      }
    }
    #expect(try log.entries().isEmpty)
    for entry in entries { try log.append(entry) }
    #expect(try log.entries() == entries)
    let histories = try log.histories()
    #expect(histories.map(\.audited).reduce(0, +) == 45)
    #expect(histories.map(\.differed).reduce(0, +) == 15)
    #expect(histories.first { $0.stage == "w / b" }?.distrusts == [])
  }

  @Test func `a mark ends with the word that the stage is trusted, and a later one holds`() throws {
    let (first, second) = (distrust(1), distrust(2))
    try log.append(.init("w / a", .differs(first)))
    try log.append(.init("v / a", .differs(first)))
    try log.trust("w / a")
    try log.append(.init("w / a", .differs(second)))
    let histories = try log.histories()
    #expect(histories.map(\.stage) == ["w / a", "v / a"])
    #expect(histories.map(\.distrusts) == [[second], [first]])
    #expect(histories.map(\.differed) == [2, 1])
  }

  @Test func `a torn line costs itself alone, wherever it is`() throws {
    for number in 0..<3 { try log.append(.init("w / s\(number)", .differs(distrust(UInt64(number))))) }
    let bytes = try #require(try scratch.disk.read(AuditLog.path))
    let lines = bytes.split(separator: 0x0A)
    for cut in stride(from: 1, to: lines[1].count, by: 37) {
      // In the middle, as of a writer that died there, and at the end.
      let torn = Array(lines[1].prefix(cut))
      try scratch.disk.write(AuditLog.path, Array(lines[0]) + [0x0A] + torn + [0x0A] + Array(lines[2]) + [0x0A])
      #expect(try log.histories().map(\.stage) == ["w / s0", "w / s2"])
      try scratch.disk.write(AuditLog.path, Array(lines[0]) + [0x0A] + torn)
      #expect(try log.histories().map(\.stage) == ["w / s0"])
      // The next line does not run into it.
      try log.append(.init("w / s3", .trusted))
      #expect(try log.entries().map(\.stage) == ["w / s0", "w / s3"])
    }
  }

  @Test func `gc leaves what is about a known stage and lines of a newer format, and no other`() async throws {
    let cache = try AgedCache()
    let log = AuditLog(cache.actions)
    try await cache.keep("a.txt", "a", daysAgo: 400, stage: "w / a[seed=1]")
    try await cache.keep("ab.txt", "ab", daysAgo: 400, stage: "w / abc")
    let mark = distrust(1)
    for stage in ["w / a", "w / ab", "w / abc", "v / a"] {
      try log.append(.init(stage, .same(run: "r1")))
      try log.append(.init(stage, .differs(mark)))
      try log.append(.init(stage, .same(run: "r2")))
    }
    let path = AuditLog.path
    let ours = try #require(try cache.scratch.text(path))
    // The sum is of the body, as `Frame` says.
    func line(_ body: String) -> String {
      var sum: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in body.utf8 { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
      let digits = String(sum, radix: 16)
      return "{\"sum\":\"" + String(repeating: "0", count: 16 - digits.count) + digits + "\",\(body)}\n"
    }
    let newer = line("\"v\":99,\"stage\":\"w / gone\",\"found\":\"else\"")
    try cache.scratch.write(path, ours + newer + "torn")
    try cache.collect(age: 30, isRehearsal: true)
    #expect(try cache.scratch.text(path) == ours + newer + "torn")
    try cache.collect(age: 30)
    #expect(try log.histories().map(\.stage) == ["w / a", "w / abc"])
    #expect(try cache.scratch.text(path)?.contains(newer) == true)
    // Results that were the same are one line a stage, and still counted.
    #expect(try log.histories().map(\.audited) == [3, 3])
    #expect(
      try log.entries().filter { $0.stage == "w / a" }.map(\.finding) == [.differs(mark), .same(run: "r2", times: 2)])
    let compact = try cache.scratch.text(path)
    try cache.collect(age: 30)
    #expect(try cache.scratch.text(path) == compact)
    // While somebody runs it is left alone.
    try log.append(.init("w / gone", .differs(mark)))
    let runs = RunStore(disk: cache.scratch.disk)
    let alive = try runs.markAlive(cache.run(daysAgo: 0))
    try cache.collect(age: 30)
    #expect(try log.histories().map(\.stage) == ["w / a", "w / abc", "w / gone"])
    alive.end()
  }
}
