package import PawlCore
package import PawlSystem

/// What a run with nothing to do looked at, so that the next one asks a single question: has anything changed?
///
/// Kept under `.pawl/quiet/` by the digest of the request. A workflow that holds something a stat cannot answer for (a
/// gate, `tools`, `no-cache`, a stage whose result ages) leaves none; nor is one written while a file is so young that
/// a change could leave its times alone. Nor is one kept where a share of results is audited: that is drawn in each run.
/// Any difference takes the ordinary road, so a trace can be removed at will.
package struct QuietTrace: Sendable {
  package var workflow: String
  package var run: String
  package var stages: Int

  private static let magic = "pawl.quiet/1"
  /// Beyond this many paths the trace costs more than it saves in memory.
  private static let mostPaths = 400_000

  /// What was asked, as one digest: the same request of the same version in the same place.
  package static func request(_ words: [String]) -> Digest {
    Digester.digest(words.map { "\($0.utf8.count):\($0)" }.joined())
  }

  /// The trace of a request under which nothing has changed since; nil where the ordinary road must answer.
  package static func unchanged(_ request: Digest, _ disk: Disk, variable: (String) -> String?) -> QuietTrace? {
    guard let bytes = try? disk.read(path(request)) else { return nil }
    // A dead run is told about on the ordinary road.
    if let marks = try? disk.list(".pawl/alive"), marks.contains(where: { !$0.name.hasPrefix(".") }) { return nil }
    guard let headEnd = bytes.firstIndex(of: 0) else { return nil }
    let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    guard lines.count >= 7, lines[0] == magic, let stages = Int(lines[3]) else { return nil }
    let names = lines[4].split(separator: " ").map(String.init)
    guard lines[5] == values(names, variable).hex,
      let now = StatDigest(paths: bytes[(headEnd + 1)...], root: disk.root), now.digest.hex == lines[6]
    else { return nil }
    return QuietTrace(workflow: lines[2], run: lines[1], stages: stages)
  }

  /// Keeps a trace of a run that had nothing to do; does nothing where a stat cannot answer for the workflow.
  ///
  /// - Parameters:
  ///   - paths: what was read to make the plan.
  ///   - moment: `WallClock.steadyBefore()` when the session began.
  package func keep(
    _ request: Digest, plan: Plan, paths: Set<String>, variables names: Set<String>, at moment: Int64, _ disk: Disk,
    variable: (String) -> String?
  ) {
    guard plan.stages.allSatisfy({ QuietTrace.answersByStat($0) }), !workflow.contains("\n") else { return }
    var search = PathSearch(disk, most: QuietTrace.mostPaths)
    for path in paths { search.add(path) }
    // A stage that lost its trust is not up to date any more.
    search.add(AuditLog.path)
    for stage in plan.stages {
      for input in stage.inputs {
        if input.isGlob { search.addVisible(Glob.fixedPrefix(of: input.path)) } else { search.addAll(input.path) }
      }
      for output in stage.outputs { search.addAll(output.path) }
    }
    let sorted = names.union(plan.stages.flatMap { $0.environment.filter { $0.value == nil }.map(\.name) }).sorted()
    guard let list = search.list, let stats = StatDigest(paths: list, root: disk.root),
      stats.newest.map({ $0 < moment }) ?? true
    else { return }
    let head = [
      QuietTrace.magic, run, workflow, String(stages), sorted.joined(separator: " "),
      QuietTrace.values(sorted, variable).hex, stats.digest.hex,
    ]
    let bytes = Array(head.joined(separator: "\n").utf8) + [0] + list
    // Speed only: a trace that cannot be kept is nobody's concern.
    try? disk.makeFolder(".pawl/quiet")
    try? disk.write(QuietTrace.path(request), bytes)
  }

  package init(workflow: String, run: String, stages: Int) {
    self.workflow = workflow
    self.run = run
    self.stages = stages
  }

  /// Where it is kept, from the project root.
  package static func path(_ request: Digest) -> String { ".pawl/quiet/\(request.hex.prefix(32))" }

  private static func values(_ names: [String], _ variable: (String) -> String?) -> Digest {
    Digester.digest(names.map { "\($0)=\(variable($0) ?? "\u{0}")\n" }.joined())
  }

  private static func answersByStat(_ stage: Stage) -> Bool {
    guard case .job = stage.work else { return false }
    return stage.tools.isEmpty && stage.python == nil && stage.maxAge == nil && stage.isCacheable
      && stage.evaluation?.rescore != .always
      && !(stage.inputs.isEmpty && stage.outputs.isEmpty)
  }
}

/// Collects paths to stat: files, and of folders everything in them.
private struct PathSearch {
  private let disk: Disk
  private let most: Int
  private var paths: Set<String> = []
  private var hasTooMany = false

  init(_ disk: Disk, most: Int) {
    self.disk = disk
    self.most = most
  }

  mutating func add(_ path: String) {
    paths.insert(path)
    if paths.count > most { hasTooMany = true }
  }

  /// The path, and all that lies in it when it is a folder.
  mutating func addAll(_ path: String) { walk(path, seesHidden: true) }

  /// As `addAll`, hidden names left out, as a pattern leaves them out.
  mutating func addVisible(_ path: String) { walk(path, seesHidden: false) }

  private mutating func walk(_ path: String, seesHidden: Bool) {
    // The project's own root holds what every run writes.
    if path.isEmpty || path == ".", seesHidden {
      hasTooMany = true
      return
    }
    var open = [path]
    while let next = open.popLast(), !hasTooMany {
      add(next)
      guard let entry = try? disk.linkOrEntry(next.isEmpty ? "." : next) else { continue }
      // A folder behind a link is not walked here: then the ordinary road answers.
      if entry.kind == .link, (try? disk.entry(next))?.kind == .folder { hasTooMany = true }
      guard entry.kind == .folder else { continue }
      for child in (try? disk.list(next)) ?? [] where child.name != ".git" {
        // The name is not what the kernel knows it by.
        if child.name.contains("\u{FFFD}") { hasTooMany = true }
        if !seesHidden, child.name.hasPrefix(".") { continue }
        open.append(Paths.join(next, child.name))
      }
    }
  }

  /// NUL behind each, sorted; nil when there are too many or a name cannot be told.
  var list: [UInt8]? {
    if hasTooMany { return nil }
    var bytes: [UInt8] = []
    for path in paths.sorted() {
      if path.utf8.contains(0) { return nil }
      bytes += Array(path.utf8)
      bytes.append(0)
    }
    return bytes
  }
}
