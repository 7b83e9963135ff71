import PawlCore
import PawlFormats
import Testing

struct JSONLinesTests {
  private func members(_ text: String, _ fields: [String]) throws(Failure) -> [[String?]] {
    var scanner = JSONLinesScanner(Array(text.utf8), file: "f", fields: fields)
    var found: [JSONField?] = []
    var rows: [[String?]] = []
    while try scanner.next(&found) { rows.append(found.map { $0.map { scanner.text($0) } }) }
    return rows
  }

  private func values(_ text: String) throws(Failure) -> [String] {
    var scanner = JSONLinesScanner(Array(text.utf8), file: "f")
    var result: [String] = []
    while let value = try scanner.next() { result.append("\(scanner.line) \(value.json)") }
    return result
  }

  @Test func `every line that is not blank is a value`() throws {
    #expect(try values("\u{FEFF}{\"a\":1}\r\n\n  \n[2]\n3") == ["1 {\"a\":1}", "4 [2]", "5 3"])
    #expect(try values("") == [])
  }

  @Test func `wanted members are found wherever they stand`() throws {
    let text = """
      {"y": 1, "p": 0.25, "z": {"y": 9, "q": [1, {"y": 3}]}}
      {"p": "0.5", "deep": {"inner": {"x": "a\\u0041\\n"}}, "y": null}
      {"deep": {"inner": 4}, "\\u0079": true}
      {}
      """
    #expect(
      try members(text, ["y", "p", "deep.inner.x", "z"]) == [
        ["1", "0.25", nil, "{\"y\": 9, \"q\": [1, {\"y\": 3}]}"],
        ["null", "0.5", "aA\n", nil],
        ["true", nil, nil, nil],
        [nil, nil, nil, nil],
      ])
  }

  @Test func `a key that holds the dots is found first and the last duplicate wins`() throws {
    #expect(try members(#"{"a.b": 1, "a": {"b": 2}}"#, ["a.b"]) == [["1"]])
    #expect(try members(#"{"a": {"b": 2}, "a.b": 1}"#, ["a.b"]) == [["1"]])
    #expect(try members(#"{"a": {"b": 2}, "a": {"b": 3}}"#, ["a.b"]) == [["3"]])
    #expect(
      try members(#"{"a": {"b": 2}, "x": 1, "x": 2}"#, ["x", "a", "a.b", "x"]) == [["2", "{\"b\": 2}", "2", "2"]])
  }

  @Test func `numbers and words are numbers`() throws {
    let text = #"{"a": NaN, "b": -Infinity, "c": 1e3, "d": "inf", "e": true, "f": [1]}"#
    var scanner = JSONLinesScanner(Array(text.utf8), file: "f", fields: ["a", "b", "c", "d", "e", "f"])
    var found: [JSONField?] = []
    #expect(try scanner.next(&found))
    let numbers = found.map { $0.flatMap { scanner.double($0) } }
    #expect(numbers[0]?.isNaN == true)
    #expect(numbers[1...] == [-.infinity, 1_000, .infinity, nil, nil])
  }

  @Test(arguments: [
    ("{\"a\": 1}\n{\"a\": 1,}\n", "2:9"), ("{\"a\": 1}\n{\"a\" 1}\n", "2:6"), ("{\"a\": 1}\n\n{\"a\": [1,]}\n", "3:10"),
    ("{\"a\": 1\n", "1:1"), ("{\"b\": \"\\x\"}", "1:8"), ("{\"b\": {\"c\": tru}}", "1:13"), ("{\"a\": 1} {}", "1:10"),
  ])
  func `a malformed line is an error at its place for both ways of reading`(text: String, place: String) {
    let whole = fault(diagnostics { () throws(Failure) in _ = try values(text) })
    let some = fault(diagnostics { () throws(Failure) in _ = try members(text, ["a"]) })
    #expect(whole.hasPrefix(place + " "))
    #expect(some.hasPrefix(place + " "))
  }

  @Test func `a line that is no object has no members`() {
    let found = fault(diagnostics { () throws(Failure) in _ = try members("[1]\n", ["a"]) })
    #expect(found == "1:1 `[` where an object should be")
  }

  @Test func `depth is bounded`() {
    let deep = "{\"b\": " + String(repeating: "[", count: 100_000)
    let found = fault(diagnostics { () throws(Failure) in _ = try members(deep, ["a"]) })
    #expect(found.hasSuffix("nested deeper than 512 levels"))
  }
}
