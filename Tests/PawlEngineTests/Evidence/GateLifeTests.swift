import PawlCore
import PawlGate
import PawlSystem
import Testing

@testable import PawlEngine

/// What a gate is given to judge: the baseline, anchors, history and looks of a workflow.
@Suite struct GateLifeTests {
  private static let place = SourceLocation(file: "w.yml", line: 1, column: 1)

  /// A model is made of `data.txt`, its evidence of the model and of `test.csv`.
  private func stages(_ rules: [GateRule], change: (inout GatePolicy) -> Void = { _ in }) -> [Stage] {
    let train = job("train", inputs: ["data.txt"], outputs: ["model.txt"])
    var evaluate = job("evaluate", inputs: ["model.txt", "test.csv"], outputs: ["rows.csv", "m.json"])
    var evaluation = Evaluation(exhibit: "evaluate", models: ["model.txt"], metricFiles: ["m.json"])
    var spec = Predictions(task: .binary)
    (spec.path, spec.id, spec.label, spec.prediction, spec.positive) = ("rows.csv", "id", "label", "guess", "1")
    evaluation.predictions = spec
    evaluate.evaluation = evaluation
    var policy = GatePolicy(baseline: BaselineReference(.named("production"), store: "baselines"), rules: rules)
    policy.ledgerStore = "baselines"
    change(&policy)
    var gate = Stage(
      id: StageID("gate"), kind: "gate",
      work: .judge(
        Gate(policy: policy, exhibits: [Exhibit(name: "evaluate", candidate: [StageID("evaluate")])])),
      at: Self.place)
    gate.isCacheable = false
    var promote = Stage(
      id: StageID("promote"), kind: "promote", work: .publish(Publication(gates: [gate.id])), at: Self.place)
    promote.needs = [gate.id]
    return [train, evaluate, gate, promote]
  }

  private func rule(_ line: String, _ comparison: RuleComparison, _ metric: String = "accuracy") -> GateRule {
    GateRule(metric: metric, comparison: comparison, direction: .higherIsBetter, line: line)
  }

  private var floor: GateRule { rule("accuracy >= 0.1", .atLeast(Number(0.1), isInclusive: true)) }
  private var mayLose: GateRule {
    rule("accuracy >= baseline - 50pt", .mayLose([Margin(Number(50), .points)], isInclusive: true))
  }

