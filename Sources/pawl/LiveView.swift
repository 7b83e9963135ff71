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
  private var history = History()

  /// What is known of how long stages take.
  private struct History {
    /// Seconds of stages that are in place: none.
    var known: [StageID: Double] = [:]
    /// Seconds of stages of the same name in this run, for what never ran: another seed takes as long.
    var siblings: [String: (sum: Double, count: Double)] = [:]
    var timeLeft: TimeLeft?

    mutating func add(_ base: String, _ seconds: Double) {
      let old = siblings[base] ?? (0, 0)
      siblings[base] = (old.sum + seconds, old.count + 1)
      timeLeft = nil
    }
  }

  var isLive: Bool { canMove }

  init(style: Style, session: Session, note: String?) {
    self.style = style
    self.session = session
    self.note = note
    isQuiet =
      !session.forecast.answers.isEmpty && session.forecast.answers.values.allSatisfy { $0.kept != nil }
      && session.forecast.needed.isEmpty
    learn()
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
      history.add(entry.planned.base, seconds)
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

  private mutating func learn() {
    for stage in session.plan.stages {
      switch stage.work {
      case .judge, .publish: history.known[stage.id] = 0
      case .job:
        let isKept = session.forecast.answers[stage.id]?.kept != nil && session.forecast.needed[stage.id] == nil
        if isKept { history.known[stage.id] = 0 } else { history.known[stage.id] = session.durations[stage.id] }
      }
    }
    for stage in session.plan.stages {
      if let seconds = session.durations[stage.id] { history.add(stage.base, seconds) }
    }
  }

  private mutating func secondsLeft(_ running: [Progress], _ record: RunRecord) -> Double? {
    let timeLeft =
      history.timeLeft
      ?? TimeLeft(
        session.plan.stages.map { stage in
          // A baseline half that never ran has mostly nothing to score again.
          let sibling =
            stage.subject == .baseline ? 0 : history.siblings[stage.base].map { $0.sum / $0.count }
          return (stage.id, session.plan.waits(stage), history.known[stage.id] ?? sibling)
        }, slots: record.head?.jobs ?? 1)
    history.timeLeft = timeLeft
    return timeLeft.seconds(isSettled: { record[$0]?.settlement != nil }, running: running)
  }
}
