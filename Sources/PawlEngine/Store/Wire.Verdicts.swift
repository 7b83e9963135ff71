package import PawlCore

extension Verdict: WireValue {}
extension Direction: WireValue {}
extension NumberFormat: WireValue {}
extension TestChoice: WireValue {}
extension Margin.Unit: WireValue {}
extension GateRule.Severity: WireValue {}
extension GateRule.Undecided: WireValue {}
extension GateRule.MissingBaseline: WireValue {}
extension WaiverUse.State: WireValue {}
extension TestSetPolicy.Feedback: WireValue {}

extension Margin: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("amount", amount)
      $0.put("unit", unit)
    }
  }

  package init(wire: Value) throws(WireMismatch) { self.init(try wire.get("amount"), try wire.get("unit")) }
}

extension RuleComparison: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.tagged(kind) {
      switch self {
      case .atLeast(let bound, let isInclusive), .atMost(let bound, let isInclusive):
        $0.item(bound)
        $0.item(isInclusive)
      case .mayLose(let margins, let isInclusive), .mustGain(let margins, let isInclusive):
        $0.item(margins)
        $0.item(isInclusive)
      case .within(let margins): $0.item(margins)
      case .history(let last): $0.item(last)
      case .anchor(let baseline, let margins):
        $0.item(baseline)
        $0.item(margins)
      }
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let found = try WireCase(wire)
    switch found.tag {
    case "at-least": self = .atLeast(try found.at(0), isInclusive: try found.at(1))
    case "at-most": self = .atMost(try found.at(0), isInclusive: try found.at(1))
    case "may-lose": self = .mayLose(try found.at(0), isInclusive: try found.at(1))
    case "must-gain": self = .mustGain(try found.at(0), isInclusive: try found.at(1))
    case "within": self = .within(try found.at(0))
    case "history": self = .history(last: try found.at(0))
    case "anchor": self = .anchor(baseline: try found.at(0), try found.at(1))
    default: throw found.unknown
    }
  }
}

extension SliceSelection: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("columns", columns)
      $0.put("values", values, unless: [])
      $0.put("at", location)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(columns: try wire.get("columns"), values: try wire.get("values", else: []), at: try wire.find("at"))
  }
}

extension GateRule: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("name", name)
      $0.put("metric", metric)
      $0.put("stage", stage)
      $0.put("comparison", comparison)
      $0.put("direction", direction)
      $0.put("format", format, unless: .plain)
      $0.put("slices", slices, unless: [])
      $0.put("min-rows", minRows)
      $0.put("confidence", confidence)
      $0.put("test", test, unless: .auto)
      $0.put("severity", severity, unless: .block)
      $0.put("when-inconclusive", whenInconclusive)
      $0.put("on-missing-baseline", onMissingBaseline, unless: .invalid)
      $0.put("point", comparesPoints, unless: false)
      $0.put("allow-other-data", allowsOtherData, unless: false)
      $0.put("at", location)
      $0.put("line", line)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      metric: try wire.get("metric"), comparison: try wire.get("comparison"), direction: try wire.get("direction"),
      format: try wire.get("format", else: .plain), line: try wire.get("line"))
    name = try wire.find("name")
    stage = try wire.find("stage")
    slices = try wire.get("slices", else: [])
    minRows = try wire.find("min-rows")
    confidence = try wire.get("confidence")
    test = try wire.get("test", else: .auto)
    severity = try wire.get("severity", else: .block)
    whenInconclusive = try wire.find("when-inconclusive")
    onMissingBaseline = try wire.get("on-missing-baseline", else: .invalid)
    comparesPoints = try wire.get("point", else: false)
    allowsOtherData = try wire.get("allow-other-data", else: false)
    location = try wire.find("at")
  }
}

extension Estimate: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("value", value)
      $0.put("text", text)
      $0.put("low", low)
      $0.put("high", high)
      $0.put("rows", rows)
      $0.put("replicates", replicates)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      value: try wire.get("value"), text: try wire.find("text"), low: try wire.find("low"), high: try wire.find("high"),
      rows: try wire.find("rows"), replicates: try wire.find("replicates"))
  }
}

extension Difference: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("value", value)
      $0.put("low", low)
      $0.put("high", high)
      $0.put("confidence", confidence)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      value: try wire.get("value"), low: try wire.find("low"), high: try wire.find("high"),
      confidence: try wire.get("confidence"))
  }
}

/// `[column, value]`.
extension SliceValue: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.list {
      $0.item(column)
      $0.item(value)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let items = try wire.items()
    guard items.count == 2 else { throw WireMismatch("slice") }
    self.init(try String(wire: items[0]), try String(wire: items[1]))
  }
}

