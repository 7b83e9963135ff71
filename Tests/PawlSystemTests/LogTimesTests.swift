import Glibc
import PawlCore
import Testing

@testable import PawlSystem

struct LogTimesTests {
  private let shop = Workshop()

  private func marks(_ count: Int) -> [LogTimes.Mark] {
    (1...count).map { .init(end: $0 * $0 * 37, milliseconds: $0 * 1_003) }
  }

  @Test func `times read back, and a torn tail costs the torn record only`() throws {
    var head = LogTimes.Head(began: 1_764_547_200_123)
    head.revision = 6
    head.cut = LogCut(head: 300, noteLength: 61, leftOut: 1 << 40)
    let marks = marks(50)
    let bytes = head.bytes + LogTimes.records(marks)
    for count in 0...bytes.count {
      let times = LogTimes(Array(bytes.prefix(count)))
      guard count >= 40 else {
        #expect(times == nil)
        continue
      }
      let read = try #require(times)
      #expect(read.head == head && read.marks == Array(marks.prefix(read.marks.count)))
      #expect(bytes.prefix(count).starts(with: head.bytes + LogTimes.records(read.marks)))
    }
    #expect(LogTimes(bytes)?.marks == marks)
    #expect(LogTimes([UInt8](repeating: 0xff, count: 500)) == nil)
    #expect(LogTimes(head.bytes + [UInt8](repeating: 0xff, count: 500))?.marks == [])
  }

  @Test func `a byte has the time of the first look that saw it`() throws {
    let times = LogTimes(
      head: .init(began: 0), marks: [.init(end: 10, milliseconds: 100), .init(end: 12, milliseconds: 900)])
    #expect([0, 9, 10, 11].map { times.milliseconds(at: $0) } == [100, 100, 900, 900])
    #expect(times.milliseconds(at: 12) == nil)
  }

  /// Lines that carry the number of the look that saw them, written and read back through a log of that limit.
  private func log(_ name: String, limit: Int, lines: Int, perLook: Int, timesLimit: Int = 1 << 20) -> LogFile {
    var log = LogFile(
      shop.path(name), limit: limit, on: shop.disk,
      times: TimesFile(shop.path("times/\(name)"), began: Timestamp(5), limit: timesLimit))
    for number in 0..<lines {
      log.append(Array("line \(number / perLook)\n".utf8))
      if number % perLook == perLook - 1 { log.note(number / perLook * 1_000, isLast: number == lines - 1) }
    }
    return log
  }

  @Test(arguments: [512, 700, 5_000, 1 << 20], [1, 7, 150])
  func `times belong to the right bytes whatever was left out of the middle`(limit: Int, perLook: Int) throws {
    let lines = 1_050
    for isFinished in [true, false] {
      var log = log("a", limit: limit, lines: lines, perLook: perLook)
      if isFinished { log.finish() }
      var reader = LogReader(log: shop.path("a"), times: shop.path("times/a"))
      let times = try #require(reader.readTimes())
      var seen: [Int] = []
      while let part = reader.next(isOver: true) {
        var offset = part.offset
        for line in part.bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map(Array.init) {
          let words = String(decoding: line, as: UTF8.self).split(separator: " ")
          if !part.isNote, words.count == 2, words[0] == "line", let number = Int(words[1]) {
            #expect(times.milliseconds(at: offset) == number * 1_000)
            seen.append(number)
          }
          offset += line.count + 1
        }
      }
      #expect(seen.first == 0 && seen.last == (lines - 1) / perLook && seen == seen.sorted())
      log.finish()
    }
  }

