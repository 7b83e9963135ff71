import PawlCore
import PawlGate
import Testing

@Suite struct RowTableTests {
  private func problem(_ text: String, _ spec: Predictions = Making.binary, file: String = "rows.csv") -> Diagnostic? {
    do {
      _ = try RowTable.read(Array(text.utf8), spec: spec, file: file)
      return nil
    } catch {
      return error.diagnostics.first
    }
  }

  @Test func `a column that is missing is named, with those that exist`() {
    let found = problem("id,label,p\n1,1,1\n")
    #expect(found?.message == "column `y` is not in `rows.csv`")
    #expect(found?.cause == "its columns are: `id`, `label`, `p`")
    #expect(found?.location?.line == 1)
    let near = problem("id,y,pp\n1,1,1\n")
    #expect(near?.remedy == "did you mean `pp`?")
  }

  @Test func `an empty cell is invalid with its line`() {
    for text in ["id,y,p\n1,1,1\n2,,1\n", "id,y,p\r\n1,1,1\r\n2,1,\r\n", "id,y,p\n\n1,1,1\n,1,1\n"] {
      let found = problem(text)
      #expect(found?.code == "evidence.empty-cell", "\(text)")
      #expect(found?.location?.line == (text.contains("\n\n") ? 4 : 3))
    }
    #expect(problem(#"{"id":1,"y":null,"p":1}"#, file: "rows.jsonl")?.code == "evidence.empty-cell")
    #expect(problem(#"{"id":1,"y":"","p":1}"#, file: "rows.jsonl")?.code == "evidence.empty-cell")
  }

  @Test func `text where a number is wanted names cell, column and place`() {
    let found = problem("id,y,s\n1,1,0.5\n2,0,high\n", Making.scored)
    #expect(found?.message == "`high` in column `s` is not a number")
    #expect(found?.location == SourceLocation(file: "rows.csv", line: 3, column: 5))
    #expect(problem("id,y,p\n1,NaN,1\n", Making.regression)?.message == "`NaN` in column `y` is no finite number")
  }

  @Test func `labels are equal as numbers or as text`() throws {
    let table = try Making.table("id,y,p\n1,1,1.0\n2,0.0,0\n3,1e0,1\n", Making.binary)
    #expect(RowMetrics.value(of: "accuracy", rows: table).value == 1)
    var words = Making.binary
    words.positive = "yes"
    let text = try Making.table("id,y,p\n1,yes,yes\n2,no,yes\n", words)
    #expect(RowMetrics.value(of: "accuracy", rows: text).value == 0.5)
  }

  @Test func `a third label of a binary task is invalid`() {
    let found = problem("id,y,p\n1,yes,yes\n2,no,yes\n")
    #expect(found?.message == "`no` in column `y` is a third label of a binary task")
    #expect(found?.cause == "the positive is `1`, the other is `yes`")
  }

  @Test func `a label without a score column is invalid`() {
    var spec = Predictions(task: .multiclass)
    (spec.label, spec.prediction) = ("y", "p")
    spec.scores = [.init("a", column: "sa"), .init("b", column: "sb")]
    let found = problem("y,p,sa,sb\na,a,1,0\nc,a,1,0\n", spec)
    #expect(found?.message == "`c` in column `y` has no score column")
    #expect(found?.location?.line == 3)
  }

  @Test func `duplicate ids are invalid with both lines, and clusters allow them`() throws {
    let found = problem("id,y,p\n7,1,1\n8,1,1\n7,0,0\n")
    #expect(found?.message == "id `7` stands twice, on lines 2 and 4")
    var spec = Making.binary
    spec.cluster = "id"
    #expect(try Making.table("id,y,p\n7,1,1\n8,1,1\n7,0,0\n", spec).count == 3)
  }

