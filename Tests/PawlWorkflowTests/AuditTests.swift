import PawlCore
import Testing

@testable import PawlWorkflow

@Suite struct AuditTests {
  private func load(_ cache: String, _ stages: String = "a: { run: x, outputs: [o] }") -> Loaded {
    Text("pawl: 1\n\(cache)\nstages: { \(stages) }").load()
  }

  @Test(arguments: [
    ("cache: { audit: 2% }", 0.02), ("cache: { audit: 0.02 }", 0.02), ("cache: { audit: '2 %' }", 0.02),
    ("cache: { audit: 100% }", 1), ("cache: { audit: 1 }", 1), ("cache: { audit: 0 }", 0),
    ("cache: { audit: 0.5% }", 0.005), ("cache: {}", 0), ("cache:", 0), ("", 0),
  ])
  func `the share is a percentage or a fraction`(_ text: String, _ share: Double) {
    let loaded = load(text)
    #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics)")
    #expect(loaded.workflow?.auditShare == share)
  }

  @Test(arguments: ["150%", "1.5", "2", "-1%", "-0.1", "often", "true", "2%%", "NaN", "[2%]", "{ share: 2% }", "1e400"])
  func `anything else is an error at its place`(_ text: String) {
    let loaded = load("cache: { audit: \(text) }")
    #expect(loaded.workflow == nil)
    #expect(loaded.diagnostics.count == 1, "\(loaded.diagnostics)")
    #expect(loaded.diagnostics.first?.location?.line == 2)
    #expect(loaded.diagnostics.first?.message.contains("such as `2%` or 0.02") == true, "\(loaded.diagnostics)")
  }

  @Test func `a slip of the pen is understood`() {
    #expect(load("cache: 2%").diagnostics.first?.remedy == "did you mean `cache: { audit: 2% }`?")
    #expect(load("cache: { audits: 2% }").diagnostics.first?.remedy?.contains("audit") == true)
  }

  /// What a user changes to mend a stage that depends on chance.
  @Test func `a stage's definition is the text of its command and surroundings, the same for all instances`() throws {
    func definitions(_ body: String, sets: [(name: String, text: String)] = []) throws -> [String] {
      var text = Text(
        """
        pawl: 1
        params: { rate: 0.1 }
        defaults: { env: { THREADS: 4 } }
        stages:
          train: { run: "train ${matrix.seed} ${params.rate}", matrix: { seed: [1, 2] }, outputs: ["m/${matrix.seed}"] \(body) }
        """)
      text.sets = sets
      let loaded = text.load()
      return try #require(loaded.workflow, "\(loaded.diagnostics)").stages.map(\.definition)
    }
    let plain = try definitions("")
    #expect(plain.count == 2 && Set(plain).count == 1)
    #expect(try definitions("", sets: [("rate", "0.2")]) == plain)
    for same in [", timeout: 5m", ", retries: 2", ", resources: { cpus: 2 }", ", needs: []"] {
      #expect(try definitions(same) == plain, "\(same)")
    }
    for other in [", env: { THREADS: 1 }", ", env: { SEED: 1 }", ", shell: bash"] {
      #expect(try definitions(other) != plain, "\(other)")
    }
  }
}
