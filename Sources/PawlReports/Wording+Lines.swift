package import PawlCore

/// What is said of the one line of several that failed.
extension Wording {
  /// Line `number` of `count`, and what it runs.
  package struct Line: Sendable, Hashable {
    package var number: Int
    package var count: Int
    package var command: String

    /// Nil when there is only one line, or it is not known which.
    package init?(_ number: Int?, of commands: [String]) {
      guard let number, commands.count > 1, commands.indices.contains(number - 1) else { return nil }
      self.number = number
      count = commands.count
      command = commands[number - 1]
    }
  }

  /// The line in which a stage failed.
  package static func line(_ entry: RunRecord.Entry) -> Line? {
    Line(entry.settlement?.line, of: entry.planned.commands)
  }

  /// The line in which an attempt failed.
  package static func line(_ number: Int?, of id: StageID, in record: RunRecord) -> Line? {
    Line(number, of: record[id]?.planned.commands ?? [])
  }

  /// What went wrong, and where: `line 2 of 3 failed with exit status 1 after 0.4 s: \`python3 eval.py …\``.
  package static func cause(_ fault: StageFault, in line: Line?, after time: String? = nil) -> String {
    if case .exit(let exit) = fault { return cause(exit, in: line, after: time) }
    return cause(fault) + (time.map { " after \($0)" } ?? "")
  }

  package static func cause(_ exit: JobExit, in line: Line?, after time: String? = nil) -> String {
    let after = time.map { " after \($0)" } ?? ""
    guard let line, let what = failing(exit) else { return cause(exit) + after }
    return "line \(line.number) of \(line.count) \(what)\(after): `\(beginning(line.command))`"
  }

  /// What a line did, after "line 2 of 3"; nil where it was not the line's doing.
  private static func failing(_ exit: JobExit) -> String? {
    switch exit {
    case .code(let code): "failed with exit status \(code)"
    case .signal(let number): "was ended by \(signal(number))"
    case .timedOut: "timed out"
    case .outOfMemory: "ran out of memory"
    case .lost, .notStarted, .stopped: nil
    }
  }

  private static let longest = 60

  /// The first line of a command, cut.
  private static func beginning(_ command: String) -> String {
    let lines = command.split(separator: "\n", omittingEmptySubsequences: true)
    let first = lines.first.map(String.init) ?? command
    let isCut = lines.count > 1 || first.unicodeScalars.count > longest
    return isCut ? String(String.UnicodeScalarView(first.unicodeScalars.prefix(longest - 2))) + " …" : first
  }
}
