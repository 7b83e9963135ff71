import PawlCore
import PawlFormats
import Testing

struct CoreSchemaTests {
  @Test(arguments: [
    "no", "yes", "on", "off", "No", "ON", "y", "n", "2026-01-01", "2026-01-01T00:00:00Z", "12:30:45", "1_000", "0b101",
    "1.2.3", "0x", "0o8", "0xG", "+", "-", ".", "e5", "1e", "1e+", ".e1", "nan", "inf", "Infinity", "NaN", "tRUE",
    "NULL ",
    "+0x1F", "0X1F", "1,000", "--1", "=", "<<",
  ])
  func `words of older YAML stay text`(word: String) {
    #expect(YAML.value(of: word) == .text(word))
  }

  @Test(arguments: [
    ("012", 12), ("1e3", 1000), (".5", 0.5), ("5.", 5), ("0x1F", 31), ("0o17", 15), ("-0", 0), ("+12.5e-1", 1.25),
    ("1.10", 1.1), ("9007199254740993", 9_007_199_254_740_992), ("1E5", 100_000), ("00.50", 0.5),
  ])
  func `numbers keep their text`(text: String, value: Double) {
    #expect(YAML.value(of: text) == .number(Number(value, text: text)))
  }

  @Test func `non-finite numbers take the words every reader knows`() {
    #expect(YAML.value(of: ".inf") == .number(Number(.infinity, text: "Infinity")))
    #expect(YAML.value(of: "-.INF") == .number(Number(-.infinity, text: "-Infinity")))
    guard case .number(let number) = YAML.value(of: ".NaN") else {
      Issue.record("`.NaN` is no number")
      return
    }
    #expect(number.value.isNaN && number.text == "NaN")
  }

  @Test func `null and booleans have three spellings each`() {
    for word in ["", "~", "null", "Null", "NULL"] { #expect(YAML.value(of: word) == .null) }
    for word in ["true", "True", "TRUE"] { #expect(YAML.value(of: word) == .bool(true)) }
    for word in ["false", "False", "FALSE"] { #expect(YAML.value(of: word) == .bool(false)) }
  }

  @Test func `a value on the command line may be a flow list, a flow map or quoted text`() {
    let one = Value.number(Number(1, text: "1"))
    #expect(YAML.value(of: "[1, a]") == .list([one, .text("a")]))
    #expect(YAML.value(of: "{a: 1}") == .map([Value.Entry("a", one)]))
    #expect(YAML.value(of: "'1'") == .text("1"))
    #expect(YAML.value(of: "\"a\\n\"") == .text("a\n"))
  }

  @Test(arguments: [
    "[1, ", "a: b", "- a", "# x", "'open", "*a", "&a b", "!!str 1", "a #b", "{a: 1} x", "@x", "%", "|", "[a] b",
  ])
  func `other text on the command line stays as it is`(text: String) {
    #expect(YAML.value(of: text) == .text(text))
  }
}
