package import PawlCore

extension SourceLocation: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("file", file)
      $0.put("line", line)
      $0.put("column", column)
      $0.put("length", length, unless: 1)
      $0.put("excerpt", excerpt)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      file: try wire.get("file"), line: try wire.get("line"), column: try wire.get("column"),
      length: try wire.get("length", else: 1), excerpt: try wire.find("excerpt"))
  }
}

extension Diagnostic.Severity: WireValue {}

extension Diagnostic: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("code", code)
      $0.put("severity", severity)
      $0.put("message", message)
      $0.put("at", location)
      $0.put("cause", cause)
      $0.put("remedy", remedy)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      try wire.get("code"), try wire.get("message"), severity: try wire.get("severity"), at: try wire.find("at"),
      cause: try wire.find("cause"), remedy: try wire.find("remedy"))
  }
}

extension MissReason: WireValue {
  package func write(to wire: inout WireWriter) {
    switch self {
    case .firstTime: wire.tagged("first-time")
    case .commandChanged: wire.tagged("command-changed")
    case .directoryChanged(let was, let now):
      wire.tagged("directory-changed") {
        $0.item(was)
        $0.item(now)
      }
    case .parameterChanged(let name, let was, let now):
      wire.tagged("parameter-changed") {
        $0.item(name)
        $0.item(was)
        $0.item(now)
      }
    case .inputAdded(let path): wire.tagged("input-added") { $0.item(path) }
    case .inputRemoved(let path): wire.tagged("input-removed") { $0.item(path) }
    case .inputChanged(let path): wire.tagged("input-changed") { $0.item(path) }
    case .environmentChanged(let name): wire.tagged("environment-changed") { $0.item(name) }
    case .toolChanged(let name, let was, let now):
      wire.tagged("tool-changed") {
        $0.item(name)
        $0.item(was)
        $0.item(now)
      }
    case .outputsDeclared: wire.tagged("outputs-declared")
    case .platformChanged(let was, let now):
      wire.tagged("platform-changed") {
        $0.item(was)
        $0.item(now)
      }
    case .lockChanged(let name): wire.tagged("lock-changed") { $0.item(name) }
    case .stale(let age, let limit):
      wire.tagged("stale") {
        $0.item(age)
        $0.item(limit)
      }
    case .outputMissing(let path): wire.tagged("output-missing") { $0.item(path) }
    case .upstream(let id): wire.tagged("upstream") { $0.item(id) }
    case .neededBy(let id): wire.tagged("needed-by") { $0.item(id) }
    case .condition(let text, let awaited):
      wire.tagged("condition") {
        $0.item(text)
        $0.item(awaited)
      }
    case .final: wire.tagged("final")
    case .cacheOff: wire.tagged("cache-off")
    case .forced: wire.tagged("forced")
    case .audited(let run): wire.tagged("audited") { $0.item(run) }
    case .distrusted(let run, let path):
      wire.tagged("distrusted") {
        $0.item(run)
        $0.item(path)
      }
    case .neverCached(let why): wire.tagged("never-cached") { $0.item(why) }
    case .alwaysJudged: wire.tagged("always-judged")
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let found = try WireCase(wire)
    switch found.tag {
    case "first-time": self = .firstTime
    case "command-changed": self = .commandChanged
    case "directory-changed": self = .directoryChanged(try found.at(0), try found.at(1))
    case "parameter-changed": self = .parameterChanged(try found.at(0), try found.find(1), try found.find(2))
    case "input-added": self = .inputAdded(try found.at(0))
    case "input-removed": self = .inputRemoved(try found.at(0))
    case "input-changed": self = .inputChanged(try found.at(0))
    case "environment-changed": self = .environmentChanged(try found.at(0))
    case "tool-changed": self = .toolChanged(try found.at(0), try found.find(1), try found.find(2))
    case "outputs-declared": self = .outputsDeclared
    case "platform-changed": self = .platformChanged(try found.at(0), try found.at(1))
    case "lock-changed": self = .lockChanged(try found.at(0))
    case "stale": self = .stale(age: try found.at(0), limit: try found.at(1))
    case "output-missing": self = .outputMissing(try found.at(0))
    case "upstream": self = .upstream(try found.at(0))
    case "needed-by": self = .neededBy(try found.at(0))
    case "condition": self = .condition(try found.at(0), awaiting: try found.at(1))
    case "final": self = .final
    case "cache-off": self = .cacheOff
    case "forced": self = .forced
    case "audited": self = .audited(run: try found.at(0))
    case "distrusted": self = .distrusted(run: try found.at(0), path: try found.at(1))
    case "never-cached": self = .neverCached(try found.at(0))
    case "always-judged": self = .alwaysJudged
    default: throw found.unknown
    }
  }
}

extension SkipReason: WireValue {
  package func write(to wire: inout WireWriter) {
    switch self {
    case .needs(let id): wire.tagged("needs") { $0.item(id) }
    case .cancelled: wire.tagged("cancelled")
    case .afterFailure(let id): wire.tagged("after-failure") { $0.item(id) }
    case .sameTestData: wire.tagged("same-test-data")
    case .notAuthorised: wire.tagged("not-authorised")
    case .refused: wire.tagged("refused")
    case .condition(let text): wire.tagged("condition") { $0.item(text) }
    case .outOfTime: wire.tagged("out-of-time")
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let found = try WireCase(wire)
    switch found.tag {
    case "needs": self = .needs(try found.at(0))
    case "cancelled": self = .cancelled
    case "after-failure": self = .afterFailure(try found.at(0))
    case "same-test-data": self = .sameTestData
    case "not-authorised": self = .notAuthorised
    case "refused": self = .refused
    case "condition": self = .condition(try found.at(0))
    case "out-of-time": self = .outOfTime
    default: throw found.unknown
    }
  }
}

extension JobExit: WireValue {
  package func write(to wire: inout WireWriter) {
    switch self {
    case .code(let code): wire.tagged("code") { $0.item(code) }
    case .signal(let signal): wire.tagged("signal") { $0.item(signal) }
    case .timedOut: wire.tagged("timed-out")
    case .outOfMemory: wire.tagged("out-of-memory")
    case .lost(let why): wire.tagged("lost") { $0.item(why) }
    case .notStarted(let why): wire.tagged("not-started") { $0.item(why) }
    case .stopped: wire.tagged("stopped")
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let found = try WireCase(wire)
    switch found.tag {
    case "code": self = .code(try found.at(0))
    case "signal": self = .signal(try found.at(0))
    case "timed-out": self = .timedOut
    case "out-of-memory": self = .outOfMemory
    case "lost": self = .lost(try found.at(0))
    case "not-started": self = .notStarted(try found.at(0))
    case "stopped": self = .stopped
    default: throw found.unknown
    }
  }
}

extension StageFault: WireValue {
  package func write(to wire: inout WireWriter) {
    switch self {
    case .exit(let exit): wire.tagged("exit") { $0.item(exit) }
    case .outputMissing(let path): wire.tagged("output-missing") { $0.item(path) }
    case .unusable(let diagnostic): wire.tagged("unusable") { $0.item(diagnostic) }
    case .secretMissing(let name): wire.tagged("secret-missing") { $0.item(name) }
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let found = try WireCase(wire)
    switch found.tag {
    case "exit": self = .exit(try found.at(0))
    case "output-missing": self = .outputMissing(try found.at(0))
    case "unusable": self = .unusable(try found.at(0))
    case "secret-missing": self = .secretMissing(try found.at(0))
    default: throw found.unknown
    }
  }
}

extension StageOutcome: WireValue {
  package func write(to wire: inout WireWriter) {
    switch self {
    case .succeeded: wire.tagged("succeeded")
    case .reused: wire.tagged("reused")
    case .unscorable(let fault): wire.tagged("unscorable") { $0.item(fault) }
    case .failed(let fault): wire.tagged("failed") { $0.item(fault) }
    case .rejected: wire.tagged("rejected")
    case .skipped(let reason): wire.tagged("skipped") { $0.item(reason) }
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let found = try WireCase(wire)
    switch found.tag {
    case "succeeded": self = .succeeded
    case "reused": self = .reused
    case "unscorable": self = .unscorable(try found.at(0))
    case "failed": self = .failed(try found.at(0))
    case "rejected": self = .rejected
    case "skipped": self = .skipped(try found.at(0))
    default: throw found.unknown
    }
  }
}
