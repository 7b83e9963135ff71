import PawlCore
import PawlSystem

/// Makes one Python environment: the folder, what the requirements name, and the list of what that brought.
struct PythonInstall {
  private let disk: Disk
  private let variables: [String: String]
  private let python: PythonEnvironment
  private let named: Set<String>

  /// `named` holds the packages that the requirements name, normalised.
  init(_ disk: Disk, _ variables: [String: String], _ python: PythonEnvironment, named: Set<String>) {
    self.disk = disk
    self.variables = variables
    self.python = python
    self.named = named
  }

  /// The lock: `version`, then `name==version` a line each, sorted; the same whether `uv` or `pip` installed.
  func run(in folder: String, version: String) throws(Failure) -> String {
    let requirements = disk.absolute(python.requirements)
    let interpreter = folder + "/bin/python"
    if hasUV {
      // `uv` finds Pythons of its own; the environment is of the one that `python3` is.
      let base = try step(["python3", "-c", "import sys; print(sys.executable)"], variables).text
      let variables = PythonInstall.forUV(variables)
      try step(["uv", "venv", "--quiet", "--python", base, folder], variables)
      try step(["uv", "pip", "install", "--quiet", "--python", interpreter, "-r", requirements], variables)
    } else {
      try step(["python3", "-m", "venv", folder], variables)
      let pip = [interpreter, "-m", "pip", "--disable-pip-version-check", "--no-input"]
      try step(pip + ["install", "--quiet", "-r", requirements], variables)
    }
    // Asked of the environment itself: `pip list` and `uv pip list` spell names differently. The places that packages
    // came from are left out, since those differ from machine to machine.
    let list = try step([interpreter, "-I", "-c", PythonInstall.listing], variables).text
    // A `venv` brings these, a `uv venv` does not: they count when they were asked for.
    let brought: Set<String> = ["pip", "setuptools", "wheel", "distribute"]
    let lines = Set(
      list.split(separator: "\n").compactMap { line -> String? in
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        let name = PythonInstall.normalised(words[0])
        return brought.contains(name) && !named.contains(name) ? nil : "\(name)==\(words[1])"
      })
    return ([version] + lines.sorted()).joined(separator: "\n")
  }

  private static let listing = """
    from importlib.metadata import distributions
    for found in distributions():
        if found.metadata['Name']: print(found.metadata['Name'], found.version)
    """

  /// Whether the character may stand in a package's name.
  static func isOfName(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
  }

  /// A package's name in the one form that all spellings share (PEP 503).
  static func normalised(_ name: Substring) -> String {
    name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
  }

  /// `uv` does not read what `pip` is told of the places that packages come from; it must not look elsewhere.
  static func forUV(_ variables: [String: String]) -> [String: String] {
    var result = variables
    let pairs = [
      ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_EXTRA_INDEX_URL", "UV_INDEX"), ("PIP_NO_INDEX", "UV_NO_INDEX"),
      ("PIP_FIND_LINKS", "UV_FIND_LINKS"), ("PIP_CERT", "SSL_CERT_FILE"),
    ]
    for (pip, uv) in pairs {
      guard let value = variables[pip], !value.isEmpty, variables[uv] == nil else { continue }
      result[uv] = uv == "UV_FIND_LINKS" ? value.split(separator: " ").joined(separator: ",") : value
    }
    return result
  }

  /// A name on the path that does not run, such as the shim of a version manager, is no `uv`.
  private var hasUV: Bool {
    guard (variables["PATH"] ?? "").split(separator: ":").contains(where: { disk.exists("\($0)/uv") }) else {
      return false
    }
    let answer = try? capture(["uv", "--version"], in: disk.root, timeout: .seconds(60), environment: variables)
    return answer?.status == 0
  }

  /// Relative paths in requirements start at their file.
  @discardableResult private func step(
    _ words: [String], _ variables: [String: String]
  ) throws(Failure) -> Captured {
    let home = disk.absolute(Paths.parent(python.requirements))
    let answer: Captured
    do throws(Failure) {
      answer = try capture(words, in: home, timeout: .seconds(3_600), environment: variables)
    } catch {
      throw failed(words, error.diagnostics.first.map { [$0.cause, $0.message].compactMap { $0 }.first ?? "" } ?? "")
    }
    if answer.status == 0 { return answer }
    throw failed(words, answer.complaint.isEmpty ? answer.text : answer.complaint, status: answer.status)
  }

  private func failed(_ words: [String], _ said: String, status: Int32? = nil) -> Failure {
    let command = (words.first?.hasSuffix("/python") == true ? words.dropFirst(2) : words[...]).prefix { $0 != "-r" }
    let short = command.filter { !$0.hasPrefix("-") && !$0.hasPrefix("/") && !$0.contains("\n") }
    let complaint = InstallerComplaint(said)
    return Failure(
      Diagnostic(
        "system.python-environment",
        "the environment of `\(python.written)` could not be made: `\(short.isEmpty ? "python" : short.joined(separator: " "))` "
          + (status.map { "ended with status \($0)" } ?? "could not be run"), at: python.location,
        cause: complaint.text, remedy: complaint.remedy(python.written)))
  }
}

/// What `pip` or `uv` said before it gave up, as one line.
struct InstallerComplaint {
  /// Nil when it said nothing.
  let text: String?
  private let isOfNetwork: Bool

  init(_ said: String) {
    let lines = said.split(whereSeparator: \.isNewline).map { InstallerComplaint.bare($0) }.filter { !$0.isEmpty }
    // `pip` repeats this with each try, and then says that there is no such package.
    let retries = lines.filter { $0.hasPrefix("Retrying (") }
    var rest = lines.filter { !$0.hasPrefix("Retrying (") }
    isOfNetwork = !retries.isEmpty || rest.contains { $0.hasPrefix("Failed to fetch") || $0.contains("dns error") }
    if let retry = retries.last {
      let reason = retry.split(separator: ": ").first { $0.hasPrefix("[Errno") }?.prefix { $0 != "'" }
      rest.insert("the package index cannot be reached" + (reason.map { ": \($0)" } ?? ""), at: 0)
    }
    let shown = rest.count > 8 ? [rest[0]] + rest.suffix(7) : rest
    text = shown.isEmpty ? nil : shown.map { String($0.prefix(300)) }.joined(separator: "; ")
  }

  /// A line without what only says that it is an error.
  private static func bare(_ line: Substring) -> String {
    var line = line.drop { $0 == " " || $0 == "\t" }
    for label in ["ERROR: ", "WARNING: ", "error: ", "cause: "] where line.hasPrefix(label) {
      line = line.dropFirst(label.count)
    }
    return String(line)
  }

  func remedy(_ requirements: String) -> String {
    isOfNetwork
      ? "see that the network, its proxy and the package index (`PIP_INDEX_URL`) can be reached, and run again"
      : "correct `\(requirements)`, or what it is installed from, and run again"
  }
}
