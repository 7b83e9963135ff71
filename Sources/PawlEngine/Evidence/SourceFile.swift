package import PawlCore
package import PawlGate
import PawlSystem

/// A file made elsewhere as one replicate: metrics, or rows where the policy says what the columns mean.
package struct SourceFile: Sendable {
  private let path: String
  private let spec: Predictions?

  /// With `spec`, CSV and JSON Lines are rows; anything else, and everything without it, is a metric file.
  package init(path: String, spec: Predictions?) {
    self.path = path
    self.spec = spec
  }

  package func replicate(_ tree: any Tree) -> Replicate {
    var replicate = Replicate(name: Paths.name(path), files: [path])
    do throws(Failure) {
      guard let bytes = try tree.read(path) else {
        throw Failure(Diagnostic("evidence.missing-file", "`\(path)` does not exist"))
      }
      if let spec, isRows {
        replicate.rows = try RowTable.read(bytes, spec: spec, file: path)
      } else {
        replicate.measurements = try FileMetrics.read(bytes, file: path)
      }
    } catch {
      replicate.problem = error.diagnostics.first
    }
    return replicate
  }

  private var isRows: Bool {
    [".csv", ".jsonl", ".ndjson"].contains { path.lowercased().hasSuffix($0) }
  }
}
