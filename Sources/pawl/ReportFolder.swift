import PawlCore
import PawlEngine
import PawlReports
import PawlSystem

/// Writes every report of the catalogue; the same record gives the same bytes.
struct ReportFolder {
  let disk: Disk
  /// Stages of a record whose reports are made side by side.
  private static let mostSideBySide = 3_000

  /// Writes what it can, and says what it could not: a report that fails fails no run (contract §7). Whether all was
  /// written. What a promotion elsewhere needs goes into the last folder.
  @discardableResult
  func attempt(_ record: RunRecord, of run: RunFolder? = nil, to folders: [String]) -> Bool {
    do throws(Failure) {
      try write(record, to: folders)
      if let run, let target = folders.last { try keepEvidence(of: run, in: target) }
      return true
    } catch {
      Console.complain(error.warnings(remedy: "`pawl report latest --report-dir DIR` writes it again"))
      return false
    }
  }

  /// Writes into each folder, which is made when absent; throws what failed, after trying all.
  func write(_ record: RunRecord, to folders: [String]) throws(Failure) {
    var problems: [Diagnostic] = []
    // Side by side, unless their texts together would be the most that a run takes of memory.
    let threads = record.entries.count > ReportFolder.mostSideBySide ? 1 : Machine.cores
    let reports = Catalogue.reports
    let texts = threads == 1 ? [] : mapInThreads(reports.count, threads) { ReportFolder.bytes(of: $0, record) }
    for (index, report) in reports.enumerated() {
      let bytes = texts.isEmpty ? ReportFolder.bytes(of: index, record) : texts[index]
      for folder in folders {
        do {
          try disk.makeFolder(folder)
          try disk.write(folder + "/" + report.file, bytes)
        } catch {
          problems += error.diagnostics
        }
      }
    }
    if !problems.isEmpty { throw Failure(problems) }
  }

  private static func bytes(of index: Int, _ record: RunRecord) -> [UInt8] {
    Array(Catalogue.reports[index].render(record, ReportOptions()).utf8)
  }

  /// What a promotion elsewhere needs goes with the reports.
  private func keepEvidence(of run: RunFolder, in folder: String) throws(Failure) {
    let source = run.path + "/evidence"
    for entry in try disk.list(source) where entry.kind == .file {
      guard let bytes = try disk.read(source + "/" + entry.name) else { continue }
      try disk.makeFolder(folder + "/evidence")
      try disk.write(folder + "/evidence/" + entry.name, bytes)
    }
  }
}
