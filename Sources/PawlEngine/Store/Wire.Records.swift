package import PawlCore

extension Digest: WireValue {
  package func write(to wire: inout WireWriter) { wire.string(hex) }
  package init(wire: Value) throws(WireMismatch) {
    guard case .text(let text) = wire, let digest = Digest(hex: text) else { throw WireMismatch("digest") }
    self = digest
  }
}

extension StageID: WireValue {
  package func write(to wire: inout WireWriter) { wire.string(name) }
  package init(wire: Value) throws(WireMismatch) { self.init(try String(wire: wire)) }
}

/// Seconds since 1970 as a number: text of a date would lose the fraction.
extension Timestamp: WireValue {
  package func write(to wire: inout WireWriter) { seconds.write(to: &wire) }
  package init(wire: Value) throws(WireMismatch) { self.init(try Double(wire: wire)) }
}

extension Fingerprint.Part.Kind: WireValue {}

/// `[kind, name, value]`.
extension Fingerprint.Part: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.list {
      $0.item(kind)
      $0.item(name)
      $0.item(value)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let items = try wire.items()
    guard items.count >= 3 else { throw WireMismatch("fingerprint") }
    self.init(try Kind(wire: items[0]), try String(wire: items[1]), try String(wire: items[2]))
  }
}

extension Fingerprint: WireValue {
  package func write(to wire: inout WireWriter) { parts.write(to: &wire) }
  package init(wire: Value) throws(WireMismatch) { self.init(try [Part](wire: wire)) }
}

extension Made: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("path", path)
      $0.put("digest", digest)
      $0.put("size", size)
      $0.put("folder", isFolder, unless: false)
      $0.put("executable", isExecutable)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      path: try wire.get("path"), digest: try wire.get("digest"), size: try wire.get("size"),
      isFolder: try wire.get("folder", else: false), isExecutable: try wire.find("executable"))
  }
}

extension Measurement: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("name", name)
      switch content {
      case .number(let number): $0.put("value", number)
      case .other(let what): $0.put("other", what)
      }
      $0.put("file", file)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let number: Number? = try wire.find("value")
    let content: Content = if let number { .number(number) } else { .other(try wire.get("other")) }
    self.init(try wire.get("name"), content, file: try wire.find("file"))
  }
}

extension Kept: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("key", key)
      $0.put("fingerprint", fingerprint)
      $0.put("outputs", outputs)
      $0.put("test-data", testData)
      $0.put("seconds", seconds)
      $0.put("run", run)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      key: try wire.get("key"), fingerprint: try wire.get("fingerprint"), outputs: try wire.get("outputs"),
      testData: try wire.find("test-data"), seconds: try wire.get("seconds"), run: try wire.get("run"))
  }
}

extension RecordedStage: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("stage", id)
      $0.put("key", key)
      $0.put("fingerprint", fingerprint)
      $0.put("outputs", outputs)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      id: try wire.get("stage"), key: try wire.get("key"), fingerprint: try wire.get("fingerprint"),
      outputs: try wire.get("outputs"))
  }
}

extension AxisValue: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.list {
      $0.item(axis)
      $0.item(value)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let items = try wire.items()
    guard items.count == 2 else { throw WireMismatch("matrix") }
    self.init(try String(wire: items[0]), try Value(wire: items[1]))
  }
}

extension RecordedEvidence: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("exhibit", exhibit)
      $0.put("stage", stage)
      $0.put("base", base)
      $0.put("matrix", matrix, unless: [])
      $0.put("key", key)
      $0.put("test-data", testData)
      $0.put("models", models)
      $0.put("predictions", predictions)
      $0.put("metrics", metrics)
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      exhibit: try wire.get("exhibit"), stage: try wire.get("stage"), base: try wire.get("base"),
      matrix: try wire.get("matrix", else: []), key: try wire.get("key"), testData: try wire.find("test-data"),
      models: try wire.get("models"), predictions: try wire.find("predictions"), metrics: try wire.get("metrics"))
  }
}
