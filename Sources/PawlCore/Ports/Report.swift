/// What a report may depend on beside the record.
package struct ReportOptions: Sendable, Hashable {
  /// The most bytes that a Markdown report may have; GitHub's step summary takes 1 MiB.
  package var markdownBudget: Int = 1_000_000

  package init() {}
}

/// A format: the record as text, the same text for the same record.
package protocol Report: Sendable {
  /// What `--format` and help call it.
  static var name: String { get }
  /// The file in the report folder.
  static var file: String { get }
  /// What it is for, with an example; a sentence.
  static var guide: String { get }
  static func render(_ record: RunRecord, _ options: ReportOptions) -> String
}
