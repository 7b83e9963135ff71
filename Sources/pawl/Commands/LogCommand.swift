import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

struct LogCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "What a stage printed, both streams in order.",
    discussion: """
      Example:
        pawl log latest 'train[seed=2]'
      """)

  @Argument(help: "The run: latest, or a unique part of its name.")
  var run: String

  @Argument(help: "The stage.")
  var stage: String

  @Option(help: "Which attempt (default: the last).")
  var attempt: Int?

  @Flag(help: "The bytes as printed, control characters included.")
  var raw = false

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let stored = try StoredRun.open(run, from: common.start)
    let id = StageID(stage)
    guard let entry = stored.record[id] else {
      let names = stored.record.entries.map(\.planned.id.name)
      throw Failure(
        Diagnostic(
          "usage.no-stage", "run `\(stored.id)` has no stage `\(stage)`",
          remedy: Suggestion.nearest(to: stage, in: names).map { "did you mean `\($0)`?" } ?? "there are: "
            + names.joined(separator: ", ")))
    }
    guard entry.attempts > 0 else {
      Console.progress("`\(stage)` was not run: \(Wording.outcome(entry)) \(Wording.ending(entry))")
      return .ok
    }
    let path = stored.folder.logPath(id, attempt: attempt ?? entry.attempts)
    guard let bytes = try stored.project.disk.read(path) else {
      Console.progress("`\(stage)` printed nothing")
      return .ok
    }
    // What a stage prints is hostile: on a terminal its control characters must not act.
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    Console.answer(exactly: raw ? text : lines.map { Escaping.logLine(String($0)) }.joined(separator: "\n"))
    return .ok
  }
}
