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
  }

  package enum Operand: Sendable, Hashable {
    /// A literal, or a parameter, variable or coordinate that was known when the workflow was read.
    case value(Value)
    /// How a stage ended: `succeeded`, `reused`, `failed`, `skipped`, `rejected`, … of all its instances the worst.
    case outcome(String)
    /// A number of a stage that it needs; `stage` is nil where only one of them measures it.
    case metric(String, stage: String?)
  }
}
