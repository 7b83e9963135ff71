import Foundation
import Testing

/// `environment: { python: { requirements: … } }` by `uv` and by `pip`, its failures, and its end (contract §3).
@Suite struct PythonEnvironmentTests {
  @Test(.enabled(if: PythonProject.hasVenv))
  func `uv and pip make the same lock, so that a result of the one is reused under the other`() throws {
    let project = try PythonProject()
    let bench = project.bench
    // Names of every spelling, a local package of the project, and a requirement on what `venv` brings by itself.
    try bench.write(
      "demo/pyproject.toml",
      """
      [project]
      name = "Own.Package"
      version = "0.1"
      [build-system]
      requires = []
      build-backend = "backend"
      backend-path = ["."]
      """)
    try bench.write(
      "demo/backend.py",
      """
      import zipfile
      def build_wheel(folder, config_settings=None, metadata_directory=None):
          name = "own_package-0.1-py3-none-any.whl"
          with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
              wheel.writestr("ownpackage.py", "")
              wheel.writestr("own_package-0.1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: Own.Package\\nVersion: 0.1\\n")
              wheel.writestr("own_package-0.1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
              wheel.writestr("own_package-0.1.dist-info/RECORD", "".join(f"{n},,\\n" for n in wheel.namelist()))
          return name
      build_editable = build_wheel
      """)
    try bench.write("requirements.txt", "./pawl_demo_x-1.0-py3-none-any.whl\n-e ./demo\n")
    let uv = try project.withUV()
    let first = try bench.pawl("run", "w.yml", environment: uv)
    #expect(first.status == 0, "\(first.err)\(first.out)")
    #expect(try bench.read("said.txt") == "1.0\n")
    let byUV = try #require(try project.locks().first)
    #expect(byUV.hasSuffix("\nown-package==0.1\npawl-demo-x==1.0"), "\(byUV)")
    try bench.shell("rm -rf .pawl/environments")
    let second = try bench.pawl("run", "w.yml", environment: project.withPip)
    #expect(second.status == 0, "\(second.err)")
    #expect(second.out.contains("all up to date"), "\(second.out)\(second.err)")
    #expect(try bench.shell("ls .pawl/environments/*/bin/pip").status == 0)
    #expect(try project.locks() == [byUV])
  }

  @Test(arguments: [true, false])
  func `requirements that cannot be had are status 4 with what the installer said, and leave nothing`(
    _ usesUV: Bool
  ) throws {
    if !usesUV, !PythonProject.hasVenv { return }
    let project = try PythonProject()
    let bench = project.bench
    let variables = usesUV ? try project.withUV() : project.withPip
    let sum = String(repeating: "0", count: 64)
    for (text, said) in [
      ("pawl-no-such-package==9\n", "pawl-no-such-package"),
      ("./pawl_demo_x-1.0-py3-none-any.whl\npawl-demo-x==2.0\n", "pawl-demo-x"),
      ("./pawl_demo_x-1.0-py3-none-any.whl --hash=sha256:\(sum)\n", sum),
      ("./not-there-1.0-py3-none-any.whl\n", "not-there"),
    ] {
      try bench.write("requirements.txt", text)
      let outcome = try bench.pawl("run", "w.yml", environment: variables)
      #expect(outcome.status == 4, "\(text)\(outcome.err)")
      let words = outcome.err
      #expect(words.contains("w.yml:3") && words.contains("could not be made"), "\(words)")
      #expect(words.contains("`\(usesUV ? "uv pip" : "pip") install`") && words.contains(said), "\(words)")
      #expect(words.contains("correct `requirements.txt`"), "\(words)")
      #expect(try bench.shell("ls -d .pawl/environments/*/").status != 0)
    }
    #expect(!bench.exists("said.txt"))
  }

  @Test(arguments: [true, false])
  func `an index that cannot be reached is called that, by uv and by pip alike`(_ usesUV: Bool) throws {
    if !usesUV, !PythonProject.hasVenv { return }
    let project = try PythonProject()
    var variables = usesUV ? try project.withUV() : project.withPip
    for name in ["PIP_NO_INDEX", "PIP_RETRIES"] { variables[name] = "" }
    variables["PIP_RETRIES"] = "1"
    // Nothing listens there; `uv` is told by pip's variable.
    variables["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple"
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
      variables[name] = ""
    }
    variables["UV_HTTP_RETRIES"] = "0"
    try project.bench.write("requirements.txt", "pawl-no-such-package==9\n")
    let outcome = try project.bench.pawl("run", "w.yml", environment: variables)
    #expect(outcome.status == 4)
    #expect(outcome.err.contains("onnection refused"), "\(outcome.err)")
    #expect(outcome.err.contains("`PIP_INDEX_URL`"), "\(outcome.err)")
    #expect(outcome.err.components(separatedBy: "onnection refused").count <= 3, "\(outcome.err)")
  }

