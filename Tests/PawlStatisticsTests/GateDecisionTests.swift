import Foundation
import Testing

@testable import PawlStatistics

@Suite struct GateDecisionTests {
  struct ScoreFile: Decodable {
    struct Case: Decodable {
      let rows, candidateOnlyRight, baselineOnlyRight: Int
      let margin, low, high: Double
      let verdict: String
      let rowsNeeded: Int?
    }
    let relTol, rowsNeededTol: Double
    let cases: [Case]
  }

  struct RankAndMeanFile: Decodable {
    struct Rank: Decodable {
      struct Expected: Decodable {
        let aucCandidate, aucBaseline, varCandidate, varBaseline, covariance, halfStep, low, high: Double
        let guardSeen, guardWanted: Double
        let verdict: String
        let rowsOfRarerClassNeeded: Int?
      }
      let note: String
      let labels: [Int]
      let candidate, baseline: [Double]
      let margin, alpha: Double
      let expected: Expected
    }
    struct Mean: Decodable {
      struct Expected: Decodable {
        let mean, phantomRows, low, high: Double
        let rowsFloor: Int
        let verdict: String
        let rowsNeeded: Int?
      }
      let note: String
      let advantage: [Double]
      let margin, alpha: Double
      let worstLossDifference: Double?
      let expected: Expected
    }
    let relTol, absTol, rowsNeededTol: Double
    let auc: [Rank]
    let mean: [Mean]
  }

  @Test func `score bounds, verdicts and rows needed agree with the reference`() throws {
    let file = try Vectors.decode(ScoreFile.self, from: "gate-decisions")
    try #require(file.cases.count == 63)
    for item in file.cases {
      let tango = try #require(
        Tango(
          rows: item.rows, candidateOnlyRight: item.candidateOnlyRight, baselineOnlyRight: item.baselineOnlyRight))
      let comparison = tango.comparison()
      #expect(agree(comparison.low, item.low, relative: file.relTol, absolute: 1e-13), "\(item)")
      #expect(agree(comparison.high, item.high, relative: file.relTol, absolute: 1e-13), "\(item)")
      #expect(comparison.decision(atLeast: -item.margin).rawValue == item.verdict, "\(item)")
      let needed = comparison.sampleNeeded(atLeast: -item.margin)?.count
      #expect((needed == nil) == (item.rowsNeeded == nil), "\(item) \(needed ?? 0)")
      if let needed, let wanted = item.rowsNeeded {
        #expect(agree(Double(needed), Double(wanted), relative: file.rowsNeededTol, absolute: 1), "\(item) \(needed)")
      }
    }
  }

  @Test func `paired areas, verdicts and rows needed agree with the reference`() throws {
    let file = try Vectors.decode(RankAndMeanFile.self, from: "auc-and-losses")
    for item in file.auc {
      let isPositive = item.labels.map { $0 == 1 }
      let candidate = try #require(RankedScores(scores: item.candidate, isPositive: isPositive))
      let baseline = try #require(RankedScores(scores: item.baseline, isPositive: isPositive))
      let pair = try #require(RankedPair(candidate: candidate, baseline: baseline))
      let level = try #require(Level(alpha: item.alpha))
      let comparison = pair.comparison(at: level)
      let expected = item.expected
      for (mine, theirs) in [
        (pair.candidate, expected.aucCandidate), (pair.baseline, expected.aucBaseline),
        (pair.candidateVariance, expected.varCandidate), (pair.baselineVariance, expected.varBaseline),
        (pair.covariance, expected.covariance), (pair.halfStep, expected.halfStep),
        (comparison.low, expected.low), (comparison.high, expected.high),
      ] {
        #expect(agree(mine, theirs, relative: file.relTol, absolute: file.absTol), "\(item.note) \(mine) \(theirs)")
      }
      let need = try #require(comparison.projection.needs(atLeast: -item.margin, level: level).first)
      #expect(agree(need.seen, expected.guardSeen, relative: 1e-9))
      #expect(agree(need.wanted, expected.guardWanted, relative: 1e-9))
      #expect(comparison.decision(atLeast: -item.margin).rawValue == expected.verdict, "\(item.note)")
      let needed = comparison.sampleNeeded(atLeast: -item.margin)?.rarerClass
      #expect((needed == nil) == (expected.rowsOfRarerClassNeeded == nil), "\(item.note)")
      if let needed, let wanted = expected.rowsOfRarerClassNeeded {
        #expect(
          agree(Double(needed), Double(wanted), relative: file.rowsNeededTol, absolute: 1), "\(item.note) \(needed)")
      }
    }
  }

  @Test func `means with phantom rows, verdicts and rows needed agree with the reference`() throws {
    let file = try Vectors.decode(RankAndMeanFile.self, from: "auc-and-losses")
    for item in file.mean {
      let level = try #require(Level(alpha: item.alpha))
      let phantom = try #require(Phantom(advantages: Moments(item.advantage), bound: item.worstLossDifference))
      let comparison = phantom.comparison(at: level)
      let expected = item.expected
      for (mine, theirs) in [
        (comparison.value, expected.mean), (Phantom.phantomRows(at: level), expected.phantomRows),
        (comparison.low, expected.low), (comparison.high, expected.high),
      ] {
        #expect(agree(mine, theirs, relative: file.relTol, absolute: file.absTol), "\(item.note) \(mine) \(theirs)")
      }
      #expect(Phantom.floor(at: level, isBounded: item.worstLossDifference != nil) == expected.rowsFloor)
      #expect(comparison.decision(atLeast: -item.margin).rawValue == expected.verdict, "\(item.note)")
      let needed = comparison.sampleNeeded(atLeast: -item.margin)?.count
      #expect((needed == nil) == (expected.rowsNeeded == nil), "\(item.note)")
      if let needed, let wanted = expected.rowsNeeded {
        #expect(
          agree(Double(needed), Double(wanted), relative: file.rowsNeededTol, absolute: 1), "\(item.note) \(needed)")
      }
    }
  }
}
