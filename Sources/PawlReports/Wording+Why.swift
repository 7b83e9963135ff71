package import PawlCore

/// Every hit, miss and skip in a line.
extension Wording {
  /// Why a stage ended up as it did, a line each: why it ran, where its result was taken from, why it was not run.
  package static func why(_ entry: RunRecord.Entry) -> [String] {
    if !entry.why.isEmpty { return entry.why.map { reason($0) } }
    switch entry.settlement?.outcome {
    case .reused: return [entry.settlement?.reuse.map(reuse) ?? "up to date"]
    case .skipped(let reason): return [skip(reason)]
    case .failed(.exit(.stopped)): return [skip(.cancelled)]
    case .succeeded, .rejected:
      switch entry.planned.kind {
      case "gate": return [reason(.alwaysJudged)]
      case "promote": return ["`--promote` was given"]
      case _: return []
      }
    case .failed(let fault): return ["not run: \(cause(fault))"]
    case nil: return entry.started == nil && entry.settled == nil ? ["the run ended before it"] : []
    case .unscorable: return []
    }
  }

  /// Why a run ran what it did, for a list of runs: what is new in it, before what is so in every run.
  package static func news(_ record: RunRecord) -> String {
    var news: [String] = []
    var usual: [String] = []
    for why in record.shownEntries.lazy.filter({ $0.attempts > 0 }).flatMap(\.why) {
      let line = reason(why)
      switch why {
      case .neverCached, .distrusted, .final, .alwaysJudged: if !usual.contains(line) { usual.append(line) }
      case _: if !news.contains(line) { news.append(line) }
      }
      if news.count == 2 { break }
    }
    return (news.isEmpty ? Array(usual.prefix(1)) : news).joined(separator: ", ")
  }

  /// What to do about a fault, a line each.
  package static func remedies(_ fault: StageFault) -> [String] {
    switch fault {
    case .unusable(let diagnostic): [diagnostic.cause, diagnostic.remedy].compactMap { $0 }
    case .outputMissing: ["write it there, or correct `outputs:`"]
    case .secretMissing(let name): ["set \(name) in the environment of pawl"]
    case .exit(let exit): [meaning(exit)].compactMap { $0 }
    }
  }

  /// How the attempts before the last ended: `attempt 1: ended by SIGTERM`; nil when there were none.
  static func setbacks(_ entry: RunRecord.Entry) -> String? {
    let all = entry.setbacks.enumerated().map { "attempt \($0.offset + 1): \(cause($0.element))" }
    guard !all.isEmpty else { return nil }
    return all.prefix(3).joined(separator: ", ") + (all.count > 3 ? ", and \(all.count - 3) more" : "")
  }

  /// What is said below a log of an attempt that is not the whole story; empty for a stage that just ran.
  package static func logEnd(
    _ entry: RunRecord.Entry, attempt: Int, run: String, isAlive: Bool = false
  ) -> [String] {
    let name = entry.planned.id.name
    var lines: [String] = []
    if attempt == entry.attempts, entry.settlement?.outcome != .succeeded || entry.attempts > 1 {
      lines.append("`\(name)`: \(ending(entry, isAlive: isAlive))")
      if case .failed(let fault) = entry.settlement?.outcome { lines += remedies(fault) }
    } else if attempt < entry.attempts, entry.setbacks.indices.contains(attempt - 1) {
      lines.append("`\(name)`, attempt \(attempt) of \(entry.attempts): \(cause(entry.setbacks[attempt - 1]))")
    }
    if attempt == entry.attempts, let left = leftovers(entry) { lines.append("`\(name)` \(left)") }
    if attempt > 1 {
      lines.append("the attempt before:  pawl log \(short(run)) \(ShellWord.quoted(name)) --attempt \(attempt - 1)")
    }
    return lines
  }

  /// The same without what the ending says already.
  package static func whyRest(_ entry: RunRecord.Entry) -> [String] {
    switch entry.settlement?.outcome {
    case .reused: return [entry.settlement?.reuse.flatMap(origin)].compactMap { $0 }
    case .skipped: return []
    case .succeeded, .unscorable, .failed, .rejected, nil:
      return entry.attempts > 0 || !entry.why.isEmpty ? why(entry) : []
    }
  }

  /// What is said beside an ending that does not say it all: why it ran unless that is plain, or who made what was reused.
  package static func whyBeside(_ entry: RunRecord.Entry) -> String? {
    if entry.settlement?.outcome == .reused { return entry.settlement?.reuse.flatMap(origin) }
    guard entry.started != nil, entry.why.first != .firstTime, entry.why.first != .alwaysJudged,
      entry.settlement?.audit == nil
    else { return nil }
    return reasons(entry.why)
  }

  /// `up to date: made by run 3f9a1c`, `restored from the cache: made by run 3f9a1c`.
  package static func reuse(_ reuse: Reuse) -> String {
    reused(reuse) + (origin(reuse).map { ": \($0)" } ?? "")
  }

