import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports

struct ShowCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "One run as it ended: stages, gates, verdict.",
    discussion: """
      Examples:
        pawl show latest
        pawl show latest --format json      the run's result.json
        pawl show latest --timeline         stages against time, a lane for each slot
        pawl show latest --timeline --format json > trace.json      for ui.perfetto.dev
      """)

  @Argument(help: "The run: latest, or a unique part of its name.")
  var run = "latest"

  @Flag(help: "Stages against time; with --format json as a Chrome trace.")
  var timeline = false

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let stored = try StoredRun.open(run, from: common.start)
    let record = stored.record
    if timeline {
      let style = Console.style(for: 1, colour: common.color)
      if common.format == .json {
        Console.answer(exactly: TimelineTrace.render(record))
      } else {
        Console.answer(TimelineText.lines(record, style: style))
      }
      return .ok
    }
    if common.format == .json {
      Console.answer(ResultJSON.render(record, ReportOptions()))
      return .ok
    }
    let style = Console.style(for: 1, colour: common.color)
    var lines: [String] = []
    if let head = record.head {
      lines += Terminal.banner(
        head, stages: record.shownEntries.count, baseline: record.gates.lazy.compactMap(\.baseline).first, style: style)
    }
    for entry in record.shownEntries {
      if case .failed = entry.settlement?.outcome {
        let log = stored.folder.logPath(entry.planned.id, attempt: max(1, entry.attempts))
        lines += Terminal.failure(entry, logFile: log, style: style)
      } else {
        lines += Terminal.stageLine(entry, in: record, style: style)
      }
    }
    for gate in record.gates { lines += [""] + Terminal.gate(gate, style: style) }
    lines += [""] + Terminal.closing(record, reportFolder: stored.folder.reportsPath, style: style)
    Console.answer(lines)
    return .ok
  }
}
