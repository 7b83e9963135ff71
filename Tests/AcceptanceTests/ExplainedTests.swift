import Foundation
import Testing

/// Every hit, miss and skip is explained in a line by `plan`, `run`, `show` and result.json; keys can be printed and
/// compared; a plan foretells wall time.
@Suite struct ExplainedTests {
  private static let workflow = """
    pawl: 1
    name: w
    params: { n: 2, mode: full }
    stages:
      one: { run: "echo ${params.n} > one", outputs: [one] }
      two: { run: cat one > two, inputs: [one], outputs: [two] }
      never: { run: touch never, when: params.mode == fast }
      tell: { run: "true", finally: true, needs: [two] }

    """

  private func bench() throws -> Bench {
    let bench = try Bench()
    try bench.write("w.yml", ExplainedTests.workflow)
    return bench
  }

  /// Each stage's reasons in a JSON answer.
  private func why(_ json: String) throws -> [String: [String]] {
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
    return Dictionary(
      (object["stages"] as? [[String: Any]] ?? []).map { ($0.text("name") ?? "", $0["why"] as? [String] ?? []) },
      uniquingKeysWith: { first, _ in first })
  }

  private func newest(_ bench: Bench) throws -> String {
    let json = try bench.pawl("runs", "--format", "json").out
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
    let id = (object["runs"] as? [[String: Any]])?.first?.text("id") ?? ""
    return String(id.split(separator: "-").last ?? "")
  }

