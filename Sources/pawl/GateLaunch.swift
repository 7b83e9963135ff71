import PawlCore
import PawlEngine
import PawlGate
import PawlReports
import PawlStatistics
import PawlSystem

/// One `pawl gate` from sources to a judged gate; it and the gate stage of a run are one piece of code.
struct GateLaunch: Sendable {
  /// Where paths of the command line start.
  let disk: Disk
  let policy: GatePolicy
  /// The policy's file, as the user named it.
  let file: String?
  let candidate: [String]
  let baseline: [String]
  /// Which evidence of a source that holds several.
  let stage: String?

  private var project: Project { Project(root: Project.root(from: disk.root)) }

  func judge() throws(Failure) -> CountedGate.Judged {
    let sourced = try evidence()
    let time = WallClock.now()
    let gate = CountedGate(
      ledger: ledger(), name: "gate", run: RunStore.newID(at: time), time: time,
      commit: policy.testSet == nil ? nil : Git(root: project.disk.root).head()?.commit,
      attempt: ContinuousIntegration.attempt(Environment.all()))
    return gate.judge(policy, on: sourced.evidence(at: time), identities: [sourced.identity])
  }

  /// The events of a gate without a run, so that reports have a record like any other.
  func record(of judged: CountedGate.Judged) -> RunRecord {
    let now = WallClock.now()
    var head = RunHead(id: nil, workflow: "gate", file: file ?? "", version: Version.text)
    head.attempt = ContinuousIntegration.attempt(Environment.all())
    var record = RunRecord()
    func post(_ kind: Event.Kind) {
      record.apply(Event(sequence: record.lastSequence + 1, time: now, kind: kind))
    }
    post(.runPlanned(head, []))
    for diagnostic in judged.diagnostics { post(.diagnosed(diagnostic)) }
    post(.gateJudged(StageID(judged.result.name), judged.result))
    let (verdict, status) = record.conclusion
    post(.runFinished(verdict, status))
    return record
  }

  /// What is left of the test set's budget, without a look at it.
  func explain() throws(Failure) -> [String] {
    let ledger = ledger()
    guard let testSet = policy.testSet else {
      return ["no looks are counted", "  the policy has no `test-set: { budget: 32, feedback: pass-only }`"]
    }
    let sourced = try evidence()
    guard let testData = sourced.identity.testData else {
      throw Failure(
        Diagnostic(
          "ledger.no-test-data", "nothing says which test set this is",
          remedy: "declare `id` and `label` under `predictions:`"))
    }
    let request = Ledger.Request(
      exhibit: sourced.exhibit.name, testData: testData,
      evidence: sourced.identity.digest(judgedBy: policy.rules, under: testSet), policy: testSet,
      isFree: sourced.exhibit.isSameModel)
    let look = try ledger.look(request).look
    var lines = Wording.why([look], confidence: policy.rules.first?.confidence ?? 0.95)
    for past in try ledger.history(of: testData).looks.suffix(20) {
      lines.append(
        "  \(past.time.forReports)   \(past.verdict.rawValue)   run \(Wording.short(past.run)), `\(past.gate)`")
    }
    return lines + price(testSet)
  }

  /// Rows for equal models to pass with 80 %, for one look and for one of the budget, where a rule has a margin.
  private func price(_ testSet: TestSetPolicy) -> [String] {
    for rule in policy.rules {
      guard case .mayLose(let margins, _) = rule.comparison, let margin = margins.first, margin.unit != .relative,
        let whole = Level(confidence: rule.confidence)
      else { continue }
      let size = margin.unit == .points ? margin.amount.value / 100 : margin.amount.value
      let each = testSet.feedback == .full ? whole.halved(testSet.budget) : whole.shared(by: testSet.budget)
      let lines = [0.02, 0.05, 0.1].compactMap { disagreement -> String? in
        guard let one = Power.rowsNeeded(disagreement: disagreement, margin: size, level: whole),
          let many = Power.rowsNeeded(disagreement: disagreement, margin: size, level: each)
        else { return nil }
        let share = Number(disagreement * 100).text
        return
          "    \(share) % of answers change: \(Numbers.count(one)) for a single look, \(Numbers.count(many)) at this price"
      }
      if !lines.isEmpty {
        return ["  rows for `\(rule.line)` to be decided on right / wrong rows if the models are equal"] + lines
      }
    }
    return []
  }

  private func evidence() throws(Failure) -> SourcedEvidence {
    // What the policy names counts where the command line names none.
    var baseline = baseline
    if baseline.isEmpty, let reference = policy.baseline {
      switch reference.origin {
      case .named(let name): baseline = ["baseline:" + name]
      case .source(let source): baseline = [source]
      }
    }
    for (side, sources) in [("candidate", candidate), ("baseline", baseline)] where Set(sources).count < sources.count {
      throw Failure(
        Diagnostic(
          "usage.twice", "a source is given twice as `--\(side)`: the same numbers are no second replicate",
          remedy: "give each once"))
    }
    let stages = Set(policy.rules.compactMap(\.stage)).sorted()
    guard stages.count < 2 else {
      throw Failure(
        Diagnostic(
          "usage.several-stages",
          "the rules speak of \(stages.count) pieces of evidence, and `pawl gate` judges one: "
            + stages.map { "`\($0)`" }.joined(separator: ", "), remedy: "use `pawl run`, or a policy for each"))
    }
    let name = stages.first ?? stage ?? "gate"
    let reader = SourceReader(
      disk: disk, spec: policy.predictions, store: policy.baseline?.store, stage: stage ?? stages.first)
    return try reader.evidence(name, candidate: candidate, baseline: baseline, policy: policy)
  }

  private func ledger() -> Ledger {
    let store = policy.ledgerStore ?? policy.baseline?.store ?? "baselines"
    let revision = policy.pin.flatMap { $0.isAbsent ? nil : $0.commit }
    return Ledger(disk: project.disk, store: store, git: Git(root: project.disk.root), revision: revision)
  }
}
