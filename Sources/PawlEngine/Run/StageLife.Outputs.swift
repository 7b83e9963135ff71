import PawlCore
import PawlSystem

/// What stands at the paths of outputs, before a stage runs and after.
extension StageLife {
  /// Removes old outputs so that a stage can never pass on yesterday's file; what no stage made is kept first.
  func clearOutputs(keeping: Bool = true) async throws(Failure) {
    for output in stage.outputs {
      try context.disk.makeFolder(Paths.parent(output.path))
      if keeping, !context.memory.unkept.holds(output.path) { try await keepForeign(output) }
      try context.disk.remove(output.path, recursively: true)
    }
  }

  private func keepForeign(_ output: Output) async throws(Failure) {
    guard let made = try context.workspace.made(output.path), !(try context.memory.objects.renew(made)),
      !(await context.memory.madeLast(made, by: stage.id))
    else { return }
    try context.memory.objects.keep(path: made.path, made: made)
    tell(.diagnosed(foreign(made, written: output.written, at: output.location)))
  }

  /// A note on what was kept before it went. What an interrupted run left is kept as well: nothing tells whether its
  /// stage wrote last or a person did.
  func foreign(_ made: Made, written: String, at location: SourceLocation?) -> Diagnostic {
    let place = context.memory.objects.path(of: made.digest) + (made.isFolder ? ".tree" : "")
    let kept = "it is kept in the cache as \(made.digest.hex.prefix(16))…"
    let unkept = context.memory.unkept
    if let left = unkept.interruption(of: stage.id, workflow: context.workflow.name, besides: context.head.id),
      let newest = StatDigest(tree: made.path, on: context.disk)?.newest,
      Double(newest) / 1e9 + 0.02 >= left.since.seconds
    {
      return Diagnostic(
        "engine.half-made-output",
        "`\(written)` may be what run \(RunName.short(left.run)), which was interrupted, left half-made; \(kept)",
        severity: .note, at: location, cause: "it is \(place)")
    }
    return Diagnostic(
      "engine.foreign-output",
      "`\(written)` \(made.isFolder ? "may hold what Pawl did not make" : "was not made by Pawl"); \(kept)",
      severity: .note, at: location,
      cause: "it is \(place)")
  }

  /// Does what makes the outputs, and remembers what it left of them where the cache does not hold it: a file that stands
  /// there then is the stage's, whatever became of the stage, and so is the folder of one that succeeded.
  func notingOutputs(
    _ work: () async throws(Failure) -> Settlement
  ) async throws(Failure) -> Settlement {
    do throws(Failure) {
      let settlement = try await work()
      // A stage that succeeds and keeps nothing is not made to wait for a clock.
      await noteUnkept(patiently: settlement.outcome != .succeeded)
      return settlement
    } catch {
      await noteUnkept(patiently: true)
      throw error
    }
  }

  private func noteUnkept(patiently: Bool) async {
    // What the store would not take may be hours of work: the next run keeps it before it runs again.
    if isKept.change({ $0 }) || isRefused.change({ $0 }) { return }
    for output in stage.outputs {
      // Into the folder of a stage that failed a person may have put something while it ran: that is kept.
      if patiently, (try? context.disk.linkOrEntry(output.path))??.kind == .folder { continue }
      await context.memory.unkept.note(output.path, of: stage.id, in: context.head.id ?? "", patiently: patiently)
    }
  }

  // MARK: Upstream

  /// What stages before this one made and does not stand where they left it: another `pawl`, or a person, replaced it.
  var replacedUpstream: [Made] { upstreamMade.filter { !context.workspace.holds([$0]) } }

  /// Puts back what this stage reads, under locks that nobody else reads or writes by; its end where that cannot be.
  func putBack(_ lost: [Made], _ answer: StageMemory.Answer) async -> Settlement? {
    do throws(Failure) {
      for producer in producers {
        let theirs = lost.filter { upstream[producer]?.outputs.contains($0) == true }
        if theirs.isEmpty { continue }
        let kept = Kept(
          key: answer.key, fingerprint: answer.fingerprint, outputs: theirs, seconds: 0, run: context.head.id ?? "")
        for made in try await context.memory.restore(kept, for: producer) {
          tell(.diagnosed(foreign(made, written: made.path, at: stage.location)))
        }
      }
      return nil
    } catch {
      let paths = lost.map { "`\($0.path)`" }.joined(separator: ", ")
      return fault(
        .unusable(
          Diagnostic(
            "engine.input-replaced",
            "`\(stage.id)` cannot run: \(paths) \(lost.count == 1 ? "is" : "are") no longer what this run made",
            at: stage.location, cause: error.diagnostics.first?.message,
            remedy: "run again when nothing else writes there")), answer)
    }
  }
}
