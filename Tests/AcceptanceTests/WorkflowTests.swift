import Foundation
import PawlTestSupport
import Testing

/// Every workflow in `Workflows/`, held to its first line, `# expect: exit N`.
private let workflows: [String] = {
  let folder = Repository.root + "/Workflows"
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return names.filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }.sorted()
}()

/// Longer than most, and one thing: what the repository's own workflows promise, each run by the binary.
@Suite struct WorkflowTests {
  @Test func `there are workflows, and each says what is expected of it`() throws {
    #expect(workflows.count >= 3)
    for name in workflows {
      let first = try Repository.text("Workflows/" + name).split(separator: "\n").first
      #expect(first?.hasPrefix("# expect: exit ") == true, "\(name)")
    }
  }

  @Test(arguments: workflows) func `a workflow ends as its first line says, on a fresh clone`(_ name: String) throws {
    let bench = try Bench.clone()
    let first = try #require(try bench.read("Workflows/" + name).split(separator: "\n").first)
    let expected = try #require(Int32(first.dropFirst("# expect: exit ".count).trimmingCharacters(in: .whitespaces)))
    let outcome = try bench.pawl("run", "Workflows/" + name)
    #expect(outcome.status == expected, "\(outcome.out)\n\(outcome.err)")
    let result = try bench.result()
    #expect((result["run"] as? [String: Any])?.number("exit-status") == Double(expected))
    for file in ["result.json", "junit.xml", "report.md", "report.html", "MODEL_CARD.md"] {
      #expect(bench.exists("pawl-report/" + file), "\(file)")
    }
    // A clone stays clean: whatever a run makes is ignored.
    #expect(try bench.shell("git status --porcelain").out == "")
  }

  @Test func `pawl check finds nothing wrong with them`() throws {
    let bench = try Bench.clone()
    let outcome = try bench.pawl("check")
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
  }
}

/// The main job, step by step, as `Workflows/penguins.yml` shows it to a newcomer.
@Suite struct PenguinTests {
  private let file = "Workflows/penguins.yml"

  private func ran(_ result: [String: Any]) -> [String] {
    result.stages.filter { $0.text("outcome") == "succeeded" && $0.text("kind") != "gate" }.compactMap {
      $0.text("name")
    }
  }

  @Test func `a fresh clone trains, passes by its bounds and names interval and baseline`() throws {
    let bench = try Bench.clone()
    let outcome = try bench.pawl("run", file)
    #expect(outcome.status == 0, "\(outcome.err)")
    #expect(outcome.out.contains("gate  pass"))
    #expect(outcome.out.contains("penguins-production"))
    let result = try bench.result()
    #expect(ran(result).filter { $0.hasPrefix("train") }.count == 3)
    let rule = try #require(result.rules.first { $0.text("kind") == "may-lose" && $0["slice"] is NSNull })
    let difference = try #require(rule["difference"] as? [String: Any])
    #expect(try #require(difference.number("low")) >= -0.03)
    #expect((rule["candidate"] as? [String: Any])?.number("rows") == 333)
    #expect((rule["candidate"] as? [String: Any])?.number("replicates") == 3)
  }

  @Test func `the same run again runs no stage, and neither does one after touch`() throws {
    let bench = try Bench.clone()
    try bench.pawl("run", file)
    #expect(try bench.pawl("run", file).status == 0)
    #expect(ran(try bench.result()) == [])
    try bench.shell("touch Fixtures/penguins/penguins.csv Workflows/penguins/*.py")
    #expect(try bench.pawl("run", file).status == 0)
    #expect(ran(try bench.result()) == [])
  }

  @Test func `a changed byte runs only what depends on it, and the same bytes stop the wave`() throws {
    let bench = try Bench.clone()
    try bench.pawl("run", file)
    try bench.shell("echo '# a comment' >> Workflows/penguins/evaluate.py")
    try bench.pawl("run", file)
    #expect(ran(try bench.result()) == ["evaluate[seed=1]", "evaluate[seed=2]", "evaluate[seed=3]"])
    // split runs again, makes the same rows, and nothing behind it does.
    try bench.shell("echo '# a comment' >> Workflows/penguins/split.py")
    try bench.pawl("run", file)
    let result = try bench.result()
    #expect(ran(result) == ["split"])
    #expect(result.stage("split")?["why"] as? [String] == ["input Workflows/penguins/split.py changed"])
  }

