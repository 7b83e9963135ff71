import PawlCore

extension Draw {
  static let kinds = 11

  /// An event of the kind with that number.
  mutating func event(_ kind: Int) -> Event {
    Event(sequence: integer(), time: time(), kind: eventKind(kind))
  }

  private mutating func eventKind(_ number: Int) -> Event.Kind {
    switch number {
    case 0: .runPlanned(head(), some(4) { $0.planned() })
    case 1: .attemptStarted(id(), attempt: integer(), why: some(6) { $0.reason() })
    case 2: .attemptSpawned(id(), attempt: count(), pid: Int32(truncatingIfNeeded: bits()), startTime: bits())
    case 3: .attemptFailed(id(), attempt: count(), exit(), line: maybe { $0.count() }, retryAfter: double())
    case 4: .stageSettled(id(), settlement())
    case 5: .gateJudged(id(), gate())
    case 6:
      .baselineMoved(
        BaselineChange(name: text(), record: text(), folder: text(), parents: some { $0.text() }))
    case 7: .promotionRefused(diagnostic())
    case 8: .diagnosed(diagnostic())
    case 9: .cancelRequested(signal: Int32(truncatingIfNeeded: bits()))
    default: .runFinished(pick(Draw.verdicts), pick(Draw.statuses))
    }
  }

  static let verdicts: [RunVerdict] = [.passed, .waived, .inconclusive, .failed, .invalid, .error, .cancelled]
  static let statuses: [ExitStatus] = [
    .ok, .gateFailed, .usage, .stageFailed, .surroundings, .gateInconclusive, .gateInvalid, .signal(2), .signal(15),
  ]

  private mutating func head() -> RunHead {
    var head = RunHead(id: maybe { $0.text() }, workflow: text(), file: text(), version: text())
    head.about = maybe { $0.text() }
    head.commit = maybe { $0.text() }
    head.isDirty = maybe { $0.flag() }
    head.jobs = integer()
    head.parameters = some { $0.entry() }
    head.cardSections = some { $0.entry() }
    head.cardTemplate = maybe { $0.text() }
    head.reportsRows = flag()
    head.attempt = maybe { $0.integer() }
    return head
  }

  private mutating func planned() -> PlannedStage {
    let id = id()
    return PlannedStage(
      id: id, base: flag() ? id.name : text(), kind: text(), subject: pick([.candidate, .baseline]),
      commands: some { $0.text() }, needs: some { $0.id() }, location: location())
  }

  mutating func reason() -> MissReason {
    switch below(24) {
    case 0: .firstTime
    case 1: .commandChanged
    case 2: .directoryChanged(text(), text())
    case 3: .parameterChanged(text(), maybe { $0.text() }, maybe { $0.text() })
    case 4: .inputAdded(text())
    case 5: .inputRemoved(text())
    case 6: .inputChanged(text())
    case 7: .environmentChanged(text())
    case 8: .toolChanged(text(), maybe { $0.text() }, maybe { $0.text() })
    case 9: .outputsDeclared
    case 10: .platformChanged(text(), text())
    case 11: .outputMissing(text())
    case 12: .upstream(id())
    case 13: .neededBy(id())
    case 14: .forced
    case 15: .neverCached(text())
    case 16: .lockChanged(text())
    case 17: .stale(age: double(), limit: double())
    case 18: .condition(text(), awaiting: some { $0.id() })
    case 19: .final
    case 20: .cacheOff
    case 21: .audited(run: text())
    case 22: .distrusted(run: text(), path: text())
    default: .alwaysJudged
    }
  }

  private mutating func exit() -> JobExit {
    switch below(7) {
    case 0: .code(Int32(truncatingIfNeeded: bits()))
    case 1: .signal(Int32(truncatingIfNeeded: bits()))
    case 2: .timedOut
    case 3: .outOfMemory
    case 4: .lost(text())
    case 5: .notStarted(text())
    default: .stopped
    }
  }

  private mutating func fault() -> StageFault {
    switch below(4) {
    case 0: .exit(exit())
    case 1: .outputMissing(text())
    case 2: .unusable(diagnostic())
    default: .secretMissing(text())
    }
  }

  private mutating func outcome() -> StageOutcome {
    let skips: [SkipReason] = [
      .needs(id()), .cancelled, .afterFailure(id()), .sameTestData, .notAuthorised, .refused, .condition(text()),
      .outOfTime,
    ]
    return switch below(6) {
    case 0: .succeeded
    case 1: .reused
    case 2: .unscorable(fault())
    case 3: .failed(fault())
    case 4: .rejected
    default: .skipped(pick(skips))
    }
  }

  private mutating func audit() -> Audit {
    Audit(run: text(), difference: maybe { OutputDifference($0.text(), $0.manner()) })
  }

  private mutating func manner() -> OutputDifference.Manner {
    switch below(5) {
    case 0: .content(was: digest(), now: digest())
    case 1: .mode(isExecutable: flag())
    case 2: .kind
    case 3: .onlyBefore
    default: .onlyNow
    }
  }

  private mutating func settlement() -> Settlement {
    Settlement(
      outcome: outcome(), key: maybe { $0.digest() }, fingerprint: maybe { $0.fingerprint() },
      outputs: some { $0.made() }, testData: maybe { $0.digest() }, attempts: integer(),
      usage: maybe { Usage(seconds: $0.double(), cpuSeconds: $0.double(), peakBytes: $0.integer()) },
      leftovers: some { $0.text() }, tail: some { $0.text() },
      reuse: maybe {
        Reuse($0.pick(Reuse.Outputs.allCases), run: $0.maybe { $0.text() }, baseline: $0.maybe { $0.text() })
      }, audit: maybe { $0.audit() }, line: maybe { $0.count() })
  }

