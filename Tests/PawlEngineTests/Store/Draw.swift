import PawlCore
import PawlEngine
import PawlSystem

/// Values of the run's vocabulary drawn by chance from a seed: odd text, extreme numbers, every case.
struct Draw {
  private var state: UInt64
  /// Whether NaN may come up; it equals nothing, itself included.
  var drawsNaN = false

  init(seed: UInt64) { state = seed }

  /// SplitMix64 (Steele, Lea, Flood 2014).
  mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(bits() % UInt64(bound)) }
  mutating func flag() -> Bool { bits() & 1 == 0 }
  mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }
  mutating func maybe<T>(_ draw: (inout Draw) -> T) -> T? { flag() ? draw(&self) : nil }
  mutating func some<T>(_ most: Int = 3, _ draw: (inout Draw) -> T) -> [T] {
    (0..<below(most + 1)).map { _ in draw(&self) }
  }

  mutating func text() -> String {
    let odd = [
      "", "train[seed=1]", "a \"quoted\" \\ path", "line\nbreak\r\ttab", "\u{0}\u{1}\u{1F}\u{7F}", "é ü 漢字 👩‍🔬",
      "e\u{301}", "\u{2028}\u{2029}\u{FEFF}", "{\"sum\":\"", "null", "NaN", "</script>", "\u{FFFD}", "map",
    ]
    return flag() ? pick(odd) : odd[below(odd.count)] + String(bits(), radix: 36)
  }

  mutating func double() -> Double {
    let extremes: [Double] = [
      0, -0.0, 1, -1, 0.1, 1e22, 1e23, Double.leastNonzeroMagnitude, -Double.leastNonzeroMagnitude,
      .greatestFiniteMagnitude, .leastNormalMagnitude, .infinity,
      -.infinity, 9_007_199_254_740_992, 0.30000000000000004, 1e-7, 123_456_789.125,
    ]
    if drawsNaN, below(6) == 0 { return .nan }
    if flag() { return pick(extremes) }
    let any = Double(bitPattern: bits())
    return any.isNaN ? 0.5 : any
  }

  mutating func integer() -> Int { flag() ? pick([0, 1, -1, .max, .min, 1 << 53 + 1]) : Int(bitPattern: UInt(bits())) }
  mutating func count() -> Int { below(1000) }
  mutating func id() -> StageID { StageID(text()) }
  mutating func time() -> Timestamp { Timestamp(double()) }
  mutating func digest() -> Digest { Digester.digest(String(bits())) }

  mutating func number() -> Number {
    switch below(4) {
    case 0: return Number(double())
    case 1: return Number(0.912, text: "0.9120")
    case 2: return Number(double(), text: pick(["1e5", "+1.5", "012", ".5", "-Infinity", "0.1", "", "1_000", "x\"y"]))
    default: return Number(Double(below(1000)) / 8, text: "\(Double(below(1000)) / 8)")
    }
  }

  mutating func value(_ depth: Int = 3) -> Value {
    switch below(depth > 0 ? 6 : 4) {
    case 0: return .null
    case 1: return .bool(flag())
    case 2: return .number(number())
    case 3: return .text(text())
    case 4: return .list(some { $0.value(depth - 1) })
    default: return .map(some { $0.entry(depth - 1) })
    }
  }

  mutating func entry(_ depth: Int = 2) -> Value.Entry {
    Value.Entry(pick(["map", "number", "a", text()]), value(depth))
  }

  mutating func location() -> SourceLocation {
    SourceLocation(file: text(), line: count(), column: count(), length: 1 + below(9), excerpt: maybe { $0.text() })
  }

  mutating func diagnostic() -> Diagnostic {
    Diagnostic(
      text(), text(), severity: pick([.error, .warning, .note]), at: maybe { $0.location() },
      cause: maybe { $0.text() },
      remedy: maybe { $0.text() })
  }

  mutating func part() -> Fingerprint.Part { .init(pick(Fingerprint.Part.Kind.allCases), text(), text()) }
  mutating func fingerprint() -> Fingerprint { Fingerprint(some(5) { $0.part() }) }
  mutating func made() -> Made {
    Made(path: text(), digest: digest(), size: integer(), isFolder: flag(), isExecutable: maybe { $0.flag() })
  }

  mutating func kept() -> Kept {
    Kept(
      key: digest(), fingerprint: fingerprint(), outputs: some { $0.made() }, testData: maybe { $0.digest() },
      seconds: double(), run: text())
  }

  mutating func measurement() -> Measurement {
    Measurement(text(), flag() ? .number(number()) : .other(text()), file: maybe { $0.text() })
  }

  mutating func record() -> BaselineRecord {
    var record = BaselineRecord(
      id: text(), name: text(), run: text(), workflow: text(), time: time(), commit: maybe { $0.text() },
      tree: maybe { $0.text() }, isDirty: flag(), verdict: pick(Verdict.allCases), claims: some { $0.text() },
      parents: some { $0.text() }, reason: maybe { $0.text() }, who: maybe { $0.text() })
    record.stages = some {
      RecordedStage(id: $0.id(), key: $0.digest(), fingerprint: $0.fingerprint(), outputs: $0.some { $0.made() })
    }
    record.evidence = some {
      RecordedEvidence(
        exhibit: $0.text(), stage: $0.id(), base: $0.text(), matrix: $0.some { AxisValue($0.text(), $0.value()) },
        key: $0.digest(), testData: $0.maybe { $0.digest() }, models: $0.some { $0.made() },
        predictions: $0.maybe { $0.made() }, metrics: $0.some { $0.measurement() })
    }
    for _ in 0..<below(4) { record.stored[digest()] = text() }
    return record
  }
}
