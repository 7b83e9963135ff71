import PawlCore
import Testing

@testable import PawlWorkflow

struct SchedulingTests {
  /// A workflow whose stage `s` has the condition, after a train stage of two instances and an evaluation.
  private static func text(_ condition: String, more: String = "") -> Text {
    Text(
      """
      pawl: 1
      params: { mode: full, train: { rate: 0.1 }, flag: true, list: [1] }
      stages:
        train: { kind: train, run: x, matrix: { seed: [1, 2] }, outputs: ["m/${matrix.seed}"], metrics: ["t/${matrix.seed}.json"] }
        evaluate: { kind: evaluate, run: x, needs: [train], metrics: [e.json] }
        s: { run: x, needs: [evaluate], when: \(condition)\(more) }
      """)
  }

  private static func condition(_ written: String, environment: [String: String] = [:]) throws -> Condition? {
    var text = text(written)
    text.environment = environment
    return try text.stage("s").condition
  }

  private static func answer(_ written: String, environment: [String: String] = [:]) throws -> Condition.Answer? {
    try condition(written, environment: environment)?.answer { ids in
      ids.contains(StageID("train[seed=1]")) ? .timedOut : .reused
    } metric: { name, _ in
      name == "accuracy" ? Number(0.87, text: "0.87") : nil
    }
  }

  @Test(arguments: [
    "params.mode == full", "params.mode == 'full'", "params.train.rate < 0.2", "params.train.rate >= 1e-1",
    "params.flag == true", "params.mode != fast", "env.CI == null", "env.CI != true",
    "params.mode == fast or params.flag == true", "params.flag == true and params.mode == full or params.mode == x",
    "params.mode == x and params.mode == y or params.flag == true", "metrics.accuracy > 0.86", "0.9 > metrics.accuracy",
    "stages.train.outcome == failed", "stages.train.outcome == timed-out", "stages.evaluate.outcome == succeeded",
    "stages.evaluate.outcome == reused", "stages.evaluate.metrics.accuracy <= 0.87",
  ]) func `a condition that holds`(_ written: String) throws {
    #expect(try SchedulingTests.answer(written) == .holds)
  }

  @Test(arguments: [
    ("metrics.accuracy >= 0.9", "metrics.accuracy >= 0.9 is false: metrics.accuracy is 0.87"),
    ("metrics.accuracy > 0.87", "metrics.accuracy > 0.87 is false: metrics.accuracy is 0.87"),
    ("0.8 > metrics.accuracy", "0.8 > metrics.accuracy is false: metrics.accuracy is 0.87"),
    ("params.mode == fast", "params.mode == fast is false: params.mode is full"),
    ("params.mode != full", "params.mode != full is false: params.mode is full"),
    ("env.CI == true", "env.CI == true is false: env.CI is not set"),
    (
      "params.mode == fast or params.flag == false",
      "params.mode == fast is false: params.mode is full; params.flag == false is false: params.flag is true"
    ),
    ("params.flag == true and params.mode == fast", "params.mode == fast is false: params.mode is full"),
    (
      "stages.train.outcome == succeeded",
      "stages.train.outcome == succeeded is false: stages.train.outcome is timed-out"
    ),
    (
      "params.train.rate > metrics.accuracy",
      "params.train.rate > metrics.accuracy is false: params.train.rate is 0.1, metrics.accuracy is 0.87"
    ),
  ]) func `a condition that does not hold says what it compared`(_ written: String, _ why: String) throws {
    #expect(try SchedulingTests.answer(written) == .fails(why))
  }

