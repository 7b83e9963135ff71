import PawlCore
import PawlEngine
import PawlGate
import PawlSystem
import Testing

/// What the ledger's tests judge: one number a candidate against `accuracy >= 0.9`.
enum Looking {
  static let data = Digester.digest("labels")

  static let rule = GateRule(
    metric: "accuracy", comparison: .atLeast(Number(0.9), isInclusive: true), direction: .higherIsBetter,
    line: "accuracy >= 0.9")

  static func policy(_ budget: Int = 3, _ feedback: TestSetPolicy.Feedback = .none) -> GatePolicy {
    var policy = GatePolicy(rules: [rule])
    policy.testSet = TestSetPolicy(budget: budget, feedback: feedback)
    policy.ledgerStore = "baselines"
    return policy
  }

  static func evidence(_ accuracy: Double) -> (GateEvidence, EvidenceIdentity) {
    let replicate = Replicate(
      name: "evaluate", measurements: [Measurement("accuracy", .number(Number(accuracy)), file: "m.json")])
    let identity = EvidenceIdentity(
      testData: data, candidate: [EvidenceIdentity.replicate(rows: nil, replicate.measurements)])
    return (GateEvidence(exhibits: [ExhibitEvidence(name: "evaluate", candidate: [replicate])]), identity)
  }

  static func judge(
    _ accuracy: Double, _ ledger: Ledger, run: String, _ policy: GatePolicy = policy(), at time: Double = 1
  ) -> GateResult {
    let (evidence, identity) = evidence(accuracy)
    return CountedGate(ledger: ledger, name: "gate", run: run, time: Timestamp(time)).judge(
      policy, on: evidence, identities: [identity]
    ).result
  }
}

@Suite struct LedgerTests {
  private let scratch: Scratch
  private let ledger: Ledger

  init() throws {
    scratch = try Scratch()
    ledger = Ledger(disk: scratch.disk, store: "baselines", git: nil)
  }

  private func judge(
    _ accuracy: Double, run: String, _ policy: GatePolicy = Looking.policy(), at time: Double = 1
  ) -> GateResult { Looking.judge(accuracy, ledger, run: run, policy, at: time) }

  private func files() throws -> [String] {
    try scratch.disk.list(ledger.path(of: Looking.data)).map(\.name)
  }

  @Test func `a look is a file, read back equal`() throws {
    let result = judge(0.95, run: "r1")
    #expect(result.looks.first?.number == 1)
    #expect(result.looks.first?.left == 2)
    #expect(try files() == ["r1-gate.json"])
    let look = try #require(try ledger.history(of: Looking.data).looks.first)
    #expect(look.run == "r1")
    #expect(look.verdict == .pass)
    #expect(look.rules == ["accuracy >= 0.9"])
    #expect(look.budget == 3)
    var other = look
    other.commit = "0a1b"
    other.attempt = 2
    other.isSpent = true
    #expect(RecordedLook(other.fileBytes) == other)
    #expect(RecordedLook(look.fileBytes.dropLast(20)) == nil)
  }

  @Test func `the same evidence is no new look, and other evidence is one`() throws {
    _ = judge(0.95, run: "r1")
    let again = judge(0.95, run: "r2").looks.first
    #expect(again?.repeats == "r1")
    #expect(again?.number == 1)
    #expect(judge(0.94, run: "r3").looks.first?.number == 2)
    #expect(try files() == ["r1-gate.json", "r3-gate.json"])
    #expect(try ledger.history(of: Looking.data).count == 2)
  }

