import ArgumentParser
import PawlCore

/// The command line: one verb a file in `Commands/`.
struct Pawl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pawl",
    abstract: "Runs a training workflow, compares the candidate model with production, and blocks what is worse.",
    discussion: """
      Examples:
        pawl run Workflows/penguins.yml
        pawl gate --candidate new.json --baseline old.json --rule "accuracy >= baseline - 1pt"

      Exit status: 0 nothing blocks, 1 a gate failed, 2 usage or workflow error, 3 a stage failed,
      4 the surroundings failed (disk, store), 5 a gate is inconclusive and blocks, 6 a gate is invalid,
      128+n ended by signal n.
      """,
    version: "pawl \(Version.text)",
    subcommands: [
      RunCommand.self, PlanCommand.self, CheckCommand.self, GateCommand.self, RunsCommand.self, ShowCommand.self,
      LogCommand.self, ReportCommand.self, CardCommand.self, BaselineCommand.self, PowerCommand.self, CacheCommand.self,
    ])

  /// Parses and runs; every way out is a documented exit status.
  static func start(_ arguments: [String]) -> ExitStatus {
    do {
      var command = try parseAsRoot(OptionalValues.expand(arguments))
      guard let verb = command as? any Verb else {
        try command.run()
        return .ok
      }
      return try verb.perform()
    } catch let failure as Failure {
      Console.complain(failure.diagnostics)
      return failure.status
    } catch {
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if code == .success {
        Console.answer(text)
        return .ok
      }
      Console.progress(text)
      return .usage
    }
  }
}

/// A verb of the command line.
protocol Verb: ParsableCommand {
  /// Does the work; a `Failure` becomes diagnostics and status 2 or 4.
  func perform() throws -> ExitStatus
}

extension Verb {
  mutating func run() throws { _ = try perform() }
}

extension Failure {
  /// What failed: the user's words, or the surroundings.
  var status: ExitStatus {
    let surroundings = diagnostics.contains { diagnostic in
      diagnostic.severity == .error
        && (diagnostic.code.hasPrefix("system.") || diagnostic.code.hasPrefix("store.write")
          || diagnostic.code.hasPrefix("store.damaged"))
    }
    let refused = diagnostics.contains { $0.code.hasPrefix("promote.") || $0.code.hasPrefix("baseline.") }
    return surroundings ? .surroundings : refused ? .gateInvalid : .usage
  }
}
