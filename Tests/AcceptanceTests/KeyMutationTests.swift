import Foundation
import Testing

/// Every change that may matter makes its stage run again, for the reason that is said; what cannot matter does not.
@Suite struct KeyMutationTests {
  struct Mutation: Sendable, CustomStringConvertible {
    var description: String
    var change: String
    /// The stage that runs, and what its reasons say.
    var stage = "read[seed=1]"
    var why: [String]
    var environment: [String: String] = [:]
  }

  static let mutations = [
    Mutation(
      description: "command", change: "sed -i 's/cp in/cp -f in/' w.yml", stage: "make", why: ["the command changed"]),
    Mutation(description: "parameter", change: "echo 'rate: 2' > p.yaml", why: ["parameter rate 1 → 2"]),
    Mutation(
      description: "input byte", change: "printf b > in/a.txt", stage: "make", why: ["input in/a.txt changed"]),
    Mutation(description: "input byte downstream", change: "printf b > in/a.txt", why: ["input made.sh changed"]),
    Mutation(description: "added file", change: "echo n > tree/new.txt", why: ["input tree changed"]),
    Mutation(description: "added empty folder", change: "mkdir tree/empty", why: ["input tree changed"]),
    Mutation(description: "renamed file", change: "mv tree/b.txt tree/c.txt", why: ["input tree changed"]),
    Mutation(
      description: "renamed file of a pattern", change: "mv src/m.py src/k.py",
      why: ["input src/k.py is new", "input src/m.py is gone"]),
    Mutation(description: "mode bit", change: "chmod +x script.sh", why: ["input script.sh changed"]),
    Mutation(description: "mode bit in a folder", change: "chmod +x tree/b.txt", why: ["input tree changed"]),
    Mutation(
      description: "mode bit upstream", change: "sed -i 's/; true/; chmod +x made.sh/' w.yml",
      why: ["input made.sh changed"]),
    Mutation(description: "symlink target", change: "ln -sfn two link", why: ["input link changed"]),
    Mutation(description: "symlink in a folder", change: "ln -sfn c tree/l", why: ["input tree changed"]),
    Mutation(
      description: "environment", change: "true", why: ["environment variable MODE changed"],
      environment: ["MODE": "slow"]),
    Mutation(description: "tool", change: "echo 2.0 > version", why: ["tool t 1.0"]),
    Mutation(
      description: "matrix", change: "sed -i 's/seed: .1./seed: [2]/' w.yml", stage: "read[seed=2]",
      why: ["no earlier result"]),
    Mutation(
      description: "output name", change: "sed -i '/outputs/s/made.log/other.log/' w.yml", stage: "make",
      why: ["other outputs are declared"]),
  ]

