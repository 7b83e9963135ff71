import Foundation
import PawlCore
import PawlReports
import Testing

/// Waivers, looks at a test set, pinned policies, anchors and histories in words.
struct PolicyTests {
  private let waived = CanonicalRuns.waived.gates[0]
  private let policed = CanonicalRuns.policed.gates[0]

  // MARK: Waivers

  @Test func `a waived rule says who, why, until when and what it would be`() {
    #expect(
      Wording.message(waived.judgements[0])
        == "waived by @ada: the new label set is stricter (until 2026-12-31, up to 5 points): fail, accuracy 95.0 %, "
        + "baseline 97.3 %: 2.3 points worse [1.1, 4.0], allowed: may lose 1 point, 333 rows, 3 seeds; "
        + "the candidate loses at least 1.1 points")
    #expect(
      Wording.waivers(waived.judgements[0]) == [
        "waived by @ada: the new label set is stricter (until 2026-12-31, up to 5 points); without it: fail"
      ])
  }

  @Test func `a waiver that does not count says why`() {
    #expect(
      Wording.waivers(policed.judgements[0]) == [
        "the waiver of @ada expired on 2026-11-01: the new label set is stricter"
      ])
    #expect(
      Wording.waivers(policed.judgements[1]) == [
        "the waiver of @ada is void, the loss is larger than 0.100: the new label set is stricter",
        "the waiver of @ada is for another model (001122334455…): the new label set is stricter",
      ])
    #expect(Wording.message(policed.judgements[0]).hasSuffix("; \(Wording.waivers(policed.judgements[0])[0])"))
    var unmeasured = policed.judgements[1]
    unmeasured.baseline = nil
    #expect(Wording.waivers(unmeasured)[0].contains("is void, the loss cannot be measured"))
  }

  @Test func `a waiver of a rule that holds is not spoken of`() {
    var judgement = CanonicalRuns.passingRules[0]
    judgement.waivers = [WaiverUse(CanonicalRuns.waiver("2026-11-01"), .expired, original: .pass)]
    #expect(Wording.waivers(judgement).isEmpty)
    #expect(Wording.message(judgement) == Wording.message(CanonicalRuns.passingRules[0]))
  }

  @Test func `titles count what is waived`() {
    #expect(Wording.tally(waived) == "3 of 4 rules hold, 1 rule waived, 1 slice waived")
    #expect(Wording.tally(policed) == "4 of 7 rules failed, 1 rule waived")
    #expect(
      Wording.headline(CanonicalRuns.waived)
        == "penguins: passed with waivers, accuracy loses 2.3 points (allowed 1); 1 rule and 1 slice waived; "
        + "judged by its own rules: origin/main has no such gate")
    #expect(Wording.closing(CanonicalRuns.waived) == "passed in 3.4 s, 1 rule and 1 slice waived")
  }

  @Test func `no format shows a waived rule as a plain pass`() {
    for record in [CanonicalRuns.waived, CanonicalRuns.policed] {
      let who = "waived by @ada"
      #expect(JUnit.render(record, ReportOptions()).contains("<skipped message=\"waived by @ada"))
      #expect(StrictJUnit.render(record, ReportOptions()).contains("<skipped message=\"waived by @ada"))
      #expect(Annotations.render(record, ReportOptions()).contains("title=gate%3A waived::waived by @ada"))
      #expect(HTML.render(record, ReportOptions()).contains(who))
      #expect(ResultJSON.render(record, ReportOptions()).contains("\"state\": \"applied\""))
      for text in [Markdown.render(record, ReportOptions()), ModelCard.render(record, ReportOptions())] {
        #expect(text.contains("| ~ waived | accuracy"))
        #expect(text.contains(Escaping.markdown(who)))
      }
      let terminal = record.gates.flatMap { Terminal.gate($0, style: Style()) }
      #expect(terminal.contains { $0.hasPrefix("  ~ accuracy") } && terminal.contains { $0.contains(who) })
      let short = record.gates.flatMap { GateShort.lines($0, style: Style()) }
      #expect(short.contains { $0.hasPrefix("~ waived") } && short.contains { $0.contains(who) })
    }
  }

  // MARK: Anchors and histories

  @Test func `an anchor names its release, and a history what is usual`() {
    let (erosion, unusual, few) = (policed.judgements[4], policed.judgements[5], policed.judgements[6])
    #expect(
      Wording.message(erosion)
        == "accuracy 95.0 %, v1 98.1 %: 3.1 points worse [2.1, 4.7], allowed: may lose 2 points in all since v1, "
        + "333 rows, 3 seeds; the candidate loses at least 2.1 points")
    #expect(Wording.baselineCell(erosion) == "98.1 % (v1)")
    #expect(
      Wording.message(unusual)
        == "accuracy 96.3 %, mean of 20 promotions 97.4 %: 0.2 points below the limit, "
        + "required: at least 96.5 %, as in 20 promotions, 3 seeds")
    #expect(Wording.baselineCell(unusual) == "97.4 % (mean of 20)")
    #expect(
      Wording.details(unusual, in: policed) == ["of runs as good as 20 promotions, at most 0.16 % are below 96.5 %"])
    #expect(Wording.caveats(unusual).isEmpty)
    #expect(
      Wording.message(few).hasSuffix(
        "required: as usual in 3 promotions, 3 seeds; cannot be decided: at least 5 runs are needed for a limit from "
          + "history (rank-limit)"))
    #expect(
      Wording.compared(policed) == [
        "v1 is run 0a1b2c (99aabbc), scored again on the same rows",
        "the newest of 20 promotions is run 7f3ac1 (4c1d9e2)",
        "the newest of 3 promotions is run 7f3ac1 (4c1d9e2)",
      ])
  }

  @Test func `a value that misses a limit never reads as equal to it`() {
    let close = CanonicalRuns.history(0.96519, .fail, .broken)
    #expect(Wording.candidate(close) == "96.519 %")
    #expect(Wording.allowed(close) == "at least 96.520 %, as in 20 promotions")
  }

  @Test func `claims of anchors and histories, with look and attempt`() {
    let (anchor, history) = (waived.judgements[4], waived.judgements[5])
    #expect(
      Wording.claim(anchor, in: waived, attempt: 2)
        == "on rows like these, accuracy is at most 2 points below v1's; wrong in at most 5 % of such passes; look 4, "
        + "steered by verdicts alone; attempt 2")
    #expect(
      Wording.claim(history)
        == "for training runs like these, accuracy is not unusually low beside 20 promotions; a run as good as they were "
        + "fails in at most 5 % of cases")
    var same = anchor
    same.finding = .sameModel
    #expect(Wording.claim(same, in: waived).hasPrefix("the model is v1's, on the same evidence"))
    #expect(Wording.message(same).contains("the candidate is v1's model"))
  }

  @Test func `an anchor's plot has its release at zero, a history's the limit with the usual band`() {
    let html = HTML.render(CanonicalRuns.policed, ReportOptions())
    #expect(html.contains("Difference to v1, points") && html.contains(">v1</text>"))
    #expect(html.contains("Distance to the limit of 20 promotions, points") && html.contains(">limit</text>"))
  }

  // MARK: Looks

  private func line(_ look: Look) -> [String] {
    var gate = CanonicalRuns.gate(.pass, [CanonicalRuns.priced(CanonicalRuns.passingRules[0])])
    gate.looks = [look]
    return Wording.looks(gate)
  }

  @Test func `a look says which it is, what it costs and what is left`() {
    #expect(
      line(CanonicalRuns.look(before: 3)) == [
        "look 4 of 32 at this test set (pass-only): each judged at 0.16 %; this pass ends the life of the test set: 0 left"
      ])
    #expect(
      line(CanonicalRuns.look(before: 4) { $0.repeats = "5d02aa" }) == [
        "same evidence as run 5d02aa: no new look: each judged at 0.16 %; 28 left"
      ])
    #expect(
      line(CanonicalRuns.look(before: 32) { $0.uncommitted = 2 }) == [
        "the test-set budget is spent (pass-only): the looks on record have used the error of all 32 looks; "
          + "inconclusive at best, use a new test set",
        "2 looks are not committed: they count on this machine only; commit the folder `ledger` beside the baselines",
      ])
    #expect(
      line(CanonicalRuns.look(before: 2) { $0.endedBy = "91be04" })[0]
        == "run 91be04's pass ended the life of this test set (pass-only): inconclusive at best, use a new test set")
    #expect(
      line(CanonicalRuns.look(before: 2) { $0.isFree = true })[0]
        == "the baseline's model again: nothing was asked of the test set, no new look; 30 of 32 left")
    #expect(line(CanonicalRuns.look(before: 0) { $0.testData = nil })[0].hasPrefix("no look can be counted: "))
  }

  @Test func `the header says the level that a look is judged at`() {
    #expect(Wording.confidence(waived) == "99.84 %")
    #expect(Numbers.level(0.95) == "95 %")
    #expect(Numbers.level(0.999) == "99.9 %")
    #expect(Numbers.level(0.95, alpha: 0.05 / 32) == "99.84 %")
    #expect(Numbers.level(0.95, alpha: 1e-20) == "(100 \u{2212} 1e\u{2212}18) %")
  }

  @Test func `rows are asked for at the price of a look`() {
    var judgement = CanonicalRuns.priced(CanonicalRuns.undecided.gates[0].judgements[0])
    #expect(Wording.message(judgement).hasSuffix("about 2,900 rows in all would decide at this price (0.16 % a look)"))
    #expect(
      Wording.details(judgement, in: policed).last
        == "about 2,900 rows in all would decide at this price (0.16 % a look) if the models are equal (80 % of the time); "
        + "or allow 3 points")
    judgement = CanonicalRuns.judge(
      CanonicalRuns.atLeast, .inconclusive, .undecided(pointHolds: true), candidate: (0.91, 0.88, 0.93), limit: 0.9)
    judgement.rowsNeeded = 5_000
    #expect(
      Wording.details(judgement, in: policed) == [
        "about 5,000 rows in all would decide if the value stays as it is (80 % of the time)"
      ])
  }

  @Test func `why explains budget, price and what is left`() {
    #expect(
      Wording.why([CanonicalRuns.look(before: 3)]) == [
        "test set 5a5a5a5a5a5a", "  budget   32 looks, feedback pass-only: a pass ends the life of the set",
        "  price    each look is judged at 0.16 %: 5 % in all, shared by 32",
        "  used     4 looks, this one included; 28 left",
        "  this one look 4 of 32 at this test set (pass-only); 28 left",
      ])
    let full = Wording.why([CanonicalRuns.look(before: 1, .full, budget: 10)], confidence: 0.99)
    #expect(full[2] == "  price    each look is judged at 0.00098 %: 1 % in all, halved once for each of the 10")
    #expect(Wording.why(policed).contains("  used     32 looks; 0 left"))
    #expect(Wording.why([]).isEmpty)
  }

  @Test func `a rule that would pass on a spent test set says so`() {
    #expect(
      Wording.message(policed.judgements[3]).hasSuffix(
        "; cannot be decided: the test-set budget is spent, use a new test set")
    )
    let lines = Terminal.gate(policed, style: Style(width: 200))
    #expect(lines.count { $0.contains("the test-set budget is spent") } == 2)
  }

  // MARK: The rest

  @Test func `a pinned policy is in the title, and what differs here has no effect`() {
    #expect(Wording.pin(policed) == "policy from origin/main (1a2b3c4)")
    #expect(Wording.pin(waived) == "judged by its own rules: origin/main has no such gate")
    // Annotations are ten at most: the policy's own follow after what blocks.
    for report in GoldenTests.reports where report != ResultJSON.self && report != Annotations.self {
      let text = report.render(CanonicalRuns.policed, ReportOptions())
      #expect(text.contains("policy from origin/main (1a2b3c4)"), "\(report.name)")
      #expect(text.contains("may lose 10 points here"), "\(report.name)")
    }
    #expect(Annotations.render(CanonicalRuns.policed, ReportOptions()).contains("may lose 10 points here"))
  }

  @Test func `counts that are a mean over seeds say so`() {
    #expect(
      Wording.disagreement(waived.judgements[0])
        == "15.7 rows only the baseline has right, 8.0 only the candidate (mean of 3 seeds)")
    #expect(
      Wording.disagreement(CanonicalRuns.failingRules[0])
        == "47 rows only the baseline has right, 3 only the candidate")
  }

  @Test func `a rule that only warns is marked`() {
    #expect(Wording.allowedCell(policed.judgements[3]) == "at least 90 % (warn)")
    #expect(Markdown.render(CanonicalRuns.policed, ReportOptions()).contains("at least 90 % (warn)"))
    #expect(HTML.render(CanonicalRuns.policed, ReportOptions()).contains("<td>at least 90 % (warn)</td>"))
    #expect(Terminal.gate(policed, style: Style()).contains { $0.contains("(warn)") })
  }

  @Test func `a slice stands in Markdown once`() {
    for record in [CanonicalRuns.failed, CanonicalRuns.waived] {
      let text = Markdown.render(record, ReportOptions())
      for slice in record.gates.flatMap(\.judgements) where !slice.slice.isEmpty {
        #expect(text.split(separator: "\n").count { $0.hasPrefix("| ") && $0.contains(Wording.subject(slice)) } == 1)
      }
    }
  }

  @Test func `back-ticks are code in HTML, one alone stays`() {
    #expect(Escaping.htmlProse("say `a<b` or `") == "say <code>a&lt;b</code> or `")
    #expect(Escaping.htmlProse("`a` ``") == "<code>a</code> ``")
    #expect(Escaping.htmlProse("") == "")
  }

  @Test func `a first promotion does not read as trouble`() {
    #expect(
      Wording.headline(CanonicalRuns.first)
        == "penguins: first baseline, promoted to production: nothing to compare with yet")
    #expect(
      Wording.closing(CanonicalRuns.first)
        == "first baseline promoted in 3.4 s, nothing to compare with")
    #expect(Wording.firstBaseline(CanonicalRuns.passed) == nil)
  }

  @Test func `the twin of an anchor says whose model is scored again`() throws {
    let record = CanonicalRuns.policed
    let shown = try #require(record[StageID("evaluate[seed=1]")])
    #expect(Wording.twin(shown, in: record) == "baseline ↻, v1 50 ms")
    let twin = try #require(record[StageID("evaluate[seed=1]@v1")])
    #expect(Wording.twinTitle(twin) == "v1 scored again, evaluate[seed=1]")
    #expect(try GoldenTests.plain(record, .none).contains("v1 scored again, evaluate[seed=1]: succeeded, 50 ms"))
    #expect(HTML.render(record, ReportOptions()).contains("v1 scored again, evaluate[seed=1]: 50 ms"))
  }
}
