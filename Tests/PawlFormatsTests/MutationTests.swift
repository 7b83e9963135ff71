import PawlCore
import PawlFormats
import Testing

/// Broken bytes give a value or a located failure, never a trap.
struct MutationTests {
  private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let tokens = [
    "[", "]", "{", "}", ":", ",", "\"", "'", "&a ", "*a", "<<: ", "- ", "? ", "|", ">", "#", "\n", "\r", "\t", "---\n",
    "\\u", "\\",
    "!!", "%", "\u{FEFF}", "\u{2028}", "é", "1e", "-", "NaN", "=", "[[", "\"\"\"", "0x", "${", "\\ud800", "\\u0000",
  ].map { Array($0.utf8) }

  private func mutated(_ seed: [UInt8], _ dice: inout Dice) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      let at = Int.random(in: 0...bytes.count, using: &dice)
      let end = min(bytes.count, at + Int.random(in: 0...12, using: &dice))
      switch Int.random(in: 0..<6, using: &dice) {
      case 0: bytes.replaceSubrange(at..<end, with: [])
      case 1: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: at)
      case 2: bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &dice))
      case 3: bytes.insert(contentsOf: Self.tokens.randomElement(using: &dice) ?? [], at: at)
      case 4: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &dice) }
      default: bytes.removeSubrange(at...)
      }
    }
    return bytes
  }

  /// Feeds mutations to a reader; says how many read, how many failed, and every failure that lacks a place.
  private func run(_ seeds: [[UInt8]], _ rounds: Int, _ read: ([UInt8]) throws(Failure) -> Void) -> (Int, Int, [String])
  {
    var dice = Dice(state: 42)
    var good = 0
    var bad = 0
    // The seeds themselves must read.
    var wrong = seeds.map { seed in fault(diagnostics { () throws(Failure) in try read(seed) }) }.filter { $0 != "" }
    for _ in 0..<rounds {
      for seed in seeds {
        let bytes = mutated(seed, &dice)
        let found = diagnostics { () throws(Failure) in try read(bytes) }
        if found.isEmpty { good += 1 } else { bad += 1 }
        for diagnostic in found {
          guard let place = diagnostic.location, place.line >= 1, place.column >= 1, !diagnostic.message.isEmpty else {
            wrong.append(String(decoding: bytes, as: UTF8.self))
            continue
          }
        }
        if found.count > 100 { wrong.append("\(found.count) diagnostics") }
      }
    }
    return (good, bad, wrong)
  }

  @Test func `mutated YAML`() throws {
    let seeds = [
      """
      name: penguins
      params: &p { seed: 7, train: { epochs: 200, rate: 0.1 } }
      stages:
        - id: train   # the first
          run: >-
            python3 train.py --seed ${seed}
            --out "x"
          env: {<<: *p, A: 'it''s', B: "q\\u00e9\\n"}
        - ? [complex, key]
          : |
            text
      """, "a: [1, 2, {b: ~}]\nc: !!str 3\nd: 'x'\n\"e\": .inf\n",
    ].map { Array($0.utf8) }
    let (good, bad, wrong) = run(seeds, 3_000) { bytes throws(Failure) in
      let node = try YAML.read(bytes, file: "f")
      _ = node?.value.json
    }
    #expect(good > 100 && bad > 100)
    #expect(wrong == [])
  }

  @Test func `mutated JSON`() throws {
    let seeds = [try fixture("formats/python.json"), Array(#"[{"a": [1.5e-3, "\ud83d\ude00", null]}, NaN]"#.utf8)]
    let (good, bad, wrong) = run(seeds, 3_000) { bytes throws(Failure) in
      _ = try JSON.read(bytes, file: "f").json
    }
    #expect(good > 100 && bad > 100)
    #expect(wrong == [])
  }

  @Test func `mutated TOML`() {
    let seed =
      "a = 1\nb = [1.5, 'x', \"q\\u00e9\"]\n[t.u]\nd = 1979-05-27T07:32:00Z\ni = {x = 0x1F, y = inf}\n[[s]]\nm = '''\nx'''\n"
    let (good, bad, wrong) = run([Array(seed.utf8)], 4_000) { bytes throws(Failure) in
      _ = try TOML.read(bytes, file: "f").json
    }
    #expect(good > 100 && bad > 100)
    #expect(wrong == [])
  }

  @Test func `mutated CSV`() throws {
    let (good, bad, wrong) = run([try fixture("formats/python-csv.csv")], 3_000) { bytes throws(Failure) in
      var scanner = CSVScanner(bytes, file: "f")
      var fields: [CSVField] = []
      while try scanner.next(&fields) {
        for field in fields { _ = scanner.double(field) ?? Double(scanner.text(field).count) }
      }
    }
    #expect(good > 100 && bad > 100)
    #expect(wrong == [])
  }

  @Test func `mutated JSON Lines, where both ways of reading agree`() {
    let seed =
      "{\"id\": \"a\\u0041\", \"y\": 1, \"p\": {\"x\": [0.25, NaN]}}\n\n{\"id\": 2, \"y\": null, \"p\": {\"x\": -1e5}}\n"
    var disagreements: [String] = []
    let (good, bad, wrong) = run([Array(seed.utf8)], 3_000) { bytes throws(Failure) in
      let some = diagnostics { () throws(Failure) in
        var scanner = JSONLinesScanner(bytes, file: "f", fields: ["y", "p.x", "id"])
        var found: [JSONField?] = []
        while try scanner.next(&found) {
          for field in found.compactMap({ $0 }) { _ = scanner.double(field) ?? Double(scanner.text(field).count) }
        }
      }
      var scanner = JSONLinesScanner(bytes, file: "f")
      let whole = diagnostics { () throws(Failure) in while try scanner.next() != nil {} }
      let isAboutSyntax =
        whole.first?.code == "json.syntax" && some.first?.message.hasSuffix("where an object should be") != true
      if isAboutSyntax, some.first?.location?.line != whole.first?.location?.line {
        disagreements.append(String(decoding: bytes, as: UTF8.self))
      }
      if !whole.isEmpty { throw Failure(whole) }
    }
    #expect(good > 100 && bad > 100)
    #expect(wrong == [])
    #expect(disagreements == [])
  }
}
