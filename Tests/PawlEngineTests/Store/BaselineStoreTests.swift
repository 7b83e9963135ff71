import PawlCore
import PawlEngine
import PawlSystem
import Testing

@Suite struct BaselineStoreTests {
  private let scratch: Scratch
  private let store: BaselineStore

  init() throws {
    scratch = try Scratch()
    store = BaselineStore(disk: scratch.disk, folder: "Workflows/baselines")
  }

  private func record(_ id: String, name: String = "production") -> BaselineRecord {
    BaselineRecord(
      id: id, name: name, run: "run-of-\(id)", workflow: "penguins", time: Timestamp(1_795_505_405.5), commit: "0a1b",
      tree: "2c3d", verdict: .pass, claims: ["accuracy is at most 3 points below production's"], reason: "first")
  }

  @discardableResult
  private func promote(_ id: String, after parents: [String] = [], _ contents: [BaselineContent] = []) throws
    -> BaselineChange
  {
    try store.promote(record: record(id), contents: contents, expecting: parents)
  }

  private func content(_ text: String, _ name: String) -> BaselineContent {
    BaselineContent(digest: Digester.digest(text), bytes: Array(text.utf8), name: name)
  }

  @Test func `a record is written and read back equal, whatever it holds`() throws {
    var draw = Draw(seed: 42)
    for _ in 0..<200 {
      let record = draw.record()
      let bytes = BaselineStore.encode(record)
      #expect(try BaselineStore.decode(bytes, file: "record.json") == record)
      #expect(BaselineStore.encode(try BaselineStore.decode(bytes, file: "record.json")) == bytes)
      #expect(bytes.last == 0x0A)
    }
  }

