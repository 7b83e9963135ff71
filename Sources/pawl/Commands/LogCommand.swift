import ArgumentParser
import Glibc
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

struct LogCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "What a stage printed, both streams in order.",
    discussion: """
      Examples:
        pawl log latest 'train[seed=2]'
        pawl log latest train --follow          what it prints now, until it ends
        pawl log latest train --timestamps      when each line came (UTC), to a tenth of a second
        pawl log latest train --replay --speed 10
      """)

  @Argument(help: "The run: latest, or a unique part of its name.")
  var run: String

  @Argument(help: "The stage.")
  var stage: String

  @Option(help: "Which attempt (default: the last).")
  var attempt: Int?

  @Flag(help: "The bytes as printed, control characters included.")
  var raw = false

  @Flag(name: [.customShort("f"), .long], help: "Go on with what a running stage prints, until it ends.")
  var follow = false

  @Flag(name: [.customShort("t"), .long], help: "Each line with the time at which it began (RFC 3339, UTC).")
  var timestamps = false

  @Flag(help: "Each line with the time since the attempt began, instead.")
  var elapsed = false

  @Flag(help: "Play it at the pace at which it came, bars as they were drawn; a pause lasts two seconds at most.")
  var replay = false

  @Option(help: ArgumentHelp("How much faster than it was, with --replay.", valueName: "N"))
  var speed: Double?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let speed, !(speed.isFinite && speed > 0) { throw ValidationError("--speed takes a number above 0") }
    if speed != nil, !replay { throw ValidationError("--speed is for --replay") }
    if timestamps, elapsed { throw ValidationError("--timestamps and --elapsed are two ways to say one thing") }
    if replay, follow || timestamps || elapsed || common.format == .json {
      throw ValidationError(
        "--replay shows times by its pace: leave out --follow, --timestamps, --elapsed and --format")
    }
    if raw, common.format == .json { throw ValidationError("--raw and --format json cannot be had together") }
  }

  func perform() throws -> ExitStatus {
    let project = Project(root: Project.root(from: common.start))
    let id = try project.runs.resolve(run)
    var story = try RunFollower(project.runs[id])
    Console.complain(story.caveats)
    let stage = StageID(self.stage)
    guard let entry = story.record[stage] else { throw noStage(story.record, id) }
    if !follow || entry.settlement != nil {
      guard entry.attempts > 0 else {
        let lines = Wording.noLog(entry, run: id, isAlive: project.runs.isAlive(id)) { text in
          !text.isEmpty && (try? project.runs.resolve(text)) != nil
        }
        Console.progress(lines.map(Escaping.terminal))
        return .ok
      }
      if let attempt, !(1...entry.attempts).contains(attempt) { throw noAttempt(attempt, entry) }
    }
    if follow {
      var following = LogFollowing(stage, attempt, in: project, id, printer)
      try following.follow(&story)
      return .ok
    }
    let number = attempt ?? entry.attempts
    var log = AttemptLog(stage, number, in: project.runs[id], project.disk)
    var printer = printer
    let times = story.attempt(number, of: stage)
    let isOver = times.ended != nil || !project.runs.isAlive(id)
    let hasAny =
      replay
      ? log.replay(&printer, times, speed: speed ?? 1) : log.print(&printer, times, isOver: isOver)
    printer.finish()
    if replay, printer.last != 0x0A { Console.answer(exactly: "\n") }
    if !hasAny { Console.progress("`\(stage)` printed nothing") }
    let lines = Wording.logEnd(entry, attempt: number, run: id, isAlive: project.runs.isAlive(id))
    Console.progress(lines.map(Escaping.terminal))
    return .ok
  }

  private var printer: LogPrinter {
    let stamp: LogPrinter.Stamp = timestamps ? .time : elapsed ? .elapsed : .none
    // What a stage prints is hostile: on a terminal its control characters must not act.
    if raw { return LogPrinter(.raw, stamp: stamp) }
    if common.format == .json { return LogPrinter(.json, stamp: stamp) }
    return LogPrinter((replay || follow) && stamp == .none ? .stream : .lines, stamp: stamp)
  }

  private func noStage(_ record: RunRecord, _ id: String) -> Failure {
    let names = record.entries.map(\.planned.id.name)
    let instances = record.entries.filter { $0.planned.base == stage }.map(\.planned.id.name)
    return Failure(
      Diagnostic(
        "usage.no-stage", "run `\(Wording.short(id))` has no stage `\(stage)`",
        remedy: !instances.isEmpty
          ? "its instances are: " + instances.joined(separator: ", ")
          : Suggestion.nearest(to: stage, in: names).map { "did you mean `\($0)`?" } ?? "there are: "
            + names.joined(separator: ", ")))
  }

  private func noAttempt(_ attempt: Int, _ entry: RunRecord.Entry) -> Failure {
    Failure(
      Diagnostic(
        "usage.no-attempt", "`\(stage)` has no attempt \(attempt)",
        cause: "it had \(Numbers.plural(entry.attempts, "attempt"))", remedy: "leave `--attempt` out for the last"))
  }
}
