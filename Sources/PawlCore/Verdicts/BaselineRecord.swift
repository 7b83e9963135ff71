/// A path and the content that stood there.
package struct Made: Sendable, Hashable {
  /// From the project root.
  package var path: String
  package var digest: Digest
  /// Bytes; of a folder, of all its files.
  package var size: Int
  package var isFolder: Bool
  /// Whether the owner may execute the file; nil for a folder or a link, and in records of before it was noted.
  package var isExecutable: Bool?

  package init(path: String, digest: Digest, size: Int, isFolder: Bool = false, isExecutable: Bool? = nil) {
    self.path = path
    self.digest = digest
    self.size = size
    self.isFolder = isFolder
    self.isExecutable = isExecutable
  }
}

/// A stage upstream of a baseline's evidence: the record is the lock.
package struct RecordedStage: Sendable, Hashable {
  package var id: StageID
  package var key: Digest
  package var fingerprint: Fingerprint
  package var outputs: [Made]

  package init(id: StageID, key: Digest, fingerprint: Fingerprint, outputs: [Made]) {
    self.id = id
    self.key = key
    self.fingerprint = fingerprint
    self.outputs = outputs
  }
}

/// One replicate of a baseline's evidence.
package struct RecordedEvidence: Sendable, Hashable {
  package var exhibit: String
  package var stage: StageID
  package var base: String
  package var matrix: [AxisValue]
  /// The evaluate stage's key.
  package var key: Digest
  /// Of ids and labels, or of the `test-data:` paths; nil when nothing says.
  package var testData: Digest?
  package var models: [Made]
  /// The predictions file; nil when the evidence has only numbers.
  package var predictions: Made?
  /// Name and number as measured, sorted by name.
  package var metrics: [Measurement]

  package init(
    exhibit: String, stage: StageID, base: String, matrix: [AxisValue], key: Digest, testData: Digest?, models: [Made],
    predictions: Made?, metrics: [Measurement]
  ) {
    self.exhibit = exhibit
    self.stage = stage
    self.base = base
    self.matrix = matrix
    self.key = key
    self.testData = testData
    self.models = models
    self.predictions = predictions
    self.metrics = metrics
  }
}

/// A number that a stage measured; a value that is no number keeps its text.
package struct Measurement: Sendable, Hashable {
  package enum Content: Sendable, Hashable {
    case number(Number)
    /// `text`, `null`, `list`, `bool`: invalid in a gate.
    case other(String)
  }

  package var name: String
  package var content: Content
  /// The file it was read from, from the project root; nil when Pawl computed it.
  package var file: String?

  package init(_ name: String, _ content: Content, file: String? = nil) {
    self.name = name
    self.content = content
    self.file = file
  }
}

/// A production record: what was promoted, with the evidence that a later candidate is compared with.
package struct BaselineRecord: Sendable, Hashable {
  /// The folder's name, `<time>-<run>`, unique in its baseline.
  package var id: String
  package var name: String
  package var run: String
  package var workflow: String
  package var time: Timestamp
  package var commit: String?
  package var tree: String?
  package var isDirty: Bool
  package var verdict: Verdict
  package var claims: [String]
  package var parents: [String]
  package var reason: String?
  package var who: String?
  package var stages: [RecordedStage]
  package var evidence: [RecordedEvidence]
  /// Content that lies in the record's folder: digest → file name there (compressed or not by its suffix).
  package var stored: [Digest: String]

  package init(
    id: String, name: String, run: String, workflow: String, time: Timestamp, commit: String? = nil,
    tree: String? = nil,
    isDirty: Bool = false, verdict: Verdict, claims: [String] = [], parents: [String] = [], reason: String? = nil,
    who: String? = nil, stages: [RecordedStage] = [], evidence: [RecordedEvidence] = [], stored: [Digest: String] = [:]
  ) {
    self.id = id
    self.name = name
    self.run = run
    self.workflow = workflow
    self.time = time
    self.commit = commit
    self.tree = tree
    self.isDirty = isDirty
    self.verdict = verdict
    self.claims = claims
    self.parents = parents
    self.reason = reason
    self.who = who
    self.stages = stages
    self.evidence = evidence
    self.stored = stored
  }
}
