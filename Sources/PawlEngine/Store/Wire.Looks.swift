package import PawlCore

extension Waiver: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("rule", rule)
      $0.put("line", line)
      $0.put("slice", slice, unless: [])
      $0.put("model", model)
      $0.put("up-to", upTo)
      $0.put("reason", reason)
      $0.put("owner", owner)
      $0.put("expires", expires)
      $0.put("end", end)
      $0.put("at", location)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      rule: try wire.get("rule"), line: try wire.find("line"), slice: try wire.get("slice", else: []),
      model: try wire.find("model"), upTo: try wire.find("up-to"), reason: try wire.get("reason"),
      owner: try wire.get("owner"), expires: try wire.get("expires"), end: try wire.get("end"),
      at: try wire.find("at"))
  }
}

extension WaiverUse: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("waiver", waiver)
      $0.put("state", state)
      $0.put("original", original)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(try wire.get("waiver"), try wire.get("state"), original: try wire.get("original"))
  }
}

extension TestSetPolicy: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("budget", budget)
      $0.put("feedback", feedback)
      $0.put("at", location)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(budget: try wire.get("budget"), feedback: try wire.get("feedback"), at: try wire.find("at"))
  }
}

extension Look: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("exhibit", exhibit)
      $0.put("test-data", testData)
      $0.put("policy", policy)
      $0.put("before", before)
      $0.put("repeats", repeats)
      $0.put("ended-by", endedBy)
      $0.put("uncommitted", uncommitted, unless: 0)
      $0.put("free", isFree, unless: false)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      exhibit: try wire.get("exhibit"), testData: try wire.find("test-data"), policy: try wire.get("policy"),
      before: try wire.get("before"), repeats: try wire.find("repeats"), endedBy: try wire.find("ended-by"),
      uncommitted: try wire.get("uncommitted", else: 0), isFree: try wire.get("free", else: false))
  }
}

extension PolicyPin: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("revision", revision)
      $0.put("commit", commit)
      $0.put("differences", differences, unless: [])
      $0.put("absent", isAbsent, unless: false)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      revision: try wire.get("revision"), commit: try wire.get("commit"),
      differences: try wire.get("differences", else: []), isAbsent: try wire.get("absent", else: false))
  }
}
