import Glibc
import PawlCore

/// Writes the times of a log while it grows (`LogTimes`): nothing for a log that came at once at its end.
///
/// It is a comfort: when it cannot be written it ends where it is, and the log goes on.
struct TimesFile {
  private let path: String?
  private let disk: Disk
  private let limit: Int
  private var file: Int32?
  private var head: LogTimes.Head
  private var last = LogTimes.Mark(end: 0, milliseconds: 0)
  private var size = 0
  /// Milliseconds between two records at least; grows when the file does.
  private var spacing = 0
  private var isBroken = false

  /// - Parameters:
  ///   - path: nil to keep no times.
  ///   - limit: bytes of the file; when there are more, moments that lie close together become one.
  init(_ path: String?, began: Timestamp, limit: Int = 1 << 20, on disk: Disk = Disk(root: "/")) {
    self.path = path
    self.disk = disk
    self.limit = max(256, limit)
    head = LogTimes.Head(began: Int(max(0, min(began.seconds, 1e11)) * 1000))
  }

  /// Notes that what was printed before `mark.end` has come; to be called on every look, also when nothing came.
  mutating func note(_ mark: LogTimes.Mark, isLast: Bool) {
    guard mark.end > last.end else { return }
    if isLast ? file == nil : spacing > 0 && mark.milliseconds - last.milliseconds < spacing { return }
    let opened = open()
    let record = LogTimes.records([mark], after: last)
    write(opened + record)
    last = mark
    if size > limit { thin() }
  }

  /// Says that the log's middle is being taken out, so that a reader waits.
  mutating func beginCut() {
    let opened = open()
    if !opened.isEmpty { write(opened) }
    head.revision |= 1
    rewriteHead()
  }

  mutating func endCut(_ cut: LogCut) {
    head.cut = cut
    head.revision = (head.revision | 1) &+ 1
    rewriteHead()
  }

  mutating func finish() {
    if let file { close(file) }
    file = nil
  }

  /// The head's bytes when the file has just been made, which go out with what follows.
  private mutating func open() -> [UInt8] {
    guard file == nil, !isBroken, let path else { return [] }
    do throws(Errno) {
      file = try make(path)
      return head.bytes
    } catch {
      isBroken = true
      return []
    }
  }

  /// The folder is made with the first file: most runs need none.
  private func make(_ path: String) throws(Errno) -> Int32 {
    do throws(Errno) {
      return try disk.open(writing: path, O_RDWR | O_CREAT | O_TRUNC).give()
    } catch  where error.meansAbsent {
      try disk.makeFolders(Disk.folder(of: path))
      return try disk.open(writing: path, O_RDWR | O_CREAT | O_TRUNC).give()
    } catch {
      throw error
    }
  }

  private mutating func write(_ bytes: [UInt8]) {
    guard let file else { return }
    do throws(Errno) {
      try disk.write(file, bytes, at: path ?? "")
      size += bytes.count
    } catch {
      stop()
    }
  }

  private mutating func rewriteHead() {
    guard let file else { return }
    let bytes = head.bytes
    // In one call and within one page, so that a reader has the old or the new.
    let count = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
    if count != bytes.count { stop() }
  }

  private mutating func stop() {
    finish()
    isBroken = true
  }

  /// Halves the file at least: what lies in the log's gap goes, then moments closer together than a growing span.
  private mutating func thin() {
    guard let old = file, let path else { return }
    do throws(Errno) {
      guard var marks = LogTimes(try Call.read(old, at: 0, size))?.marks else { throw Errno(EINVAL) }
      marks = TimesFile.outside(head.cut, marks)
      while LogTimes.records(marks).count > limit / 2, marks.count > 1 {
        spacing = max(200, 2 * spacing)
        marks = TimesFile.thinned(marks, spacing)
      }
      // A name that no stage's times can have.
      let temporary = path + "~"
      let new = try disk.open(writing: temporary, O_RDWR | O_CREAT | O_TRUNC)
      let bytes = head.bytes + LogTimes.records(marks)
      try disk.write(new.raw, bytes, at: temporary)
      try disk.allow(.rename, path)
      if rename(temporary, path) != 0 { throw Errno(errno) }
      size = bytes.count
      file = new.give()
      close(old)
    } catch {
      stop()
    }
  }

  /// The marks without those that end within the gap, its last one aside, which says where the tail begins.
  static func outside(_ cut: LogCut, _ marks: [LogTimes.Mark]) -> [LogTimes.Mark] {
    let gap = (cut.head + 1)...max(cut.head + 1, cut.tail)
    return marks.indices.filter { index in
      let next = index + 1 < marks.count ? marks[index + 1].end : .max
      return !gap.contains(marks[index].end) || !gap.contains(next)
    }.map { marks[$0] }
  }

  /// The marks without those whose bytes may count as the next mark's: that is `spacing` milliseconds late at most.
  static func thinned(_ marks: [LogTimes.Mark], _ spacing: Int) -> [LogTimes.Mark] {
    var kept: [LogTimes.Mark] = []
    var before = Int.min / 2
    for index in marks.indices {
      let isLast = index == marks.count - 1
      if !isLast, marks[index + 1].milliseconds - before <= spacing { continue }
      kept.append(marks[index])
      before = marks[index].milliseconds
    }
    return kept
  }
}
