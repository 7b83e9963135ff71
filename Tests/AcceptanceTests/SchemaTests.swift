import Foundation
import PawlTestSupport
import Testing

/// `result.json` and `junit.xml` read by tools that are not ours.
@Suite struct SchemaTests {
  /// Runs that end in every way: passed, failed, inconclusive, no baseline, a broken stage.
  private static let runs: [[String]] = [
    ["Workflows/penguins.yml"], ["Workflows/penguins.yml", "--set", "train.rate=0.0001"], ["Workflows/households.yml"],
    ["Workflows/penguin-sex.yml", "--baseline", "nobody"], ["Workflows/penguins.yml", "--set", "train.rate=fast"],
    ["Workflows/penguins.yml", "train"],
  ]

  @Test(arguments: runs) func `Python reads result.json by the schema, and xmllint the JUnit file`(_ run: [String])
    throws
  {
    let bench = try Bench.clone()
    let outcome = try bench.shell("pawl run " + run.joined(separator: " "))
    #expect(bench.exists("pawl-report/result.json"), "\(outcome.err)")
    let checked = try bench.shell(
      "python3 Fixtures/schemas/validate.py Fixtures/schemas/pawl.result-1.schema.json pawl-report/result.json")
    #expect(checked.status == 0, "\(checked.out)\(checked.err)")
    let lint = try bench.shell("xmllint --noout --nonet pawl-report/junit.xml")
    #expect(lint.status == 0, "\(lint.err)")
    let status = (try bench.result()["run"] as? [String: Any])?.number("exit-status")
    #expect(status == Double(outcome.status))
  }

  @Test func `a wrong document is refused by the validator`() throws {
    let bench = try Bench.clone()
    try bench.write("bad.json", #"{"schema": "pawl.result/1", "run": {"id": 7}, "stages": [], "gates": []}"#)
    let checked = try bench.shell(
      "python3 Fixtures/schemas/validate.py Fixtures/schemas/pawl.result-1.schema.json bad.json")
    #expect(checked.status == 1)
    #expect(checked.out.contains("`diagnostics` is missing"))
  }

  @Test func `the strict JUnit dialect is there for those who ask`() throws {
    let bench = try Bench.clone()
    try bench.pawl("run", "Workflows/penguin-sex.yml")
    let strict = try bench.pawl("report", "latest", "--as", "junit-strict")
    #expect(strict.status == 0)
    #expect(strict.out.hasPrefix("<?xml"))
    #expect(!strict.out.contains(" line="))
    #expect(try bench.pawl("report", "latest", "--as", "jnuit").err.contains("did you mean `junit`?"))
  }
}
