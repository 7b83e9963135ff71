import PawlCore
import PawlSystem

/// A promotion inside a run: authorised by `--promote`, strict about every gate, durable before it is told.
struct PublishLife: Sendable {
  let context: RunContext
  let publication: Publication
  /// What was judged so far.
  let gates: [GateResult]
  /// Why nothing of this run may be promoted: a stage failed, the store did, the log cannot be trusted.
  let obstacle: Diagnostic?

  func publish() async -> ([Event.Kind], Settlement) {
    guard context.options.promotes else { return ([], Settlement(outcome: .skipped(.notAuthorised))) }
    do throws(Failure) {
      if let obstacle { throw Failure(obstacle) }
      var results: [GateResult] = []
      for id in publication.gates {
        guard let result = gates.first(where: { $0.name == id.name }) else {
          throw Failure(Diagnostic("promote.not-judged", "gate `\(id)` was not judged, so nothing is promoted"))
        }
        results.append(result)
      }
      let batch = PromotionBatch(
        disk: context.disk, objects: context.memory.objects, options: context.options, name: nil)
      let (changes, problem) = batch.promote(
        results, drafts: try Draft.read(context.folder, context.disk), at: context.now())
      let events = changes.map { Event.Kind.baselineMoved($0) }
      guard let problem else { return (events, Settlement(outcome: .succeeded)) }
      return (events + [told(problem)], Settlement(outcome: .skipped(.refused)))
    } catch {
      let diagnostic = error.diagnostics.first ?? Diagnostic("promote.failed", "the promotion failed")
      return ([told(diagnostic)], Settlement(outcome: .skipped(.refused)))
    }
  }

  /// A refusal is a verdict (status 6); a disk that fails is not.
  private func told(_ diagnostic: Diagnostic) -> Event.Kind {
    let isRefusal = diagnostic.code.hasPrefix("promote.") || diagnostic.code.hasPrefix("baseline.")
    return isRefusal ? .promotionRefused(diagnostic) : .diagnosed(diagnostic)
  }
}