  @Test func `what is not known leaves open only what depends on it`() throws {
    #expect(try SchedulingTests.answer("metrics.loss < 1") == .open)
    #expect(try SchedulingTests.answer("metrics.loss < 1 or params.flag == true") == .holds)
    #expect(
      try SchedulingTests.answer("metrics.loss < 1 and params.mode == x")
        == .fails("params.mode == x is false: params.mode is full"))
    #expect(try SchedulingTests.answer("env.CI == true", environment: ["CI": "true"]) == .holds)
  }

  @Test func `a condition makes the edges that it needs`() throws {
    let ends = try SchedulingTests.text("stages.train.outcome == failed").stage("s")
    #expect(ends.after == [StageID("train[seed=1]"), StageID("train[seed=2]")])
    let one = try SchedulingTests.text("\"stages.train[seed=2].outcome == failed\"").stage("s")
    #expect(one.after == [StageID("train[seed=2]")])
    let numbers = try SchedulingTests.text("stages.train.metrics.loss < 1").stage("s")
    #expect(numbers.needs == [StageID("evaluate"), StageID("train[seed=1]"), StageID("train[seed=2]")])
    // What only decides whether a stage runs is no part of what it makes.
    #expect(try SchedulingTests.text("params.mode == full").stage("s").parameters.isEmpty)
  }

  @Test(arguments: [
    ("①y", "① `y` is compared with nothing | write a comparison, such as `params.mode == full`"),
    ("①params.flag", "① `params.flag` is compared with nothing | write `params.flag == true`, or another comparison"),
    ("①params.mod == x", "① `params.mod` is not a parameter | there are: mode, train.rate, flag, list"),
    ("params.mode ①= full", "① `=` is not a comparison | write `==`"),
    ("params.mode == full ①&& params.flag == true", "① `&&` is not read in a condition | write `and`"),
    ("①param.mode == full", "① neither side of `param.mode == full` is a name | did you mean `params.mode`?"),
    ("①stages.trian.outcome == failed", "① there is no stage `trian` | did you mean `train`?"),
    ("①stages.train == failed", "① `stages.train` names nothing | write `stages.train.outcome`"),
    ("stages.train.outcome == ①faild", "① no stage ends as `faild` | did you mean `failed`?"),
    ("stages.train.outcome > ①failed", "① ends have no order | write `==` or `!=`"),
    ("metrics.accuracy > ①high", "① `high` is not a number | compare numbers, or write `==`"),
    ("①params.mode > 1", "① `params.mode` is `full`, which is not a number | compare numbers, or write `==`"),
    ("①params.list == 1", "① `params.list` is a list | compare one value of it"),
    (
      "params.mode == full ①and",
      "① a comparison is missing beside `and` or `or` | write a comparison, such as `params.mode == full`"
    ),
    (
      "params.mode == very ①fast",
      "① `fast` stands where `and`, `or` or the end is expected | put quotes around a text of several words"
    ),
    (
      "①stages.s.outcome == failed",
      "① `stages.s.outcome` asks for this stage's own end | ask for a stage that comes before it"
    ),
    ("①matrix.seed == 1", "① `matrix.seed` is not an axis of `s` | it has none; add them under `matrix:`"),
  ]) func `what is wrong with a condition is said where it stands`(_ marked: String, _ expected: String) {
    expectDiagnostics(SchedulingTests.text(marked).yaml, expected)
  }

  @Test func `a number that nobody measures is asked for in vain`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        a: { run: x }
        b: { run: x, needs: [a], when: ①metrics.accuracy > 1 }
      """,
      "① `metrics.accuracy`: no stage that `b` needs measures anything | name a stage with `metrics:` or `predictions:` under `needs`"
    )
  }

  @Test func `a condition takes names without dollar signs, and asks for no secret`() {
    expectDiagnostics(
      """
      pawl: 1
      params: { a: 1 }
      stages:
        s: { run: x, when: "①${params.a} == 1" }
        t: { run: x, secrets: [TOKEN], when: ②env.TOKEN == 1 }
      """,
      "① `when` takes names as they are | write `params.rate`, without `${…}`",
      "② `TOKEN` is a secret, and a condition is shown with what it compared | ask for another variable")
  }

  @Test func `gates and promotions have conditions and final stages are never reused`() throws {
    let workflow = try Text(
      """
      pawl: 1
      timeout: 2h
      environment: { python: { requirements: data.csv } }
      stages:
        evaluate: { kind: evaluate, run: x, metrics: [m.json], max-age: 7d, checkpoint: work/ck }
        gate: { kind: gate, rules: [accuracy >= 0.9], when: metrics.accuracy > 0.5 }
        promote: { kind: promote, when: env.BRANCH == main }
        tell: { run: x, finally: true, needs: [gate], inputs: [data.csv], outputs: [o], resources: { licenses: 2, gpus: 1 },
          retries: { count: 1, on: [exit 137, 75, oom] } }
      """
    ).workflow()
    #expect(workflow.timeout == 7_200)
    let stages = Dictionary(uniqueKeysWithValues: workflow.stages.map { ($0.id.name, $0) })
    #expect(stages["evaluate"]?.maxAge == 604_800)
    #expect(stages["evaluate"]?.checkpoint == "work/ck")
    #expect(stages["evaluate"]?.python?.requirements == "data.csv")
    #expect(stages["gate"]?.condition?.text == "metrics.accuracy > 0.5")
    #expect(stages["promote"]?.condition?.text == "env.BRANCH == main")
    let tell = try #require(stages["tell"])
    #expect(tell.isFinal && !tell.isCacheable)
    #expect(tell.resources == Resources(gpus: 1, counts: ["licenses": 2]))
    #expect(tell.retry.causes == [.exit(137), .exit(75), .outOfMemory])
  }

  @Test func `checkpoints, resources and times are checked`() {
    expectDiagnostics(
      """
      pawl: 1
      timeout: ①0s
      stages:
        a: { run: x, outputs: [made/a], resources: { ②cpu: 1, tpus: 2 } }
        b: { run: x, checkpoint: ③../out }
        c: { run: x, retries: { count: 1, on: [④sgnal] } }
      """,
      "① `timeout` is zero | remove it, or write a time such as `2h`",
      "② unknown key `cpu` | did you mean `cpus`?",
      "③ `../out` lies outside the project | a checkpoint is a path inside it",
      "④ `sgnal` is not an ending that can be tried again | did you mean `signal`?, or write `exit 137`")
    expectDiagnostics(
      """
      pawl: 1
      stages:
        a: { run: x, outputs: [made/a] }
        b: { run: x, checkpoint: ①made }
        c: { run: x, matrix: { k: [1, 2] }, checkpoint: ②ck }
      """,
      "① the checkpoint `made` overlaps `made/a`, an output of `a` | give it a folder of its own",
      "② `c[k=1]` and `c[k=2]` share the checkpoint `ck` | put the axis into the path, such as `${matrix.k}`")
  }

  @Test func `a pinned gate keeps the revision's condition`() throws {
    func yaml(_ when: String) -> String {
      """
      pawl: 1
      params: { judge: true }
      stages:
        evaluate: { kind: evaluate, run: x, metrics: [m.json] }
        gate: { kind: gate, rules: [accuracy >= 0.9]\(when) }
      """
    }
    var text = Text(yaml(", when: params.judge == false"))
    text.pin = PinnedTree(tree: MemoryFiles(files: ["Workflows/w.yml": yaml("")]), revision: "main", commit: "abc")
    let gate = try text.stage("gate")
    #expect(gate.condition == nil)
    guard case .judge(let judged) = gate.work else {
      Issue.record("no gate")
      return
    }
    #expect(
      judged.policy.pin?.differences == [
        "`gate` has no `when` in main, and here `when: params.judge == false`"
      ])
  }
}
