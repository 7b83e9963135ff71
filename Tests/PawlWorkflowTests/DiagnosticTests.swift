import PawlCore
import Testing

@testable import PawlWorkflow

struct DiagnosticTests {
  @Test func `the transcript of pawl check is kept, everything at once`() {
    expectDiagnostics(
      """
      pawl: 1
      params: { train: { rate: 0.1, epochs: 3 } }
      stages:
        train:
          ①input: [data.csv]
          run: python3 train.py --rate ②${params.train.rat}
          outputs: { model: m.json }
        evaluate:
          kind: evaluate
          run: python3 evaluate.py
          metrics: [m2.json]
        gate:
          kind: gate
          baseline: production
          rules:
            - { metric: ③churn-score, may-lose: 1% }
      """,
      "① unknown key `input` | did you mean `inputs`?",
      "② `${params.train.rat}` is not a parameter | there are: train.rate, train.epochs",
      "③ a rule on `churn-score` needs a direction | add under `metrics:`  churn-score: { direction: higher-is-better }"
    )
  }

  @Test func `what is missing is named`() {
    expectDiagnostics(
      "①name: x\n",
      "① a workflow needs `pawl` | pawl: version of the language; this is 1",
      "① a workflow needs `stages` | stages: stages by name")
    expectDiagnostics("①", "① the file is empty | begin with `pawl: 1`")
    expectDiagnostics("pawl: ①2\nstages: { a: { run: x } }", "① `pawl` is `2`, it must be 1")
  }

