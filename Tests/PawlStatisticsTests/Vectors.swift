import Foundation
import Testing

@testable import PawlStatistics

/// The reference numbers under `Fixtures/stats`.
enum Vectors {
  static func data(_ name: String) throws -> Data {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try Data(contentsOf: root.appendingPathComponent("Fixtures/stats/\(name).json"))
  }

  static func decode<T: Decodable>(_ type: T.Type, from name: String) throws -> T {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: data(name))
  }

  /// The cases of one kind in a file whose cases differ in shape.
  static func cases(_ name: String, kind: String) throws -> [[String: Any]] {
    let file = try #require(try JSONSerialization.jsonObject(with: data(name)) as? [String: Any])
    let cases = try #require(file["cases"] as? [[String: Any]])
    let chosen = cases.filter { $0["kind"] as? String == kind }
    try #require(!chosen.isEmpty)
    return chosen
  }

  static func numbers(_ value: Any?) throws -> [Double] {
    try #require(value as? [NSNumber]).map(\.doubleValue)
  }

  static func number(_ value: Any?) throws -> Double {
    try #require(value as? NSNumber).doubleValue
  }
}

/// Whether two numbers agree to a relative or an absolute tolerance.
func agree(_ a: Double, _ b: Double, relative: Double, absolute: Double = 0) -> Bool {
  a == b || abs(a - b) <= max(relative * max(abs(a), abs(b)), absolute)
}

/// The level with a one-sided error that is known to be one.
func level(_ alpha: Double) -> Level { Level(alpha: alpha) ?? .usual }

extension [String: Any] {
  func part(_ key: String) throws -> [String: Any] {
    try #require(self[key] as? [String: Any])
  }
}