  private func project() throws -> Bench {
    let bench = try Bench()
    for (path, text) in [
      ("in/a.txt", "a"), ("tree/b.txt", "b"), ("src/m.py", "m"), ("script.sh", "s"), ("version", "1.0"),
      ("one", "same"), ("two", "same"), ("p.yaml", "rate: 1\nunused: 1\n"),
    ] { try bench.write(path, text) }
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      params: p.yaml
      stages:
        make:
          run: "cp in/a.txt made.sh; true; cp made.sh made.log; cp made.sh other.log"
          inputs: [in/a.txt]
          outputs: [made.sh, made.log]
        read:
          run: "mkdir -p out; cat made.sh > out/${matrix.seed}.txt; echo ${params.rate}"
          matrix: { seed: [1] }
          inputs: [made.sh, tree, "src/*.py", script.sh, link]
          outputs: ["out/${matrix.seed}.txt"]
          env: [MODE]
          tools: { t: cat version }
      """)
    try bench.shell("ln -s one link; ln -s b.txt tree/l; mkdir .pawl; find . -exec touch -h -d '1 hour ago' {} +")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    return bench
  }

  @Test(arguments: mutations) func `a change that may matter is caught by its name`(_ mutation: Mutation) throws {
    let bench = try project()
    try bench.shell(mutation.change)
    let outcome = try bench.pawl("run", "w.yml", environment: mutation.environment)
    #expect(outcome.status == 0, "\(outcome.err)")
    let stage = try #require(try bench.result().stage(mutation.stage))
    #expect(stage.text("outcome") == "succeeded")
    let why = stage["why"] as? [String] ?? []
    for wanted in mutation.why { #expect(why.contains { $0.hasPrefix(wanted) }, "\(why)") }
    #expect(why.count == mutation.why.count, "\(why)")
    // And it is one change: afterwards nothing is left to do.
    #expect(try bench.pawl("run", "w.yml", environment: mutation.environment).out.contains("all up to date"))
  }

  @Test(arguments: [
    "sed -i 's/^stages:/# a remark\\n\\nstages:/' w.yml",
    "sed -i 's/  make:/  make:   # why/; s/inputs: .in/inputs:   [  in/' w.yml",
    "sed -i '/^name: w/d' w.yml; printf '\\nname: w\\n' >> w.yml",
    "find . -path ./.pawl -prune -o -exec touch -h {} +", "chmod g+w script.sh tree/b.txt",
    "echo 'unused: 2' >> p.yaml",
    "cp -p in/a.txt x; mv x in/a.txt", "rm -rf out made.sh", "echo n > elsewhere.txt",
  ]) func `what cannot matter runs nothing`(_ change: String) throws {
    let bench = try project()
    if change.contains("unused") { try bench.shell("sed -i '/unused/d' p.yaml") }
    #expect(try bench.shell(change).status == 0)
    let before = try bench.shell("ls .pawl/runs | wc -l").out
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 0, "\(outcome.err)")
    if try bench.shell("ls .pawl/runs | wc -l").out != before {
      #expect(try bench.result().stages.allSatisfy { $0.text("outcome") == "reused" }, "\(change)")
    }
    #expect(bench.exists("out/1.txt") && bench.exists("made.sh"))
  }

  @Test func `a copy of the project elsewhere runs nothing`() throws {
    let bench = try project()
    let other = try Bench()
    try bench.shell("cp -R . '\(other.root)/copy'")
    let outcome = try other.shell("cd copy && pawl run w.yml")
    #expect(outcome.status == 0)
    #expect(outcome.out.contains("all up to date"), "\(outcome.out)\(outcome.err)")
  }

  @Test func `a result older than max-age is made again, and says both ages`() throws {
    let bench = try project()
    #expect(try bench.shell("sed -i 's/outputs: .made.sh/max-age: 1ms\\n    &/' w.yml").status == 0)
    #expect(try bench.pawl("plan", "w.yml").out.contains("max-age 0.001s"))
    #expect(try bench.pawl("run", "w.yml").status == 0)
    let why = try bench.result().stage("make")?["why"] as? [String] ?? []
    #expect(why.count == 1 && why[0].hasPrefix("result is ") && why[0].hasSuffix(" old, max-age 0.001s"), "\(why)")
    // The same bytes again: nobody who reads them runs.
    #expect(try bench.result().stage("read[seed=1]")?.text("outcome") == "reused")
  }

  @Test func `a Python environment is made once, its packages are part of the key, and a failure is told`() throws {
    let bench = try Bench()
    try bench.write(
      "wheel.py",
      """
      import sys, zipfile
      version = sys.argv[1]
      name = f"pawldemo-{version}.dist-info/"
      with zipfile.ZipFile(f"pawldemo-{version}-py3-none-any.whl", "w") as wheel:
          wheel.writestr("pawldemo.py", f"version = '{version}'\\n")
          wheel.writestr(name + "METADATA", f"Metadata-Version: 2.1\\nName: pawldemo\\nVersion: {version}\\n")
          wheel.writestr(name + "WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
          wheel.writestr(name + "RECORD", f"pawldemo.py,,\\n{name}METADATA,,\\n{name}WHEEL,,\\n{name}RECORD,,\\n")
      """)
    guard
      try bench.shell("python3 -c 'import venv, ensurepip' && python3 wheel.py 1.0 && python3 wheel.py 2.0").status == 0
    else { return }
    for name in ["w", "v"] {
      try bench.write(
        "\(name).yml",
        """
        pawl: 1
        name: \(name)
        environment: { python: { requirements: requirements.txt } }
        stages:
          say: { run: "python3 -c 'import pawldemo; print(pawldemo.version)' > \(name).txt", outputs: [\(name).txt], inputs: [wheel.py] }
        """)
    }
    try bench.write("requirements.txt", "# ours\n./pawldemo-1.0-py3-none-any.whl\n")
    // Two at once make one environment.
    let both = try bench.shell(
      "mkdir .pawl; pawl run w.yml > w.log 2>&1 & pawl run v.yml > v.log 2>&1; a=$?; wait $! ; echo $a $?")
    let logs = try bench.read("w.log") + bench.read("v.log")
    #expect(both.out == "0 0\n", "\(logs)")
    #expect(try bench.shell("cat w.txt v.txt").out == "1.0\n1.0\n")
    #expect(
      try bench.shell("ls .pawl/environments/*/pawl.lock | wc -l").out.trimmingCharacters(in: .whitespaces) == "1\n")
    try bench.write("requirements.txt", "# theirs\n\n./pawldemo-1.0-py3-none-any.whl   # the same\n")
    #expect(try bench.pawl("run", "w.yml").out.contains("all up to date"))
    try bench.write("requirements.txt", "./pawldemo-2.0-py3-none-any.whl\n")
    #expect(try bench.pawl("plan", "w.yml").out.contains("environment changed"))
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try bench.read("w.txt") == "2.0\n")
    #expect(
      try bench.result().stage("say")?["why"] as? [String] == [
        "environment changed: environment.python has other packages"
      ])
    try bench.write("requirements.txt", "./no-such-1.0-py3-none-any.whl\n")
    let failed = try bench.pawl("run", "w.yml")
    #expect(failed.status == 4)
    #expect(failed.err.contains("w.yml:3") && failed.err.contains("no-such"), "\(failed.err)")
    #expect(
      try bench.shell("ls .pawl/environments/*/pawl.lock | wc -l").out.trimmingCharacters(in: .whitespaces) == "2\n")
  }
}
