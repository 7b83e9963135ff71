/// What a stage's memory knows of it.
package enum Recall: Sendable, Hashable {
  /// Done before, and its outputs stand where they belong.
  case inPlace(Kept)
  /// Done before; the outputs can be put back.
  case stored(Kept)
  /// Done before, as a baseline's record says; its outputs cannot be had here.
  case recorded(Kept)
  case absent([MissReason])
  /// Waits for what these stages make.
  case undetermined(awaiting: [StageID])
}

/// A finished stage as the cache holds it: key → what it made.
package struct Kept: Sendable, Hashable {
  package var key: Digest
  package var fingerprint: Fingerprint
  package var outputs: [Made]
  /// Of the test data, for an `evaluate` stage.
  package var testData: Digest?
  /// Wall seconds it took when it ran.
  package var seconds: Double
  /// The run that made it.
  package var run: String

  package init(
    key: Digest, fingerprint: Fingerprint, outputs: [Made], testData: Digest? = nil, seconds: Double, run: String
  ) {
    self.key = key
    self.fingerprint = fingerprint
    self.outputs = outputs
    self.testData = testData
    self.seconds = seconds
    self.run = run
  }
}
