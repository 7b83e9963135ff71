package import PawlCore

extension Terminal {
  private static let nameColumns = 26

  /// The first lines of a run: workflow, stages, and the baseline at the right where there is room.
  ///
  /// - Parameters:
  ///   - stages: how many a user counts, twins not among them.
  ///   - note: what else is to be said, such as `2 kept from the run that was stopped 1 min ago (e01c77)`.
  ///   - now: for "3 days ago"; without it the date is written.
  package static func banner(
    _ head: RunHead, stages: Int, baseline: BaselineUse? = nil, note: String? = nil, now: Timestamp? = nil, style: Style
  ) -> [String] {
    let name = safe(head.workflow, style)
    let count = Numbers.plural(stages, "stage") + (head.jobs > 1 ? ", \(head.jobs) at a time" : "")
    let left = "\(name)  " + count
    var lines: [String] = []
    if let baseline {
      let right = safe(use(baseline, now), style)
      let gap = style.width - Columns.width(left) - Columns.width(right)
      if gap >= 2 {
        lines = [
          style.paint(name, .bold) + "  \(count)" + String(repeating: " ", count: gap) + style.paint(right, .dim)
        ]
      } else {
        lines = [style.paint(name, .bold) + "  \(count)"]
        lines += Columns.wrap(right, style.width, indent: "  ", later: "    ").map { style.paint($0, .dim) }
      }
    } else {
      lines = [style.paint(name, .bold) + "  \(count)"]
    }
    if let about = note { lines += Columns.wrap(safe(about, style), style.width, indent: "  ", later: "    ") }
    return lines
  }

  private static func use(_ baseline: BaselineUse, _ now: Timestamp?) -> String {
    let run = baseline.run.map { "run \(Wording.short($0))" }
    let when = baseline.time.map { time in now.map { Numbers.ago(time, now: $0) } ?? time.forReports }
    let facts = [run, when, baseline.commit.map { Wording.short($0) }].compactMap { $0 }
    return "baseline \(baseline.name)" + (facts.isEmpty ? "" : "  " + facts.joined(separator: ", "))
  }

  /// Instead of a line for each stage when nothing had to run: `penguins  8 stages, all up to date ↻    12 ms`.
  package static func upToDate(_ head: RunHead, stages: Int, seconds: Double, style: Style) -> [String] {
    let left = safe("\(head.workflow)  \(Numbers.plural(stages, "stage")), all up to date ↻", style)
    let right = Numbers.duration(seconds)
    let gap = max(2, style.width - Columns.width(left) - Columns.width(right))
    return [left + String(repeating: " ", count: gap) + right]
  }

  /// One settled stage: mark, name, how it ended, why it ran, what its baseline half did.
  ///
  /// A gate that has judged has a block of its own and no line, when the record is given.
  ///
  /// - Parameter isAlive: the run goes on, so that what has no end yet has begun or waits.
  package static func stageLine(
    _ entry: RunRecord.Entry, in record: RunRecord? = nil, isAlive: Bool = false, style: Style
  ) -> [String] {
    if let record, entry.attempts == 0, record.gates.contains(where: { $0.name == entry.planned.id.name }) { return [] }
    let (sign, paint) = sign(entry)
    let name = safe(entry.planned.id.name, style)
    let twin = record.flatMap { Wording.twin(entry, in: $0) }
    let why = Wording.whyBeside(entry)
    let ending = safe(Wording.ending(entry, isAlive: isAlive), style)
    let left = Wording.leftovers(entry)
    let rest = [ending, twin.map { safe($0, style) }, why.map { safe($0, style) }, left.map { safe($0, style) }]
      .compactMap { $0 }
    let start = "  " + style.mark(sign, paint) + " "
    let startWidth = 3 + style.markWidth
    let padded = Columns.pad(name, nameColumns)
    let whole =
      padded + " " + Columns.pad(rest[0], rest.count > 1 ? 5 : 0) + rest.dropFirst().map { "   " + $0 }.joined()
    if startWidth + Columns.width(whole) <= style.width { return [start + Columns.trimmed(whole)] }
    let indent = String(repeating: " ", count: startWidth + 2)
    let first = padded + " " + rest[0]
    var lines: [String]
    if startWidth + Columns.width(first) <= style.width {
      lines = [start + first]
    } else {
      lines = [start + name] + Columns.wrap(rest[0], style.width, indent: indent)
    }
    for part in rest.dropFirst() { lines += Columns.wrap(part, style.width, indent: indent) }
    return lines
  }

  static func sign(_ entry: RunRecord.Entry) -> (String, Style.Paint) {
    switch entry.settlement?.outcome {
    case .succeeded: ("✓", .good)
    case .reused: ("↻", .good)
    case .unscorable: ("!", .doubt)
    case .failed(.exit(.stopped)): ("–", .doubt)
    case .failed, .rejected: ("✗", .bad)
    case .skipped: ("–", .dim)
    case nil: ("–", .dim)
    }
  }