  @Test func `another question, or another level, is another look; another name is not`() throws {
    let (_, identity) = Looking.evidence(0.95)
    let policy = TestSetPolicy(budget: 3)
    let usual = identity.digest(judgedBy: [Looking.rule], under: policy)
    var named = Looking.rule
    named.name = "floor"
    named.severity = .warn
    named.location = SourceLocation(file: "w.yml", line: 9, column: 1)
    #expect(identity.digest(judgedBy: [named], under: policy) == usual)
    var surer = Looking.rule
    surer.confidence = 0.99
    #expect(identity.digest(judgedBy: [surer], under: policy) != usual)
    #expect(identity.digest(judgedBy: [Looking.rule], under: TestSetPolicy(budget: 1)) != usual)
    var other = identity
    other.baseline = [Digester.digest("b")]
    #expect(other.digest(judgedBy: [Looking.rule], under: policy) != usual)
  }

  @Test func `a spent budget stays spent, for the same evidence too`() throws {
    let policy = Looking.policy(2)
    for (number, accuracy) in [0.91, 0.92].enumerated() { _ = judge(accuracy, run: "r\(number)", policy) }
    for run in ["r2", "r3"] {
      let look = try #require(judge(0.93, run: run, policy).looks.first)
      #expect(look.isSpent)
      #expect(look.repeats == nil)
      #expect(look.left == 0)
    }
    #expect(try files() == ["r0-gate.json", "r1-gate.json", "r2-gate.json"])
    // What was seen before it was spent is still told as it was.
    #expect(judge(0.92, run: "r4", policy).looks.first?.repeats == "r1")
  }

  @Test func `a budget that is raised later buys back nothing that was used`() throws {
    for (number, accuracy) in [0.91, 0.92].enumerated() { _ = judge(accuracy, run: "r\(number)", Looking.policy(4)) }
    let look = try #require(judge(0.93, run: "r2", Looking.policy(8)).looks.first)
    #expect(look.before == 4)
    #expect(look.left == 3)
    // And one that is lowered counts every look.
    #expect(judge(0.94, run: "r3", Looking.policy(2)).looks.first?.isSpent == true)
  }

  @Test func `with pass-only a pass ends the life of the set, but not for the same evidence`() throws {
    let policy = Looking.policy(10, .passOnly)
    _ = judge(0.80, run: "r1", policy)
    #expect(judge(0.95, run: "r2", policy).looks.first?.endedBy == nil)
    let later = try #require(judge(0.96, run: "r3", policy).looks.first)
    #expect(later.endedBy == "r2")
    #expect(later.isSpent)
    let again = try #require(judge(0.95, run: "r4", policy).looks.first)
    #expect(again.endedBy == nil)
    #expect(again.repeats == "r2")
  }

  @Test func `two gates of one run do not end the set for each other, and a run passes as a whole`() throws {
    let policy = Looking.policy(10, .passOnly)
    let (evidence, identity) = Looking.evidence(0.95)
    func ask(_ gate: String, _ bound: Double, run: String, _ evidence: GateEvidence, _ identity: EvidenceIdentity)
      -> Look?
    {
      var policy = policy
      policy.rules[0].comparison = .atLeast(Number(bound), isInclusive: true)
      return CountedGate(ledger: ledger, name: gate, run: run, time: Timestamp(1)).judge(
        policy, on: evidence, identities: [identity]
      ).result.looks.first
    }
    _ = ask("one", 0.9, run: "r1", evidence, identity)
    let second = try #require(ask("two", 0.99, run: "r1", evidence, identity))
    #expect(second.endedBy == nil)
    #expect(second.number == 2)
    // One of its gates failed: the run is no pass.
    let (other, otherIdentity) = Looking.evidence(0.96)
    #expect(ask("one", 0.9, run: "r2", other, otherIdentity)?.endedBy == nil)
    #expect(ask("one", 0.8, run: "r3", evidence, identity)?.endedBy == "r2")
  }

  @Test func `the same model asks nothing`() throws {
    var (evidence, identity) = Looking.evidence(0.95)
    evidence.exhibits[0].isSameModel = true
    let result = CountedGate(ledger: ledger, name: "gate", run: "r", time: Timestamp(1)).judge(
      Looking.policy(), on: evidence, identities: [identity]
    ).result
    #expect(result.looks.first?.isFree == true)
    #expect(result.looks.first?.isNew == false)
    identity.testData = nil
    #expect(try ledger.history(of: Looking.data).count == 0)
  }

