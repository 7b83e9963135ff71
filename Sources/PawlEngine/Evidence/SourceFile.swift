package import PawlCore
package import PawlGate
import PawlSystem

/// One replicate of a SOURCE, with what says which it is.
package struct SourcedReplicate: Sendable {
  package var replicate: Replicate
  /// Of the bytes of its rows; nil where it has only numbers.
  package var rows: Digest?
  /// What its record says of its test data.
  package var recordedData: Digest?
  /// Of the model files, where a record names them.
  package var models: [Digest]
  /// The record that it comes from.
  package var use: BaselineUse?

  package init(
    _ replicate: Replicate, rows: Digest? = nil, recordedData: Digest? = nil, models: [Digest] = [],
    use: BaselineUse? = nil
  ) {
    self.replicate = replicate
    self.rows = rows
    self.recordedData = recordedData
    self.models = models
    self.use = use
  }

  /// Which test data, as the ledger counts them; nil where nothing says. Costs a pass over the rows.
  package var testData: Digest? { replicate.rows.flatMap { TestSetDigest.of($0) } ?? recordedData }

  /// Which test data, as records are compared with; nil where nothing says.
  var comparedData: Digest? {
    if let recordedData { return recordedData }
    guard let bytes = replicate.rows?.testDataBytes, !bytes.isEmpty else { return nil }
    return Digester.digest(bytes)
  }

  /// What tells it from another replicate, whatever its file is called.
  package var digest: Digest { EvidenceIdentity.replicate(rows: rows, replicate.measurements) }
}

/// A file made elsewhere as one replicate: metrics, or rows where the policy says what the columns mean.
package struct SourceFile: Sendable {
  private let path: String
  private let spec: Predictions?

  /// With `spec`, CSV and JSON Lines are rows; anything else, and everything without it, is a metric file.
  package init(path: String, spec: Predictions?) {
    self.path = path
    self.spec = spec
  }

  /// Reads the file; what is wrong with it is the replicate's problem.
  package func read(_ tree: any Tree) -> SourcedReplicate {
    var found = SourcedReplicate(Replicate(name: Paths.name(path), files: [path]))
    do throws(Failure) {
      guard let bytes = try tree.read(path) else {
        throw Failure(Diagnostic("evidence.missing-file", "`\(path)` does not exist"))
      }
      if let spec, isRows {
        found.rows = Digester.digest(bytes)
        found.replicate.rows = try RowTable.read(bytes, spec: spec, file: path)
      } else {
        found.replicate.measurements = try FileMetrics.read(bytes, file: path)
      }
    } catch {
      found.replicate.problem = error.diagnostics.first
    }
    return found
  }

  package func replicate(_ tree: any Tree) -> Replicate { read(tree).replicate }

  private var isRows: Bool {
    [".csv", ".tsv", ".jsonl", ".ndjson"].contains { path.lowercased().hasSuffix($0) }
  }
}