  @Test func `a uv that fails is named with its status and its words`() throws {
    let project = try PythonProject()
    let variables = try project.withFakeUV("echo 'error: the moon is in the way' >&2; exit 2")
    let outcome = try project.bench.pawl("run", "w.yml", environment: variables)
    #expect(outcome.status == 4)
    #expect(outcome.err.contains("`uv venv` ended with status 2"), "\(outcome.err)")
    #expect(
      outcome.err.contains("the moon is in the way") && !outcome.err.contains("error: the moon"), "\(outcome.err)")
  }

  @Test func `a uv that hangs is ended by Ctrl-C, and the next run makes the environment`() throws {
    let project = try PythonProject()
    let bench = project.bench
    let hangs = try project.withFakeUV("mkdir -p .pawl/environments; touch hangs; sleep 4711.25")
    let outcome = try bench.shell(
      """
      pawl run w.yml > log 2>&1 & pid=$!
      n=0; while [ ! -e hangs ] && [ $n -lt 1500 ]; do n=$((n + 1)); sleep 0.02; done
      kill -INT $pid; wait $pid; echo $?
      n=0; while pgrep -f 'sleep 4711[.]25' > /dev/null && [ $n -lt 500 ]; do n=$((n + 1)); sleep 0.02; done
      pgrep -f 'sleep 4711[.]25'
      """, environment: hangs)
    #expect(outcome.out == "130\n", "\(outcome.out)\(outcome.err)")
    guard PythonProject.hasVenv else { return }
    let next = try bench.pawl("run", "w.yml", environment: project.withPip)
    #expect(next.status == 0, "\(next.err)")
  }

  @Test(.enabled(if: PythonProject.hasVenv))
  func `an install that outlived its pawl is ended before the environment is made again`() throws {
    let project = try PythonProject()
    let bench = project.bench
    // It would write into the folder for ever.
    let hangs = try project.withFakeUV(
      "[ $1 = venv ] || exit 1; shift 4; mkdir -p $1; touch hangs; while :; do echo x >> $1/x; sleep 0.0314; done")
    let outcome = try bench.shell(
      """
      pawl run w.yml > log 2>&1 & pid=$!
      n=0; while [ ! -e hangs ] && [ $n -lt 1500 ]; do n=$((n + 1)); sleep 0.02; done
      kill -KILL $pid; wait $pid; echo $?
      """, environment: hangs)
    #expect(outcome.out.hasSuffix("137\n"), "\(outcome.out)\(outcome.err)")
    let next = try bench.pawl("run", "w.yml", environment: project.withPip)
    #expect(next.status == 0, "\(next.err)")
    #expect(try bench.read("said.txt") == "1.0\n")
    #expect(try bench.shell("sleep 0.2; ls .pawl/environments/*/x").status != 0)
  }

  @Test func `two at once make one environment with uv, once`() throws {
    let project = try PythonProject()
    let bench = project.bench
    let variables = try project.withUV()
    try bench.write(
      "counting/uv",
      "#!/bin/sh\n[ \"$1\" = venv ] && echo made >> '\(bench.root)/made'\nexec '\(bench.root)/with-uv/uv' \"$@\"\n")
    try bench.shell("chmod +x counting/uv; sed 's/name: w/name: v/; s/said.txt/other.txt/g' w.yml > v.yml")
    var counting = variables
    counting["PATH"] = bench.root + "/counting:" + (variables["PATH"] ?? "")
    let both = try bench.shell(
      """
      pawl run v.yml --report-dir one > one.log 2>&1 & one=$!
      pawl run w.yml --report-dir two > two.log 2>&1; second=$?
      wait $one; echo $? $second
      """, environment: counting)
    let logs = try bench.read("one.log") + bench.read("two.log")
    #expect(both.out == "0 0\n", "\(logs)")
    #expect(try bench.read("made") == "made\n")
    #expect(try project.locks().count == 1)
  }

  @Test(.enabled(if: PythonProject.hasVenv))
  func `gc takes environments that no run used of late, never one in use, and what was half-made`() throws {
    let project = try PythonProject()
    let bench = project.bench
    func json(_ words: String...) throws -> [String: Any] {
      let outcome = try bench.shell("pawl cache \(words.joined(separator: " ")) --format json")
      return try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any] ?? [:]
    }
    #expect(try bench.pawl("run", "w.yml", environment: project.withPip).status == 0)
    let made = try #require(try json("status")["environments"] as? [String: Any])
    #expect(made.number("number") == 1 && (made.number("bytes") ?? 0) > 1_000)
    #expect(try bench.pawl("cache", "status").out.contains("1 Python environment, "))
    // Young, then old: a rehearsal says what would go and removes nothing.
    #expect(try json("gc", "--keep", "0s").number("environments") == 0)
    try bench.shell("touch -d '40 days ago' .pawl/environments/*/pawl.lock")
    #expect(try json("gc", "--dry-run").number("environments") == 1)
    #expect(try json("gc", "--max-size", "0").number("kept_environments") == 1)
    // A run makes it young again.
    #expect(try bench.pawl("run", "w.yml", environment: project.withPip).status == 0)
    #expect(try json("gc", "--dry-run").number("environments") == 0)
    // One that a living run uses stays, however old.
    try bench.write(
      "long.yml",
      """
      pawl: 1
      name: long
      environment: { python: { requirements: requirements.txt } }
      stages:
        wait: { run: "touch begun; while [ ! -e go ]; do sleep 0.02; done; python3 -c 'import pawldemo'", outputs: [] }
      """)
    let held = try bench.shell(
      """
      pawl run long.yml > log 2>&1 & pid=$!
      n=0; while [ ! -e begun ] && [ $n -lt 1500 ]; do n=$((n + 1)); sleep 0.02; done
      touch -d '40 days ago' .pawl/environments/*/pawl.lock
      pawl cache gc --format json > gc.json
      touch go; wait $pid; echo $?
      """, environment: project.withPip)
    let (log, kept) = (try bench.read("log"), try bench.read("gc.json"))
    #expect(held.out == "0\n", "\(log)")
    #expect(kept.contains("\"kept_environments\":1"), "\(kept)")
    try bench.shell("mkdir -p .pawl/environments/abc/lib; echo half > .pawl/environments/abc/lib/x")
    let gc = try bench.pawl("cache", "gc")
    #expect(gc.status == 0 && gc.out.contains("2 Python environments with "), "\(gc.out)")
    #expect(try bench.shell("ls .pawl/environments").out == "")
    // It is made again when it is needed.
    #expect(try bench.pawl("run", "w.yml", environment: project.withPip).status == 0)
  }
}