  @Test func `evidence that was not made is no look`() throws {
    var (evidence, identity) = Looking.evidence(0.95)
    evidence.exhibits[0].candidateProblem = Diagnostic("gate.evidence-failed", "it failed")
    let result = CountedGate(ledger: ledger, name: "gate", run: "r", time: Timestamp(1)).judge(
      Looking.policy(), on: evidence, identities: [identity]
    ).result
    #expect(result.verdict == .invalid)
    #expect(result.looks.isEmpty)
    identity.baseline = []
    #expect(try ledger.history(of: Looking.data).count == 0)
  }

  @Test func `two exhibits on one test set are two looks of one gate`() throws {
    let (first, identity) = Looking.evidence(0.95)
    let (second, other) = Looking.evidence(0.91)
    var evidence = GateEvidence(exhibits: first.exhibits + second.exhibits)
    evidence.exhibits[0].name = "evaluate[variant=a]"
    evidence.exhibits[1].name = "evaluate[variant=b]"
    var policy = Looking.policy()
    policy.rules = ["a", "b"].map { variant in
      var rule = Looking.rule
      rule.stage = "evaluate[variant=\(variant)]"
      return rule
    }
    let result = CountedGate(ledger: ledger, name: "gate", run: "r", time: Timestamp(1)).judge(
      policy, on: evidence, identities: [identity, other]
    ).result
    #expect(result.looks.map(\.number) == [1, 2])
    #expect(
      try files() == ["r-gate-evaluate[variant=a].json", "r-gate-evaluate[variant=b].json"])
  }

  @Test func `a damaged look counts and is named`() throws {
    _ = judge(0.95, run: "r1")
    _ = judge(0.94, run: "r2")
    let path = ledger.path(of: Looking.data) + "/r1-gate.json"
    try scratch.write(path, "<<<<<<< ours")
    let (evidence, identity) = Looking.evidence(0.93)
    let judged = CountedGate(ledger: ledger, name: "gate", run: "r3", time: Timestamp(1)).judge(
      Looking.policy(), on: evidence, identities: [identity])
    #expect(judged.result.looks.first?.number == 3)
    #expect(judged.diagnostics.map(\.code) == ["ledger.damaged"])
    #expect(judged.diagnostics.first?.message.contains(path) == true)
    #expect(judged.result.caveats.contains { $0.contains(path) })
    // Its own evidence is not known any more: it is a look of its own.
    #expect(judge(0.95, run: "r4").looks.first?.isSpent == true)
  }

  @Test func `a ledger that cannot be written makes the gate invalid, names the path and shows no number`() throws {
    try scratch.write("baselines/ledger/" + Looking.data.hex, "a file where the folder should be")
    let result = judge(0.95, run: "r1")
    #expect(result.verdict == .invalid)
    #expect(result.blocks)
    let judgement = try #require(result.judgements.first)
    #expect(judgement.candidate == nil)
    guard case .invalid(let diagnostic) = judgement.finding else {
      Issue.record("the finding is \(judgement.finding)")
      return
    }
    #expect(diagnostic.message.contains("baselines/ledger/" + Looking.data.hex))
    var policy = Looking.policy()
    policy.ledgerStore = nil
    let (evidence, identity) = Looking.evidence(0.95)
    let lost = CountedGate(ledger: nil, name: "gate", run: "r", time: Timestamp(1)).judge(
      policy, on: evidence, identities: [identity])
    #expect(lost.result.verdict == .invalid)
  }

  @Test func `the last look is taken once, however many processes ask for it`() async throws {
    let policy = Looking.policy(4)
    let ledger = ledger
    let looks = await withTaskGroup(of: Look?.self) { group in
      for number in 0..<12 {
        group.addTask { Looking.judge(0.5 + Double(number) / 100, ledger, run: "r\(number)", policy).looks.first }
      }
      return await group.reduce(into: [Look?]()) { $0.append($1) }
    }
    #expect(looks.count == 12)
    #expect(looks.count { $0?.isSpent == false } == 4)
    #expect(Set(looks.compactMap { $0?.before }) == Set(0..<12))
  }

  @Test func `long names stay within what a file system takes`() throws {
    let (evidence, identity) = Looking.evidence(0.95)
    let gate = String(repeating: "ä", count: 200)
    for run in ["r1", "r2"] {
      let result = CountedGate(ledger: ledger, name: gate, run: run, time: Timestamp(1)).judge(
        Looking.policy(), on: evidence, identities: [identity]
      ).result
      #expect(result.verdict == .pass)
    }
    #expect(try files().count == 1)
  }
}

