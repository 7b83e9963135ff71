import PawlCore
import PawlEngine
import PawlGate
import PawlSystem
import Testing

@Suite struct SourceReaderTests {
  private let repository: GitScratch
  private let rows = "id,label,guess\n1,a,a\n2,b,b\n3,a,b\n"

  init() throws { repository = try GitScratch() }

  private var spec: Predictions {
    var spec = Predictions(task: .multiclass)
    (spec.id, spec.label, spec.prediction) = ("id", "label", "guess")
    return spec
  }

  private func reader(
    _ spec: Predictions? = nil, store: String? = nil, stage: String? = nil, at folder: String = ""
  ) -> SourceReader {
    SourceReader(disk: Disk(root: repository.disk.absolute(folder)), spec: spec, store: store, stage: stage)
  }

  private func problem(_ reader: SourceReader, _ source: String) -> Diagnostic? {
    diagnostics { _ = try reader.read(source) }.first
  }

  private func accuracy(_ replicate: Replicate) -> Double? {
    replicate.rows.flatMap { RowMetrics.value(of: "accuracy", rows: $0).value }
  }

  /// A run that judged evidence of these exhibits, its rows in the cache.
  private func keepRun(_ id: String, _ exhibits: [String] = ["evaluate"], keeps: Bool = true) throws -> BaselineRecord {
    let project = Project(root: repository.disk.root)
    let folder = try project.runs.create(id)
    try folder.openLog().append(
      Event(
        sequence: 1, time: Timestamp(1),
        kind: .runPlanned(RunHead(id: id, workflow: "w", file: "w.yml", version: "test"), [])))
    var record = BaselineRecord(id: "", name: "production", run: id, workflow: "w", time: Timestamp(1), verdict: .pass)
    for exhibit in exhibits {
      let path = "out/\(exhibit).csv"
      try repository.write(path, rows)
      guard let content = try TreeDigest().content(of: path, root: repository.disk) else { throw Missing(path: path) }
      let made = Made(path: path, content)
      if keeps { try project.objects.keep(path: path, made: made) }
      record.evidence.append(
        RecordedEvidence(
          exhibit: exhibit, stage: StageID(exhibit), base: "evaluate", matrix: [], key: Digester.digest(exhibit),
          testData: Digester.digest("data"), models: [Made(path: "model", digest: Digester.digest("m"), size: 1)],
          predictions: made, metrics: [Measurement("accuracy", .number(Number(0.5)))]))
    }
    try Draft(
      gate: "gate", reference: BaselineReference(.named("production"), store: "stores/b"), record: record
    ).write(to: folder, repository.disk)
    try repository.disk.remove("out", recursively: true)
    return record
  }

  @Test func `a run's rows come from the cache where the policy says what columns mean`() throws {
    _ = try keepRun("20260101T000000000Z-aaaaaa")
    for source in ["run:latest", "run:aaaaaa", "run:20260101T000000000Z-aaaaaa"] {
      let found = try reader(spec).read(source)
      #expect(found.map(\.name) == ["evaluate"])
      #expect(found.first.flatMap(accuracy) == 2.0 / 3)
    }
    // Without columns there are its numbers.
    let numbers = try reader().read("run:latest")
    #expect(numbers.first?.rows == nil)
    #expect(numbers.first?.measurements.map(\.name) == ["accuracy"])
    #expect(problem(reader(), "run:zzz")?.code == "store.unknown-run")
  }

  @Test func `a run with several pieces of evidence needs to be told which`() throws {
    _ = try keepRun("20260101T000000000Z-aaaaaa", ["evaluate[variant=a]", "evaluate[variant=b]"])
    let unclear = try #require(problem(reader(spec), "run:latest"))
    #expect(unclear.cause == "it has: `evaluate[variant=a]`, `evaluate[variant=b]`")
    #expect(unclear.remedy?.contains("stage: \"evaluate[variant=a]\"") == true)
    #expect(try reader(spec, stage: "evaluate[variant=b]").read("run:latest").map(\.name) == ["evaluate[variant=b]"])
    #expect(problem(reader(spec, stage: "evaluate[variant=c]"), "run:latest")?.remedy?.contains("did you mean") == true)
    #expect(problem(reader(spec, stage: "evaluate"), "run:latest") != nil)
  }

