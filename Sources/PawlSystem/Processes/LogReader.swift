import Glibc

/// Reads a log from its beginning on, also while another process writes it: each byte once, in order, and what was
/// taken out of its middle as a note.
package struct LogReader {
  /// A part of a log.
  package struct Part: Sendable, Hashable {
    package var bytes: [UInt8]
    /// Where it begins, counted in what was printed.
    package var offset: Int
    /// A note of Pawl's in place of what was left out.
    package var isNote = false
  }

  private let log: String
  private let times: String
  /// What has been read of what was printed.
  private var position = 0
  private static let chunk = 1 << 18

  /// - Parameters:
  ///   - log: absolute; it need not exist yet.
  ///   - times: the file of its times, absolute; need not exist.
  package init(log: String, times: String) {
    self.log = log
    self.times = times
  }

  /// The next part; nil when there is no more now.
  ///
  /// `isOver` says that nobody writes any more, so that a writer that died in the middle of a change is not waited for.
  package mutating func next(isOver: Bool) -> Part? {
    // The log may be changed while it is read: then the head's revision has moved, and it is read again.
    for _ in 0..<50 {
      let head = readHead()
      if !isOver, let head, head.revision % 2 == 1 {
        usleep(20_000)
        continue
      }
      let found = part(head?.cut ?? LogCut())
      guard isOver || readHead()?.revision == head?.revision else { continue }
      guard let (part, end) = found else { return nil }
      position = end
      return part
    }
    return nil
  }

  /// The times so far; nil when none are kept.
  package func readTimes() -> LogTimes? {
    guard let file = try? Call.open(times, O_RDONLY), let bytes = try? Call.readAll(file.raw) else { return nil }
    return LogTimes(bytes)
  }

  private func readHead() -> LogTimes.Head? {
    guard let file = try? Call.open(times, O_RDONLY),
      let bytes = try? Call.read(file.raw, at: 0, LogTimes.Head.length)
    else { return nil }
    return LogTimes.Head(bytes)
  }

  /// What stands next in the log, and the position behind it.
  private func part(_ cut: LogCut) -> (Part, Int)? {
    guard let file = try? Call.open(log, O_RDONLY) else { return nil }
    func read(_ from: Int, _ count: Int) -> [UInt8]? {
      guard let bytes = try? Call.read(file.raw, at: from, count), !bytes.isEmpty else { return nil }
      return bytes
    }
    // Times that could not be written any more may tell of another cut than the log has.
    let sign = "[pawl: \(cut.leftOut) bytes left out here"
    let fits = read(cut.head, cut.noteLength).map { String(decoding: $0, as: UTF8.self).contains(sign) } ?? false
    let cut = cut.leftOut > 0 && fits ? cut : LogCut()
    if cut.leftOut > 0, position >= cut.head, position < cut.tail {
      // All of the gap is new to this reader, or a part of it that it did not see in time.
      let missed = cut.tail - position
      let note =
        missed == cut.leftOut
        ? read(cut.head, cut.noteLength) ?? [] : Array("\n[pawl: \(missed) bytes left out here]\n".utf8)
      return (Part(bytes: note, offset: position, isNote: true), cut.tail)
    }
    let isTail = cut.leftOut > 0 && position >= cut.tail
    let room = cut.leftOut > 0 && !isTail ? min(LogReader.chunk, cut.head - position) : LogReader.chunk
    guard let bytes = read(isTail ? position - cut.leftOut + cut.noteLength : position, room) else { return nil }
    return (Part(bytes: bytes, offset: position), position + bytes.count)
  }
}
