import Glibc
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// A run on a terminal: a line for each settled stage, which stays, and one line below that is redrawn.
struct LiveView: EventSink {
  private let style: Style
  private let session: Session
  private let note: String?
  private var hasStatus = false
  /// Everything was up to date when the plan was made: one line says it better than one a stage.
  private let isQuiet: Bool

  init(style: Style, session: Session, note: String?) {
    self.style = style
    self.session = session
    self.note = note
    isQuiet =
      !session.forecast.answers.isEmpty && session.forecast.answers.values.allSatisfy { $0.kept != nil }
      && session.forecast.needed.isEmpty
  }

  mutating func receive(_ event: Event, _ record: RunRecord) throws(Failure) {
    switch event.kind {
    case .runPlanned(let head, _):
      if isQuiet { return }
      print(
        PawlReports.Terminal.banner(
          head, stages: record.shownEntries.count, baseline: session.baselineUse, note: note, now: event.time,
          style: style))
    case .stageSettled(let id, _):
      guard let entry = record[id], entry.planned.subject == .candidate else { return }
      // A gate that judged is shown whole at the end, on standard output.
      if entry.planned.kind == "gate", entry.attempts == 0, !record.gates.isEmpty { return }
      if isQuiet, entry.settlement?.outcome == .reused { return }
      print(PawlReports.Terminal.stageLine(entry, in: record, style: style))
    case .attemptFailed(let id, let attempt, let exit, let wait):
      print(["    attempt \(attempt) of \(id): \(Wording.cause(exit)); again in \(Numbers.duration(wait))"])
    case .cancelRequested:
      print(["stopping: what runs has its grace to save its work (Ctrl-C again ends it now)"])
    case .diagnosed(let diagnostic):
      if diagnostic.severity != .error { print(DiagnosticText.render([diagnostic], style)) }
    case .runFinished:
      clear()
      if isQuiet, let head = record.head, record.entries.allSatisfy({ $0.attempts == 0 }) {
        print(
          PawlReports.Terminal.upToDate(
            head, stages: record.shownEntries.count, seconds: record.seconds, style: style))
      }
    case .attemptStarted, .attemptSpawned, .gateJudged, .baselineMoved, .promotionRefused: break
    }
  }

  mutating func tick(_ alive: [Progress], _ record: RunRecord) {
    guard !alive.isEmpty else { return }
    let done = record.shownEntries.filter { $0.settlement != nil }.count
    let running = alive.map { progress in
      let about = progress.forecast.map { " of about \(Numbers.duration($0))" } ?? ""
      return "\(progress.stage) \(Numbers.duration(progress.elapsed))\(about)"
    }.joined(separator: ", ")
    let last = alive.last { !$0.lastLine.isEmpty }.map { "   " + Escaping.terminal($0.lastLine) } ?? ""
    let line = "  \(done) of \(record.shownEntries.count) done; running \(running)\(last)"
    clear()
    Console.write(Columns.cut(line, max(20, style.width - 1)), to: STDERR_FILENO)
    hasStatus = true
  }

  private mutating func print(_ lines: [String]) {
    clear()
    Console.progress(lines)
  }

  private mutating func clear() {
    if hasStatus { Console.write("\r\u{1B}[2K", to: STDERR_FILENO) }
    hasStatus = false
  }
}
