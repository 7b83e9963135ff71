import Foundation
import Testing

/// The second run of a workflow without a gate asks one question; every change must lead back to the ordinary road.
@Suite struct QuietTests {
  private func quiet(_ text: String = "") throws -> Bench {
    let bench = try Bench()
    try bench.write("in/a.txt", "a")
    try bench.write("tree/x/b.txt", "b")
    try bench.write("p.yaml", "rate: 1")
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      params: p.yaml
      stages:
        one: { run: "cat in/a.txt tree/x/b.txt > one.txt; echo ${params.rate} >> one.txt; printenv MODE >> one.txt || true", inputs: [in/a.txt, tree], outputs: [one.txt], env: [MODE] }
        two: { run: "mkdir two; cp one.txt two/c.txt; cat src/*.py > two/d.txt", inputs: [one.txt, "src/*.py"], outputs: [two] }
      \(text)
      """)
    try bench.write("src/m.py", "m")
    try bench.shell("mkdir -p .pawl; touch -d '1 hour ago' in/a.txt tree/x/b.txt tree/x tree p.yaml w.yml src/m.py src")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    try settle(bench)
    return bench
  }

  /// Runs until nothing is young any more, so that a trace is kept.
  private func settle(_ bench: Bench) throws {
    for _ in 0..<50 {
      try bench.shell("sleep 0.03")
      #expect(try bench.pawl("run", "w.yml").status == 0)
      if try traces(bench) > 0 { return }
    }
    Issue.record("no trace was kept")
  }

  private func traces(_ bench: Bench) throws -> Int {
    Int(
      try bench.shell("ls .pawl/quiet 2>/dev/null | wc -l").out.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  /// Whether the trace alone answered: nothing that the ordinary road reads is opened.
  private func answers(_ bench: Bench) throws -> Bool {
    // The ordinary road reads the digests of files; a folder in their place is an error there, and nothing here.
    try bench.shell("mv .pawl/cache .pawl/cache-away")
    defer { _ = try? bench.shell("rm -rf .pawl/cache pawl-report; mv .pawl/cache-away .pawl/cache") }
    let outcome = try bench.pawl("run", "w.yml")
    return outcome.status == 0 && outcome.out.contains("all up to date")
  }

  @Test func `a run with nothing to do is answered by stats alone and leaves a line in the history`() throws {
    let bench = try quiet()
    #expect(try answers(bench))
    #expect(
      try bench.shell("cat .pawl/runs/*/repeats | wc -l").out.trimmingCharacters(in: .whitespacesAndNewlines) != "0")
  }

  @Test(arguments: [
    "echo b > in/a.txt", "touch in/a.txt", "echo n > tree/x/new.txt", "rm tree/x/b.txt", "chmod +x tree/x/b.txt",
    "mkdir tree/empty", "echo 2 > one.txt", "rm one.txt", "echo z > two/z.txt", "rm two/d.txt", "echo n > src/n.py",
    "mv src/m.py src/k.py", "echo 'rate: 2' > p.yaml", "echo '# more' >> w.yml", "ln -sf b.txt tree/x/l",
    "mv in in-away", "mkdir -p .pawl/alive; echo > .pawl/alive/20260101T000000000Z-aaaaaa",
  ]) func `what could matter leads back to the ordinary road`(_ change: String) throws {
    let bench = try quiet()
    try bench.shell(change)
    // It may find that nothing matters after all, but not by the trace: without its cache it cannot know.
    #expect(!(try answers(bench)), "\(change)")
  }

  @Test func `a declared variable is part of the question`() throws {
    let bench = try quiet()
    try bench.shell("mv .pawl/cache .pawl/cache-away")
    let outcome = try bench.run("bash", "-c", "MODE=other pawl run w.yml")
    #expect(!outcome.out.contains("all up to date"))
  }

  @Test(arguments: ["no-cache: true", "tools: { sh: echo 1 }"])
  func `what a stat cannot answer for leaves no trace`(_ key: String) throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      "pawl: 1\nname: w\nstages:\n  one: { run: cp a b, inputs: [a], outputs: [b], \(key) }\n")
    try bench.write("a", "a")
    for _ in 0..<4 {
      #expect(try bench.pawl("run", "w.yml").status == 0)
      try bench.shell("sleep 0.05")
    }
    #expect(try traces(bench) == 0)
  }

  @Test func `the same words in another folder or with another option ask something else`() throws {
    let bench = try quiet()
    try bench.shell("mv .pawl/cache .pawl/cache-away; mkdir sub")
    #expect(!(try bench.run("bash", "-c", "cd sub; pawl run ../w.yml")).out.contains("all up to date"))
    #expect(!(try bench.pawl("run", "w.yml", "--force")).out.contains("all up to date"))
    #expect(!(try bench.pawl("run", "w.yml", "--set", "rate=3")).out.contains("all up to date"))
  }
}
