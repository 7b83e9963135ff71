import PawlCore
import PawlFormats
import Testing

struct JSONTests {
  @Test func `what Python writes is read with its digits`() throws {
    let value = try JSON.read(fixture("formats/python.json"), file: "python.json")
    guard case .map(let entries) = value else {
      Issue.record("no object")
      return
    }
    #expect(
      entries.map(\.key) == [
        "accuracy", "loss", "worst", "best", "count", "big", "tiny", "huge", "text", "lone", "nested", "",
      ])
    #expect(value["accuracy"] == .number(Number(0.912, text: "0.912")))
    #expect(value["loss"]?.text == "NaN")
    #expect(value["worst"] == .number(Number(.infinity, text: "Infinity")))
    #expect(value["best"] == .number(Number(-.infinity, text: "-Infinity")))
    #expect(value["count"]?.text == "9007199254740993")
    #expect(value["big"]?.text == "1000000000000000000000000000000")
    #expect(value["tiny"] == .number(Number(Double.leastNonzeroMagnitude, text: "5e-324")))
    #expect(value["text"] == .text("é \u{2028} 😀 \" \\ \n \u{0}"))
    #expect(value["lone"] == .text("\u{FFFD}"))
    #expect(value["nested"]?["a.b"]?.json == "[1,[],{},null,true,false]")
  }

  @Test func `numbers round as Python rounds them`() throws {
    var scanner = CSVScanner(try fixture("formats/python-floats.csv"), file: "floats")
    var fields: [CSVField] = []
    _ = try scanner.next(&fields)
    var count = 0
    while try scanner.next(&fields) {
      let text = scanner.text(fields[0])
      let bits = try #require(UInt64(scanner.text(fields[1]), radix: 16))
      let value = try #require(scanner.double(fields[0]), "`\(text)`")
      if value.isNaN { #expect(text.lowercased() == "nan") } else { #expect(value.bitPattern == bits, "`\(text)`") }
      count += 1
    }
    #expect(count > 2_000)
  }

  @Test(arguments: ["1e999", "-1e999"])
  func `numbers beyond the range are infinite`(text: String) throws {
    #expect(try json(text) == .number(Number(text.hasPrefix("-") ? -.infinity : .infinity, text: text)))
  }

  @Test(arguments: [
    ("[]", "[]"), ("{}", "{}"), (" [ 1 , 2 ] ", "[1,2]"), ("\u{FEFF}1", "1"), ("\"\\u0041\\/\\b\"", "\"A/\\u0008\""),
    ("\"\\ud83d\\ude00\"", "\"😀\""), ("\"\\ud83d\\u0041\"", "\"\u{FFFD}A\""), ("\"\\ude00\"", "\"\u{FFFD}\""),
    ("\"\\ud83d\\ud83d\\ude00\"", "\"\u{FFFD}😀\""), ("-0", "-0"), ("-0.0e-0", "-0.0e-0"), ("1E+2", "1E+2"),
    ("\"\u{7F}\"", "\"\\u007f\""),
    ("{\"b\":2,\"a\":3}", "{\"b\":2,\"a\":3}"), ("{\"\":{\"\":[]}}", "{\"\":{\"\":[]}}"), ("null", "null"),
    ("[\r\n\t1]", "[1]"), ("\"\\u0000\"", "\"\\u0000\""),
  ])
  func `legal texts are read`(text: String, expected: String) throws {
    #expect(try json(text).json == expected)
  }

  @Test(arguments: [
    ("", "1:1 there is no JSON value"),
    ("  \n ", "2:2 there is no JSON value"),
    ("[1,]", "1:4 a comma before `]`"),
    ("{\"a\":1,}", "1:8 a comma before `}`"),
    ("[1 2]", "1:4 `2` where `,` or `]` should be"),
    ("[1", "1:1 this `[` is never closed"),
    ("{\n\"a\": 1", "1:1 this `{` is never closed"),
    ("{\"a\" 1}", "1:6 `1` where `:` should be"),
    ("{a: 1}", "1:2 `a` where a key in double quotes should be"),
    ("{1: 1}", "1:2 `1` where a key in double quotes should be"),
    ("['a']", "1:2 `'` where a value should be"),
    ("1 2", "1:3 `2` after the end of the value"),
    ("{}}", "1:3 `}` after the end of the value"),
    ("[01]", "1:2 a number with a leading zero"),
    ("[-]", "1:2 a number without digits"),
    ("[-01]", "1:2 a number with a leading zero"),
    ("[1.]", "1:2 a number without digits after the point"),
    ("[.5]", "1:2 `.` where a value should be"),
    ("[+1]", "1:2 `+` where a value should be"),
    ("[1e]", "1:2 a number without digits in its exponent"),
    ("[1e+]", "1:2 a number without digits in its exponent"),
    ("[0x1]", "1:3 `x` where `,` or `]` should be"),
    ("[nan]", "1:2 `n` where a value should be"),
    ("[nulls]", "1:2 `n` where a value should be"),
    ("[-Infinityx]", "1:2 a number without digits"),
    ("[True]", "1:2 `T` where a value should be"),
    ("[\"a]", "1:2 this string is never closed"),
    ("[\"a\n\"]", "1:2 this string is not closed on its line"),
    ("[\"\t\"]", "1:3 a raw control character in a string"),
    ("[\"\\x\"]", "1:3 unknown escape in a string"),
    ("[\"\\u12G4\"]", "1:3 `\\u` wants four hexadecimal digits"),
    ("[\"\\", "1:3 an escape cut short"),
    ("// no\n1", "1:1 `/` where a value should be"),
    ("{\"é\": \"ö\", \"x\": ?}", "1:17 `?` where a value should be"),
    ("[1,\n  2,\n  x]", "3:3 `x` where a value should be"),
    ("[\u{1}]", "1:2 a control character where a value should be"),
  ])
  func `illegal texts are errors at their place`(text: String, expected: String) {
    #expect(jsonFault(text) == expected)
  }

  @Test func `bytes that are not UTF-8 are an error at their place`() {
    let bytes: [UInt8] = Array("[\"é\",\n \"".utf8) + [0xC3, 0x28] + Array("\"]".utf8)
    #expect(
      fault(diagnostics { () throws(Failure) in _ = try JSON.read(bytes, file: "f") }) == "2:3 byte 0xC3 is not UTF-8")
  }

  @Test(arguments: ["[", "{\"a\":"])
  func `nesting is read to a depth and refused beyond`(opening: String) throws {
    let closing = opening == "[" ? "]" : "}"
    let deep = { String(repeating: opening, count: $0) + "1" + String(repeating: closing, count: $0) }
    #expect(jsonFault(deep(511)) == "")
    #expect(jsonFault(deep(600)).hasSuffix("nested deeper than 512 levels"))
    #expect(jsonFault(String(repeating: opening, count: 1_000_000)).hasSuffix("nested deeper than 512 levels"))
  }

  @Test(arguments: [1, 3, 20]) func `a key that is there twice is a fault at the second`(_ count: Int) throws {
    let members = (0...count).map { "\"k\($0 % count)\": \($0)" }.joined(separator: ",\n")
    #expect(jsonFault("{\n\(members)}").hasPrefix("\(count + 2):"))
    #expect(jsonFault("{\n\(members)}").hasSuffix("the key `k0` is there twice"))
  }

  @Test func `an excerpt shows the line of the fault`() {
    let found = diagnostics { () throws(Failure) in _ = try JSON.read(Array("{\n  \"a\": tru\n}".utf8), file: "m.json")
    }
    #expect(found.first?.location == SourceLocation(file: "m.json", line: 2, column: 8, excerpt: "  \"a\": tru"))
    #expect(found.first?.code == "json.syntax")
  }
}
