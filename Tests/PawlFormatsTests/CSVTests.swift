import PawlCore
import PawlFormats
import Testing

struct CSVTests {
  private func records(_ text: String) throws(Failure) -> [[String]] { try records(Array(text.utf8)) }

  private func records(_ bytes: [UInt8]) throws(Failure) -> [[String]] {
    var scanner = CSVScanner(bytes, file: "f.csv")
    var fields: [CSVField] = []
    var records: [[String]] = []
    while try scanner.next(&fields) { records.append(fields.map { scanner.text($0) }) }
    return records
  }

  private func csvFault(_ text: String) -> String {
    fault(diagnostics { () throws(Failure) in _ = try records(text) })
  }

  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
    ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
    ("\n\na\n\n\r\n1\n\n", [["a"], ["1"]]),
    ("a,b\n,\n", [["a", "b"], ["", ""]]),
    ("\"a\"\"b\",\"c,d\"\n\"x\ny\",\"\"\n", [["a\"b", "c,d"], ["x\ny", ""]]),
    ("\"a\r\nb\"\n", [["a\r\nb"]]),
    ("a b, c\n", [["a b", " c"]]),
    ("a\"b,c\n", [["a\"b", "c"]]),
    ("\"\"\"\"\n", [["\""]]),
    ("\"\"\"a\"\"\"\"b\"\n", [["\"a\"\"b"]]),
    ("", []),
    ("\u{FEFF}a\n1\n", [["a"], ["1"]]),
    ("\u{FEFF}\"a\"\n", [["a"]]),
    ("a,\n1,", [["a", ""], ["1", ""]]),
    ("é,😀\nä,ö\n", [["é", "😀"], ["ä", "ö"]]),
    ("\"\"\n", [[""]]),
  ])
  func `records are split as the RFC says`(text: String, expected: [[String]]) throws {
    #expect(try records(text) == expected)
  }

  @Test func `what Python writes is read`() throws {
    #expect(
      try records(fixture("formats/python-csv.csv")) == [
        ["id", "text", "score"], ["1", "plain", "0.25"], ["2", "a, comma", "nan"], ["3", "a \"quote\"", "inf"],
        ["4", "two\nlines", "1e-07"], ["5", "", "12"], ["6", "é, 😀", "-0.0"],
      ])
  }

  @Test(arguments: [
    ("a,b\n1,2\n3\n", "3:1 line 3 has 1 field, the header has 2 fields"),
    ("a\n\"x\ny\"\n\n1,2\n", "5:1 line 5 has 2 fields, the header has 1 field"),
    ("a\n\"x\n", "2:1 this quote is never closed"),
    ("a,b\n1,\"x\" y\n", "2:6 text after a closing quote"),
    ("\u{FEFF}é,\"x\"y\n", "1:6 text after a closing quote"),
  ])
  func `malformed records are errors at their place`(text: String, expected: String) {
    #expect(csvFault(text) == expected)
  }

  @Test func `lines are counted through quoted breaks`() throws {
    var scanner = CSVScanner(Array("a\n\"x\ny\r\nz\"\n\nlast\n".utf8), file: "f")
    var fields: [CSVField] = []
    var lines: [Int] = []
    while try scanner.next(&fields) { lines.append(scanner.line) }
    #expect(lines == [1, 2, 6])
    #expect(!(try scanner.next(&fields)))
  }

  @Test(arguments: [
    ("0.5", 0.5), ("-1e-3", -0.001), ("1E5", 100_000), (" 7 ", 7), ("inf", .infinity), ("-Inf", -.infinity),
    ("Infinity", .infinity), ("0.1234567890123456789", 0.1234567890123456789), ("\"2.5\"", 2.5), ("+.5", 0.5),
    ("1e400", .infinity),
  ])
  func `numbers are read as Python reads them`(text: String, expected: Double) throws {
    var scanner = CSVScanner(Array(text.utf8), file: "f")
    var fields: [CSVField] = []
    #expect(try scanner.next(&fields))
    #expect(scanner.double(fields[0]) == expected)
  }

  @Test(arguments: [
    "", "a", "1x", "1e", "-", ".", "1 2", "0x10", "1_000", "nanx", "1,5", "--1", "\"1\"\"\"", "infinit",
  ])
  func `other text is no number`(text: String) throws {
    var scanner = CSVScanner(Array("x\n\(text == "" ? "\"\"" : text == "1,5" ? "\"1,5\"" : text)\n".utf8), file: "f")
    var fields: [CSVField] = []
    _ = try scanner.next(&fields)
    #expect(try scanner.next(&fields))
    #expect(scanner.double(fields[0]) == nil)
  }

  @Test func `a field knows its place and compares with text`() throws {
    var scanner = CSVScanner(Array("é,\"wö\"\"x\"\n".utf8), file: "f")
    var fields: [CSVField] = []
    #expect(try scanner.next(&fields))
    #expect(scanner.equals(fields[0], "é"))
    #expect(scanner.equals(fields[1], "wö\"x"))
    #expect(!scanner.equals(fields[1], "wö"))
    #expect(scanner.location(of: fields[1]).column == 4)
  }
}
