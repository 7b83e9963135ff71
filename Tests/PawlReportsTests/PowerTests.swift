import PawlCore
import PawlFormats
import Testing

@testable import PawlReports

/// What power says, in the terminal, as JSON and as a page.
struct PowerTests {
  private static var accuracy: GateRule {
    let margin = Margin(Number(0.03, text: "0.03"), .absolute)
    return GateRule(
      metric: "accuracy", comparison: .mayLose([margin], isInclusive: true), direction: .higherIsBetter,
      format: .percent, line: "accuracy >= baseline - 0.03")
  }

  private static func report(_ name: String = "penguins") -> PowerReport {
    var power = RulePower(gate: "gate", rule: accuracy)
    power.exhibit = "evaluate"
    power.test = "score"
    power.rows = 333
    power.disagreement = 0.024
    power.alpha = 0.05
    power.margin = 0.03
    power.chances = PowerChances(
      equalPasses: 0.9, equalFails: 0.0004, blockStopsEqual: 0.1, pointStopsEqual: 0.004, marginPasses: 0.028,
      smallestLossSeen: 0.058, marginDecided: 0.026)
    power.curve = (-10...30).map { step in
      let loss = Double(step) / 300
      return PowerPoint(
        loss: loss, passes: min(1, max(0, 0.9 - 30 * max(0, loss))), fails: min(1, max(0, 20 * (loss - 0.03))))
    }
    power.equal = EqualModels(
      .swappedRows, draws: 200, passes: 0.895, fails: 0, inconclusive: 0.105, blockStops: 0.105, pointStops: 0.005)
    power.seeds = SeedSpread(seeds: 3, deviation: 0.02, margin: 0.03)
    power.caveats = ["exact for the rows; the spread between seeds makes the gate stricter"]
    var report = PowerReport(title: name)
    report.rules = [power]
    report.replay = [
      Replayed(
        run: "20261124T073005123Z-3f9a1c", time: Timestamp(1_795_000_000), gate: "gate", verdict: .pass, now: .fail,
        blocks: true),
      Replayed(run: "20261124T083005123Z-aaaaaa", time: nil, gate: "gate", verdict: nil, now: .pass, blocks: false),
    ]
    report.caveats = ["the second model of `evaluate` is of run 3f9a1c"]
    report.remedies = ["assume a disagreement: pawl power Workflows/penguins.yml --disagree 5%"]
    return report
  }

  @Test func `a rule reads as in the transcript, within 80 columns`() {
    let lines = PowerText.lines(PowerTests.report(), style: Style())
    #expect(
      lines.prefix(6) == [
        "rule accuracy may lose 3 points, 333 rows, 2.4 % disagreement",
        "  blocks an equal model      0.0 % of the time as \"fail\", 10 % as \"inconclusive\"",
        "  stops an equal model       10 % under `block`, 0.4 % under `point`",
        "  passes a loss of 3 points  2.8 % of the time (promised: at most 5 %)",
        "  sees a loss of             5.8 points with 80 % chance",
        "  decides a margin of        2.6 points with 80 % chance",
      ])
    for line in lines { #expect(Columns.width(line) <= 80, "\(line)") }
    let text = lines.joined(separator: "\n")
    #expect(text.contains("below 2.5 a gate blocks on luck"))
    #expect(text.contains("replay of 2 stored runs under today's policy: 1 would be blocked (50 %)"))
    #expect(text.contains("3f9a1c"))
    #expect(text.contains("next: assume a disagreement"))
  }

  @Test func `under LANG=C only ASCII is written`() {
    var report = PowerTests.report()
    report.plan = PowerPlan(.outcomes(disagreement: 0.05), alpha: 0.05)
    report.plan?.options = [PowerOption(margin: 0.01, chances: report.rules[0].chances)]
    report.plan?.options[0].chances?.smallestLossSeen = nil
    report.plan?.rows = 100
    report.plan?.testSet = TestSetPolicy(budget: 32, feedback: .full)
    report.plan?.lookAlpha = 0.05 / 4_294_967_296
    for line in PowerText.lines(report, style: Style(ascii: true)) {
      #expect(!line.unicodeScalars.contains { !$0.isASCII }, "\(line)")
    }
  }

  @Test func `a zero spread and two seeds are said`() {
    var report = PowerTests.report()
    report.rules[0].seeds = SeedSpread(seeds: 3, deviation: 0, margin: 0.03)
    let text = PowerText.lines(report, style: Style(width: 200)).joined(separator: "\n")
    #expect(text.contains("none over 3 seeds: seeds that do not differ repeat one number"))
  }

  @Test func `JSON has the schema, machines' numbers and every point`() throws {
    let value = try JSON.read(Array(PowerJSON.render(PowerTests.report()).utf8), file: "power.json")
    #expect(value["schema"] == .text("pawl.power/1"))
    guard case .list(let rules)? = value["rules"], let rule = rules.first else {
      Issue.record("no rules")
      return
    }
    #expect(rule["line"] == .text("accuracy >= baseline - 0.03"))
    #expect(rule["equal-models"]?["made"] == .text("swapped-rows"))
    #expect(rule["seeds"]?["tight"] == .bool(true))
    if case .list(let points)? = rule["curve"] { #expect(points.count == 41) } else { Issue.record("no curve") }
    if case .number(let share)? = value["replay"]?["share-blocked"] { #expect(share.value == 0.5) }
    #expect(PowerJSON.render(PowerTests.report()) == PowerJSON.render(PowerTests.report()))
  }

  @Test func `the page is one file, its curve says what it shows`() {
    let page = PowerHTML.render(PowerTests.report("<script>alert(1)</script>"), version: "1")
    #expect(!page.contains("<script") && !page.contains("http://") || !page.contains("src="))
    #expect(!page.contains("<script"))
    #expect(page.contains("<svg class=\"power\"") && page.contains("role=\"img\""))
    #expect(page.contains("<title id=\"rule-0-t\">") && page.contains("<desc id=\"rule-0-d\">"))
    #expect(page.contains("margin 3 points") && page.contains("5 % promised"))
    #expect(page.contains("prefers-color-scheme"))
    let ticks = page.split(separator: "text-anchor=\"middle\"").count
    #expect(ticks < 20)
  }

  @Test func `no curve is drawn from fewer than two points, or without a margin`() {
    let point = PowerPoint(loss: 0, passes: 1, fails: 0)
    #expect(PowerCurve("t", [point], margin: 0.01, alpha: nil, unit: .points) == nil)
    #expect(PowerCurve("t", [point, point], margin: 0.01, alpha: nil, unit: .points) == nil)
    let more = PowerPoint(loss: 1, passes: 0, fails: 1)
    #expect(PowerCurve("t", [point, more], margin: nil, alpha: nil, unit: .points) == nil)
    #expect(PowerCurve("t", [point, more], margin: 0.01, alpha: nil, unit: .points) != nil)
  }

  @Test func `chances never round to certainty`() {
    #expect(PowerWording.chance(0) == "0.0 %")
    #expect(PowerWording.chance(0.0276) == "2.8 %")
    #expect(PowerWording.chance(0.104) == "10 %")
    #expect(PowerWording.chance(0.99999) == "99.9 %")
    #expect(PowerWording.chance(1) == "100 %")
    #expect(PowerWording.chance(.nan) == "NaN")
  }
}
