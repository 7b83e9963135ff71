import PawlCore
import PawlFormats
import Testing

struct YAMLBombTests {
  private func code(_ bytes: [UInt8]) -> String? {
    diagnostics { () throws(Failure) in _ = try YAML.read(bytes, file: "f") }.first?.code
  }

  /// Nine levels of nine aliases stand for 387 million values.
  private func laughs(_ levels: Int, key: Bool = false) -> String {
    var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    for level in 1...levels {
      let items = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += key ? "a\(level): &a\(level) {[\(items)]: 1}\n" : "a\(level): &a\(level) [\(items)]\n"
    }
    return text
  }

  @Test(.timeLimit(.minutes(1))) func `aliases that multiply are refused`() {
    #expect(code(Array(laughs(9).utf8)) == "yaml.too-many-aliases")
  }

  @Test(.timeLimit(.minutes(1))) func `aliases that multiply inside keys are refused`() {
    #expect(code(Array(laughs(9, key: true).utf8)) == "yaml.too-many-aliases")
    let direct = laughs(9) + "*a9 : 1\n"
    #expect(code(Array(direct.utf8)) == "yaml.too-many-aliases")
    let marked = laughs(9) + "? [*a9]\n: 1\n"
    #expect(code(Array(marked.utf8)) == "yaml.too-many-aliases")
  }

  @Test(.timeLimit(.minutes(1))) func `ten megabytes of aliases are refused`() {
    let item = Array("*a, ".utf8)
    var bytes = Array("a: &a [1]\nb: [".utf8)
    while bytes.count < 10 << 20 { bytes += item }
    #expect(code(bytes + Array("1]\n".utf8)) == "yaml.too-many-aliases")
  }

  @Test func `a chain of aliases grows deep slowly and is read or refused`() {
    var text = "a0: &a0 [1]\n"
    for level in 1...4_900 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(code(Array(text.utf8)) == "yaml.too-many-aliases")
  }

  @Test func `thousands of honest aliases are read`() throws {
    var text = "base: &b {lr: 0.1, seed: [1, 2]}\nstages:\n"
    for _ in 0..<1_000 { text += "  - *b\n" }
    text += "run: |\n  what? echo \"${a}: ${b}\"\n"
    let node = try YAML.read(Array(text.utf8), file: "f")
    #expect(node?["stages"]?.items?.count == 1_000)
  }

  @Test(arguments: ["[", "{a: ", "- ", "? "])
  func `nesting without end is an error`(opening: String) {
    #expect(code(Array(String(repeating: opening, count: 20_000).utf8)) != nil)
  }

  @Test func `nesting within bounds is read`() throws {
    let text = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    #expect(try YAML.read(Array(text.utf8), file: "f")?.value.json.count == 1_800)
  }

  @Test func `a file beyond sixteen megabytes is refused`() {
    #expect(code([UInt8](repeating: UInt8(ascii: "#"), count: 16 << 20 + 1)) == "yaml.too-large")
  }
}
