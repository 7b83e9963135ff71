/// What the caller asked of a run, beside the workflow.
package struct RunOptions: Sendable {
  /// Stages whose cached results are not taken.
  package enum Force: Sendable, Hashable {
    case none, all
    case stages([String])

    /// The stages it names; none where it means all or nothing.
    package var names: [String] {
      switch self {
      case .none, .all: []
      case .stages(let names): names
      }
    }

    func covers(_ base: String, _ id: String) -> Bool {
      switch self {
      case .none: false
      case .all: true
      case .stages(let names): names.contains(base) || names.contains(id)
      }
    }
  }

  /// How many stages run at the same time.
  package var jobs = 1
  package var keepsGoing = false
  package var force = Force.none
  /// Neither takes nor keeps results.
  package var skipsCache = false
  /// What would have to run is an error instead.
  package var reuseOnly = Force.none
  /// The share of reused results that are made again and compared, from 0 to 1; nil: the workflow's own.
  package var audit: Double?
  package var promotes = false
  package var bootstraps = false
  package var allowsDirty = false
  package var allowsWaived = false
  package var allowsInconclusive = false
  /// Why it is promoted, for the record.
  package var reason: String?
  /// Who promotes, for the record.
  package var who: String?
  package var gpus = 0
  /// Named counts that the caller says there are; nil where nobody was asked, as for a plan.
  package var offered: [String: Int]?
  /// Seconds that the run may take, in place of the workflow's own; nil: that one's.
  package var timeout: Double?
  /// The CI's attempt number.
  package var attempt: Int?

  package init() {}
}
