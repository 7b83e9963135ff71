package import PawlCore
import PawlFormats

/// `result.json`, the stable form for programs (contract §5): schema `pawl.result/1`.
package enum ResultJSON: Report {
  package static let name = "json"
  package static let file = "result.json"
  package static let guide =
    "the whole run for programs, stable and versioned: `jq -r .run.verdict pawl-report/result.json`"

  package static func render(_ record: RunRecord, _ options: ReportOptions) -> String {
    var json = JSONWriter(.pretty)
    json.object { json in
      json.member("schema", "pawl.result/1")
      run(record, &json)
      json.key("stages")
      json.array { json in for entry in record.shownEntries { stage(entry, &json) } }
      json.key("gates")
      json.array { json in for gate in record.gates { self.gate(gate, record.head?.attempt, &json) } }
      json.key("diagnostics")
      json.array { json in for diagnostic in diagnostics(record) { self.diagnostic(diagnostic, &json) } }
    }
    json.newline()
    return json.text
  }

  private static func run(_ record: RunRecord, _ json: inout JSONWriter) {
    let end = Wording.conclusion(record)
    json.key("run")
    json.object { json in
      json.member("id", record.head?.id)
      json.member("workflow", record.head?.workflow)
      json.member("verdict", end.verdict.rawValue)
      json.member("exit-status", Int(end.status.code))
      json.member("started", record.started?.rfc3339)
      json.member("seconds", milliseconds(record.seconds))
      json.member("commit", record.head?.commit)
      json.member("dirty", record.head?.isDirty)
    }
  }

  /// Rounded to whole milliseconds, in decimal.
  static func milliseconds(_ seconds: Double?) -> Value {
    guard let seconds, seconds.isFinite else { return .null }
    let text = Numbers.forMachines(
      Numbers.general(Decimal(Numbers.fixed(seconds, decimals: 3)) ?? .zero, significant: 15))
    return .number(Number(Double(text) ?? seconds, text: text))
  }

  private static func stage(_ entry: RunRecord.Entry, _ json: inout JSONWriter) {
    json.object { json in
      json.member("name", entry.planned.id.name)
      json.member("kind", entry.planned.kind)
      json.member("outcome", Wording.outcome(entry))
      json.member("cause", Wording.causeWord(entry))
      json.member("why", Wording.why(entry).map(Numbers.forMachines))
      json.member("attempts", entry.attempts)
      if Wording.isFlaky(entry) { json.member("flaky", true) }
      if !entry.setbacks.isEmpty { json.member("earlier-attempts", entry.setbacks.map { Wording.cause($0) }) }
      if let left = entry.settlement?.leftovers, !left.isEmpty { json.member("left-running", left) }
      json.member("audit", Wording.auditWord(entry))
      if let difference = entry.settlement?.audit?.difference { json.member("audit-path", difference.path) }
      json.member("seconds", milliseconds(entry.seconds))
      json.member("exit", exit(entry))
      if let line = Wording.line(entry) { failing(line, &json) }
      json.member("key", entry.settlement?.key?.hex)
    }
  }

  private static func failing(_ line: Wording.Line, _ json: inout JSONWriter) {
    json.key("failed-line")
    json.object { json in
      json.member("number", line.number)
      json.member("of", line.count)
      json.member("command", line.command)
    }
  }

  /// The command's exit code, 128+n for a signal as a shell says it; null where no command ended.
  private static func exit(_ entry: RunRecord.Entry) -> Int? {
    switch entry.settlement?.outcome {
    case .succeeded: entry.attempts > 0 ? 0 : nil
    case .failed(.exit(.code(let code))): Int(code)
    case .failed(.exit(.signal(let number))): 128 + Int(number)
    case .failed(.outputMissing): 0
    case .failed, .reused, .unscorable, .rejected, .skipped, nil: nil
    }
  }

  private static func gate(_ gate: GateResult, _ attempt: Int?, _ json: inout JSONWriter) {
    let hasExhibits = Set(gate.judgements.compactMap(\.exhibit)).count > 1
    json.object { json in
      json.member("name", gate.name)
      json.member("verdict", gate.verdict.rawValue)
      json.key("baseline")
      if let use = gate.baseline {
        json.object { json in
          json.member("name", use.name)
          json.member("run", use.run)
          json.member("commit", use.commit)
          json.member("rescored", use.isRescored)
        }
      } else {
        json.null()
      }
      json.key("rules")
      json.array { json in
        for judgement in gate.judgements {
          rule(judgement, gate, attempt, hasExhibits, &json)
        }
      }
      if let pin = gate.pin { policy(pin, &json) }
      if !gate.looks.isEmpty { looks(gate, &json) }
    }
  }

  private static func policy(_ pin: PolicyPin, _ json: inout JSONWriter) {
    json.key("policy")
    json.object { json in
      json.member("from", pin.revision)
      json.member("commit", pin.commit)
      json.member("absent", pin.isAbsent)
      json.member("differences", pin.differences)
    }
  }

  private static func looks(_ gate: GateResult, _ json: inout JSONWriter) {
    json.key("looks")
    json.array { json in
      for look in gate.looks {
        json.object { json in
          json.member("stage", look.exhibit)
          json.member("test-data", look.testData?.hex)
          json.member("budget", look.policy.budget)
          json.member("feedback", look.policy.feedback.rawValue)
          json.member("look", look.number)
          json.member("left", look.left)
          json.member("alpha", number(Wording.alphas(look, gate).first))
          json.member("free", look.isFree)
          json.member("repeats", look.repeats)
          json.member("ended-by", look.endedBy)
          json.member("spent", look.isSpent)
          json.member("uncommitted", look.uncommitted)
        }
      }
    }
  }

  private static func waivers(_ uses: [WaiverUse], _ json: inout JSONWriter) {
    json.key("waivers")
    json.array { json in
      for use in uses {
        json.object { json in
          json.member("state", use.state.rawValue)
          json.member("original", use.original.rawValue)
          json.member("reason", use.waiver.reason)
          json.member("owner", use.waiver.owner)
          json.member("expires", use.waiver.expires)
          json.member("up-to", use.waiver.upTo?.text)
        }
      }
    }
  }

  private static func compared(_ use: BaselineUse, _ json: inout JSONWriter) {
    json.key("compared")
    json.object { json in
      json.member("name", use.name)
      json.member("run", use.run)
      json.member("commit", use.commit)
    }
  }

  private static func rule(
    _ judgement: Judgement, _ gate: GateResult, _ attempt: Int?, _ hasExhibits: Bool, _ json: inout JSONWriter
  ) {
    json.object { json in
      if let name = judgement.rule.name { json.member("name", name) }
      json.member("metric", judgement.rule.metric)
      json.key("slice")
      if judgement.slice.isEmpty {
        json.null()
      } else {
        json.object { json in
          for part in judgement.slice { json.member(part.column, part.value) }
        }
      }
      json.member("kind", judgement.rule.comparison.kind)
      json.member("verdict", judgement.verdict.rawValue)
      json.member("severity", judgement.rule.severity.rawValue)
      json.key("candidate")
      candidate(judgement.candidate, &json)
      json.key("baseline")
      self.baseline(judgement.baseline, &json)
      json.key("difference")
      difference(judgement.difference, &json)
      json.member("margin", number(judgement.limit))
      json.member("test", judgement.test)
      json.member("p", number(judgement.p))
      json.member("rows-needed", judgement.rowsNeeded)
      json.member("blocks", judgement.blocks)
      json.member(
        "claim", Numbers.forMachines(Wording.claim(judgement, in: gate, attempt: attempt)))
      json.member("caveats", Wording.caveats(judgement))
      json.member("message", Numbers.forMachines(Wording.message(judgement)))
      if hasExhibits { json.member("stage", judgement.exhibit) }
      if !judgement.waivers.isEmpty { waivers(judgement.waivers, &json) }
      if let use = judgement.compared { compared(use, &json) }
    }
  }

  private static func number(_ value: Double?, text: String? = nil) -> Value {
    guard let value else { return .null }
    return .number(text.map { Number(value, text: $0) } ?? Number(value))
  }

  private static func candidate(_ estimate: Estimate?, _ json: inout JSONWriter) {
    guard let estimate else { return json.null() }
    json.object { json in
      json.member("value", number(estimate.value, text: estimate.text))
      json.member("low", number(estimate.low))
      json.member("high", number(estimate.high))
      json.member("rows", estimate.rows)
      json.member("replicates", estimate.replicates ?? 1)
    }
  }

  /// The baseline's side says what it has.
  private static func baseline(_ estimate: Estimate?, _ json: inout JSONWriter) {
    guard let estimate else { return json.null() }
    json.object { json in
      json.member("value", number(estimate.value, text: estimate.text))
      if let low = estimate.low { json.member("low", number(low)) }
      if let high = estimate.high { json.member("high", number(high)) }
      if let rows = estimate.rows { json.member("rows", rows) }
      if let replicates = estimate.replicates { json.member("replicates", replicates) }
    }
  }

  private static func difference(_ difference: Difference?, _ json: inout JSONWriter) {
    guard let difference else { return json.null() }
    json.object { json in
      json.member("value", number(difference.value))
      json.member("low", number(difference.low))
      json.member("high", number(difference.high))
      json.member("confidence", number(difference.confidence))
    }
  }

  /// What the run said, the refusal of a promotion, and failures whose cause no word in `stages` names.
  private static func diagnostics(_ record: RunRecord) -> [Diagnostic] {
    let faults = record.entries.compactMap { entry -> Diagnostic? in
      guard Wording.causeWord(entry) == nil, Wording.outcome(entry) == "failed" else { return nil }
      return Wording.diagnostic(entry)
    }
    return record.diagnostics + faults + [record.refusal].compactMap { $0 }
  }

  private static func diagnostic(_ diagnostic: Diagnostic, _ json: inout JSONWriter) {
    json.object { json in
      json.member("code", diagnostic.code)
      json.member("severity", diagnostic.severity.rawValue)
      json.member("message", diagnostic.message)
      json.member("file", diagnostic.location?.file)
      json.member("line", diagnostic.location?.line)
      json.member("column", diagnostic.location?.column)
      json.member("remedy", diagnostic.remedy)
    }
  }
}
