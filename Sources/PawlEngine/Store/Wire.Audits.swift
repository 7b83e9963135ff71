package import PawlCore

extension OutputDifference: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.list {
      $0.item(path)
      switch manner {
      case .content(let was, let now):
        $0.item("content")
        $0.item(was)
        $0.item(now)
      case .mode(let isExecutable): $0.item(isExecutable ? "executable" : "not-executable")
      case .kind: $0.item("kind")
      case .onlyBefore: $0.item("only-before")
      case .onlyNow: $0.item("only-now")
      }
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let items = try wire.items()
    guard items.count >= 2 else { throw WireMismatch("difference") }
    let manner: Manner
    switch try String(wire: items[1]) {
    case "content" where items.count >= 4:
      manner = .content(was: try Digest(wire: items[2]), now: try Digest(wire: items[3]))
    case "executable": manner = .mode(isExecutable: true)
    case "not-executable": manner = .mode(isExecutable: false)
    case "kind": manner = .kind
    case "only-before": manner = .onlyBefore
    case "only-now": manner = .onlyNow
    default: throw WireMismatch("difference")
    }
    self.init(try String(wire: items[0]), manner)
  }
}

extension Audit: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("run", run)
      $0.put("differs", difference)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(run: try wire.get("run"), difference: try wire.find("differs"))
  }
}

extension Distrust: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("run", run)
      $0.put("instance", instance)
      $0.put("path", path)
      $0.put("definition", definition)
      $0.put("sources", sources, unless: [])
      $0.put("content", content)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      run: try wire.get("run"), instance: try wire.get("instance"), path: try wire.get("path"),
      definition: try wire.get("definition"), sources: try wire.get("sources", else: []),
      content: try wire.get("content"))
  }
}

/// The members of a line beside its version: `"stage":"churn / train","found":["same","<run>",1]`.
extension AuditLog.Entry {
  func put(into wire: inout WireWriter) {
    wire.put("stage", stage)
    wire.put("found", finding)
  }

  init(wire: Value) throws(WireMismatch) { self.init(try wire.get("stage"), try wire.get("found")) }
}

extension AuditLog.Entry.Finding: WireValue {
  package func write(to wire: inout WireWriter) {
    switch self {
    case .same(let run, let times):
      wire.tagged("same") {
        $0.item(run)
        $0.item(times)
      }
    case .differs(let distrust): wire.tagged("differs") { $0.item(distrust) }
    case .trusted: wire.tagged("trusted")
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let found = try WireCase(wire)
    switch found.tag {
    case "same": self = .same(run: try found.at(0), times: try found.at(1))
    case "differs": self = .differs(try found.at(0))
    case "trusted": self = .trusted
    default: throw found.unknown
    }
  }
}
