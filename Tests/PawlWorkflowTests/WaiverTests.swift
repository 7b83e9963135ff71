import PawlCore
import Testing

@testable import PawlWorkflow

struct WaiverTests {
  private static let metrics = ["quality": MetricMeaning(direction: .higherIsBetter)]

  private func read(_ yaml: String, rules: [String] = []) throws(Failure) -> [Waiver] {
    var read: [GateRule] = []
    for rule in rules { read.append(try PolicyLoader.rule(rule, metrics: WaiverTests.metrics, at: nil)) }
    return try PolicyLoader.waivers(
      Array(yaml.utf8), file: "w.yml", metrics: WaiverTests.metrics, rules: read)
  }

  private func problems(_ yaml: String) -> [String] {
    do throws(Failure) {
      _ = try read(yaml)
      return []
    } catch {
      return error.diagnostics.map { shown($0) + ($0.cause.map { " (\($0))" } ?? "") }
    }
  }

  private let whole = "reason: r, owner: o, expires: 2026-12-31"

  @Test func `a waiver is read whole`() throws {
    let waivers = try read(
      """
      # reviewed in the weekly meeting
      - rule: accuracy>=baseline-1pt  by  island
        slice: { island: Dream, sex: 1 }
        model: sha256:0123456789ABCDEF
        up-to: 2pt
        reason: 12 rows only
        owner: ada@example.org
        expires: 2026-12-31
      - { rule: main accuracy, reason: r, owner: o, expires: "2028-02-29" }
      """)
    #expect(waivers.count == 2)
    let first = try #require(waivers.first)
    #expect(first.rule == "accuracy>=baseline-1pt  by  island")
    #expect(first.line == "accuracy >= baseline - 1pt by island")
    #expect(first.slice == [SliceValue("island", "Dream"), SliceValue("sex", "1")])
    #expect(first.model == "0123456789abcdef")
    #expect(first.upTo == Margin(Number(2, text: "2"), .points))
    #expect(first.reason == "12 rows only")
    #expect(first.owner == "ada@example.org")
    #expect(first.expires == "2026-12-31")
    #expect(first.end.rfc3339 == "2027-01-01T00:00:00Z")
    #expect(first.location?.line == 2)
    #expect(first.location?.file == "w.yml")
    #expect(waivers[1].line == nil)
    #expect(waivers[1].slice == [])
    #expect(waivers[1].end.rfc3339 == "2028-03-01T00:00:00Z")
  }

  @Test func `JSON is a list of waivers too, and nothing waives nothing`() throws {
    let json = #"[{"rule": "a", "reason": "r", "owner": "o", "expires": "2026-12-31", "slice": {"b": "c"}}]"#
    #expect(try read(json).map(\.slice) == [[SliceValue("b", "c")]])
    #expect(try read("[]") == [])
    #expect(try read("# none left\n") == [])
  }

  @Test func `rules are compared after parsing`() throws {
    let rules = ["accuracy >= baseline - 3pt", "quality within 0.01 of baseline", "accuracy within 2pt in total of v1"]
    func line(_ text: String) throws -> String? {
      try read("- { rule: \"\(text)\", \(whole) }", rules: rules).first?.line
    }
    #expect(try line("accuracy>=baseline-0.03") == "accuracy >= baseline - 3pt")
    #expect(try line("accuracy ≥ baseline − 3.0pt") == "accuracy >= baseline - 3pt")
    #expect(try line("quality within 1pt of baseline") == "quality within 0.01 of baseline")
    #expect(try line("accuracy within 0.02 in total of v1") == "accuracy within 2pt in total of v1")
    #expect(try line("accuracy > baseline - 3pt") == "accuracy > baseline - 3pt")
    #expect(try line("accuracy >= baseline - 3%") == "accuracy >= baseline - 3%")
    #expect(try line("accuracy within 2pt in total of v2") == "accuracy within 2pt in total of v2")
    // A line that no rule can have is taken for a name.
    #expect(try line("accuracy <= baseline") == nil)
    #expect(try line("churn within 1pt of baseline") == nil)
  }

