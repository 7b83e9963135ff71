import Glibc
import PawlCore
import PawlEngine
import PawlSystem

/// The log of one attempt of a stage, with the time of every byte.
struct AttemptLog {
  private var reader: LogReader
  private var times: LogTimes?

  init(_ stage: StageID, _ attempt: Int, in folder: RunFolder, _ disk: Disk) {
    reader = LogReader(
      log: disk.absolute(folder.logPath(stage, attempt: attempt)),
      times: disk.absolute(folder.timesPath(stage, attempt: attempt)))
  }

  /// Prints what came since the last time; whether anything did.
  mutating func print(_ printer: inout LogPrinter, _ attempt: RunFollower.Attempt, isOver: Bool) -> Bool {
    var hasAny = false
    while let part = reader.next(isOver: isOver) {
      hasAny = true
      if printer.needsTimes, times == nil || !isOver { times = reader.readTimes() }
      printer.write(part.bytes) { index in
        moment(part.isNote ? part.offset : part.offset + index, attempt)
      }
    }
    return hasAny
  }

  /// When a byte came: as it was noted, else with the attempt's end, else now, as of one that came a moment ago.
  private func moment(_ offset: Int, _ attempt: RunFollower.Attempt) -> LogMoment {
    let began = times.map { Double($0.head.began) / 1_000 } ?? attempt.began?.seconds
    let time: Double
    if let times, let noted = times.milliseconds(at: offset) {
      time = Double(times.head.began + noted) / 1_000
    } else {
      time = (attempt.ended ?? WallClock.now()).seconds
    }
    return LogMoment(time: Timestamp(time), seconds: max(0, time - (began ?? time)))
  }

  // MARK: At its pace

  /// The longest pause of a replay, in seconds.
  static let longestPause = 2.0

  /// Prints all of it at the pace at which it came, `speed` times as fast, no pause longer than two seconds.
  mutating func replay(_ printer: inout LogPrinter, _ attempt: RunFollower.Attempt, speed: Double) -> Bool {
    var hasAny = false
    var now = 0.0
    while let part = reader.next(isOver: true) {
      if !hasAny { times = reader.readTimes() }
      hasAny = true
      for (range, offset) in pieces(part) {
        let moment = moment(offset, attempt)
        AttemptLog.pause(min(AttemptLog.longestPause, max(0, moment.seconds - now) / speed))
        now = max(now, moment.seconds)
        printer.write(Array(part.bytes[range])) { _ in moment }
      }
    }
    return hasAny
  }

  /// A part cut where the marks are, each piece with an offset by which its time is found.
  private func pieces(_ part: LogReader.Part) -> [(Range<Int>, Int)] {
    let end = part.offset + part.bytes.count
    var pieces: [(Range<Int>, Int)] = []
    var start = 0
    for mark in part.isNote ? [] : times?.marks ?? [] where mark.end > part.offset && mark.end < end {
      pieces.append((start..<(mark.end - part.offset), part.offset + start))
      start = mark.end - part.offset
    }
    pieces.append((start..<part.bytes.count, part.offset + start))
    return pieces
  }

  private static func pause(_ seconds: Double) {
    let end = MonotonicClock.now() + seconds
    while true {
      let left = end - MonotonicClock.now()
      if left <= 0 { return }
      usleep(UInt32(min(left, 0.5) * 1e6) + 1)
    }
  }
}
