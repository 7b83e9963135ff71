import PawlCore
import PawlFormats
import Testing

struct TOMLTests {
  private func toml(_ text: String) throws -> Value { try TOML.read(Array(text.utf8), file: "f") }

  @Test func `tables, arrays and every scalar are read`() throws {
    let text = """
      seed = 7
      big = 9007199254740993
      rate = 0.1
      worst = -inf
      missing = nan
      name = "a\\tb"
      on = true
      day = 1979-05-27
      clock = 07:32:00
      moment = 1979-05-27T07:32:00Z
      [train]
      sizes = [1, 2, [3]]
      opt = { lr = 1e-3, name = 'adam' }
      [[stage]]
      id = 1
      [[stage]]
      id = 2
      """
    let value = try toml(text)
    #expect(value["seed"] == .number(Number(7, text: "7")))
    #expect(value["big"]?.text == "9007199254740993")
    #expect(value["rate"] == .number(Number(0.1, text: "0.1")))
    #expect(value["worst"]?.text == "-Infinity")
    #expect(value["missing"]?.text == "NaN")
    #expect(value["name"] == .text("a\tb"))
    #expect(value["on"] == .bool(true))
    #expect(value["day"] == .text("1979-05-27"))
    #expect(value["clock"] == .text("07:32:00"))
    #expect(value["moment"] == .text("1979-05-27T07:32:00Z"))
    #expect(value.at("train.opt.lr")?.text == "1e-3")
    #expect(value.at("train.sizes")?.json == "[1,2,[3]]")
    #expect(value["stage"]?.json == #"[{"id":1},{"id":2}]"#)
  }

  @Test func `an empty file is an empty table`() throws {
    #expect(try toml("") == .map([]))
    #expect(try toml("\u{FEFF}a = 1\r\n").json == #"{"a":1}"#)
  }

  @Test(arguments: [
    ("a = \n", 1), ("a = 1\na = 2\n", 2), ("[a\n", 1), ("x = 1\ny = 'open\n", 2), ("a = 012\n", 1), ("= 1\n", 1),
    ("a = \"\\q\"\n", 1),
    ("a = 1\nb = \u{1}\n", 2), ("ok = 1\na = \"\\u0000\"\n", 2), ("a = 99999999999999999999\n", 1),
  ])
  func `syntax errors have their line and its text`(text: String, line: Int) {
    let found = diagnostics { () throws(Failure) in _ = try TOML.read(Array(text.utf8), file: "f") }
    #expect(found.first?.location?.line == line)
    #expect(found.first?.location?.excerpt != nil)
    #expect(found.first?.code == "toml.syntax")
  }

  @Test func `a byte that is not UTF-8 and a NUL are errors at their place`() {
    let found = diagnostics { () throws(Failure) in _ = try TOML.read(Array("a = '".utf8) + [0x80], file: "f") }
    #expect(fault(found) == "1:6 byte 0x80 is not UTF-8")
    #expect(tomlFault("a = 1\nb = '\u{0}'") == "2:6 a raw control character in a string")
  }

  @Test func `keys keep the order and numbers the digits of the file`() throws {
    let text = "z = 0.9120\na = 1_000\nm.b = 0x1F\nm.a = 1e3\n[k.'x y']\n\"q.r\" = +5\n"
    #expect(try toml(text).json == #"{"z":0.9120,"a":1000,"m":{"b":31,"a":1e3},"k":{"x y":{"q.r":5}}}"#)
  }

  @Test(arguments: [
    (#"a = "x\ty\u00e9\U0001F600\"""#, "x\tyé😀\""), (#"a = 'c:\n'"#, #"c:\n"#),
    ("a = \"\"\"\nx\n y\"\"\"", "x\n y"), ("a = '''\r\nx''y'''", "x''y"), ("a = \"\"\"x \\\n   y\"\"\"", "x y"),
    ("a = \"\"\"\"\"q\"\"\"\"\"", "\"\"q\"\""), ("a = \"\"", ""),
    ("a = 1979-05-27 07:32:00.5-07:00", "1979-05-27 07:32:00.5-07:00"),
  ])
  func `strings and times are read as written`(text: String, expected: String) throws {
    #expect(try toml(text)["a"] == .text(expected))
  }

  @Test(arguments: [
    ("[a]\nb = 1\n[a]\n", 3), ("a.b = 1\na = 2\n", 2), ("a = {}\na.b = 1\n", 2), ("a = [1]\n[[a]]\n", 2),
    ("a = 2026-13-01\n", 1), ("a = 25:00:00\n", 1), ("a = {b = 1, b = 2}\n", 1),
  ])
  func `what is defined twice or out of range is an error in its line`(text: String, line: Int) {
    let found = diagnostics { () throws(Failure) in _ = try TOML.read(Array(text.utf8), file: "f") }
    #expect(found.first?.location?.line == line)
  }

  @Test(arguments: [
    "a = 1__0", "a = _1", "a = 1_", "a = 01", "a = 1.", "a = .5", "a = 0xG", "a = 0x", "a = +0x1", "a = 1e", "a = True",
    "a = nil",
    "a = 1 b = 2", "a", "a.", ".a = 1", "a = [1 2]", "a = {b = 1,}", "[]", "[[a]", "[a]]", "a = \"\"\"x",
    "a = 1979-05-27T", "a = {\n}",
  ])
  func `illegal texts are errors`(text: String) {
    #expect(tomlFault(text) != "")
  }

  @Test func `a bracket that closes nothing is an error at its place`() {
    #expect(tomlFault("a = 1\nb = [1, }\n") == "2:9 `}` where a value should be")
    #expect(tomlFault("s = \"\"\"]}\"\"\"\"\" # }\nt = '}'\nu = \"\\\"}\"\n") == "")
  }

  @Test func `nesting without end is an error`() {
    #expect(tomlFault("a = " + String(repeating: "[", count: 10_000)) != "")
  }
}
