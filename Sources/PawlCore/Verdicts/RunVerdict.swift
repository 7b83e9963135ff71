/// How a run ended, in one word: the worst gate's verdict, whether it blocks or not.
package enum RunVerdict: String, Sendable, Hashable {
  case passed, waived, inconclusive, failed, invalid, error, cancelled
}

/// The exit statuses, documented for users in the README and in contract §2.
package enum ExitStatus: Sendable, Hashable {
  /// 0: nothing blocks.
  case ok
  /// 1: a gate failed.
  case gateFailed
  /// 2: usage or workflow error; nothing was run.
  case usage
  /// 3: a stage failed, timed out or was lost.
  case stageFailed
  /// 4: Pawl's surroundings failed: store, remote, engine, disk.
  case surroundings
  /// 5: a gate is inconclusive and its policy blocks.
  case gateInconclusive
  /// 6: a gate is invalid, or a promotion was refused.
  case gateInvalid
  /// 128+n: ended by signal n.
  case signal(Int32)

  package var code: Int32 {
    switch self {
    case .ok: 0
    case .gateFailed: 1
    case .usage: 2
    case .stageFailed: 3
    case .surroundings: 4
    case .gateInconclusive: 5
    case .gateInvalid: 6
    case .signal(let number): 128 + number
    }
  }

  package init?(code: Int32) {
    switch code {
    case 0: self = .ok
    case 1: self = .gateFailed
    case 2: self = .usage
    case 3: self = .stageFailed
    case 4: self = .surroundings
    case 5: self = .gateInconclusive
    case 6: self = .gateInvalid
    case 129...: self = .signal(code - 128)
    default: return nil
    }
  }

  /// Which of several at once is reported: a signal, then 2, 4, 3, 6, 1, 5, 0.
  package static func worst(_ statuses: some Sequence<ExitStatus>) -> ExitStatus {
    statuses.max { $0.precedence < $1.precedence } ?? .ok
  }

  private var precedence: Int {
    switch self {
    case .ok: 0
    case .gateInconclusive: 1
    case .gateFailed: 2
    case .gateInvalid: 3
    case .stageFailed: 4
    case .surroundings: 5
    case .usage: 6
    case .signal: 7
    }
  }
}