  @Test func `after promotion and a commit a fresh clone trains nothing and passes by same model`() throws {
    let bench = try Bench.clone()
    try bench.pawl("run", file)
    let promoted = try bench.pawl("baseline", "promote", "run:latest", "--reason", "more epochs")
    #expect(promoted.status == 0, "\(promoted.err)")
    try bench.commit("promote")
    try bench.shell("rm -rf .pawl pawl-report; git clean -qfdx")
    let outcome = try bench.pawl("run", file)
    #expect(outcome.status == 0, "\(outcome.err)")
    let result = try bench.result()
    #expect(ran(result) == [])
    #expect(result.stages.allSatisfy { $0.text("outcome") == "reused" || $0.text("kind") == "gate" })
    for rule in result.rules where rule.text("kind") == "may-lose" {
      #expect(rule.text("verdict") == "pass")
      #expect((rule["caveats"] as? [String])?.contains("same model") == true)
    }
    #expect(try bench.pawl("run", file, "--reuse-only").status == 0)
  }

  @Test func `a ruined model is blocked, and every format says the same`() throws {
    let bench = try Bench.clone()
    let outcome = try bench.pawl("run", file, "--set", "train.rate=0.0001")
    #expect(outcome.status == 1)
    let result = try bench.result()
    let rule = try #require(result.rules.first { $0.text("kind") == "may-lose" && $0["slice"] is NSNull })
    #expect(rule.text("verdict") == "fail")
    #expect(rule["blocks"] as? Bool == true)
    let message = try #require(rule.text("message"))
    let difference = try #require(rule["difference"] as? [String: Any])
    #expect(try #require(difference.number("high")) < -0.03)
    // The words of the message: value, bounds, allowed margin.
    let words = try #require(message.split(separator: ":").dropFirst().first?.split(separator: ",").first).description
    let bounds = String(words.drop { $0 != "[" })
    let junit = try bench.read("pawl-report/junit.xml")
    let markdown = try bench.read("pawl-report/report.md")
    let html = try bench.read("pawl-report/report.html")
    for text in [outcome.out, junit, markdown, html] { #expect(text.contains(bounds), "\(bounds)") }
    #expect(markdown.hasPrefix("### ✗ penguins: blocked"))
    #expect(outcome.out.contains("train.rate 0.1 → 0.0001"))
  }

  @Test func `other test data make the baseline's own model be scored again`() throws {
    let bench = try Bench.clone()
    // The last complete row goes: 332 rows, other ids, so the record's rows no longer fit.
    try bench.shell("sed -i '$d' Fixtures/penguins/penguins.csv")
    let outcome = try bench.pawl("run", file)
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    let result = try bench.result()
    let baseline = (result["gates"] as? [[String: Any]])?.first?["baseline"] as? [String: Any]
    #expect(baseline?["rescored"] as? Bool == true)
    #expect(
      (result.rules.first { $0.text("kind") == "may-lose" }?["candidate"] as? [String: Any])?.number("rows") == 332)
  }