  private mutating func margins() -> [Margin] {
    some { Margin($0.number(), $0.pick([.absolute, .points, .relative])) }
  }

  private mutating func comparison() -> RuleComparison {
    switch below(7) {
    case 5: .history(last: count())
    case 6: .anchor(baseline: text(), margins())
    case 0: .atLeast(number(), isInclusive: flag())
    case 1: .atMost(number(), isInclusive: flag())
    case 2: .mayLose(margins(), isInclusive: flag())
    case 3: .mustGain(margins(), isInclusive: flag())
    default: .within(margins())
    }
  }

  private mutating func rule() -> GateRule {
    var rule = GateRule(
      metric: text(), comparison: comparison(), direction: pick([.higherIsBetter, .lowerIsBetter]),
      format: pick([.plain, .percent]), line: text())
    rule.name = maybe { $0.text() }
    rule.stage = maybe { $0.text() }
    rule.slices = some {
      SliceSelection(columns: $0.some { $0.text() }, values: $0.some { $0.text() }, at: $0.maybe { $0.location() })
    }
    rule.minRows = maybe { $0.integer() }
    rule.confidence = double()
    rule.test = pick(TestChoice.allCases)
    rule.severity = pick([.block, .warn])
    rule.whenInconclusive = maybe { $0.pick([.point, .block, .warn]) }
    rule.onMissingBaseline = pick([.invalid, .warn])
    rule.comparesPoints = flag()
    rule.allowsOtherData = flag()
    rule.location = maybe { $0.location() }
    return rule
  }

  private mutating func finding() -> Finding {
    switch below(9) {
    case 0: .holds
    case 1: .broken
    case 2: .undecided(pointHolds: flag())
    case 3: .tooFew(needed: integer(), what: text(), pointHolds: flag())
    case 4: .sameModel
    case 5: .candidateNotFinite(text())
    case 6: .invalid(diagnostic())
    case 7: .missingBaseline(diagnostic())
    default: .notJudged(rows: integer(), least: integer())
    }
  }

  private mutating func estimate() -> Estimate {
    Estimate(
      value: double(), text: maybe { $0.text() }, low: maybe { $0.double() }, high: maybe { $0.double() },
      rows: maybe { $0.integer() }, replicates: maybe { $0.integer() })
  }

  mutating func judgement() -> Judgement {
    var judgement = Judgement(rule: rule(), verdict: pick(Verdict.allCases), finding: finding())
    judgement.exhibit = maybe { $0.text() }
    judgement.slice = some { SliceValue($0.text(), $0.text()) }
    judgement.candidate = maybe { $0.estimate() }
    judgement.baseline = maybe { $0.estimate() }
    judgement.difference = maybe {
      Difference(
        value: $0.double(), low: $0.maybe { $0.double() }, high: $0.maybe { $0.double() }, confidence: $0.double())
    }
    judgement.limit = maybe { $0.double() }
    judgement.test = maybe { $0.text() }
    judgement.p = maybe { $0.double() }
    judgement.rowsNeeded = maybe { $0.integer() }
    judgement.needsSeeds = flag()
    judgement.candidateOnlyRight = maybe { $0.double() }
    judgement.baselineOnlyRight = maybe { $0.double() }
    judgement.alpha = maybe { $0.double() }
    judgement.waivers = some {
      WaiverUse($0.waiver(), $0.pick(WaiverUse.State.allCases), original: $0.pick(Verdict.allCases))
    }
    judgement.compared = maybe { $0.use() }
    judgement.blocks = flag()
    judgement.caveats = some { $0.text() }
    return judgement
  }

  mutating func gate() -> GateResult {
    var result = GateResult(name: text(), verdict: pick(Verdict.allCases), judgements: some { $0.judgement() })
    result.baseline = maybe { $0.use() }
    result.hasNoBaseline = flag()
    result.decides = maybe {
      Decidable(
        metric: $0.text(), rows: $0.integer(), disagreement: $0.double(), margin: $0.double(), blocksEqual: $0.double())
    }
    result.changes = some { $0.text() }
    result.caveats = some { $0.text() }
    result.location = maybe { $0.location() }
    result.looks = some {
      Look(
        exhibit: $0.text(), testData: $0.maybe { $0.digest() }, policy: $0.testSet(), before: $0.count(),
        repeats: $0.maybe { $0.text() }, endedBy: $0.maybe { $0.text() }, uncommitted: $0.count(), isFree: $0.flag())
    }
    result.pin = maybe {
      PolicyPin(revision: $0.text(), commit: $0.text(), differences: $0.some { $0.text() }, isAbsent: $0.flag())
    }
    return result
  }

  private mutating func use() -> BaselineUse {
    BaselineUse(
      name: text(), run: maybe { $0.text() }, commit: maybe { $0.text() }, time: maybe { $0.time() },
      isRescored: flag(), record: maybe { $0.text() })
  }

  private mutating func testSet() -> TestSetPolicy {
    TestSetPolicy(budget: count(), feedback: pick(TestSetPolicy.Feedback.allCases), at: maybe { $0.location() })
  }

  private mutating func waiver() -> Waiver {
    Waiver(
      rule: text(), line: maybe { $0.text() }, slice: some { SliceValue($0.text(), $0.text()) },
      model: maybe { $0.text() }, upTo: maybe { Margin($0.number(), $0.pick([.absolute, .points, .relative])) },
      reason: text(), owner: text(), expires: text(), end: time(), at: maybe { $0.location() })
  }
}
