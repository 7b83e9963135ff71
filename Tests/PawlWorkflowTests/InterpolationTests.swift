import PawlCore
import Testing

@testable import PawlWorkflow

struct InterpolationTests {
  private func command(_ run: String, _ more: String = "") throws -> String {
    let text = Text(
      """
      pawl: 1
      params: { plain: a1, space: "a b", quote: "it's", list: [x, "y z"], none: null, map: { k: 1 }, dollar: "$HOME `x`" }
      stages:
        s:
          run: \(run)
          env: [PLACE]
          secrets: [TOKEN]
          outputs: { o: out/file }
          \(more)
      """)
    guard case .job(let command) = try text.stage("s").work else { return "" }
    return command.lines.joined(separator: "\n")
  }

  @Test func `values become words of the shell, quoted only where they must be`() throws {
    #expect(try command("x ${params.plain} ${params.space} ${params.quote}") == #"x a1 'a b' 'it'\''s'"#)
    #expect(try command("x ${params.list} ${params.none} ${params.map}") == #"x x 'y z' null '{"k":1}'"#)
    #expect(try command("x --n=${params.space}") == "x --n='a b'")
    #expect(try command("x ${raw:params.space} ${ params.plain }") == "x a b a1")
    #expect(try command("x $${HOME} $HOME $$ ${outputs.o}") == "x ${HOME} $HOME $$ out/file")
  }

  @Test func `values inside the user's own quotes cannot end them`() throws {
    #expect(try command("|-\n      x \"${params.dollar}\" '${params.quote}'") == #"x "\$HOME \`x\`" 'it'\''s'"#)
    #expect(try command("|-\n      x \"a \\\" ${params.quote}\" # it's ${params.plain}") == #"x "a \" it's" # it's a1"#)
    #expect(ShellText.word("'\u{301}") == "''\\''\u{301}'")
  }

  @Test func `variables are left to the shell`() throws {
    #expect(try command("x ${env.PLACE} --t=${env.TOKEN}") == #"x "$PLACE" --t="$TOKEN""#)
    #expect(
      try command("|-\n      x \"${env.PLACE}\" '${env.PLACE}' ${raw:env.PLACE}")
        == #"x "${PLACE}" ''"$PLACE"'' $PLACE"#)
    #expect(try command("x ${run} ${run.id} ${env.PAWL_STAGE}") == #"x "$PAWL_RUN" "$PAWL_RUN" "$PAWL_STAGE""#)
  }

  @Test func `a scalar that is one reference takes the value's type`() throws {
    let text = Text(
      """
      pawl: 1
      params: { files: [data.csv, train.py], cpus: 2, time: 10m, out: o.txt }
      stages:
        s:
          run: x
          inputs: ["${params.files}", evaluate.py]
          outputs: { o: "out/${params.out}" }
          resources: { cpus: "${params.cpus}" }
          timeout: ${params.time}
      """)
    let stage = try text.stage("s")
    #expect(stage.inputs.map(\.path) == ["data.csv", "train.py", "evaluate.py"])
    #expect(stage.outputs.map(\.path) == ["out/o.txt"])
    #expect(stage.resources.cpus == 2)
    #expect(stage.timeout == 600)
    #expect(Set(stage.parameters.map(\.key)) == ["files", "out", "cpus", "time"])
  }

  @Test func `unknown names point at their column, also in folded and quoted text`() {
    expectDiagnostics(
      """
      pawl: 1
      params: { rate: 1 }
      stages:
        s:
          run: >-
            x $${no} ①${params.rat}
            --b ${params.rate} ②${parms.rate}
            é ③${matrix.seed} ④${outputs.o}
          inputs: ["data.csv", "⑤${env.HOME}"]
          outputs: { p: 'x⑥${stages.t.outputs.m}' }
        t: { run: "y ⑦${model} \\" ⑧${HOME} ⑨${", outputs: [m] }
      """,
      "① `${params.rat}` is not a parameter | there are: rate",
      "② `${parms.rate}` is not a name that is known here | did you mean `${params.rate}`?",
      "③ `${matrix.seed}` is not an axis of `s` | it has none; add them under `matrix:`",
      "④ `${outputs.o}` is not an output of `s` | there are: p",
      "⑤ `HOME` is not declared in `s` | add it under `env:`, or under `secrets:` if nobody may see it",
      "⑥ `m` is not an output of `t` | its outputs have no names; write `outputs: { m: PATH }`",
      "⑦ `t` has no `model` | add `model: PATH` to it",
      "⑧ `${HOME}` is not a name that is known here | for the shell's own write `$${HOME}`; for the key and the record `${env.HOME}`, declared under `env:`",
      "⑨ `${` is not closed | close it with `}`, or write `$${` for the two characters")
  }

