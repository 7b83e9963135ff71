package import PawlCore

/// One run of an evaluate stage, or one file of `pawl gate`: what it measured.
package struct Replicate: Sendable {
  /// `evaluate[seed=2]`, or the file's name; replicates of the two sides with one name are a pair.
  package var name: String
  /// Numbers from metric files, as written.
  package var measurements: [Measurement]
  /// Row-level evidence; nil when there are only numbers.
  package var rows: RowTable?
  /// Why the evidence cannot be read; nil when it can.
  package var problem: Diagnostic?
  /// The files that were read, from the project root, for messages.
  package var files: [String]

  package init(
    name: String, measurements: [Measurement] = [], rows: RowTable? = nil, problem: Diagnostic? = nil,
    files: [String] = []
  ) {
    self.name = name
    self.measurements = measurements
    self.rows = rows
    self.problem = problem
    self.files = files
  }
}

/// One evidence that a gate judges, both sides, all replicates.
package struct ExhibitEvidence: Sendable {
  /// `evaluate`, or `evaluate[variant=a]`.
  package var name: String
  package var candidate: [Replicate]
  package var baseline: [Replicate]
  /// Why nothing can be compared: no baseline, or other data and it cannot be scored again.
  package var baselineProblem: Diagnostic?
  /// Why nothing can be judged: the stage was skipped or failed.
  package var candidateProblem: Diagnostic?
  /// The candidate is the baseline's model: the difference is 0 by identity.
  package var isSameModel: Bool
  /// The baseline was scored again on today's data.
  package var isRescored: Bool
  /// The two sides were measured on other data.
  package var isOtherData: Bool
  /// What travels with every comparison of this evidence.
  package var caveats: [String]
  /// Index in `candidate` of the replicate that is promoted and also judged alone.
  package var ships: Int?
  /// What `anchor` rules compare with, by the anchor's name.
  package var anchors: [String: AnchorEvidence] = [:]
  /// Promoted records along the parent chain, oldest first, for `history` rules.
  package var history: [HistoricRun] = []
  /// Why there is no history: no baseline in a store, two heads.
  package var historyProblem: Diagnostic?
  /// SHA-256 of the candidate's model files, for waivers that name one.
  package var models: [Digest] = []
  /// What the ledger says; nil when the policy counts no looks.
  package var look: Look?

  package init(
    name: String, candidate: [Replicate], baseline: [Replicate] = [], baselineProblem: Diagnostic? = nil,
    candidateProblem: Diagnostic? = nil, isSameModel: Bool = false, isRescored: Bool = false,
    isOtherData: Bool = false, caveats: [String] = [], ships: Int? = nil
  ) {
    self.name = name
    self.candidate = candidate
    self.baseline = baseline
    self.baselineProblem = baselineProblem
    self.candidateProblem = candidateProblem
    self.isSameModel = isSameModel
    self.isRescored = isRescored
    self.isOtherData = isOtherData
    self.caveats = caveats
    self.ships = ships
  }
}

/// The other side of an `anchor` rule: a named release, scored on the same rows where it can be.
package struct AnchorEvidence: Sendable {
  package var baseline: [Replicate]
  /// Why nothing can be compared.
  package var problem: Diagnostic?
  package var isSameModel = false
  package var isRescored = false
  package var isOtherData = false
  package var caveats: [String] = []
  /// Which record it was.
  package var use: BaselineUse?

  package init(baseline: [Replicate], problem: Diagnostic? = nil) {
    self.baseline = baseline
    self.problem = problem
  }
}

/// What one promoted record measured.
package struct HistoricRun: Sendable {
  package var use: BaselineUse
  /// One list a replicate, name and number as recorded.
  package var replicates: [[Measurement]]
  /// Measured on other test data than the candidate; nil where nothing says.
  package var isOtherData: Bool?

  package init(_ use: BaselineUse, replicates: [[Measurement]], isOtherData: Bool? = nil) {
    self.use = use
    self.replicates = replicates
    self.isOtherData = isOtherData
  }
}

/// Everything that a gate is judged on; with the policy it decides the result, bit for bit.
package struct GateEvidence: Sendable {
  package var exhibits: [ExhibitEvidence]
  /// Which baseline it was, for the report.
  package var baseline: BaselineUse?
  /// Of the bootstrap, where a method needs one.
  package var seed: UInt64
  /// The day that waivers are read at; nil: the beginning of time, so that none has expired.
  package var time: Timestamp?

  package init(exhibits: [ExhibitEvidence], baseline: BaselineUse? = nil, seed: UInt64 = 0) {
    self.exhibits = exhibits
    self.baseline = baseline
    self.seed = seed
  }
}
