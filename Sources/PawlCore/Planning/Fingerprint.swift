/// Everything that a stage's result depends on, as a value that can be printed, compared and hashed to the key.
package struct Fingerprint: Sendable, Hashable {
  package struct Part: Sendable, Hashable, Comparable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
      case command, directory, parameter, input, environment, tool, output, platform
      /// What is installed where it runs, by name (`python`).
      case lock
    }

    package var kind: Kind
    package var name: String
    /// A digest, or the value itself.
    package var value: String

    package init(_ kind: Kind, _ name: String = "", _ value: String) {
      self.kind = kind
      self.name = name
      self.value = value
    }

    /// `input data/train.csv 9f86d081…`, always one line: to be printed, and compared with `diff`.
    package var line: String {
      let shown = value.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
      return [kind.rawValue, name, shown].filter { !$0.isEmpty }.joined(separator: " ")
    }

    package static func < (a: Part, b: Part) -> Bool {
      a.kind == b.kind ? (a.name, a.value) < (b.name, b.value) : a.kind.rawValue < b.kind.rawValue
    }
  }

  /// Raised in the same change as the meaning of a part.
  package static let version = 1

  /// Sorted.
  package let parts: [Part]

  package init(_ parts: [Part]) { self.parts = parts.sorted() }

  /// What is hashed to the key: version and parts, each field with its length, so that no two values run together.
  package var canonicalBytes: [UInt8] {
    var bytes = Array("pawl.key/\(Fingerprint.version)\n".utf8)
    for part in parts {
      for field in [part.kind.rawValue, part.name, part.value] {
        bytes += Array("\(field.utf8.count):".utf8)
        bytes += Array(field.utf8)
      }
      bytes.append(0x0A)
    }
    return bytes
  }

  /// Why a key differs from an old one; never empty when the parts differ.
  package func changes(since old: Fingerprint) -> [MissReason] {
    var reasons: [MissReason] = []
    let before = Dictionary(grouping: old.parts) { PartName($0) }
    let now = Dictionary(grouping: parts) { PartName($0) }
    for name in Set(before.keys).union(now.keys).sorted() {
      let was = before[name]?.map(\.value) ?? []
      let isNow = now[name]?.map(\.value) ?? []
      if was == isNow { continue }
      let reason = name.reason(was.first, isNow.first)
      // Of several outputs that are declared otherwise one is enough to say.
      if reason != reasons.last { reasons.append(reason) }
    }
    // The parameter says it better than the command that holds it.
    if reasons.contains(.commandChanged), isExplained(by: reasons, since: old) {
      reasons.removeAll { $0 == .commandChanged }
    }
    return reasons
  }

  /// Whether the commands differ only in words that are the old and the new value of a changed parameter.
  private func isExplained(by reasons: [MissReason], since old: Fingerprint) -> Bool {
    func words(_ print: Fingerprint) -> [Substring] {
      (print.parts.first { $0.kind == .command }?.value ?? "").split { $0 == " " || $0 == "\n" }
    }
    func bare(_ text: some StringProtocol) -> String {
      String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\"" && $0 != "'" }))
    }
    var changed: [String: Set<String>] = [:]
    for case .parameterChanged(_, let was?, let now?) in reasons { changed[bare(was), default: []].insert(bare(now)) }
    let (before, now) = (words(old), words(self))
    return !changed.isEmpty && before.count == now.count
      && zip(before, now).allSatisfy { $0 == $1 || changed[bare($0)]?.contains(bare($1)) == true }
  }

  private struct PartName: Hashable, Comparable {
    var kind: Part.Kind
    var name: String

    init(_ part: Part) {
      kind = part.kind
      name = part.name
    }

    static func < (a: PartName, b: PartName) -> Bool { (a.order, a.name) < (b.order, b.name) }

    private var order: Int { Part.Kind.allCases.firstIndex(of: kind) ?? 0 }

    func reason(_ was: String?, _ now: String?) -> MissReason {
      switch kind {
      case .command: .commandChanged
      case .directory: .directoryChanged(was ?? "", now ?? "")
      case .parameter: .parameterChanged(name, was, now)
      case .input: was == nil ? .inputAdded(name) : now == nil ? .inputRemoved(name) : .inputChanged(name)
      case .environment: .environmentChanged(name)
      case .tool: .toolChanged(name, was, now)
      case .output: .outputsDeclared
      case .platform: .platformChanged(was ?? "", now ?? "")
      case .lock: .lockChanged(name)
      }
    }
  }
}

/// Why a stage is not up to date; reports put it into words.
package enum MissReason: Sendable, Hashable {
  case firstTime
  case commandChanged
  case directoryChanged(String, String)
  case parameterChanged(String, String?, String?)
  case inputAdded(String)
  case inputRemoved(String)
  case inputChanged(String)
  case environmentChanged(String)
  case toolChanged(String, String?, String?)
  case outputsDeclared
  case platformChanged(String, String)
  /// Other packages are installed in the environment of this name (`python`), or none was made yet.
  case lockChanged(String)
  /// Made longer ago than `max-age` allows; both in seconds, the age infinite when it is not known.
  case stale(age: Double, limit: Double)
  case outputMissing(String)
  /// What it takes from this stage is not known before that has run.
  case upstream(StageID)
  /// Its outputs are recorded but cannot be had, and this stage needs them.
  case neededBy(StageID)
  /// Its `when`, as written, cannot be answered before these stages have run.
  case condition(String, awaiting: [StageID])
  /// `finally`: it runs in every run.
  case final
  /// `--no-cache`: what was kept is not asked for.
  case cacheOff
  case forced
  /// A result of this run is there; it is made again to be compared.
  case audited(run: String)
  /// Results differed at this path when they were audited in this run: none is reused.
  case distrusted(run: String, path: String)
  /// `no-cache`, or neither inputs nor outputs.
  case neverCached(String)
  /// A gate is judged in every run.
  case alwaysJudged
}
