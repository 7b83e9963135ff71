import Foundation
import PawlTestSupport
import Testing

/// The README's examples, executed as a newcomer would type them.
@Suite struct ReadmeTests {
  /// The fenced blocks of a language, in order.
  private static func blocks(_ language: String) throws -> [String] {
    try Repository.text("README.md").components(separatedBy: "```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
  }

  @Test func `the one-line adoption answers as the page shows`() throws {
    let bench = try Bench()
    try bench.write("new.json", #"{"accuracy": 0.912}"#)
    try bench.write("old.json", #"{"accuracy": 0.915}"#)
    let command = try #require(try Self.blocks("sh").first { $0.hasPrefix("pawl gate") })
    let answer = try #require(try Self.blocks("").first { $0.hasPrefix("✓ pass") })
    let outcome = try bench.shell(command)
    #expect(outcome.status == 0)
    #expect(outcome.out.trimmingCharacters(in: .newlines) == answer.trimmingCharacters(in: .newlines))
  }

  @Test func `the policy with predictions works on the penguins' own rows`() throws {
    let bench = try Bench.clone()
    let policy = try #require(try Self.blocks("yaml").first { $0.hasPrefix("# gate.yaml") })
    try bench.write("gate.yaml", policy)
    try bench.shell(
      "cp Workflows/baselines/penguins-production/*/1.csv old.csv; cp Workflows/baselines/penguins-production/*/2.csv new.csv"
    )
    let command = try #require(try Self.blocks("sh").first { $0.contains("--policy gate.yaml") })
    let outcome = try bench.shell(command)
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(outcome.out.contains("333 rows"))
  }

  @Test func `the gate in depth judges, counts its looks, explains them, and is pinned`() throws {
    let bench = try Bench.clone()
    try bench.shell("mkdir -p new && cd new && git init -q .")
    let policy = try #require(try Self.blocks("yaml").first { $0.hasPrefix("# policy.yaml") })
    let waivers = try #require(try Self.blocks("yaml").first { $0.hasPrefix("# waivers.yaml") })
    try bench.write("new/policy.yaml", policy)
    try bench.write("new/waivers.yaml", waivers)
    try bench.shell(
      """
      cp Workflows/baselines/penguins-production/*/1.csv new/old.csv
      cp Workflows/baselines/penguins-production/*/2.csv new/new.csv
      cd new && git add -A && git -c user.email=a@example.org -c user.name=ada commit -qm all
      """)
    let commands = try #require(try Self.blocks("sh").first { $0.contains("--policy-from HEAD") })
    var answers: [String] = []
    for line in commands.split(separator: "\n") {
      let outcome = try bench.shell("cd new && \(line)")
      #expect(outcome.status == 0, "\(line)\n\(outcome.out)\(outcome.err)")
      answers.append(outcome.out)
    }
    #expect(answers.count == 5)
    #expect(answers[0].contains("look 1 of 32"))
    #expect(answers[1].contains("budget   32 looks") && answers[1].contains("same evidence"))
    #expect(answers[2].contains("policy from HEAD"))
    #expect(bench.exists("new/report/junit.xml"))
    #expect(answers[3].contains("39 %") || answers[3].contains("38.7 %"), "\(answers[3])")
  }

  @Test func `the smallest workflow goes from check to a second promotion`() throws {
    let bench = try Bench()
    let workflow = try #require(try Self.blocks("yaml").first { $0.contains("name: small") })
    try bench.write("Workflows/train.yml", workflow)
    try bench.write("train.sh", "echo \"rate $1\"\n")
    try bench.write("evaluate.sh", "grep -q rate \"$1\" && echo '{\"accuracy\": 0.9}'\n")
    try bench.write(".gitignore", ".pawl\npawl-report\nmodel.txt\nmetrics.json\n")
    try bench.commit("a small project")
    let commands = try #require(try Self.blocks("sh").first { $0.contains("pawl check") })
    for line in commands.split(separator: "\n") {
      let outcome = try bench.shell(String(line))
      #expect(outcome.status == 0, "\(line)\n\(outcome.out)\(outcome.err)")
      if line.contains("--bootstrap") { try bench.commit("the first record") }
    }
    #expect(
      try bench.shell("ls Workflows/baselines/production | wc -l").out.trimmingCharacters(in: .whitespacesAndNewlines)
        == "2")
    #expect(try bench.pawl("baseline", "verify").status == 0)
  }

  @Test func `the keys of two runs are printed and compared as the page says`() throws {
    let bench = try Bench()
    let workflow = try #require(try Self.blocks("yaml").first { $0.contains("name: small") })
    try bench.write("Workflows/train.yml", workflow)
    try bench.write("train.sh", "echo \"rate $1\"\n")
    try bench.write("evaluate.sh", "grep -q rate \"$1\" && echo '{\"accuracy\": 0.9}'\n")
    try bench.commit("a small project")
    try bench.pawl("run")
    let older = try bench.shell("ls .pawl/runs | sed 's/.*-//'").out.trimmingCharacters(in: .whitespacesAndNewlines)
    try bench.pawl("run", "--set", "rate=0.2")
    let commands = try #require(try Self.blocks("sh").first { $0.contains("--keys train") })
    var answers: [String] = []
    for line in commands.split(separator: "\n") {
      let outcome = try bench.shell(line.replacingOccurrences(of: "3f9a1c", with: older))
      #expect(outcome.status == 0, "\(line)\n\(outcome.out)\(outcome.err)")
      answers.append(outcome.out)
    }
    try #require(answers.count == 3)
    #expect(answers[0].contains("with 4 jobs") && answers[0].contains("forced by `--force`"))
    #expect(answers[1].contains("\n  parameter rate 0.2\n") && answers[1].contains("\n  input train.sh "))
    #expect(answers[2].contains("  - parameter rate 0.1\n  + parameter rate 0.2\n"))
    #expect(!answers[2].contains("input train.sh"))
  }

  @Test func `the page names the commands that CI runs, and every exit status`() throws {
    let page = try Repository.text("README.md")
    let script = try Repository.text(".ci/run")
    for command in [
      "swift build --build-tests --scratch-path .build-debug",
      "swift test --skip-build --parallel --scratch-path .build-debug",
    ] {
      #expect(page.contains(command))
      #expect(script.contains(command))
    }
    for status in ["| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 5 |", "| 6 |", "| 128+n |"] {
      #expect(page.contains(status))
    }
  }

  @Test func `workflow examples for editors: the schema is JSON and names every top-level key`() throws {
    let bench = try Bench()
    let outcome = try bench.pawl("check", "--schema")
    #expect(outcome.status == 0)
    let schema = try #require(try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
    let properties = try #require(schema["properties"] as? [String: Any])
    for key in [
      "pawl", "name", "description", "directory", "params", "environment", "metrics", "defaults", "stages", "card",
      "schedule", "reports",
    ] {
      #expect(properties[key] != nil, "\(key)")
    }
  }
}
