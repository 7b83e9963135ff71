package import PawlCore
import PawlSystem

/// What reaches the director's one inbox.
enum Happening: Sendable {
  case fact(Event.Kind)
  case settled(StageID, Settlement)
  case judged(StageID, GateResult)
  case signal(Int32)
  case tick
  case outOfTime
}

/// The one loop of a run: it alone numbers events, applies them to the record, and hands them to the sinks.
package struct RunDirector: ~Copyable {
  private let context: RunContext
  private var record = RunRecord()
  private var sinks: [any EventSink]
  private var schedule: Schedule
  private var handles: [StageID: JobHandle] = [:]
  private var lastLines: [StageID: LastLine] = [:]
  private var settlements: [StageID: Settlement] = [:]
  private var started: [StageID: Double] = [:]
  private var firstFailure: StageID?
  /// Stages that were already said to be slow.
  private var slow: Set<StageID> = []
  private var signals = 0
  /// The run's own time is up.
  private var isOutOfTime = false
  private var canLog = true
  private let inbox: AsyncStream<Happening>
  private let mail: AsyncStream<Happening>.Continuation

  package init(_ context: RunContext, sinks: [any EventSink]) {
    self.context = context
    self.sinks = sinks
    schedule = Schedule(context.plan, capacity: context.capacity, durations: context.durations)
    (inbox, mail) = AsyncStream.makeStream(of: Happening.self)
  }

  /// Where signals are posted: the first stops in order, the second at once.
  package var signalInbox: @Sendable (Int32) -> Void {
    let mail = mail
    return { mail.yield(.signal($0)) }
  }

  /// Runs the plan to its end and answers with the whole record.
  package consuming func run() async -> RunRecord {
    post(.runPlanned(context.head, context.plan.stages.map { PlannedStage($0, in: context.plan) }))
    let pause: Duration = sinks.contains { $0.isLive } ? .milliseconds(200) : .seconds(1)
    let clock = Task { [mail] in
      while !Task.isCancelled {
        try? await Task.sleep(for: pause)
        mail.yield(.tick)
      }
    }
    let deadline = timeout.map { limit in
      Task { [mail] in
        try? await Task.sleep(for: .seconds(limit))
        if !Task.isCancelled { mail.yield(.outOfTime) }
      }
    }
    await withDiscardingTaskGroup { group in
      startReady(in: &group)
      if schedule.isFinished { return }
      for await happening in inbox {
        handle(happening)
        startReady(in: &group)
        if schedule.isIdle { settleTheRest(in: &group) }
        if schedule.isFinished { break }
      }
    }
    clock.cancel()
    deadline?.cancel()
    var (verdict, status) = record.conclusion
    if isOutOfTime, ExitStatus.worst([status, .stageFailed]) != status {
      // What had not begun is nobody's failure, but the run did not do what it was for.
      (verdict, status) = (.error, .stageFailed)
    }
    post(.runFinished(verdict, status))
    context.workspace.save()
    return record
  }

  private mutating func handle(_ happening: Happening) {
    switch happening {
    case .fact(let kind): post(kind)
    case .settled(let id, let settlement): settle(id, settlement)
    case .judged(let id, let result): post(.gateJudged(id, result))
    case .signal(let number): stop(number)
    case .tick: tick()
    case .outOfTime: endInTime()
    }
  }

  private mutating func post(_ kind: Event.Kind) {
    let event = Event(sequence: record.lastSequence + 1, time: context.now(), kind: kind)
    record.apply(event)
    var retired: [(Int, Failure)] = []
    for index in sinks.indices {
      do { try sinks[index].receive(event, record) } catch { retired.append((index, error)) }
    }
    for (index, failure) in retired.reversed() {
      let sink = sinks.remove(at: index)
      let isLog = sink is EventLog
      if isLog { canLog = false }
      for var diagnostic in failure.diagnostics {
        // Only the event log is needed to trust a run; a report that cannot be written never fails a training.
        if !isLog { diagnostic.severity = .warning }
        post(.diagnosed(diagnostic))
      }
    }
  }

  private mutating func startReady(in group: inout DiscardingTaskGroup) {
    for stage in schedule.takeReady() { start(stage, in: &group) }
  }

  private mutating func start(_ stage: Stage, in group: inout DiscardingTaskGroup) {
    let mail = mail
    var upstream: [StageID: Settlement] = [:]
    for id in context.plan.waits(stage) { upstream[id] = settlements[id] }
    let condition = StageCondition(stage, context, settlements: settlements)
    started[stage.id] = MonotonicClock.now()
    switch stage.work {
    case .job(let command):
      let handle = JobHandle()
      let lastLine = LastLine()
      handles[stage.id] = handle
      lastLines[stage.id] = lastLine
      let life = StageLife(
        context: context, stage: told(stage, upstream), command: command, upstream: upstream, handle: handle,
        lastLine: lastLine, tell: { mail.yield(.fact($0)) }, gpus: schedule.gpus(of: stage.id))
      group.addTask {
        if let end = condition?.end() {
          mail.yield(.settled(stage.id, end))
          return
        }
        mail.yield(.settled(stage.id, await life.live()))
      }
    case .judge(let gate):
      let life = GateLife(context: context, stage: stage, gate: gate, settlements: settlements)
      group.addTask {
        if let end = condition?.end() {
          mail.yield(.settled(stage.id, end))
          return
        }
        let judged = await life.judge()
        for diagnostic in judged.diagnostics { mail.yield(.fact(.diagnosed(diagnostic))) }
        mail.yield(.judged(stage.id, judged.result))
        mail.yield(.settled(stage.id, Settlement(outcome: judged.result.blocks ? .rejected : .succeeded)))
      }
    case .publish(let publication):
      let life = PublishLife(
        context: context, publication: publication, gates: record.gates, obstacle: obstacle)
      group.addTask {
        if let end = condition?.end() {
          mail.yield(.settled(stage.id, end))
          return
        }
        let (events, settlement) = await life.publish()
        for event in events { mail.yield(.fact(event)) }
        mail.yield(.settled(stage.id, settlement))
      }
    }
  }

  /// A final stage is told the worst end of what it needs.
  private func told(_ stage: Stage, _ upstream: [StageID: Settlement]) -> Stage {
    guard stage.isFinal else { return stage }
    let worst = upstream.values.map { OutcomeWord($0.outcome).broad }.max() ?? .succeeded
    var stage = stage
    stage.environment.append(EnvironmentVariable("PAWL_OUTCOME", value: worst.rawValue))
    return stage
  }

  /// Only what a whole, healthy run judged can be promoted.
  private var obstacle: Diagnostic? {
    if !canLog {
      return Diagnostic("promote.no-log", "the run's events could not be written, so nothing is promoted")
    }
    if let firstFailure {
      return Diagnostic("promote.stage-failed", "`\(firstFailure)` failed, so nothing of this run is promoted")
    }
    let error = record.diagnostics.first { $0.severity == .error }
    return error.map { Diagnostic("promote.error", "nothing is promoted: \($0.message)") }
  }

  private mutating func settle(_ id: StageID, _ settlement: Settlement) {
    handles[id] = nil
    var queue = [(id, settlement)]
    while let (id, settlement) = queue.popLast() {
      guard schedule.outcome(of: id) == nil else { continue }
      var settlement = settlement
      if isOutOfTime, record.cancelSignal == nil, settlement.outcome == .failed(.exit(.stopped)) {
        settlement.outcome = .failed(.exit(.timedOut))
      }
      settlements[id] = settlement
      post(.stageSettled(id, settlement))
      for (lost, reason) in schedule.settle(id, settlement.outcome) {
        let told = refusal(of: lost, after: settlement.outcome) ?? stopReason ?? reason
        queue.append((lost, Settlement(outcome: .skipped(told))))
      }
      if case .failed = settlement.outcome, firstFailure == nil {
        firstFailure = id
        if !context.options.keepsGoing { schedule.close() }
      }
    }
  }

  /// Why nothing more is run, where the whole run was stopped.
  private var stopReason: SkipReason? { record.cancelSignal != nil ? .cancelled : isOutOfTime ? .outOfTime : nil }

  /// A promotion that was asked for and cannot be, because a `when` skipped what it needs, is refused and not forgotten.
  private mutating func refusal(of id: StageID, after outcome: StageOutcome) -> SkipReason? {
    guard case .skipped(let reason) = outcome, case .publish(let publication) = context.plan[id]?.work,
      context.options.promotes
    else { return nil }
    switch reason {
    case .condition, .needs: break
    case .cancelled, .afterFailure, .sameTestData, .notAuthorised, .refused, .outOfTime: return nil
    }
    let gate = publication.gates.first { schedule.outcome(of: $0) == outcome }
    let what = gate.map { "gate `\($0)` was not judged" } ?? "what `\(id)` needs was not run"
    post(.promotionRefused(Diagnostic("promote.not-judged", "\(what), so nothing is promoted")))
    return .refused
  }

  /// When nothing runs and nothing may start: gates are still judged, so that what was not run is a verdict and not
  /// a silence, and final stages run; all else is skipped with its reason.
  private mutating func settleTheRest(in group: inout DiscardingTaskGroup) {
    if schedule.isFinished { return }
    let rest = schedule.unstarted
    guard !rest.isEmpty else { return }
    if let firstFailure, record.cancelSignal == nil, !isOutOfTime {
      for id in rest {
        guard let stage = context.plan[id] else { continue }
        if case .job = stage.work, !stage.isFinal {
          settle(id, Settlement(outcome: .skipped(.afterFailure(firstFailure))))
        }
      }
      schedule.reopen()
      startReady(in: &group)
    } else {
      let reason = stopReason ?? .cancelled
      for id in rest { settle(id, Settlement(outcome: .skipped(reason))) }
    }
  }

  /// Seconds that the whole run may take; nil: any.
  private var timeout: Double? { context.options.timeout ?? context.workflow.timeout }

  /// What runs is stopped in order, and nothing more is started.
  private mutating func endInTime() {
    guard !schedule.isFinished, let timeout else { return }
    isOutOfTime = true
    schedule.close()
    let limit = Number(timeout).text
    post(
      .diagnosed(
        Diagnostic(
          "engine.out-of-time", "the run took longer than its `timeout` of \(limit) s, and is stopped",
          severity: .warning, remedy: "raise `timeout`; what is finished will be reused")))
    for handle in handles.values { handle.stop(.gracefully) }
  }

  private mutating func stop(_ signal: Int32) {
    signals += 1
    schedule.close()
    if signals == 1 { post(.cancelRequested(signal: signal)) }
    for handle in handles.values { handle.stop(signals == 1 ? .gracefully : .now) }
  }

  private mutating func tick() {
    let now = MonotonicClock.now()
    for id in handles.keys.sorted() where !slow.contains(id) {
      guard let stage = context.plan[id], let limit = stage.slowAfter, now - (started[id] ?? now) >= limit else {
        continue
      }
      slow.insert(id)
      post(
        .diagnosed(
          Diagnostic(
            "engine.slow", "`\(id)` runs longer than its `slow-after` of \(Number(limit).text) s", severity: .warning,
            at: stage.location)))
    }
    let alive = handles.keys.map { id in
      var progress = Progress(stage: id, elapsed: now - (started[id] ?? now), forecast: context.durations[id])
      lastLines[id]?.tell(&progress)
      return progress
    }
    for index in sinks.indices { sinks[index].tick(alive.sorted { $0.stage < $1.stage }, record) }
  }
}

extension PlannedStage {
  /// What reports need of a stage without the workflow.
  package init(_ stage: Stage, in plan: Plan) {
    var commands: [String] = []
    if case .job(let command) = stage.work { commands = command.lines }
    self.init(
      id: stage.id, base: stage.base, kind: stage.kind, subject: stage.subject, commands: commands,
      needs: plan.needs[stage.id] ?? [], location: stage.location)
  }
}
