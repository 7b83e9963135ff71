import Foundation
import Testing

/// Errors as a new user meets them: each says what is wrong, where, and what to type next.
///
/// Longer than most, and one thing: it is read from top to bottom as a first hour with Pawl.
@Suite struct NewcomerTests {
  private let small = """
    pawl: 1
    name: small
    stages:
      make:
        run: echo hello > out.txt
        outputs: [out.txt]
      use:
        run: cat out.txt > copy.txt
        inputs: [out.txt]
        outputs: [copy.txt]
    """

  @Test func `help shows an example, for pawl and for each verb`() throws {
    let bench = try Bench()
    let help = try bench.pawl("--help")
    #expect(help.status == 0)
    #expect(help.out.contains("pawl run Workflows/penguins.yml"))
    for verb in ["run", "plan", "check", "gate", "runs", "show", "log", "report", "card", "baseline"] {
      let outcome = try bench.pawl(verb, "--help")
      #expect(outcome.status == 0)
      #expect(outcome.out.contains("pawl \(verb)"), "\(verb)")
      #expect(outcome.out.contains("Example"), "\(verb)")
    }
  }

  @Test func `an unknown verb or option is a usage error`() throws {
    let bench = try Bench()
    #expect(try bench.pawl("rnu").status == 2)
    #expect(try bench.pawl("run", "--jbos", "2").status == 2)
  }

  @Test func `no workflow, the wrong file and a misspelt stage are told with a remedy`() throws {
    let bench = try Bench()
    let none = try bench.pawl("run")
    #expect(none.status == 2)
    #expect(none.err.contains("pawl run path/to/workflow.yml"))
    try bench.write("Workflows/small.yml", small)
    let wrong = try bench.pawl("run", "Workflows/smal.yml")
    #expect(wrong.status == 2)
    #expect(wrong.err.contains("did you mean `Workflows/small.yml`?"))
    let stage = try bench.pawl("run", "Workflows/small.yml", "mkae")
    #expect(stage.status == 2)
    #expect(stage.err.contains("did you mean `make`?"))
    try bench.write("Workflows/other.yml", small)
    let several = try bench.pawl("run")
    #expect(several.status == 2)
    #expect(several.err.contains("Workflows/other.yml"))
    #expect(several.err.contains("Workflows/small.yml"))
  }

  @Test func `the only workflow is found, and a stage runs with what it needs`() throws {
    let bench = try Bench()
    try bench.write("Workflows/small.yml", small)
    try bench.commit("a project has a root: the folder of `.git`")
    #expect(try bench.pawl("run", "make").status == 0)
    #expect(bench.exists("out.txt"))
    #expect(!bench.exists("copy.txt"))
    #expect(try bench.pawl("run").status == 0)
    #expect(try bench.read("copy.txt") == "hello\n")
  }