  /// The same of a stage that has not been asked for yet.
  package static func willReuse(_ reuse: Reuse) -> String {
    let made = origin(reuse).map { ": \($0)" } ?? ""
    switch reuse.outputs {
    case .inPlace, .elsewhere: return reused(reuse) + made
    case .restored: return "would be \(reused(reuse))" + made
    }
  }

  /// What became of the outputs of a reused stage.
  static func reused(_ reuse: Reuse) -> String {
    switch reuse.outputs {
    case .inPlace: "up to date"
    case .restored: reuse.baseline == nil ? "restored from the cache" : "restored from what was recorded"
    case .elsewhere: "recorded, not fetched"
    }
  }

  /// `made by run 3f9a1c, in the record of production`.
  private static func origin(_ reuse: Reuse) -> String? {
    let parts = [
      reuse.run.flatMap { $0.isEmpty ? nil : "made by run \(short($0))" },
      reuse.baseline.map { "in the record of \($0)" },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// What a plan says of a stage, a line each; never empty.
  package static func why(_ forecast: PlanForecast) -> [String] {
    if let skip = forecast.skip { return [self.skip(skip)] }
    if let reuse = forecast.reuse { return [willReuse(reuse)] }
    guard forecast.why.isEmpty else { return forecast.why.map { reason($0) } }
    switch forecast.forecast {
    case .reuse: return ["up to date"]
    case .run: return ["would run"]
    case .skip: return ["would not run"]
    case .undetermined: return ["depends on what runs before it"]
    }
  }

  /// `a`, `a and b`, `a, b and 3 more`; nil for none.
  static func some(_ stages: [StageID]) -> String? {
    let names = stages.map(\.name)
    switch names.count {
    case 0: return nil
    case 1: return names[0]
    case 2: return "\(names[0]) and \(names[1])"
    case _: return "\(names[0]), \(names[1]) and \(names.count - 2) more"
    }
  }

  /// Why there is no log of a stage, and where there is one.
  ///
  /// - Parameter isHere: whether a run of this name is stored here.
  package static func noLog(
    _ entry: RunRecord.Entry, run: String, isAlive: Bool = false, isHere: (String) -> Bool
  ) -> [String] {
    let name = entry.planned.id.name
    let ending = ending(entry, isAlive: isAlive)
    switch entry.settlement?.outcome {
    case .reused:
      let maker = entry.settlement?.reuse?.run.flatMap { isHere($0) ? $0 : nil }
      return ["`\(name)` printed nothing in this run, it was reused: \(why(entry).joined(separator: "; "))"]
        + (maker.map { ["what it printed then:  pawl log \(short($0)) \(ShellWord.quoted(name))"] } ?? [])
    case .skipped, nil: return ["`\(name)` printed nothing: \(ending)"]
    case .succeeded, .rejected:
      return ["`\(name)` runs no command; what it found:  pawl show \(short(run))"]
    case .failed, .unscorable: return ["`\(name)` was not started: \(ending)"]
    }
  }

  /// Whether a run ended without a word, as by `kill -9`: it never said how it ended, or another said it for it.
  package static func isInterrupted(_ record: RunRecord) -> Bool {
    guard record.cancelSignal == nil else { return false }
    if record.verdict == nil || record.entries.contains(where: { $0.settlement == nil }) { return true }
    let isSaid = record.diagnostics.contains { $0.severity == .error }
    return record.exitStatus == .surroundings && !isSaid
  }

  /// Of a run that goes on: `2 of 5 done`.
  package static func done(_ record: RunRecord) -> String {
    let all = record.shownEntries
    return "\(all.count { $0.settlement != nil }) of \(all.count) done"
  }

  /// The last line of a run that goes on.
  package static func alive(_ record: RunRecord) -> String { "running: \(done(record))" }

  /// A run's stages in a list of runs: `8 ran`, `all up to date`, `3 ran, 1 failed, 2 not run`.
  package static func whatRan(_ record: RunRecord) -> String {
    var ran = 0, failed = 0, stopped = 0, left = 0
    for entry in record.shownEntries {
      if entry.attempts > 0 { ran += 1 }
      switch entry.settlement?.outcome {
      case .failed(.exit(.stopped)): if entry.attempts > 0 { stopped += 1 } else { left += 1 }
      case .failed: failed += 1
      case .skipped: left += 1
      case .succeeded, .reused, .unscorable, .rejected: break
      case nil: if entry.started == nil { left += 1 } else { stopped += 1 }
      }
    }
    let first = ran > 0 ? "\(ran) ran" : failed + stopped + left > 0 ? "none ran" : "all up to date"
    let rest = [
      failed > 0 ? "\(failed) failed" : nil, stopped > 0 ? "\(stopped) stopped" : nil, flaky(record),
      left > 0 ? "\(left) not run" : nil,
    ]
    return ([first] + rest.compactMap { $0 }).joined(separator: ", ")
  }
}
