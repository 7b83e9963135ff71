/// Row-level evidence: where the rows are and what their columns mean (contract §3 and §4).
package struct Predictions: Sendable, Hashable {
  package enum Task: String, Sendable, Hashable, CaseIterable { case binary, multiclass, regression, values }

  /// A named column: a class and its score, a metric and its value.
  package struct Column: Sendable, Hashable {
    package var name: String
    package var column: String

    package init(_ name: String, column: String) {
      self.name = name
      self.column = column
    }
  }

  /// From the project root; nil with `pawl gate`, whose sources are named on the command line.
  package var path: String?
  package var task: Task
  package var id: String?
  package var label: String?
  package var prediction: String?
  /// Binary: the column with the score of the positive label.
  package var score: String?
  /// Multiclass: each class and the column with its score.
  package var scores: [Column] = []
  package var positive: String?
  /// Binary: score at or above it is the positive label.
  package var threshold: Double = 0.5
  /// Columns kept for slicing.
  package var slices: [String] = []
  package var compute: [String] = []
  /// `values`: each metric and its column.
  package var values: [Column] = []
  package var cluster: String?
  /// Log-loss clips probabilities to [clip, 1 − clip] in what the gate compares.
  package var clip: Double?
  /// The largest difference that one row can make.
  package var worst: Double?
  package var location: SourceLocation?

  package init(task: Task) { self.task = task }
}
