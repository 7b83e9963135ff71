import PawlCore
import PawlSystem

/// Making a result again that would be reused, to compare the two.
extension StageLife {
  /// The result that is to be made again, nil where none is.
  ///
  /// Beside the draw it takes that the stage can run as if it had never been: its inputs stand here, and those of the
  /// stages after it; its secrets are set; no checkpoint of another key lies in its way. A baseline half is never drawn:
  /// it is the candidate half's program, which is.
  func audited(_ answer: StageMemory.Answer) -> Kept? {
    guard context.audit.takes(answer.key), stage.subject == .candidate, let kept = answer.available,
      !kept.outputs.isEmpty, !mustRun, !context.options.reuseOnly.covers(stage.base, stage.id.name),
      missingSecret == nil, isCheckpointFree(for: answer.key), context.forecast.canFollow(stage.id, in: context.plan),
      context.workspace.holds(Array(upstreamOutputs.values))
    else { return nil }
    return kept
  }

  /// Sees to it that the result of before can be had again whatever becomes of this run; where it cannot, there is no
  /// audit.
  func secured(_ answer: StageMemory.Answer) async -> StageMemory.Answer {
    guard let kept = answer.audited else { return answer }
    var answer = answer
    do throws(Failure) {
      // An interrupted attempt for the very key left it, and the result is here.
      try removeCheckpoint()
      let isHere = kept.outputs.allSatisfy { (try? context.memory.objects.renew($0)) ?? false }
      if !isHere {
        for made in try await context.memory.restore(kept, for: stage.id) {
          tell(.diagnosed(foreign(made, written: made.path, at: stage.location)))
        }
      }
      if !isHere || answer.baseline != nil { try await context.memory.keep(stage, kept) }
    } catch {
      answer.audited = nil
    }
    return answer
  }

  /// What the audit found; it is told and noted. nil for a stage that is not audited.
  func compare(_ outputs: [Made], with answer: StageMemory.Answer) -> Audit? {
    guard let kept = answer.audited else { return nil }
    let comparison = OutputComparison(objects: context.memory.objects, workspace: context.workspace)
    let audit = Audit(run: kept.run, difference: comparison.first(from: kept.outputs, to: outputs))
    if let difference = audit.difference {
      tell(.diagnosed(.differs(stage, difference, from: audit.run)))
    }
    do throws(Failure) {
      try context.memory.note(audit, of: stage, by: context.head.id ?? "", upstream: upstreamOutputs)
    } catch {
      for diagnostic in error.diagnostics { tell(.diagnosed(diagnostic)) }
    }
    return audit
  }
}

extension StageMemory.Answer {
  /// The earlier result whose content is here.
  fileprivate var available: Kept? {
    switch recall {
    case .inPlace(let kept), .stored(let kept): kept
    case .recorded, .absent, .undetermined: nil
    }
  }
}

extension Diagnostic {
  /// Why a stage that may not run would have to, where it is for want of trust; nil else.
  static func distrusted(_ stage: Stage, _ answer: StageMemory.Answer) -> Diagnostic? {
    guard case .absent(let why) = answer.recall, case .distrusted(let run, let path)? = why.first else { return nil }
    return Diagnostic(
      "engine.reuse-only", "`\(stage.id)` would have to run: its results are not reused",
      cause: "they differed at `\(path)` when they were audited in run \(RunName.short(run))",
      remedy: "run it where training is allowed, mend it, or `pawl cache trust \(stage.base)`")
  }

  fileprivate static func differs(_ stage: Stage, _ difference: OutputDifference, from run: String) -> Diagnostic {
    let run = RunName.short(run)
    let found =
      switch difference.manner {
      case .content: "differs from run \(run)"
      case .mode(let isExecutable): "is \(isExecutable ? "" : "not ")executable, unlike in run \(run)"
      case .kind: "is a file, a link or a folder, and another of them in run \(run)"
      case .onlyBefore: "is missing, and was there in run \(run)"
      case .onlyNow: "was not there in run \(run)"
      }
    var digests = ""
    if case .content(let was, let now) = difference.manner {
      digests = "SHA-256 was \(was.hex.prefix(12))… and is \(now.hex.prefix(12))…: "
    }
    return Diagnostic(
      "cache.differs", "`\(stage.id)` made something else of the same inputs: `\(difference.path)` \(found)",
      severity: .warning, at: stage.location,
      cause: digests + "it depends on chance, on time or on something undeclared; its results are not reused any more",
      remedy: "fix its seed, declare what it reads, or write `no-cache: true`; it is trusted again once its command, "
        + "its environment or an input that no stage makes changes, or by `pawl cache trust \(stage.base)`")
  }
}
