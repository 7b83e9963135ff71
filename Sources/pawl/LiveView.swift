import Glibc
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// A run on a terminal: a line for each settled stage, which stays, and below one for each running stage and a summary,
/// redrawn at most ten times a second.
struct LiveView: EventSink {
  private let style: Style
  private let session: Session
  private let note: String?
  /// Everything was up to date when the plan was made: one line says it better than one a stage.
  private let isQuiet: Bool
  /// A terminal that cannot move its cursor gets lines only.
  private let canMove = Environment.all()["TERM"] != "dumb"
  private var screen = LiveScreen()
  /// Lines that wait for the next frame.
  private var finished: [String] = []
  private var alive: [Progress] = []
  private var gauges: [StageID: MemoryGauge] = [:]
  private var stages = 0
  private var settled = 0
  private var turn = 0
  private var isStopping = false
  private var lastFrame = -Double.infinity
  private var lastTick = 0.0
  private var left: (seconds: Double?, at: Double) = (nil, -.infinity)
  private var times: StageTimes
  /// Made anew when a stage teaches how long its like take.
  private var timeLeft: TimeLeft?

  var isLive: Bool { canMove }

  init(style: Style, session: Session, note: String?) {
    self.style = style
    self.session = session
    self.note = note
    isQuiet =
      !session.forecast.answers.isEmpty && session.forecast.answers.values.allSatisfy { $0.kept != nil }
      && session.forecast.needed.isEmpty
    times = session.times
  }

  mutating func receive(_ event: Event, _ record: RunRecord) throws(Failure) {
    switch event.kind {
    case .runPlanned(let head, let planned):
      stages = planned.count { $0.subject == .candidate }
      if isQuiet { return }
      finished += PawlReports.Terminal.banner(
        head, stages: stages, baseline: session.baselineUse, note: note, now: event.time, style: style)
    case .attemptSpawned(let id, _, let pid, _): gauges[id] = MemoryGauge(pid)
    case .stageSettled(let id, _): settle(id, record)
    case .attemptFailed(let id, let attempt, let exit, let number, let wait):
      let line = Wording.line(number, of: id, in: record)
      finished.append(
        "    attempt \(attempt) of \(Escaping.terminal(id.name)): "
          + Escaping.terminal(Wording.cause(exit, in: line)) + "; again in "
          + Numbers.duration(wait))
    case .cancelRequested:
      isStopping = true
      finished.append("stopping: what runs has its grace to save its work (Ctrl-C again ends it now)")
    case .diagnosed(let diagnostic):
      if diagnostic.severity != .error { finished += DiagnosticText.render([diagnostic], style) }
    case .runFinished:
      if isQuiet, let head = record.head, record.entries.allSatisfy({ $0.attempts == 0 }) {
        finished += PawlReports.Terminal.upToDate(
          head, stages: stages, seconds: record.seconds, style: style)
      }
      alive = []
      draw(record, isLast: true)
      return
    case .attemptStarted, .gateJudged, .baselineMoved, .promotionRefused: break
    }
    if MonotonicClock.now() - lastFrame >= 0.1 { draw(record) }
  }

  mutating func tick(_ alive: [Progress], _ record: RunRecord) {
    self.alive = alive
    lastTick = MonotonicClock.now()
    turn += 1
    draw(record)
  }

  private mutating func settle(_ id: StageID, _ record: RunRecord) {
    gauges[id] = nil
    alive.removeAll { $0.stage == id }
    guard let entry = record[id] else { return }
    if entry.attempts > 0, entry.settlement?.outcome == .succeeded, let seconds = entry.seconds {
      times.add(entry.planned.base, seconds)
      timeLeft = nil
    }
    guard entry.planned.subject == .candidate else { return }
    settled += 1
    // A gate that judged is shown whole at the end, on standard output.
    if entry.planned.kind == "gate", entry.attempts == 0, !record.gates.isEmpty { return }
    if isQuiet, entry.settlement?.outcome == .reused { return }
    finished += PawlReports.Terminal.stageLine(entry, in: record, style: style)
  }

  // MARK: A frame

  private mutating func draw(_ record: RunRecord, isLast: Bool = false) {
    let now = MonotonicClock.now()
    lastFrame = now
    guard canMove else {
      Console.progress(finished)
      finished = []
      return
    }
    let (columns, rows) = LiveView.size()
    var running = alive
    for index in running.indices {
      running[index].elapsed += max(0, now - lastTick)
      let peak = gauges[running[index].stage]?.peak(at: now) ?? 0
      if peak > 0 { running[index].peakBytes = peak }
    }
    if now - left.at >= 1, !running.isEmpty { left = (secondsLeft(running, record), now) }
    var frame = LiveFrame(
      running: running, done: settled, stages: stages, left: left.seconds.map { max(0, $0 - (now - left.at)) },
      columns: columns, rows: rows)
    frame.isStopping = isStopping
    frame.turn = turn
    let text = screen.frame(finished: finished, live: isLast ? [] : frame.lines(style), columns: columns)
    finished = []
    if !text.isEmpty { Console.write(text, to: STDERR_FILENO) }
  }

  /// The terminal's columns and rows now: it may have been resized since the last frame.
  private static func size() -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return (PawlSystem.Terminal.width, 24)
    }
    return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
  }

  // MARK: How long it will take

  private mutating func secondsLeft(_ running: [Progress], _ record: RunRecord) -> Double? {
    let timeLeft =
      timeLeft
      ?? TimeLeft(
        session.plan.stages.map { ($0.id, session.plan.waits($0), times.seconds($0)) }, capacity: session.capacity,
        wants: wants)
    self.timeLeft = timeLeft
    return timeLeft.seconds(isSettled: { record[$0]?.settlement != nil }, running: running)
  }

  private var wants: [StageID: Resources] {
    Dictionary(session.plan.stages.map { ($0.id, $0.resources) }, uniquingKeysWith: { first, _ in first })
  }
}
