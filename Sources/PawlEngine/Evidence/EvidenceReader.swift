package import PawlCore
package import PawlGate
import PawlSystem

/// Turns files that stages made into evidence for a gate.
package struct EvidenceReader: Sendable {
  private let workspace: Workspace

  package init(_ workspace: Workspace) { self.workspace = workspace }

  /// What says whether two evaluations saw the same test data: ids and labels of the rows, else the content of the
  /// `test-data:` paths; nil when neither is there, or when the rows cannot be read (the gate then says why).
  package func testData(of stage: Stage) async throws(Failure) -> Digest? {
    guard let evaluation = stage.evaluation else { return nil }
    if let spec = evaluation.predictions, let path = spec.path {
      guard let bytes = try workspace.disk.read(path), let rows = try? RowTable.read(bytes, spec: spec, file: path)
      else { return nil }
      let canonical = rows.testDataBytes
      // Neither ids nor labels: nothing says which data they were.
      if !canonical.isEmpty { return Digester.digest(canonical) }
    }
    if evaluation.testData.isEmpty { return nil }
    // What they hold, not what they are called: a test set that was renamed is the same.
    var contents: [String] = []
    for path in evaluation.testData {
      let paths = Glob.isPattern(path) ? try workspace.disk.expand(path) : [path]
      for path in paths { contents.append(try workspace.content(path)?.digest.hex ?? "absent") }
    }
    return Digester.digest(contents.sorted().joined(separator: "\n"))
  }

  /// One replicate from the files of a stage; `read` finds a file's bytes wherever they are.
  package func replicate(
    _ name: String, _ evaluation: Evaluation, read: (String) throws(Failure) -> [UInt8]?
  ) -> Replicate {
    var replicate = Replicate(name: name)
    do throws(Failure) {
      for path in try metricPaths(evaluation) {
        guard let bytes = try read(path) else {
          throw Failure(Diagnostic("evidence.missing-file", "the metric file `\(path)` is not there"))
        }
        replicate.measurements += try FileMetrics.read(bytes, file: path)
        replicate.files.append(path)
      }
      if let spec = evaluation.predictions, let path = spec.path {
        guard let bytes = try read(path) else {
          throw Failure(Diagnostic("evidence.missing-file", "the predictions `\(path)` are not there"))
        }
        replicate.rows = try RowTable.read(bytes, spec: spec, file: path)
        replicate.files.append(path)
      }
    } catch {
      replicate.problem = error.diagnostics.first
    }
    return replicate
  }

  private func metricPaths(_ evaluation: Evaluation) throws(Failure) -> [String] {
    var paths: [String] = []
    for path in evaluation.metricFiles {
      guard Glob.isPattern(path) else {
        paths.append(path)
        continue
      }
      let found = try workspace.disk.expand(path)
      if found.isEmpty {
        throw Failure(
          Diagnostic(
            "evidence.empty-glob", "`\(path)` matches no metric file",
            remedy: "correct the pattern under `metrics`, or let the stage write the file"))
      }
      paths += found
    }
    return paths
  }
}
