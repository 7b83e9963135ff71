import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// Writes every report of the catalogue; the same record gives the same bytes.
struct ReportFolder {
  let disk: Disk

  /// Writes into each folder, which is made when absent; throws what failed, after trying all.
  func write(_ record: RunRecord, to folders: [String]) throws(Failure) {
    var problems: [Diagnostic] = []
    for report in Catalogue.reports {
      let bytes = Array(report.render(record, ReportOptions()).utf8)
      for folder in folders {
        do {
          try disk.makeFolder(folder)
          try AtomicWrite.write(bytes, to: folder + "/" + report.file, durable: false)
        } catch {
          problems += error.diagnostics
        }
      }
    }
    if !problems.isEmpty { throw Failure(problems) }
  }

  /// What a promotion elsewhere needs goes with the reports.
  func keepEvidence(of run: RunFolder, in folder: String) throws(Failure) {
    let source = run.path + "/evidence"
    for entry in try disk.list(source) where entry.kind == .file {
      guard let bytes = try disk.read(source + "/" + entry.name) else { continue }
      try disk.makeFolder(folder + "/evidence")
      try AtomicWrite.write(bytes, to: folder + "/evidence/" + entry.name, durable: false)
    }
  }
}
