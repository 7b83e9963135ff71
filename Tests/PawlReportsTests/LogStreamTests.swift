import PawlCore
import PawlReports
import Testing

struct LogStreamTests {
  private func shown(_ text: String) -> String {
    var stream = LogStream()
    return stream.take(text.utf8) + stream.finish()
  }

  @Test func `bars are drawn as they were, and nothing else acts`() {
    #expect(shown(" 10%\r 50%\u{1B}[K\r100%\n") == " 10%\r 50%\u{1B}[K\r100%\n")
    #expect(shown("12\u{8}\u{8}13\ta") == "12\u{8}\u{8}13\ta")
    #expect(shown("\u{1B}[2Kx\u{1B}[0Ky\u{1B}[1Kz") == "\u{1B}[2Kx\u{1B}[Ky\u{1B}[1Kz")
    #expect(shown("\u{1B}[31mred\u{1B}[0m \u{1B}[5Aup\u{1B}[2Jclear\u{1B}[3Kno") == "red upclearno")
    #expect(shown("\u{1B}]0;title\u{7}a\u{1B}Pdevice\u{1B}\\b\u{1B}]8;;http://x\nc") == "ab\nc")
    #expect(shown("a\u{0}b\u{9B}31mc\u{202E}d\u{7}") == "a\u{FFFD}bcd\u{FFFD}")
  }

  @Test func `it is the same wherever the stream is cut`() {
    let text = Array("é1\u{1B}[2K\u{1B}[31m2\u{1B}]0;t\u{1B}\\3\r\n\u{1B}]8;;é\u{7}4\u{1B}(B5😀\u{1B}[K".utf8)
    var whole = LogStream()
    let expected = whole.take(text) + whole.finish()
    #expect(expected == "é1\u{1B}[2K23\r\n45😀\u{1B}[K")
    for first in 0...text.count {
      for second in first...text.count {
        var stream = LogStream()
        let parts = [text[..<first], text[first..<second], text[second...]].map { stream.take($0) }
        #expect(parts.joined() + stream.finish() == expected)
      }
    }
  }

  @Test func `a sequence without an end holds back little, and bytes that are no text are shown as such`() {
    var stream = LogStream()
    #expect(stream.take("a\u{1B}]0;".utf8) == "a")
    #expect(stream.take([UInt8](repeating: 0x78, count: 5_000)).utf8.count > 5_000)
    #expect(stream.take([0xFF, 0xC3]) + stream.finish() == "\u{FFFD}\u{FFFD}")
  }

  @Test func `it writes no byte that moves out of the line`() {
    var seed: UInt64 = 7
    for _ in 0..<2_000 {
      let bytes = (0..<40).map { _ -> UInt8 in
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Array("\u{1B}[]PK0;\u{7}\\m\r\n\u{8}a\u{C2}\u{9B}".utf8)[Int(seed >> 33) % 18]
      }
      var stream = LogStream()
      let text = stream.take(bytes[..<20]) + stream.take(bytes[20...]) + stream.finish()
      let rest = ["\u{1B}[K", "\u{1B}[1K", "\u{1B}[2K"].reduce(text) { $0.replacing($1, with: "") }
      #expect(rest.unicodeScalars.allSatisfy { $0.value >= 0x20 || "\n\r\u{8}\t".unicodeScalars.contains($0) })
      #expect(!rest.unicodeScalars.contains { (0x7F...0x9F).contains($0.value) })
    }
  }
}
