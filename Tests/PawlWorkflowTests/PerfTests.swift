import PawlCore
import Testing
@testable import PawlWorkflow
struct PerfTests {
  @Test func `wide`() {
    let n = (1...2000).map(String.init).joined(separator: ", ")
    let text = Text("""
      pawl: 1
      params: { a: 1 }
      stages:
        split: { run: x, inputs: [data.csv], outputs: { rows: rows.csv } }
        train: { kind: train, matrix: { seed: [\(n)] }, run: "x ${stages.split.outputs.rows} ${params.a} ${outputs.model}", inputs: [rows.csv], outputs: { model: "m/${matrix.seed}" } }
        evaluate: { kind: evaluate, matrix: { seed: [\(n)] }, replicate: [seed], model: "m/${matrix.seed}", needs: [train], run: "x ${model} ${stages.train.outputs.model}", metrics: ["w/${subject}/${matrix.seed}.json"] }
        gate: { kind: gate, baseline: b, rules: [accuracy >= baseline] }
      """)
    let clock = ContinuousClock()
    let t = clock.measure { let l = text.load(); print(l.diagnostics.map(shown), l.workflow?.stages.count ?? 0) }
    print("TIME", t)
  }
}