extension Finding: WireValue {
  package func write(to wire: inout WireWriter) {
    switch self {
    case .holds: wire.tagged("holds")
    case .broken: wire.tagged("broken")
    case .undecided(let pointHolds): wire.tagged("undecided") { $0.item(pointHolds) }
    case .tooFew(let needed, let what, let pointHolds):
      wire.tagged("too-few") {
        $0.item(needed)
        $0.item(what)
        $0.item(pointHolds)
      }
    case .sameModel: wire.tagged("same-model")
    case .candidateNotFinite(let text): wire.tagged("candidate-not-finite") { $0.item(text) }
    case .invalid(let diagnostic): wire.tagged("invalid") { $0.item(diagnostic) }
    case .missingBaseline(let diagnostic): wire.tagged("missing-baseline") { $0.item(diagnostic) }
    case .notJudged(let rows, let least):
      wire.tagged("not-judged") {
        $0.item(rows)
        $0.item(least)
      }
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let found = try WireCase(wire)
    switch found.tag {
    case "holds": self = .holds
    case "broken": self = .broken
    case "undecided": self = .undecided(pointHolds: try found.at(0))
    case "too-few": self = .tooFew(needed: try found.at(0), what: try found.at(1), pointHolds: try found.at(2))
    case "same-model": self = .sameModel
    case "candidate-not-finite": self = .candidateNotFinite(try found.at(0))
    case "invalid": self = .invalid(try found.at(0))
    case "missing-baseline": self = .missingBaseline(try found.at(0))
    case "not-judged": self = .notJudged(rows: try found.at(0), least: try found.at(1))
    default: throw found.unknown
    }
  }
}

extension Judgement: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("rule", rule)
      $0.put("exhibit", exhibit)
      $0.put("slice", slice, unless: [])
      $0.put("verdict", verdict)
      $0.put("finding", finding)
      $0.put("candidate", candidate)
      $0.put("baseline", baseline)
      $0.put("difference", difference)
      $0.put("limit", limit)
      $0.put("test", test)
      $0.put("p", p)
      $0.put("rows-needed", rowsNeeded)
      $0.put("needs-seeds", needsSeeds, unless: false)
      $0.put("candidate-only-right", candidateOnlyRight)
      $0.put("baseline-only-right", baselineOnlyRight)
      $0.put("alpha", alpha)
      $0.put("waivers", waivers, unless: [])
      $0.put("compared", compared)
      $0.put("blocks", blocks)
      $0.put("caveats", caveats, unless: [])
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(rule: try wire.get("rule"), verdict: try wire.get("verdict"), finding: try wire.get("finding"))
    exhibit = try wire.find("exhibit")
    slice = try wire.get("slice", else: [])
    candidate = try wire.find("candidate")
    baseline = try wire.find("baseline")
    difference = try wire.find("difference")
    limit = try wire.find("limit")
    test = try wire.find("test")
    p = try wire.find("p")
    rowsNeeded = try wire.find("rows-needed")
    needsSeeds = try wire.get("needs-seeds", else: false)
    candidateOnlyRight = try wire.find("candidate-only-right")
    baselineOnlyRight = try wire.find("baseline-only-right")
    alpha = try wire.find("alpha")
    waivers = try wire.get("waivers", else: [])
    compared = try wire.find("compared")
    blocks = try wire.get("blocks")
    caveats = try wire.get("caveats", else: [])
  }
}

extension Decidable: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("metric", metric)
      $0.put("rows", rows)
      $0.put("disagreement", disagreement)
      $0.put("margin", margin)
      $0.put("blocks-equal", blocksEqual)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      metric: try wire.get("metric"), rows: try wire.get("rows"), disagreement: try wire.get("disagreement"),
      margin: try wire.get("margin"), blocksEqual: try wire.get("blocks-equal"))
  }
}

extension BaselineUse: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("name", name)
      $0.put("run", run)
      $0.put("commit", commit)
      $0.put("time", time)
      $0.put("rescored", isRescored, unless: false)
      $0.put("record", record)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      name: try wire.get("name"), run: try wire.find("run"), commit: try wire.find("commit"),
      time: try wire.find("time"), isRescored: try wire.get("rescored", else: false), record: try wire.find("record"))
  }
}

extension GateResult: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("name", name)
      $0.put("verdict", verdict)
      $0.put("baseline", baseline)
      $0.put("no-baseline", hasNoBaseline, unless: false)
      $0.put("judgements", judgements)
      $0.put("decides", decides)
      $0.put("changes", changes, unless: [])
      $0.put("caveats", caveats, unless: [])
      $0.put("looks", looks, unless: [])
      $0.put("pin", pin)
      $0.put("at", location)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(name: try wire.get("name"), verdict: try wire.get("verdict"), judgements: try wire.get("judgements"))
    baseline = try wire.find("baseline")
    hasNoBaseline = try wire.get("no-baseline", else: false)
    decides = try wire.find("decides")
    changes = try wire.get("changes", else: [])
    looks = try wire.get("looks", else: [])
    pin = try wire.find("pin")
    caveats = try wire.get("caveats", else: [])
    location = try wire.find("at")
  }
}