  @Test(arguments: [1, 9, 100]) func `a reader beside the writer sees each byte once, and counts what it missed`(
    every: Int
  ) throws {
    var log = LogFile(
      shop.path("b"), limit: 1_000, on: shop.disk, times: TimesFile(shop.path("times/b"), began: Timestamp(0)))
    var reader = LogReader(log: shop.path("b"), times: shop.path("times/b"))
    var printed = 0
    var (text, missed) = ("", 0)
    func read() {
      var end = text.utf8.count + missed
      while let part = reader.next(isOver: false) {
        #expect(part.offset == end)
        if part.isNote {
          let said = String(decoding: part.bytes, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
          missed += said.first ?? 0
        } else {
          text += String(decoding: part.bytes, as: UTF8.self)
        }
        end = text.utf8.count + missed
      }
    }
    for number in 0..<2_000 {
      let line = Array("line \(number)\n".utf8)
      printed += line.count
      log.append(line)
      if number % every == 0 { read() }
    }
    log.note(1, isLast: true)
    log.finish()
    read()
    #expect(text.utf8.count + missed == printed)
    // Who looks after every line misses nothing, though the log keeps a thousandth.
    if every < 50 { #expect(missed == 0 && text.split(separator: "\n").count == 2_000) }
    #expect(text.hasPrefix("line 0\n") && text.hasSuffix("line 1999\n"))
  }

  @Test func `the file is bounded, and a moment is never off by more than close looks are apart`() throws {
    let pause = 50_000_000
    var file = TimesFile(shop.path("times/c"), began: Timestamp(0), limit: 4_096)
    func time(_ look: Int) -> Int { look * 100 + (look > 10_000 ? pause : 0) }
    for look in 1...20_000 {
      file.note(.init(end: look * 10, milliseconds: time(look)), isLast: look == 20_000)
      // While nothing is printed it is looked at as often.
      for quiet in look == 10_000 ? 1...1_000 : 0...0 {
        file.note(.init(end: look * 10, milliseconds: time(look) + quiet * 100), isLast: false)
      }
    }
    file.finish()
    let bytes = try #require(try shop.disk.read("times/c"))
    let times = try #require(LogTimes(bytes))
    #expect(bytes.count <= 4_096 && times.marks.count > 200)
    for look in 1...20_000 {
      let found = try #require(times.milliseconds(at: look * 10 - 1))
      #expect((0...12_800).contains(found - time(look)), "look \(look)")
    }
    #expect(!shop.disk.exists("times/c~"))
  }

  @Test func `times that tell of a cut that the log has not leave the log as it stands`() throws {
    var head = LogTimes.Head(began: 0)
    head.cut = LogCut(head: 4, noteLength: 8, leftOut: 100)
    try shop.write("d", "one\ntwo\nthree\n")
    try shop.disk.makeFolder("times")
    try shop.disk.write("times/d", head.bytes)
    var reader = LogReader(log: shop.path("d"), times: shop.path("times/d"))
    #expect(reader.next(isOver: true)?.bytes == Array("one\ntwo\nthree\n".utf8))
    #expect(reader.next(isOver: true) == nil)
  }

  @Test func `times that cannot be written cost the times, not the log`() throws {
    try shop.write("times", "no folder")
    var log = log("e", limit: 600, lines: 500, perLook: 5)
    log.finish()
    #expect(log.problem == nil && shop.text("e")?.hasSuffix("line 99\n") == true)
  }
}

extension Jobs {
  @Suite struct JobTimesTests {
    private let shop = Workshop()

    init() { Subreaper.install() }

    private func run(_ script: String, masks: [String] = [], steps: Bool = false) async -> JobReport {
      var spec = shop.job(script, masks: masks)
      spec.times = shop.path("times/log")
      spec.countsSteps = steps
      return await runJob(spec, handle: JobHandle())
    }

    private var times: LogTimes? { ((try? shop.disk.read("times/log")) ?? nil).flatMap { LogTimes($0) } }

    @Test func `what prints nothing has no times`() async {
      _ = await run("sleep 0.3")
      #expect(!shop.disk.exists("times") && !shop.disk.exists("logs/log"))
    }

    @Test func `what was printed at different moments keeps them, masked as the log is`() async throws {
      let report = await run(
        "printf 'key=s3cr3t-value-of-length\\n'; sleep 0.7; printf 'b\\n'", masks: ["s3cr3t-value-of-length"])
      #expect(shop.text("logs/log") == "key=***\nb\n")
      let times = try #require(times)
      let first = try #require(times.milliseconds(at: 0))
      #expect(times.milliseconds(at: 7) == first)
      let second = try #require(times.milliseconds(at: 8))
      #expect(second - first >= 400 && Double(second) <= report.usage.seconds * 1_000 + 1_000)
      #expect(times.marks.last?.end == 10)
    }

    @Test func `a job that says how far it is is heard, and only its count is believed`() async {
      let report = await run("echo >&3; echo >&3; printf x >&3; exit 4", steps: true)
      #expect(report.exit == .code(4) && report.steps == 3)
      #expect(await run("true", steps: true).steps == 0)
      #expect(await run("{ echo >&3; } 2>/dev/null || exit 9").exit == .code(9))
      #expect(await run("true").steps == nil)
    }

    @Test func `what cleared its variables before its start was noted is known by its output`() async throws {
      let handle = JobHandle()
      let spec = shop.job("exec env -i sleep 31415.92")
      async let report = runJob(spec, handle: handle)
      var names: [String] = []
      for _ in 0..<500 where names.isEmpty {
        try await Task.sleep(for: .milliseconds(20))
        // Another run's folder first: nobody prints there.
        #expect(
          Remains.end(carrying: ("PAWL_RUN", "nobody"), printingInto: shop.path("log"), grace: .seconds(1)).isEmpty)
        let isThere = ProcessTable.all().contains { $0.label().hasPrefix("sleep 31415.92 ") }
        if isThere {
          names = Remains.end(carrying: ("PAWL_RUN", "nobody"), printingInto: shop.path("logs"), grace: .seconds(1))
        }
      }
      #expect(names.count == 1 && names.first?.hasPrefix("sleep 31415.92 (") == true)
      #expect(await report.exit == .signal(SIGTERM))
    }
  }
}
