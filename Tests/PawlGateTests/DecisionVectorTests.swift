import Foundation
import PawlCore
import PawlGate
import Testing

/// The reference decisions, through the whole judge.
@Suite struct DecisionVectorTests {
  @Test func `rows are decided as the reference decides them`() throws {
    let cases = try Making.fixture("gate-decisions")["cases"] as? [[String: Any]] ?? []
    #expect(cases.count == 63)
    var tables: [String: (RowTable, RowTable)] = [:]
    for entry in cases {
      guard let n = entry["rows"] as? Int, let b = entry["candidate_only_right"] as? Int,
        let c = entry["baseline_only_right"] as? Int, let margin = entry["margin"] as? Double
      else {
        Issue.record("a case lacks a key")
        continue
      }
      let key = "\(n) \(b) \(c)"
      let (candidate, baseline) = try tables[key] ?? Making.pair(rows: n, candidateOnly: b, baselineOnly: c)
      tables[key] = (candidate, baseline)
      let judgement = Making.judged(
        .mayLose("accuracy", Number(margin).text), Making.exhibit([Making.rows(candidate)], [Making.rows(baseline)]))
      #expect(judgement.verdict.rawValue == entry["verdict"] as? String, "\(key) \(margin)")
      let (low, high) = (entry["low"] as? Double ?? .nan, entry["high"] as? Double ?? .nan)
      #expect(abs((judgement.difference?.low ?? .nan) - low) <= 1e-9 * max(1, abs(low)), "\(key) low")
      #expect(abs((judgement.difference?.high ?? .nan) - high) <= 1e-9 * max(1, abs(high)), "\(key) high")
      #expect(judgement.candidateOnlyRight == Double(b) && judgement.baselineOnlyRight == Double(c))
      #expect(judgement.test == "score")
      if let needed = entry["rows_needed"] as? Int {
        let found = judgement.rowsNeeded ?? 0
        #expect(abs(Double(found - needed)) <= 0.01 * Double(needed) + 1, "\(key) \(margin): \(found), not \(needed)")
      } else {
        #expect(judgement.rowsNeeded == nil)
      }
    }
  }

  @Test func `areas and losses are decided as the reference decides them`() throws {
    let file = try Making.fixture("auc-and-losses")
    for entry in file["auc"] as? [[String: Any]] ?? [] {
      let labels = entry["labels"] as? [Int] ?? []
      func side(_ key: String) throws -> Replicate {
        let scores = entry[key] as? [Double] ?? []
        return Making.rows(
          try Making.table(
            Making.csv("id,y,s", labels.indices.map { "\($0),\(labels[$0]),\(scores[$0])" }), Making.scored))
      }
      let margin = Number(entry["margin"] as? Double ?? 0).text
      let rule = GateRule.mayLose("auc", margin) { $0.confidence = 1 - (entry["alpha"] as? Double ?? 0.05) }
      let judgement = Making.judged(rule, Making.exhibit([try side("candidate")], [try side("baseline")]))
      let expected = entry["expected"] as? [String: Any] ?? [:]
      let note = "\(entry["note"] ?? "")"
      #expect(judgement.verdict.rawValue == expected["verdict"] as? String, "\(note)")
      #expect(abs((judgement.difference?.low ?? .nan) - (expected["low"] as? Double ?? .nan)) < 1e-8, "\(note)")
      #expect(abs((judgement.difference?.high ?? .nan) - (expected["high"] as? Double ?? .nan)) < 1e-8, "\(note)")
      #expect(judgement.test == "mover")
    }
    for entry in file["mean"] as? [[String: Any]] ?? [] {
      let advantages = entry["advantage"] as? [Double] ?? []
      var spec = Predictions(task: .values)
      spec.id = "id"
      spec.values = [.init("loss", column: "v")]
      spec.worst = entry["worst_loss_difference"] as? Double
      func side(_ value: (Double) -> Double) throws -> Replicate {
        Making.rows(
          try Making.table(Making.csv("id,v", advantages.enumerated().map { "\($0),\(value($1))" }), spec))
      }
      let rule = GateRule.mayLose("loss", Number(entry["margin"] as? Double ?? 0).text, .lowerIsBetter) {
        $0.confidence = 1 - (entry["alpha"] as? Double ?? 0.05)
      }
      let judgement = Making.judged(rule, Making.exhibit([try side { -$0 }], [try side { _ in 0 }]))
      let expected = entry["expected"] as? [String: Any] ?? [:]
      let note = "\(entry["note"] ?? "")"
      #expect(judgement.verdict.rawValue == expected["verdict"] as? String, "\(note)")
      #expect(abs((judgement.difference?.high ?? .nan) + (expected["low"] as? Double ?? .nan)) < 1e-8, "\(note)")
      #expect(abs((judgement.difference?.low ?? .nan) + (expected["high"] as? Double ?? .nan)) < 1e-8, "\(note)")
      #expect(judgement.test == "phantom")
    }
  }
}
