import PawlCore
import PawlSystem

/// Stages whose results are not reused, because two of them differed when they should not have.
extension StageMemory {
  /// Why a stage's results are not reused; nil for one that is trusted, and for one that has changed since.
  func distrust(of stage: Stage) -> MissReason? {
    if distrusts.isEmpty { return nil }
    let definition = Digester.digest(stage.definition)
    let mark = distrusts[AuditLog.name(scope, stage.base)]?.last { mark in
      // What cannot be read has not changed, as far as is known.
      mark.definition == definition && (try? content(of: mark.sources)) ?? mark.content == mark.content
    }
    return mark.map { .distrusted(run: $0.run, path: $0.path) }
  }

  /// Notes what an audit found; `upstream` holds what producers made, by path.
  func note(_ audit: Audit, of stage: Stage, by run: String, upstream: [String: Made]) throws(Failure) {
    var finding = AuditLog.Entry.Finding.same(run: run)
    if let difference = audit.difference {
      let sources = stage.inputs.filter { StageMemory.isSource($0, upstream) }.map(\.path)
      finding = .differs(
        Distrust(
          run: run, instance: stage.id, path: difference.path, definition: Digester.digest(stage.definition),
          sources: sources, content: try content(of: sources)))
    }
    try AuditLog(objects.actions).append(AuditLog.Entry(AuditLog.name(scope, stage.base), finding))
  }

  /// Whether no stage makes any of what an input names.
  private static func isSource(_ input: Input, _ upstream: [String: Made]) -> Bool {
    if input.placed != nil { return false }
    let start = Glob.fixedPrefix(of: input.path)
    return !upstream.keys.contains { path in
      guard input.isGlob else { return Paths.overlap(path, input.path) }
      return Glob.matches(input.path, path) || path == start || Paths.isUnder(start, path)
    }
  }

  /// One digest over what stands at paths and patterns; what is absent is part of it.
  private func content(of sources: [String]) throws(Failure) -> Digest {
    var lines: [String] = []
    for source in sources {
      for path in Glob.isPattern(source) ? try workspace.disk.expand(source) : [source] {
        let made = try workspace.made(path)
        lines.append("\(made?.digest.hex ?? "absent") \(made?.isExecutable == true ? "x" : "-") \(path)\n")
      }
    }
    return Digester.digest(lines.joined())
  }
}