  @Test func `hits say who made them and what became of their outputs, in plan, run, show and result`() throws {
    let bench = try bench()
    _ = try bench.pawl("run", "w.yml")
    let maker = try newest(bench)
    #expect(try bench.pawl("plan", "w.yml").out.contains("one    up to date: made by run \(maker)"))
    try FileManager.default.removeItem(atPath: bench.root + "/two")
    let plan = try bench.pawl("plan", "w.yml")
    #expect(plan.out.contains("two    would be restored from the cache: made by run \(maker)"))
    #expect(plan.out.contains("tell   a final stage runs in every run"))
    #expect(plan.out.contains("never  would not run: when: params.mode == fast is false: params.mode is full"))
    let planned = try why(try bench.pawl("plan", "w.yml", "--format", "json").out)
    #expect(planned.values.allSatisfy { !$0.isEmpty })
    let run = try bench.pawl("run", "w.yml")
    #expect(run.err.contains("reused one up to date  made by run \(maker)"))
    #expect(run.err.contains("reused two restored from the cache  made by run \(maker)"))
    let show = try bench.pawl("show").out
    #expect(show.contains("up to date   made by run \(maker)"))
    #expect(show.contains("restored from the cache   made by run \(maker)"))
    #expect(
      try why(try bench.read("pawl-report/result.json")) == [
        "one": ["up to date: made by run \(maker)"], "two": ["restored from the cache: made by run \(maker)"],
        "never": ["when: params.mode == fast is false: params.mode is full"],
        "tell": ["a final stage runs in every run"],
      ])
    let log = try bench.pawl("log", "latest", "two")
    #expect(log.err.contains("pawl log \(maker) two"))
    #expect(try bench.pawl("log", "latest", "never").err.contains("not run: when: params.mode == fast is false"))
  }

  @Test func `a baseline's record as the source of a hit is named`() throws {
    let bench = try Bench()
    try bench.write(
      "Workflows/w.yml",
      """
      pawl: 1
      name: small
      stages:
        train: { kind: train, run: echo 1 > m.txt, inputs: [in], outputs: { model: m.txt } }
        evaluate: { kind: evaluate, run: "echo '{\\"accuracy\\": 0.9}' > m.json", inputs: [m.txt], metrics: [m.json] }
        gate: { kind: gate, baseline: production, rules: [accuracy >= 0.80, accuracy >= baseline - 1pt] }

      """)
    try bench.write("in", "x")
    try bench.write(".gitignore", ".pawl\npawl-report\nm.txt\nm.json\n")
    try bench.commit("all")
    let first = try bench.pawl("run", "--promote", "--bootstrap")
    #expect(first.status == 0, "\(first.out)\(first.err)")
    let maker = try newest(bench)
    _ = try bench.shell("rm -rf .pawl m.txt m.json")
    let line = "recorded, not fetched: made by run \(maker), in the record of production"
    #expect(try bench.pawl("plan").out.contains(line))
    #expect(try bench.pawl("run").status == 0)
    let why = try why(try bench.read("pawl-report/result.json"))
    #expect(why == ["train": [line], "evaluate": [line], "gate": ["a gate is judged in every run"]])
  }

  @Test func `a key is printed a part a line, and two runs' keys are compared`() throws {
    let bench = try bench()
    _ = try bench.pawl("run", "w.yml")
    let old = try newest(bench)
    _ = try bench.pawl("run", "w.yml", "--set", "n=3")
    let key = try bench.pawl("show", "latest", "--keys", "one")
    #expect(key.status == 0)
    #expect(key.out.hasPrefix("key one "))
    #expect(key.out.contains("\n  output one output\n") && key.out.contains("\n  parameter n 3\n"))
    #expect(!key.out.contains("key two"))
    let both = try bench.pawl("show", "latest", "--keys", "one", "--against", old)
    let lines = both.out.split(separator: "\n").dropFirst()
    #expect(
      lines == [
        "  - command sh\\n-eu\\necho 2 > one", "  + command sh\\n-eu\\necho 3 > one", "  - parameter n 2",
        "  + parameter n 3",
      ])
    let all = try bench.pawl("show", "--keys", "--against", old).out
    #expect(all.contains("\n  - input one ") && all.contains("\n  + input one "))
    #expect(all.contains("key never none in either run"))
    let json = try bench.pawl("show", "--keys=one", "--against", old, "--format", "json").out
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
    #expect(object.text("schema") == "pawl.keys/1")
    #expect((object["stages"] as? [[String: Any]])?.count == 1)
    #expect(try bench.pawl("show", "--keys", "nosuch").status == 2)
    #expect(try bench.pawl("show", "--against", old).err.contains("add `--keys`"))
  }

  @Test func `a plan foretells the wall time with so many jobs and with what they share`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        s: { run: "sleep 0.3; echo ${matrix.i}", matrix: { i: [1, 2, 3, 4] } }
        board: { run: "sleep 0.3", matrix: { i: [1, 2] }, resources: { locks: [board] } }

      """)
    _ = try bench.pawl("run", "w.yml", "--jobs", "6")
    func seconds(_ jobs: String) throws -> Double {
      let json = try bench.pawl("plan", "w.yml", "--force", "--jobs", jobs, "--format", "json").out
      let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
      let seconds = try #require(object["seconds"] as? Double)
      let each = (object["stages"] as? [[String: Any]] ?? []).compactMap { $0["seconds"] as? Double }
      // No schedule beats the work spread evenly, and one job does all of it one after the other.
      #expect(each.count == 6 && each.allSatisfy { $0 >= 0.3 })
      #expect(seconds > each.reduce(0, +) / Double(Int(jobs) ?? 1) - 0.01)
      if jobs == "1" { #expect(abs(seconds - each.reduce(0, +)) < 0.01) }
      return seconds
    }
    let (one, two, six) = (try seconds("1"), try seconds("2"), try seconds("6"))
    #expect(one > two && two > six && six >= 0.6)
    #expect(try bench.pawl("plan", "w.yml", "--jobs", "2").out.contains(" with 2 jobs"))
    #expect(try bench.pawl("plan", "w.yml", "--force", "nosuch").status == 2)
  }

  @Test func `a killed run is shown as interrupted, with what to type`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        one: { run: echo hi > one, outputs: [one] }
        two: { run: "echo begun; touch began; exec sleep 61.37", inputs: [one], outputs: [two] }
        three: { run: cat two > three, inputs: [two], outputs: [three] }

      """)
    _ = try bench.shell(
      "pawl run w.yml & until pawl log latest two 2>&1 | grep -q begun; do sleep 0.05; done; pawl runs > alive; pawl show >> alive; kill -9 $!; wait"
    )
    let alive = try bench.read("alive")
    #expect(alive.contains("running  1 of 3 done") && alive.contains("\nrunning: 1 of 3 done"))
    let runs = try bench.pawl("runs").out
    #expect(runs.contains("interrupted") && runs.contains("what it finished is kept:  pawl run"))
    let show = try bench.pawl("show").out
    #expect(show.contains("two                        interrupted with the run"))
    #expect(show.contains("three                      not run: the run was interrupted"))
    #expect(show.contains("go on with what is kept:  pawl run w.yml"))
    let log = try bench.pawl("log", "latest", "two")
    #expect(log.out == "begun\n" && log.err.contains("`two`: interrupted with the run"))
    // The next run closes the dead one's log and ends what it left; then it is still told as interrupted.
    _ = try bench.pawl("run", "w.yml", "one")
    #expect(try bench.pawl("runs").out.contains("interrupted"))
  }

  @Test func `what a stop leaves behind was not run because of the stop`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        two: { run: "touch began; exec sleep 61.38", outputs: [two], grace: 1s }
        three: { run: cat two > three, inputs: [two], outputs: [three] }

      """)
    let stopped = try bench.shell(
      "pawl run w.yml & until test -e began; do sleep 0.05; done; kill -TERM $!; wait $!")
    #expect(stopped.status == 143)
    #expect(stopped.out.contains("three                      not run: the run was stopped"))
    #expect(try bench.result().stages.map { $0.text("outcome") } == ["cancelled", "cancelled"])
    #expect(try why(try bench.read("pawl-report/result.json"))["three"] == ["the run was stopped"])
  }

  @Test func `a flaky stage says what its first attempt died of`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        f: { run: 'test "$PAWL_ATTEMPT" = 2 && touch f || { echo bad; kill -TERM $$; }', outputs: [f], retries: { count: 1, on: [signal], backoff: 10ms } }
        m: { run: "true", outputs: [m.bin] }

      """)
    _ = try bench.pawl("run", "w.yml", "--keep-going")
    let show = try bench.pawl("show").out
    #expect(show.contains("flaky: passed on attempt 2 (attempt 1: ended by SIGTERM)"))
    #expect(show.contains("but its output `m.bin` is missing") && show.contains("or correct `outputs:`"))
    #expect(try bench.pawl("log", "latest", "f").err.contains("--attempt 1"))
    #expect(try bench.result().stages.first?["earlier-attempts"] as? [String] == ["ended by SIGTERM"])
    #expect(try bench.read("pawl-report/junit.xml").contains(#"name="earlier-attempt" value="ended by SIGTERM""#))
    let first = try bench.pawl("log", "latest", "f", "--attempt", "1")
    #expect(first.out == "bad\n" && first.err.contains("attempt 1 of 2: ended by SIGTERM"))
    #expect(try bench.pawl("runs").out.contains("2 ran, 1 failed, 1 flaky"))
  }
}