/// The ledger beside git: what is committed, and what a pinned revision adds.
@Suite struct LedgerInGitTests {
  private let repository: GitScratch

  init() throws { repository = try GitScratch() }

  private func ledger(at revision: String? = nil) -> Ledger {
    Ledger(disk: repository.disk, store: "baselines", git: Git(root: repository.disk.root), revision: revision)
  }

  @Test func `looks that git does not hold are counted apart`() throws {
    _ = Looking.judge(0.91, ledger(), run: "r1")
    #expect(Looking.judge(0.92, ledger(), run: "r2").looks.first?.uncommitted == 2)
    try repository.commit("looks")
    let look = Looking.judge(0.93, ledger(), run: "r3", Looking.policy(9)).looks.first
    #expect(look?.uncommitted == 1)
    #expect(Looking.judge(0.94, ledger(), run: "r4", Looking.policy(9)).looks.first?.uncommitted == 2)
  }

  @Test func `the lock and what writers leave are not for git`() throws {
    _ = Looking.judge(0.91, ledger(), run: "r1")
    let listed = try repository.git("status", "--porcelain", "--untracked-files=all")
    #expect(listed.contains("r1-gate.json"))
    #expect(!listed.contains(".lock"))
  }

  @Test func `looks of the pinned revision count although the branch removed them`() throws {
    _ = Looking.judge(0.91, ledger(), run: "r1")
    _ = Looking.judge(0.92, ledger(), run: "r2")
    try repository.commit("looks")
    let pinned = try #require(Git(root: repository.disk.root).head()?.commit)
    try repository.disk.remove("baselines", recursively: true)
    try repository.commit("a clean slate")
    #expect(Looking.judge(0.93, ledger(), run: "r3").looks.first?.number == 1)
    let look = Looking.judge(0.94, ledger(at: pinned), run: "r4").looks.first
    #expect(look?.before == 3)
    #expect(look?.isSpent == true)
    #expect(look?.uncommitted == 2)
    #expect(Looking.judge(0.91, ledger(at: pinned), run: "r5").looks.first?.repeats == "r1")
  }

  @Test func `a revision that is not here makes the gate invalid`() throws {
    try repository.commit("nothing")
    #expect(Looking.judge(0.91, ledger(at: "no-such-branch"), run: "r1").verdict == .invalid)
  }

  @Test func `looks of two branches merge without a conflict`() throws {
    try repository.disk.write("x", [])
    try repository.commit("root")
    _ = try repository.git("checkout", "-q", "-b", "one")
    _ = Looking.judge(0.91, ledger(), run: "r1")
    try repository.commit("one")
    _ = try repository.git("checkout", "-q", "-b", "two", "HEAD~1")
    _ = Looking.judge(0.92, ledger(), run: "r2")
    try repository.commit("two")
    _ = try repository.git("merge", "-q", "one", "-m", "both")
    #expect(try ledger().history(of: Looking.data).count == 2)
    #expect(try ledger().history(of: Looking.data).uncommitted == 0)
  }
}
