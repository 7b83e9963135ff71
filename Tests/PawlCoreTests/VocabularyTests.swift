import PawlCore
import PawlTestSupport
import Testing

@Suite struct DecimalTests {
  @Test func `0.80 + 0.05 is exactly 0.85`() throws {
    let sum = try #require(Decimal("0.80")) + #require(Decimal("0.05"))
    #expect(sum == Decimal("0.85"))
    #expect(sum.text == "0.85")
  }

  @Test(arguments: [
    ("1e3", "1000"), ("-0.5", "-0.5"), ("0.0", "0"), ("-0", "0"), (".5", "0.5"), ("12.", "12"), ("1E-2", "0.01"),
    ("007", "7"), ("100", "100"),
  ]) func `numbers are read as written`(_ text: String, _ plain: String) {
    #expect(Decimal(text)?.text == plain)
  }

  @Test(arguments: ["", "-", ".", "1e", "1e+", "abc", "1_000", "0x10", "NaN", "inf", "1e99999", "--1", "1 "])
  func `what is no number is nil`(_ text: String) { #expect(Decimal(text) == nil) }

  @Test func `comparison goes by value at any distance`() throws {
    let numbers = ["-1e308", "-2", "-1.5", "-1e-300", "0", "1e-300", "0.1", "0.10000000000000000001", "1", "1e308"]
    let values = try numbers.map { try #require(Decimal($0)) }
    #expect(values.sorted() == values)
    for (index, value) in values.enumerated() {
      for (other, against) in values.enumerated() { #expect((value < against) == (index < other)) }
    }
  }

  @Test func `products and differences are exact`() throws {
    #expect(try #require(Decimal("0.915")) * #require(Decimal("0.01")) == Decimal("0.00915"))
    #expect(try #require(Decimal("1")) - #require(Decimal("0.9")) == Decimal("0.1"))
    #expect(try #require(Decimal("99999")) * #require(Decimal("-99999")) == Decimal("-9999800001"))
  }
}

@Suite struct GlobTests {
  @Test(arguments: [
    ("src/**/*.py", "src/a.py", true), ("src/**/*.py", "src/x/y/a.py", true), ("src/**/*.py", "lib/a.py", false),
    ("*.csv", "data.csv", true), ("*.csv", ".hidden.csv", false), (".*", ".hidden", true), ("a?c", "abc", true),
    ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("**", "a/b/c", true), ("**/x", "x", true),
    ("a/**/b/**/c", "a/1/b/2/3/c", true), ("*", "a/b", false), ("**/*", ".git/config", false), ("[x", "[x", true),
  ]) func `a pattern matches whole paths`(_ pattern: String, _ path: String, _ expected: Bool) {
    #expect(Glob.matches(pattern, path) == expected)
  }

  @Test func `a pattern of many stars answers at once`() {
    let pattern = String(repeating: "*a", count: 40) + "b"
    #expect(!Glob.matches(pattern, String(repeating: "a", count: 5_000)))
    let deep = Array(repeating: "**", count: 60).joined(separator: "/") + "/x"
    #expect(!Glob.matches(deep, Array(repeating: "a", count: 200).joined(separator: "/")))
  }

  @Test func `a tree is expanded in order, hidden files left out`() throws {
    let tree = MemoryTree(["src/b.py": "", "src/a.py": "", "src/.c.py": "", "src/sub/d.py": "", "x.py": ""])
    #expect(try tree.expand("src/**/*.py") == ["src/a.py", "src/b.py", "src/sub/d.py"])
    #expect(try tree.expand("*.py") == ["x.py"])
  }
}

@Suite struct PathsTests {
  @Test(arguments: [
    ("", "./a//b/../c", "a/c"), ("w", "../x", "x"), ("", "../x", "../x"), ("w", "/abs/./y", "/abs/y"),
    ("a/b", "../../..", ".."),
    ("", ".", ""), ("/r", "..", "/"),
  ]) func `paths are joined and normalised`(_ directory: String, _ path: String, _ expected: String) {
    #expect(Paths.join(directory, path) == expected)
  }

  @Test func `a path inside a directory is found again from there`() {
    for (path, directory) in [("a/b/c", "a/x"), ("a", "a/b"), ("../out", "w"), ("a/b", "a/b"), ("x", "")] {
      #expect(Paths.join(directory, Paths.relative(path, from: directory)) == path)
    }
  }

  @Test func `leaving the root is noticed`() {
    #expect(Paths.staysInside("a/b"))
    #expect(!Paths.staysInside("../a"))
    #expect(!Paths.staysInside("/a"))
    #expect(Paths.staysInside("..a"))
  }
}

@Suite struct FingerprintTests {
  @Test func `the order of parts does not matter and fields cannot run together`() {
    let a = Fingerprint([.init(.input, "a", "1"), .init(.parameter, "p", "2")])
    #expect(a == Fingerprint([.init(.parameter, "p", "2"), .init(.input, "a", "1")]))
    let left = Fingerprint([.init(.input, "ab", "c")])
    let right = Fingerprint([.init(.input, "a", "bc")])
    #expect(left.canonicalBytes != right.canonicalBytes)
  }

  @Test func `every kind of change is named`() {
    let old = Fingerprint([
      .init(.command, "", "x"), .init(.parameter, "rate", "0.1"), .init(.input, "a", "1"), .init(.input, "gone", "1"),
      .init(.environment, "E", "=1"), .init(.tool, "python", "3.10"), .init(.output, "o", "output"),
    ])
    let new = Fingerprint([
      .init(.command, "", "y"), .init(.parameter, "rate", "0.2"), .init(.input, "a", "2"), .init(.input, "new", "1"),
      .init(.environment, "E", "=2"), .init(.tool, "python", "3.11"), .init(.output, "p", "output"),
    ])
    #expect(
      new.changes(since: old) == [
        .commandChanged, .parameterChanged("rate", "0.1", "0.2"), .inputChanged("a"), .inputRemoved("gone"),
        .inputAdded("new"), .environmentChanged("E"), .toolChanged("python", "3.10", "3.11"), .outputsDeclared,
      ])
    #expect(new.changes(since: new).isEmpty)
  }
}

@Suite struct CommandChangeTests {
  private func print(_ command: String, rate: String) -> Fingerprint {
    Fingerprint([.init(.command, "", command), .init(.parameter, "rate", rate)])
  }

  @Test func `a parameter in the command is the reason, and the command is not a second one`() {
    let old = print("train --rate 0.1 --out m", rate: "0.1")
    #expect(
      print("train --rate 0.2 --out m", rate: "0.2").changes(since: old) == [.parameterChanged("rate", "0.1", "0.2")])
  }

  @Test func `a command that changed beside its parameter is told too`() {
    let old = print("train --rate 0.1 --out m", rate: "0.1")
    let both = print("train --rate 0.2 --out n", rate: "0.2").changes(since: old)
    #expect(both == [.commandChanged, .parameterChanged("rate", "0.1", "0.2")])
  }
}

@Suite struct SuggestionTests {
  @Test func `the nearest name is offered and a far one is not`() {
    #expect(Suggestion.nearest(to: "input", in: ["inputs", "outputs", "run"]) == "inputs")
    #expect(Suggestion.nearest(to: "xyzzy", in: ["inputs", "outputs"]) == nil)
    #expect(Suggestion.nearest(to: "", in: ["a"]) == nil)
  }
}

@Suite struct TimestampTests {
  @Test(arguments: [
    (0.0, "1970-01-01T00:00:00Z"), (1_795_505_405, "2026-11-24T07:30:05Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (-1, "1969-12-31T23:59:59Z"), (4_102_444_800, "2100-01-01T00:00:00Z"),
  ]) func `times are written in UTC`(_ seconds: Double, _ text: String) {
    #expect(Timestamp(seconds).rfc3339 == text)
  }

  @Test func `no number of seconds traps`() {
    for seconds in [Double.nan, .infinity, -.infinity, 1e300, -1e300] { #expect(!Timestamp(seconds).rfc3339.isEmpty) }
  }
}

@Suite struct ExitStatusTests {
  @Test func `of several the order is signal, 2, 4, 3, 6, 1, 5`() {
    let order: [PawlCore.ExitStatus] = [
      .signal(2), .usage, .surroundings, .stageFailed, .gateInvalid, .gateFailed, .gateInconclusive, .ok,
    ]
    for (index, status) in order.enumerated() { #expect(PawlCore.ExitStatus.worst(order[index...]) == status) }
    #expect(order.map(\.code) == [130, 2, 4, 3, 6, 1, 5, 0])
    for status in order { #expect(PawlCore.ExitStatus(code: status.code) == status) }
  }
}

@Suite struct ValueTests {
  @Test(arguments: [
    ("012", 12.0, "12"), ("0x1F", 31, "31"), ("+5", 5, "5"), ("1e3", 1000, "1e3"), ("0.10", 0.1, "0.10"),
    (".5", 0.5, "0.5"),
    ("1.", 1, "1.0"), ("-0", 0, "-0"),
  ]) func `a number is a legal JSON token that keeps its kind`(_ text: String, _ value: Double, _ json: String) {
    #expect(Number(value, text: text).jsonText == json)
  }

  @Test func `a dotted path finds a nested value, and a key that holds the dots first`() {
    let value = Value.map([
      .init("train", .map([.init("rate", .text("nested")), .init("deep.er", .text("dots"))])),
      .init("a.b", .text("whole")), .init("a", .map([.init("b", .text("parts"))])),
    ])
    #expect(value.at("train.rate") == .text("nested"))
    #expect(value.at("train.deep.er") == .text("dots"))
    #expect(value.at("a.b") == .text("whole"))
    #expect(value.at("train.none") == nil)
  }
}

@Suite struct RunNameTests {
  @Test func `runs of one second still sort by their time`() {
    let names = [0.0, 0.001, 0.5, 0.999, 1.0].map { Timestamp(1_795_505_405 + $0).compact }
    #expect(names == names.sorted())
    #expect(Set(names).count == names.count)
    #expect(RunName.short(names[1] + "-3f9a1c") == "3f9a1c")
    #expect(RunName.short("my-run") == "my-run")
  }
}