  @Test func `evidence inside a folder output is promoted with its rows and found again on a fresh clone`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        train: { kind: train, run: mkdir model && cp in.txt model/m.txt, inputs: [in.txt], outputs: [model] }
        evaluate:
          kind: evaluate
          model: model
          run: |
            mkdir -p eval/${subject}
            echo '{"loss": 0.5}' > eval/${subject}/a.json
            { echo id,y,p; seq 1 400 | while read i; do echo $i,a,a; done; } > eval/${subject}/rows.csv
            cat ${model}/m.txt > /dev/null
          outputs: ["eval/${subject}"]
          metrics: ["eval/${subject}/*.json"]
          predictions: { path: "eval/${subject}/rows.csv", task: multiclass, id: id, label: y, prediction: p, compute: [accuracy] }
        gate:
          kind: gate
          baseline: production
          rules: [accuracy >= baseline - 3pt, accuracy >= 0.9]
      """)
    try bench.write("in.txt", "one")
    try bench.write(".gitignore", ".pawl\npawl-report\neval\nmodel\n")
    try bench.commit("one")
    let first = try bench.pawl("run", "w.yml", "--promote", "--bootstrap")
    #expect(first.status == 0, "\(first.out)\(first.err)")
    #expect(try bench.shell("ls baselines/production/*/rows.csv").status == 0)
    try bench.commit("two")
    try bench.shell("git clean -qfdx")
    let clone = try bench.pawl("run", "w.yml")
    #expect(clone.status == 0, "\(clone.out)\(clone.err)")
    #expect(try bench.result().stages.allSatisfy { $0.text("outcome") == "reused" || $0.text("kind") == "gate" })
    try bench.write("in.txt", "two")
    let other = try bench.pawl("run", "w.yml")
    #expect(other.status == 0, "\(other.out)\(other.err)")
    #expect(try bench.result().rules.first?.text("test") == "score")
  }

  @Test func `reports are functions of the record: rendered again they are the same bytes`() throws {
    let bench = try Bench.clone()
    try bench.pawl("run", file)
    #expect(try bench.pawl("report", "latest", "--report-dir", "again").status == 0)
    for name in ["result.json", "junit.xml", "report.md", "report.html", "MODEL_CARD.md"] {
      #expect(try bench.read("again/" + name) == bench.read("pawl-report/" + name), "\(name)")
    }
    let shown = try bench.pawl("show", "latest", "--format", "json")
    let written = try bench.read("pawl-report/result.json")
    #expect(shown.out.trimmingCharacters(in: .newlines) == written.trimmingCharacters(in: .newlines))
    #expect(try bench.pawl("log", "latest", "split").out.contains("rows 333"))
  }

  @Test func `a plan tells what would run and why, and runs nothing`() throws {
    let bench = try Bench.clone()
    try bench.pawl("run", file)
    let plan = try bench.pawl("plan", file, "--set", "train.rate=0.05", "--format", "json")
    #expect(plan.status == 0)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(plan.out.utf8)) as? [String: Any])
    #expect(json.text("schema") == "pawl.plan/1")
    #expect(json.stage("split")?.text("forecast") == "reuse")
    #expect(json.stage("train[seed=1]")?.text("forecast") == "run")
    let why = json.stage("train[seed=1]")?["why"] as? [String] ?? []
    #expect(why.contains("parameter train.rate 0.1 → 0.05"))
    #expect(json.stage("evaluate[seed=1]")?.text("forecast") == "undetermined")
    #expect(try bench.pawl("runs", "--format", "json").out.components(separatedBy: "\"id\"").count == 2)
  }
}

/// A baseline measured on other data: scored again, or an honest "invalid".
@Suite struct RescoringTests {
  private func project() throws -> Bench {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      params: { bias: 0 }
      stages:
        train: { kind: train, run: 'echo ${params.bias} > model.txt', outputs: [model.txt], inputs: [in.txt] }
        evaluate:
          kind: evaluate
          model: model.txt
          run: |
            test ! -e fail-${subject} || exit 9
            mkdir -p w/${subject}
            b=$(cat ${model})
            { echo id,y,p; while read i; do if [ $((i % 20)) -lt $b ]; then echo $i,a,b; else echo $i,a,a; fi; done < data.txt; } > w/${subject}/r.csv
          inputs: [data.txt]
          predictions: { path: "w/${subject}/r.csv", task: multiclass, id: id, label: y, prediction: p, compute: [accuracy] }
        gate:
          kind: gate
          baseline: production
          rules: [{ metric: accuracy, may-lose: 0.03 }]
      """)
    try bench.write("in.txt", "")
    try bench.write(".gitignore", ".pawl\npawl-report\nw\nmodel.txt\nfail-*\n")
    try bench.shell("seq 1 1000 > data.txt")
    try bench.commit("one")
    #expect(try bench.pawl("run", "w.yml", "--promote", "--bootstrap").status == 0)
    try bench.commit("two")
    try bench.shell("seq 1 1100 > data.txt")
    return bench
  }

  @Test func `a worse model on new data fails against the old model on the same new data`() throws {
    let bench = try project()
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try bench.pawl("run", "w.yml", "--set", "bias=1").status == 1)
    let rule = try #require(try bench.result().rules.first)
    #expect((rule["candidate"] as? [String: Any])?.number("rows") == 1100)
    #expect((rule["baseline"] as? [String: Any])?.number("value") == 1)
  }

  @Test func `a baseline that cannot be scored is invalid, and not a failed stage`() throws {
    let bench = try project()
    try bench.write("fail-baseline", "")
    let outcome = try bench.pawl("run", "w.yml", "--set", "bias=1")
    #expect(outcome.status == 6)
    #expect(outcome.out.contains("cannot be scored again"))
    #expect(try bench.result().stage("evaluate")?.text("outcome") == "succeeded")
    try bench.shell("sed -i 's/may-lose: 0.03 }/may-lose: 0.03, allow-other-data: true }/' w.yml")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    let caveats = try #require(try bench.result().rules.first?["caveats"] as? [String])
    #expect(caveats.contains("the baseline was measured on other test data"))
  }

  @Test func `the baseline's model is gone from record and cache: invalid, never a guess`() throws {
    let bench = try project()
    try bench.shell("rm -f baselines/production/*/model.txt model.txt; rm -rf .pawl")
    let outcome = try bench.pawl("run", "w.yml", "--set", "bias=1")
    #expect(outcome.status == 6, "\(outcome.out)\(outcome.err)")
    #expect(outcome.out.contains("model.txt"))
  }
}

