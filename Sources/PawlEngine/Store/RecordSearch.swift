import PawlCore
import PawlSystem

/// Every record of a baseline that a project has, wherever its stores lie: in the work tree, and in git's history.
struct RecordSearch {
  private let disk: Disk

  init(_ disk: Disk) { self.disk = disk }

  /// Throws when one that says it is a record cannot be read.
  func records() throws(Failure) -> [BaselineRecord] {
    var records: [BaselineRecord] = []
    var paths: Set<String> = []
    try walk("", &paths)
    for path in paths.sorted() {
      guard let bytes = try disk.read(path), RecordSearch.isRecord(bytes) else { continue }
      records.append(try BaselineRecord.read(bytes, file: path))
    }
    // A branch that is not checked out has its production too. What git no longer has is nobody's.
    for file in Git(root: disk.root).versions(named: BaselineStore.recordFile) where !paths.contains(file.path) {
      guard RecordSearch.isRecord(file.bytes), let record = try? BaselineRecord.read(file.bytes, file: file.path)
      else { continue }
      records.append(record)
    }
    return records
  }

  private static let mark = Array("\"pawl.baseline/".utf8)

  private static func isRecord(_ bytes: [UInt8]) -> Bool {
    guard let first = mark.first else { return false }
    let head = bytes.prefix(400)
    return head.indices.contains { head[$0] == first && head[$0...].starts(with: mark) }
  }

  /// Files named `record.json`; `.git` and Pawl's own memory left out, links not followed.
  private func walk(_ folder: String, _ found: inout Set<String>) throws(Failure) {
    var open = [folder]
    while let folder = open.popLast() {
      for entry in try disk.list(folder) {
        let path = Paths.join(folder, entry.name)
        switch entry.kind {
        case .folder: if ![".git", ".pawl"].contains(entry.name) { open.append(path) }
        case .file: if entry.name == BaselineStore.recordFile { found.insert(path) }
        case .link, .other: continue
        }
      }
    }
  }
}
