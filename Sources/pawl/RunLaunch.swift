import Glibc
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// One `pawl run` from a file to an exit status.
struct RunLaunch: Sendable {
  let file: WorkflowFile
  let stages: [String]
  let screen: Screen
  let overrides: Overrides
  let options: RunOptions
  /// Absolute; nil for `pawl-report/` at the project root.
  let reportFolder: String?

  func run() throws -> ExitStatus {
    let mailbox = SignalMailbox()
    // Before any other thread exists: the block is inherited.
    Signals.watch([SIGINT, SIGTERM, SIGHUP]) { mailbox.post($0) }
    Subreaper.install()
    let outcome = Waiting.run { await execute(mailbox) }
    // What failed then was interrupted; what was half made has been removed on the way here.
    if let early = mailbox.early {
      Console.progress("stopped before any stage was run")
      Signals.end(with: early.signal, early.sessions)
    }
    switch outcome {
    case .success(.ran(let record)): return try finish(record)
    case .success(.repeated(let stored)): return try finish(repeating: stored)
    case .failure(let failure): throw failure
    }
  }

  /// What became of a launch.
  private enum Ending: Sendable {
    case ran(RunRecord)
    /// There was nothing to do and nothing to judge: the run that this one repeats.
    case repeated(StoredRun)
  }

  private func execute(_ mailbox: SignalMailbox) async -> Result<Ending, Failure> {
    do {
      let recovery = Recovery.clear(file.project.runs, now: WallClock.now())
      Console.complain(recovery.problems)
      let session = try await Session.open(
        file, stages: stages, overrides: overrides, options: options, makesEnvironments: true)
      let id = RunStore.newID(at: WallClock.now())
      if let stored = try repeated(session, id) {
        QuietRequest.keep(session, repeating: stored.id, self)
        return .success(.repeated(stored))
      }
      // A name that means nothing is a usage error, as a stage that is asked for.
      _ = try session.plan.limited(to: options.force.names + options.reuseOnly.names)
      for stage in session.plan.stages {
        if let excess = Schedule.excess(stage, session.capacity) {
          throw Failure(
            Diagnostic(
              "engine.too-large", "`\(stage.id)` asks for \(excess)", at: stage.location,
              remedy: "ask for less, or run it where there is more"))
        }
      }
      let alive = try file.project.runs.markAlive(id)
      defer { alive.end() }
      let folder = try file.project.runs.create(id)
      let context = RunContext(
        workspace: session.workspace, workflow: session.workflow, plan: session.plan,
        head: try RunHead(id, session, options), folder: folder, memory: session.memory, baselines: session.heads,
        options: options, forecast: session.forecast, durations: session.durations,
        environment: session.environment, capacity: session.capacity,
        claims: { result in
          // Who accepted what is part of the record as much as what was shown.
          result.judgements.compactMap { judgement in
            switch judgement.verdict {
            case .pass: Wording.claim(judgement, in: result, attempt: options.attempt)
            case .waived: Wording.message(judgement)
            case .fail, .inconclusive, .invalid, .notJudged: nil
            }
          }
        })
      let director = RunDirector(
        context, sinks: [try folder.openLog()] + screens(session, folder, recovery.found))
      guard mailbox.deliver(to: director.signalInbox) else {
        return .failure(Failure(Diagnostic("engine.stopped", "stopped before any stage was run")))
      }
      return .success(.ran(await director.run()))
    } catch let failure as Failure {
      return .failure(failure)
    } catch {
      return .failure(Failure(Diagnostic("engine.unexpected", "the run could not be started: \(error)")))
    }
  }

  // MARK: Nothing to do

  /// The newest run of this workflow when every stage is in place, there is no gate to judge, and the run of this name
  /// would audit nothing: it gets a line in its history instead of a successor.
  private func repeated(_ session: Session, _ id: String) throws(Failure) -> StoredRun? {
    let draw = AuditDraw(share: options.auditShare(of: session.workflow), run: id)
    guard options.force == .none, !options.skipsCache, session.forecast.isAllInPlace(session.plan),
      !session.forecast.isDrawn(draw)
    else { return nil }
    let runs = file.project.runs
    let latest = try runs.list(limit: 20).first { $0.workflow == session.workflow.name && $0.verdict == .passed }
    guard let latest else { return nil }
    let record = RunRecord(replaying: try runs.events(of: latest.id).events)
    guard Set(record.entries.map(\.planned.id)) == Set(session.plan.stages.map(\.id)) else { return nil }
    do throws(Failure) { try runs[latest.id].noteRepeat(at: WallClock.now()) } catch {
      // Everything is up to date, whether that can be noted or not.
      Console.complain(error.warnings())
    }
    return StoredRun(id: latest.id, folder: runs[latest.id], record: record, project: file.project)
  }

  private func finish(repeating stored: StoredRun) throws(Failure) -> ExitStatus {
    if let reportFolder { ReportFolder(disk: file.project.disk).attempt(stored.record, to: [reportFolder]) }
    if screen.isJSON {
      Console.answer(ResultJSON.render(stored.record, ReportOptions()))
    } else if let head = stored.record.head {
      let stages = stored.record.shownEntries.count
      Console.answer(QuietRequest.line(QuietTrace(workflow: head.workflow, run: stored.id, stages: stages)))
    }
    return .ok
  }

  // MARK: What is seen while it runs

