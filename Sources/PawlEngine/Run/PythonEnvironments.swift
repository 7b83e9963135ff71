package import PawlCore
package import PawlSystem
import Synchronization

/// The isolated Python environments of a project: `.pawl/environments/<key>/`, each made once by content.
///
/// The key covers the requirements (files that they name included), what they install from the project, the Python and
/// the platform. Scripts of an environment name its own folder, so it is made where it stays; the marker `pawl.lock`,
/// written last, says that it is whole and what is installed; its time is that of the last use. `uv` makes it where it
/// is on the path, else `venv` and `pip`. `<key>.lock` is held alone by who makes or removes it, and shared for as long
/// as this value lives by who uses it.
package final class PythonEnvironments: Sendable {
  /// An environment that can be used.
  package struct Made: Sendable, Hashable {
    /// Absolute.
    package var folder: String
    /// `name==version`, a line each, sorted, behind a line that names the Python.
    package var lock: String
  }

  private let disk: Disk
  private let variables: [String: String]
  private let platform: String
  private let known = Mutex<[String: Recipe]>([:])
  /// By folder: what keeps a collector away while this process lives.
  private let leases = Mutex<[String: FileLock]>([:])

  static let place = ".pawl/environments"
  static let marker = "pawl.lock"
  /// Names the environment that an install works on, in its variables.
  private static let mark = "PAWL_ENVIRONMENT"
  private static let magic = "pawl.environment/1"

  package init(_ disk: Disk, environment: [String: String], platform: String = Machine.platform) {
    self.disk = disk
    variables = environment.filter { !["VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"].contains($0.key) }
    self.platform = platform
  }

  /// What a stage's key takes of an environment: one digest; nil before it was made.
  package func lock(of python: PythonEnvironment) throws(Failure) -> Digest? {
    let recipe = try recipe(of: python)
    guard let text = lockText(recipe, anywhere: true) else { return nil }
    return Digester.digest(text + "\n" + recipe.local.hex)
  }

  /// Whether it is made and stands where it was made: a project that was moved makes it again.
  package func isMade(_ python: PythonEnvironment) throws(Failure) -> Bool {
    try lockText(recipe(of: python), anywhere: false) != nil
  }

  /// The environment, made first when it is not there; blocks the thread. Another `pawl` that makes it is waited for,
  /// and none removes it while this process lives.
  package func make(_ python: PythonEnvironment) throws(Failure) -> Made {
    let recipe = try recipe(of: python)
    let folder = disk.absolute(recipe.folder)
    try disk.makeFolder(PythonEnvironments.place)
    // Between making it and using it a person may remove it; who does so all the time is told.
    for _ in 0..<3 {
      let lease = try FileLock.wait(for: recipe.folder + ".lock", .shared, on: disk)
      if let lock = lockText(recipe, anywhere: false) {
        leases.withLock { $0[recipe.folder] = $0[recipe.folder] ?? lease }
        renew(recipe)
        return Made(folder: folder, lock: lock)
      }
      lease.release()
      leases.withLock { $0[recipe.folder] = nil }
      try build(recipe, python, in: folder)
    }
    throw Failure(
      Diagnostic(
        "system.python-environment", "the environment of `\(python.written)` went as soon as it was made",
        at: python.location, remedy: "see what removes `\(recipe.folder)`"))
  }

  private func build(_ recipe: Recipe, _ python: PythonEnvironment, in folder: String) throws(Failure) {
    let turn = try FileLock.wait(for: recipe.folder + ".lock", on: disk)
    defer { turn.release() }
    if lockText(recipe, anywhere: false) != nil { return }
    if disk.exists(recipe.folder) {
      // An install whose pawl was killed may still run, and would write into the new one.
      _ = Remains.end(carrying: (PythonEnvironments.mark, folder), grace: .zero)
      try disk.remove(recipe.folder, recursively: true)
    }
    do throws(Failure) {
      var variables = variables
      variables[PythonEnvironments.mark] = folder
      let lock = try PythonInstall(disk, variables, python, named: recipe.names).run(
        in: folder, version: recipe.version)
      let text = [PythonEnvironments.magic, folder, lock].joined(separator: "\n")
      try disk.write(recipe.folder + "/" + PythonEnvironments.marker, Array(text.utf8))
    } catch {
      try? disk.remove(recipe.folder, recursively: true)
      throw error
    }
  }

  /// The marker's time is that of the last use; what is young enough for a collector stays as it is.
  private func renew(_ recipe: Recipe) {
    let marker = recipe.folder + "/" + PythonEnvironments.marker
    let actions = FileActions(disk)
    guard let modified = actions.facts(marker)?.modified,
      WallClock.now().seconds - modified.seconds >= CacheInventory.youth / 2
    else { return }
    try? actions.touch(marker)
  }

  /// A process's variables with the environment in front of the path, which is made first when it is not there.
  package func variables(
    making caller: [String: String], in python: PythonEnvironment?
  ) throws(Failure) -> [String: String] {
    if let python { _ = try make(python) }
    return try variables(caller, in: python)
  }

  /// A process's variables with the environment in front of the path; as they are while it is not made.
  package func variables(
    _ caller: [String: String], in python: PythonEnvironment?
  ) throws(Failure) -> [String: String] {
    guard let python, try isMade(python) else { return caller }
    let folder = disk.absolute(try recipe(of: python).folder)
    var variables = caller
    variables["VIRTUAL_ENV"] = folder
    variables["PATH"] = folder + "/bin:" + (caller["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
    variables["PYTHONHOME"] = nil
    return variables
  }

  // MARK: Recipes

  /// What an environment is made from, worked out once a process.
  private struct Recipe: Sendable {
    var folder: String
    /// What the Python says of itself.
    var version: String
    /// What is installed from the project's own files.
    var local: Digest
    /// Packages that the requirements name, in the form of `PythonInstall.normalised`.
    var names: Set<String>
  }

  private func recipe(of python: PythonEnvironment) throws(Failure) -> Recipe {
    if let known = known.withLock({ $0[python.requirements] }) { return known }
    var reading = Requirements(disk)
    guard try reading.read(python.requirements) else {
      throw Failure(
        Diagnostic(
          "engine.no-requirements", "`\(python.written)` does not exist", at: python.location,
          remedy: "add it, or correct `environment.python.requirements`"))
    }
    let version = try version(python)
    let key = Digester.digest("\(version)\n\(platform)\n" + reading.parts.joined(separator: "\n"))
    let recipe = Recipe(
      folder: PythonEnvironments.place + "/" + key.hex.prefix(24), version: version,
      local: Digester.digest(reading.local.joined(separator: "\n")),
      names: Set(reading.parts.map { PythonInstall.normalised($0.prefix { PythonInstall.isOfName($0) }) }))
    known.withLock { $0[python.requirements] = recipe }
    return recipe
  }

  private func version(_ python: PythonEnvironment) throws(Failure) -> String {
    let answer = try? capture(
      ["python3", "-c", "import sys; print(sys.implementation.name, sys.version)"], in: disk.root,
      timeout: .seconds(60), environment: variables)
    guard let answer, answer.status == 0 else {
      throw Failure(
        Diagnostic(
          "system.no-python", "`environment.python` needs `python3`, which does not run here", at: python.location,
          cause: answer.map { $0.complaint.isEmpty ? "it ended with status \($0.status)" : $0.complaint },
          remedy: "install it, or remove `environment.python`"))
    }
    return answer.text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private func lockText(_ recipe: Recipe, anywhere: Bool) -> String? {
    guard let bytes = try? disk.read(recipe.folder + "/" + PythonEnvironments.marker) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
    guard lines.count == 3, lines[0] == PythonEnvironments.magic,
      anywhere || lines[1] == disk.absolute(recipe.folder)
    else { return nil }
    return String(lines[2])
  }
}

/// What requirements files say, with those that they name by `-r` and `-c`, and the content of local packages.
private struct Requirements {
  private let disk: Disk
  private(set) var parts: [String] = []
  /// Of files and folders of this machine that are installed.
  private(set) var local: [String] = []
  private var seen: Set<String> = []

  init(_ disk: Disk) { self.disk = disk }

  /// False when there is no such file.
  mutating func read(_ path: String) throws(Failure) -> Bool {
    guard let bytes = try disk.read(path) else { return false }
    guard seen.insert(path).inserted else { return true }
    let folder = Paths.parent(path)
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "=" }.map(String.init)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      // pip ignores white space and what follows ` #`.
      let said = line.split(separator: " #", maxSplits: 1, omittingEmptySubsequences: false).first ?? line
      parts.append(said.split { $0 == " " || $0 == "\t" }.joined(separator: " "))
      switch first {
      case "-r", "--requirement", "-c", "--constraint":
        if words.count > 1 { _ = try read(Paths.join(folder, words[1])) }
      case "-e", "--editable", "-f", "--find-links": if words.count > 1 { try note(words[1], folder) }
      default:
        try note(first, folder)
        // `demo @ file:///home/me/demo.whl`
        if words.count > 2, words[1] == "@" { try note(words[2], folder) }
      }
    }
    return true
  }

  private mutating func note(_ word: String, _ folder: String) throws(Failure) {
    var path = word.hasPrefix("file://") ? String(word.dropFirst("file://".count)) : word
    if let extra = path.firstIndex(of: "[") { path = String(path[..<extra]) }
    guard path.contains("/") || path.hasPrefix(".") || path.hasSuffix(".whl"), !path.contains("://") else { return }
    let ignored = ["build/", "*.egg-info/", "__pycache__/", ".pawl/", "dist/"]
    guard let content = try TreeDigest().content(of: Paths.join(folder, path), root: disk, ignore: ignored) else {
      return
    }
    parts.append("content \(content.digest.hex)")
    local.append(content.digest.hex)
  }
}
