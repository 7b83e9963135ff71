package import PawlCore
import PawlSystem

/// A run as its log tells it, also while another process writes that log.
package struct RunFollower: Sendable {
  /// When an attempt ran, as far as the events say.
  package struct Attempt: Sendable, Hashable {
    package var began: Timestamp?
    package var ended: Timestamp?
  }

  package private(set) var record = RunRecord()
  /// What a reader must be told, such as damage in the middle of the log.
  package private(set) var caveats: [Diagnostic] = []
  private let folder: RunFolder
  private var offset = 0
  private var attempts: [StageID: [Int: Attempt]] = [:]

  package init(_ folder: RunFolder) throws(Failure) {
    self.folder = folder
    try update()
  }

  /// Takes in what was written since the last time.
  package mutating func update() throws(Failure) {
    guard let bytes = try folder.actions.disk.read(folder.eventsPath, from: offset), !bytes.isEmpty else { return }
    let reading = try Wire.read(bytes, file: folder.eventsPath)
    offset += reading.intactBytes
    caveats += reading.caveats.filter { !caveats.contains($0) }
    for event in reading.events {
      record.apply(event)
      note(event)
    }
  }

  /// One attempt of a stage; nothing is known of one that did not begin.
  package func attempt(_ number: Int, of stage: StageID) -> Attempt {
    var attempt = attempts[stage]?[number] ?? Attempt()
    if let entry = record[stage], entry.attempts == number, let settlement = entry.settlement {
      // Outputs are looked at between the command's end and the stage's.
      let seconds = settlement.usage?.seconds
      attempt.ended = attempt.began.flatMap { began in seconds.map { Timestamp(began.seconds + $0) } } ?? entry.settled
    } else if attempt.ended == nil, record.verdict != nil {
      attempt.ended = record.finished
    }
    return attempt
  }

  private mutating func note(_ event: Event) {
    switch event.kind {
    case .attemptStarted(let id, let attempt, _), .attemptSpawned(let id, let attempt, _, _):
      attempts[id, default: [:]][attempt, default: Attempt()].began = event.time
    case .attemptFailed(let id, let attempt, _, _, _):
      attempts[id, default: [:]][attempt, default: Attempt()].ended = event.time
    case .runPlanned, .stageSettled, .gateJudged, .baselineMoved, .promotionRefused, .diagnosed, .cancelRequested,
      .runFinished:
      break
    }
  }
}