  private func screens(
    _ session: Session, _ folder: RunFolder, _ found: [Recovery.Found]
  ) -> [any EventSink] {
    for diagnostic in session.diagnostics { Console.complain([diagnostic]) }
    if screen.isQuiet { return [] }
    let note = Recovery.note(found)
    let isTerminal = PawlSystem.Terminal.isTerminal(STDERR_FILENO)
    let variables = session.environment
    if isTerminal, variables["CI"] == nil {
      return [LiveView(style: Console.style(for: STDERR_FILENO, colour: screen.colour), session: session, note: note)]
    }
    let groups: PlainLines.Groups =
      variables["GITHUB_ACTIONS"] == "true" ? .gitHub : variables["GITLAB_CI"] != nil ? .gitLab : .none
    let disk = file.project.disk
    return [
      PlainLines(groups: groups, note: ([session.baselineNote, note].compactMap { $0 }).joined(separator: " · ")) {
        id, attempt, hasFailed in
        LogText.lines(disk, folder.logPath(id, attempt: attempt), last: hasFailed ? .max : 200)
      } write: {
        Console.progress($0)
      }
    ]
  }

  // MARK: The end

  private func finish(_ record: RunRecord) throws(Failure) -> ExitStatus {
    let disk = file.project.disk
    let status = record.exitStatus ?? .surroundings
    let target = reportFolder ?? disk.absolute("pawl-report")
    var written: String? = Paths.relative(target, from: "")
    if let id = record.head?.id {
      let run = file.project.runs[id]
      if !ReportFolder(disk: disk).attempt(record, of: run, to: [disk.absolute(run.reportsPath), target]) {
        written = nil
      }
    }
    ContinuousIntegration.tell(record, Environment.all(), disk: disk, reportFolder: target)
    // For those who ask why something ran or did not.
    if screen.isVerbose { Console.progress(KeyText.lines(record.entries.filter { $0.settlement?.key != nil })) }
    if screen.isJSON {
      Console.answer(ResultJSON.render(record, ReportOptions()))
    } else {
      let style = Console.style(for: STDOUT_FILENO, colour: screen.colour)
      Console.answer(summary(record, written.map { shown($0) }, style))
    }
    if case .signal(let number) = status { Signals.end(with: number) }
    return status
  }

  private func shown(_ path: String) -> String {
    let start = screen.start + "/"
    return path.hasPrefix(start) ? String(path.dropFirst(start.count)) : path
  }

  private func summary(_ record: RunRecord, _ reports: String?, _ style: Style) -> [String] {
    var lines: [String] = []
    for entry in record.shownEntries {
      if case .failed = entry.settlement?.outcome {
        let log = record.head?.id.map {
          file.project.runs[$0].logPath(entry.planned.id, attempt: max(1, entry.attempts))
        }
        lines += PawlReports.Terminal.failure(entry, logFile: log, style: style)
      }
    }
    let hasFailure = !lines.isEmpty
    if hasFailure || record.cancelSignal != nil { lines += PawlReports.Terminal.notRun(record, style: style) }
    for gate in record.gates {
      if !lines.isEmpty { lines.append("") }
      lines += PawlReports.Terminal.gate(gate, style: style)
    }
    if !lines.isEmpty { lines.append("") }
    lines += PawlReports.Terminal.closing(record, reportFolder: reports, style: style)
    for change in record.changes {
      lines.append("keep it in git:  git add \(ShellText.quoted(change.store)) && git commit")
    }
    return lines
  }
}

extension Recovery {
  /// `2 kept from run e01c77, which ended without a word; its process … was still alive and has been ended`.
  static func note(_ found: [Recovery.Found]) -> String? {
    guard let last = found.last else { return nil }
    var text = "\(last.finished) kept from run \(Wording.short(last.run)), which ended without a word"
    let ended = found.flatMap(\.ended)
    if !ended.isEmpty { text += "; still alive and ended: " + ended.joined(separator: ", ") }
    return text
  }
}

extension RunHead {
  init(_ id: String, _ session: Session, _ options: RunOptions) throws(Failure) {
    self.init(id: id, workflow: session.workflow.name, file: session.file.path, version: Version.text)
    let git = Git(root: session.file.project.disk.root)
    about = session.workflow.about
    jobs = options.jobs
    parameters = session.workflow.parameters.leaves()
    reportsRows = session.workflow.reportsRows
    attempt = options.attempt
    if let head = git.head() {
      commit = head.commit
      let stores = session.plan.stages.flatMap { stage -> [String] in
        guard case .judge(let gate) = stage.work else { return [] }
        return [gate.policy.baseline?.store, gate.policy.ledgerStore].compactMap { $0 }
      }
      // What cannot be told is no clean tree to promote from.
      isDirty = options.promotes ? try git.isDirty(excluding: stores) : try? git.isDirty(excluding: stores)
    }
    let disk = session.file.project.disk
    for section in session.workflow.card.sections {
      guard let bytes = try disk.read(section.value.text) else {
        throw Failure(
          Diagnostic(
            "card.no-section", "the card's section `\(section.key)` is missing: `\(section.value.text)` does not exist")
        )
      }
      cardSections.append(.init(section.key, .text(String(decoding: bytes, as: UTF8.self))))
    }
    if session.workflow.card.template != "default" {
      guard let bytes = try disk.read(session.workflow.card.template) else {
        throw Failure(
          Diagnostic("card.no-template", "the card's template `\(session.workflow.card.template)` does not exist"))
      }
      cardTemplate = String(decoding: bytes, as: UTF8.self)
    }
  }
}
