import Foundation
import PawlTestSupport

/// A Python that has the libraries of `.ci/requirements-test.txt`, in their pinned versions.
struct Python: Sendable {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// The folder of these tests.
  static let folder = Repository.root + "/Tests/ReferenceTests"
  private static let requirements = Repository.root + "/.ci/requirements-test.txt"
  /// Git ignores it; made once, made again when the requirements change.
  private static let environment = Repository.root + "/.build-reference"

  var program: String

  /// `PAWL_REFERENCE_PYTHON` if set, else `python3` if it has the libraries, else an environment made for these tests.
  static func found() throws -> Python {
    if let named = ProcessInfo.processInfo.environment["PAWL_REFERENCE_PYTHON"], !named.isEmpty {
      let python = Python(program: named)
      if let lack = python.lack {
        throw Failed(
          description: "PAWL_REFERENCE_PYTHON lacks what the reference needs: \(lack)\n"
            + "`\(named) -m pip install -r .ci/requirements-test.txt`, or unset the variable")
      }
      return python
    }
    let system = Python(program: "python3")
    if system.lack == nil { return system }
    let own = Python(program: environment + "/bin/python")
    if own.lack == nil { return own }
    try make(with: system)
    if let lack = own.lack { throw Failed(description: "\(lack)\n\(remedy)") }
    return own
  }

  private static let remedy =
    "these tests need network once, or: `python3 -m venv .build-reference && "
    + ".build-reference/bin/pip install -r .ci/requirements-test.txt`"

  private static func make(with system: Python) throws {
    do {
      _ = try system.run(["-m", "venv", "--clear", environment])
      _ = try Python(program: environment + "/bin/python").run([
        "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements,
      ])
    } catch {
      throw Failed(description: "the reference libraries cannot be installed: \(error)\n\(remedy)")
    }
  }

  /// Which library is missing or of another version; nil when nothing is.
  private var lack: String? {
    let check = """
      import sys
      from importlib import metadata
      for line in open(sys.argv[1]):
          name, _, version = line.split('#')[0].strip().partition('==')
          if name and metadata.version(name) != version:
              sys.exit(f'{name} is {metadata.version(name)}, not {version}')
      """
    do {
      _ = try run(["-c", check, Python.requirements])
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Standard output of the program; throws with its last words unless it ends with 0.
  func run(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"]
    ) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a large answer must not stop the program.
    let names = ["out", "err"].map {
      FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\($0)")
    }
    for name in names { try Data().write(to: name) }
    defer { for name in names { try? FileManager.default.removeItem(at: name) } }
    process.standardOutput = try FileHandle(forWritingTo: names[0])
    process.standardError = try FileHandle(forWritingTo: names[1])
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let words = String(decoding: try Data(contentsOf: names[1]), as: UTF8.self).suffix(2000)
      throw Failed(description: "`\(program)` ended with \(process.terminationStatus): \(words)")
    }
    return try Data(contentsOf: names[0])
  }
}
