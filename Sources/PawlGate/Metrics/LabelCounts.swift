/// Per class: rows that are of it, that are predicted as it, and both; all label metrics follow from these.
struct LabelCounts {
  private(set) var right: [Int]
  private(set) var truth: [Int]
  private(set) var predicted: [Int]
  private(set) var rows = 0
  /// A prediction follows from a score that is NaN.
  private(set) var hasNaN = false

  init(classes: Int) {
    right = Array(repeating: 0, count: classes)
    truth = right
    predicted = right
  }

  init(_ table: RowTable, _ rows: RowSelection, weights: [Int]? = nil) {
    self.init(classes: table.classes.count)
    if weights == nil, rows.indices == nil, table.classes.count <= 16 {
      count(table.labels, table.predictions)
      return
    }
    for position in 0..<rows.count {
      let row = rows[position]
      add(label: table.labels[row], prediction: table.predictions[row], weight: weights?[position] ?? 1)
    }
  }

  /// All rows of a few classes: they are counted by pair first, which needs one step a row.
  private mutating func count(_ labels: [Int32], _ predictions: [Int32]) {
    let classes = truth.count
    // A prediction that is not there, −1, has a place of its own.
    var pairs = [Int](repeating: 0, count: classes * (classes + 1))
    for row in 0..<min(labels.count, predictions.count) {
      pairs[Int(labels[row]) &* (classes &+ 1) &+ Int(predictions[row]) &+ 1] &+= 1
    }
    for label in 0..<classes {
      for prediction in -1..<classes {
        let weight = pairs[label * (classes + 1) + prediction + 1]
        if weight > 0 { add(label: Int32(label), prediction: Int32(prediction), weight: weight) }
      }
    }
  }

  mutating func add(label: Int32, prediction: Int32, weight: Int) {
    rows &+= weight
    truth[Int(label)] &+= weight
    guard prediction >= 0 else {
      if weight > 0 { hasNaN = true }
      return
    }
    predicted[Int(prediction)] &+= weight
    if label == prediction { right[Int(label)] &+= weight }
  }

  /// Classes that are in the labels or the predictions, as scikit-learn averages over.
  private var present: [Int] { truth.indices.filter { truth[$0] > 0 || predicted[$0] > 0 } }

  /// A label metric; `positive` is the code of the positive class for precision, recall and F1.
  func value(_ stem: String, positive: Int) -> MetricValue {
    guard rows > 0 else { return MetricValue(undefined: "there are no rows") }
    guard !hasNaN else { return MetricValue(.nan) }
    switch stem {
    case "accuracy", "f1-micro": return MetricValue(ratio(right.reduce(0, +), rows))
    case "balanced-accuracy": return balancedAccuracy
    case "precision": return precision(positive)
    case "recall": return recall(positive)
    case "f1": return f1(positive)
    case "f1-macro": return macro(f1)
    case "f1-weighted": return weighted(f1)
    case "precision-macro": return macro(precision)
    case "recall-macro": return macro { truth[$0] > 0 ? recall($0) : zero("recall", "a class has no rows") }
    case "kappa": return kappa
    case "mcc": return mcc
    default: return MetricValue(undefined: "`\(stem)` is no metric of labels")
    }
  }

  private func ratio(_ a: Int, _ b: Int) -> Double { Double(a) / Double(b) }

  private func zero(_ name: String, _ why: String) -> MetricValue {
    MetricValue(0, caveats: ["\(why): \(name) is taken as 0"])
  }

  private func precision(_ k: Int) -> MetricValue {
    predicted[k] > 0 ? MetricValue(ratio(right[k], predicted[k])) : zero("precision", "a class is never predicted")
  }

  private func recall(_ k: Int) -> MetricValue {
    truth[k] > 0 ? MetricValue(ratio(right[k], truth[k])) : MetricValue(undefined: "there is no positive row")
  }

  private func f1(_ k: Int) -> MetricValue {
    let all = truth[k] + predicted[k]
    return all > 0 ? MetricValue(ratio(2 * right[k], all)) : zero("F1", "a class is neither there nor predicted")
  }

  private func macro(_ metric: (Int) -> MetricValue) -> MetricValue {
    mean(present.map { (metric($0), 1) })
  }

  private func weighted(_ metric: (Int) -> MetricValue) -> MetricValue {
    mean(present.map { (metric($0), Double(truth[$0])) })
  }

  private func mean(_ parts: [(MetricValue, Double)]) -> MetricValue {
    var sum = ExactSum()
    var weight = 0.0
    var caveats: [String] = []
    for (part, share) in parts {
      sum.add((part.value ?? 0) * share)
      weight += share
      for caveat in part.caveats where !caveats.contains(caveat) { caveats.append(caveat) }
    }
    return MetricValue(sum.value / weight, caveats: caveats)
  }

  /// Over the classes that the labels have; one that is only predicted has no recall.
  private var balancedAccuracy: MetricValue {
    let classes = truth.indices.filter { truth[$0] > 0 }
    let isOnlyPredicted = truth.indices.contains { truth[$0] == 0 && predicted[$0] > 0 }
    var result = mean(classes.map { (recall($0), 1) })
    if isOnlyPredicted { result.caveats.append("a class that is predicted has no rows: it is left out") }
    return result
  }

  private var kappa: MetricValue {
    let n = Double(rows)
    var chance = ExactSum()
    for k in truth.indices { chance.add(Double(truth[k]) / n * (Double(predicted[k]) / n)) }
    let seen = ratio(right.reduce(0, +), rows)
    guard chance.value < 1 else { return MetricValue(undefined: "labels and predictions are all of one class") }
    return MetricValue((seen - chance.value) / (1 - chance.value))
  }

  /// Gorodkin's R_K, which is Matthews' coefficient with two classes.
  private var mcc: MetricValue {
    let n = Double(rows)
    var (both, truths, guesses) = (ExactSum(), ExactSum(), ExactSum())
    for k in truth.indices {
      let (t, p) = (Double(truth[k]), Double(predicted[k]))
      both.add(t * p)
      truths.add(t * t)
      guesses.add(p * p)
    }
    let spread = (n * n - truths.value) * (n * n - guesses.value)
    guard spread > 0 else { return zero("MCC", "labels or predictions are all of one class") }
    return MetricValue((n * Double(right.reduce(0, +)) - both.value) / spread.squareRoot())
  }
}
