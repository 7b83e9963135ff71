/// When a stage runs: comparisons joined by `and` and `or`, without side effects (contract §3, `when:`).
package indirect enum Condition: Sendable, Hashable {
  case all([Condition])
  case any([Condition])
  case comparison(Operand, Relation, Operand)

  package enum Relation: String, Sendable, Hashable, CaseIterable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="

    /// Whether it asks which of two numbers is larger.
    package var isOrder: Bool { self != .equal && self != .unequal }
  }

  package enum Operand: Sendable, Hashable {
    /// A literal, or a parameter, variable or coordinate that was known when the workflow was read.
    case value(Value, written: String)
    /// How these stages ended: of several the worst.
    case outcome(of: [StageID], written: String)
    /// A number that these stages measured, the mean of several; none named: the one stage it needs that measures it.
    case metric(String, of: [StageID], written: String)

    /// As it stands in the file.
    package var written: String {
      switch self {
      case .value(_, let written), .outcome(_, let written), .metric(_, _, let written): written
      }
    }
  }

  /// What a condition says, as far as facts are known.
  package enum Answer: Sendable, Hashable {
    case holds
    /// With what it compared: `metrics.accuracy >= 0.9 is false: metrics.accuracy is 0.87`.
    case fails(String)
    case open
  }

  /// Every operand, in the file's order.
  package var operands: [Operand] {
    switch self {
    case .all(let parts), .any(let parts): parts.flatMap(\.operands)
    case .comparison(let left, _, let right): [left, right]
    }
  }

  /// The condition as written, with single spaces.
  package var text: String {
    switch self {
    case .all(let parts): parts.map(\.text).joined(separator: " and ")
    case .any(let parts): parts.map(\.text).joined(separator: " or ")
    case .comparison(let left, let relation, let right): "\(left.written) \(relation.rawValue) \(right.written)"
    }
  }

  /// Kleene's logic: what is not known yet leaves open only what depends on it.
  package func answer(
    outcome: ([StageID]) -> OutcomeWord?, metric: (String, [StageID]) -> Number?
  ) -> Answer {
    func answers(_ parts: [Condition]) -> [Answer] { parts.map { $0.answer(outcome: outcome, metric: metric) } }
    switch self {
    case .all(let parts):
      let answers = answers(parts)
      for case .fails(let why) in answers { return .fails(why) }
      return answers.contains(.open) ? .open : .holds
    case .any(let parts):
      let answers = answers(parts)
      if answers.contains(.holds) { return .holds }
      if answers.contains(.open) { return .open }
      return .fails(answers.compactMap { if case .fails(let why) = $0 { why } else { nil } }.joined(separator: "; "))
    case .comparison(let left, let relation, let right):
      func fact(_ operand: Operand) -> Fact? {
        switch operand {
        case .value(let value, _): .value(value)
        case .outcome(let stages, _): outcome(stages).map(Fact.outcome)
        case .metric(let name, let stages, _): metric(name, stages).map { .value(.number($0)) }
        }
      }
      guard let a = fact(left), let b = fact(right) else { return .open }
      if a.stands(in: relation, to: b) { return .holds }
      let sides = [a.said(of: left), b.said(of: right)].compactMap { $0 }
      return .fails("\(text) is false" + (sides.isEmpty ? "" : ": " + sides.joined(separator: ", ")))
    }
  }
}

/// How a stage ended, in the words of `result.json`; the later, the worse.
package enum OutcomeWord: String, Sendable, Hashable, CaseIterable, Comparable {
  case reused, succeeded, skipped, cancelled, rejected, failed
  case timedOut = "timed-out"
  case lost

  package init(_ outcome: StageOutcome) {
    switch outcome {
    case .succeeded: self = .succeeded
    case .reused: self = .reused
    case .rejected: self = .rejected
    case .skipped(.cancelled), .failed(.exit(.stopped)): self = .cancelled
    case .skipped, .unscorable: self = .skipped
    case .failed(.exit(.timedOut)): self = .timedOut
    case .failed(.exit(.lost)): self = .lost
    case .failed: self = .failed
    }
  }

  /// The word without its finer sense: a reused result is a success, a timeout is a failure.
  package var broad: OutcomeWord {
    switch self {
    case .reused: .succeeded
    case .timedOut, .lost: .failed
    case .succeeded, .skipped, .cancelled, .rejected, .failed: self
    }
  }

  package static func < (a: OutcomeWord, b: OutcomeWord) -> Bool {
    guard let x = allCases.firstIndex(of: a), let y = allCases.firstIndex(of: b) else { return false }
    return x < y
  }
}

/// An operand whose value is known.
private enum Fact {
  case value(Value)
  case outcome(OutcomeWord)

  var text: String {
    switch self {
    case .value(.null): "not set"
    case .value(let value): value.text
    case .outcome(let word): word.rawValue
    }
  }

  func stands(in relation: Condition.Relation, to other: Fact) -> Bool {
    switch relation {
    case .equal: return equals(other)
    case .unequal: return !equals(other)
    case .less, .atMost, .greater, .atLeast: break
    }
    guard case .value(.number(let a)) = self, case .value(.number(let b)) = other else { return false }
    switch relation {
    case .less: return a.value < b.value
    case .atMost: return a.value <= b.value
    case .greater: return a.value > b.value
    case .atLeast: return a.value >= b.value
    case .equal, .unequal: return false
    }
  }

  private func equals(_ other: Fact) -> Bool {
    switch (self, other) {
    case (.value(.number(let a)), .value(.number(let b))): a.value == b.value
    case (.value(.null), .value(let b)): b == .null
    case (.value(let a), .value(.null)): a == .null
    case (.value(let a), .value(let b)): a == b || a.text == b.text
    case (.outcome(let a), .outcome(let b)): a == b
    case (.outcome(let word), .value(let value)), (.value(let value), .outcome(let word)):
      value.text == word.rawValue || value.text == word.broad.rawValue
    }
  }

  /// `params.mode is full`; nil for a side that is written out as what it is.
  func said(of operand: Condition.Operand) -> String? {
    operand.written == text ? nil : "\(operand.written) is \(text)"
  }
}
