import Glibc
import PawlCore
import Testing

@testable import PawlSystem

extension Jobs {
  @Suite struct JobOutputTests {
    private let shop = Workshop()

    init() { Subreaper.install() }

    @Test func `a secret split over writes is masked everywhere`() async {
      let heard = Heard()
      let spec = shop.job(
        "printf 'key=s3c'; sleep 0.25; printf 'r3t-value, s3cr'; sleep 0.25; printf 'eam\\n'",
        masks: ["s3cr3t-value"])
      let report = await runJob(spec, handle: JobHandle(), onOutput: heard.add)
      #expect(shop.text("logs/log") == "key=***, s3cream\n")
      #expect(heard.text == "key=***, s3cream\n")
      #expect(report.tail == ["key=***, s3cream"])
    }

    @Test func `masking is the same wherever the stream is cut`() {
      let text = Array("a tokento tokentoken! toke\ntok".utf8)
      let secrets = ["token", "tokentoken", "  padded\n", "line-one-x\nline-two-y"]
      var whole = Masker(secrets)
      let expected = whole.mask(text) + whole.finish()
      #expect(String(decoding: expected, as: UTF8.self) == "a ***to ***! toke\ntok")
      for first in 0...text.count {
        for second in first...text.count {
          var masker = Masker(secrets)
          let parts = [text[..<first], text[first..<second], text[second...]].map {
            masker.mask(Array($0))
          }
          #expect(parts.flatMap { $0 } + masker.finish() == expected)
        }
      }
      #expect(Masker(secrets).masked("padded and line-two-y") == "*** and ***")
    }

    @Test func `beyond the limit head and tail stay and the middle is counted`() async throws {
      let spec = shop.job(
        "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done", logLimit: 4096)
      let report = await runJob(spec, handle: JobHandle())
      let log = try #require(shop.text("logs/log"))
      #expect(log.utf8.count <= 4096 && log.utf8.count > 2500)
      #expect(report.logBytes == log.utf8.count)
      let lines = log.split(separator: "\n")
      #expect(lines.first == "line 0" && lines.last == "line 19999")
      let note = try #require(lines.first { $0.hasPrefix("[pawl: ") })
      let leftOut = try #require(Int(note.split(separator: " ")[1]))
      #expect(leftOut + log.utf8.count - note.utf8.count - 1 == report.printedBytes)
      #expect(report.tail.count == 200 && report.tail.last == "line 19999")
      #expect(lines.allSatisfy { $0.hasPrefix("line ") || $0 == note })
    }

    @Test func `any size around the limit is either whole or says what is missing`() throws {
      for limit in [512, 600, 1000] {
        for size in [0, 1, limit - 1, limit, limit + 1, limit + limit / 2, 2 * limit, 10 * limit] {
          for chunk in [1, 7, 300, 100_000] {
            let name = "sweep"
            try shop.disk.remove(name)
            var log = LogFile(shop.path(name), limit: limit, on: shop.disk)
            let bytes = (0..<size).map { UInt8(0x61 + $0 % 20) }
            var at = 0
            while at < size {
              log.append(Array(bytes[at..<min(size, at + chunk)]))
              at += chunk
            }
            log.finish()
            let kept = try shop.disk.read(name) ?? []
            #expect(log.bytes == kept.count)
            if size <= limit {
              #expect(kept == bytes)
            } else {
              let text = String(decoding: kept, as: UTF8.self)
              let note = try #require(text.split(separator: "\n").first { $0.hasPrefix("[pawl: ") })
              let leftOut = try #require(Int(note.split(separator: " ")[1]))
              #expect(kept.count <= limit && leftOut + kept.count - note.utf8.count - 2 == size)
              #expect(kept.last == bytes.last && kept.first == bytes.first)
            }
          }
        }
      }
    }

    @Test func `the tail shows what a person would have seen`() {
      var tail = TailLines(3)
      tail.add(Array("one\ntwo\r\n".utf8))
      tail.add(Array(" 10%\r 50%\r".utf8))
      #expect(tail.text == ["one", "two", " 50%"])
      tail.add(Array("100%\nfour\nfi".utf8))
      #expect(tail.text == ["100%", "four", "fi"])
      tail.add([0xff] + Array(repeating: 0x78, count: 9000) + [0x0a])
      #expect(tail.text.last?.count == 4097 && tail.text.last?.hasPrefix("fi\u{fffd}xx") == true)
      var large = TailLines(2)
      large.add(Array(String(repeating: "0123456789\n", count: 20_000).utf8) + Array("end".utf8))
      #expect(large.text == ["0123456789", "end"])
    }

    @Test func `a job that empties its own output is found out and said`() async throws {
      let spec = shop.job(
        "echo before; sleep 0.3; echo after | tee /dev/stderr >/dev/null; echo last")
      let report = await runJob(spec, handle: JobHandle())
      #expect(report.exit == .code(0))
      #expect(
        report.tail.first == "before"
          && report.tail.contains { $0.contains("emptied its own output") })
      #expect(report.tail.last == "last")
    }

    @Test func `a log that cannot be written costs the log, not the job`() async throws {
      try shop.disk.makeFolder("logs/log")
      let report = await shop.run("echo hello; exit 5")
      #expect(report.exit == .code(5) && report.tail == ["hello"])
      #expect(report.problems.map(\.code) == ["system.wrong-kind"])
      #expect(report.problems.first?.message == "cannot write the log `\(shop.path("logs/log"))`")
    }

    @Test func `a log folder that cannot be made keeps the job from starting`() async throws {
      try shop.write("logs", "a file")
      let report = await shop.run("echo hello")
      #expect(
        report.exit
          == .notStarted("cannot keep the output in `\(shop.path("logs"))`: Not a directory"))
    }

    @Test func `ten megabytes arrive to the byte`() async throws {
      let report = await shop.run("head -c 10000000 /dev/zero | tr '\\0' x")
      #expect(report.printedBytes == 10_000_000 && report.logBytes == 10_000_000)
      #expect(try shop.disk.read("logs/log") == [UInt8](repeating: 0x78, count: 10_000_000))
    }

    @Test func `the kernel's counters are read by name`() {
      #expect(OutOfMemory.number("oom_kill", in: Array("low 0\noom 3\noom_kill 12\n".utf8)) == 12)
      #expect(OutOfMemory.number("oom_kill", in: Array("oom_kill_x 12\n".utf8)) == 0)
      #expect(OutOfMemory.number("oom_kill", in: nil) == 0)
    }
  }
}