  @Test func `rows of a run that are gone are a problem where seeds would hide it, else its number is left`() throws {
    _ = try keepRun("20260101T000000000Z-aaaaaa", keeps: false)
    let alone = try reader(spec).read("run:latest")
    #expect(alone.first?.problem == nil)
    #expect(alone.first?.measurements.map(\.name) == ["accuracy"])
    _ = try keepRun("20260102T000000000Z-bbbbbb", ["a", "b"], keeps: false)
    let several = try reader(spec, stage: "a").read("run:latest")
    #expect(several.first?.problem?.code == "baseline.rows-gone")
  }

  @Test func `a run that judged nothing says so`() throws {
    let project = Project(root: repository.disk.root)
    _ = try project.runs.create("20260103T000000000Z-cccccc").openLog()
    #expect(problem(reader(), "run:cccccc")?.message.contains("judged no gate") == true)
  }

  @Test func `a baseline is found in the policy's store`() throws {
    var record = try keepRun("20260101T000000000Z-aaaaaa")
    record.id = "1"
    let content = BaselineContent(digest: Digester.digest(rows), bytes: Array(rows.utf8), name: "rows.csv")
    _ = try BaselineStore(disk: repository.disk, folder: "stores/b").promote(
      record: record, contents: [content], expecting: [])
    let found = try reader(spec, store: "stores/b").sourced("baseline:production")
    #expect(found.first.flatMap { accuracy($0.replicate) } == 2.0 / 3)
    #expect(found.first?.use?.record == "1")
    #expect(problem(reader(spec), "baseline:production")?.code == "usage.no-baseline")
    #expect(problem(reader(spec, store: "stores/b"), "baseline:producton")?.remedy == "did you mean `production`?")
    record.id = "2"
    let other = BaselineStore(disk: repository.disk, folder: "stores/b")
    _ = try other.promote(record: record, contents: [], expecting: ["1"])
    try repository.disk.remove("stores/b/production/1", recursively: true)
    record.id = "3"
    try repository.disk.rename("stores/b/production/2", to: "stores/b/production/kept")
    _ = try? other.promote(record: record, contents: [], expecting: [])
    #expect(problem(reader(spec, store: "stores/b"), "baseline:production") != nil)
  }

  @Test func `the same model from two records is known by models and rows`() throws {
    _ = try keepRun("20260101T000000000Z-aaaaaa")
    let sourced = try reader(spec).evidence(
      "gate", candidate: ["run:latest"], baseline: ["run:aaaaaa"], policy: GatePolicy(rules: []))
    #expect(sourced.exhibit.isSameModel)
    #expect(sourced.exhibit.models == [Digester.digest("m")])
    #expect(sourced.baseline?.run == "20260101T000000000Z-aaaaaa")
    try repository.write("c.csv", rows)
    let file = try reader(spec).evidence(
      "gate", candidate: ["c.csv"], baseline: ["run:aaaaaa"], policy: GatePolicy(rules: []))
    #expect(!file.exhibit.isSameModel)
  }