  /// A failed stage with the end of its log, and where the whole of it is.
  ///
  /// - Parameters:
  ///   - logFile: the log, as the user can open it.
  ///   - lines: how many of the last lines are shown.
  package static func failure(
    _ entry: RunRecord.Entry, logFile: String? = nil, lines: Int = 20, style: Style
  ) -> [String] {
    var result = stageLine(entry, style: style)
    let tail = Wording.tail(entry)
    let bar = style.paint(style.spell("│"), .dim)
    if tail.count > lines {
      result.append("      \(bar) " + safe("… \(Numbers.plural(tail.count - lines, "line")) before", style))
    }
    for line in tail.suffix(max(0, lines)) {
      result.append(Columns.trimmed("      \(bar) " + Columns.cut(style.spell(Escaping.logLine(line)), 1_000)))
    }
    if case .failed(let fault) = entry.settlement?.outcome { result += remedies(fault, style) }
    guard entry.attempts > 0 else { return result }
    let full = "full: pawl log latest \(ShellWord.quoted(Escaping.terminal(entry.planned.id.name)))"
    guard let logFile else { return result + ["      " + safe(full, style)] }
    let both = "      log  \(safe(logFile, style))   \(safe(full, style))"
    if Columns.width(both) <= style.width { return result + [both] }
    return result + ["      log  \(safe(logFile, style))", "      " + safe(full, style)]
  }

  private static func remedies(_ fault: StageFault, _ style: Style) -> [String] {
    Wording.remedies(fault).flatMap { Columns.wrap(safe($0, style), style.width, indent: "      ") }
  }

  /// Every stage that was not run, each with its reason.
  package static func notRun(_ record: RunRecord, style: Style) -> [String] {
    record.shownEntries.filter { entry in
      switch entry.settlement?.outcome {
      case .skipped: true
      case .succeeded, .reused, .unscorable, .failed, .rejected, nil: false
      }
    }.flatMap { stageLine($0, style: style) }
  }

  /// The last lines of a run: verdict, time, run, report, and what to type next.
  ///
  /// - Parameter reportFolder: where reports were written, as the user names it; nil when none were.
  package static func closing(_ record: RunRecord, reportFolder: String? = nil, style: Style) -> [String] {
    let end = Wording.conclusion(record)
    let status = end.status.code
    let facts = [
      Wording.remarks(record), record.head?.id.map { "run \(Wording.short($0))" },
      reportFolder.map { "report \(Paths.join($0, "report.html"))" },
      // Of a run that was killed the status is another's word, not what its caller saw.
      status == 0 || Wording.isInterrupted(record) ? nil : "exit \(status)",
    ]
    let first = Wording.closing(record)
    let parts = ([first] + facts.compactMap { $0 }).map { safe($0, style) }
    let wrapped = Columns.wrap(parts[0], style.width, later: "  ")
    var lines = wrapped.map { style.paint($0, Style.paint(end.verdict)) }
    var used = wrapped.last.map(Columns.width) ?? 0
    for part in parts.dropFirst() {
      if used + 3 + Columns.width(part) > style.width {
        lines.append("  " + part)
        used = 2 + Columns.width(part)
      } else {
        lines[lines.count - 1] += "   " + part
        used += 3 + Columns.width(part)
      }
    }
    // That another `pawl` was waited for was news while it lasted.
    let lasting = record.diagnostics.filter { $0.code != "engine.waiting" }
    for diagnostic in lasting + [record.refusal].compactMap({ $0 }) {
      lines += DiagnosticText.render([diagnostic], style)
    }
    if Wording.isInterrupted(record), let file = record.head?.file, !file.isEmpty {
      lines.append(safe("go on with what is kept:  pawl run \(ShellWord.quoted(file))", style))
    }
    for change in record.changes {
      lines += Columns.wrap(safe("promoted to \(change.name): \(change.folder)", style), style.width, later: "  ")
    }
    if end.verdict == .passed, status == 0, record.changes.isEmpty, record.refusal == nil, !record.gates.isEmpty,
      record.gates.allSatisfy({ $0.baseline?.record != nil }),
      let id = record.head?.id
    {
      lines.append(safe("promote it:  pawl baseline promote run:\(Wording.short(id))", style))
    }
    return lines
  }
}

/// A word for a POSIX shell.
enum ShellWord {
  static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_-./:=,@%+[]".utf8.contains(byte)
        }
      }
    return isPlain ? text : "'" + Escaping.substitute("'", by: "'\\''", in: text) + "'"
  }
}
