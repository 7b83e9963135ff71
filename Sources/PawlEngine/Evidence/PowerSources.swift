package import PawlCore
package import PawlGate
import PawlSystem

/// What is on record of a workflow's gates: the baseline's evidence, a second model's, the stored runs. Nothing is run.
package struct PowerSources {
  let project: Project
  let workflow: Workflow
  let heads: BaselineHeads

  package init(project: Project, workflow: Workflow, heads: BaselineHeads) {
    self.project = project
    self.workflow = workflow
    self.heads = heads
  }

  /// The gates of the workflow, in the file's order.
  package var gates: [(stage: Stage, gate: Gate)] {
    workflow.stages.compactMap { stage in
      if case .judge(let gate) = stage.work { (stage, gate) } else { nil }
    }
  }

  /// What a gate's power can be measured on.
  package func evidence(of gate: Gate, _ stage: Stage) -> PowerEvidence {
    var found = PowerEvidence(gate: stage.id.name, policy: gate.policy, exhibits: [])
    var seed = ""
    for exhibit in gate.exhibits {
      let (evidence, second) = evidence(exhibit, gate, stage)
      found.exhibits.append(evidence)
      found.second[exhibit.name] = second
      seed += evidence.baseline.flatMap(\.files).joined(separator: " ")
    }
    if case .one(let record)? = state(gate) {
      seed += record.evidence.map { $0.predictions?.digest.hex ?? $0.key.hex }.joined()
    }
    found.seed = Digester.digest(seed).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    return found
  }

  // MARK: Both sides

  func state(_ gate: Gate) -> BaselineHeads.State? { gate.policy.baseline.map { heads[$0] } }

  private func evidence(_ exhibit: Exhibit, _ gate: Gate, _ stage: Stage) -> (ExhibitEvidence, String?) {
    var evidence = ExhibitEvidence(name: exhibit.name, candidate: [])
    evidence.ships = exhibit.ships.flatMap { exhibit.candidate.firstIndex(of: $0) }
    let evaluation = self.evaluation(exhibit)
    switch state(gate) {
    case .nothing(let diagnostic), .unusable(let diagnostic): evidence.baselineProblem = diagnostic
    case .tree(let tree, _):
      let reader = EvidenceReader(project.workspace)
      evidence.baseline = exhibit.candidate.compactMap { id in
        workflow.stages.first { $0.id == id }?.evaluation.map { own in
          reader.replicate(id.name, own) { path throws(Failure) in try tree.read(path) }
        }
      }
    case .file(let path):
      evidence.baseline = [SourceFile(path: path, spec: evaluation?.predictions).replicate(project.disk)]
    case .one(let record):
      let recorded = record.evidence.filter { $0.exhibit == exhibit.name }
      evidence.baseline = replicates(recorded, of: record, gate, exhibit)
      if recorded.isEmpty { evidence.baselineProblem = noEvidence(record.name, exhibit) }
      evidence.history = history(gate, exhibit, until: record, recorded.first?.testData)
      let second = self.second(exhibit, gate, stage, record, recorded)
      evidence.candidate = second?.replicates ?? []
      if let problem = evidence.baseline.lazy.compactMap(\.problem).first {
        // Without its rows the baseline measures nothing.
        evidence.baselineProblem = problem
        evidence.baseline = []
      }
      return (evidence, second?.name)
    case nil:
      // Only absolute rules: what the newest run measured is all there is.
      guard let draft = drafts(stage).first else {
        evidence.baselineProblem = Diagnostic("power.no-evidence", "no stored run has evidence of `\(exhibit.name)`")
        break
      }
      let mine = draft.record.evidence.filter { $0.exhibit == exhibit.name }
      evidence.baseline = replicates(mine, of: draft.record, gate, exhibit)
    }
    return (evidence, nil)
  }

  func evaluation(_ exhibit: Exhibit) -> Evaluation? {
    exhibit.candidate.lazy.compactMap { id in workflow.stages.first { $0.id == id }?.evaluation }.first
  }

  private func noEvidence(_ name: String, _ exhibit: Exhibit) -> Diagnostic {
    Diagnostic("baseline.no-evidence", "baseline `\(name)` holds no evidence of `\(exhibit.name)`")
  }

  func store(_ gate: Gate) -> BaselineStore? {
    gate.policy.baseline.map { heads.store(of: $0, project.disk) }
  }

  /// A record's replicates of an evidence; one whose rows are on record and no longer stored has a problem.
  func replicates(_ recorded: [RecordedEvidence], of record: BaselineRecord, _ gate: Gate, _ exhibit: Exhibit)
    -> [Replicate]
  {
    let store = self.store(gate)
    let reader = RecordReader(objects: project.objects) { _ in store }
    let spec = evaluation(exhibit)?.predictions
    return recorded.map { evidence in
      var replicate = reader.replicate(record, evidence, spec, name: evidence.stage.name)
      if replicate.problem == nil, replicate.rows == nil, evidence.predictions != nil, spec != nil {
        // A gate compares the number then; how often it errs cannot be told from a number.
        let whose = record.name.isEmpty ? "run `\(RunName.short(record.run))`" : "baseline `\(record.name)`"
        replicate.problem = Diagnostic(
          "power.rows-gone", "the rows of \(whose) are no longer stored",
          remedy: "raise `keep: { predictions: … }` before the next promotion")
      }
      return replicate
    }
  }

  // MARK: A second model

  /// What the stored runs of this workflow left for a gate, newest first.
  func drafts(_ stage: Stage) -> [Draft] {
    let gate = RunFolder.escaped(stage.id.name)
    return ((try? project.runs.ids()) ?? []).compactMap { id in
      // A run that cannot be read hides no other.
      let drafts = (try? Draft.read(project.runs[id], project.disk)) ?? []
      return drafts.first { $0.gate == gate && $0.record.workflow == workflow.name }
    }
  }

  /// The newest other model on the same test data: a stored run's that did not fail, else an earlier record's, and a
  /// run that failed only where there is nothing better, as a broken model disagrees more than an equal one.
  private func second(
    _ exhibit: Exhibit, _ gate: Gate, _ stage: Stage, _ record: BaselineRecord, _ recorded: [RecordedEvidence]
  ) -> (name: String, replicates: [Replicate])? {
    let drafts = self.drafts(stage).map(\.record)
    func run(_ record: BaselineRecord) -> String { "run \(RunName.short(record.run))" }
    let sound = drafts.filter { $0.verdict != .fail && $0.verdict != .invalid }.map { (name: run($0), record: $0) }
    let older = chain(gate, record).filter { $0.id != record.id }.map { (name: "record \($0.id)", record: $0) }
    let failed = drafts.filter { $0.verdict == .fail }.map {
      (name: run($0) + ", which failed: models that are equal disagree less", record: $0)
    }
    for other in sound + older + failed {
      let theirs = other.record.evidence.filter { $0.exhibit == exhibit.name }
      guard !theirs.isEmpty, theirs.first?.testData == recorded.first?.testData,
        Set(theirs.map(\.key)).isDisjoint(with: recorded.map(\.key)),
        theirs.map({ $0.predictions?.digest }) != recorded.map({ $0.predictions?.digest })
      else { continue }
      let replicates = self.replicates(theirs, of: other.record, gate, exhibit)
      if replicates.allSatisfy({ $0.problem == nil && $0.rows != nil }) { return (other.name, replicates) }
    }
    return nil
  }

  /// A record and what it descends from, newest first; none where the baseline is no named one.
  private func chain(_ gate: Gate, _ record: BaselineRecord) -> [BaselineRecord] {
    guard case .named? = gate.policy.baseline?.origin else { return [] }
    return (try? store(gate)?.chain(of: record)) ?? []
  }

  /// What the last promotions up to a record measured, for `history` rules.
  func history(_ gate: Gate, _ exhibit: Exhibit, until record: BaselineRecord, _ today: Digest?) -> [HistoricRun] {
    guard let last = gate.policy.historyLength(of: exhibit.name) else { return [] }
    return RecordReader.history(chain(gate, record), of: exhibit.name, last: last, today: today)
  }
}
