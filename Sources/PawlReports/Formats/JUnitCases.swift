import PawlCore

/// Stages, rules and diagnostics as cases.
enum JUnitCases {
  typealias Case = JUnitDocument.Case

  static func stage(_ entry: RunRecord.Entry, _ record: RunRecord) -> Case {
    var one = Case(name: entry.planned.id.name, place: entry.planned.location, seconds: entry.seconds)
    let outcome = Wording.outcome(entry)
    one.properties = [("kind", entry.planned.kind), ("outcome", outcome)]
    if entry.attempts > 0 { one.properties.append(("attempts", String(entry.attempts))) }
    if let key = entry.settlement?.key { one.properties.append(("key", key.hex)) }
    for setback in entry.setbacks { one.properties.append(("earlier-attempt", machines(Wording.cause(setback)))) }
    if let left = Wording.leftovers(entry) { one.properties.append(("left-running", machines(left))) }
    for line in Wording.why(entry) { one.properties.append(("why", machines(line))) }
    for twin in record.twins(of: entry.planned.id) {
      let name = Wording.twinName(twin)
      if name == "baseline" {
        one.properties.append(("baseline-half", Wording.outcome(twin)))
      } else {
        one.properties.append(("scored-again", "\(name): \(Wording.outcome(twin))"))
      }
      if case .unscorable = twin.settlement?.outcome { one.output = [Wording.ending(twin)] }
    }
    switch entry.settlement?.outcome {
    case .succeeded:
      if Wording.isFlaky(entry) { one.properties.append(("flaky", "true")) }
      if let found = Wording.auditWord(entry) { one.properties.append(("audit", found)) }
      if let difference = entry.settlement?.audit?.difference { one.properties.append(("audit-path", difference.path)) }
    case .reused, .rejected: break
    case .unscorable, .skipped:
      one.result = .skipped
      one.message = machines(Wording.ending(entry))
    case .failed(let fault): fail(&one, entry, fault)
    case nil:
      one.result = entry.started == nil ? .skipped : .error
      one.type = "lost"
      one.message = Wording.ending(entry)
    }
    return one
  }

  private static func fail(_ one: inout Case, _ entry: RunRecord.Entry, _ fault: StageFault) {
    one.message = machines(Wording.ending(entry))
    one.type = Wording.causeWord(entry) ?? "stage"
    one.output = Wording.tail(entry)
    one.body = Wording.remedies(fault)
    switch fault {
    case .exit(.stopped): one.result = .skipped
    case .exit(.code), .exit(.signal), .exit(.timedOut), .exit(.outOfMemory), .outputMissing: one.result = .failure
    case .exit(.lost), .exit(.notStarted), .secretMissing: one.result = .error
    case .unusable(let diagnostic):
      one.result = .error
      one.type = diagnostic.code
    }
    if !entry.planned.commands.isEmpty { one.body += ["command:"] + entry.planned.commands }
  }

  /// What is said of a whole gate: where its policy came from, and its looks.
  static func properties(_ gate: GateResult) -> [(name: String, value: String)] {
    var list = [Wording.pin(gate)].compactMap { $0 }.map { (name: "policy", value: $0) }
    list += (gate.pin?.differences ?? []).map { ("policy-difference", machines($0)) }
    list += Wording.looks(gate).map { ("look", machines($0)) }
    return list + Wording.compared(gate).map { ("compared", $0) }
  }

  static func rules(_ gate: GateResult, _ attempt: Int?) -> [Case] {
    let hasExhibits = Set(gate.judgements.compactMap(\.exhibit)).count > 1
    return gate.judgements.map { rule($0, gate, attempt, hasExhibits) }
  }

  /// The name says what is asked, never what came out, so that it is the same in every run.
  private static func rule(_ judgement: Judgement, _ gate: GateResult, _ attempt: Int?, _ hasExhibits: Bool) -> Case {
    var name = judgement.rule.name ?? judgement.rule.line
    if hasExhibits, let exhibit = judgement.exhibit { name += " of \(exhibit)" }
    if let slice = Wording.sliceKey(judgement.slice) { name += " [\(slice)]" }
    var one = Case(name: name, place: judgement.rule.location ?? gate.location)
    one.properties = properties(judgement, gate, attempt)
    one.message = machines(Wording.message(judgement))
    let found = Wording.findings(judgement, in: gate)
    let notes = Wording.caveats(judgement).filter { !found.contains($0) }
    one.body = found.map(machines) + notes.map { "note: \($0)" }
    one.type = judgement.verdict.rawValue
    switch judgement.verdict {
    case .pass:
      one.message = ""
      one.body = []
    case .fail, .inconclusive: one.result = judgement.blocks ? .failure : .skipped
    case .invalid: one.result = judgement.blocks ? .error : .skipped
    case .waived, .notJudged: one.result = .skipped
    }
    if one.result == .skipped, judgement.verdict == .inconclusive || judgement.verdict == .invalid {
      one.message = "\(judgement.verdict.rawValue), not blocked: \(one.message)"
    }
    return one
  }

  private static func properties(
    _ judgement: Judgement, _ gate: GateResult, _ attempt: Int?
  ) -> [(name: String, value: String)] {
    var list: [(name: String, value: String)] = [
      ("metric", judgement.rule.metric), ("kind", judgement.rule.comparison.kind),
      ("verdict", judgement.verdict.rawValue), ("severity", judgement.rule.severity.rawValue),
    ]
    func add(_ name: String, _ value: Double?, _ text: String? = nil) {
      if let value { list.append((name, text ?? Number(value).text)) }
    }
    if let slice = Wording.sliceKey(judgement.slice) { list.append(("slice", slice)) }
    add("candidate", judgement.candidate?.value, judgement.candidate?.text)
    add("candidate-low", judgement.candidate?.low)
    add("candidate-high", judgement.candidate?.high)
    add("baseline", judgement.baseline?.value, judgement.baseline?.text)
    add("difference", judgement.difference?.value)
    add("difference-low", judgement.difference?.low)
    add("difference-high", judgement.difference?.high)
    if judgement.difference != nil || judgement.candidate?.low != nil {
      add("confidence", judgement.difference?.confidence ?? judgement.rule.confidence)
    }
    add("alpha", judgement.alpha)
    add("margin", judgement.limit)
    if let rows = judgement.candidate?.rows { list.append(("rows", String(rows))) }
    if let replicates = judgement.candidate?.replicates { list.append(("replicates", String(replicates))) }
    if let test = judgement.test { list.append(("test", test)) }
    add("p", judgement.p)
    if let needed = judgement.rowsNeeded { list.append(("rows-needed", String(needed))) }
    list.append(("claim", machines(Wording.claim(judgement, in: gate, attempt: attempt))))
    for use in judgement.waivers { list.append(("waiver", machines(Wording.waiver(use, judgement)))) }
    for caveat in Wording.caveats(judgement) { list.append(("caveat", caveat)) }
    return list
  }

  static func diagnostics(_ record: RunRecord) -> [Case] {
    (record.diagnostics + [record.refusal].compactMap { $0 }).map { diagnostic in
      var one = Case(name: diagnostic.code, place: diagnostic.location)
      one.result = diagnostic.severity == .error ? .error : .skipped
      one.type = diagnostic.code
      one.message = diagnostic.message
      one.body = [diagnostic.cause, diagnostic.remedy].compactMap { $0 }
      return one
    }
  }

  private static func machines(_ text: String) -> String { Numbers.forMachines(text) }
}
