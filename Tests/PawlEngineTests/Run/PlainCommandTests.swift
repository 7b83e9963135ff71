import Glibc
import PawlCore
import PawlSystem
import Testing

@testable import PawlEngine

@Suite struct PlainCommandTests {
  private func read(
    _ line: String, shell: [String] = ["sh", "-eu"], environment: [String: String] = ["PATH": "/bin"]
  ) -> JobSpec.Plain? {
    PlainCommand.read(Command(lines: [line], shell: shell), environment: environment)
  }

  @Test func `words and one output need no shell`() {
    #expect(read("python3 train.py --rate 0.1")?.argv == ["python3", "train.py", "--rate", "0.1"])
    #expect(
      read("cat a.txt 'b c.txt' > out/d.txt") == JobSpec.Plain(argv: ["cat", "a.txt", "b c.txt"], output: "out/d.txt"))
    #expect(read("  ./train   --x=1 '' ")?.argv == ["./train", "--x=1", ""])
    #expect(read("cat a>b") == nil)
  }

  @Test(arguments: [
    "", "  ", "echo a", "cd x", "true", ". ./env", "x=1 python3 a.py", "python3 a.py && b", "a | b", "a; b", "a &",
    "a $HOME", "a `b`", "a \"b\"", "a\\ b", "a *.csv", "a [b]", "a {b,c}", "a ~/b", "a # b", "a < b", "a 2> b",
    "a > b c", "a > b > c", "a >> b", "a > ", "> a", "a > ''", "a > b 2>&1", "a 'b", "a\nb", "! a", "'' b", "exec a",
    "a > $x", "a\u{e4}",
  ])
  func `whatever may mean more is the shell's`(line: String) { #expect(read(line) == nil) }

  @Test func `another shell, several lines and functions of bash are the shell's`() {
    #expect(read("python3 a.py", shell: ["bash", "-c"]) == nil)
    #expect(read("python3 a.py", environment: ["PATH": "/bin", "BASH_FUNC_python3%%": "() { :; }"]) == nil)
    #expect(PlainCommand.read(Command(lines: ["a", "b"]), environment: ["PATH": "/bin"]) == nil)
    #expect(read("python3 a.py", environment: [:]) == nil)
  }

  @Test func `a shell reads the same words`() throws {
    var draw = Draw(seed: 12)
    let letters = Array("ab0_-./,:+=@% ' \t")
    var lines: [String] = []
    while lines.count < 300 {
      let line = "w" + String((0...draw.below(24)).map { _ in draw.pick(letters) })
      if read(line) != nil { lines.append(line) }
    }
    // One shell for all: each line becomes the arguments of a function that prints them one to a line.
    let script =
      "show() { for word do printf '<%s>\\n' \"$word\"; done; printf '=\\n'; }\n"
      + lines.map { "show \($0)" }.joined(separator: "\n")
    let answer = try capture(["sh", "-eu", "-c", script], in: "/", timeout: .seconds(60))
    let expected = lines.map { line in
      (read(line)?.argv ?? []).map { "<\($0)>\n" }.joined() + "=\n"
    }.joined()
    #expect(String(decoding: answer.stdout, as: UTF8.self) == expected)
  }
}