  @Test func `everything wrong with a file is said at once`() {
    #expect(
      problems(
        """
        - { rule: a, reason: r, owner: o, expires: 2026-02-30 }
        - { rule: b, reasons: r, owner: o, expires: 2026-12-31 }
        - { rule: c }
        - { rule: d, reason: " ", owner: "", expires: 31.12.2026 }
        - { rule: e, reason: r, owner: o, expires: 2026-12-31T23:59:59Z, up-to: -1pt }
        - { rule: f, reason: r, owner: o, expires: 2026-13-01, up-to: much, model: abc }
        - { rule: g, reason: r, owner: o, expires: 2026-12-31, slice: [a], model: 0123456x }
        - { rule: h, reason: r, owner: o, expires: 2026-12-31, slice: {}, up-to: }
        - i
        - { rule: a, reason: r, owner: o, expires: 2026-00-10, slice: }
        """) == [
          "1:44: `2026-02-30` is not a day | write a day up to `2026-02-28` (the month ends on `2026-02-28`)",
          "2:3: a waiver needs `reason` | reason: why the exception is right",
          "2:14: unknown key `reasons` | did you mean `reason`?",
          "3:3: a waiver needs `reason` | reason: why the exception is right",
          "3:3: a waiver needs `owner` | owner: who answers for it",
          "3:3: a waiver needs `expires` | expires: the last day that counts, such as 2026-12-31, in UTC",
          "4:22: `reason` is empty | reason: why the exception is right",
          "4:34: `owner` is empty | owner: who answers for it",
          "4:47: `31.12.2026` is not a day | write year, month and day, such as `2026-12-31`",
          "5:44: `2026-12-31T23:59:59Z` is not a day | write the day alone: `2026-12-31`",
          "5:73: a margin is not negative, `-1pt` is | write `1pt`; the direction is the metric's",
          "6:44: `2026-13-01` is not a day | write year, month and day, such as `2026-12-31` (there is no month 13)",
          "6:63: `much` is not a number | write for instance `0.005`, `0.5pt` or `1%`",
          "6:76: `abc` is not the SHA-256 of a model | write its 64 hexadecimal digits, or the first 8 or more; `sha256sum MODEL` prints them",
          "7:63: `slice` is a list, it must be a map of names to values",
          "7:75: `0123456x` is not the SHA-256 of a model | write its 64 hexadecimal digits, or the first 8 or more; `sha256sum MODEL` prints them",
          "8:56: `slice` names no column | write `slice: { island: Dream }`, or remove it to cover all rows and every slice",
          "8:67: `up-to` is nothing | give it a value, or remove the key",
          "9:3: `waiver` is `i`, it must be a map of keys to values",
          "10:44: `2026-00-10` is not a day | write year, month and day, such as `2026-12-31` (there is no month 0)",
          "10:56: `slice` is nothing | give it a value, or remove the key",
        ])
    #expect(
      problems("rule: a") == [
        "1:1: the file holds a map, it must be a list of waivers | begin each waiver with `- rule: …`"
      ])
    #expect(problems("- [") != [])
  }

  @Test func `a waiver stands in a file once`() {
    let one = "- { rule: accuracy >= baseline - 1pt, slice: { a: 1, b: 2 }, \(whole) }\n"
    #expect(
      problems(one + "- { rule: accuracy>=baseline-1pt, slice: { b: 2, a: 1 }, up-to: 3pt, \(whole) }\n") == [
        "2:11: `accuracy>=baseline-1pt` is waived twice | keep one of them (first in line 1)"
      ])
    #expect(problems(one + "- { rule: accuracy >= baseline - 1pt, slice: { a: 1 }, \(whole) }\n") == [])
    #expect(problems(one + "- { rule: accuracy >= baseline - 1pt, model: 01234567, \(whole) }\n") == [])
  }

  @Test func `days end as the calendar says`() throws {
    func end(_ text: String) throws -> String { try Day(text).end.rfc3339 }
    #expect(try end("1970-01-01") == "1970-01-02T00:00:00Z")
    #expect(try end("2000-02-28") == "2000-02-29T00:00:00Z")
    #expect(try end("2100-02-28") == "2100-03-01T00:00:00Z")
    #expect(try end("0001-12-31") == "0002-01-01T00:00:00Z")
    #expect(try Day("9999-12-31").end > Day("9999-12-30").end)
    #expect(throws: Day.Fault.form) { try Day("2026-1-1") }
    #expect(throws: Day.Fault.form) { try Day("0000-01-01") }
    #expect(throws: Day.Fault.form) { try Day("２０２６-01-01") }
    #expect(throws: Day.Fault.day(last: try Day("2100-02-28"))) { try Day("2100-02-29") }
    var last = try Day("1999-12-31").end
    for year in 2000...2004 {
      for month in 1...12 {
        for day in 1...31 {
          let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
          guard let day = try? Day(text) else { continue }
          #expect(day.end.seconds - last.seconds == 86_400, "\(text)")
          #expect(day.text == text)
          last = day.end
        }
      }
    }
  }

  // MARK: in a workflow

  private static let workflow = """
    pawl: 1
    directory: sub
    stages:
      evaluate: { kind: evaluate, run: x, metrics: [m.json] }
      gate: { kind: gate, waivers: ①conf/w.yml, baseline: p, rules: [accuracy >= baseline - 1pt] }
      plain: { kind: gate, baseline: p, rules: [accuracy >= 0.5] }
    """

  private func waivers(_ text: Text, _ gate: String) throws -> [Waiver] {
    guard case .judge(let gate) = try text.stage(gate).work else { return [] }
    return gate.policy.waivers
  }

  @Test func `a gate has its own waivers and the caller's`() throws {
    var text = Text(WaiverTests.workflow.replacing("①", with: ""))
    text.files["sub/conf/w.yml"] = "- { rule: accuracy >= baseline - 0.01, \(whole) }"
    text.files["more.yml"] = "- { rule: accuracy>=0.50, \(whole) }"
    #expect(try waivers(text, "gate").map(\.line) == ["accuracy >= baseline - 1pt"])
    #expect(try waivers(text, "plain") == [])
    text.waivers = "more.yml"
    #expect(try waivers(text, "gate").map(\.line) == ["accuracy >= baseline - 1pt", "accuracy >= 0.50"])
    #expect(try waivers(text, "plain").map(\.line) == ["accuracy >= 0.5"])
    #expect(try waivers(text, "plain").first?.location?.file == "more.yml")
  }

  @Test func `a file that is missing or broken is an error`() {
    expectDiagnostics(
      WaiverTests.workflow, "① `conf/w.yml` does not exist | paths start at `sub`"
    ) { $0.files["sub/x"] = "" }
    expectDiagnostics(
      WaiverTests.workflow, "`--waivers more.yml` does not exist | paths start at the project root"
    ) {
      $0.files["sub/conf/w.yml"] = ""
      $0.waivers = "more.yml"
    }
    var text = Text(WaiverTests.workflow.replacing("①", with: "").replacing("run: x", with: "run: x, unknown: 1"))
    text.files["sub/conf/w.yml"] = "\n\n- { rule: a }"
    let loaded = text.load()
    #expect(loaded.workflow == nil)
    #expect(loaded.diagnostics.map { $0.location?.file } == ["w.yml"] + Array(repeating: "sub/conf/w.yml", count: 3))
    #expect(loaded.diagnostics.last?.location?.line == 3)
  }
}
