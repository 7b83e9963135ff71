/// Why a stage was not run.
package enum SkipReason: Sendable, Hashable {
  /// A stage it needs did not succeed.
  case needs(StageID)
  /// The run was stopped before it started.
  case cancelled
  /// Another stage failed and `--keep-going` was not given.
  case afterFailure(StageID)
  /// The baseline's evidence is of the same test data: nothing to score again.
  case sameTestData
  /// A `promote` stage without `--promote`.
  case notAuthorised
  /// A promotion that was asked for and refused; the record says why.
  case refused
  /// Its `when` did not hold; with the condition as written and what it compared.
  case condition(String)
  /// The run's own time was up.
  case outOfTime
}

/// What went wrong with a stage.
package enum StageFault: Sendable, Hashable {
  case exit(JobExit)
  case outputMissing(String)
  /// An input is absent when the stage is to start, a glob matches nothing, or content could not be put in place.
  case unusable(Diagnostic)
  case secretMissing(String)
}

/// How a stage ended; exactly one for every announced stage.
package enum StageOutcome: Sendable, Hashable {
  case succeeded
  case reused
  /// A baseline half that cannot be scored again: not a failure of the run.
  case unscorable(StageFault)
  case failed(StageFault)
  /// A gate only: it judged, and blocks.
  case rejected
  case skipped(SkipReason)

  package var satisfiesNeeds: Bool {
    switch self {
    case .succeeded, .reused, .unscorable: true
    case .skipped(.sameTestData): true
    case .failed, .rejected, .skipped: false
    }
  }
}

/// Where a result comes from that is taken again instead of made anew.
package struct Reuse: Sendable, Hashable {
  /// What became of the outputs.
  package enum Outputs: String, Sendable, Hashable, CaseIterable {
    /// They stood where they belong.
    case inPlace = "in-place"
    /// They were put back from the cache or from a record.
    case restored
    /// They are not here, and nothing that ran needed them.
    case elsewhere
  }

  package var outputs: Outputs
  /// The run that made them.
  package var run: String?
  /// The baseline whose record knows the result; nil where this machine's cache does.
  package var baseline: String?

  package init(_ outputs: Outputs, run: String? = nil, baseline: String? = nil) {
    self.outputs = outputs
    self.run = run
    self.baseline = baseline
  }
}

/// The end of a stage, with what is worth keeping.
package struct Settlement: Sendable, Hashable {
  package var outcome: StageOutcome
  package var key: Digest?
  package var fingerprint: Fingerprint?
  package var outputs: [Made]
  package var testData: Digest?
  package var attempts: Int
  package var usage: Usage?
  /// What it left running, named; ended by Pawl.
  package var leftovers: [String]
  /// The last lines it printed, decoded and repaired; only of a stage that failed.
  package var tail: [String]
  /// Where the result came from that was taken again.
  package var reuse: Reuse?
  /// What came of making a result again that could have been reused; nil where that was not asked for.
  package var audit: Audit?
  /// In which of several lines it failed, from 1.
  package var line: Int?

  package init(
    outcome: StageOutcome, key: Digest? = nil, fingerprint: Fingerprint? = nil, outputs: [Made] = [],
    testData: Digest? = nil, attempts: Int = 0, usage: Usage? = nil, leftovers: [String] = [], tail: [String] = [],
    reuse: Reuse? = nil, audit: Audit? = nil, line: Int? = nil
  ) {
    self.outcome = outcome
    self.key = key
    self.fingerprint = fingerprint
    self.outputs = outputs
    self.testData = testData
    self.attempts = attempts
    self.usage = usage
    self.leftovers = leftovers
    self.tail = tail
    self.reuse = reuse
    self.audit = audit
    self.line = line
  }
}

/// A stage as announced: what reports need of it without the workflow.
package struct PlannedStage: Sendable, Hashable {
  package var id: StageID
  package var base: String
  package var kind: String
  package var subject: Subject
  package var commands: [String]
  package var needs: [StageID]
  package var location: SourceLocation

  package init(
    id: StageID, base: String, kind: String, subject: Subject, commands: [String], needs: [StageID],
    location: SourceLocation
  ) {
    self.id = id
    self.base = base
    self.kind = kind
    self.subject = subject
    self.commands = commands
    self.needs = needs
    self.location = location
  }
}

