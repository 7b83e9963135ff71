package import PawlCore
import PawlSystem

/// Which of the results that a run would reuse are made again: a draw by run and key.
///
/// The same run and key draw the same, so that a record tells it again; another run draws anew, so that every stage
/// comes up in time.
package struct AuditDraw: Sendable, Hashable {
  /// From 0 (none) to 1 (all).
  package var share: Double
  package var run: String

  package init(share: Double, run: String) {
    self.share = share
    self.run = run
  }

  package func takes(_ key: Digest) -> Bool { share > 0 && point(key) < share }

  /// Uniform in [0, 1), in steps of 2⁻⁴⁸.
  private func point(_ key: Digest) -> Double {
    let digits = Digester.digest("audit\n\(run)\n\(key.hex)").hex.prefix(12)
    return Double(UInt64(digits, radix: 16) ?? 0) / 0x1p48
  }
}

extension RunOptions {
  /// The share of reused results that are made again; none where none is taken, or where nothing may run.
  package func auditShare(of workflow: Workflow) -> Double {
    skipsCache || force == .all || reuseOnly == .all ? 0 : audit ?? workflow.auditShare
  }
}

extension RunContext {
  var audit: AuditDraw { AuditDraw(share: options.auditShare(of: workflow), run: head.id ?? "") }
}

extension Forecast {
  /// Whether a draw takes any result that is known already.
  package func isDrawn(_ draw: AuditDraw) -> Bool {
    draw.share > 0 && answers.values.contains { $0.kept.map { !$0.outputs.isEmpty && draw.takes($0.key) } ?? false }
  }

  /// Whether every stage that reads what this one makes, at any distance, would find its inputs here: what only a
  /// baseline's record remembers cannot be read.
  func canFollow(_ id: StageID, in plan: Plan) -> Bool {
    var seen: Set<StageID> = [id]
    var open = [id]
    while let next = open.popLast() {
      for reader in plan.consumers(of: next) where seen.insert(reader.id).inserted {
        let isBlind = (plan.producers[reader.id] ?? []).contains { producer in
          if case .recorded = answers[producer] { needed[producer] == nil } else { false }
        }
        if isBlind { return false }
        open.append(reader.id)
      }
    }
    return true
  }
}
