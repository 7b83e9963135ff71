import Foundation
import Testing

/// Results that are made again and compared, with the real binary.
@Suite struct AuditTests {
  /// `lies` depends on the clock, `steady` on its input alone; `reads` reads both.
  private func project(_ cache: String = "") throws -> Bench {
    let bench = try Bench()
    try bench.write("in.txt", "in\n")
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      \(cache)
      stages:
        lies: { run: "mkdir -p out; cat in.txt > out/a.txt; date +%N > out/b.txt; echo lies >> ran", inputs: [in.txt], outputs: [out] }
        steady: { run: "cat in.txt > steady.txt; if printenv HANG > /dev/null; then echo $$ > hangs; sleep 7391.25; fi; echo steady >> ran", inputs: [in.txt], outputs: [steady.txt] }
        reads: { run: "cat out/a.txt steady.txt > reads.txt; echo reads >> ran", inputs: [out, steady.txt], outputs: [reads.txt] }
      """)
    try bench.shell("mkdir .pawl")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    try bench.write("ran", "")
    return bench
  }

  private func ran(_ bench: Bench) throws -> [String] {
    defer { try? bench.write("ran", "") }
    return try bench.read("ran").split(separator: "\n").map(String.init).sorted()
  }

  private func json(_ outcome: Outcome) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any] ?? [:]
  }

  @Test func `what depends on the clock is found, said everywhere, and not reused until it is trusted`() throws {
    let bench = try project()
    let audit = try bench.pawl("run", "w.yml", "--audit", "100%")
    #expect(audit.status == 0)
    #expect(try ran(bench) == ["lies", "reads", "steady"])
    #expect(audit.out.contains("2 audited, 1 differs"), "\(audit.out)")
    #expect(audit.out.contains("out/b.txt"), "\(audit.out)")
    let result = try bench.result()
    #expect(result.stage("lies")?.text("audit") == "differs")
    #expect(result.stage("lies")?.text("audit-path") == "out/b.txt")
    #expect(result.stage("steady")?.text("audit") == "same")
    #expect(result.stage("reads")?["audit"] is NSNull)
    let told = try #require((result["diagnostics"] as? [[String: Any]])?.first { $0.text("code") == "cache.differs" })
    #expect(told.text("file") == "w.yml" && told.number("line") == 5)
    let junit = try bench.read("pawl-report/junit.xml")
    #expect(junit.contains(#"name="audit" value="differs""#) && junit.contains(#"name="audit-path" value="out/b.txt""#))
    for report in ["report.md", "report.html"] {
      #expect(try bench.read("pawl-report/\(report)").contains("out/b.txt differs from run"), "\(report)")
    }
    let plan = try bench.pawl("plan", "w.yml").out
    #expect(plan.contains("never cached: results differed when audited in run"), "\(plan)")
    let status = try bench.pawl("cache", "status")
    #expect(
      status.out.contains("w / lies: audited 1 time, differed 1 time; not reused until it changes"), "\(status.out)")
    #expect(status.out.contains("w / steady: audited 1 time, always the same"))
    let audits = try json(bench.pawl("cache", "status", "--format", "json"))["audits"] as? [[String: Any]]
    #expect(audits?.count == 2)
    #expect(
      (audits?.first { $0.text("stage") == "w / lies" }?["distrusted"] as? [String: Any])?.text("path") == "out/b.txt")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try ran(bench).contains("lies"))
    #expect(try bench.shell("pawl show latest --format json").out.contains("never cached: results differed"))
    // What is not reused may not run either.
    let refused = try bench.pawl("run", "w.yml", "--reuse-only")
    #expect(refused.status == 3 && refused.out.contains("pawl cache trust lies"), "\(refused.out)")
    #expect(try bench.pawl("cache", "trust", "lise", "w.yml").err.contains("did you mean `lies`?"))
    #expect(try bench.pawl("cache", "trust", "lies", "w.yml").status == 0)
    _ = try ran(bench)
    #expect(try bench.pawl("run", "w.yml").out.contains("all up to date"))
    #expect(try ran(bench).isEmpty)
  }

  @Test func `a stage that is mended in the workflow is reused again`() throws {
    let bench = try project()
    try bench.pawl("run", "w.yml", "--audit", "1")
    try bench.write("w.yml", try bench.read("w.yml").replacingOccurrences(of: "date +%N", with: "echo 7"))
    #expect(try bench.pawl("run", "w.yml").status == 0)
    let second = try bench.pawl("run", "w.yml", "--audit", "100%")
    #expect(second.out.contains("3 audited, all the same"), "\(second.out)")
    _ = try ran(bench)
    #expect(try bench.pawl("run", "w.yml").out.contains("all up to date"))
    #expect(try ran(bench).isEmpty)
  }

  @Test func `the workflow's share is drawn in each run, and no quiet trace hides it`() throws {
    let bench = try project("cache: { audit: 30% }")
    #expect(try bench.pawl("plan", "w.yml").out.contains("audit: 30 % of reused results"))
    var (found, runs) = (false, 0)
    // 1 - 0.7^60 = 1 - 5e-10.
    while !found, runs < 60 {
      let outcome = try bench.pawl("run", "w.yml")
      try #require(outcome.status == 0, "\(outcome.err)")
      found = outcome.out.contains("out/b.txt") && outcome.out.contains("differs")
      runs += 1
    }
    #expect(found)
    #expect(!bench.exists(".pawl/quiet"))
    _ = try ran(bench)
    #expect(try bench.pawl("cache", "trust", "lies", "w.yml").status == 0)
    #expect(try bench.pawl("run", "w.yml", "--audit", "0").out.contains("all up to date"))
    #expect(try ran(bench).isEmpty)
    #expect(try bench.pawl("run", "w.yml", "--audit", "100%").status == 0)
    #expect(try ran(bench).contains("steady"))
  }

  @Test func `what is no share, and what leaves nothing to audit, is a usage error`() throws {
    let bench = try project()
    for share in ["150%", "often", "-1"] {
      #expect(try bench.pawl("run", "w.yml", "--audit=\(share)").status == 2, "\(share)")
    }
    for other in ["--no-cache", "--force", "--reuse-only"] {
      let outcome = try bench.pawl("run", "w.yml", "--audit", "5%", other)
      #expect(outcome.status == 2 && outcome.err.contains("exclude each other"), "\(outcome.err)")
    }
    #expect(try bench.pawl("run", "w.yml", "--audit", "0", "--reuse-only").status == 0)
  }

  @Test func `killed during an audit, the next run puts back what was there`() throws {
    let bench = try project()
    let killed = try bench.shell(
      """
      HANG=1 pawl run w.yml --audit 100% > log 2>&1 & pid=$!
      for i in $(seq 1 3000); do test -s hangs && break; sleep 0.02; done
      kill -9 $pid; wait $pid; cat hangs
      """)
    let stage = killed.out.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(!stage.isEmpty)
    _ = try ran(bench)
    let next = try bench.pawl("run", "w.yml", "steady")
    #expect(next.status == 0, "\(next.err)")
    #expect(try !ran(bench).contains("steady"))
    #expect(try bench.read("steady.txt") == "in\n")
    // Nobody is left; who is dead may still wait to be reaped by whoever is first here.
    #expect(try bench.shell("ps -o stat= -p \(stage)").out.filter { $0 != "\n" && $0 != "Z" && $0 != "s" }.isEmpty)
  }

  @Test func `another pawl waits for a stage that is audited`() throws {
    let bench = try Bench()
    try bench.write("in.txt", "in\n")
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        slow: { run: "echo $PAWL_RUN >> ran; if printenv SLOW > /dev/null; then sleep 1.5; fi; cat in.txt > slow.txt", inputs: [in.txt], outputs: [slow.txt] }
        next: { run: "cat slow.txt > next.txt", inputs: [slow.txt], outputs: [next.txt] }
      """)
    try bench.shell("mkdir .pawl; pawl run w.yml; : > ran")
    let outcome = try bench.shell(
      """
      SLOW=1 pawl run w.yml --audit 100% --report-dir one > one.log 2>&1 & one=$!
      for i in $(seq 1 3000); do test -s ran && break; sleep 0.01; done
      pawl run w.yml --report-dir two > two.log 2>&1; second=$?
      wait $one; echo $? $second
      """)
    let logs = try bench.shell("cat one.log two.log").out
    #expect(outcome.out.hasSuffix("0\n"), "\(logs)")
    #expect(try bench.read("ran").split(separator: "\n").count == 1, "\(logs)")
  }
}