/// What a promotion must never do.
@Suite struct PromotionTests {
  private func project(_ stages: String) throws -> Bench {
    let bench = try Bench()
    try bench.write("w.yml", "pawl: 1\nname: w\nparams: { q: 0.9 }\nstages:\n" + stages)
    try bench.write("in.txt", "")
    try bench.write(".gitignore", ".pawl\npawl-report\n*.json\n!baselines/**\nmodel\n")
    try bench.commit("one")
    return bench
  }

  private func evaluate(_ name: String, _ value: String = "${raw:params.q}") -> String {
    "  \(name): { kind: evaluate, run: \"echo '{\\\"\(name)-score\\\": \(value)}' > \(name).json\", inputs: [in.txt], metrics: [\(name).json] }\n"
  }

  private func records(_ bench: Bench, _ name: String = "production") throws -> Int {
    Int(try bench.shell("ls baselines/\(name) 2>/dev/null | wc -l").out.trimmingCharacters(in: .whitespacesAndNewlines))
      ?? 0
  }

  @Test func `a stage that failed keeps everything from being promoted, and its gate from passing`() throws {
    let bench = try project(
      evaluate("a") + "  smoke: { run: exit 1, inputs: [in.txt] }\n"
        + "  gate: { kind: gate, needs: [a, smoke], baseline: production, rules: [a-score >= 0.5] }\n")
    #expect(try bench.pawl("run", "w.yml", "--promote", "--bootstrap").status == 3)
    #expect(try records(bench) == 0)
    #expect(try bench.result().rules.first?.text("verdict") == "invalid")
  }

  @Test func `two gates of one baseline make one record, and a refused gate writes none`() throws {
    let both = evaluate("a") + evaluate("b")
    let one = try project(
      both + "  ga: { kind: gate, needs: [a], baseline: production, rules: [a-score >= 0.5] }\n"
        + "  gb: { kind: gate, needs: [b], baseline: production, rules: [b-score >= 0.5] }\n")
    let outcome = try one.pawl("run", "w.yml", "--promote", "--bootstrap")
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(try records(one) == 1)
    try one.commit("two")
    #expect(try one.pawl("run", "w.yml", "--promote").status == 0)
    #expect(try records(one) == 2)
    let other = try project(
      both + "  ga: { kind: gate, needs: [a], baseline: production, rules: [a-score >= 0.5] }\n"
        + "  gb: { kind: gate, needs: [b], baseline: other, rules: [{ metric: b-score, at-least: 0.95, severity: warn }] }\n"
        + "metrics: { b-score: { direction: higher-is-better } }\n")
    #expect(try other.pawl("run", "w.yml", "--promote", "--bootstrap").status == 6)
    #expect(try records(other) == 0)
  }

  @Test func `the record names the commit that was judged`() throws {
    let bench = try project(evaluate("a") + "  gate: { kind: gate, baseline: production, rules: [a-score >= 0.5] }\n")
    try bench.shell("echo dirty >> in.txt")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    try bench.shell("git checkout -q in.txt")
    let dirty = try bench.pawl("baseline", "promote", "latest", "--bootstrap")
    #expect(dirty.status == 6, "\(dirty.out)\(dirty.err)")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    try bench.shell("echo more >> in.txt")
    try bench.commit("another commit")
    let moved = try bench.pawl("baseline", "promote", "latest", "--bootstrap")
    #expect(moved.status == 6)
    #expect(moved.err.contains("checked out"))
    #expect(try records(bench) == 0)
    // A commit of records alone changes nothing that was judged.
    try bench.shell("git reset -q --hard HEAD^; mkdir -p baselines/notes; echo kept > baselines/notes/a")
    try bench.commit("only the store")
    #expect(try bench.pawl("baseline", "promote", "latest", "--bootstrap").status == 0)
    #expect(try records(bench) == 1)
  }

  @Test func `bootstrap or promote that can do nothing are usage errors`() throws {
    let bench = try project(
      evaluate("a") + "  gate: { kind: gate, baseline: production, rules: [a-score >= baseline] }\n")
    #expect(try bench.pawl("run", "w.yml", "--bootstrap").status == 2)
    #expect(try bench.pawl("run", "w.yml", "a", "--promote").status == 2)
    #expect(try bench.pawl("run", "w.yml").status == 6)
  }

