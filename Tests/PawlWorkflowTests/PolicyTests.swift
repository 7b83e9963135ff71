import PawlCore
import Testing

@testable import PawlWorkflow

struct PolicyTests {
  private func load(_ yaml: String, needsRules: Bool = true) throws(Failure) -> GatePolicy {
    try PolicyLoader.load(
      Array(yaml.utf8), file: "gate.yaml", tree: MemoryFiles(files: [:]), store: "baselines", needsRules: needsRules)
  }

  private func problems(_ yaml: String) -> [String] {
    do throws(Failure) {
      _ = try load(yaml)
      return []
    } catch {
      return error.diagnostics.map(shown)
    }
  }

  @Test func `a policy is the body of a gate with its blocks`() throws {
    let policy = try load(
      """
      baseline: production
      confidence: 90%
      metrics: { cost: { direction: lower-is-better } }
      predictions: { task: binary, id: row, label: y, positive: yes, score: p, compute: [auc] }
      rules:
        - auc >= baseline - 1pt by region
        - { metric: cost, may-lose: 5% }
      """)
    #expect(policy.baseline?.origin == .named("production"))
    #expect(policy.baseline?.store == "baselines")
    #expect(policy.rules.map(\.line) == ["auc >= baseline - 1pt by region", "cost <= baseline + 5%"])
    #expect(policy.rules.map(\.confidence) == [0.9, 0.9])
    #expect(policy.rules[0].location?.line == 6)
    #expect(policy.predictions?.positive == "yes")
    #expect(policy.predictions?.path == nil)
    #expect(policy.predictions?.slices == ["region"])
    #expect(policy.metrics["cost"]?.direction == .lowerIsBetter)
    #expect(try load("predictions: { values: { q: score } }", needsRules: false).rules == [])
  }

  @Test func `records of a store need its baseline`() {
    #expect(
      problems("rules: [accuracy within history of 20]") == [
        "1:9: `accuracy within history of 20` reads the records of a baseline, and the policy names none | add `baseline: production` to the policy"
      ])
    #expect(
      problems("baseline: old.json\nrules: [accuracy within 2pt in total of v1]") == [
        "2:9: `accuracy within 2pt in total of v1` reads the records of a store, and `old.json` is none | name a baseline of the store in the policy: `baseline: production`"
      ])
    #expect(
      problems("waivers: no.yml\nrules: [accuracy >= 0.5]") == [
        "1:10: `no.yml` does not exist | paths start at the project root"
      ])
  }

  @Test func `everything wrong with a policy is said at once`() {
    #expect(
      problems("rule: []\npredictions: { task: binary }\n") == [
        "1:1: unknown key `rule` | did you mean `rules`?",
        "1:1: a gate without rules decides nothing | add one under `rules:`, such as `- accuracy >= baseline - 1pt`",
        "2:14: `predictions` needs `label` | label: the column with the truth",
        "2:14: `predictions` needs `positive` | positive: the label that counts as positive",
        "2:14: `predictions` needs `prediction` or `score` | prediction: the column with the prediction",
      ])
    #expect(
      problems("pawl: 1\nstages: {}\n") == [
        "2:1: this is a workflow, not a policy | put the gate's `rules:` and `baseline:` into a file of their own, or use `pawl run`"
      ])
    #expect(problems("") == ["1:1: the file is empty | begin with `rules:`"])
    #expect(problems("[a]") == ["1:1: `policy` is a list, it must be a map of keys to values"])
  }
}
