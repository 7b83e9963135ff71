import PawlCore
import PawlFormats
import Testing

@testable import PawlWorkflow

/// Damaged texts give a value or diagnostics, never a trap.
struct MutationTests {
  private static let pieces: [[UInt8]] = [
    "${", "}", "{", "[", "]", ": ", "\n", "\n  ", "- ", "\"", "'", "#", "&a ", "*a", "<<", "@", "%", "pt", "baseline",
    "${params.", "${matrix.seed}", "${stages.train.outputs.model}", "${outputs.model}", "${model}", "\u{0}", "é",
    "1e999",
    "-", "matrix: {}", "kind: gate", ".nan", "[[", "}}", "include: [{}]", "$${", "../..", "/", "*",
  ].map { Array($0.utf8) }

  private func mutated(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
    var result = bytes
    for _ in 0...random.below(4) {
      let place = random.below(result.count + 1)
      switch random.below(5) {
      case 0: result.insert(contentsOf: MutationTests.pieces[random.below(MutationTests.pieces.count)], at: place)
      case 1: result.removeSubrange(place..<min(result.count, place + 1 + random.below(30)))
      case 2: if place < result.count { result[place] = UInt8(truncatingIfNeeded: random.next()) }
      case 3:
        let other = random.below(result.count + 1)
        result.insert(contentsOf: result[min(place, other)..<min(max(place, other), min(place, other) + 60)], at: place)
      default: result.swapAt(min(place, result.count - 1), random.below(result.count))
      }
      if result.isEmpty { result = [0x61] }
    }
    return result
  }

  @Test(arguments: ["penguins", "penguin-sex", "households"])
  func `damaged workflows are a workflow or an error`(name: String) throws {
    let bytes = try #require(try RepositoryTree().read("Workflows/\(name).yml"))
    var random = Seeded(state: 42)
    var loaded = 0
    for _ in 0..<400 {
      let text = mutated(bytes, &random)
      let tree = OneFile(path: "Workflows/x.yml", bytes: text)
      let result = WorkflowLoader.load(LoadRequest(file: "x.yml", path: "Workflows/x.yml", promotes: true), tree: tree)
      { _ in nil }
      let hasErrors = result.diagnostics.contains { $0.severity == .error }
      #expect((result.workflow == nil) == hasErrors)
      #expect(result.diagnostics.allSatisfy { ($0.location?.line ?? 1) >= 1 && ($0.location?.column ?? 1) >= 1 })
      if result.workflow != nil { loaded += 1 }
    }
    #expect(loaded > 10)
  }

  @Test(arguments: ["penguins", "households"])
  func `a damaged file on either side of a pin is a workflow or an error`(name: String) throws {
    let bytes = try #require(try RepositoryTree().read("Workflows/\(name).yml"))
    var random = Seeded(state: 5)
    var loaded = 0
    for round in 0..<300 {
      let sides = [bytes, mutated(bytes, &random)]
      let pinned = OneFile(path: "Workflows/x.yml", bytes: sides[round % 2])
      let request = LoadRequest(
        file: "x.yml", path: "Workflows/x.yml", promotes: true,
        pin: PinnedTree(tree: pinned, revision: "REV", commit: "c"))
      let tree = OneFile(path: "Workflows/x.yml", bytes: sides[1 - round % 2])
      let result = WorkflowLoader.load(request, tree: tree) { _ in nil }
      #expect((result.workflow == nil) == result.diagnostics.contains { $0.severity == .error })
      guard let workflow = result.workflow else { continue }
      loaded += 1
      for case .judge(let gate) in workflow.stages.map(\.work) { #expect(gate.policy.pin != nil) }
    }
    #expect(loaded > 10)
  }

  @Test func `damaged rules are a rule or an error`() {
    let lines = [
      "accuracy >= baseline - 1pt by island, sex", "latency-ms <= baseline + 5% or 0.3", "a within 1pt of baseline",
      "\"x y\" > 0.90 by a & b, c (d, \"e\")", "auc within history of 20", "auc within 1% or 2pt in total of v1 by a",
    ]
    var random = Seeded(state: 3)
    var read = 0
    for round in 0..<4_000 {
      let text = String(decoding: mutated(Array(lines[round % lines.count].utf8), &random), as: UTF8.self)
      do throws(Failure) {
        let rule = try PolicyLoader.rule(text, metrics: [:], at: nil)
        let again = try PolicyLoader.rule(
          rule.line, metrics: [rule.metric: MetricMeaning(direction: rule.direction)], at: nil)
        #expect(again.line == rule.line)
        #expect(again.comparison == rule.comparison, "\(text)")
        read += 1
      } catch {
        #expect(error.diagnostics.count == 1)
      }
    }
    #expect(read > 100)
  }

  @Test func `damaged waivers are waivers or located errors`() {
    let text = """
      - rule: accuracy >= baseline - 1pt
        slice: { island: Dream, sex: f }
        model: 0123456789abcdef
        up-to: 2pt
        reason: the test set has 12 rows of it
        owner: ada
        expires: 2026-12-31
      - { rule: size, reason: r, owner: o, expires: 2027-02-28 }
      """
    var random = Seeded(state: 11)
    var read = 0
    for _ in 0..<2_000 {
      do throws(Failure) {
        let waivers = try PolicyLoader.waivers(mutated(Array(text.utf8), &random), file: "w.yml", metrics: [:])
        #expect(waivers.allSatisfy { !$0.rule.isEmpty && !$0.reason.isEmpty && !$0.owner.isEmpty })
        read += 1
      } catch {
        #expect(error.diagnostics.contains { $0.severity == .error && $0.location != nil })
      }
    }
    #expect(read > 20)
  }
}

/// Every path exists; one has content.
private struct OneFile: Tree {
  let path: String
  let bytes: [UInt8]

  func read(_ path: String) throws(Failure) -> [UInt8]? { path == self.path ? bytes : nil }
  func list(_ folder: String) throws(Failure) -> [Entry] { [] }
  func entry(_ path: String) throws(Failure) -> Entry? { Entry(name: path, kind: .folder) }
}
