package import PawlCore

/// The rows of one predictions file, by column.
package struct RowTable: Sendable {
  /// How many rows there are.
  package let count: Int

  /// Reads CSV or JSON Lines, by the file's extension.
  package static func read(_ bytes: [UInt8], spec: Predictions, file: String) throws(Failure) -> RowTable {
    throw Failure(Diagnostic("evidence.format", "rows are not read yet"))
  }

  /// The same bytes for the same ids and labels, whatever the order of the rows.
  package var testDataBytes: [UInt8] { [] }
}
