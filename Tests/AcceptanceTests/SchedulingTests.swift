import Foundation
import Testing

/// Conditions, final stages, counted resources and the run's own time, through the command.
@Suite struct SchedulingTests {
  private func bench(_ stages: String, top: String = "") throws -> Bench {
    let bench = try Bench()
    try bench.write("w.yml", "pawl: 1\nname: w\nparams: { mode: full }\n\(top)stages:\n\(stages)\n")
    return bench
  }

  @Test func `a stage whose condition does not hold is skipped, in plan, run and result`() throws {
    let bench = try bench(
      """
        measure: { run: "echo '{\\"accuracy\\": 0.87}' > m.json", metrics: [m.json] }
        deploy: { run: touch deployed, needs: [measure], when: metrics.accuracy >= 0.9 }
        after: { run: touch after, needs: [deploy] }
        never: { run: touch never, when: params.mode == fast }
      """)
    let plan = try bench.pawl("plan", "w.yml")
    #expect(plan.out.contains("never    would not run: when: params.mode == fast is false: params.mode is full"))
    #expect(plan.out.contains("after    would not run: needs deploy") == false, "deploy may still run")
    let json = try bench.pawl("plan", "w.yml", "--format", "json").out
    #expect(json.contains(#""forecast": "skip""#))
    #expect(json.contains("when: params.mode == fast is false: params.mode is full"))
    #expect(json.contains("when: metrics.accuracy >= 0.9 is not known before measure is done"))
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 0, "\(outcome.err)")
    let stages = try bench.result().stages
    let ends = Dictionary(
      stages.map { ($0.text("name") ?? "", $0.text("outcome") ?? "") }, uniquingKeysWith: { a, _ in a })
    #expect(ends == ["measure": "succeeded", "deploy": "skipped", "after": "skipped", "never": "skipped"])
    #expect(try bench.read("pawl-report/junit.xml").contains("metrics.accuracy is 0.87"))
    let why = Dictionary(
      stages.map { ($0.text("name") ?? "", $0["why"] as? [String] ?? []) }, uniquingKeysWith: { a, _ in a })
    #expect(why["deploy"] == ["when: metrics.accuracy >= 0.9 is false: metrics.accuracy is 0.87"])
    #expect(why["never"] == ["when: params.mode == fast is false: params.mode is full"])
    #expect(why["after"] == ["needs deploy"])
    for report in ["report.md", "report.html", "junit.xml"] {
      let text = try bench.read("pawl-report/\(report)")
      #expect(text.contains("params.mode == fast is false: params.mode is full"), "\(report)")
    }

    #expect(!bench.exists("deployed") && !bench.exists("after") && !bench.exists("never"))
  }

  @Test func `a final stage sees what became of the run, also after a failure`() throws {
    let bench = try bench(
      """
        train: { run: exit 3 }
        other: { run: touch other, needs: [train] }
        tell: { run: "echo $PAWL_OUTCOME > told", needs: [other, train], finally: true }
        alarm: { run: touch alarm, needs: [train], finally: true, when: stages.train.outcome == failed }
      """)
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 3)
    #expect(try bench.read("told") == "failed\n")
    #expect(bench.exists("alarm") && !bench.exists("other"))
  }

  @Test func `names that nobody offers are an error before anything runs`() throws {
    let bench = try bench("  a: { run: touch a, resources: { licenses: 2 } }")
    let refused = try bench.pawl("run", "w.yml")
    #expect(refused.status == 2)
    #expect(refused.err.contains("`a` asks for 2 `licenses`, and nobody says how many there are"))
    #expect(refused.err.contains("--resources licenses=2"))
    #expect(!bench.exists("a"))
    #expect(try bench.pawl("run", "w.yml", "--resources", "licenses=2").status == 0)
    #expect(try bench.pawl("run", "w.yml", "--resources", "licenses").status == 2)
  }

  @Test func `a stage is given GPUs that no other has`() throws {
    let bench = try bench(
      """
        a: { run: "echo $CUDA_VISIBLE_DEVICES > a", resources: { gpus: 2 } }
        b: { run: "echo $CUDA_VISIBLE_DEVICES > b", resources: { gpus: 1 } }
      """)
    let outcome = try bench.pawl("run", "w.yml", "--resources", "gpus=3", "--jobs", "2")
    #expect(outcome.status == 0, "\(outcome.err)")
    #expect(try bench.read("a") == "0,1\n")
    #expect(["0\n", "2\n"].contains(try bench.read("b")))
    #expect(try bench.pawl("run", "w.yml", "--resources", "gpus=1").err.contains("asks for 2 GPUs"))
  }

  @Test func `a run whose time is up ends its stages and says so`() throws {
    let bench = try bench(
      "  slow: { run: exec sleep 60, grace: 1s }\n  next: { run: touch next, needs: [slow] }", top: "timeout: 300ms\n")
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 3, "\(outcome.out)\(outcome.err)")
    #expect((outcome.out + outcome.err).contains("the run took longer than its `timeout`"))
    #expect(try bench.result().stages.first { $0.text("name") == "slow" }?.text("outcome") == "timed-out")
    #expect(!bench.exists("next"))
    #expect(try bench.pawl("run", "w.yml", "--timeout", "soon").status == 2)
  }

  @Test func `stages that sleep fill the slots`() throws {
    let bench = try bench(
      "  s: { run: \"sleep 0.1; echo ${matrix.i}\", matrix: { i: [\((0..<64).map(String.init).joined(separator: ", "))] } }"
    )
    let start = Date()
    #expect(try bench.pawl("run", "w.yml", "--jobs", "16").status == 0)
    // Ideal is 0.4 s and one after the other 6.4 s; a loaded machine still tells the two apart.
    #expect(Date().timeIntervalSince(start) < 5)
  }
}
