import Foundation
import PawlTestSupport

/// A project with an isolated Python environment, and the `uv` and `pip` that make one; nothing comes by the network.
struct PythonProject {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  let bench: Bench

  init() throws {
    bench = try Bench()
    try bench.write(
      "wheel.py",
      """
      import sys, zipfile
      version = sys.argv[1]
      name = f"Pawl_Demo.X-{version}.dist-info/"
      with zipfile.ZipFile(f"pawl_demo_x-{version}-py3-none-any.whl", "w") as wheel:
          wheel.writestr("pawldemo.py", f"version = '{version}'\\n")
          wheel.writestr(f"pawl_demo_x-{version}.dist-info/METADATA",
                         f"Metadata-Version: 2.1\\nName: Pawl_Demo.X\\nVersion: {version}\\n")
          wheel.writestr(f"pawl_demo_x-{version}.dist-info/WHEEL",
                         "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
          record = "".join(f"{n},,\\n" for n in wheel.namelist())
          wheel.writestr(f"pawl_demo_x-{version}.dist-info/RECORD", record)
      """)
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      environment: { python: { requirements: requirements.txt } }
      stages:
        say: { run: "python3 -c 'import pawldemo; print(pawldemo.version)' > said.txt", inputs: [wheel.py], outputs: [said.txt] }
      """)
    try bench.write("requirements.txt", "./pawl_demo_x-1.0-py3-none-any.whl\n")
    try bench.write("no-uv/uv", "#!/bin/sh\necho 'uv: command not found' >&2; exit 127\n")
    try bench.write("with-uv/.keep", "")
    let made = try bench.shell("mkdir -p .pawl && chmod +x no-uv/uv && python3 wheel.py 1.0 && python3 wheel.py 2.0")
    guard made.status == 0 else { throw Failed(description: made.err) }
  }

  /// Whether this machine's Python can make environments by itself.
  static let hasVenv = (try? Bench().shell("python3 -c 'import venv, ensurepip'").status) == 0

  /// Variables under which `pip` installs: the `uv` on the path does not run, as the shim of a version manager.
  var withPip: [String: String] { onPath("no-uv") }

  /// Variables under which a real `uv` installs.
  func withUV() throws -> [String: String] {
    try FileManager.default.createSymbolicLink(
      atPath: bench.root + "/with-uv/uv", withDestinationPath: try PythonProject.uv.get())
    return onPath("with-uv")
  }

  /// Variables under which a script is the `uv`; it is given `--version` first.
  func withFakeUV(_ script: String) throws -> [String: String] {
    try bench.write(
      "fake-uv/uv", "#!/bin/sh\nif [ \"$1\" = --version ]; then echo uv 0; exit 0; fi\n\(script)\n")
    _ = try bench.shell("chmod +x fake-uv/uv")
    return onPath("fake-uv")
  }

  private func onPath(_ folder: String) -> [String: String] {
    let bin = URL(fileURLWithPath: Bench.pawl).deletingLastPathComponent().path
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    // No index of this machine is asked.
    return [
      "PATH": "\(bench.root)/\(folder):\(bin):\(path)", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "",
      "PIP_RETRIES": "0",
    ]
  }

  /// The locks of all whole environments.
  func locks() throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.root + "/.pawl/environments")
    return try names.filter { bench.exists(".pawl/environments/\($0)/pawl.lock") }.map {
      try bench.read(".pawl/environments/\($0)/pawl.lock")
    }
  }

  /// `uv` of the path, else of an environment made for these tests, in the pinned version.
  private static let uv: Result<String, any Error> = Result {
    let bench = try Bench()
    let onPath = try bench.shell("uv --version > /dev/null 2>&1 && command -v uv")
    if onPath.status == 0 { return onPath.out.trimmingCharacters(in: .whitespacesAndNewlines) }
    let folder = Repository.root + "/.build-uv"
    let own = try bench.shell(
      """
      exec 9> '\(folder).lock' && flock 9
      '\(folder)/bin/uv' --version > /dev/null 2>&1 || {
        python3 -m venv --clear '\(folder)' && '\(folder)/bin/python' -m pip install --quiet \
          --disable-pip-version-check -r '\(Repository.root)/.ci/requirements-uv.txt'
      }
      """)
    guard own.status == 0 else {
      throw Failed(
        description: "`uv` cannot be installed: \(own.err)\nthese tests need network once, or `uv` on the path")
    }
    return folder + "/bin/uv"
  }
}
