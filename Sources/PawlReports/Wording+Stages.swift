package import PawlCore

extension Wording {
  /// Why a stage is not up to date: `input data/train.csv changed`, `parameter train.rate 0.1 → 0.2`.
  package static func reason(_ reason: MissReason) -> String {
    switch reason {
    case .firstTime: "no earlier result"
    case .commandChanged: "the command changed"
    case .directoryChanged(let was, let now): "directory \(path(was)) → \(path(now))"
    case .parameterChanged(let name, let was?, let now?): "parameter \(name) \(was) → \(now)"
    case .parameterChanged(let name, nil, let now?): "parameter \(name) is new: \(now)"
    case .parameterChanged(let name, _, nil): "parameter \(name) is gone"
    case .inputAdded(let path): "input \(path) is new"
    case .inputRemoved(let path): "input \(path) is gone"
    case .inputChanged(let path): "input \(path) changed"
    case .environmentChanged(let name): "environment variable \(name) changed"
    case .toolChanged(let name, let was?, let now?): "tool \(name) \(was) → \(now)"
    case .toolChanged(let name, nil, let now?): "tool \(name) is new: \(now)"
    case .toolChanged(let name, _, nil): "tool \(name) is gone"
    case .outputsDeclared: "other outputs are declared"
    case .platformChanged(let was, let now): "platform \(was) → \(now)"
    case .lockChanged(let name): "environment changed: environment.\(name) has other packages"
    case .stale(let age, let limit): "result is \(span(age)) old, max-age \(limitText(limit))"
    case .outputMissing(let path): "output \(path) is missing"
    case .upstream(let stage): "depends on what \(stage.name) makes"
    case .neededBy(let stage): "its outputs are recorded but not here, and \(stage.name) needs them"
    case .condition(let text, let awaited):
      "when: \(text) is not known before " + (some(awaited) ?? "what it asks for")
        + " \(awaited.count > 1 ? "are" : "is") done"
    case .final: "a final stage runs in every run"
    case .cacheOff: "nothing changed, but `--no-cache` takes no earlier result"
    case .forced: "forced by `--force`"
    case .audited(let run): "audit: run again to compare with the result of run \(short(run))"
    case .distrusted(let run, let path):
      "never cached: results differed when audited in run \(short(run)): \(path)"
    case .neverCached(let why): why.isEmpty ? "never cached" : "never cached: \(why)"
    case .alwaysJudged: "a gate is judged in every run"
    }
  }

