import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// What a CI system is told beside files and the exit status: step summary, outputs, annotations (contract §6).
enum ContinuousIntegration {
  /// Which attempt of the CI's this is, where it says so.
  static func attempt(_ variables: [String: String]) -> Int? {
    (variables["GITHUB_RUN_ATTEMPT"] ?? variables["CI_JOB_ATTEMPT"]).flatMap { Int($0) }
  }

  /// A summary that cannot be written never changes a verdict.
  static func tell(_ record: RunRecord, _ variables: [String: String], disk: Disk, reportFolder: String) {
    guard variables["GITHUB_ACTIONS"] == "true" else { return }
    if let path = variables["GITHUB_STEP_SUMMARY"] { append(Markdown.render(record, ReportOptions()) + "\n", to: path) }
    if let path = variables["GITHUB_OUTPUT"] {
      let verdict = record.conclusion.verdict.rawValue
      append("verdict=\(verdict)\nrun-id=\(record.head?.id ?? "")\nreport=\(reportFolder)\n", to: path)
    }
    Console.progress(Annotations.lines(record))
  }

  private static func append(_ text: String, to path: String) {
    do {
      let disk = Disk(root: "/")
      try disk.write(path, (try disk.read(path) ?? []) + Array(text.utf8))
    } catch {
      Console.complain(error.diagnostics)
    }
  }
}
