import PawlCore
import PawlSystem

/// A stage's log as lines, decoded with repair.
enum LogText {
  /// The last lines of a log; none when it does not exist.
  static func lines(_ disk: Disk, _ path: String, last count: Int) -> [String] {
    guard let bytes = (try? disk.read(path)) ?? nil else { return [] }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let whole = bytes.last == 0x0A ? lines.dropLast() : lines[...]
    return whole.lazy.filter { !isSign($0) }.suffix(count).map { line in
      // Of a line that was overwritten only the last frame is what a person saw.
      let frames = line.split(separator: 0x0D)
      let shown = frames.last ?? []
      let left = shown.count - longest
      let cut = left > 0 ? " … \(left) bytes more" : ""
      return String(decoding: shown.prefix(longest), as: UTF8.self) + cut
    }
  }

  /// A line that no screen shows whole; `pawl log` has all of it.
  private static let longest = 8_000

  /// `::pawl progress …`: a sign of life for a bar, not a line for people.
  private static func isSign(_ line: ArraySlice<UInt8>) -> Bool { line.starts(with: Array("::pawl ".utf8)) }
}
