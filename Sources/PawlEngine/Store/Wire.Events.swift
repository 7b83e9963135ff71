package import PawlCore

extension Subject: WireValue {}
extension RunVerdict: WireValue {}

extension ExitStatus: WireValue {
  package func write(to wire: inout WireWriter) { code.write(to: &wire) }
  package init(wire: Value) throws(WireMismatch) {
    guard let status = ExitStatus(code: try Int32(wire: wire)) else { throw WireMismatch("exit status") }
    self = status
  }
}

extension PlannedStage: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("stage", id)
      $0.put("base", base, unless: id.name)
      $0.put("kind", kind)
      $0.put("subject", subject, unless: .candidate)
      $0.put("commands", commands, unless: [])
      $0.put("needs", needs, unless: [])
      $0.put("at", location)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let id: StageID = try wire.get("stage")
    self.init(
      id: id, base: try wire.get("base", else: id.name), kind: try wire.get("kind"),
      subject: try wire.get("subject", else: .candidate), commands: try wire.get("commands", else: []),
      needs: try wire.get("needs", else: []), location: try wire.get("at"))
  }
}

extension RunHead: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("run", id)
      $0.put("workflow", workflow)
      $0.put("about", about)
      $0.put("file", file)
      $0.put("version", version)
      $0.put("commit", commit)
      $0.put("dirty", isDirty)
      $0.put("jobs", jobs)
      $0.put("parameters", parameters, unless: [])
      $0.put("card-sections", cardSections, unless: [])
      $0.put("card-template", cardTemplate)
      $0.put("reports-rows", reportsRows, unless: true)
      $0.put("attempt", attempt)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      id: try wire.find("run"), workflow: try wire.get("workflow"), file: try wire.get("file"),
      version: try wire.get("version"))
    about = try wire.find("about")
    commit = try wire.find("commit")
    isDirty = try wire.find("dirty")
    jobs = try wire.get("jobs")
    parameters = try wire.get("parameters", else: [])
    cardSections = try wire.get("card-sections", else: [])
    cardTemplate = try wire.find("card-template")
    reportsRows = try wire.get("reports-rows", else: true)
    attempt = try wire.find("attempt")
  }
}

extension Usage: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("seconds", seconds)
      $0.put("cpu-seconds", cpuSeconds)
      $0.put("peak-bytes", peakBytes)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      seconds: try wire.get("seconds"), cpuSeconds: try wire.get("cpu-seconds"), peakBytes: try wire.get("peak-bytes"))
  }
}

extension Reuse.Outputs: WireValue {}

extension Settlement: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("outcome", outcome)
      $0.put("key", key)
      $0.put("fingerprint", fingerprint)
      $0.put("outputs", outputs, unless: [])
      $0.put("test-data", testData)
      $0.put("attempts", attempts)
      $0.put("usage", usage)
      $0.put("leftovers", leftovers, unless: [])
      $0.put("tail", tail, unless: [])
      $0.put("reused-from", reuse?.run)
      $0.put("reused-outputs", reuse?.outputs)
      $0.put("reused-record", reuse?.baseline)
      $0.put("audit", audit)
      $0.put("line", line)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      outcome: try wire.get("outcome"), key: try wire.find("key"), fingerprint: try wire.find("fingerprint"),
      outputs: try wire.get("outputs", else: []), testData: try wire.find("test-data"),
      attempts: try wire.get("attempts"), usage: try wire.find("usage"), leftovers: try wire.get("leftovers", else: []),
      tail: try wire.get("tail", else: []), audit: try wire.find("audit"), line: try wire.find("line"))
    let (run, outputs): (String?, Reuse.Outputs?) = (try wire.find("reused-from"), try wire.find("reused-outputs"))
    // Older logs name the run alone.
    if run != nil || outputs != nil {
      reuse = Reuse(outputs ?? .inPlace, run: run, baseline: try wire.find("reused-record"))
    }
  }
}

extension BaselineChange: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("name", name)
      $0.put("record", record)
      $0.put("folder", folder)
      $0.put("parents", parents)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      name: try wire.get("name"), record: try wire.get("record"), folder: try wire.get("folder"),
      parents: try wire.get("parents"))
  }
}

/// The members of an event's line beside version, number and time: `kind`, and what that kind carries.
extension Event.Kind {
  func put(into wire: inout WireWriter) {
    switch self {
    case .runPlanned(let head, let stages):
      wire.put("kind", "run-planned")
      wire.put("head", head)
      wire.put("stages", stages)
    case .attemptStarted(let id, let attempt, let why):
      wire.put("kind", "attempt-started")
      wire.put("stage", id)
      wire.put("attempt", attempt)
      wire.put("why", why)
    case .attemptSpawned(let id, let attempt, let pid, let startTime):
      wire.put("kind", "attempt-spawned")
      wire.put("stage", id)
      wire.put("attempt", attempt)
      wire.put("pid", pid)
      wire.put("start-time", startTime)
    case .attemptFailed(let id, let attempt, let exit, let line, let delay):
      wire.put("kind", "attempt-failed")
      wire.put("stage", id)
      wire.put("attempt", attempt)
      wire.put("exit", exit)
      wire.put("line", line)
      wire.put("retry-after", delay)
    case .stageSettled(let id, let settlement):
      wire.put("kind", "stage-settled")
      wire.put("stage", id)
      wire.put("settlement", settlement)
    case .gateJudged(let id, let result):
      wire.put("kind", "gate-judged")
      wire.put("stage", id)
      wire.put("result", result)
    case .baselineMoved(let change):
      wire.put("kind", "baseline-moved")
      wire.put("change", change)
    case .promotionRefused(let diagnostic):
      wire.put("kind", "promotion-refused")
      wire.put("diagnostic", diagnostic)
    case .diagnosed(let diagnostic):
      wire.put("kind", "diagnosed")
      wire.put("diagnostic", diagnostic)
    case .cancelRequested(let signal):
      wire.put("kind", "cancel-requested")
      wire.put("signal", signal)
    case .runFinished(let verdict, let status):
      wire.put("kind", "run-finished")
      wire.put("verdict", verdict)
      wire.put("exit-status", status)
    }
  }

  /// Nil for a kind that this version does not know.
  init?(wire: Value) throws(WireMismatch) {
    let kind: String = try wire.get("kind")
    switch kind {
    case "run-planned": self = .runPlanned(try wire.get("head"), try wire.get("stages"))
    case "attempt-started":
      self = .attemptStarted(try wire.get("stage"), attempt: try wire.get("attempt"), why: try wire.get("why"))
    case "attempt-spawned":
      self = .attemptSpawned(
        try wire.get("stage"), attempt: try wire.get("attempt"), pid: try wire.get("pid"),
        startTime: try wire.get("start-time"))
    case "attempt-failed":
      self = .attemptFailed(
        try wire.get("stage"), attempt: try wire.get("attempt"), try wire.get("exit"), line: try wire.find("line"),
        retryAfter: try wire.get("retry-after"))
    case "stage-settled": self = .stageSettled(try wire.get("stage"), try wire.get("settlement"))
    case "gate-judged": self = .gateJudged(try wire.get("stage"), try wire.get("result"))
    case "baseline-moved": self = .baselineMoved(try wire.get("change"))
    case "promotion-refused": self = .promotionRefused(try wire.get("diagnostic"))
    case "diagnosed": self = .diagnosed(try wire.get("diagnostic"))
    case "cancel-requested": self = .cancelRequested(signal: try wire.get("signal"))
    case "run-finished": self = .runFinished(try wire.get("verdict"), try wire.get("exit-status"))
    default: return nil
    }
  }
}