  @Test func `files of another experiment are no evidence for a recorded model`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      params: { q: 0.3 }
      stages:
        train: { kind: train, run: 'mkdir model; echo ${params.q} > model/w.txt; head -c 3000 /dev/zero > model/big', outputs: [model], inputs: [in.txt] }
        evaluate: { kind: evaluate, run: "echo '{\\"score\\": '$(cat model/w.txt)'}' > m.json", inputs: [model/w.txt], metrics: [m.json] }
        gate: { kind: gate, baseline: { name: production, keep: { model: 0 } }, rules: [score >= 0.2] }
      """)
    try bench.write("in.txt", "")
    try bench.write(".gitignore", ".pawl\npawl-report\nmodel\nm.json\n")
    try bench.commit("one")
    #expect(try bench.pawl("run", "w.yml", "--promote", "--bootstrap").status == 0)
    try bench.shell("sed -i 's/score >= 0.2/score >= 0.5/' w.yml")
    try bench.commit("two")
    try bench.shell("git clean -qfdx")
    #expect(try bench.pawl("run", "w.yml", "--set", "q=0.8").status == 0)
    #expect(try bench.pawl("run", "w.yml").status == 1)
  }

  @Test func `a damaged object in the cache counts as absent`() throws {
    let bench = try Bench()
    try bench.write("w.yml", "pawl: 1\nname: w\nstages:\n  a: { run: echo hello > a.txt, outputs: [a.txt] }\n")
    try bench.pawl("run", "w.yml")
    try bench.shell("f=$(find .pawl/cache/objects -type f | head -1); chmod u+w $f; echo HELLO > $f; rm a.txt")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try bench.read("a.txt") == "hello\n")
  }
}

/// What the next run must never lose or hide.
@Suite struct SafetyTests {
  @Test func `a file that a user wrote over an output is kept before the output is put back`() throws {
    let bench = try Bench()
    try bench.write("w.yml", "pawl: 1\nname: w\nstages:\n  a: { run: echo made > o.txt, outputs: [o.txt] }\n")
    try bench.pawl("run", "w.yml")
    try bench.write("o.txt", "my labels")
    let outcome = try bench.pawl("run", "w.yml")
    #expect(try bench.read("o.txt") == "made\n")
    #expect(outcome.err.contains("`o.txt` was not made by Pawl; it is kept in the cache"))
    #expect(try bench.shell("grep -rl 'my labels' .pawl/cache/objects").status == 0)
  }

  @Test func `a run that was killed is never shown as passed`() throws {
    let bench = try Bench()
    try bench.write("w.yml", "pawl: 1\nname: w\nstages:\n  a: { run: 'touch started; sleep 30.75', inputs: [w.yml] }\n")
    try bench.run(
      "bash", "-c",
      "pawl run w.yml & pid=$!; n=0; while [ ! -e started ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1)); done; kill -9 $pid; wait $pid; true"
    )
    let shown = try bench.pawl("show", "latest", "--format", "json")
    #expect(shown.out.contains("\"verdict\": \"error\""), "\(shown.out)")
    #expect(!(try bench.pawl("report", "latest", "--as", "markdown").out.contains("passed")))
    try bench.shell("pkill -f 'sleep 30.7[5]'; true")
  }

  @Test(arguments: ["rm", "sed -i 's/$/\\r/'"])
  func `baseline rows that are gone or altered are invalid, never a pass`(_ harm: String) throws {
    let bench = try Bench.clone()
    try bench.shell("sed -i 's/, slices: .island., min-rows: 40//' Workflows/penguins.yml")
    try bench.shell("\(harm) Workflows/baselines/penguins-production/*/*.csv")
    let outcome = try bench.pawl("run", "Workflows/penguins.yml")
    #expect(outcome.status == 6, "\(outcome.out)\(outcome.err)")
    #expect(outcome.out.contains("missing or not what was promoted"))
    #expect(try bench.pawl("baseline", "verify").status == 4)
  }

  @Test func `a stage of another workflow is not compared with`() throws {
    let bench = try Bench()
    try bench.write("a.yml", "pawl: 1\nname: a\nstages:\n  train: { run: echo a > a.txt, outputs: [a.txt] }\n")
    try bench.write("b.yml", "pawl: 1\nname: b\nstages:\n  train: { run: echo b > b.txt, outputs: [b.txt] }\n")
    try bench.pawl("run", "a.yml")
    #expect(try bench.pawl("plan", "b.yml").out.contains("no earlier result"))
  }

  @Test func `from a subfolder the project's own workflow is found`() throws {
    let bench = try Bench()
    try bench.write("Workflows/w.yml", "pawl: 1\nname: w\nstages:\n  a: { run: echo made > o.txt, outputs: [o.txt] }\n")
    try bench.commit("one")
    #expect(try bench.shell("mkdir -p deep/er && cd deep/er && pawl run").status == 0)
    #expect(bench.exists("o.txt"))
  }
}
