import Foundation
import PawlCore
import PawlGate
import Testing

/// Every metric against scikit-learn 1.9.1's values.
@Suite struct ScikitTests {
  private static let names = [
    "roc_auc": "auc", "average_precision": "average-precision", "log_loss": "log-loss", "brier": "brier",
    "accuracy": "accuracy", "balanced_accuracy": "balanced-accuracy", "precision": "precision", "recall": "recall",
    "f1": "f1", "mcc": "mcc", "ece10": "ece", "ece15": "ece@15", "f1_macro": "f1-macro", "f1_micro": "f1-micro",
    "f1_weighted": "f1-weighted", "precision_macro": "precision-macro", "recall_macro": "recall-macro",
    "kappa": "kappa", "roc_auc_ovr_macro": "auc-ovr", "roc_auc_ovo_macro": "auc-ovo", "mse": "mse", "rmse": "rmse",
    "mae": "mae", "r2": "r2", "max_error": "max-error", "medae": "median-absolute-error", "mape": "mape",
    "explained_variance": "explained-variance", "pinball_0.9": "pinball@0.9",
  ]

  private static func cases(_ file: String) throws -> [[String: Any]] {
    (try Making.fixture(file)["cases"] as? [[String: Any]] ?? []).filter {
      ($0["input"] as? [String: Any])?["w"] == nil
    }
  }

  private static func table(_ input: [String: Any]) throws -> RowTable {
    let y = (input["y"] as? [Double])?.map { Number($0).text } ?? []
    if let scores = input["P"] as? [[Double]], let guesses = input["yhat"] as? [Double] {
      var spec = Predictions(task: .multiclass)
      (spec.label, spec.prediction) = ("y", "p")
      let k = scores.first?.count ?? 0
      spec.scores = (0..<k).map { .init("\($0)", column: "s\($0)") }
      let header = "y,p," + (0..<k).map { "s\($0)" }.joined(separator: ",")
      let lines = y.indices.map { row in
        "\(y[row]),\(Number(guesses[row]).text)," + scores[row].map { "\($0)" }.joined(separator: ",")
      }
      return try Making.table(Making.csv(header, lines), spec)
    }
    if let guesses = input["yhat"] as? [Double] {
      let isRegression = y.contains { $0.contains(".") && !$0.hasSuffix(".0") } || input["k"] == nil && y.count > 4
      var spec = Predictions(task: isRegression ? .regression : .multiclass)
      (spec.label, spec.prediction) = ("y", "p")
      return try Making.table(Making.csv("y,p", zip(y, guesses).map { "\($0),\($1)" }), spec)
    }
    var spec = Predictions(task: .binary)
    (spec.label, spec.score, spec.positive) = ("y", "s", "1")
    let scores = input["p"] as? [Double] ?? []
    return try Making.table(Making.csv("y,s", zip(y, scores).map { "\($0),\($1)" }), spec)
  }

  private func check(_ entry: [String: Any], _ table: RowTable) {
    let id = entry["id"] as? String ?? ""
    let tolerance = entry["rel_tol"] as? Double ?? 1e-9
    var compared = 0
    for (key, expected) in entry["expected"] as? [String: Any] ?? [:] {
      guard let name = Self.names[key] else { continue }
      let result = RowMetrics.value(of: name, rows: table)
      compared += 1
      guard let number = expected as? Double else {
        #expect(result.value == nil && result.reason != nil, "\(id) \(name)")
        continue
      }
      let value = result.value ?? .nan
      #expect(abs(value - number) <= max(tolerance * abs(number), 1e-12), "\(id) \(name): \(value), not \(number)")
    }
    #expect(compared > 0, "\(id) compared nothing")
  }

  @Test func `metrics of classes and scores are those of scikit-learn`() throws {
    let cases = try Self.cases("classification")
    #expect(cases.count > 10)
    for entry in cases { check(entry, try Self.table(entry["input"] as? [String: Any] ?? [:])) }
  }

  @Test func `metrics of numbers are those of scikit-learn`() throws {
    let cases = try Self.cases("regression")
    #expect(cases.count > 3)
    for entry in cases {
      let input = entry["input"] as? [String: Any] ?? [:]
      var spec = Predictions(task: .regression)
      (spec.label, spec.prediction) = ("y", "p")
      let rows = zip(input["y"] as? [Double] ?? [], input["yhat"] as? [Double] ?? []).map { "\($0),\($1)" }
      check(entry, try Making.table(Making.csv("y,p", rows), spec))
    }
  }

  @Test func `a division by zero is taken as 0 and said`() throws {
    let table = try Making.table("id,y,p\n1,1,0\n2,0,0\n3,1,0\n", Making.binary)
    for name in ["precision", "f1", "mcc"] {
      let result = RowMetrics.value(of: name, rows: table)
      #expect(result.value == 0)
      if name != "f1" { #expect(!result.caveats.isEmpty, "\(name)") }
    }
    #expect(RowMetrics.value(of: "recall", rows: table).value == 0)
  }

  @Test func `recall and the area of one class are undefined`() throws {
    let table = try Making.table("id,y,s\n1,0,0.1\n2,0,0.7\n", Making.scored)
    for name in ["recall", "auc", "average-precision"] {
      #expect(RowMetrics.value(of: name, rows: table).value == nil)
      #expect(RowMetrics.value(of: name, rows: table).reason == "there is no positive row")
    }
  }

  @Test func `a score beyond 1 has a rank and no log-loss`() throws {
    let table = try Making.table("id,y,s\n1,0,-3\n2,1,7.5\n", Making.scored)
    #expect(RowMetrics.value(of: "auc", rows: table).value == 1)
    let loss = RowMetrics.value(of: "log-loss", rows: table)
    #expect(loss.value == nil)
    #expect(loss.reason == "score `-3` is not in [0, 1]")
    #expect(loss.location?.line == 2 && loss.location?.column == 5)
  }

  @Test func `a clip bounds the log-loss of a confident error`() throws {
    var spec = Making.scored
    spec.clip = 1e-3
    let table = try Making.table("id,y,s\n1,1,0\n2,0,0\n", spec)
    let result = RowMetrics.value(of: "log-loss", rows: table)
    #expect(abs((result.value ?? 0) - (log(1000) - log(0.999)) / 2) < 1e-12)
    #expect(result.caveats == ["probabilities are clipped at 0.001"])
  }

  @Test func `values have a mean and quantiles`() throws {
    var spec = Predictions(task: .values)
    spec.values = [.init("latency-ms", column: "ms")]
    let table = try Making.table(Making.csv("ms", (1...100).map { "\($0)" }), spec)
    #expect(RowMetrics.value(of: "latency-ms", rows: table).value == 50.5)
    #expect(abs((RowMetrics.value(of: "latency-ms@p95", rows: table).value ?? 0) - 95.05) < 1e-9)
    #expect(RowMetrics.value(of: "latency", rows: table).value == nil)
  }

  @Test func `rows can be chosen`() throws {
    let table = try Making.table("id,y,p\n1,1,1\n2,0,1\n3,1,1\n", Making.binary)
    #expect(RowMetrics.value(of: "accuracy", rows: table, at: [0, 2]).value == 1)
    #expect(RowMetrics.value(of: "accuracy", rows: table, at: [1, 99, -4]).value == 0)
    #expect(RowMetrics.value(of: "accuracy", rows: table, at: []).value == nil)
  }
}