  @Test func `no rows, an empty file and an unknown ending are invalid`() {
    #expect(problem("id,y,p\n")?.message == "`rows.csv` has no rows")
    #expect(problem("")?.message == "`rows.csv` is empty")
    #expect(problem("\u{FEFF}")?.message == "`rows.csv` is empty")
    #expect(problem("", file: "rows.jsonl")?.message == "`rows.jsonl` has no rows")
    #expect(problem("id,y,p\n1,1,1\n", file: "rows.parquet")?.code == "evidence.format")
  }

  @Test func `a row of another width is invalid with its line`() {
    #expect(problem("id,y,p\n1,1,1\n2,1\n")?.message == "line 3 of `rows.csv` has 2 cells, the header has 3")
    #expect(problem("id,y,p\n1,1,1,1\n")?.message == "line 2 of `rows.csv` has 4 cells, the header has 3")
  }

  @Test func `quotes hold separators, lines and quotes`() throws {
    let text = "\u{FEFF}\"id\",\"y\",\"p\",note\r\n\"a,1\",1,1,\"two\r\nlines\"\r\n\"b\"\"2\",\"0\",1,\"\"\r\n"
    let table = try Making.table(text, Making.binary)
    #expect(table.count == 2)
    #expect(RowMetrics.value(of: "accuracy", rows: table).value == 0.5)
    let lines = try Making.table(
      #"{"id":"a,1","y":1,"p":1}"# + "\n" + #"{"id":"b\"2","y":0,"p":1}"#, Making.binary, file: "r.jsonl")
    #expect(lines.testDataBytes == table.testDataBytes)
    #expect(problem("id,y,p\n1,1,\"1\n2,1,1\n")?.message == "a quote is opened and not closed")
    #expect(problem("id,y,p\n\"1\"x,1,1\n")?.message == "text follows a closing quote")
  }

  @Test func `JSON Lines, an array of objects and CSV are the same rows`() throws {
    let csv = try Making.table("id,y,p\n1,1,1\n2,0,1\n", Making.binary)
    let lines = try Making.table(
      #"{"id":1,"y":1,"p":1,"extra":{"a":[1,"}"]}}"# + "\n\n" + #"{"p":1,"y":0,"id":2}"# + "\n", Making.binary,
      file: "r.ndjson")
    let array = try Making.table(
      "[\n {\"id\": \"1\", \"y\": 1.0, \"p\": 1},\n {\"id\": 2, \"y\": \"0\", \"p\": 1}\n]\n", Making.binary,
      file: "r.json")
    #expect(lines.testDataBytes == csv.testDataBytes && array.testDataBytes == csv.testDataBytes)
    #expect(lines.count == 2 && array.count == 2)
  }

  @Test func `broken JSON names its line`() {
    let good = #"{"id":1,"y":1,"p":1}"# + "\n"
    for bad in [
      "{", "[1]", "{\"id\"", "{\"id\":}", "{\"id\":2,\"y\":1}", "{\"id\":2,\"y\":1,\"p\":1",
      "{\"id\":2,\"y\":[1],\"p\":1}",
      "{\"id\":2,\"id\":3,\"y\":1,\"p\":1}", "nonsense", "{\"id\":\"2", "{\"id\":2,}",
    ] {
      let found = problem(good + bad, file: "rows.jsonl")
      #expect(found?.location?.line == 2, "\(bad): \(found?.message ?? "no problem")")
    }
    #expect(problem("[" + good, file: "rows.json")?.message.hasPrefix("the array is not closed") == true)
  }

  @Test func `a column missing halfway is invalid with its line`() {
    let found = problem("{\"id\":1,\"y\":1,\"p\":1}\n{\"id\":2,\"y\":1,\"q\":1}\n", file: "rows.jsonl")
    #expect(found?.message == "line 2 of `rows.jsonl` has no `p`")
  }

  @Test func `test data are the ids and labels, whatever their order`() throws {
    let a = try Making.table("id,y,p\n1,1,1\n2,0,1\n10,1,0\n", Making.binary)
    let b = try Making.table("p,id,y\n0,10,1.0\n1,1,1\n0,2,0\n", Making.binary)
    let c = try Making.table("id,y,p\n1,1,1\n2,1,1\n10,1,0\n", Making.binary)
    #expect(a.testDataBytes == b.testDataBytes && a.testDataBytes != c.testDataBytes)
    let x = try Making.table("id,y,p\nb,0.5,1\na,-0,1\n", Making.regression)
    let y = try Making.table("id,y,p\na,0,2\nb,5e-1,2\n", Making.regression)
    #expect(x.testDataBytes == y.testDataBytes)
    var values = Predictions(task: .values)
    values.values = [.init("ms", column: "ms")]
    #expect(try Making.table("ms\n1\n", values).testDataBytes.isEmpty)
  }

  @Test func `without a prediction the score against the threshold and the highest score predict`() throws {
    var spec = Making.scored
    spec.threshold = 0.6
    let table = try Making.table("id,y,s\n1,1,0.6\n2,1,0.59\n3,0,nan\n", spec)
    #expect(RowMetrics.value(of: "accuracy", rows: table, at: [0, 1]).value == 0.5)
    #expect(RowMetrics.value(of: "accuracy", rows: table).value?.isNaN == true)
    var multi = Predictions(task: .multiclass)
    multi.label = "y"
    multi.scores = [.init("a", column: "sa"), .init("b", column: "sb")]
    let classes = try Making.table("y,sa,sb\na,0.5,0.5\nb,0.4,0.6\n", multi)
    #expect(RowMetrics.value(of: "accuracy", rows: classes).value == 1)
  }
}

@Suite struct FileMetricsTests {
  private func read(_ text: String, _ file: String) throws -> [String: Measurement.Content] {
    let found = try FileMetrics.read(Array(text.utf8), file: file)
    return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.content) })
  }

  @Test func `nested keys are joined by dots and digits are kept`() throws {
    let found = try read(#"{"accuracy": 0.9120, "test": {"f1": 1e-3}, "bad": NaN, "worse": -Infinity}"#, "m.json")
    #expect(found["accuracy"] == .number(Number(0.912, text: "0.9120")))
    #expect(found["test.f1"] == .number(Number(0.001, text: "1e-3")))
    guard case .number(let nan) = found["bad"], case .number(let infinite) = found["worse"] else {
      Issue.record("non-finite numbers are numbers")
      return
    }
    #expect(nan.value.isNaN && infinite.value == -.infinity)
  }

  @Test func `what is no number is kept by its kind`() throws {
    let found = try read(#"{"a": "high", "b": null, "c": [1], "d": true, "e": "NaN"}"#, "m.json")
    #expect(found["a"] == .other("text") && found["b"] == .other("null"))
    #expect(found["c"] == .other("list") && found["d"] == .other("bool"))
    #expect(found["e"] != .other("text"))
  }

  @Test func `YAML and TOML are read by their endings`() throws {
    #expect(try read("test:\n  accuracy: 0.90\n", "m.yaml")["test.accuracy"] == .number(Number(0.9, text: "0.90")))
    #expect(try read("[test]\naccuracy = 0.5\n", "m.toml").count == 1)
  }

  @Test func `a CSV is a name and a number a row, or a header whose last row counts`() throws {
    let long = try read("metric,value\naccuracy,0.90\nloss,inf\naccuracy,0.91\n", "m.csv")
    #expect(long["accuracy"] == .number(Number(0.91, text: "0.91")))
    #expect(long["loss"] == .number(Number(.infinity)))
    let wide = try read("epoch,accuracy,note\n1,0.5,a\n2,0.90,b\n", "m.csv")
    #expect(wide["accuracy"] == .number(Number(0.9, text: "0.90")) && wide["note"] == .other("text"))
  }

  @Test func `a file without names is invalid`() {
    for (text, file) in [("[1]", "m.json"), ("3", "m.json"), ("", "m.yaml"), ("a,b\n", "m.csv"), ("", "m.csv")] {
      #expect(throws: Failure.self, "\(text)") { try FileMetrics.read(Array(text.utf8), file: file) }
    }
  }
}
