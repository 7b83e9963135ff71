import PawlCore
import PawlFormats
import Testing

@testable import PawlWorkflow

struct GateTests {
  private static let evaluate = """
    pawl: 1
    metrics: { latency: { direction: lower-is-better }, score: { direction: higher-is-better, format: percent } }
    stages:
      evaluate: { kind: evaluate, run: x, metrics: [m.json] }
      gate:
        kind: gate
        baseline: production

    """

  private func gate(_ body: String, set: (inout Text) -> Void = { _ in }) throws -> Gate {
    var text = Text(GateTests.evaluate + body)
    set(&text)
    guard case .judge(let gate) = try text.stage("gate").work else { throw Unexpected() }
    return gate
  }

  private struct Unexpected: Error {}

  @Test func `options of the gate are defaults of its rules`() throws {
    let rules = try gate(
      """
          confidence: 99%
          severity: warn
          min-rows: 30
          rules:
            - { metric: accuracy, may-lose: [1%, 0.005], severity: block, name: main }
            - { metric: score, must-gain: 0.5pt, confidence: 0.9, test: mcnemar, point: true, allow-other-data: true }
            - latency <= baseline + 5%
            - { metric: latency, within: 3, when-inconclusive: block, on-missing-baseline: warn }
            - { metric: score, may-lose: 0.1, slices: [a, [b, c]] }
            - { metric: score, at-most: 0.99, slices: { island: [Dream, 1], sex: f } }
      """
    ).policy.rules
    #expect(
      rules.map(\.line) == [
        "accuracy >= baseline - 1% or 0.005", "score >= baseline + 0.5pt", "latency <= baseline + 5%",
        "latency within 3 of baseline", "score >= baseline - 0.1 by a, b & c",
        "score <= 0.99 by island (Dream, 1), sex (f)",
      ])
    #expect(rules.map(\.confidence) == [0.99, 0.9, 0.99, 0.99, 0.99, 0.99])
    #expect(rules.map(\.severity) == [.block, .warn, .warn, .warn, .warn, .warn])
    #expect(rules.allSatisfy { $0.minRows == 30 })
    #expect(rules[0].name == "main")
    #expect(rules[0].format == .plain)
    #expect(rules[1].test == .mcnemar)
    #expect(rules[1].comparesPoints)
    #expect(rules[1].allowsOtherData)
    #expect(rules[1].format == .percent)
    #expect(rules[3].whenInconclusive == .block)
    #expect(rules[3].onMissingBaseline == .warn)
    #expect(rules[2].direction == .lowerIsBetter)
    #expect(rules[5].slices.map(\.values) == [["Dream", "1"], ["f"]])
  }

  @Test func `rules that cannot be are refused`() {
    expectDiagnostics(
      GateTests.evaluate + """
            rules:
              - { metric: accuracy, may-lose: ①-0.1 }
              - { metric: accuracy, may-lose: ②.nan }
              - { metric: accuracy, must-gain: ③0 }
              - ④{ metric: accuracy }
              - { metric: accuracy, at-least: 1, ⑤at-most: 2 }
              - { metric: accuracy, at-least: ⑥90% }
              - ⑦accuracy <= baseline + 1pt
              - { metric: accuracy, may-lose: 1 point, confidence: ⑧95 }
              - { metric: accuracy, may-lose: 0.1, ⑨min-row: 3 }
        """,
      "① a margin is not negative, `-0.1` is | write `0.1`; the direction is the metric's",
      "② `.nan` is not a finite number | write for instance `0.005`, `0.5pt` or `1%`",
      "③ `must-gain: 0` may mean two things | write `may-lose: 0` (not worse) or `accuracy > baseline` (strictly better)",
      "④ a rule on `accuracy` compares nothing | add one of `at-least`, `at-most`, `may-lose`, `must-gain`, `within`, `history`, `anchor`",
      "⑤ a rule makes one comparison, this one 2 | make two rules of it",
      "⑥ a bound is a number in the metric's own unit, `90%` is not | write `0.9`",
      "⑦ `accuracy` is higher-is-better, this rule says the other direction | write it with `>=`, or correct the direction under `metrics:`",
      "16:39: `1 point` is not a number | write for instance `0.005`, `0.5pt` or `1%`",
      "⑧ `confidence` is `95`, it must be a confidence between 50 % and 100 %, such as `95%` or 0.95",
      "⑨ unknown key `min-row` | did you mean `min-rows`?")
  }

  @Test func `a gate without rules, evidence or baseline is an error`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        evaluate: { kind: evaluate, run: x, metrics: [m.json] }
        a: { kind: gate, ①rules: [] }
        b: ②{ kind: gate }
        c: { kind: gate, rules: [③accuracy >= baseline] }
      """,
      "① a gate without rules decides nothing | add one under `rules:`, such as `- accuracy >= baseline - 1pt`",
      "② a gate without rules decides nothing | add one under `rules:`, such as `- accuracy >= baseline - 1pt`",
      "③ `accuracy >= baseline` compares with a baseline, and `c` names none | add `baseline: production` to `c`")
    expectDiagnostics(
      "pawl: 1\nstages:\n  a: { run: x }\n  ①g: { kind: gate, rules: [accuracy >= 0.5] }\n",
      "① `g` has nothing to judge: there is no stage of kind `evaluate` | add `kind: evaluate` to the stage that measures the model"
    )
    expectDiagnostics(
      """
      pawl: 1
      stages:
        a: { run: x }
        e: { kind: evaluate, run: x, metrics: [m.json] }
        g: { kind: gate, ①needs: [a], rules: [accuracy >= 0.5] }
      """,
      "① `g` needs no `evaluate` stage, so there is nothing to judge | name one, or remove `needs` to judge all of them"
    )
  }

  @Test func `a baseline is a name, a source, or a map`() throws {
    let rules = "    rules: [accuracy >= baseline]\n"
    let named = try #require(try gate(rules).policy.baseline)
    #expect(named.origin == .named("production"))
    #expect(named.store == "Workflows/baselines")
    func origin(_ written: String) throws -> BaselineReference? {
      var text = Text(GateTests.evaluate.replacing("baseline: production", with: "baseline: \(written)") + rules)
      text.files["sub/x"] = ""
      guard case .judge(let gate) = try text.stage("gate").work else { return nil }
      return gate.policy.baseline
    }
    #expect(try origin("git:origin/main")?.origin == .source("git:origin/main"))
    #expect(try origin("old/metrics.json")?.origin == .source("old/metrics.json"))
    #expect(try origin("metrics.json")?.origin == .source("metrics.json"))
    #expect(try origin("v1.2")?.origin == .named("v1.2"))
    let map = try #require(
      try origin("{ name: prod, store: ../shared/b, keep: { predictions: 1MiB, model: 0 } }"))
    #expect(map.origin == .named("prod"))
    #expect(map.store == "../shared/b")
    #expect(map.keepPredictions == 1 << 20)
    #expect(map.keepModel == 0)
    let override = try gate(rules) { $0.baseline = "run:latest" }.policy.baseline
    #expect(override?.origin == .source("run:latest"))
    expectDiagnostics(
      GateTests.evaluate.replacing("baseline: production", with: "baseline: ①my prod") + rules,
      "① `my prod` cannot be the name of a baseline | use letters, digits, `-`, `_` and `.`, a letter or digit first")
  }

  private static let variants = """
    pawl: 1
    stages:
      train: { kind: train, matrix: { v: [a, b], seed: [1, 2, 3] }, run: x, outputs: ["m/${matrix.v}${matrix.seed}"] }
      evaluate:
        kind: evaluate
        matrix: { v: [a, b], seed: [1, 2, 3] }
        replicate: seed
        ships: { seed: 2 }
        model: m/${matrix.v}${matrix.seed}
        run: x ${model} w/${subject}/${matrix.v}${matrix.seed}.csv
        needs: [train]
        predictions:
          { path: "w/${subject}/${matrix.v}${matrix.seed}.csv", task: binary, label: y, positive: 1, prediction: p, compute: [accuracy] }
      gate:
        kind: gate
        baseline: production
        rules:

    """

  @Test func `instances that differ in replicate axes are one exhibit`() throws {
    let text = Text(
      GateTests.variants + """
              - { metric: accuracy, may-lose: 1pt, stage: "evaluate[v=a]", slices: [region] }
        """)
    guard case .judge(let gate) = try text.stage("gate").work else { throw Unexpected() }
    #expect(gate.exhibits.map(\.name) == ["evaluate[v=a]", "evaluate[v=b]"])
    #expect(gate.exhibits[0].candidate.map(\.name).last == "evaluate[v=a,seed=3]")
    #expect(gate.exhibits[1].ships == StageID("evaluate[v=b,seed=2]"))
    #expect(try text.stage("evaluate[v=a,seed=1]").evaluation?.predictions?.slices == ["region"])
    #expect(try text.stage("evaluate[v=b,seed=1]").evaluation?.predictions?.slices == [])
  }

  @Test func `a metric of two exhibits needs a stage`() {
    expectDiagnostics(
      GateTests.variants + """
              - ①accuracy >= 0.5
              - ②{ metric: accuracy, at-least: 0.5, stage: evaluate }
              - ③{ metric: accuracy, at-least: 0.5, stage: "evaluate[v=c]" }
        """,
      "① `accuracy` is measured by 2 stages | add `stage: \"evaluate[v=a]\"` to the rule",
      "② `evaluate` is 2 pieces of evidence | there are: `evaluate[v=a]`, `evaluate[v=b]`",
      "③ `evaluate[v=c]` is not evidence of this gate | there are: `evaluate[v=a]`, `evaluate[v=b]`")
  }

  @Test func `seeds that are no replicates are explained`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        e:
          kind: evaluate
          matrix: { seed: [1, 2, 3] }
          run: x
          ①metric: [a]
          predictions: { path: "${matrix.seed}.csv", task: regression, label: a, prediction: b, compute: [mae] }
        g: { kind: gate, baseline: b, rules: [②mae <= baseline] }
      """,
      "① unknown key `metric` | did you mean `metrics`?",
      "② `mae` is measured by 3 stages | add `stage: \"e[seed=1]\"` to the rule, or `replicate: [seed]` to `e` if its instances repeat one recipe"
    )
  }

  @Test func `two replicates are warned of, unknown ones refused`() {
    let text = """
      pawl: 1
      stages:
        evaluate: { kind: evaluate, run: x, matrix: { seed: [1, 2] }, replicate: ①[REPLICATE], metrics: ["m${matrix.seed}.json"]SHIPS }
      """
    expectDiagnostics(
      text.replacing("REPLICATE", with: "seed").replacing("SHIPS", with: ""),
      "① warning: two replicates say little about the spread between them | add values to the axis: five are a good number"
    )
    expectDiagnostics(
      text.replacing("①[REPLICATE]", with: "[①sed]").replacing("SHIPS", with: ""),
      "① `sed` is not an axis of `evaluate` | there are: seed")
    expectDiagnostics(
      text.replacing("①[REPLICATE]", with: "[]").replacing("SHIPS", with: ", ships: { ①seed: 1 }"),
      "① `seed` is not under `replicate` | add `replicate: [seed]`")
  }

  @Test func `what both halves write must hold the subject`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        e:
          kind: evaluate
          model: data.csv
          ①run: x
          outputs: [②o.txt, "work/${subject}/p"]
          metrics: [③w/m.json, ④'w/*.json']
          predictions: { path: ⑤w/p.csv, task: regression, label: a, prediction: b }
      """,
      "① warning: `run` does not name `${model}` | write `${model}` where the command takes the model",
      "② `o.txt` needs `${subject}` in its path | write for instance `${subject}/o.txt`",
      "③ `w/m.json` needs `${subject}` in its path | write for instance `w/${subject}/m.json`",
      "④ `w/*.json` needs `${subject}` in its path | write for instance `w/${subject}/*.json`",
      "④ `w/*.json` may find files that this stage did not make | add `w` to `outputs`",
      "⑤ `w/p.csv` needs `${subject}` in its path | write for instance `w/${subject}/p.csv`")
  }

  @Test func `predictions are checked against their task`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        e:
          kind: evaluate
          run: x
          predictions: ①{ path: p.csv, task: binary, label: y, ②scores: { a: b }, compute: [③auc, ④acuracy, ⑤mae, ⑥ece@0] }
        f: { kind: evaluate, run: x, predictions: { path: f.csv, values: { q: s }, compute: [q@p95, ⑦r] } }
        g: { kind: evaluate, run: x, predictions: ⑧{ path: g.csv } }
        h: { kind: evaluate, run: x, predictions: { path: h.csv, task: ⑨binry } }
      """,
      "① `predictions` needs `positive` | positive: the label that counts as positive",
      "① `predictions` needs `prediction` or `score` | prediction: the column with the prediction",
      "② `scores` has no meaning for task `binary` | remove it; it belongs to `multiclass`",
      "④ `acuracy` is not a metric that Pawl computes | did you mean `accuracy`?",
      "⑤ `mae` cannot be computed for task `binary` | did you mean `mcc`?",
      "⑥ `ece@0` has no number of bins | write `ece@15`",
      "⑦ `r` is not under `values` | there are: q",
      "⑧ `predictions` needs `task` | task: binary | multiclass | regression | values",
      "⑨ `task` cannot be `binry` | did you mean `binary`?")
  }

  @Test func `a promote stage follows the gates, the option adds one`() throws {
    var text = Text(GateTests.evaluate + "    rules: [accuracy >= baseline]\n  release: { kind: promote }\n")
    text.promotes = true
    #expect(try text.stage("release").work == .publish(Publication(gates: [StageID("gate")])))
    #expect(try text.workflow().stages.count == 3)
    text = Text(GateTests.evaluate + "    rules: [accuracy >= baseline]\n")
    text.promotes = true
    #expect(try text.stage("promote").work == .publish(Publication(gates: [StageID("gate")])))
    expectDiagnostics(
      "pawl: 1\nstages: { a: { run: x } }",
      "`--promote` needs a verdict, and the workflow has no gate | add a stage of kind `gate`"
    ) { $0.promotes = true }
  }

  // MARK: twins

  private func record(_ seeds: [Int], exhibit: String = "evaluate", models: Int = 1) throws -> BaselineRecord {
    let evidence = try seeds.map { seed -> RecordedEvidence in
      let digest = try #require(Digest(bytes: [UInt8](repeating: UInt8(seed), count: 32)))
      let model = Made(path: "Work/models/\(seed).json", digest: digest, size: 3)
      return RecordedEvidence(
        exhibit: exhibit, stage: StageID("evaluate[seed=\(seed)]"), base: "evaluate",
        matrix: [AxisValue("seed", .number(Number(Double(seed), text: "\(seed)")))], key: digest, testData: nil,
        models: Array(repeating: model, count: models), predictions: nil, metrics: [])
    }
    return BaselineRecord(
      id: "1", name: "production", run: "r", workflow: "w", time: Timestamp(0), verdict: .pass, evidence: evidence)
  }

  private static let twinned = """
    pawl: 1
    directory: sub
    stages:
      split: { run: x, outputs: [rows.csv] }
      train: { kind: train, matrix: { seed: [1, 2, 3] }, run: x, inputs: [rows.csv], outputs: ["models/${matrix.seed}.json"] }
      evaluate:
        kind: evaluate
        matrix: { seed: [1, 2, 3] }
        replicate: [seed]
        model: models/${matrix.seed}.json
        needs: [train, split]
        run: x ${model} w/${subject}/${matrix.seed}.csv
        inputs: [rows.csv, "models/${matrix.seed}.json"]
        metrics: ["w/${subject}/${matrix.seed}.json"]
      gate: { kind: gate, baseline: production, rules: [RULE] }
    """

  @Test func `a record with models makes twins`() throws {
    var text = Text(GateTests.twinned.replacing("RULE", with: "accuracy >= baseline - 1pt"))
    text.files["sub/keep"] = ""
    text.record = try record([2, 9])
    let workflow = try text.workflow()
    #expect(
      workflow.stages.map(\.id.name) == [
        "split", "train[seed=1]", "train[seed=2]", "train[seed=3]", "evaluate[seed=1]", "evaluate[seed=2]",
        "evaluate[seed=3]", "evaluate[seed=2]@baseline", "evaluate[seed=9]@baseline", "gate",
      ])
    let twin = workflow.stages[8]
    #expect(twin.subject == .baseline)
    #expect(twin.base == "evaluate")
    #expect(
      twin.work
        == .job(
          Command(
            lines: ["x ../.pawl/subjects/0909090909090909/9.json w/baseline/9.csv"], directory: "sub")))
    #expect(twin.outputs.map(\.path) == ["sub/w/baseline/9.json"])
    #expect(twin.needs == [StageID("split")])
    #expect(twin.after.map(\.name) == ["evaluate[seed=1]", "evaluate[seed=2]", "evaluate[seed=3]"])
    #expect(twin.inputs.map(\.path) == ["sub/rows.csv", ".pawl/subjects/0909090909090909/9.json"])
    #expect(twin.inputs[1].placed?.hex.hasPrefix("0909") == true)
    #expect(twin.evaluation?.models == [".pawl/subjects/0909090909090909/9.json"])
    #expect(twin.evaluation?.exhibit == "evaluate")
    guard case .judge(let gate) = workflow.stages[9].work else { throw Unexpected() }
    #expect(gate.exhibits[0].baseline.map(\.name) == ["evaluate[seed=2]@baseline", "evaluate[seed=9]@baseline"])
  }

  @Test func `there is no twin without a comparison, a model, or the same axes`() throws {
    func twins(_ rule: String, _ record: BaselineRecord) throws -> Int {
      var text = Text(GateTests.twinned.replacing("RULE", with: rule))
      text.files["sub/keep"] = ""
      text.record = record
      return try text.workflow().stages.count { $0.subject == .baseline }
    }
    #expect(try twins("accuracy >= baseline", record([1])) == 1)
    #expect(try twins("accuracy >= 0.9", record([1])) == 0)
    #expect(try twins("accuracy >= baseline", record([1], models: 0)) == 0)
    #expect(try twins("accuracy >= baseline", record([1], models: 2)) == 0)
    #expect(try twins("accuracy >= baseline", record([1], exhibit: "other")) == 0)
    var other = try record([1])
    other.evidence[0].matrix = [AxisValue("sed", .text("1"))]
    #expect(try twins("accuracy >= baseline", other) == 0)
  }
}
