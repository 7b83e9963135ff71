package import PawlCore

/// Judges every rule of a policy on the evidence, on all rows and on each slice (contract §4).
///
/// Pure: the same policy and evidence give the same result, whatever the machine.
package func judge(_ policy: GatePolicy, on evidence: GateEvidence, name: String) -> GateResult {
  GateResult(name: name, verdict: .invalid, judgements: [])
}
