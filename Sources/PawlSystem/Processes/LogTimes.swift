/// When the bytes of a log came, as kept in a small file beside the log.
///
/// The file is a head of 40 bytes (`LogTimes.Head`), then records that are only ever appended: how many bytes came, and
/// how many milliseconds after the record before, each as a varint (LEB128). Offsets count what was printed, masked, not
/// what the log still holds: so a middle that is taken out of the log moves no record. A torn record at the end is left
/// out.
///
/// A log has no such file when all of it came at once, at the end of its attempt.
package struct LogTimes: Sendable, Hashable {
  /// The bytes before `end` and behind the mark before had come at this moment.
  package struct Mark: Sendable, Hashable {
    package var end: Int
    /// Since the attempt began.
    package var milliseconds: Int

    package init(end: Int, milliseconds: Int) {
      self.end = end
      self.milliseconds = milliseconds
    }
  }

  package var head: Head
  /// In the order of the bytes.
  package private(set) var marks: [Mark]

  package init(head: Head, marks: [Mark]) {
    self.head = head
    self.marks = marks
  }

  /// Nil when the bytes are no such file.
  package init?(_ bytes: [UInt8]) {
    guard let head = Head(bytes) else { return nil }
    self.init(head: head, marks: [])
    var rest = bytes.dropFirst(Head.length)
    var (end, time) = (0, 0)
    while let count = LogTimes.number(&rest), let pause = LogTimes.number(&rest) {
      (end, time) = (end &+ count, time &+ pause)
      // What was written by nobody of ours could wrap around.
      guard end >= marks.last?.end ?? 0, time >= marks.last?.milliseconds ?? 0 else { return }
      marks.append(Mark(end: end, milliseconds: time))
    }
  }

  /// When the byte at an offset of what was printed had come; nil behind the last mark.
  package func milliseconds(at offset: Int) -> Int? {
    var (low, high) = (0, marks.count)
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].end > offset { high = middle } else { low = middle + 1 }
    }
    return low < marks.count ? marks[low].milliseconds : nil
  }

  /// The records of marks behind one that is there already.
  static func records(_ marks: some Sequence<Mark>, after first: Mark = Mark(end: 0, milliseconds: 0)) -> [UInt8] {
    var bytes: [UInt8] = []
    var last = first
    for mark in marks {
      put(mark.end - last.end, &bytes)
      put(mark.milliseconds - last.milliseconds, &bytes)
      last = mark
    }
    return bytes
  }

  private static func put(_ number: Int, _ bytes: inout [UInt8]) {
    var rest = UInt(max(0, number))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Nil when no whole number is left.
  private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
    var value: UInt = 0
    for (index, byte) in rest.prefix(9).enumerated() {
      value |= UInt(byte & 0x7f) << UInt(7 * index)
      if byte < 0x80 {
        rest = rest.dropFirst(index + 1)
        return Int(value)
      }
    }
    return nil
  }
}

extension LogTimes {
  /// The beginning of the file: `pawltim1`, then little-endian numbers.
  package struct Head: Sendable, Hashable {
    static let length = 40
    private static let magic = Array("pawltim1".utf8)

    /// When the attempt began, in milliseconds since 1970.
    package var began: Int
    /// Grows with each change of `cut`; odd while the log's middle is being taken out.
    package var revision: UInt32 = 0
    /// What is no longer in the log.
    package var cut = LogCut()

    package init(began: Int) { self.began = began }

    package init?(_ bytes: [UInt8]) {
      guard bytes.count >= Head.length, bytes.starts(with: Head.magic) else { return nil }
      func number(_ start: Int, _ count: Int) -> Int {
        bytes[start..<(start + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
      }
      began = max(0, number(8, 7))
      revision = UInt32(number(16, 4))
      cut = LogCut(head: number(24, 7), noteLength: number(20, 4), leftOut: number(32, 7))
    }

    var bytes: [UInt8] {
      func put(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      }
      return Head.magic + put(began, 8) + put(Int(revision), 4) + put(cut.noteLength, 4) + put(cut.head, 8)
        + put(cut.leftOut, 8)
    }
  }
}

/// What was taken out of a log's middle: behind a head of `head` bytes stands a note, which stands for `leftOut` bytes.
package struct LogCut: Sendable, Hashable {
  package var head = 0
  package var noteLength = 0
  package var leftOut = 0

  /// Where the kept tail begins, counted in what was printed.
  package var tail: Int { head + leftOut }
}
