import ArgumentParser
import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

struct CacheTrustCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Reuse results of a stage again although an audit found that they differ.",
    discussion: """
      For a stage that was mended where Pawl does not look, or whose differences do not matter. A stage that changed in
      its command, its environment or an input that no stage makes is trusted again by itself.

      Examples:
        pawl cache trust train
        pawl cache trust train Workflows/penguins.yml
      """)

  @Argument(help: "The stage; one of its instances means all of them.")
  var stage: String

  @Argument(help: "The workflow; without it the only one in Workflows/.")
  var file: String?

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let (file, rest) = try WorkflowFile.find([file].compactMap { $0 }, from: common.start)
    if let word = rest.first {
      throw Failure(
        Diagnostic("usage.no-file", "`\(word)` is no workflow file", remedy: "pawl cache trust STAGE FILE.yml"))
    }
    var heads = BaselineHeads()
    let none = Overrides(sets: [], baseline: nil, waivers: nil, policyFrom: nil)
    let workflow = try Session.load(file, none, heads: &heads).workflow
    let base = try base(in: workflow)
    let name = AuditLog.name(workflow.name, base)
    let log = AuditLog(FileActions(file.project.disk))
    let distrusts = try log.histories().first { $0.stage == name }?.distrusts ?? []
    if !distrusts.isEmpty { try log.trust(name) }
    if common.format == .json {
      Console.answer(
        CacheJSON.render([("stage", .text(name)), ("marks_ended", CacheJSON.number(distrusts.count))]))
    } else if distrusts.isEmpty {
      Console.answer("no audit found anything against \(Escaping.terminal(base))")
    } else {
      Console.answer("results of \(Escaping.terminal(base)) are reused again")
    }
    return .ok
  }

  private func base(in workflow: Workflow) throws(Failure) -> String {
    let jobs = workflow.stages.filter { if case .job = $0.work { true } else { false } }
    if let found = jobs.first(where: { $0.base == stage || $0.id.name == stage }) { return found.base }
    let bases = Set(jobs.map(\.base)).sorted()
    throw Failure(
      Diagnostic(
        "usage.no-stage", "`\(stage)` is no stage of `\(workflow.name)` that runs a command",
        remedy: Suggestion.nearest(to: stage, in: bases).map { "did you mean `\($0)`?" }
          ?? "there are: " + bases.joined(separator: ", ")))
  }
}
