import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// A `pawl run` as a question that a quiet trace may answer, before its words are even parsed.
///
/// The words are the question: the same ones in the same folder ask the same. Whether a trace may be kept under them
/// is decided on the ordinary road, which knows what they mean.
struct QuietRequest: Sendable {
  private let digest: Digest
  private let project: Project

  /// nil outside a project that has run before.
  init?(words: [String]) {
    let start = Disk.currentFolder
    let root = Project.root(from: start)
    guard Disk(root: root).exists(".pawl") else { return nil }
    project = Project(root: root)
    digest = QuietTrace.request([Version.text, start] + words)
  }

  /// The line to say when nothing has changed since the trace was kept; the run it repeats gets a line in its history.
  func answer() -> String? {
    guard project.disk.exists(QuietTrace.path(digest)) else { return nil }
    let variables = Environment.all()
    guard let trace = QuietTrace.unchanged(digest, project.disk, variable: { variables[$0] }),
      project.disk.exists(project.runs[trace.run].path),
      (try? project.runs[trace.run].noteRepeat(at: WallClock.now())) != nil
    else { return nil }
    return QuietRequest.line(trace)
  }

  /// Remembers that this session had nothing to do, unless the launch wants what only the ordinary road gives: it
  /// forces, promotes, pins, audits, or prints for machines.
  static func keep(_ session: Session, repeating run: String, _ launch: RunLaunch) {
    let options = launch.options
    guard options.force == .none, !options.skipsCache, !options.promotes,
      options.auditShare(of: session.workflow) == 0, launch.reportFolder == nil,
      !launch.screen.isJSON, !launch.screen.isVerbose, launch.overrides.policyFrom == nil,
      launch.overrides.waivers == nil,
      let request = QuietRequest(words: Array(CommandLine.arguments.dropFirst())),
      request.project.disk.root == launch.file.project.disk.root
    else { return }
    let trace = QuietTrace(workflow: session.workflow.name, run: run, stages: session.plan.stages.count)
    trace.keep(
      request.digest, plan: session.plan, paths: session.paths, variables: session.variables, at: session.began,
      request.project.disk, variable: { session.environment[$0] })
  }

  static func line(_ trace: QuietTrace) -> String {
    "\(trace.workflow)  \(Numbers.plural(trace.stages, "stage")), all up to date, as in run \(Wording.short(trace.run))"
  }
}
