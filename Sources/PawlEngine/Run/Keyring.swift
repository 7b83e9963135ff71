package import PawlCore
import PawlSystem

/// Computes what a stage's result depends on: its fingerprint, and the key that is its digest (contract §3, *Reuse*).
package actor Keyring {
  private let workspace: Workspace
  private let environment: [String: String]
  private let platform: String
  /// What stages run in that name a Python environment.
  package nonisolated let python: PythonEnvironments
  /// By tool, folder and environment: a command may answer for the folder it runs in.
  private var toolVersions: [String: [Tool: String]] = [:]

  package init(workspace: Workspace, environment: [String: String], platform: String = Machine.platform) {
    self.workspace = workspace
    self.environment = environment
    self.platform = platform
    python = PythonEnvironments(workspace.disk, environment: environment, platform: platform)
  }

  /// `upstream` holds what producers made, by path; such content counts without a look at the disk.
  package nonisolated func fingerprint(
    of stage: Stage, upstream: [String: Made]
  ) async throws(Failure) -> Fingerprint {
    guard case .job(let command) = stage.work else { return Fingerprint([]) }
    var parts: [Fingerprint.Part] = [
      .init(.command, "", (command.shell + command.lines).joined(separator: "\n")),
      .init(.directory, "", command.directory),
      .init(.platform, "", platform),
    ]
    for parameter in stage.parameters { parts.append(.init(.parameter, parameter.key, parameter.value.json)) }
    for output in stage.outputs { parts.append(.init(.output, output.path, output.role.rawValue)) }
    for variable in stage.environment {
      let value = variable.value ?? environment[variable.name]
      parts.append(.init(.environment, variable.name, value.map { "=" + $0 } ?? "unset"))
    }
    if let environment = stage.python {
      let lock = try python.lock(of: environment)
      parts.append(.init(.lock, "python", lock?.hex ?? "not made yet"))
    }
    for tool in stage.tools {
      parts.append(.init(.tool, tool.name, try await version(of: tool, command.directory, stage.python)))
    }
    for input in stage.inputs { parts += try inputParts(input, upstream) }
    return Fingerprint(parts)
  }

  package static func key(of fingerprint: Fingerprint) -> Digest { Digester.digest(fingerprint.canonicalBytes) }

  private nonisolated func inputParts(_ input: Input, _ upstream: [String: Made]) throws(Failure) -> [Fingerprint.Part]
  {
    if let placed = input.placed { return [.init(.input, input.path, placed.hex)] }
    guard input.isGlob else { return [.init(.input, input.path, try value(of: input, at: input.path, upstream))] }
    let paths = try workspace.disk.expand(input.path)
    if paths.isEmpty {
      throw Failure(
        Diagnostic(
          "engine.empty-glob", "`\(input.written)` matches no file", at: input.location,
          remedy: "add a file that it matches, or correct the pattern"))
    }
    var parts: [Fingerprint.Part] = []
    for path in paths { parts.append(.init(.input, path, try value(of: input, at: path, upstream))) }
    return parts
  }

  private nonisolated func value(
    of input: Input, at path: String, _ upstream: [String: Made]
  ) throws(Failure) -> String {
    if let made = upstream[path] { return made.digest.hex + (made.isExecutable == true ? " executable" : "") }
    guard let content = try workspace.content(path) else {
      throw Failure(
        Diagnostic(
          "engine.missing-input", "`\(input.written)` does not exist", at: input.location,
          remedy: "add it, or declare it under `outputs` of the stage that makes it"))
    }
    if case .file(let digest, _, executable: true) = content { return digest.hex + " executable" }
    return content.digest.hex
  }

  /// What a tool prints is asked once a run.
  private func version(
    of tool: Tool, _ directory: String, _ environment: PythonEnvironment?
  ) throws(Failure) -> String {
    let place = directory + "\0" + (environment?.requirements ?? "")
    if let known = toolVersions[place]?[tool] { return known }
    let result = try capture(
      ["sh", "-c", tool.command], in: workspace.disk.absolute(directory), timeout: .seconds(30),
      environment: try environment.map { environment throws(Failure) in
        try python.variables(self.environment, in: environment)
      })
    guard result.status == 0 else {
      throw Failure(
        Diagnostic(
          "engine.tool-failed", "tool `\(tool.name)`: `\(tool.command)` ended with status \(result.status)",
          remedy: "install it, or correct the command under `tools`"))
    }
    let bytes = result.stdout.isEmpty ? result.stderr : result.stdout
    let text = String(decoding: bytes, as: UTF8.self)
    toolVersions[place, default: [:]][tool] = text
    return text
  }
}