  /// The model is the first letter of the data; with `a` it is wrong once, with `b` twice …
  private static func script(_ bench: Bench) -> ScriptedExecutor.Script {
    let disk = bench.project.disk
    return { stage, _, write in
      func text(_ path: String) -> String { String(decoding: ((try? disk.read(path)) ?? nil) ?? [], as: UTF8.self) }
      if stage == "train" {
        write("model.txt", String(text("data.txt").prefix(1)))
      } else {
        let wrong = Int(text("model.txt").unicodeScalars.first?.value ?? 97) - 96
        var rows = "id,label,guess\n"
        for (index, id) in text("test.csv").split(separator: "\n").enumerated() {
          let label = (Int(id.dropFirst(3)) ?? 0) % 2
          rows += "\(id),\(label),\(index < wrong ? 1 - label : label)\n"
        }
        write("rows.csv", rows)
        write("m.json", #"{"loss": \#(wrong)}"#)
      }
      return .code(0)
    }
  }

  private func bench(model: String = "a") throws -> Bench {
    let bench = try Bench()
    try bench.write("data.txt", model)
    try bench.write("test.csv", (1...20).map { "row\($0)\n" }.joined())
    return bench
  }

  private func promoting(first: Bool = false) -> RunOptions {
    var options = RunOptions()
    (options.promotes, options.bootstraps, options.allowsDirty) = (true, first, true)
    options.allowsInconclusive = true
    return options
  }

  private func run(_ bench: Bench, _ stages: [Stage], _ options: RunOptions = RunOptions()) async throws -> RunRecord {
    try await bench.run(stages, options: options, script: Self.script(bench)).record
  }

  /// The evidence that the gate of a finished run was given.
  private func evidence(_ bench: Bench, _ stages: [Stage], _ record: RunRecord) async throws -> ExhibitEvidence {
    let context = try await bench.context(stages, executor: ScriptedExecutor(root: bench.root, Self.script(bench)))
    guard let stage = stages.first(where: { $0.id.name == "gate" }), case .judge(let gate) = stage.work else {
      throw Missing(path: "gate")
    }
    var settlements: [StageID: Settlement] = [:]
    for entry in record.entries { settlements[entry.planned.id] = entry.settlement }
    let life = GateLife(context: context, stage: stage, gate: gate, settlements: settlements)
    let (evidence, _) = life.gather(gate.policy, gate.policy.baseline.map { context.baselines[$0] })
    return try #require(evidence.exhibits.first)
  }

  @Test func `history is what was promoted along the chain, oldest first, with what rules ask for`() async throws {
    let bench = try bench()
    let stages = stages([floor, rule("kappa within history of 2", .history(last: 2), "kappa")])
    let plain = self.stages([floor, rule("kappa >= 0", .atLeast(Number(0), isInclusive: true), "kappa")])
    for (index, model) in ["a", "b", "c"].enumerated() {
      try bench.write("data.txt", model)
      // Record ids are times.
      let record = try await run(bench, plain, promoting(first: index == 0))
      #expect(record.changes.count == 1, "\(record.refusal?.message ?? "")")
    }
    try bench.write("data.txt", "d")
    let found = try await evidence(bench, stages, try await run(bench, stages))
    #expect(found.historyProblem == nil)
    #expect(found.history.count == 2)
    let kappas = found.history.map { run -> Double? in
      guard case .number(let number)? = run.replicates[0].first(where: { $0.name == "kappa" })?.content else {
        return nil
      }
      return number.value
    }
    #expect(kappas == [0.8, 0.7])
    #expect(found.history.map(\.isOtherData) == [false, false])
    // On other test data they are told apart.
    try bench.write("test.csv", (1...30).map { "row\($0)\n" }.joined())
    let other = try await evidence(bench, stages, try await run(bench, stages))
    #expect(other.history.map(\.isOtherData) == [true, true])
    #expect(other.models.count == 1)
  }

  @Test func `without a baseline there is no history, and it is said why`() async throws {
    let bench = try bench()
    let stages = stages([floor, rule("accuracy within history of 5", .history(last: 5))])
    let record = try await run(bench, stages)
    #expect(try await evidence(bench, stages, record).historyProblem?.code == "baseline.none")
    #expect(record.gates.first?.verdict == .invalid)
  }

  @Test func `an anchor is a name of the same store, compared as the baseline is`() async throws {
    let bench = try bench()
    let anchored = stages([mayLose, rule("accuracy within 2pt in total of v1", .anchor(baseline: "v1", []))])
    let plain = stages([mayLose])
    _ = try await run(bench, plain, promoting(first: true))
    let record = try #require(try await run(bench, plain).gates.first?.baseline?.run)
    #expect(!record.isEmpty)
    let missing = try await evidence(bench, anchored, try await run(bench, anchored))
    #expect(missing.anchors["v1"]?.problem?.remedy?.contains("--name v1") == true)
    // The same run under a second name.
    let store = BaselineStore(disk: bench.project.disk, folder: "baselines")
    guard case .one(var head) = try store.head("production") else { throw Missing(path: "production") }
    let rows = try #require(head.evidence[0].predictions)
    head.name = "v1"
    _ = try store.promote(
      record: head, contents: [BaselineContent(rows, from: .object(bench.project.objects))], expecting: [])
    try bench.write("data.txt", "c")
    let found = try await evidence(bench, anchored, try await run(bench, anchored))
    let anchor = try #require(found.anchors["v1"])
    #expect(anchor.problem == nil)
    #expect(anchor.use?.name == "v1")
    #expect(anchor.baseline.first?.rows?.count == 20)
    #expect(!anchor.isSameModel)
    try bench.write("data.txt", "a")
    #expect(try await evidence(bench, anchored, try await run(bench, anchored)).anchors["v1"]?.isSameModel == true)
  }

  @Test func `a twin is known by its origin, whatever it is called`() async throws {
    let bench = try bench()
    var stages = stages([mayLose])
    _ = try await run(bench, stages, promoting(first: true))
    guard case .one(let head) = try BaselineStore(disk: bench.project.disk, folder: "baselines").head("production"),
      var twin = stages.first(where: { $0.id.name == "evaluate" })
    else { throw Missing(path: "production") }
    let model = try #require(head.evidence[0].models.first)
    twin.id = StageID("evaluate-again")
    twin.subject = .baseline
    twin.inputs = [Input(".pawl/subjects/x/model.txt", placed: model.digest), Input("test.csv")]
    twin.outputs = [Output("old.csv")]
    twin.evaluation?.metricFiles = []
    twin.evaluation?.predictions?.path = "old.csv"
    twin.evaluation?.origin = TwinOrigin(record: head.id, baseline: "production", stage: StageID("evaluate"))
    twin.after = [StageID("evaluate")]
    stages.insert(twin, at: 2)
    if case .judge(var gate) = stages[3].work {
      gate.exhibits[0].baseline = [twin.id]
      stages[3].work = .judge(gate)
    }
    try bench.write("data.txt", "c")
    let script = Self.script(bench)
    let same = try await bench.run(stages) { stage, attempt, write in
      if stage == "evaluate-again" { return .code(1) }
      return script(stage, attempt, write)
    }
    #expect(same.record[twin.id]?.settlement?.outcome == .skipped(.sameTestData))
    // On other data it runs, and stands for the stage that it scores again.
    try bench.write("test.csv", (1...30).map { "row\($0)\n" }.joined())
    let other = try await bench.run(stages) { stage, attempt, write in
      guard stage == "evaluate-again" else { return script(stage, attempt, write) }
      write("old.csv", "id,label,guess\n" + (1...30).map { "row\($0),\(($0 - 1) % 2),1\n" }.joined())
      return .code(0)
    }
    #expect(other.record[twin.id]?.settlement?.outcome == .succeeded)
    let found = try await evidence(bench, stages, other.record)
    #expect(found.isRescored)
    #expect(found.baseline.map(\.name) == ["evaluate"])
  }

  @Test func `a run's looks are on record before its verdict, and the same model asks nothing`() async throws {
    let bench = try bench()
    let stages = stages([mayLose, floor]) { $0.testSet = TestSetPolicy(budget: 4, feedback: .none) }
    let first = try await run(bench, stages, promoting(first: true))
    #expect(first.gates.first?.looks.first?.number == 1)
    let data = try #require(first.gates.first?.looks.first?.testData)
    let ledger = Ledger(disk: bench.project.disk, store: "baselines", git: nil)
    #expect(try ledger.history(of: data).looks.map(\.run) == [first.head?.id])
    let same = try await run(bench, stages)
    #expect(same.gates.first?.looks.first?.isFree == true)
    try bench.write("data.txt", "b")
    let other = try await run(bench, stages)
    #expect(other.gates.first?.looks.first?.number == 2)
    #expect(try await run(bench, stages).gates.first?.looks.first?.repeats == other.head?.id)
    // Shuffled rows in a file of another name are the same test set; other labels are not.
    try bench.write("test.csv", (1...20).reversed().map { "row\($0)\n" }.joined())
    try bench.write("data.txt", "c")
    #expect(try await run(bench, stages).gates.first?.looks.first?.testData == data)
    try bench.write("test.csv", (1...21).map { "row\($0)\n" }.joined())
    let fresh = try await run(bench, stages).gates.first?.looks.first
    #expect(fresh?.testData != data)
    #expect(fresh?.number == 1)
  }

  @Test func `a result that only a baseline's record knows is audited, and refused once it differs`() async throws {
    let bench = try bench()
    let stages = stages([floor])
    let first = try await run(bench, stages, promoting(first: true))
    try bench.project.disk.remove(".pawl/cache", recursively: true)
    var options = RunOptions()
    options.audit = 1
    let same = try await run(bench, stages, options)
    let audit = Audit(run: first.head?.id ?? "")
    #expect(["train", "evaluate"].map { same[StageID($0)]?.settlement?.audit } == [audit, audit])
    try bench.project.disk.remove(".pawl/cache", recursively: true)
    // Outputs are not even here: what the record holds itself is kept in the cache before they are made again.
    try bench.project.disk.remove("model.txt")
    let script = Self.script(bench)
    let differs = try await bench.run(stages, options: options) { stage, attempt, write in
      if stage != "train" { return script(stage, attempt, write) }
      write("model.txt", "b")
      return .code(0)
    }.record
    #expect(differs[StageID("train")]?.settlement?.audit?.difference?.path == "model.txt")
    #expect(bench.project.objects.has(Made(path: "model.txt", digest: Digester.digest("a"), size: 1)))
    let after = try await run(bench, stages)
    #expect(
      after[StageID("train")]?.why == [.distrusted(run: differs.head?.id ?? "", path: "model.txt")])
  }