  @Test func `folders, globs and files are one replicate a file, here and in git`() throws {
    for seed in 1...3 { try repository.write("runs/\(seed).json", #"{"accuracy": 0.\#(seed)}"#) }
    try repository.write("runs/.hidden.json.swp", "x")
    try repository.write("runs/sub/deep.json", "{}")
    try repository.commit("runs")
    try repository.disk.remove("runs", recursively: true)
    try repository.write("now/1.json", #"{"accuracy": 0.5}"#)
    for source in ["git:HEAD:runs", "git:HEAD:runs/*.json", "git:main:runs"] {
      #expect(try reader().read(source).map(\.name) == ["1.json", "2.json", "3.json"], "\(source)")
    }
    #expect(try reader().read("git:HEAD:runs/2.json").first?.measurements.map(\.name) == ["accuracy"])
    #expect(try reader().read("now").count == 1)
    #expect(try reader().read("now/*.json").count == 1)
    // Paths start where the caller stands.
    #expect(try reader(at: "now").read("1.json").count == 1)
    #expect(problem(reader(), "now/2.json")?.remedy == "did you mean `now/1.json`?")
    #expect(problem(reader(), "git:HEAD:runs/4.json")?.message == "`runs/4.json` is not in `HEAD`")
    #expect(problem(reader(), "git:HEAD:none/*.json")?.message == "`git:HEAD:none/*.json` matches no file")
    #expect(problem(reader(), "git:no-such:runs")?.code == "system.unknown-revision")
    #expect(problem(reader(), "git::x")?.code == "usage.source")
  }

  @Test func `git and work without a path are where the policy says that predictions lie`() throws {
    try repository.write("out/rows.csv", rows)
    try repository.commit("rows")
    try repository.write("out/rows.csv", "id,label,guess\n1,a,a\n")
    var spec = spec
    spec.path = "out/rows.csv"
    try repository.disk.makeFolder("sub")
    #expect(try reader(spec, at: "sub").read("git:HEAD").first.flatMap(accuracy) == 2.0 / 3)
    #expect(try reader(spec, at: "sub").read("work").first.flatMap(accuracy) == 1)
    for source in ["git:HEAD", "work"] { #expect(problem(reader(), source)?.code == "usage.source") }
  }

  @Test func `what evidence is does not depend on names, order or row order`() throws {
    try repository.write("a.csv", rows)
    try repository.write("b.csv", "id,label,guess\n1,a,b\n2,b,b\n3,a,b\n")
    try repository.write("x/c.csv", rows)
    try repository.write("x/d.csv", "id,label,guess\n1,a,b\n2,b,b\n3,a,b\n")
    try repository.write("shuffled.csv", "id,label,guess\n3,a,b\n1,a,a\n2,b,b\n")
    var policy = GatePolicy(rules: [])
    policy.testSet = TestSetPolicy(budget: 3)
    func read(_ candidate: [String]) throws -> SourcedEvidence {
      try reader(spec).evidence("gate", candidate: candidate, baseline: ["a.csv"], policy: policy)
    }
    let one = try read(["a.csv", "b.csv"])
    let other = try read(["x/d.csv", "x/c.csv"])
    #expect(EvidenceIdentity.seed([one.identity]) == EvidenceIdentity.seed([other.identity]))
    let look = TestSetPolicy(budget: 3)
    #expect(
      one.identity.digest(judgedBy: [Looking.rule], under: look)
        == other.identity.digest(judgedBy: [Looking.rule], under: look))
    #expect(one.identity.testData != nil)
    #expect(try read(["shuffled.csv"]).identity.testData == one.identity.testData)
    #expect(try read(["b.csv"]).identity.candidate != (try read(["a.csv"])).identity.candidate)
  }

  @Test func `without ids the labels alone are the test set, in whatever order`() throws {
    var spec = spec
    spec.id = nil
    func data(_ text: String) throws -> Digest? {
      TestSetDigest.of(try RowTable.read(Array(text.utf8), spec: spec, file: "r.csv"))
    }
    let usual = try data("label,guess\na,a\nb,b\nlong label,a\n")
    #expect(try data("label,guess\nlong label,b\na,b\nb,b\n") == usual)
    #expect(try data("label,guess\na,a\nb,b\nb,a\n") != usual)
    #expect(try data("label,guess\na,a\nb,b\n") != usual)
    var numbers = Predictions(task: .regression)
    (numbers.label, numbers.prediction) = ("y", "p")
    func real(_ text: String) throws -> Digest? {
      TestSetDigest.of(try RowTable.read(Array(text.utf8), spec: numbers, file: "r.csv"))
    }
    #expect(try real("y,p\n1.5,0\n2.5,0\n") == (try real("y,p\n2.5,9\n1.5,9\n")))
    #expect(try real("y,p\n1.5,0\n2.5,0\n") != (try real("y,p\n1.5,0\n2.6,0\n")))
  }

  @Test func `a pinned policy's baseline is read from its revision`() throws {
    var record = try keepRun("20260101T000000000Z-aaaaaa")
    let store = BaselineStore(disk: repository.disk, folder: "stores/b")
    let content = BaselineContent(digest: Digester.digest(rows), bytes: Array(rows.utf8), name: "rows.csv")
    record.id = "1"
    _ = try store.promote(record: record, contents: [content], expecting: [])
    let pinned = try repository.commit("one")
    record.id = "2"
    _ = try store.promote(record: record, contents: [content], expecting: ["1"])
    try repository.write("c.csv", rows)
    var policy = GatePolicy(baseline: BaselineReference(.named("production"), store: "stores/b"), rules: [])
    func used() throws -> String? {
      try reader(spec, store: "stores/b").evidence(
        "gate", candidate: ["c.csv"], baseline: ["baseline:production"], policy: policy
      ).baseline?.record
    }
    #expect(try used() == "2")
    policy.baseline?.revision = pinned
    #expect(try used() == "1")
  }

  @Test func `anchors and history of a policy are read from its store`() throws {
    var record = try keepRun("20260101T000000000Z-aaaaaa")
    let store = BaselineStore(disk: repository.disk, folder: "stores/b")
    let content = BaselineContent(digest: Digester.digest(rows), bytes: Array(rows.utf8), name: "rows.csv")
    // A rollback at the end repeats the first run.
    for (index, run) in ["r1", "r2", "r3", "r1"].enumerated() {
      (record.id, record.run) = ("\(index)", run)
      _ = try store.promote(record: record, contents: [content], expecting: index == 0 ? [] : ["\(index - 1)"])
    }
    (record.id, record.name) = ("9", "v1")
    _ = try store.promote(record: record, contents: [content], expecting: [])
    var policy = GatePolicy(
      baseline: BaselineReference(.named("production"), store: "stores/b"),
      rules: [
        GateRule(metric: "accuracy", comparison: .history(last: 20), direction: .higherIsBetter, line: "h"),
        GateRule(
          metric: "accuracy", comparison: .anchor(baseline: "v1", []), direction: .higherIsBetter, line: "a"),
        GateRule(
          metric: "accuracy", comparison: .anchor(baseline: "v2", []), direction: .higherIsBetter, line: "b"),
      ])
    try repository.write("c.csv", rows)
    func exhibit() throws -> ExhibitEvidence {
      try reader(spec, store: "stores/b").evidence(
        "gate", candidate: ["c.csv"], baseline: ["baseline:production"], policy: policy
      ).exhibit
    }
    let found = try exhibit()
    #expect(found.history.map(\.use.run) == ["r2", "r3", "r1"])
    #expect(found.anchors["v1"]?.baseline.first.flatMap(accuracy) == 2.0 / 3)
    #expect(found.anchors["v1"]?.use?.name == "v1")
    #expect(found.anchors["v2"]?.problem?.code == "baseline.none")
    // Where the policy's own baseline has no record yet there is a verdict to give; any other name must be there.
    policy.baseline = BaselineReference(.named("staging"), store: "stores/b")
    func against(_ source: String) throws -> SourcedEvidence {
      try reader(spec, store: "stores/b").evidence(
        "gate", candidate: ["c.csv"], baseline: [source], policy: policy)
    }
    #expect(try against("baseline:staging").exhibit.baselineProblem?.code == "baseline.none")
    #expect(diagnostics { _ = try against("baseline:nobody") }.map(\.code) == ["usage.no-baseline"])
    policy.baseline = nil
    #expect(try exhibit().historyProblem?.code == "baseline.no-history")
    #expect(try exhibit().anchors["v1"]?.problem?.code == "baseline.no-anchor")
  }
}