/// Who runs what: the first fact of a run.
package struct RunHead: Sendable, Hashable {
  /// nil for `pawl gate`, which keeps no run.
  package var id: String?
  package var workflow: String
  package var about: String?
  /// The workflow file, from the project root; empty for `pawl gate`.
  package var file: String
  /// Pawl's own version.
  package var version: String
  package var commit: String?
  package var isDirty: Bool?
  package var jobs: Int
  /// Every parameter of the workflow after `--set`, dotted path and value.
  package var parameters: [Value.Entry]
  /// Section name and text of the card, as read when the run began.
  package var cardSections: [Value.Entry]
  /// The user's own card template, as read when the run began.
  package var cardTemplate: String?
  package var reportsRows: Bool
  /// The CI's attempt number, where the CI says one.
  package var attempt: Int?

  package init(id: String?, workflow: String, file: String, version: String) {
    self.id = id
    self.workflow = workflow
    self.file = file
    self.version = version
    self.jobs = 1
    self.parameters = []
    self.cardSections = []
    self.reportsRows = true
  }
}

/// A promotion or a rollback that is on disk.
package struct BaselineChange: Sendable, Hashable {
  package var name: String
  package var record: String
  /// The record's folder, from the project root.
  package var folder: String
  package var parents: [String]

  /// The store, two folders up: what git is told to add.
  package var store: String { Paths.parent(Paths.parent(folder)) }

  package init(name: String, record: String, folder: String, parents: [String]) {
    self.name = name
    self.record = record
    self.folder = folder
    self.parents = parents
  }
}

/// One fact of a run, numbered by the director.
package struct Event: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// First; announces every stage that may follow.
    case runPlanned(RunHead, [PlannedStage])
    /// A job is about to start; why it was not reused.
    case attemptStarted(StageID, attempt: Int, why: [MissReason])
    /// The operating system's name for the attempt, so that a later run can end what this one left.
    case attemptSpawned(StageID, attempt: Int, pid: Int32, startTime: UInt64)
    /// An attempt ended, of several lines in that one, and another follows after so many seconds.
    case attemptFailed(StageID, attempt: Int, JobExit, line: Int?, retryAfter: Double)
    /// Exactly once for every announced stage.
    case stageSettled(StageID, Settlement)
    case gateJudged(StageID, GateResult)
    case baselineMoved(BaselineChange)
    /// A promotion that was asked for and refused.
    case promotionRefused(Diagnostic)
    case diagnosed(Diagnostic)
    case cancelRequested(signal: Int32)
    /// Last.
    case runFinished(RunVerdict, ExitStatus)
  }

  package var sequence: Int
  package var time: Timestamp
  package var kind: Kind

  package init(sequence: Int, time: Timestamp, kind: Kind) {
    self.sequence = sequence
    self.time = time
    self.kind = kind
  }
}

/// Receives every event in order, after the record has taken it in.
package protocol EventSink {
  mutating func receive(_ event: Event, _ record: RunRecord) throws(Failure)
  /// Signs of life of running stages, on a tick; never logged.
  mutating func tick(_ alive: [Progress], _ record: RunRecord)
  /// Whether ticks are wanted several times a second, as for a screen that is redrawn.
  var isLive: Bool { get }
}

extension EventSink {
  package var isLive: Bool { false }
  package mutating func tick(_ alive: [Progress], _ record: RunRecord) {}
}

/// How a running stage is doing.
package struct Progress: Sendable, Hashable {
  /// A number that a stage says of itself while it runs, such as its loss.
  package struct Metric: Sendable, Hashable {
    package var name: String
    /// May be no number or infinite: that is what a loss that ran away looks like.
    package var value: Double

    package init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  package var stage: StageID
  /// Seconds since it started.
  package var elapsed: Double
  /// Seconds it took last time, where known.
  package var forecast: Double?
  package var lastLine: String
  /// How much of `total` is done, or a share from 0 to 1 where no total is told; finite, not negative.
  package var done: Double?
  /// Finite, above zero.
  package var total: Double?
  package var metrics: [Metric]
  /// Largest memory so far, where somebody looked.
  package var peakBytes: Int?

  package init(
    stage: StageID, elapsed: Double, forecast: Double? = nil, lastLine: String = "", done: Double? = nil,
    total: Double? = nil, metrics: [Metric] = [], peakBytes: Int? = nil
  ) {
    self.stage = stage
    self.elapsed = elapsed
    self.forecast = forecast
    self.lastLine = lastLine
    self.done = done
    self.total = total
    self.metrics = metrics
    self.peakBytes = peakBytes
  }

  /// What the stage says is done, from 0 to 1; nil when it says nothing.
  package var fraction: Double? {
    guard let done, done.isFinite else { return nil }
    let share = done / (total ?? 1)
    return share.isFinite ? min(1, max(0, share)) : nil
  }
}
