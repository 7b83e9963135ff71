package import PawlCore

/// Metric files: a number a name (contract §4, "Evidence").
package enum FileMetrics {
  /// Reads JSON, YAML, TOML (nested keys joined by dots) or CSV (`metric,value`, or a header whose last row counts).
  ///
  /// The format follows the file's extension. A leaf that is no number is kept as `.other`.
  package static func read(_ bytes: [UInt8], file: String) throws(Failure) -> [Measurement] {
    throw Failure(Diagnostic("evidence.format", "metric files are not read yet"))
  }
}
