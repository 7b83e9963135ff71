import PawlCore
import Testing

@testable import PawlWorkflow

/// Several baselines, and anchors, on one evaluate stage.
struct TwinTests {
  private func record(_ name: String, id: String, model: UInt8, seeds: [Int] = [1]) throws -> BaselineRecord {
    let evidence = try seeds.map { seed -> RecordedEvidence in
      let digest = try #require(Digest(bytes: [UInt8](repeating: model, count: 32)))
      return RecordedEvidence(
        exhibit: "evaluate", stage: StageID("evaluate[seed=\(seed)]"), base: "evaluate",
        matrix: [AxisValue("seed", .number(Number(Double(seed), text: "\(seed)")))], key: digest, testData: nil,
        models: [Made(path: "m/\(seed)", digest: digest, size: 1)], predictions: nil, metrics: [])
    }
    return BaselineRecord(
      id: id, name: name, run: "r", workflow: "w", time: Timestamp(0), verdict: .pass, evidence: evidence)
  }

  private static let workflow = """
    pawl: 1
    stages:
      train: { kind: train, matrix: { seed: [1] }, run: x, outputs: ["m/${matrix.seed}"] }
      evaluate:
        kind: evaluate
        matrix: { seed: [1] }
        replicate: [seed]
        model: m/${matrix.seed}
        run: x ${model} w/${subject}/${matrix.seed}.json
        metrics: ["w/${subject}/${matrix.seed}.json"]

    """

  private func gate(_ workflow: Workflow, _ name: String) throws -> Gate {
    let stage = try #require(workflow.stages.first { $0.id.name == name })
    guard case .judge(let gate) = stage.work else { throw Unexpected() }
    return gate
  }

  private struct Unexpected: Error {}

  @Test func `each baseline has twins of its own`() throws {
    var text = Text(
      TwinTests.workflow + """
          a: { kind: gate, baseline: production, rules: [accuracy >= baseline] }
          b: { kind: gate, baseline: v1, rules: [accuracy >= baseline] }
          c: { kind: gate, baseline: production, rules: [accuracy >= baseline - 1pt] }
        """)
    text.records = [
      "production": try record("production", id: "20260101T000000000Z-aaaaaa", model: 1),
      "v1": try record("v1", id: "20250101T000000000Z-bbbbbb", model: 1),
    ]
    let workflow = try text.workflow()
    let twins = workflow.stages.filter { $0.subject == .baseline }
    #expect(twins.map(\.id.name) == ["evaluate[seed=1]@baseline", "evaluate[seed=1]@v1"])
    #expect(twins.map { $0.outputs.map(\.path) } == [["w/baseline/1.json"], ["w/v1/1.json"]])
    #expect(
      twins.map(\.evaluation?.origin) == [
        TwinOrigin(
          record: "20260101T000000000Z-aaaaaa", baseline: "production", stage: StageID("evaluate[seed=1]")),
        TwinOrigin(record: "20250101T000000000Z-bbbbbb", baseline: "v1", stage: StageID("evaluate[seed=1]")),
      ])
    #expect(try gate(workflow, "a").exhibits[0].baseline == [twins[0].id])
    #expect(try gate(workflow, "b").exhibits[0].baseline == [twins[1].id])
    #expect(try gate(workflow, "c").exhibits[0].baseline == [twins[0].id])
  }

  @Test func `anchors have twins, and share those of the same record`() throws {
    var text = Text(
      TwinTests.workflow + """
          a:
            kind: gate
            baseline: production
            rules:
              - accuracy >= baseline
              - accuracy within 2pt in total of v1
              - accuracy within 3pt in total of candidate
              - accuracy within 9pt in total of production
              - accuracy within 9pt in total of gone
        """)
    text.records = [
      "production": try record("production", id: "1-aaaaaa", model: 1, seeds: [1, 9]),
      "v1": try record("v1", id: "1-bbbbbb", model: 2),
      "candidate": try record("candidate", id: "20250101T000000000Z-cccccccc", model: 3),
    ]
    let workflow = try text.workflow()
    let exhibit = try gate(workflow, "a").exhibits[0]
    let baseline = ["evaluate[seed=1]@baseline", "evaluate[seed=9]@baseline"]
    #expect(exhibit.baseline.map(\.name) == baseline)
    #expect(
      exhibit.anchors.mapValues { $0.map(\.name) } == [
        "v1": ["evaluate[seed=1]@v1"], "candidate": ["evaluate[seed=1]@candidate-cccccc"], "production": baseline,
      ])
    #expect(
      workflow.stages.last?.after.map(\.name)
        == baseline.prefix(1) + ["evaluate[seed=1]@candidate-cccccc", "evaluate[seed=1]@v1"] + baseline.suffix(1))
    let other = try #require(workflow.stages.first { $0.id.name == "evaluate[seed=1]@candidate-cccccc" })
    #expect(other.outputs.map(\.path) == ["w/candidate-cccccc/1.json"])
    #expect(other.inputs.compactMap(\.placed?.hex.first) == ["0"])
    guard case .job(let command) = other.work else { throw Unexpected() }
    #expect(command.lines == ["x .pawl/subjects/0303030303030303/1 w/candidate-cccccc/1.json"])
  }

  @Test func `records of one name in two stores are told apart`() throws {
    var text = Text(
      TwinTests.workflow + """
          a: { kind: gate, baseline: { name: p, store: one }, rules: [accuracy >= baseline] }
          b: { kind: gate, baseline: { name: p, store: two }, rules: [accuracy >= baseline] }
          c: { kind: gate, baseline: { name: p, store: three }, rules: [accuracy >= baseline] }
        """)
    text.stores = [
      "one": try record("p", id: "1-aaaaaa", model: 1), "two": try record("p", id: "1-bbbbbbbb", model: 2),
      "three": try record("p", id: "1-cccccccc", model: 3),
    ]
    let twins = try text.workflow().stages.filter { $0.subject == .baseline }
    #expect(
      twins.map(\.id.name) == ["evaluate[seed=1]@baseline", "evaluate[seed=1]@p", "evaluate[seed=1]@p-cccccc"])
    #expect(Set(twins.flatMap { $0.outputs.map(\.path) }).count == 3)
  }

  @Test func `an anchor alone, of the gate's own store`() throws {
    var text = Text(
      TwinTests.workflow
        + "  a: { kind: gate, baseline: { name: p, store: one }, rules: [accuracy within 1pt in total of v1] }")
    text.stores = ["one": try record("v1", id: "1-aaaaaa", model: 1)]
    let exhibit = try gate(try text.workflow(), "a").exhibits[0]
    #expect(exhibit.baseline == [])
    #expect(exhibit.anchors == ["v1": [StageID("evaluate[seed=1]@baseline")]])
  }
}
