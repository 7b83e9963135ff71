import PawlCore
import PawlGate
import Testing

@Suite struct PropertyTests {
  private static let metrics = [
    "accuracy", "balanced-accuracy", "precision", "recall", "f1", "f1-macro", "f1-weighted", "kappa", "mcc", "auc",
    "average-precision", "log-loss", "brier", "ece",
  ]

  private func lines(_ seed: UInt64, _ n: Int = 300) -> [String] {
    var dice = Dice(seed)
    var labels = Dice(99)
    return (0..<n).map { row in
      let label = labels.below(2)
      let score = min(1, max(0, Double(label) * 0.4 + dice.unit() * 0.6))
      return "r\(row),\(label),\(score)"
    }
  }

  private func judged(_ rule: GateRule, _ a: [String], _ b: [String]) throws -> Judgement {
    Making.judged(
      rule,
      Making.exhibit(
        [Making.rows(try Making.table(Making.csv("id,y,s", a), Making.scored))],
        [Making.rows(try Making.table(Making.csv("id,y,s", b), Making.scored))]))
  }

  @Test(arguments: metrics) func `the order of rows does not matter`(_ metric: String) throws {
    var dice = Dice(5)
    let (a, b) = (lines(1), lines(2))
    let rule = GateRule.mayLose(metric, "0.05")
    let first = try judged(rule, a, b)
    let second = try judged(rule, a.shuffled(using: &dice), b.shuffled(using: &dice))
    #expect(first.verdict == second.verdict)
    #expect(abs((first.difference?.value ?? 0) - (second.difference?.value ?? 1)) < 1e-9)
    // Draws follow the rows' order; every other bound is the same.
    if first.test != "paired-bootstrap" {
      #expect(abs((first.difference?.low ?? 0) - (second.difference?.low ?? 1)) < 1e-9, "\(first.test ?? "")")
    }
  }

  @Test(arguments: metrics) func `the sides exchanged mirror the difference`(_ metric: String) throws {
    let (a, b) = (lines(3), lines(4))
    let rule = GateRule.rule(metric, .within([Margin("0.05")]))
    let (there, back) = (try judged(rule, a, b), try judged(rule, b, a))
    let (x, y) = (try #require(there.difference), try #require(back.difference))
    #expect(abs(x.value + y.value) < 1e-12)
    let slack = there.test == "paired-bootstrap" ? 0.02 : 1e-9
    #expect(abs((x.low ?? 0) + (y.high ?? 1)) < slack, "\(there.test ?? "")")
    #expect(abs((x.high ?? 0) + (y.low ?? 1)) < slack)
  }

  @Test func `a wider margin never turns a pass into anything else`() throws {
    let (a, b) = (lines(6), lines(7))
    for metric in ["accuracy", "auc", "brier"] {
      var passed = false
      for margin in ["0", "0.01", "0.02", "0.05", "0.1", "0.2", "0.4"] {
        let verdict = try judged(.mayLose(metric, margin), a, b).verdict
        #expect(!passed || verdict == .pass, "\(metric) \(margin)")
        passed = verdict == .pass
      }
      #expect(passed)
    }
  }

  @Test func `the same evidence gives the same result`() throws {
    let (a, b) = (lines(8), lines(9))
    for metric in Self.metrics {
      #expect(try judged(.mayLose(metric, "0.03"), a, b) == judged(.mayLose(metric, "0.03"), a, b))
    }
  }

  @Test func `ids of numbers on one side and text on the other are matched as text`() throws {
    let a = try Making.table("id,y,p\n1,1,1\n2,0,0\n3,1,0\n", Making.binary)
    var b = Making.binary
    b.id = "key"
    let text = try RowTable.read(
      Array("{\"key\":\"3\",\"y\":1,\"p\":1}\n{\"key\":\"1\",\"y\":1,\"p\":1}\n{\"key\":\"x\",\"y\":0,\"p\":0}\n".utf8),
      spec: b, file: "b.jsonl")
    let judgement = Making.judged(.mayLose("accuracy", "0.1"), Making.exhibit([Making.rows(a)], [Making.rows(text)]))
    #expect(judgement.diagnostic?.cause?.contains("such as `2` on line 3") == true)
  }
}
