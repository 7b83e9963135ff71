import PawlCore

/// The keys of row-level evidence.
enum PredictionKeys {
  static let path = Key("path", .text, "CSV or JSON Lines with one row an example")
  static let task = Key("task", .word(Predictions.Task.allCases.map(\.rawValue)), "what the rows predict")
  static let id = Key("id", .text, "the column that names a row on both sides")
  static let label = Key("label", .text, "the column with the truth")
  static let prediction = Key("prediction", .text, "the column with the prediction")
  static let score = Key("score", .text, "binary: the column with the score of the positive label")
  static let scores = Key("scores", .map(.text), "multiclass: each class and the column with its score")
  static let positive = Key("positive", .text, "binary: the positive label")
  static let threshold = Key(
    "threshold", .number(-.infinity ... .infinity),
    "binary: the score from which a row counts as positive; default: 0.5")
  static let slices = Key("slices", .textOrTexts, "columns that are kept for slicing")
  static let compute = Key("compute", .textOrTexts, "metrics that Pawl computes from the rows")
  static let values = Key("values", .map(.text), "metrics whose value stands in the row, and their columns")
  static let cluster = Key("cluster", .text, "the column that says which rows belong together")
  static let clip = Key("clip", .number(0...0.5), "log-loss clips probabilities to [clip, 1 − clip]")
  static let worst = Key("worst", .number(0 ... .infinity), "the largest difference that one row can make")

  static let table = KeyTable(
    "predictions",
    [
      path, task, id, label, prediction, score, scores, positive, threshold, slices, compute, values, cluster, clip,
      worst,
    ])
}
