package import PawlCore
package import PawlGate
import PawlSystem

/// What one evidence of a gate is, whatever its files are called and in whatever order they were given.
///
/// From it follow the seed of the draws and whether two looks at a test set are the same look.
package struct EvidenceIdentity: Sendable, Hashable {
  /// Which test data, as the ledger counts them; nil where nothing says.
  package var testData: Digest?
  /// One a replicate.
  package var candidate: [Digest]
  package var baseline: [Digest]
  /// What `anchor` and `history` rules compare with, by name.
  package var beside: [String: [Digest]]

  package init(
    testData: Digest? = nil, candidate: [Digest], baseline: [Digest] = [], beside: [String: [Digest]] = [:]
  ) {
    self.testData = testData
    self.candidate = candidate
    self.baseline = baseline
    self.beside = beside
  }

  /// One replicate: the bytes of its rows, and the numbers that its metric files hold.
  package static func replicate(rows: Digest?, _ measurements: [Measurement]) -> Digest {
    var lines = "rows \(rows?.hex ?? "none")\n"
    for measurement in measurements.filter({ $0.file != nil }).sorted(by: { $0.name < $1.name }) {
      switch measurement.content {
      case .number(let number): lines += "\(Value.text(measurement.name).json) \(number.text)\n"
      case .other(let kind): lines += "\(Value.text(measurement.name).json) is \(kind)\n"
      }
    }
    return Digester.digest(lines)
  }

  /// The evidence together with what was asked of it, at which level. Only what can change a verdict counts of a rule:
  /// neither its name nor its place, and nothing that only says what a verdict stops.
  package func digest(judgedBy rules: [GateRule], under policy: TestSetPolicy) -> Digest {
    var lines = "pawl.evidence/1\nlevel \(policy.feedback.rawValue) \(policy.budget)\n"
    func add(_ name: String, _ digests: [Digest]) {
      lines += "\(Value.text(name).json) " + digests.sorted().map(\.hex).joined(separator: " ") + "\n"
    }
    add("candidate", candidate)
    add("baseline", baseline)
    for (name, digests) in beside.sorted(by: { $0.key < $1.key }) { add("beside " + name, digests) }
    for question in Set(rules.map(EvidenceIdentity.question)).sorted() { lines += question + "\n" }
    return Digester.digest(lines)
  }

  private static func question(_ rule: GateRule) -> String {
    var rule = rule
    rule.name = nil
    rule.location = nil
    rule.severity = .block
    rule.whenInconclusive = nil
    rule.onMissingBaseline = .invalid
    for index in rule.slices.indices { rule.slices[index].location = nil }
    var wire = WireWriter()
    rule.write(to: &wire)
    return String(decoding: wire.bytes, as: UTF8.self)
  }

  /// The seed of the draws: the same evidence gives the same draws, here as in a run.
  package static func seed(_ identities: [EvidenceIdentity]) -> UInt64 {
    var lines = "pawl.seed/1\n"
    for digest in identities.flatMap(\.candidate).sorted() { lines += "candidate \(digest.hex)\n" }
    for digest in identities.flatMap(\.baseline).sorted() { lines += "baseline \(digest.hex)\n" }
    return Digester.digest(lines).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// Which test data a ledger counts looks at: the content of labels and ids, whatever the files are called.
package enum TestSetDigest {
  /// Of one replicate's rows, whatever their order; nil where neither ids nor labels are declared.
  package static func of(_ rows: RowTable) -> Digest? {
    let bytes = rows.testDataBytes
    if bytes.isEmpty { return nil }
    if rows.spec.id != nil { return Digester.digest(bytes) }
    // Without ids the rows stand in the file's order, which a loader may shuffle: sorted, they are the same labels.
    var labels = labels(bytes[...])
    labels.sort { $0.lexicographicallyPrecedes($1) }
    return Digester.digest(Array(labels.joined()))
  }

  /// Of all replicates; nil where one of them does not say.
  package static func of(_ replicates: [Digest?]) -> Digest? {
    let known = Set(replicates.compactMap { $0 }).sorted()
    guard !known.isEmpty, !replicates.contains(nil) else { return nil }
    return known.count == 1 ? known[0] : Digester.digest(known.map(\.hex).joined(separator: "\n"))
  }

  /// `RowTable.testDataBytes` without ids, a piece a row: 0, then 3 and a number's 8 bytes, or 4, a length and a text.
  private static func labels(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var rest = bytes
    var labels: [ArraySlice<UInt8>] = []
    while rest.count >= 10 {
      var length = 10
      if rest[rest.startIndex + 1] == 4 {
        let size = rest.dropFirst(2).prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        length += Int(clamping: min(size, UInt64(rest.count - 10)))
      }
      labels.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    if !rest.isEmpty { labels.append(rest) }
    return labels
  }
}
