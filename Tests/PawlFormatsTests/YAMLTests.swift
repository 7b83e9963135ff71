import PawlCore
import PawlFormats
import Testing

struct YAMLTests {
  private func number(_ text: String, _ value: Double) -> Value { .number(Number(value, text: text)) }

  @Test func `words of older YAML are text as keys and as values`() throws {
    let value = try yaml("no: on\n1e3: 012\n2026-01-01: 2026-01-02\n12:30:45: yes\n")
    #expect(
      value
        == .map([
          Value.Entry("no", .text("on")), Value.Entry("1e3", number("012", 12)),
          Value.Entry("2026-01-01", .text("2026-01-02")), Value.Entry("12:30:45", .text("yes")),
        ]))
  }

  @Test func `quoted, literal and folded scalars are text`() throws {
    let value = try yaml("a: '1'\nb: \"true\"\nc: |\n  1\nd: >-\n  2\ne: 3\n")
    #expect(value?["a"] == .text("1"))
    #expect(value?["b"] == .text("true"))
    #expect(value?["c"] == .text("1\n"))
    #expect(value?["d"] == .text("2"))
    #expect(value?["e"] == number("3", 3))
  }

  @Test func `a core tag decides the type, an unknown tag does not`() throws {
    let value = try yaml("a: !!str 1\nb: !!int '2'\nc: !mine 3\nd: ! 4\ne: &x !!str 5\nf: *x\n")
    #expect(value?["a"] == .text("1"))
    #expect(value?["b"] == number("2", 2))
    #expect(value?["c"] == number("3", 3))
    #expect(value?["d"] == .text("4"))
    #expect(value?["e"] == .text("5"))
    #expect(value?["f"] == .text("5"))
  }

  @Test(arguments: ["", "\n", "# only a comment\n", "---\n# nothing\n...\n", "\u{FEFF}"])
  func `a file without a document is nothing or null`(text: String) throws {
    let node = try YAML.read(Array(text.utf8), file: "f")
    #expect(node?.isNull ?? true)
  }

  @Test func `every node says where it stands and how long it is`() throws {
    let text = "é: héllo wörld # no\n  \nlist: [ab, 'c d', \"e\\\"f\", {k: vv}]\nbase: &b !!str 12\n"
    let node = try #require(try YAML.read(Array(text.utf8), file: "w.yml"))
    let pairs = try #require(node.pairs)
    #expect(pairs[0].key.location == SourceLocation(file: "w.yml", line: 1, column: 1, excerpt: "é: héllo wörld # no"))
    #expect(pairs[0].value.location.column == 4)
    #expect(pairs[0].value.location.length == 11)
    let items = try #require(pairs[1].value.items)
    #expect(items.map(\.location.column) == [8, 12, 19, 27])
    #expect(items.map(\.location.length) == [2, 5, 6, 1])
    #expect(items[3].pairs?[0].value.location.length == 2)
    #expect(pairs[2].value.location.column == 16)
    #expect(pairs[2].value.location.length == 2)
    #expect(pairs[2].value.location.excerpt == "base: &b !!str 12")
  }

  @Test func `a byte order mark shifts no column and CR LF ends lines`() throws {
    let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("a: 1\r\nb:\r\n  - x\r\n  - y\r\n".utf8)
    let node = try #require(try YAML.read(bytes, file: "f"))
    #expect(node.value == .map([Value.Entry("a", number("1", 1)), Value.Entry("b", .list([.text("x"), .text("y")]))]))
    #expect(node.pairs?[0].key.location.column == 1)
    let y = try #require(node["b"]?.items?[1].location)
    #expect(y == SourceLocation(file: "f", line: 4, column: 5, excerpt: "  - y"))
  }

  @Test func `aliases repeat values and merge keys bring in what is not written`() throws {
    let text = """
      base: &base {lr: 0.1, epochs: 5}
      more: &more {epochs: 7, seed: 1}
      one: {<<: *base, lr: 0.2}
      two:
        seed: 9
        <<: [*base, *more]
      same: *base
      """
    let node = try #require(try YAML.read(Array(text.utf8), file: "f"))
    #expect(node["one"]?.value.json == #"{"epochs":5,"lr":0.2}"#)
    #expect(node["two"]?.value.json == #"{"seed":9,"lr":0.1,"epochs":5}"#)
    #expect(node["same"]?.value.json == #"{"lr":0.1,"epochs":5}"#)
    #expect(node["one"]?["epochs"]?.location.line == 1)
  }

  @Test func `a merge merges one level, without looking into maps`() throws {
    let value = try yaml("a: &a {m: {x: 1, y: 2}}\nb:\n  <<: *a\n  m: {x: 3}\n")
    #expect(value?["b"]?.json == #"{"m":{"x":3}}"#)
  }

  @Test(arguments: ["a: {<<: 1}", "a: {<<: [1]}", "x: &x [1]\na: {<<: *x}", "a: {<<: }"])
  func `a merge of no map is an error`(text: String) {
    #expect(yamlFault(text).hasSuffix("`<<` wants a map or a list of maps"))
  }

  @Test func `a quoted merge key is an ordinary key`() throws {
    #expect(try yaml("'<<': 1\n")?.json == #"{"<<":1}"#)
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", "3:1 `a` is written twice in one map"),
    ("x: 1\ns:\n  - {k: 1, é: 2, 'k': 3}\n", "3:18 `k` is written twice in one map"),
    ("\"a b\": 1\na b: 2\n", "2:1 `a b` is written twice in one map"),
    ("o:\n  a:\n    b: 1\n  c: 1\n  a: 2\n", "5:3 `a` is written twice in one map"),
    ("a: &a {}\nb: {<<: *a, <<: *a}\n", "2:13 `<<` is written twice in one map"),
    ("a: 1\r\na: 2\r\n", "2:1 `a` is written twice in one map"),
  ])
  func `a duplicate key is an error at the second one`(text: String, expected: String) {
    #expect(yamlFault(text) == expected)
  }

  @Test func `all duplicate keys are reported at once`() {
    let found = diagnostics { () throws(Failure) in
      _ = try YAML.read(Array("a: 1\nb: 1\na: 2\nc: {d: 1, d: 2}\nb: 3\na: 4\n".utf8), file: "f")
    }
    #expect(found.compactMap(\.location?.line).sorted() == [3, 4, 5, 6])
    #expect(found.first?.cause == "the first stands in line 1")
  }

  @Test(arguments: [
    ("a:\n\tb: 1\n", "2:1 a tab cannot indent YAML"),
    ("a: [1, 2\nb: 3\n", "1:4 this `[` is never closed"),
    ("a: {b: 1\n", "1:4 this `{` is never closed"),
    ("a: 'x\n", "1:4 this quote is never closed"),
    ("a: b: c\n", "1:5 a `:` where no key can stand"),
    ("a: @x\n", "1:4 `@` cannot begin a value"),
    ("a: *nope\n", "1:4 no anchor of this name stands above"),
    ("a: \"\\q\"\n", "1:5 an unknown escape in double quotes"),
    ("a: 1\n---\nb: 2\n", "2:1 a second document begins here"),
    ("a: 1\n b: 2\n", "2:3 a `:` where no key can stand"),
    ("a:\n  - 1\n b: 2\n", "3:2 this line fits neither the map above nor a new one"),
  ])
  func `syntax errors say what is wrong and where`(text: String, expected: String) {
    #expect(yamlFault(text) == expected)
  }

  @Test(arguments: [
    "a: {b: ${x}}\n", "a: { b: ${x}, c: 1 }\n", "a: [${x}, 2]\n", "a:\n  - {c: 1, b: ${matrix.x}}\n",
    "a: {b: models/${x}.json}\n",
    "a: [\n  1,\n  ${x}\n]\n",
  ])
  func `an interpolation without quotes inside brackets wants quotes`(text: String) {
    let found = diagnostics { () throws(Failure) in _ = try YAML.read(Array(text.utf8), file: "f") }
    #expect(found.first?.message == "`${…}` without quotes inside `{…}` or `[…]`")
    #expect(found.first?.remedy == "put the value in double quotes: \"${…}\"")
    #expect(found.first?.location?.excerpt?.contains("${") == true)
  }

  @Test func `an interpolation outside brackets needs no quotes`() throws {
    #expect(try yaml("a: ${x}\nb: [\"${x}\"]\nc: x-${y}-z\n")?.json == #"{"a":"${x}","b":["${x}"],"c":"x-${y}-z"}"#)
  }

  @Test func `a byte that is not UTF-8 is an error at its place`() {
    let bytes = Array("a: é\nb: ö".utf8) + [0xFF, 0x41]
    let found = diagnostics { () throws(Failure) in _ = try YAML.read(bytes, file: "f") }
    #expect(fault(found) == "2:5 byte 0xFF is not UTF-8")
    let utf16 = diagnostics { () throws(Failure) in _ = try YAML.read([0xFF, 0xFE, 0x61, 0x00], file: "f") }
    #expect(utf16.first?.remedy == "the file is UTF-16: save it as UTF-8")
  }

  @Test(arguments: ["a: \u{1}\n", "a: \u{7F}\n", "a: \u{0}b\n", "a: \u{9F}\n", "a: \u{FEFF}\n", "a: \u{FFFE}\n"])
  func `a control character is an error at its place`(text: String) {
    #expect(yamlFault(text) == "1:4 a control character, which YAML forbids")
  }
}
