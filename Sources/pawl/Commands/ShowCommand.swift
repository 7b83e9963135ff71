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
        pawl show latest --keys train       all that the result of `train` depends on, a part a line
        pawl show latest --keys train --against e01c77      what of it differs from an older run
      """)

  @Argument(help: "The run: latest, or a unique part of its name.")
  var run = "latest"

  @Flag(help: "Stages against time; with --format json as a Chrome trace.")
  var timeline = false

  @Flag(help: "What the key of each stage covers, a part a line; with --keys STAGE of that one; repeatable.")
  var keys = false

  @Option(help: .hidden)
  var keysStage: [String] = []

  @Option(help: ArgumentHelp("With --keys: only what differs from this run.", valueName: "RUN"))
  var against: String?

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let stored = try StoredRun.open(run, from: common.start)
    let record = stored.record
    if keys || !keysStage.isEmpty {
      try showKeys(stored)
      return .ok
    }
    if against != nil {
      throw Failure(
        Diagnostic("usage.against", "`--against` compares keys", remedy: "add `--keys`, or `--keys STAGE`"))
    }
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
    Console.answer(lines(stored, Console.style(for: 1, colour: common.color)))
    return .ok
  }

  private func lines(_ stored: StoredRun, _ style: Style) -> [String] {
    let record = stored.record
    let isAlive = stored.isAlive
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
        lines += Terminal.stageLine(entry, in: record, isAlive: isAlive, style: style)
      }
    }
    for gate in record.gates { lines += [""] + Terminal.gate(gate, style: style) }
    if isAlive { return lines + ["", Wording.alive(record)] }
    return lines + [""] + Terminal.closing(record, reportFolder: stored.reports, style: style)
  }

  private func showKeys(_ stored: StoredRun) throws(Failure) {
    let old = try against.map { text throws(Failure) in try StoredRun.open(text, from: common.start) }
    let records = [stored.record] + [old?.record].compactMap { $0 }
    for name in keysStage where !records.contains(where: { $0.entries.contains { isNamed($0.planned, name) } }) {
      throw stored.noStage(name, remedy: stored.isRun(name) ? "write the run before `--keys`" : nil)
    }
    func isWanted(_ planned: PlannedStage) -> Bool {
      keysStage.isEmpty || keysStage.contains { isNamed(planned, $0) }
    }
    if let old {
      let comparisons = KeyComparison.all(stored.record, against: old.record, isWanted: isWanted)
      if common.format == .json {
        Console.answer(KeysJSON.render(run: stored.id, against: old.id, comparisons))
      } else {
        Console.answer(KeyText.changes(comparisons, other: old.id))
      }
      return
    }
    let entries = stored.record.entries.filter { isWanted($0.planned) }
    if common.format == .json {
      Console.answer(KeysJSON.render(run: stored.id, entries))
    } else {
      Console.answer(KeyText.lines(entries))
    }
  }

  /// `train` means all its instances.
  private func isNamed(_ planned: PlannedStage, _ name: String) -> Bool {
    planned.id.name == name || planned.base == name && planned.subject == .candidate
  }
}
