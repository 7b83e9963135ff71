import CPawlSystem
import Glibc
import PawlCore

/// The log of a job: head and tail kept, the middle replaced by a line that counts what was left out.
///
/// It is a readable log at any moment: bytes go straight to the file, and when it is half as large again as the limit
/// the middle is taken out in place. So a printed gigabyte costs no memory, and each byte is written twice at most on
/// average.
struct LogFile {
  private let path: String
  private let limit: Int
  private let disk: Disk
  private var file: Int32?
  /// Where the kept head ends, once that is known.
  private var headEnd: Int?
  private var size = 0
  private var leftOut = 0
  private var noteLength = 0
  /// Bytes that came, those among them that were taken out again.
  private var appended = 0
  private var times: TimesFile
  private(set) var problem: Diagnostic?

  /// - Parameters:
  ///   - limit: bytes of the finished file at most.
  ///   - times: where it is noted when which part came.
  init(_ path: String, limit: Int, on disk: Disk, times: TimesFile = TimesFile(nil, began: Timestamp(0))) {
    self.path = path
    self.disk = disk
    self.limit = max(512, limit)
    self.times = times
  }

  /// Bytes in the file so far.
  var bytes: Int { size }

  mutating func append(_ bytes: [UInt8]) {
    if bytes.isEmpty || problem != nil { return }
    do throws(Errno) {
      let file = try opened()
      // Slices, so that a chunk far beyond the limit is cut as it comes.
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = rest.prefix(max(1, limit + limit / 2 - size))
        try disk.write(file, part, at: path)
        size += part.count
        appended += part.count
        rest = rest.dropFirst(part.count)
        if size >= limit + limit / 2 { try takeOutMiddle(file) }
      }
    } catch {
      fail(error)
    }
  }

  /// Notes that all so far had come so many milliseconds after the job's start.
  mutating func note(_ milliseconds: Int, isLast: Bool = false) {
    times.note(LogTimes.Mark(end: appended, milliseconds: milliseconds), isLast: isLast)
  }

  /// Brings the file to its limit and closes it.
  mutating func finish() {
    defer { times.finish() }
    guard let file else { return }
    do throws(Errno) {
      if problem == nil, size > limit { try takeOutMiddle(file) }
    } catch {
      fail(error)
    }
    close(file)
    self.file = nil
  }

  private mutating func fail(_ error: Errno) {
    problem = Failure("write the log", path, error).warnings().first
  }

  private mutating func opened() throws(Errno) -> Int32 {
    if let file { return file }
    let raw = try disk.open(writing: path, O_RDWR | O_CREAT | O_TRUNC).give()
    file = raw
    return raw
  }

  /// Keeps the head, a note, and as much of the end as the limit allows, cut at line ends where there are some near.
  private mutating func takeOutMiddle(_ file: Int32) throws(Errno) {
    let head: Int
    if let headEnd { head = headEnd } else { head = try findHead(file) }
    headEnd = head
    times.beginCut()
    let start = head + noteLength
    let room = max(0, limit - head - 96)
    var from = max(start, size - room)
    // The tail begins after a line end if one is near, else within a line.
    let probe = try Call.read(file, at: from, min(4096, room / 4, size - from))
    if let end = probe.firstIndex(of: 0x0a), end + 1 < probe.count { from += end + 1 }
    leftOut += from - start
    let note = Array("[pawl: \(leftOut) bytes left out here, log-limit is \(limit) bytes]\n".utf8)
    let full =
      (head > 0 ? try Call.read(file, at: head - 1, 1) != [0x0a] : false) ? [0x0a] + note : note
    try put(file, full, at: head)
    var to = head + full.count
    // The source lies behind the target, since at least a note's length is taken out each time.
    while from < size {
      let part = try Call.read(file, at: from, min(1 << 20, size - from))
      if part.isEmpty { break }
      try put(file, part, at: to)
      from += part.count
      to += part.count
    }
    try disk.allow(.truncate, path)
    if ftruncate(file, off_t(to)) != 0 { throw Errno(errno) }
    if lseek(file, off_t(to), SEEK_SET) < 0 { throw Errno(errno) }
    noteLength = full.count
    size = to
    times.endCut(LogCut(head: head, noteLength: noteLength, leftOut: leftOut))
  }

  private func findHead(_ file: Int32) throws(Errno) -> Int {
    let half = limit / 2 - 96 / 2
    let window = min(4096, half)
    let end = try Call.read(file, at: half - window, window)
    guard let line = end.lastIndex(of: 0x0a) else { return half }
    return half - window + line + 1
  }

  private func put(_ file: Int32, _ bytes: [UInt8], at offset: Int) throws(Errno) {
    if lseek(file, off_t(offset), SEEK_SET) < 0 { throw Errno(errno) }
    try disk.write(file, bytes, at: path)
  }
}
