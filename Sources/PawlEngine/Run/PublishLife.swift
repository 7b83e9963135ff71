import PawlCore
import PawlSystem

/// A promotion inside a run: authorised by `--promote`, strict about every gate, durable before it is told.
struct PublishLife: Sendable {
  let context: RunContext
  let publication: Publication
  /// What was judged so far.
  let gates: [GateResult]
  /// Whether every event so far is on disk.
  let canLog: Bool
  let hasErrors: Bool

  func publish() async -> ([Event.Kind], Settlement) {
    guard context.options.promotes else { return ([], Settlement(outcome: .skipped(.notAuthorised))) }
    do throws(Failure) {
      if !canLog {
        throw Failure(Diagnostic("promote.no-log", "the run's events could not be written, so nothing is promoted"))
      }
      var changes: [Event.Kind] = []
      for id in publication.gates {
        guard let stage = context.plan[id], case .judge(let gate) = stage.work,
          let result = gates.first(where: { $0.name == id.name })
        else { continue }
        guard let reference = gate.policy.baseline, case .named(let name) = reference.origin else {
          throw Failure(
            Diagnostic(
              "promote.no-name", "gate `\(id)` names no baseline to promote to", at: stage.location,
              remedy: "add `baseline: production` to the gate"))
        }
        let promotion = Promotion(
          disk: context.disk, objects: context.memory.objects, options: context.options, name: name,
          reference: reference)
        let drafts = try Draft.read(context.folder, context.disk)
        guard let draft = drafts.first(where: { $0.gate == RunFolder.escaped(id.name) }) else {
          throw Failure(Diagnostic("promote.no-evidence", "gate `\(id)` kept no evidence to promote"))
        }
        changes.append(.baselineMoved(try promotion.promote(draft.record, judged: result, at: context.now())))
      }
      return (changes, Settlement(outcome: .succeeded))
    } catch {
      let diagnostic =
        error.diagnostics.first ?? Diagnostic("promote.failed", "the promotion failed")
      // A refusal is a verdict (status 6); a disk that fails is not.
      let isRefusal = diagnostic.code.hasPrefix("promote.") || diagnostic.code.hasPrefix("baseline.")
      return (
        [isRefusal ? .promotionRefused(diagnostic) : .diagnosed(diagnostic)],
        Settlement(outcome: .skipped(.refused))
      )
    }
  }
}
