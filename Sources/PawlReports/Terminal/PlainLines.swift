package import PawlCore

/// A run as lines for a pipe or a CI's log; groups fold the output of each stage where the CI can.
package struct PlainLines: EventSink {
  package enum Groups: Sendable, Hashable { case none, gitHub, gitLab }

  private let groups: Groups
  private let note: String?
  private let write: (String) -> Void
  private let log: (StageID, Int, Bool) -> [String]
  private var done = 0
  private var total = 0
  private var minutes: [StageID: Int] = [:]

  /// - Parameters:
  ///   - note: added to the first line: `baseline production run 7f3ac1 · cache 0 of 8`.
  ///   - log: what an attempt of a stage printed, as much as is to be shown; true asks for all of it, as of a failed one.
  ///   - write: takes one line without its end.
  package init(
    groups: Groups = .none, note: String? = nil, log: @escaping (StageID, Int, Bool) -> [String],
    write: @escaping (String) -> Void
  ) {
    self.groups = groups
    self.note = note
    self.log = log
    self.write = write
  }

  package mutating func receive(_ event: Event, _ record: RunRecord) throws(Failure) {
    switch event.kind {
    case .runPlanned(let head, let stages):
      total = stages.filter { $0.subject == .candidate }.count
      let parts = ["pawl \(head.version)", head.workflow, Numbers.plural(total, "stage"), note].compactMap { $0 }
      say(parts.joined(separator: " · "))
    case .attemptStarted, .attemptSpawned: break
    case .attemptFailed(let id, let attempt, let exit, let number, let wait):
      let line = Wording.line(number, of: id, in: record)
      say("attempt \(attempt) of \(id.name): \(Wording.cause(exit, in: line)); again in \(Numbers.duration(wait))")
    case .stageSettled(let id, _):
      if let entry = record[id] { settle(entry, at: event.time) }
    case .gateJudged(_, let result): judge(result)
    case .baselineMoved(let change): say("promoted to \(change.name): \(change.folder)")
    case .promotionRefused(let diagnostic): diagnose(diagnostic)
    case .diagnosed(let diagnostic): diagnose(diagnostic)
    case .cancelRequested(let signal):
      say("stopping, \(Wording.signal(signal)): what runs has its grace to save its work")
    case .runFinished(_, let status):
      let remarks = Wording.remarks(record).map { ", \($0)" } ?? ""
      say("\(Wording.closing(record))\(remarks), exit \(status.code)")
    }
  }

  package mutating func tick(_ alive: [Progress], _ record: RunRecord) {
    for progress in alive where progress.elapsed.isFinite {
      let now = Int(min(max(0, progress.elapsed), 1e9)) / 60
      guard now > minutes[progress.stage] ?? 0 else { continue }
      minutes[progress.stage] = now
      let about = progress.forecast.map { " of about \(Numbers.duration($0))" } ?? ""
      let last = progress.lastLine.isEmpty ? "" : ": \(progress.lastLine)"
      let told = Wording.told(progress).map { ", \($0)" } ?? ""
      say("running \(progress.stage.name) \(Numbers.duration(progress.elapsed))\(about)\(told)\(last)")
    }
  }

  private func say(_ text: String) { write(Escaping.ciLine(text)) }

  private func diagnose(_ diagnostic: Diagnostic) {
    for line in DiagnosticText.render([diagnostic], Style(width: 120)) { say(line) }
  }

  private mutating func settle(_ entry: RunRecord.Entry, at time: Timestamp) {
    let isTwin = entry.planned.subject == .baseline
    if !isTwin { done += 1 }
    if entry.attempts > 0 { printLog(entry, at: time) }
    let outcome = Wording.outcome(entry)
    if isTwin {
      if case .unscorable(let fault) = entry.settlement?.outcome {
        say("\(Wording.twinTitle(entry)): cannot be scored again, \(Wording.cause(fault, in: Wording.line(entry)))")
      } else if entry.attempts > 0 {
        say("\(Wording.twinTitle(entry)): \(outcome), \(Wording.ending(entry))")
      }
      return
    }
    let ending = Wording.ending(entry)
    let why = Wording.whyBeside(entry).map { "  \($0)" } ?? ""
    say("[\(done)/\(total)] \(outcome) \(entry.planned.id.name) \(ending)\(why)")
    if let left = Wording.leftovers(entry) { say("  \(entry.planned.id.name) \(left)") }
    if case .failed(let fault) = entry.settlement?.outcome {
      for line in Wording.remedies(fault) { say("  \(line)") }
    }
  }

  private func printLog(_ entry: RunRecord.Entry, at time: Timestamp) {
    let isOpen = if case .failed = entry.settlement?.outcome { true } else { false }
    let lines = log(entry.planned.id, entry.attempts, isOpen)
    guard !lines.isEmpty else { return }
    let title = "\(entry.planned.id.name) (\(entry.seconds.map(Numbers.duration) ?? "?"))"
    open(title, entry.planned.id.name, time, isOpen)
    for line in lines { say(line) }
    close(entry.planned.id.name, time, isOpen)
  }

  /// A failed stage is never folded away.
  private func open(_ title: String, _ name: String, _ time: Timestamp, _ isOpen: Bool) {
    switch groups {
    case .gitHub where !isOpen: write("::group::" + Escaping.commandData(Escaping.terminal(title)))
    case .gitLab:
      let flag = isOpen ? "" : "[collapsed=true]"
      let mark = "section_start:\(Int(min(max(0, time.seconds), 1e12))):\(section(name))\(flag)"
      write("\u{1B}[0K\(mark)\r\u{1B}[0K\(Escaping.ciLine(title))")
    case .gitHub, .none: say(title)
    }
  }

  private func close(_ name: String, _ time: Timestamp, _ isOpen: Bool) {
    switch groups {
    case .gitHub where !isOpen: write("::endgroup::")
    case .gitLab:
      write("\u{1B}[0Ksection_end:\(Int(min(max(0, time.seconds), 1e12))):\(section(name))\r\u{1B}[0K")
    case .gitHub, .none: break
    }
  }

  /// GitLab takes letters, digits, `_`, `.` and `-` in a section's name.
  private func section(_ name: String) -> String {
    String(
      decoding: name.utf8.prefix(200).map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x2D, 0x5F: byte
        default: 0x5F
        }
      }, as: UTF8.self)
  }

  private func judge(_ result: GateResult) {
    say("\(result.name) \(result.verdict.rawValue) (\(Wording.tally(result)))")
    for line in [Wording.pin(result)].compactMap({ $0 }) + Wording.differences(result) { say("  \(line)") }
    for judgement in result.judgements where judgement.verdict != .pass && judgement.verdict != .notJudged {
      say("  \(Wording.mark(judgement.verdict)) \(Wording.message(judgement))")
    }
    for line in Wording.looks(result) { say("  \(line)") }
  }
}
