import PawlCore
import Testing

@testable import PawlWorkflow

struct PinTests {
  private static let there = """
    pawl: 1
    metrics: { latency: { direction: lower-is-better }, cost: { direction: lower-is-better } }
    stages:
      smoke: { run: x, outputs: [smoke.txt] }
      train: { kind: train, run: x, outputs: [model] }
      evaluate:
        kind: evaluate
        model: model
        run: x ${model} w/${subject}/p.csv
        predictions: { path: "w/${subject}/p.csv", task: binary, id: id, label: y, positive: 1, score: s, compute: [accuracy] }
      gate:
        kind: gate
        baseline: production
        confidence: 99%
        needs: [evaluate, smoke]
        test-set: { budget: 16 }
        waivers: w.yml
        rules:
          - accuracy >= baseline - 1pt
          - { metric: accuracy, at-least: 0.9, slices: [island] }
          - { metric: latency, at-most: 5, severity: block }
    """

  private static let waiver = "- { rule: accuracy >= 0.9 by island, reason: r, owner: o, expires: 2026-12-31 }"

  private func text(
    _ here: String, there: String? = PinTests.there, files: [String: String] = ["w.yml": PinTests.waiver]
  ) -> Text {
    var text = Text(here)
    text.files["w.yml"] = PinTests.waiver
    var pinned = MemoryFiles(files: files)
    pinned.files["Workflows/w.yml"] = there
    text.pin = PinnedTree(tree: pinned, revision: "origin/main", commit: "c0ffee")
    return text
  }

  private func gate(_ text: Text, _ name: String = "gate") throws -> Gate {
    guard case .judge(let gate) = try text.stage(name).work else { throw Unexpected() }
    return gate
  }

  private struct Unexpected: Error {}

  private func policy(_ text: Text) throws -> GatePolicy { try gate(text).policy }

