import PawlCore
import Testing

@testable import PawlWorkflow

struct ExampleTests {
  private func load(_ name: String) -> Loaded {
    let path = "Workflows/\(name).yml"
    return WorkflowLoader.load(LoadRequest(file: path, path: path), tree: RepositoryTree()) { _ in nil }
  }

  @Test(arguments: ["penguins", "penguin-sex", "households"])
  func `an example workflow loads without a diagnostic`(name: String) throws {
    let loaded = load(name)
    #expect(loaded.diagnostics.map(shown) == [])
    #expect(try #require(loaded.workflow).name == name)
  }

  @Test func `penguins has the stages of its matrix`() throws {
    let workflow = try #require(load("penguins").workflow)
    #expect(
      workflow.stages.map(\.id.name) == [
        "split", "train[seed=1]", "train[seed=2]", "train[seed=3]", "evaluate[seed=1]", "evaluate[seed=2]",
        "evaluate[seed=3]", "gate",
      ])
    let train = workflow.stages[2]
    #expect(
      train.work
        == .job(
          Command(
            lines: [
              "python3 train.py --data data/complete.csv --rate 0.1 --epochs 60 --seed 2 --out models/2.json"
            ], directory: "Workflows/penguins")))
    #expect(train.parameters.map(\.key) == ["train.rate", "train.epochs"])
    #expect(train.timeout == 120)
    #expect(train.outputs.map(\.path) == ["Workflows/penguins/models/2.json"])
    #expect(train.inputs.map(\.path) == ["Workflows/penguins/data/complete.csv", "Workflows/penguins/train.py"])
    let split = workflow.stages[0]
    #expect(split.inputs.map(\.path) == ["Fixtures/penguins/penguins.csv", "Workflows/penguins/split.py"])
    guard case .judge(let gate) = workflow.stages[7].work else {
      Issue.record("the gate judges")
      return
    }
    #expect(gate.exhibits.map(\.name) == ["evaluate"])
    #expect(gate.exhibits[0].candidate.map(\.name) == ["evaluate[seed=1]", "evaluate[seed=2]", "evaluate[seed=3]"])
    #expect(gate.policy.baseline?.store == "Workflows/baselines")
    #expect(
      gate.policy.rules.map(\.line) == [
        "accuracy >= 0.90", "accuracy >= baseline - 0.03", "accuracy >= baseline - 0.10 by island",
        "brier <= baseline + 0.03",
      ])
    #expect(gate.policy.rules[2].minRows == 40)
    #expect(gate.policy.rules[3].severity == .warn)
    let evaluate = workflow.stages[4]
    #expect(evaluate.evaluation?.models == ["Workflows/penguins/models/1.json"])
    #expect(evaluate.outputs.map(\.role) == [.metrics, .predictions])
    #expect(
      evaluate.outputs.map(\.path) == [
        "Workflows/penguins/work/candidate/1.json", "Workflows/penguins/work/candidate/1.csv",
      ])
  }
}
