import Glibc
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// Shows what a stage prints while another process runs it.
struct LogFollowing {
  private let stage: StageID
  /// Nil to go on with the next attempt when one fails.
  private let only: Int?
  private let project: Project
  private let id: String
  private var printer: LogPrinter
  /// Between two looks, in microseconds.
  private static let pause: UInt32 = 100_000

  init(_ stage: StageID, _ attempt: Int?, in project: Project, _ id: String, _ printer: LogPrinter) {
    self.stage = stage
    only = attempt
    self.project = project
    self.id = id
    self.printer = printer
  }

  /// Returns when the stage, or the attempt that was asked for, has ended, or the run has died.
  mutating func follow(_ story: inout RunFollower) throws(Failure) {
    var number = only ?? max(1, story.record[stage]?.attempts ?? 1)
    var log = AttemptLog(stage, number, in: project.runs[id], project.disk)
    var hasSaid = false
    while true {
      // Asked first: what a run that is dead by now wrote is all there.
      let lives = project.runs.isAlive(id)
      try story.update()
      let attempts = story.record[stage]?.attempts ?? 0
      let isSettled = story.record[stage]?.settlement != nil
      let attempt = story.attempt(number, of: stage)
      let isOver = isSettled || attempt.ended != nil || attempts > number || !lives
      _ = log.print(&printer, attempt, isOver: isOver)
      if isOver {
        printer.finish()
        if only != nil || !lives || isSettled && attempts <= number { break }
        number += 1
        log = AttemptLog(stage, number, in: project.runs[id], project.disk)
        Console.progress("attempt \(number) of `\(Escaping.terminal(stage.name))`")
        continue
      }
      if attempts == 0, !hasSaid {
        hasSaid = true
        Console.progress("`\(Escaping.terminal(stage.name))` has not begun")
      }
      usleep(LogFollowing.pause)
    }
    try story.update()
    sayEnd(story.record)
  }

  private func sayEnd(_ record: RunRecord) {
    guard let entry = record[stage] else { return }
    if entry.settlement == nil {
      if record.verdict == nil, only == nil {
        Console.progress("run \(Wording.short(id)) ended without a word while `\(Escaping.terminal(stage.name))` ran")
      }
    } else if entry.attempts == 0 {
      Console.progress(
        "`\(Escaping.terminal(stage.name))` was not run: \(Wording.outcome(entry)) \(Escaping.terminal(Wording.ending(entry)))"
      )
    }
  }
}
