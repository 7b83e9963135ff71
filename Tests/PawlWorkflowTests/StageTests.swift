import PawlCore
import Testing

@testable import PawlWorkflow

struct StageTests {
  @Test func `every key of a stage arrives`() throws {
    let text = Text(
      """
      pawl: 1
      name: churn
      description: Who leaves
      defaults: { timeout: 5m, shell: bash -eu, env: { A: shared, B: b }, grace: 1m }
      reports: { rows: none }
      stages:
        first: { run: x, outputs: [o1] }
        s:
          kind: train
          run: [one, "two"]
          needs: first
          inputs: data.csv
          outputs: [o2, sub/]
          env: { A: own, C: }
          secrets: [TOKEN]
          tools: { python: python3 --version }
          resources: { cpus: 0.5, memory: 1GiB, gpus: 1, locks: [license] }
          timeout: 1h30m
          slow-after: 90s
          retries: { count: 2, on: [signal, timeout, lost, oom, exit, 75], backoff: 500ms }
          no-cache: true
          log-limit: 10MB
      """)
    let workflow = try text.workflow()
    #expect(workflow.name == "churn")
    #expect(workflow.about == "Who leaves")
    #expect(workflow.file == "Workflows/w.yml")
    #expect(!workflow.reportsRows)
    #expect(workflow.stages[0].timeout == 300)
    let stage = workflow.stages[1]
    #expect(stage.work == .job(Command(lines: ["one", "two"], shell: ["bash", "-eu"])))
    #expect(stage.needs == [StageID("first")])
    #expect(stage.outputs.map(\.path) == ["o2", "sub"])
    #expect(
      stage.environment == [
        EnvironmentVariable("B", value: "b"), EnvironmentVariable("A", value: "own"), EnvironmentVariable("C"),
      ])
    #expect(stage.secrets == ["TOKEN"])
    #expect(stage.tools == [Tool("python", command: "python3 --version")])
    #expect(stage.resources == Resources(cpus: 0.5, memory: 1 << 30, gpus: 1, locks: ["license"]))
    #expect(stage.timeout == 5_400)
    #expect(stage.slowAfter == 90)
    #expect(stage.grace == 60)
    #expect(
      stage.retry
        == RetryPolicy(count: 2, causes: [.signal, .timeout, .lost, .outOfMemory, .exit(nil), .exit(75)], backoff: 0.5))
    #expect(!stage.isCacheable)
    #expect(stage.logLimit == 10_000_000)
    #expect(stage.location.line == 8)
    #expect(stage.location.column == 3)
  }

  @Test func `defaults and gates are interpolated as well`() throws {
    let text = Text(
      """
      pawl: 1
      params: { time: 3m, margin: 1pt, sure: 0.9 }
      defaults: { timeout: "${params.time}", resources: { cpus: "${params.cpus}" } }
      stages:
        e: { kind: evaluate, run: x, metrics: [m.json], resources: { cpus: 1 } }
        g: { kind: gate, baseline: b, confidence: "${params.sure}", rules: [{ metric: f1, may-lose: "${params.margin}" }] }
      """)
    #expect(try text.stage("e").timeout == 180)
    guard case .judge(let gate) = try text.stage("g").work else {
      Issue.record("a gate judges")
      return
    }
    #expect(gate.policy.rules.map(\.line) == ["f1 >= baseline - 1pt"])
    #expect(gate.policy.rules.map(\.confidence) == [0.9])
    expectDiagnostics(
      "pawl: 1\ndefaults: { ①outputs: [x], timeout: ②3 }\nstages: { a: { run: x } }",
      "① unknown key `outputs` | it cannot be a default; say it in each stage",
      "② `timeout` is `3`, it must be a time with its unit, such as `90s`, `10m` or `1h30m`")
  }

  @Test func `a fault of ten thousand instances is said a few times`() {
    let loaded = Text(
      """
      pawl: 1
      stages:
        a: { run: x, matrix: { i: [1, 2, 3, 4, 5, 6, 7, 8, 9], j: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, outputs: ["../${matrix.i}"] }
        b: { run: x, timeout: 3, matrix: { i: [1, 2, 3, 4, 5, 6, 7, 8, 9] } }
      """
    ).load()
    #expect(loaded.diagnostics.count == 5)
  }

  private func instances(_ matrix: String) throws -> [String] {
    try Text(
      """
      pawl: 1
      params: { seeds: [3, 5] }
      stages: { s: { run: x, matrix: \(matrix) } }
      """
    ).workflow().stages.map(\.id.name)
  }

  @Test func `a matrix is the product in the file's order`() throws {
    #expect(
      try instances("{ seed: [1, 2], rate: [0.10, 0.2] }") == [
        "s[seed=1,rate=0.10]", "s[seed=1,rate=0.2]", "s[seed=2,rate=0.10]", "s[seed=2,rate=0.2]",
      ])
    #expect(try instances("{ seed: \"${params.seeds}\" }") == ["s[seed=3]", "s[seed=5]"])
  }

  @Test func `include and exclude work as on GitHub`() throws {
    // The example of GitHub's documentation, "Expanding or adding matrix configurations".
    #expect(
      try instances(
        """
        { fruit: [apple, pear], animal: [cat, dog], include: [{ color: green }, { color: pink, animal: cat },
            { fruit: apple, shape: circle }, { fruit: banana }, { fruit: banana, animal: cat }] }
        """) == [
          "s[fruit=apple,animal=cat,color=pink,shape=circle]", "s[fruit=apple,animal=dog,color=green,shape=circle]",
          "s[fruit=pear,animal=cat,color=pink]", "s[fruit=pear,animal=dog,color=green]", "s[fruit=banana]",
          "s[fruit=banana,animal=cat]",
        ])
    #expect(
      try instances("{ a: [1, 2], b: [x, y], exclude: [{ a: 1, b: x }, { b: y }] }") == ["s[a=2,b=x]"])
    #expect(try instances("{ include: [{ a: 1 }, { a: 2 }] }") == ["s[a=1]", "s[a=2]"])
  }

  @Test func `a matrix that cannot be is refused`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        a: { run: "x ${matrix.seed}", matrix: { seed: ①3 } }
        b: { run: x, matrix: { seed: ②[] } }
        c: { run: x, matrix: { seed: [1, ③1] } }
        d: { run: x, matrix: { seed: [1], exclude: [{ ④sed: 1 }] } }
        e: { run: x, matrix: ⑤{ seed: [1], exclude: [{ seed: 1 }] } }
      """,
      "① axis `seed` must be a list of values | write `seed: [3]`",
      "② axis `seed` has no values",
      "③ axis `seed` has `1` twice",
      "④ `sed` is not an axis of this matrix | there are: seed",
      "⑤ the matrix has no instance left")
    let wide = (0..<5).map { "a\($0): [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]" }.joined(separator: ", ")
    expectDiagnostics(
      "pawl: 1\nstages: { a: { run: x, matrix: ①{ \(wide) } } }", "① the matrix has more than 10000 instances")
  }

  @Test func `needs means all instances or one`() throws {
    let text = Text(
      """
      pawl: 1
      stages:
        a: { run: x, matrix: { seed: [1, 2], rate: [3, 4] } }
        all: { run: x, needs: [a], outputs: [o] }
        one: { run: x, matrix: { seed: [1, 2] }, needs: ["a[rate=4,seed=${matrix.seed}]"], outputs: ["o${matrix.seed}"] }
        some: { run: x, needs: "a[seed=2]", outputs: [o3] }
      """)
    #expect(try text.stage("all").needs.count == 4)
    #expect(try text.stage("one[seed=2]").needs == [StageID("a[seed=2,rate=4]")])
    #expect(try text.stage("some").needs.map(\.name) == ["a[seed=2,rate=3]", "a[seed=2,rate=4]"])
    expectDiagnostics(
      """
      pawl: 1
      stages:
        a: { run: x, matrix: { seed: [1, 2] } }
        b: { run: x, needs: [①"a[seed=3]", ②b] }
      """,
      "① `a` has no instance `a[seed=3]` | there are: `a[seed=1]`, `a[seed=2]`",
      "② `b` needs itself | remove it")
  }

  @Test func `a card names files that exist`() throws {
    var text = Text(
      "pawl: 1\ncard: { template: t.md, sections: { use: docs/use.md } }\nstages: { a: { run: x } }")
    text.files["t.md"] = ""
    text.files["docs/use.md"] = ""
    let card = try text.workflow().card
    #expect(card.template == "t.md")
    #expect(card.sections == [Value.Entry("use", .text("docs/use.md"))])
    expectDiagnostics(
      "pawl: 1\ncard: { sections: { use: ①no.md } }\nstages: { a: { run: x } }",
      "① `no.md` does not exist | paths start at the project root")
  }

  @Test func `names of variables are checked`() {
    expectDiagnostics(
      """
      pawl: 1
      stages: { a: { run: x, env: { ①1A: x, ②PAWL_RUN: y, T: t }, secrets: [③T] } }
      """,
      "① `1A` cannot be the name of a variable | use letters, digits and `_`, no digit first",
      "② `PAWL_RUN` is set by Pawl | remove it",
      "③ `T` stands under `env:` and under `secrets:` | leave it under `secrets:`; what stands under `env:` is recorded"
    )
  }

  @Test func `a workflow that does not exist is said`() {
    let loaded = WorkflowLoader.load(
      LoadRequest(file: "../x.yml", path: "x.yml"), tree: MemoryFiles(files: [:])
    ) { _ in nil }
    #expect(loaded.workflow == nil)
    #expect(loaded.diagnostics.map(shown) == ["`../x.yml` does not exist"])
  }

  @Test func `units are read as people write them`() {
    #expect(Units.duration("1h30m") == 5_400)
    #expect(Units.duration("500ms") == 0.5)
    #expect(Units.duration("1.5h") == 5_400)
    #expect(Units.duration("7d") == 604_800)
    for wrong in ["", "60", "m", "1x", "1m ", "-1m", "1e9d", "1..2s"] { #expect(Units.duration(wrong) == nil) }
    #expect(Units.size("1GiB") == 1 << 30)
    #expect(Units.size("512kB") == 512_000)
    #expect(Units.size("1.5 KiB") == 1_536)
    #expect(Units.size("0") == 0)
    for wrong in ["", "GiB", "1.5", "1gb", "-1", "99999999TiB"] { #expect(Units.size(wrong) == nil) }
    #expect(Units.confidence("95%") == 0.95)
    #expect(Units.confidence("0.9") == 0.9)
    #expect(Units.confidence("97.5 %") == 0.975)
    for wrong in ["95", "50%", "100%", "0.5", "1", "x"] { #expect(Units.confidence(wrong) == nil) }
  }
}