  @Test func `an unknown kind, stage name and need are suggested`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        ①my stage: { run: x }
        train: { kind: ②trian, run: x }
        other: { run: x, needs: [③tran, train] }
        last: { run: x, needs: [④otherr] }
        monitor: { kind: ⑤monitor }
      """,
      "① `my stage` cannot be the name of a stage | use letters, digits, `-`, `_` and `.`, a letter or digit first",
      "② `trian` is not a kind of stage | did you mean `train`?",
      "③ there is no stage `tran` | there are: other, last",
      "④ there is no stage `otherr` | did you mean `other`?",
      "⑤ `monitor` is not supported yet | remove the stage")
  }

  @Test func `keys of another kind are sent home`() {
    expectDiagnostics(
      """
      pawl: 1
      ①grace: 3m
      stages:
        train: { kind: train, run: x, outputs: [o], ②model: m, ③rules: [], ④at-least: 3 }
      """,
      "① unknown key `grace` | put it into a stage, under `stages:`",
      "② unknown key `model` | it belongs to a stage of kind `evaluate`",
      "③ unknown key `rules` | it belongs to a stage of kind `gate`",
      "④ unknown key `at-least` | it belongs into a rule of a gate")
  }

  @Test func `words of later versions are refused with a remedy`() {
    expectDiagnostics(
      """
      pawl: 1
      environment: {}
      ①schedule: [{ cron: "0 2 * * *" }]
      stages:
        a: { run: x, executor: local }
        b: { run: x, ②executor: slurm, finally: false }
        e: { kind: evaluate, run: x, metrics: [m.json] }
      """,
      "① `schedule` is not supported yet | remove it; let cron or the CI system call `pawl run`",
      "② `executor` is not supported yet | remove it; every stage runs on this machine")
    #expect(
      Text("pawl: 1\nstages: { a: { run: x, executor: ssh } }").load().diagnostics.first?.code == "workflow.not-yet")
  }

  @Test func `values of the wrong shape are refused where they stand`() {
    expectDiagnostics(
      """
      pawl: 1
      name: ①[a]
      reports: { rows: ②nothing }
      stages:
        a:
          run: x
          timeout: ③60
          no-cache: ④yes
          resources: { cpus: ⑤-1, memory: ⑥1 gig, gpus: ⑦0.5 }
          retries: { on: [⑧sometimes] }
          outputs: [[⑨x]]
      """,
      "① `name` is a list, it must be a text",
      "② `rows` cannot be `nothing` | there are: all, none",
      "③ `timeout` is `60`, it must be a time with its unit, such as `90s`, `10m` or `1h30m`",
      "④ `no-cache` is `yes`, it must be `true` or `false` | write `true`: in YAML 1.2 `yes` is text",
      "⑤ `cpus` is `-1`, it must be a number, at least 0",
      "⑥ `memory` is `1 gig`, it must be a size, such as `512MiB` or `10GB`",
      "⑦ `gpus` is `0.5`, it must be a whole number, at least 0",
      "10:14: `retries` needs `count` | count: how many attempts after the first",
      "⑧ `sometimes` is not an ending that can be tried again | there are: signal, timeout, lost, oom, exit, or write `exit 137`",
      "11:15: `outputs` is a list, it must be a text")
  }

  @Test func `duplicate keys and broken YAML have their place`() {
    let duplicate = Text("pawl: 1\nstages:\n  a: { run: x }\n  a: { run: y }\n").load().diagnostics
    #expect(duplicate.count == 1)
    #expect(duplicate.first?.location?.line == 4)
    #expect(duplicate.first?.location?.column == 3)
    let unquoted = Text("pawl: 1\nstages:\n  a: { run: x, inputs: [data/${params.a}.csv] }\n").load().diagnostics
    #expect(unquoted.first?.location?.line == 3)
    #expect(unquoted.first?.remedy?.contains("quotes") == true)
  }

  @Test func `words that YAML 1.1 would change stay what they are`() throws {
    let text = Text(
      """
      pawl: 1
      params: { on: no, version: 1.10, old: 012, day: 2026-01-01 }
      stages:
        no:
          run: x ${params.on} ${params.version} ${params.old} ${params.day}
          outputs: { yes: off }
          env: { off: yes }
      """)
    let stage = try text.stage("no")
    #expect(stage.work == .job(Command(lines: ["x no 1.10 012 2026-01-01"])))
    #expect(stage.outputs.map(\.path) == ["off"])
    #expect(stage.environment == [EnvironmentVariable("off", value: "yes")])
  }

  @Test func `a stage without a command and an evaluate without evidence are errors`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        ①a: { inputs: [data.csv] }
        ②e: { kind: evaluate, run: x }
      """,
      "① stage `a` has nothing to run | add `run:` and the command",
      "② `e` leaves no evidence for a gate | add `metrics:` with the files it writes, or `predictions:` with its rows")
  }

  @Test func `the graph is checked at the end`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        a: { run: x, inputs: [①dta.csv], outputs: [b.txt] }
        c: { run: x, outputs: [②b.txt] }
      """,
      "① `dta.csv` does not exist and no stage makes it | add it, or declare it under `outputs` of the stage that makes it",
      "② `c` and `a` both make `b.txt` | give one of them another path")
    expectDiagnostics(
      "pawl: 1\nstages:\n  a: { run: x, inputs: [①'src/**/*.py'] }\n",
      "① `src/**/*.py` matches no file and no stage's output | add it, or declare it under `outputs` of the stage that makes it"
    )
    expectDiagnostics("pawl: 1\nstages:\n  a: { run: x, inputs: ['src/**/*.py'] }\n") {
      $0.files["src/deep/er/x.py"] = ""
    }
  }

  @Test func `paths stay in the project where they must`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        a: { run: x, outputs: [①../x, ②'*.csv', ③.pawl/x, ④/tmp/x] }
        b: { run: x, directory: ⑤../up, outputs: [y] }
      """,
      "① `../x` lies outside the project | an output is a path inside it",
      "② an output is a literal path, `*.csv` is a pattern | name the folder, or each file",
      "③ `.pawl/x` belongs to Pawl | give the output another path",
      "④ `/tmp/x` lies outside the project | an output is a path inside it",
      "⑤ `../up` lies outside the project | `directory` is a path from the project root")
    expectDiagnostics(
      "pawl: 1\ndirectory: ①nowhere\nstages: { a: { run: x } }",
      "① `nowhere` is not a folder of the project | `directory` is a path from the project root")
  }
}
