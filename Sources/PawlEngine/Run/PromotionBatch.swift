package import PawlCore
package import PawlSystem

/// The promotion of everything that a run's gates judged: all are checked before the first is written, and gates that
/// share a baseline make one record.
package struct PromotionBatch: Sendable {
  private let disk: Disk
  private let objects: ObjectStore
  private let options: RunOptions
  private let name: String?

  /// `name` promotes to another baseline than the gates name.
  package init(disk: Disk, objects: ObjectStore, options: RunOptions, name: String?) {
    self.disk = disk
    self.objects = objects
    self.options = options
    self.name = name
  }

  private struct Target: Hashable {
    var name: String
    var store: String
  }

  /// What was written, and what went wrong: with a refusal nothing was, with a failing disk perhaps a part.
  package func promote(
    _ results: [GateResult], drafts: [Draft], at time: Timestamp
  ) -> (changes: [BaselineChange], problem: Diagnostic?) {
    var changes: [BaselineChange] = []
    do throws(Failure) {
      var order: [Target] = []
      var groups: [Target: (promotion: Promotion, record: BaselineRecord, results: [GateResult])] = [:]
      for result in results {
        guard let draft = drafts.first(where: { $0.gate == RunFolder.escaped(result.name) }) else {
          throw Failure(Diagnostic("promote.no-evidence", "gate `\(result.name)` kept no evidence to promote"))
        }
        guard let reference = draft.reference else {
          throw Failure(
            Diagnostic(
              "promote.no-name", "gate `\(result.name)` names no baseline to promote to", at: result.location,
              remedy: "add `baseline: production` to the gate"))
        }
        let target = Target(name: name ?? reference.name, store: reference.store)
        if groups[target] == nil {
          let promotion = Promotion(
            disk: disk, objects: objects, options: options, name: target.name, reference: reference)
          groups[target] = (promotion, draft.record, [result])
          order.append(target)
        } else {
          groups[target]?.record.take(draft.record)
          groups[target]?.results.append(result)
        }
      }
      for target in order { if let group = groups[target] { try group.promotion.check(group.record, group.results) } }
      for target in order {
        guard let group = groups[target] else { continue }
        changes.append(try group.promotion.write(group.record, at: time))
      }
      return (changes, nil)
    } catch {
      return (changes, error.diagnostics.first ?? Diagnostic("promote.failed", "the promotion failed"))
    }
  }
}

extension BaselineRecord {
  /// Adds what another gate of the same run judged for the same baseline.
  mutating func take(_ other: BaselineRecord) {
    stages += other.stages.filter { stage in !stages.contains { $0.id == stage.id } }
    evidence += other.evidence.filter { piece in !evidence.contains { $0.stage == piece.stage } }
    claims += other.claims.filter { !claims.contains($0) }
    if other.verdict.rank > verdict.rank { verdict = other.verdict }
  }
}
