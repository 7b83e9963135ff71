import PawlCore
import PawlFormats
import Testing

struct FormatByNameTests {
  private func read(_ text: String, _ file: String) throws(Failure) -> String {
    try FormatByName.read(Array(text.utf8), file: file).json
  }

  @Test(arguments: [
    ("a.json", "{\"a\": 1}"), ("dir.d/a.YAML", "a: 1"), ("a.yml", "a: 1"), ("a.toml", "a = 1"),
    ("metrics", "{\"a\": 1}"),
    ("metrics.txt", "a: 1"), (".json", "{\"a\": 1}"),
  ])
  func `the ending of the name picks the reader`(file: String, text: String) throws {
    #expect(try read(text, file) == "{\"a\":1}")
  }

  @Test func `an empty YAML file is null and an empty JSON file an error`() throws {
    #expect(try read("", "a.yaml") == "null")
    #expect(diagnostics { () throws(Failure) in _ = try read("", "a.json") }.first?.message == "there is no JSON value")
  }

  @Test func `a file without an ending that nothing reads says so`() {
    let found = diagnostics { () throws(Failure) in _ = try read("{\"a\": ", "metrics") }
    #expect(found.first?.code == "json.syntax")
    #expect(
      found.first?.cause == "`metrics` has no ending that names its format, and reads neither as JSON nor as YAML")
  }
}
