import Foundation
import PawlTestSupport
import Testing

/// `pawl power`, before any training and on a workflow's gate.
@Suite struct PowerTests {
  private func json(_ text: String) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }

  @Test func `a test set is planned in one line, without a project`() throws {
    let bench = try Bench()
    let plan = try bench.pawl("power", "--rows", "2000", "--disagree", "5%", "--margin", "1pt")
    #expect(plan.status == 0, "\(plan.err)")
    #expect(plan.out.contains("39 % under `block`, 2.0 % under `point`"))
    #expect(plan.out.contains("3,236 rows for equal models to pass"))
    let rows = try bench.pawl("power", "--disagree", "0.05", "--margin", "0.01", "--format", "json")
    let planned = try #require(try json(rows.out)["plan"] as? [String: Any])
    #expect(planned.number("rows-needed") == 3_236)
    let margin = try bench.pawl("power", "--rows", "2000", "--disagree", "5%")
    #expect(margin.out.contains("decides a margin of        1.3 points"))
    let price = try bench.pawl(
      "power", "--disagree", "5%", "--margin", "1pt", "--looks", "32", "--feedback", "full")
    #expect(price.out.contains("3,236 for one"))
    #expect(!bench.exists(".pawl"))
  }

  @Test(arguments: [
    ["--rows", "2000"], ["--rows", "2000", "--disagree", "5%", "--margin", "1%"],
    ["--margin=-1pt", "--disagree", "5%"],
    ["--rows", "0", "--disagree", "5%"], ["--disagree", "150%", "--rows", "10"], ["--rows", "9", "--disagree", "x"],
    ["--margin", "1pt", "--disagree", "5%", "--confidence", "40%"],
    ["--margin", "1pt", "--disagree", "5%", "--looks", "0"],
    ["--metric", "auc", "--positives", "10"], ["--sd", "-1", "--rows", "10"],
    ["--feedback", "full", "--disagree", "5%"],
    ["--margin", "", "--disagree", "5%"], ["--margin", "1pt or 2pt", "--disagree", "5%"],
  ]) func `a wrong number is a usage error with what to type`(_ arguments: [String]) throws {
    let bench = try Bench()
    let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
    let outcome = try bench.shell("pawl power \(quoted)")
    #expect(outcome.status == 2 && outcome.out.isEmpty, "\(outcome.out)\(outcome.err)")
    // The message, and a line of what to do.
    #expect(outcome.err.split(separator: "\n").count >= 2, "\(outcome.err)")
  }

  @Test func `a clone's gate is measured on its baseline, and says what one model cannot tell`() throws {
    let bench = try Bench.clone()
    let outcome = try bench.pawl("power", "Workflows/penguins.yml")
    #expect(outcome.status == 0, "\(outcome.err)")
    #expect(outcome.out.contains("rule accuracy may lose 3 points, 333 rows, 3 seeds"))
    #expect(outcome.out.contains("only one model is on record here"))
    #expect(outcome.out.contains("next: assume a disagreement: pawl power Workflows/penguins.yml --disagree 5%"))
    let assumed = try bench.pawl("power", "Workflows/penguins.yml", "--disagree", "5%")
    #expect(assumed.out.contains("5.0 % disagreement (assumed)"))
    // Nothing was run.
    #expect(!bench.exists("Workflows/penguins/models") && !bench.exists(".pawl/runs"))
  }

  @Test func `after a run the second model and the replay are there, the same bytes each time`() throws {
    let bench = try Bench.clone()
    try bench.pawl("run", "Workflows/penguins.yml")
    try bench.pawl("run", "Workflows/penguins.yml", "--set", "train.rate=0.0001")
    let outcome = try bench.pawl("power", "--format", "json", "Workflows/penguins.yml", "--report-dir", "out")
    #expect(outcome.status == 0, "\(outcome.err)")
    let report = try json(outcome.out)
    let rules = try #require(report["rules"] as? [[String: Any]])
    #expect(rules.count == 4)
    let chances = try #require(rules[1]["chances"] as? [String: Any])
    #expect(try #require(chances.number("margin-passes")) <= 0.05)
    let equal = try #require(rules[1]["equal-models"] as? [String: Any])
    #expect(equal.text("made") == "swapped-rows")
    // The model that failed is not the second one while a sound one is there.
    #expect(try #require(rules[1].number("disagreement")) < 0.05)
    let replay = try #require(report["replay"] as? [String: Any])
    #expect(replay.number("share-blocked") == 0.5)
    let checked = try bench.shell(
      "python3 Fixtures/schemas/validate.py Fixtures/schemas/pawl.power-1.schema.json out/power.json")
    #expect(checked.status == 0, "\(checked.out)\(checked.err)")
    let page = try bench.read("out/power.html")
    #expect(page.contains("<svg class=\"power\"") && !page.contains("<script"))
    #expect(try bench.read("out/power.json") == outcome.out)
    #expect(try bench.pawl("power", "--format", "json", "Workflows/penguins.yml").out == outcome.out)
  }

  @Test func `without a baseline it says what to promote first`() throws {
    let bench = try Bench.clone()
    let outcome = try bench.pawl("power", "Workflows/penguins.yml", "--baseline", "nobody")
    #expect(outcome.status == 0, "\(outcome.err)")
    #expect(outcome.out.contains("there is no baseline `nobody`"))
    #expect(outcome.out.contains("--promote --bootstrap"))
    #expect(outcome.out.contains("pawl power --rows 2000 --disagree 5% --margin 1pt"))
  }

  @Test func `a policy is measured on two files`() throws {
    let bench = try Bench()
    func rows(_ wrong: (Int) -> Bool) -> String {
      "id,y,p\n" + (0..<400).map { "\($0),\($0 % 2),\(wrong($0) ? 1 - $0 % 2 : $0 % 2)\n" }.joined()
    }
    try bench.write("old.csv", rows { $0 % 20 == 0 })
    try bench.write("new.csv", rows { $0 % 20 == 1 })
    try bench.write(
      "gate.yaml",
      """
      predictions: { task: binary, id: id, label: y, prediction: p, positive: 1 }
      rules:
        - { metric: accuracy, may-lose: 0.03 }
      """)
    let outcome = try bench.pawl(
      "power", "--policy", "gate.yaml", "--baseline", "old.csv", "--candidate", "new.csv")
    #expect(outcome.status == 0, "\(outcome.err)")
    #expect(outcome.out.contains("400 rows, 10 % disagreement"))
    #expect(outcome.out.contains("swapped rows"))
    #expect(try bench.pawl("power", "--policy", "none.yaml").status == 2)
    #expect(try bench.pawl("power", "--policy", "gate.yaml", "--rows", "5").status == 2)
  }
}
