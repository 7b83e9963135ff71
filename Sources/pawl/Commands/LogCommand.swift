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
      let instances = stored.record.entries.filter { $0.planned.base == stage }.map(\.planned.id.name)
      throw stored.noStage(
        stage, remedy: instances.isEmpty ? nil : "its instances are: " + instances.joined(separator: ", "))
    }
    guard entry.attempts > 0 else {
      let lines = Wording.noLog(entry, run: stored.id, isAlive: stored.isAlive) { !$0.isEmpty && stored.isRun($0) }
      Console.progress(lines.map(Escaping.terminal))
      return .ok
    }
    let number = attempt ?? entry.attempts
    defer {
      let lines = Wording.logEnd(entry, attempt: number, run: stored.id, isAlive: stored.isAlive)
      Console.progress(lines.map(Escaping.terminal))
    }
    let path = stored.folder.logPath(id, attempt: number)
    guard let bytes = try stored.project.disk.read(path) else {
      Console.progress("`\(stage)` printed nothing")
      return .ok
    }
    // What a stage prints is hostile: on a terminal its control characters must not act.
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    Console.write(raw ? text : lines.map { Escaping.logLine(String($0)) }.joined(separator: "\n"), to: 1)
    return .ok
  }
}
