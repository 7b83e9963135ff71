/// A run's truth: the fold of its events. Every report is a function of it.
package struct RunRecord: Sendable, Hashable {
  /// One stage's story so far.
  package struct Entry: Sendable, Hashable {
    package var planned: PlannedStage
    package var why: [MissReason] = []
    package var attempts = 0
    /// How each attempt before the last ended.
    package var setbacks: [JobExit] = []
    package var started: Timestamp?
    package var settled: Timestamp?
    package var settlement: Settlement?

    package init(planned: PlannedStage) { self.planned = planned }

    /// Wall seconds from the first attempt to the end; nil when it did not run.
    package var seconds: Double? {
      guard let started, let settled else { return nil }
      return max(0, settled.seconds - started.seconds)
    }
  }

  package private(set) var head: RunHead?
  package private(set) var started: Timestamp?
  package private(set) var finished: Timestamp?
  /// In the order of the plan, twins included.
  package private(set) var entries: [Entry] = []
  package private(set) var gates: [GateResult] = []
  package private(set) var changes: [BaselineChange] = []
  package private(set) var refusal: Diagnostic?
  package private(set) var diagnostics: [Diagnostic] = []
  package private(set) var cancelSignal: Int32?
  package private(set) var verdict: RunVerdict?
  package private(set) var exitStatus: ExitStatus?
  package private(set) var lastSequence = 0
  private var positions: [StageID: Int] = [:]
  /// Where the twins of a shown stage stand, in the plan's order.
  private var halves: [StageID: [Int]] = [:]

  package init() {}

  package init(replaying events: some Sequence<Event>) {
    for event in events { apply(event) }
  }

  package subscript(id: StageID) -> Entry? { positions[id].map { entries[$0] } }

  /// Seconds from the first event to the last.
  package var seconds: Double {
    guard let started, let finished else { return 0 }
    return max(0, finished.seconds - started.seconds)
  }

  /// What users see as stages: a baseline half is part of its stage, not an entry of its own.
  package var shownEntries: [Entry] { entries.filter { $0.planned.subject == .candidate } }

  /// The twins of a shown stage: one for the baseline, one for each anchor.
  package func twins(of id: StageID) -> [Entry] { halves[id]?.map { entries[$0] } ?? [] }

  /// A twin is named after its stage, `evaluate[seed=1]@production`; either part may hold an `@` of its own.
  private mutating func findHalves() {
    halves = [:]
    for (position, entry) in entries.enumerated() where entry.planned.subject == .baseline {
      let name = entry.planned.id.name
      for index in name.indices where name[index] == "@" {
        let id = StageID(String(name[..<index]))
        if let shown = positions[id], entries[shown].planned.subject == .candidate {
          halves[id, default: []].append(position)
        }
      }
    }
  }

  package mutating func apply(_ event: Event) {
    lastSequence = event.sequence
    switch event.kind {
    case .runPlanned(let head, let stages):
      self.head = head
      started = event.time
      finished = event.time
      entries = stages.map(Entry.init)
      positions = Dictionary(stages.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
      findHalves()
    case .attemptStarted(let id, let attempt, let why):
      update(id) {
        $0.attempts = attempt
        $0.why = why
        if $0.started == nil { $0.started = event.time }
      }
    case .attemptFailed(let id, _, let exit, _, _): update(id) { $0.setbacks.append(exit) }
    case .attemptSpawned: break
    case .stageSettled(let id, let settlement):
      update(id) {
        $0.settlement = settlement
        $0.settled = event.time
      }
    case .gateJudged(_, let result): gates.append(result)
    case .baselineMoved(let change): changes.append(change)
    case .promotionRefused(let diagnostic): refusal = diagnostic
    case .diagnosed(let diagnostic): diagnostics.append(diagnostic)
    case .cancelRequested(let signal): cancelSignal = signal
    case .runFinished(let verdict, let status):
      self.verdict = verdict
      exitStatus = status
    }
    finished = event.time
  }

  private mutating func update(_ id: StageID, _ change: (inout Entry) -> Void) {
    guard let position = positions[id] else { return }
    change(&entries[position])
  }

  /// The run's verdict and exit status that follow from what is recorded (contract §2 and §5).
  package var conclusion: (verdict: RunVerdict, status: ExitStatus) {
    var statuses: [ExitStatus] = []
    if let cancelSignal { statuses.append(.signal(cancelSignal)) }
    if diagnostics.contains(where: { $0.severity == .error }) { statuses.append(.surroundings) }
    for entry in entries {
      if case .failed(let fault) = entry.settlement?.outcome {
        if case .exit(.stopped) = fault { continue }
        statuses.append(.stageFailed)
      }
    }
    // A run that ended without a word is no success, however little it had done.
    if entries.contains(where: { $0.settlement == nil }) { statuses.append(.surroundings) }
    if refusal != nil { statuses.append(.gateInvalid) }
    for judgement in gates.flatMap(\.judgements) where judgement.blocks {
      switch judgement.verdict {
      case .invalid: statuses.append(.gateInvalid)
      case .fail: statuses.append(.gateFailed)
      case .inconclusive: statuses.append(.gateInconclusive)
      case .pass, .waived, .notJudged: break
      }
    }
    let status = ExitStatus.worst(statuses)
    switch status {
    case .signal: return (.cancelled, status)
    case .usage, .surroundings, .stageFailed: return (.error, status)
    case .ok, .gateFailed, .gateInconclusive, .gateInvalid: return (worstGate, status)
    }
  }

  private var worstGate: RunVerdict {
    switch gates.map(\.verdict).max(by: { $0.rank < $1.rank }) {
    case nil, .pass, .notJudged: .passed
    case .waived: .waived
    case .inconclusive: .inconclusive
    case .fail: .failed
    case .invalid: .invalid
    }
  }
}