  @Test func `force takes a stage or all of them, and a name that means nothing is an error`() throws {
    let bench = try Bench()
    try bench.write("w.yml", small)
    try bench.pawl("run", "w.yml")
    func ran(_ arguments: String) throws -> [String] {
      #expect(try bench.shell("pawl run w.yml " + arguments).status == 0)
      return try bench.result().stages.filter { $0.text("outcome") == "succeeded" }.compactMap { $0.text("name") }
    }
    #expect(try ran("--force use") == ["use"])
    #expect(try ran("--force=make") == ["make"])
    #expect(try ran("--force") == ["make", "use"])
    #expect(try bench.shell("pawl run w.yml --force mkae").status == 2)
    #expect(try bench.shell("pawl run w.yml --reuse-only").status == 0)
    #expect(
      try bench.shell("echo '#' >> w.yml; sed -i 's/hello/hi/' w.yml; pawl run w.yml --reuse-only use").status == 3)
  }

  @Test func `a run with nothing to do and nothing to judge leaves the reports of the run that it repeats`() throws {
    let bench = try Bench()
    try bench.write("w.yml", small)
    try bench.pawl("run", "w.yml")
    let first = try bench.read("pawl-report/result.json")
    let again = try bench.pawl("run", "w.yml")
    #expect(again.status == 0)
    #expect(again.out.contains("2 stages, all up to date"))
    #expect(try bench.read("pawl-report/result.json") == first)
    #expect(try bench.shell("ls .pawl/runs | wc -l").out.trimmingCharacters(in: .whitespacesAndNewlines) == "1")
    #expect(try bench.pawl("run", "w.yml", "--report-dir", "other").status == 0)
    #expect(try bench.read("other/result.json") == first)
    // What is missing is put back, and that is a run.
    try bench.shell("rm copy.txt")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(bench.exists("copy.txt"))
  }

  @Test func `a slow stage is said to be slow, and verbose prints what a key covers`() throws {
    let bench = try Bench()
    try bench.write("w.yml", "pawl: 1\nname: w\nstages:\n  s: { run: sleep 1.6, inputs: [w.yml], slow-after: 500ms }\n")
    let outcome = try bench.pawl("run", "w.yml", "--verbose")
    #expect(outcome.status == 0)
    #expect(outcome.err.contains("`slow-after`"))
    #expect(outcome.err.contains("key s "))
    #expect(outcome.err.contains("input w.yml "))
  }

  @Test func `every problem of a file is told at once with its place`() throws {
    let bench = try Bench()
    try bench.write(
      "bad.yml",
      """
      pawl: 1
      name: bad
      params: { rate: 0.1 }
      stages:
        train:
          run: echo ${params.rat}
          input: [a]
          outputs: [../x]
        use:
          run: echo
          needs: [trian]
      """)
    let outcome = try bench.pawl("check", "bad.yml")
    #expect(outcome.status == 2)
    for text in [
      "bad.yml:6:15: error:", "there are: rate", "bad.yml:7:5: error: unknown key `input`", "did you mean `inputs`?",
      "bad.yml:8:",
      "did you mean `train`?", "4 errors, nothing was run",
    ] { #expect(outcome.out.contains(text), "\(text)\n\(outcome.out)") }
    #expect(try bench.pawl("run", "bad.yml").status == 2)
    #expect(!bench.exists(".pawl/runs"))
  }

  @Test func `a command that does not exist fails its stage, names it and spares the rest`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        train: { run: python3-that-is-not-here train.py, outputs: [m] }
        use: { run: cat m, inputs: [m] }
      """)
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 3)
    #expect(outcome.out.contains("python3-that-is-not-here"))
    #expect(outcome.out.contains("exit 127"))
    #expect(outcome.out.contains("needs train"))
    let result = try bench.result()
    #expect(result.stage("train")?.text("outcome") == "failed")
    #expect(result.stage("train")?.number("exit") == 127)
    #expect(result.stage("use")?.text("outcome") == "skipped")
  }

  @Test func `a stage that does not write its output fails, with the path`() throws {
    let bench = try Bench()
    try bench.write("w.yml", "pawl: 1\nname: w\nstages:\n  train: { run: 'true', outputs: [models/m.json] }\n")
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 3)
    #expect(outcome.out.contains("models/m.json"))
    #expect(try bench.result().stage("train")?.text("cause") == "output-missing")
  }

  @Test func `yesterday's file is not mistaken for today's output, and what Pawl did not make is kept`() throws {
    let bench = try Bench()
    try bench.write("w.yml", "pawl: 1\nname: w\nstages:\n  train: { run: 'true', outputs: [m.json] }\n")
    try bench.write("m.json", "made by hand")
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 3)
    #expect(outcome.err.contains("`m.json` was not made by Pawl; it is kept in the cache"))
    #expect(
      try bench.shell("grep -rl 'made by hand' .pawl/cache/objects | wc -l").out.trimmingCharacters(
        in: .whitespacesAndNewlines) == "1")
  }

  @Test func `with keep-going what does not depend on a failure still runs`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        a: { run: exit 7, outputs: [a] }
        b: { run: cp a b, inputs: [a], outputs: [b] }
        c: { run: sleep 0.3 && touch c, outputs: [c] }
        d: { run: cp c d, inputs: [c], outputs: [d] }
      """)
    #expect(try bench.pawl("run", "w.yml", "--jobs", "1").status == 3)
    #expect(!bench.exists("d"))
    let outcome = try bench.pawl("run", "w.yml", "--jobs", "1", "--keep-going")
    #expect(outcome.status == 3)
    #expect(bench.exists("d"))
    #expect(try bench.result().stage("a")?.number("exit") == 7)
  }

  @Test func `a gate whose evidence failed is invalid and never a pass`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        evaluate: { kind: evaluate, run: exit 1, metrics: [m.json] }
        gate: { kind: gate, rules: [accuracy >= 0.5] }
      """)
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 3)
    #expect(try bench.result().rules.first?.text("verdict") == "invalid")
  }

  @Test func `a timeout ends a stage that ignores TERM, with everything it started`() throws {
    let seconds = unusualSeconds()
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        hang:
          run: trap '' TERM; sleep \(seconds) & setsid sleep \(seconds) & wait
          timeout: 1s
          grace: 1s
          outputs: [never]
      """)
    let start = Date()
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 3)
    #expect(Date().timeIntervalSince(start) < 20)
    #expect(try bench.result().stage("hang")?.text("outcome") == "timed-out")
    #expect(
      try bench.shell("pgrep -fx 'sleep \(seconds)' | wc -l").out.trimmingCharacters(in: .whitespacesAndNewlines) == "0"
    )
  }

  @Test(arguments: ["INT", "TERM"]) func `a signal stops everything in order and leaves a record`(_ name: String) throws
  {
    let seconds = unusualSeconds()
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        first: { run: touch first, outputs: [first] }
        train:
          run: trap 'echo saved > checkpoint; exit 0' TERM; touch started; sleep \(seconds) & wait
          inputs: [first]
          outputs: [model]
          grace: 5s
        after: { run: cp model m2, inputs: [model], outputs: [m2] }
      """)
    let script = """
      pawl run w.yml & pid=$!
      n=0; while [ ! -e started ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1)); done
      kill -\(name) $pid; wait $pid; echo "status $?"
      """
    let outcome = try bench.run("bash", "-c", script)
    #expect(outcome.out.contains("status \(name == "INT" ? 130 : 143)"), "\(outcome.out)\(outcome.err)")
    #expect(bench.exists("checkpoint"))
    let result = try bench.result()
    #expect((result["run"] as? [String: Any])?.text("verdict") == "cancelled")
    #expect(result.stage("first")?.text("outcome") == "succeeded")
    #expect(result.stage("train")?.text("outcome") == "cancelled")
    #expect(
      try bench.shell("pgrep -fx 'sleep \(seconds)' | wc -l").out.trimmingCharacters(in: .whitespacesAndNewlines) == "0"
    )
    // What had finished is not run again.
    try bench.write(
      "w.yml", try bench.read("w.yml").replacingOccurrences(of: "sleep \(seconds) & wait", with: "touch model"))
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try bench.result().stage("first")?.text("outcome") == "reused")
  }

  @Test func `after kill -9 the next run ends what was left, reuses what finished, and goes on`() throws {
    let seconds = unusualSeconds()
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        first: { run: echo x >> count; touch first, outputs: [first] }
        train: { run: touch started; sleep \(seconds) || true; touch model, inputs: [first], outputs: [model] }
      """)
    let script = """
      pawl run w.yml 2>/dev/null & pid=$!
      n=0; while [ ! -e started ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1)); done
      kill -9 $pid; wait $pid; true
      """
    try bench.run("bash", "-c", script)
    #expect(try bench.pawl("runs").status == 0)
    try bench.write("w.yml", try bench.read("w.yml").replacingOccurrences(of: "sleep \(seconds)", with: "sleep 0.1"))
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 0, "\(outcome.err)")
    #expect(outcome.err.contains("ended without a word"))
    #expect(try bench.read("count") == "x\n")
    #expect(
      try bench.shell("pgrep -fx 'sleep \(seconds)' | wc -l").out.trimmingCharacters(in: .whitespacesAndNewlines) == "0"
    )
  }

  @Test func `two runs of one project train once`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        train: { run: echo x >> count; sleep 0.5; touch model, outputs: [model] , inputs: [w.yml] }
      """)
    let outcome = try bench.run(
      "bash", "-c",
      "pawl run w.yml & a=$!; pawl run w.yml --report-dir other & b=$!; wait $a; echo $?; wait $b; echo $?")
    #expect(outcome.out.split(separator: "\n").filter { $0 == "0" }.count == 2, "\(outcome.out)\(outcome.err)")
    #expect(try bench.read("count") == "x\n")
  }

  @Test func `a read-only project is an error of the surroundings and says so`() throws {
    let bench = try Bench()
    try bench.write("w.yml", small.replacingOccurrences(of: "small", with: "w"))
    // Root ignores modes: another user, who may only read.
    try bench.shell("chmod -R a+rX . && chmod 555 .")
    let outcome = try bench.shell("setpriv --reuid=65534 --regid=65534 --clear-groups pawl run w.yml")
    try bench.shell("chmod 755 .")
    #expect(outcome.status == 4, "\(outcome.out)\(outcome.err)")
    #expect(outcome.err.contains(".pawl"))
    #expect(outcome.err.lowercased().contains("permission denied"))
  }

  @Test func `a full disk is an error of the surroundings, and the store is readable after`() throws {
    let bench = try Bench()
    let disk = bench.root + "/disk"
    let mounted = try bench.shell("mkdir disk && mount -t tmpfs -o size=600k none disk")
    try #require(mounted.status == 0, "a small tmpfs is needed: \(mounted.err)")
    defer { _ = try? bench.shell("umount disk") }
    try bench.write(
      "disk/w.yml",
      """
      pawl: 1
      name: w
      stages:
        small: { run: echo small > small.txt, outputs: [small.txt] }
        big: { run: head -c 400000 /dev/zero > big.bin, inputs: [small.txt], outputs: [big.bin] }
      """)
    let outcome = try bench.shell("cd '\(disk)' && pawl run w.yml")
    #expect([3, 4].contains(outcome.status), "\(outcome.out)\(outcome.err)")
    #expect((outcome.out + outcome.err).contains("No space left on device"))
    try bench.shell("rm -f '\(disk)/big.bin'; umount -l '\(disk)/none' 2>/dev/null; mount -o remount,size=8m none disk")
    let again = try bench.shell("cd '\(disk)' && pawl run w.yml && pawl runs && pawl show latest")
    #expect(again.status == 0, "\(again.out)\(again.err)")
  }

  @Test func `secrets are masked wherever a stage prints them`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        leak: { run: 'echo "token is $TOKEN"; exit 1', secrets: [TOKEN], inputs: [w.yml] }
      """)
    let outcome = try bench.pawl("run", "w.yml", environment: ["TOKEN": "s3cr3t-value"])
    #expect(outcome.status == 3)
    let found = try bench.shell("grep -rl s3cr3t-value . | grep -v '^./w.yml' || true")
    #expect(found.out == "")
    #expect(!(outcome.out + outcome.err).contains("s3cr3t-value"))
    #expect(outcome.out.contains("token is ***"))
    let missing = try bench.pawl("run", "w.yml")
    #expect(missing.status == 3)
    #expect(missing.out.contains("TOKEN"))
  }

  @Test func `what a stage prints cannot command a CI system or a terminal`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        evil:
          run: |
            printf '::error::pwned\\n##[error]pwned\\n\\033]0;title\\007<script>alert(1)</script>\\n'
            exit 1
          inputs: [w.yml]
      """)
    let outcome = try bench.pawl("run", "w.yml", environment: ["GITHUB_ACTIONS": "true"])
    #expect(outcome.status == 3)
    for line in (outcome.out + "\n" + outcome.err).split(separator: "\n") {
      #expect(!line.hasPrefix("::error::pwned"))
      #expect(!line.hasPrefix("##[error]pwned"))
    }
    #expect(!(outcome.out + outcome.err).contains("\u{1B}]0;"))
    #expect(!(try bench.read("pawl-report/report.html")).contains("<script>alert"))
    #expect(try bench.shell("xmllint --noout pawl-report/junit.xml").status == 0)
  }
}

extension Bench {
  /// Runs a program by name, for scripts that need job control.
  @discardableResult
  func run(_ program: String, _ arguments: String...) throws -> Outcome {
    try shell(
      ([program] + arguments).map { "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'" }.joined(separator: " ")
    )
  }
}

/// Seconds to sleep that no other process on the machine sleeps, so that survivors can be counted.
private func unusualSeconds() -> String { "60.\(UInt32.random(in: 100_000...999_999))" }
