package import PawlCore

/// What a gate's power is measured on.
package struct PowerEvidence: Sendable {
  package var gate: String
  package var policy: GatePolicy
  /// `baseline`: the production record's; `candidate`: a second model's on the same rows, empty where there is none.
  package var exhibits: [ExhibitEvidence]
  /// Whose the second model is, by exhibit, for people: `run 3f9a1c`.
  package var second: [String: String] = [:]
  /// Share of rows on which exactly one model is right, in place of what is observed.
  package var disagreement: Double?
  /// Of the coins.
  package var seed: UInt64 = 0
  /// Why less is known than could be, by exhibit.
  package var problems: [String: Diagnostic] = [:]

  package init(gate: String, policy: GatePolicy, exhibits: [ExhibitEvidence]) {
    self.gate = gate
    self.policy = policy
    self.exhibits = exhibits
  }
}