  @Test func `nothing is audited whose consequences would need what only a record remembers`() async throws {
    let bench = try bench()
    try bench.write("raw.txt", "raw")
    let stages =
      [job("prepare", inputs: ["raw.txt"], outputs: ["test.csv"])] + stages([floor]) { $0.baseline?.keepModel = 0 }
    let script = Self.script(bench)
    let all: ScriptedExecutor.Script = { stage, attempt, write in
      if stage != "prepare" { return script(stage, attempt, write) }
      write("test.csv", (1...20).map { "row\($0)\n" }.joined())
      return .code(0)
    }
    _ = try await bench.run(stages, options: promoting(first: true), script: all)
    try bench.project.disk.remove(".pawl/cache", recursively: true)
    try bench.project.disk.remove("model.txt")
    var options = RunOptions()
    options.audit = 1
    let (record, ran) = try await bench.run(stages, options: options, script: all)
    #expect(ran.isEmpty)
    #expect(record[StageID("prepare")]?.settlement?.outcome == .reused)
    #expect(record.exitStatus == .ok)
  }

  @Test func `a gate that the pinned revision lacks is promoted only with bootstrap`() async throws {
    let bench = try bench()
    let stages = stages([floor]) {
      $0.pin = PolicyPin(revision: "origin/main", commit: String(repeating: "a", count: 40), isAbsent: true)
    }
    let bootstrapped = try await run(bench, stages, promoting(first: true))
    #expect(bootstrapped.changes.count == 1)
    #expect(bootstrapped.gates.first?.pin?.isAbsent == true)
    try bench.write("data.txt", "b")
    let refused = try await run(bench, stages, promoting())
    #expect(refused.refusal?.code == "promote.pin")
    #expect(refused.refusal?.message.contains("origin/main") == true)
    #expect(refused.changes.isEmpty)
  }
}
