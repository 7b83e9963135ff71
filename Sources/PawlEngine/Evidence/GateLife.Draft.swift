import PawlCore
import PawlGate

/// What a promotion of the judged candidate needs.
extension GateLife {
  /// The record that a promotion of this candidate would write.
  func draft(_ exhibits: [ExhibitEvidence], _ result: GateResult) -> Draft {
    var record = BaselineRecord(
      id: "", name: gate.policy.baseline?.name ?? "", run: context.head.id ?? "", workflow: context.workflow.name,
      time: context.now(), commit: context.head.commit, isDirty: context.head.isDirty ?? false, verdict: result.verdict,
      claims: context.claims(result))
    record.parents = result.baseline?.record.map { [$0] } ?? []
    let judged = gate.exhibits.flatMap(\.candidate)
    var upstream: [StageID] = []
    var queue = judged
    while let id = queue.popLast() {
      guard !upstream.contains(id) else { continue }
      upstream.append(id)
      queue += context.plan.needs[id] ?? []
    }
    for stage in context.plan.stages where upstream.contains(stage.id) {
      guard let settled = settlements[stage.id], let key = settled.key, let fingerprint = settled.fingerprint else {
        continue
      }
      record.stages.append(RecordedStage(id: stage.id, key: key, fingerprint: fingerprint, outputs: settled.outputs))
    }
    for (exhibit, evidence) in zip(gate.exhibits, exhibits) {
      for id in exhibit.candidate {
        guard let replicate = evidence.candidate.first(where: { $0.name == id.name }), let stage = context.plan[id],
          let settled = settlements[id], let key = settled.key
        else { continue }
        let rows = stage.evaluation?.predictions?.path
        record.evidence.append(
          RecordedEvidence(
            exhibit: exhibit.name, stage: id, base: stage.base, matrix: stage.matrix, key: key,
            testData: settled.testData, models: models(of: id),
            predictions: rows.flatMap { self.made($0, by: settled) }, metrics: measured(replicate, stage, exhibit)))
      }
    }
    return Draft(gate: stage.id.name, reference: gate.policy.baseline, record: record)
  }

  /// What was read from files, and what Pawl computes from the rows: what the stage declares, and what the gate's rules
  /// ask, so that a later `history` finds it.
  private func measured(_ replicate: Replicate, _ stage: Stage, _ exhibit: Exhibit) -> [Measurement] {
    var metrics = replicate.measurements
    if let rows = replicate.rows, let spec = stage.evaluation?.predictions {
      let asked = gate.policy.rules.filter { $0.speaks(of: exhibit.name) }.map(\.metric)
      var computed: [String] = []
      for name in spec.compute + spec.values.map(\.name) + asked where !computed.contains(name) {
        guard let value = RowMetrics.value(of: name, rows: rows).value else { continue }
        computed.append(name)
        metrics.append(Measurement(name, .number(Number(value))))
      }
    }
    // Of one name, what was computed stands first: it is what counts.
    return metrics.sorted { ($0.name, $0.file ?? "") < ($1.name, $1.file ?? "") }
  }
}