  @Test func `outputs of other stages are read and make inputs`() throws {
    let text = Text(
      """
      pawl: 1
      stages:
        split: { run: x, outputs: { rows: data/rows.csv } }
        train:
          matrix: { seed: [1, 2] }
          run: x ${stages.split.outputs.rows} ${outputs.model}
          outputs: { model: "m/${matrix.seed}.json" }
        one: { matrix: { seed: [2] }, run: "x ${stages.train.outputs.model}" , outputs: ["one${matrix.seed}"] }
        all: { directory: sub, run: "x ${stages.train.outputs.model}", outputs: [all] }
      """)
    let all = try text.stage("all")
    #expect(all.work == .job(Command(lines: ["x ../m/1.json ../m/2.json"], directory: "sub")))
    #expect(all.inputs.map(\.path) == ["m/1.json", "m/2.json"])
    #expect(try text.stage("one[seed=2]").work == .job(Command(lines: ["x m/2.json"])))
    #expect(try text.stage("train[seed=1]").inputs.map(\.path) == ["data/rows.csv"])
  }

  @Test func `names that go round in circles end`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        a: { run: x, outputs: { o: "①${outputs.o}" } }
        b: { run: x, outputs: { o: "${stages.c.outputs.o}" } }
        c: { run: x, outputs: { o: "②${stages.b.outputs.o}" } }
      """,
      "① `${outputs.o}` stands in what it names | write the path itself",
      "② `${stages.b.outputs.o}` stands in what it names | write the path itself")
  }

  @Test func `variables outside commands must be known, secrets never are`() {
    expectDiagnostics(
      """
      pawl: 1
      stages:
        s:
          run: x
          env: { A: , B: b, C: "${env.B}c" }
          secrets: [S]
          outputs: ["①${env.A}", "${env.B}", "②${env.S}", "③${run}"]
      """,
      "① `A` is not set in the environment | set it, or give it a value under `env:`",
      "② `S` is a secret and would be seen here | use it in `run` only",
      "③ `${run}` is known only while the command runs | use it in `run`")
    expectDiagnostics("pawl: 1\nstages: { s: { run: x, env: [A], outputs: ['o/${env.A}'] } }") {
      $0.environment["A"] = "v"
    }
  }

  @Test func `listed and named parameters enter the key, others do not`() throws {
    let text = Text(
      """
      pawl: 1
      params: { train: { rate: 0.10, epochs: 3 }, seed: 7, other: 1 }
      stages: { s: { run: "x ${params.seed}", params: [train], outputs: [o] } }
      """)
    let stage = try text.stage("s")
    #expect(stage.parameters.map { "\($0.key)=\($0.value.text)" } == ["seed=7", "train.rate=0.10", "train.epochs=3"])
  }

  @Test func `a set parameter is typed by YAML, an unknown one lists the names`() throws {
    var text = Text(
      "pawl: 1\nparams: { train: { rate: 0.1 }, n: 1, a.b: 2 }\nstages: { s: { run: 'x ${params.train.rate} ${params.n} ${params.a.b}', outputs: [o] } }"
    )
    text.sets = [("train.rate", "1e-3"), ("n", "[a, 'b c']"), ("a.b", "no")]
    let workflow = try text.workflow()
    #expect(workflow.stages[0].work == .job(Command(lines: ["x 1e-3 a 'b c' no"])))
    #expect(workflow.parameters.at("train.rate") == .number(Number(0.001, text: "1e-3")))
    expectDiagnostics(
      text.yaml, "`--set train.rat=2`: there is no parameter `train.rat` | there are: train.rate, n, a.b"
    ) { $0.sets = [("train.rat", "2")] }
  }

  @Test func `parameters come from a file beside the workflow's directory`() throws {
    var text = Text("pawl: 1\ndirectory: sub\nparams: p.json\nstages: { s: { run: 'x ${params.a.b}', outputs: [o] } }")
    text.files["sub/p.json"] = #"{"a": {"b": 1.50}}"#
    #expect(try text.stage("s").work == .job(Command(lines: ["x 1.50"], directory: "sub")))
    expectDiagnostics(
      "pawl: 1\nparams: ①p.toml\nstages: { s: { run: 'x ${params.a}' } }",
      "① `p.toml` does not exist | paths start at the project root")
  }
}
