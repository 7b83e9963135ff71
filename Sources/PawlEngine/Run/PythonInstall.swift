import PawlCore
import PawlSystem

/// Makes one Python environment: the folder, what the requirements name, and the list of what that brought.
struct PythonInstall {
  private let disk: Disk
  private let variables: [String: String]
  private let python: PythonEnvironment

  init(_ disk: Disk, _ variables: [String: String], _ python: PythonEnvironment) {
    self.disk = disk
    self.variables = variables
    self.python = python
  }

  /// The lock: `version`, then `name==version` a line each, sorted.
  func run(in folder: String, version: String) throws(Failure) -> String {
    let requirements = disk.absolute(python.requirements)
    let interpreter = folder + "/bin/python"
    let list: [String]
    if hasUV {
      try step(["uv", "venv", "--quiet", "--python", "python3", folder])
      try step(["uv", "pip", "install", "--quiet", "--python", interpreter, "-r", requirements])
      list = ["uv", "pip", "list", "--format", "freeze", "--python", interpreter]
    } else {
      try step(["python3", "-m", "venv", folder])
      let pip = [interpreter, "-m", "pip", "--disable-pip-version-check", "--no-input"]
      try step(pip + ["install", "--quiet", "-r", requirements])
      list = pip + ["list", "--format=freeze"]
    }
    // As `pip freeze`, but without the places that packages came from: those differ from machine to machine.
    let own: Set<Substring> = ["pip", "setuptools", "wheel", "distribute"]
    let lines = try step(list).text.split(separator: "\n").filter { line in
      line.contains("==") && !own.contains(line.prefix { $0 != "=" })
    }
    return ([version] + lines.map(String.init).sorted()).joined(separator: "\n")
  }

  private var hasUV: Bool {
    (variables["PATH"] ?? "").split(separator: ":").contains { disk.exists("\($0)/uv") }
  }

  /// Relative paths in requirements start at their file.
  @discardableResult private func step(_ words: [String]) throws(Failure) -> Captured {
    let home = disk.absolute(Paths.parent(python.requirements))
    let answer: Captured
    do throws(Failure) {
      answer = try capture(words, in: home, timeout: .seconds(3_600), environment: variables)
    } catch {
      throw failed(words, error.diagnostics.first.map { [$0.cause, $0.message].compactMap { $0 }.first ?? "" } ?? "")
    }
    if answer.status == 0 { return answer }
    let said = (answer.complaint.isEmpty ? answer.text : answer.complaint).split(whereSeparator: \.isNewline)
    throw failed(words, said.suffix(8).joined(separator: "; "), status: answer.status)
  }

  private func failed(_ words: [String], _ cause: String, status: Int32? = nil) -> Failure {
    let command = (words.first?.hasSuffix("/python") == true ? words.dropFirst(2) : words[...]).prefix { $0 != "-r" }
    let short = command.filter { !$0.hasPrefix("-") && !$0.hasPrefix("/") }.joined(separator: " ")
    return Failure(
      Diagnostic(
        "system.python-environment",
        "the environment of `\(python.written)` could not be made: `\(short)` "
          + (status.map { "ended with status \($0)" } ?? "could not be run"), at: python.location,
        cause: cause.isEmpty ? nil : cause,
        remedy: "correct `\(python.written)`, or what it is installed from, and run again"))
  }
}
