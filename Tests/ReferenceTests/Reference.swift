import Foundation
import PawlTestSupport

/// What scipy, statsmodels and scikit-learn say of random cases, computed once by `reference/` beside this file.
struct Reference: Decodable, Sendable {
  /// One tail or quantile.
  struct Point: Decodable, Sendable {
    var name: String
    var arguments: [Exact]
    var truth: Exact
    var scipyAgrees: Bool
  }

  /// One method on one sample.
  struct Sample: Decodable, Sendable {
    var name: String
    var arguments: [String: [Exact]]
    var expected: [String: Exact?]
    var relative: Exact
    var absolute: Exact

    func numbers(_ name: String) -> [Double] { (arguments[name] ?? []).map(\.value) }
    func number(_ name: String) -> Double { numbers(name).first ?? .nan }
  }

  /// The metrics of one file of rows.
  struct Table: Decodable, Sendable {
    struct Rows: Decodable, Sendable {
      var task: String
      var csv: String
      var label: String?
      var prediction: String?
      var score: String?
      var positive: String?
      var threshold: Exact?
      var scores: [[String]]?
      var values: [[String]]?
    }

    var name: String
    var table: Rows
    var expected: [String: Exact?]
  }

  /// Files for `pawl gate`, and what it must print of each rule.
  struct Gate: Decodable, Sendable {
    struct Rule: Decodable, Sendable {
      var test: String
      var verdict: String?
      /// By path, such as `difference.low`: the number and how far off it may be.
      var numbers: [String: [Exact]]
      /// Paths where there must be no number.
      var absent: [String]
    }

    var name: String
    var policy: String
    var candidate: [[String]]
    var baseline: [[String]]
    var rules: [Rule]
  }

  var distributions: [Point]
  var methods: [Sample]
  var metrics: [Table]
  var gates: [Gate]

  /// The cases of this run; a failure is the same for every test that asks.
  static func drawn() throws -> Reference { try shared.get() }

  private static let shared: Result<Reference, any Error> = Result {
    let seed = ProcessInfo.processInfo.environment["PAWL_REFERENCE_SEED"] ?? "1"
    let python = try Python.found()
    let json = try python.run([Python.folder + "/reference", seed])
    return try JSONDecoder().decode(Reference.self, from: json)
  }
}

/// A double written in hexadecimal, so that no digit is lost on the way.
struct Exact: Decodable, Sendable {
  var value: Double

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Double(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "`\(text)` is no number")
    }
    self.value = value
  }
}

/// Whether a number is the expected one; two infinities of one sign are.
func agrees(_ value: Double?, _ expected: Double?, relative: Double, absolute: Double) -> Bool {
  guard let value, let expected else { return (value == nil) == (expected == nil) }
  return value == expected || abs(value - expected) <= max(relative * abs(expected), absolute)
}