  /// `9 days`, `5 h`, `3 min`, `2 s`, rounded down; an age that is not known is said as such.
  private static func span(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "nobody knows how" }
    let whole = Int(seconds)
    if whole < 60 { return "\(whole) s" }
    if whole < 3_600 { return "\(whole / 60) min" }
    if whole < 2 * 86_400 { return "\(whole / 3_600) h" }
    return "\(whole / 86_400) days"
  }

  /// As it is written in a workflow: `7d`, `36h`, `90s`.
  private static func limitText(_ seconds: Double) -> String {
    for (unit, length) in [("d", 86_400.0), ("h", 3_600), ("m", 60)] where seconds >= length {
      let count = seconds / length
      if count == count.rounded(), count < 1e9 { return "\(Int(count))\(unit)" }
    }
    return Number(seconds).text + "s"
  }

  private static func path(_ path: String) -> String { path.isEmpty ? "." : path }

  /// `input a changed, and 2 more`; nil when there is no reason.
  package static func reasons(_ reasons: [MissReason]) -> String? {
    guard let first = reasons.first else { return nil }
    return reason(first) + (reasons.count > 1 ? ", and \(reasons.count - 1) more" : "")
  }

  /// Whether a stage succeeded only after a retry (contract §3).
  package static func isFlaky(_ entry: RunRecord.Entry) -> Bool {
    entry.settlement?.outcome == .succeeded && entry.attempts > 1
  }

  /// `1 flaky`; nil when every stage that succeeded did so at once.
  static func flaky(_ record: RunRecord) -> String? {
    let count = record.shownEntries.count(where: isFlaky)
    return count > 0 ? "\(Numbers.count(count)) flaky" : nil
  }

  /// `left 2 processes, ended: sleep 60 (4711), sh (4712)`; nil when a stage took everything with it.
  package static func leftovers(_ entry: RunRecord.Entry) -> String? {
    guard let left = entry.settlement?.leftovers, !left.isEmpty else { return nil }
    let named = left.prefix(3).joined(separator: ", ") + (left.count > 3 ? ", and \(left.count - 3) more" : "")
    return "left \(Numbers.plural(left.count, "process", "processes")), ended: \(named)"
  }

  /// The last lines that a failed stage printed for people: what it told a bar is no such line.
  static func tail(_ entry: RunRecord.Entry) -> [String] {
    (entry.settlement?.tail ?? []).filter { !$0.hasPrefix("::pawl ") }
  }

  /// What an ending means where its number does not say it; nil where there is nothing to add.
  static func meaning(_ exit: JobExit) -> String? {
    switch exit {
    case .code(126): "126 is what a shell says of a file that it may not run"
    case .code(127): "127 is what a shell says of a command that it does not find"
    case .code(let code) where code > 128 && code < 160:
      "\(code) is what a shell says of a command ended by \(signal(code - 128))"
        + (code == 137 ? ", as for want of memory" : "")
    case .code: nil
    case .signal(9): "Pawl did not send it: a person, a batch system or a memory limit did"
    case .signal: nil
    case .timedOut: "give it longer with `timeout:`, or find what it waits for"
    case .outOfMemory: "let it use less, or keep others away from it: `resources: { memory: … }`"
    case .lost: "nobody saw how it ended: run again, or let `retries: { on: [lost] }` do it"
    case .notStarted, .stopped: nil
    }
  }

  /// The outcome's word in `result.json`.
  package static func outcome(_ entry: RunRecord.Entry) -> String {
    switch entry.settlement?.outcome {
    case .succeeded: "succeeded"
    case .reused: "reused"
    case .rejected: "rejected"
    case .unscorable: "skipped"
    case .skipped(.cancelled): "cancelled"
    case .skipped: "skipped"
    case .failed(.exit(.timedOut)): "timed-out"
    case .failed(.exit(.lost)): "lost"
    case .failed(.exit(.stopped)): "cancelled"
    case .failed: "failed"
    case nil: entry.started == nil ? "skipped" : "lost"
    }
  }

  /// The cause's word in `result.json`; nil where there is none.
  package static func causeWord(_ entry: RunRecord.Entry) -> String? {
    guard case .failed(let fault) = entry.settlement?.outcome else { return nil }
    switch fault {
    case .exit(.code): return "exit"
    case .exit(.signal): return "signal"
    case .exit(.timedOut): return "timeout"
    case .exit(.outOfMemory): return "oom"
    case .exit(.lost): return "lost"
    case .outputMissing: return "output-missing"
    case .exit(.notStarted), .exit(.stopped), .unusable, .secretMissing: return nil
    }
  }

  /// What went wrong, a fragment: `exit 1`, `killed by SIGKILL`, `timed out`.
  package static func cause(_ fault: StageFault) -> String {
    switch fault {
    case .exit(let exit): cause(exit)
    case .outputMissing(let path): "it ended well but did not make its output `\(path)`"
    case .unusable(let diagnostic): diagnostic.message
    case .secretMissing(let name): "the secret `\(name)` is not set"
    }
  }

  package static func cause(_ exit: JobExit) -> String {
    switch exit {
    case .code(let code): "exit \(code)"
    case .signal(let number): "ended by \(signal(number))"
    case .timedOut: "timed out"
    case .outOfMemory: "out of memory"
    case .lost(let why): why.isEmpty ? "lost" : "lost: \(why)"
    case .notStarted(let why): "could not be started: \(why)"
    case .stopped: "stopped with the run"
    }
  }

  /// `SIGKILL` for 9, `signal 77` for what has no usual name.
  package static func signal(_ number: Int32) -> String {
    let names: [Int32: String] = [
      1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
      11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ",
    ]
    return names[number] ?? "signal \(number)"
  }

  /// Why a stage was not run, after "not run:".
  package static func skip(_ reason: SkipReason) -> String {
    switch reason {
    case .needs(let stage): "needs \(stage.name)"
    case .cancelled: "the run was stopped"
    case .afterFailure(let stage): "\(stage.name) failed (`--keep-going` goes on)"
    case .sameTestData: "the baseline's evidence is of the same test data"
    case .notAuthorised: "`--promote` was not given"
    case .refused: "the promotion was refused"
    case .condition(let text): "when: \(text)"
    case .outOfTime: "the run's time was up"
    }
  }

  /// How a stage ended, in one fragment: `exit 1 after 0.4 s`, `not run: needs train[seed=2]`, `0.1 s`.
  ///
  /// - Parameter isAlive: the run goes on, so that what has no end yet has begun or waits.
  package static func ending(_ entry: RunRecord.Entry, isAlive: Bool = false) -> String {
    let time = entry.seconds.map(Numbers.duration)
    let before = setbacks(entry).map { " (\($0))" } ?? ""
    let retried = entry.attempts > 1 ? "attempt \(entry.attempts)" + before : nil
    func join(_ parts: String?...) -> String { parts.compactMap { $0 }.joined(separator: ", ") }
    switch entry.settlement?.outcome {
    case .succeeded:
      return join(
        time ?? (entry.planned.kind == "gate" ? "judged" : "done"),
        entry.attempts > 1 ? "flaky: passed on attempt \(entry.attempts)" + before : nil, audit(entry))
    case .reused: return entry.settlement?.reuse.map { reused($0) } ?? "up to date"
    case .rejected: return join(time, "blocks")
    case .unscorable(let fault): return "cannot be scored again: \(cause(fault, in: line(entry)))"
    case .skipped(let reason): return "not run: \(skip(reason))"
    case .failed(.outputMissing(let path)):
      return join("exit 0" + (time.map { " after \($0)" } ?? "") + ", but its output `\(path)` is missing", retried)
    case .failed(let fault): return join(cause(fault, in: line(entry), after: time), retried)
    case nil:
      if isAlive { return entry.started == nil ? "waiting" : "running" }
      return entry.started == nil ? "not run: the run was interrupted" : "interrupted with the run"
    }
  }

  /// What is said of the other halves of a stage: `baseline ↻, v1 0.2 s`; nil when there is none.
  package static func twin(_ entry: RunRecord.Entry, in record: RunRecord) -> String? {
    let said = record.twins(of: entry.planned.id).compactMap { twin -> String? in
      let name = twinName(twin)
      switch twin.settlement?.outcome {
      case .reused, .skipped(.sameTestData): return "\(name) ↻"
      case .succeeded: return "\(name) " + (twin.seconds.map(Numbers.duration) ?? "scored again")
      case .unscorable(let fault): return "\(name) cannot be scored again: \(cause(fault, in: line(twin)))"
      case .failed(let fault): return "\(name): \(cause(fault, in: line(twin)))"
      case .skipped, .rejected, nil: return nil
      }
    }
    return said.isEmpty ? nil : said.joined(separator: ", ")
  }

  /// Whose model a twin scores again, `baseline` or an anchor's name: what stands behind its last `@`.
  package static func twinName(_ twin: RunRecord.Entry) -> String {
    let name = twin.planned.id.name.unicodeScalars
    guard let mark = name.lastIndex(of: "@") else { return "baseline" }
    return String(name[name.index(after: mark)...])
  }

  /// A twin as a line of its own begins: `baseline half evaluate[seed=1]@baseline`, `v1 scored again, evaluate[seed=1]`.
  package static func twinTitle(_ twin: RunRecord.Entry) -> String {
    let name = twinName(twin)
    guard name != "baseline", twin.planned.id.name.hasSuffix("@" + name) else {
      return "baseline half \(twin.planned.id.name)"
    }
    return "\(name) scored again, \(twin.planned.id.name.dropLast(name.count + 1))"
  }

  /// `2 succeeded and are kept, 1 stopped, 5 not run`, what there is none of left out.
  ///
  /// Where the surroundings failed, nothing is said of what is kept.
  package static func stageTally(_ record: RunRecord) -> String {
    let isSound = !record.diagnostics.contains { $0.severity == .error }
    var failed = 0, stopped = 0, kept = 0, notRun = 0, rejected = 0
    for entry in record.shownEntries {
      switch entry.settlement?.outcome {
      case .succeeded, .reused, .unscorable: kept += 1
      case .rejected: rejected += 1
      case .failed(.exit(.stopped)): stopped += 1
      case .failed: failed += 1
      case .skipped: notRun += 1
      case nil: if entry.started == nil { notRun += 1 } else { stopped += 1 }
      }
    }
    let parts = [
      failed > 0 ? Numbers.plural(failed, "stage") + " failed" : nil, stopped > 0 ? "\(stopped) stopped" : nil,
      rejected > 0 ? "\(rejected) rejected" : nil, notRun > 0 ? "\(notRun) not run" : nil,
      kept > 0 ? "\(kept) succeeded" + (isSound ? " and \(kept == 1 ? "is" : "are") kept" : "") : nil,
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }

  /// A failed stage as a diagnostic that points at the workflow; nil for any other.
  package static func diagnostic(_ entry: RunRecord.Entry) -> Diagnostic? {
    guard case .failed(let fault) = entry.settlement?.outcome else { return nil }
    let message = "stage `\(entry.planned.id.name)`: \(cause(fault, in: line(entry)))"
    if case .unusable(let inner) = fault {
      return Diagnostic(
        inner.code, message, at: inner.location ?? entry.planned.location, cause: inner.cause, remedy: inner.remedy)
    }
    let next = remedies(fault) + (entry.attempts > 0 ? ["pawl log latest '\(entry.planned.id.name)'"] : [])
    return Diagnostic(
      "stage.failed", message, at: entry.planned.location, remedy: next.isEmpty ? nil : next.joined(separator: "; "))
  }
}
