import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

struct RunsCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "The runs of this project, newest first.",
    discussion: """
      Example:
        pawl runs --last 50
      """)

  @Option(help: "How many.")
  var last = 20

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let project = Project(root: Project.root(from: common.start))
    var production: Set<String> = []
    for store in BaselineStores(project.disk).all {
      // The star is decoration: a store that cannot be read hides no run.
      for name in (try? store.names()) ?? [] {
        if case .one(let record)? = try? store.head(name) { production.insert(record.run) }
      }
    }
    let lines = try project.runs.list(limit: max(1, last)).map { summary throws(Failure) in
      let record = RunRecord(replaying: try project.runs.events(of: summary.id).events)
      return RunLine(record, summary, project, isProduction: production.contains(summary.id))
    }
    if common.format == .json {
      Console.answer(RunsJSON.render(lines))
    } else if lines.isEmpty {
      Console.answer("there is no run yet: pawl run")
    } else {
      Console.answer(RunsTable.lines(lines, now: WallClock.now(), style: Console.style(for: 1, colour: common.color)))
    }
    return .ok
  }
}