  @Test func `the same file on both sides has no difference`() throws {
    let policy = try policy(text(PinTests.there))
    #expect(policy.pin == PolicyPin(revision: "origin/main", commit: "c0ffee"))
    #expect(policy.baseline?.revision == "c0ffee")
    #expect(
      policy.rules.map(\.line) == [
        "accuracy >= baseline - 1pt", "accuracy >= 0.9 by island", "latency <= 5",
      ])
    #expect(policy.rules[0].location?.file == "origin/main:Workflows/w.yml")
    #expect(policy.waivers.map(\.location?.file) == ["origin/main:w.yml"])
  }

  @Test func `what decides is the revision's, and each difference is a line`() throws {
    let here =
      PinTests.there
      .replacing("accuracy >= baseline - 1pt", with: "accuracy >= baseline - 3pt")
      .replacing("severity: block", with: "severity: warn")
      .replacing("slices: [island]", with: "slices: [sex], stage: evaluate")
      .replacing("score: s, compute", with: "score: t, threshold: 0.1, compute")
      .replacing("w/${subject}/p.csv", with: "v/${subject}/q.csv")
      .replacing("baseline: production", with: "baseline: { name: staging, store: mine }")
      .replacing("test-set: { budget: 16 }", with: "test-set: { budget: 64, feedback: none }")
      .replacing("cost: { direction: lower-is-better }", with: "cost: { direction: higher-is-better }")
      .replacing("waivers: w.yml", with: "waivers: w2.yml")
      .replacing("needs: [evaluate, smoke]", with: "needs: [evaluate]")
      .replacing("confidence: 99%", with: "confidence: 90%") + "\n      - accuracy >= 0.1"
    var text = text(here)
    text.files["w2.yml"] = "- { rule: latency <= 5, reason: r, owner: o, expires: 2026-12-31, up-to: 9 }"
    let gate = try gate(text)
    let policy = gate.policy
    #expect(
      policy.rules.map(\.line) == ["accuracy >= baseline - 1pt", "accuracy >= 0.9 by island", "latency <= 5"])
    #expect(policy.rules.map(\.confidence) == [0.99, 0.99, 0.99])
    #expect(policy.rules[2].severity == .block)
    #expect(policy.baseline?.name == "production")
    #expect(policy.baseline?.store == "Workflows/baselines")
    #expect(policy.baseline?.revision == "c0ffee")
    #expect(policy.testSet?.budget == 16)
    #expect(policy.ledgerStore == "Workflows/baselines")
    #expect(policy.metrics["cost"]?.direction == .lowerIsBetter)
    #expect(policy.waivers.map(\.line) == ["accuracy >= 0.9 by island"])
    let evaluate = try text.stage("evaluate")
    #expect(evaluate.evaluation?.predictions?.score == "s")
    #expect(evaluate.evaluation?.predictions?.threshold == 0.5)
    #expect(evaluate.evaluation?.predictions?.slices.contains("island") == true)
    #expect(evaluate.evaluation?.predictions?.path == "v/candidate/q.csv")
    #expect(evaluate.outputs.map(\.path) == ["v/candidate/q.csv"])
    #expect(try text.stage("gate").needs == [StageID("smoke")])
    #expect(
      policy.pin?.differences == [
        "`accuracy >= baseline - 3pt` here, `accuracy >= baseline - 1pt` in origin/main",
        "`accuracy >= baseline - 3pt`: confidence 0.9 here, 0.99 in origin/main",
        "`accuracy >= 0.9 by sex` here, `accuracy >= 0.9 by island` in origin/main",
        "`accuracy >= 0.9 by sex`: stage evaluate here, none in origin/main",
        "`accuracy >= 0.9 by sex`: confidence 0.9 here, 0.99 in origin/main",
        "`latency <= 5`: confidence 0.9 here, 0.99 in origin/main",
        "`latency <= 5`: severity warn here, block in origin/main",
        "`accuracy >= 0.1` is not in origin/main",
        "`cost` is higher-is-better here, lower-is-better in origin/main",
        "baseline `staging` here, `production` in origin/main",
        "baselines in `mine` here, `Workflows/baselines` in origin/main",
        "`test-set` { budget: 64, feedback: none } here, { budget: 16, feedback: pass-only } in origin/main",
        "the waiver of `accuracy >= 0.9 by island` by o until 2026-12-31 of origin/main is not here",
        "the waiver of `latency <= 5` up to 9 by o until 2026-12-31 is not in origin/main",
        "`predictions` of `evaluate`: score t here, s in origin/main",
        "`predictions` of `evaluate`: threshold 0.1 here, 0.5 in origin/main",
        "`gate` needs `smoke` in origin/main, and not here",
      ])
  }

  @Test func `a gate that was taken out is judged all the same`() throws {
    let here = PinTests.there.prefix(upTo: try #require(PinTests.there.firstRange(of: "  gate:")).lowerBound)
    var text = text(
      String(here) + "  easy: { kind: gate, rules: [accuracy >= 0] }\n  ship: { kind: promote, needs: [easy] }")
    let gate = try gate(text)
    #expect(gate.policy.rules.count == 3)
    #expect(
      gate.policy.pin?.differences == [
        "`gate` is a gate of origin/main, and not here", "`gate` needs `smoke` in origin/main, and not here",
      ])
    #expect(gate.exhibits == [Exhibit(name: "evaluate", candidate: [StageID("evaluate")])])
    #expect(try text.stage("gate").needs == [StageID("smoke")])
    #expect(
      try text.stage("ship").work == .publish(Publication(gates: [StageID("easy"), StageID("gate")])))
    guard case .judge(let easy) = try text.stage("easy").work else { throw Unexpected() }
    #expect(easy.policy.pin == PolicyPin(revision: "origin/main", commit: "c0ffee", isAbsent: true))
    #expect(easy.policy.rules.map(\.line) == ["accuracy >= 0"])
    #expect(easy.policy.baseline?.revision == nil)
    text.promotes = true
    #expect(try text.workflow().stages.count == 6)
    text.yaml = String(here)
    #expect(try text.stage("promote").work == .publish(Publication(gates: [StageID("gate")])))
  }

  @Test func `evidence that was taken out leaves the gate without any`() throws {
    let here = PinTests.there.replacing("  evaluate:\n", with: "  other:\n")
      .replacing("needs: [evaluate, smoke]", with: "needs: [other, smoke]")
    let gate = try gate(text(here))
    #expect(gate.exhibits == [Exhibit(name: "evaluate", candidate: [])])
    #expect(
      gate.policy.pin?.differences == [
        "the evidence `evaluate` of origin/main is not here", "the evidence `other` is not in origin/main",
      ])
    let none = PinTests.there.prefix(upTo: try #require(PinTests.there.firstRange(of: "  evaluate:")).lowerBound)
    let added = try self.gate(text(String(none)))
    #expect(added.exhibits == [Exhibit(name: "evaluate", candidate: [])])
  }

  @Test func `rows that today's file no longer declares are read all the same`() throws {
    let rows =
      "    predictions: { path: \"w/${subject}/p.csv\", task: binary, id: id, label: y, positive: 1, score: s, compute: [accuracy] }"
    let here = PinTests.there.replacing(rows, with: "    metrics: [\"w/${subject}/m.json\"]")
    let text = text(here)
    let evaluate = try text.stage("evaluate")
    #expect(evaluate.evaluation?.predictions?.path == "w/candidate/p.csv")
    #expect(evaluate.evaluation?.predictions?.score == "s")
    #expect(evaluate.outputs.map(\.path) == ["w/candidate/m.json", "w/candidate/p.csv"])
    #expect(try policy(text).pin?.differences == ["`predictions` of `evaluate` of origin/main is not here"])
    // And the other way: new rows do not take the place of the numbers that the revision's gate judges.
    let there = PinTests.there.replacing(rows, with: "    metrics: [\"w/${subject}/m.json\"]")
    let other = self.text(PinTests.there, there: there)
    #expect(try other.stage("evaluate").evaluation?.predictions == nil)
    #expect(try other.stage("evaluate").outputs.map(\.path) == ["w/candidate/p.csv"])
    #expect(try policy(other).pin?.differences == ["`predictions` of `evaluate` is not in origin/main"])
  }

  @Test func `seeds and needs cannot be chosen away unseen`() throws {
    func yaml(_ seeds: String, _ needs: String, _ ships: Int) -> String {
      """
      pawl: 1
      stages:
        evaluate:
          kind: evaluate
          matrix: { seed: [\(seeds)] }
          replicate: seed
          ships: { seed: \(ships) }
          run: x
          metrics: ["${matrix.seed}.json"]
        gate: { kind: gate, needs: [\(needs)], rules: [accuracy >= 0.5] }
      """
    }
    let there = yaml("1, 2, 3", "evaluate", 1)
    var gate = try gate(text(yaml("1, 2, 3", "\"evaluate[seed=2]\"", 2), there: there))
    #expect(gate.exhibits[0].candidate.map(\.name) == (1...3).map { "evaluate[seed=\($0)]" })
    #expect(gate.exhibits[0].ships == StageID("evaluate[seed=1]"))
    #expect(
      gate.policy.pin?.differences == [
        "`evaluate[seed=1]` of origin/main is not here", "`evaluate[seed=3]` of origin/main is not here",
        "`evaluate[seed=2]` ships here, `evaluate[seed=1]` in origin/main",
      ])
    gate = try self.gate(text(yaml("3, 4, 5", "evaluate", 4), there: there))
    #expect(gate.exhibits[0].candidate.map(\.name) == (3...5).map { "evaluate[seed=\($0)]" })
    #expect(gate.exhibits[0].ships == StageID("evaluate[seed=4]"))
    // What the revision's gate took one by one stays one by one.
    gate = try self.gate(text(there, there: yaml("1, 2, 3", "\"evaluate[seed=2]\", \"evaluate[seed=3]\"", 2)))
    #expect(gate.exhibits[0].candidate.map(\.name) == (2...3).map { "evaluate[seed=\($0)]" })
  }

  @Test func `a file that the revision lacks is judged by its own rules`() throws {
    let text = text(PinTests.there, there: nil)
    let policy = try policy(text)
    #expect(policy.pin == PolicyPin(revision: "origin/main", commit: "c0ffee", isAbsent: true))
    #expect(policy.rules.count == 3)
    #expect(policy.baseline?.revision == nil)
    #expect(
      text.load().diagnostics.map(shown) == [
        "warning: `origin/main` does not have `Workflows/w.yml` | merge the workflow there first; until then a promotion needs `--bootstrap`"
      ])
  }

  @Test func `errors of the revision's file are errors, as of that file`() {
    let broken = PinTests.there.replacing("severity: block", with: "severity: hard")
      .replacing("w.yml", with: "missing.yml")
    let loaded = text(PinTests.there, there: broken).load()
    #expect(loaded.workflow == nil)
    #expect(
      loaded.diagnostics.map(shown) == [
        "17:14: `missing.yml` does not exist | paths start at the project root",
        "21:50: `severity` cannot be `hard` | did you mean `warn`?",
      ])
    #expect(loaded.diagnostics.allSatisfy { $0.location?.file == "origin/main:Workflows/w.yml" })
    let empty = text(PinTests.there, there: "").load()
    #expect(empty.diagnostics.map(shown) == ["1:1: the file is empty | begin with `pawl: 1`"])
  }

  @Test func `a stage that a gate needs, or takes the name of, cannot be taken out`() {
    let smoke = "  smoke: { run: x, outputs: [smoke.txt] }\n"
    let here = PinTests.there.replacing(smoke, with: "").replacing(
      "needs: [evaluate, smoke]", with: "needs: [evaluate]")
    #expect(
      text(here).load().diagnostics.map(shown) == [
        "10:3: `gate` needs `smoke` in `origin/main`, which this file lacks | bring `smoke` back, or take it out of `needs` there first"
      ])
    let until = PinTests.there.firstRange(of: "  gate:").map { PinTests.there.prefix(upTo: $0.lowerBound) } ?? ""
    #expect(
      text(String(until) + "  gate: { run: x }").load().diagnostics.map(shown) == [
        "11:3: `gate` is a gate in `origin/main`, here it is of kind `run` | give the stage another name"
      ])
  }

  @Test func `parameters of the revision's file are its own`() throws {
    let yaml = """
      pawl: 1
      params: { least: 0.9, column: s }
      stages:
        evaluate:
          kind: evaluate
          run: x
          predictions: { path: p.csv, values: { quality: "${params.column}" } }
        gate: { kind: gate, rules: [{ metric: quality, at-least: "${params.least}" }] }
      metrics: { quality: { direction: higher-is-better } }
      """
    var text = text(yaml.replacing("least: 0.9", with: "least: 0.5"), there: yaml)
    text.sets = [("least", "0.1"), ("column", "easy")]
    #expect(try policy(text).rules.map(\.line) == ["quality >= 0.9"])
    #expect(try text.stage("evaluate").evaluation?.predictions?.values == [Predictions.Column("quality", column: "s")])
  }

  @Test func `the caller's waivers are those of the revision`() throws {
    var text = text(PinTests.there)
    text.waivers = "more.yml"
    text.files["more.yml"] = "- { rule: latency <= 5, reason: r, owner: o, expires: 2026-12-31 }"
    #expect(try policy(text).waivers.map(\.line) == ["accuracy >= 0.9 by island"])
    #expect(
      text.load().diagnostics.map(shown) == [
        "warning: `origin/main` does not have `more.yml`, so it waives nothing | merge the waivers there first"
      ])
    var both = self.text(PinTests.there, files: ["w.yml": PinTests.waiver, "more.yml": text.files["more.yml"] ?? ""])
    both.files["more.yml"] = ""
    both.waivers = "more.yml"
    #expect(try policy(both).waivers.map(\.line) == ["accuracy >= 0.9 by island", "latency <= 5"])
    // A file outside the project is no part of the change.
    text.waivers = "/etc/waivers.yml"
    text.files["/etc/waivers.yml"] = text.files["more.yml"]
    #expect(try policy(text).waivers.map(\.line) == ["accuracy >= 0.9 by island", "latency <= 5"])
  }

  @Test func `twins are read by the revision's columns and baseline`() throws {
    var text = text(PinTests.there.replacing("score: s", with: "score: t").replacing("production", with: "easy"))
    let digest = try #require(Digest(bytes: [UInt8](repeating: 1, count: 32)))
    let evidence = RecordedEvidence(
      exhibit: "evaluate", stage: StageID("evaluate"), base: "evaluate", matrix: [], key: digest, testData: nil,
      models: [Made(path: "model", digest: digest, size: 1)], predictions: nil, metrics: [])
    text.records["production"] = BaselineRecord(
      id: "1", name: "production", run: "r", workflow: "w", time: Timestamp(0), verdict: .pass, evidence: [evidence])
    let twin = try text.stage("evaluate@baseline")
    #expect(twin.evaluation?.predictions?.score == "s")
    #expect(twin.evaluation?.predictions?.path == "w/baseline/p.csv")
    #expect(twin.evaluation?.origin?.baseline == "production")
    #expect(try gate(text).exhibits[0].baseline == [StageID("evaluate@baseline")])
  }

  @Test(arguments: ["penguins", "penguin-sex", "households"])
  func `the example workflows differ in nothing from themselves`(name: String) throws {
    let path = "Workflows/\(name).yml"
    let pin = PinnedTree(tree: RepositoryTree(), revision: "HEAD", commit: "c0ffee")
    func load(_ pin: PinnedTree?) throws -> [Stage] {
      let loaded = WorkflowLoader.load(LoadRequest(file: path, path: path, pin: pin), tree: RepositoryTree()) { _ in nil
      }
      #expect(loaded.diagnostics.filter { $0.severity == .error } == [])
      return try #require(loaded.workflow).stages
    }
    for (pinned, plain) in zip(try load(pin), try load(nil)) {
      guard case .judge(let gate) = pinned.work, case .judge(let own) = plain.work else {
        #expect(pinned.work == plain.work)
        #expect(pinned.outputs == plain.outputs)
        #expect(pinned.needs == plain.needs)
        continue
      }
      #expect(gate.policy.pin == PolicyPin(revision: "HEAD", commit: "c0ffee"))
      #expect(gate.exhibits == own.exhibits)
      #expect(gate.policy.rules.map(\.line) == own.policy.rules.map(\.line))
    }
  }

  // MARK: policies

  private func load(_ here: String, there: String?, tree: [String: String] = [:]) throws(Failure) -> GatePolicy {
    var pinned = MemoryFiles(files: tree)
    pinned.files["ci/gate.yaml"] = there
    return try PolicyLoader.load(
      Array(here.utf8), file: "gate.yaml", tree: MemoryFiles(files: ["w.yml": PinTests.waiver]), store: "baselines",
      pin: PinnedTree(tree: pinned, revision: "v2", commit: "c0ffee"), path: "ci/gate.yaml")
  }

  @Test func `a policy is pinned as a workflow is`() throws {
    let there = """
      baseline: production
      waivers: w.yml
      test-set: { budget: 9, feedback: full }
      predictions: { task: binary, id: row, label: y, positive: 1, score: p }
      rules: [auc >= baseline - 1pt, auc within history of 20, auc within 2pt in total of v1]
      """
    let here = there.replacing("- 1pt", with: "- 2pt").replacing("score: p", with: "score: q")
    let policy = try load(here, there: there, tree: ["w.yml": "[]"])
    #expect(
      policy.rules.map(\.line) == [
        "auc >= baseline - 1pt", "auc within history of 20", "auc within 2pt in total of v1",
      ])
    #expect(policy.baseline?.revision == "c0ffee")
    #expect(policy.testSet == TestSetPolicy(budget: 9, feedback: .full, at: policy.testSet?.location))
    #expect(policy.ledgerStore == "baselines")
    #expect(policy.waivers == [])
    #expect(policy.predictions?.score == "p")
    #expect(
      policy.pin
        == PolicyPin(
          revision: "v2", commit: "c0ffee",
          differences: [
            "`auc >= baseline - 2pt` here, `auc >= baseline - 1pt` in v2",
            "the waiver of `accuracy >= 0.9 by island` by o until 2026-12-31 is not in v2",
            "`predictions` of `gate.yaml`: score q here, p in v2",
          ]))
    let absent = try load(here, there: nil)
    #expect(absent.pin == PolicyPin(revision: "v2", commit: "c0ffee", isAbsent: true))
    #expect(absent.waivers.count == 1)
    #expect(absent.baseline?.revision == nil)
    do throws(Failure) {
      _ = try load(here, there: there)
      Issue.record("the waivers of the revision are missing")
    } catch {
      #expect(error.diagnostics.map(shown) == ["2:10: `w.yml` does not exist | paths start at the project root"])
      #expect(error.diagnostics.first?.location?.file == "v2:ci/gate.yaml")
    }
  }
}
