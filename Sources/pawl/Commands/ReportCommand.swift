import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

struct ReportCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Render a stored run again, byte for byte the same.",
    discussion: """
      Examples:
        pawl report latest --as markdown
        pawl report latest --report-dir out       every format
      """)

  @Argument(help: "The run: latest, or a unique part of its name.")
  var run = "latest"

  @Option(name: .customLong("as"), help: "One format to standard output: json, junit, markdown, html, card.")
  var formatName: String?

  @Option(help: ArgumentHelp("Write every format into this folder.", valueName: "DIR"))
  var reportDir: String?

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let stored = try StoredRun.open(run, from: common.start)
    if let formatName {
      Console.answer(exactly: try Catalogue.report(named: formatName).render(stored.record, ReportOptions()))
      return .ok
    }
    let disk = Disk(root: common.start)
    let folder = reportDir.map { disk.absolute($0) } ?? stored.project.disk.absolute("pawl-report")
    try ReportFolder(disk: disk).write(stored.record, to: [folder])
    Console.answer("written: \(folder)")
    return .ok
  }
}

struct CardCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "card", abstract: "The model card of a stored run.",
    discussion: """
      Example:
        pawl card latest > MODEL_CARD.md
      """)

  @Argument(help: "The run: latest, or a unique part of its name.")
  var run = "latest"

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let stored = try StoredRun.open(run, from: common.start)
    Console.answer(exactly: ModelCard.render(stored.record, ReportOptions()))
    return .ok
  }
}