  @Test func `a record reads well in a review`() throws {
    var record = record("20261124T073005Z-3f9a1c")
    let digest = try #require(Digest(hex: String(repeating: "ab", count: 32)))
    let made = Made(path: "models/1.json", digest: digest, size: 120)
    record.evidence = [
      RecordedEvidence(
        exhibit: "evaluate", stage: StageID("evaluate[seed=1]"), base: "evaluate",
        matrix: [AxisValue("seed", .number(Number(1, text: "1")))], key: digest, testData: nil, models: [made],
        predictions: nil, metrics: [Measurement("accuracy", .number(Number(0.912, text: "0.9120")))])
    ]
    record.stored = [digest: "1.json"]
    let hex = digest.hex
    #expect(
      String(decoding: BaselineStore.encode(record), as: UTF8.self) == """
        {
          "schema": "pawl.baseline/1",
          "id": "20261124T073005Z-3f9a1c",
          "name": "production",
          "run": "run-of-20261124T073005Z-3f9a1c",
          "workflow": "penguins",
          "date": "2026-11-24T07:30:05Z",
          "time": 1795505405.5,
          "commit": "0a1b",
          "tree": "2c3d",
          "dirty": false,
          "verdict": "pass",
          "claims": ["accuracy is at most 3 points below production's"],
          "parent": [],
          "reason": "first",
          "evidence": [
            {
              "exhibit": "evaluate",
              "stage": "evaluate[seed=1]",
              "base": "evaluate",
              "matrix": [["seed", 1]],
              "key": "\(hex)",
              "models": [
                {
                  "path": "models/1.json",
                  "digest": "\(hex)",
                  "size": 120
                }
              ],
              "metrics": [{"name": "accuracy", "value": 0.9120}]
            }
          ],
          "stages": [],
          "stored": [{"file": "1.json", "digest": "\(hex)"}]
        }

        """)
  }

  @Test func `the first promotion makes the head, the next one follows it`() throws {
    #expect(try store.head("production") == .none)
    #expect(try store.names() == [])
    let change = try promote("1")
    #expect(
      change
        == BaselineChange(name: "production", record: "1", folder: "Workflows/baselines/production/1", parents: []))
    #expect(try store.head("production") == .one(record("1")))
    try promote("2", after: ["1"])
    var second = record("2")
    second.parents = ["1"]
    #expect(try store.head("production") == .one(second))
    #expect(try store.records("production").map(\.id) == ["1", "2"])
    #expect(try store.history("production").map(\.id) == ["2", "1"])
    #expect(try store.names() == ["production"])
  }

  @Test func `content lies beside the record, under names that do not clash`() throws {
    try scratch.write("models/a/model.json", "one")
    try scratch.write("models/b/model.json", "two")
    try scratch.write("models/hf/config.json", "{}")
    try scratch.write("models/hf/run.sh", "exit", executable: true)
    let made = try ["models/a/model.json", "models/b/model.json", "models/hf"].map { try scratch.made($0) }
    try promote(
      "1", after: [],
      made.map { BaselineContent($0, from: .path($0.path)) } + [
        content("id,label\n", "predictions.csv"), content("one", "x"),
      ])
    let record = try store.record("production", "1")
    #expect(record.stored.values.sorted() == ["hf", "model-2.json", "model.json", "predictions.csv"])
    #expect(try store.content(record, made[1].digest) == Array("two".utf8))
    #expect(try store.content(record, made[2].digest) == nil)
    #expect(try store.content(record, Digester.digest("absent")) == nil)
    #expect(try store.verify(record) == [])
    try scratch.disk.remove("models", recursively: true)
    for item in made { #expect(try store.place(record, item, at: item.path, on: scratch.disk)) }
    for item in made { #expect(try scratch.made(item.path) == item) }
    #expect(try scratch.paths().filter { $0.contains(".tmp") } == [])
  }

  @Test func `content of the cache is put into a record`() throws {
    let objects = ObjectStore(disk: scratch.disk)
    try scratch.write("model/x", "one")
    let made = try scratch.made("model")
    try objects.keep(path: "model", made: made)
    try scratch.disk.remove("model", recursively: true)
    try promote("1", after: [], [BaselineContent(made, from: .object(objects))])
    #expect(try scratch.text("Workflows/baselines/production/1/model/x") == "one")
    #expect(try store.verify(try store.record("production", "1")) == [])
  }

  @Test func `content that is not what its digest says is refused, and no record appears`() throws {
    try scratch.write("m", "one")
    let made = try scratch.made("m")
    try scratch.write("m", "two")
    #expect(
      diagnostics { try promote("1", after: [], [BaselineContent(made, from: .path("m"))]) }.map(\.code)
        == ["store.changed"])
    #expect(try store.head("production") == .none)
    #expect(try scratch.paths("Workflows/baselines/production") == [])
  }

  @Test func `a head that moved since it was judged refuses the promotion`() throws {
    try promote("1")
    try promote("2", after: ["1"])
    #expect(
      diagnostics { try promote("3", after: ["1"]) } == [
        Diagnostic(
          "baseline.head-moved", "the head of `production` moved since it was judged",
          cause: "it was `1`, now it is `2`", remedy: "judge again: `pawl run --promote`")
      ])
    #expect(diagnostics { try promote("3") }.map(\.cause) == ["it was none, now it is `2`"])
    #expect(try store.records("production").map(\.id) == ["1", "2"])
  }

  @Test func `two heads are told, and promoting from both makes one`() throws {
    try promote("1")
    try promote("2", after: ["1"])
    // As a merge of two branches leaves it.
    var other = record("2b")
    other.parents = ["1"]
    try scratch.write("Workflows/baselines/production/2b/record.json", text(BaselineStore.encode(other)))
    guard case .several(let heads) = try store.head("production") else {
      Issue.record("one head")
      return
    }
    #expect(heads.map(\.id) == ["2", "2b"])
    #expect(try store.history("production") == [])
    #expect(diagnostics { try promote("3", after: ["2"]) }.map(\.code) == ["baseline.head-moved"])
    #expect(
      diagnostics {
        _ = try store.rollback("production", to: nil, at: Timestamp(0), reason: nil, who: nil)
      }.map(\.code) == ["baseline.two-heads"])
    try promote("3", after: ["2b", "2"])
    #expect(try store.record("production", "3").parents == ["2", "2b"])
    #expect(try store.history("production").map(\.id) == ["3", "2b", "2", "1"])
  }

  @Test func `a rollback is a new record with the old one's evidence`() throws {
    try promote("1", after: [], [content("rows", "predictions.csv")])
    try promote("2", after: ["1"])
    let change = try store.rollback("production", to: nil, at: Timestamp(0), reason: "worse at night", who: "ada")
    guard case .one(let head) = try store.head("production") else {
      Issue.record("no single head")
      return
    }
    #expect(change.record == "19700101T000000000Z-run-of-1" && head.id == change.record)
    #expect(head.parents == ["2"] && head.reason == "worse at night" && head.who == "ada" && head.run == "run-of-1")
    #expect(try store.content(head, Digester.digest("rows")) == Array("rows".utf8))
    #expect(try store.verify(head) == [])
  }

  @Test func `a rollback says what it cannot do`() throws {
    func codes(_ id: String?) -> [String] {
      diagnostics { _ = try store.rollback("production", to: id, at: Timestamp(0), reason: nil, who: nil) }.map(\.code)
    }
    #expect(codes(nil) == ["baseline.no-parent"])
    try promote("2026a")
    #expect(codes(nil) == ["baseline.no-parent"])
    #expect(codes("2026a") == ["baseline.already-production"])
    try promote("2026b", after: ["2026a"])
    #expect(codes("2026") == ["baseline.unknown-record"])
    #expect(codes("nope") == ["baseline.unknown-record"])
    #expect(codes("2026a") == [])
  }

  @Test func `nothing is ever rewritten`() throws {
    try promote("1")
    #expect(diagnostics { try promote("1", after: ["1"]) }.map(\.code) == ["baseline.exists"])
    #expect(try store.head("production") == .one(record("1")))
  }

  @Test func `a record that cannot be read is named, and stops every guess`() throws {
    try promote("1")
    try scratch.write("Workflows/baselines/production/2/note.txt", "")
    try scratch.write("Workflows/baselines/production/3/record.json", "{\"schema\": \"pawl.baseline/1\"")
    try scratch.write(
      "Workflows/baselines/production/4/record.json", "{\"schema\": \"pawl.baseline/1\", \"id\": \"4\"}")
    try scratch.write("Workflows/baselines/production/5/record.json", "{\"schema\": \"pawl.baseline/2\"}")
    try scratch.write("Workflows/baselines/production/6/record.json", text(BaselineStore.encode(record("7"))))
    let found = diagnostics { _ = try store.head("production") }
    #expect(
      found.map(\.message) == [
        "the record `Workflows/baselines/production/2` cannot be read",
        "the record `Workflows/baselines/production/3/record.json` cannot be read",
        "the record `Workflows/baselines/production/4/record.json` cannot be read",
        "`Workflows/baselines/production/5/record.json` was written by a newer pawl (format 2; this one reads 1)",
        "the record `Workflows/baselines/production/6/record.json` cannot be read",
      ])
    #expect(found.map { $0.cause ?? "" }.last == "it says it is `production/7`")
    #expect(diagnostics { try promote("8", after: ["1"]) }.count == 5)
  }

  @Test func `a reader ignores members of a record that it does not know`() throws {
    let bytes = text(BaselineStore.encode(record("1"))).replacing(
      "{\n  \"schema\"", with: "{\n  \"mood\": {},\n  \"schema\"")
    #expect(try BaselineStore.decode(Array(bytes.utf8), file: "record.json") == record("1"))
  }

  @Test func `verify names what is missing and what is other`() throws {
    try promote("1", after: [], [content("rows", "predictions.csv"), content("model", "model.json")])
    let record = try store.record("production", "1")
    try scratch.disk.write("Workflows/baselines/production/1/model.json", Array("edited".utf8))
    try scratch.disk.remove("Workflows/baselines/production/1/predictions.csv")
    let found = try store.verify(record)
    #expect(found.map(\.code) == ["baseline.content-damaged", "baseline.content-missing"])
    #expect(found.first?.message == "`Workflows/baselines/production/1/model.json` is not what was promoted")
    #expect(try store.content(record, Digester.digest("model")) == nil)
    #expect(try store.content(record, Digester.digest("rows")) == nil)
  }

  @Test func `a record cannot reach outside its folder`() throws {
    try promote("1")
    var record = record("1")
    try scratch.write("Workflows/secret", "x")
    record.stored = [Digester.digest("x"): "../../../secret"]
    #expect(try store.content(record, Digester.digest("x")) == nil)
    #expect(try store.verify(record).map(\.code) == ["baseline.content-missing"])
    for name in ["", "a/b", "..", ".hidden", "ledger"] {
      #expect(diagnostics { _ = try store.records(name) }.map(\.code) == ["baseline.bad-name"], "\(name)")
    }
  }

  @Test func `git takes every file of a store, as it is, and what a kill left is swept`() throws {
    try promote("1")
    #expect(try scratch.text("Workflows/baselines/.gitignore") == "!*\n.tmp-*\n")
    #expect(try scratch.text("Workflows/baselines/.gitattributes") == "* -text\n")
    try scratch.write("Workflows/baselines/production/.tmp-dead/record.json", "{")
    #expect(try store.names() == ["production"])
    try promote("2", after: ["1"])
    #expect(try scratch.paths("Workflows/baselines/production").filter { $0.contains(".tmp") } == [])
  }

  @Test func `of many that promote from one head, one succeeds and the others are told to judge again`() async throws {
    try promote("1")
    let store = store
    let records = (0..<8).map { record("next-\($0)") }
    let codes = await withTaskGroup(of: String.self) { group in
      for record in records {
        group.addTask {
          diagnostics { _ = try store.promote(record: record, contents: [], expecting: ["1"]) }.first?.code
            ?? "promoted"
        }
      }
      return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    }
    #expect(codes == ["promoted": 1, "baseline.head-moved": 7])
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
