import Glibc
package import PawlCore
import PawlSystem

/// What a running stage says of itself: the last line that it printed, and what its `::pawl` lines told.
///
/// Signs of life only: replaced as they come, never logged. Of a chunk only the last 16 KiB are looked at.
package struct LastLine: Sendable {
  fileprivate struct State: Sendable {
    /// The line that has no end yet, cut to `longest`.
    var open: [UInt8] = []
    /// Bytes of the open line were left out: it cannot be a sign any more.
    var isCut = false
    /// The last line that was ended and is for people.
    var shown: [UInt8] = []
    var sign = ProgressSign()
  }

  private let state = Guarded(State())
  /// A screen line is short: what is longer than this is cut anyway.
  fileprivate static let longest = 400
  private static let reach = 1 << 14

  package init() {}

  /// Forgets everything: another attempt begins.
  package func begin() { state.change { $0 = State() } }

  /// Takes a chunk of output as it comes; a line may be split between chunks.
  package func take(_ chunk: [UInt8]) {
    state.change { state in
      var rest = chunk[...]
      if rest.count > LastLine.reach {
        rest = rest.suffix(LastLine.reach)
        // What was open is far behind, and this begins within a line.
        state.open = []
        state.isCut = true
      }
      var last: ArraySlice<UInt8>?
      while let end = LastLine.lineEnd(rest) {
        let line = rest[..<end]
        rest = rest[(end + 1)...]
        if !state.open.isEmpty || state.isCut {
          state.grow(line)
          state.close()
          last = nil
        } else if line.first == UInt8(ascii: ":"), ProgressSign.isSign(line) {
          state.sign.take(line)
        } else if !line.isEmpty {
          last = line
        }
      }
      if let last { state.shown = Array(last.prefix(LastLine.longest)) }
      state.grow(rest)
    }
  }

  /// The last line for people, decoded with repair; empty before anything was printed.
  package var text: String {
    state.change { state in
      let hidden = state.open.isEmpty || ProgressSign.mayBecomeSign(state.open)
      return String(decoding: hidden ? state.shown : state.open, as: UTF8.self)
    }
  }

  /// Adds what the stage said to its signs of life.
  package func tell(_ progress: inout Progress) {
    progress.lastLine = text
    let sign = state.change { $0.sign }
    (progress.done, progress.total, progress.metrics) = (sign.done, sign.total, sign.metrics)
  }

  /// Where the first line of a chunk ends; a carriage return ends a line too, as bars that redraw themselves print it.
  private static func lineEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var count = buffer.count
      if let found = memchr(base, 0x0A, count) { count = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found)) }
      if let found = memchr(base, 0x0D, count) {
        return bytes.startIndex + UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
      }
      return count < buffer.count ? bytes.startIndex + count : nil
    }
  }
}

extension LastLine.State {
  fileprivate mutating func grow(_ part: ArraySlice<UInt8>) {
    let room = max(0, LastLine.longest - open.count)
    if part.count > room { isCut = true }
    open += part.prefix(room)
  }

  fileprivate mutating func close() {
    if ProgressSign.isSign(open[...]) {
      if !isCut { sign.take(open[...]) }
    } else if !open.isEmpty {
      shown = open
    }
    open = []
    isCut = false
  }
}

/// What `::pawl progress 40/200 loss=0.31`, `::pawl progress 0.2` and `::pawl metric loss=0.31 acc=0.9` told so far.
///
/// A stage's output is foreign: what is not exactly this is ignored, whole line by whole line or word by word.
package struct ProgressSign: Sendable, Hashable {
  package private(set) var done: Double?
  package private(set) var total: Double?
  /// In the order in which they were first told; at most `mostMetrics`.
  package private(set) var metrics: [Progress.Metric] = []

  package static let mostMetrics = 4
  private static let longestName = 32
  private static let longestNumber = 32
  private static let most = 1e15
  private static let start = Array("::pawl ".utf8)

  package init() {}

  static func isSign(_ line: ArraySlice<UInt8>) -> Bool { line.starts(with: start) }

  /// Whether a line without its end is a sign, or the first bytes of one.
  static func mayBecomeSign(_ open: [UInt8]) -> Bool {
    open.count < start.count ? start.starts(with: open) : open.starts(with: start)
  }

  /// Takes one line without its end.
  package mutating func take(_ line: ArraySlice<UInt8>) {
    let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" }
    guard words.count >= 3, words[0] == "::pawl" else { return }
    var rest = words[2...]
    switch words[1] {
    case "progress":
      guard let (done, total) = ProgressSign.share(words[2]) else { return }
      (self.done, self.total) = (done, total)
      rest = rest.dropFirst()
    case "metric": break
    case _: return
    }
    for word in rest { note(word) }
  }

  private mutating func note(_ word: Substring) {
    guard let equals = word.firstIndex(of: "=") else { return }
    let name = word[..<equals]
    guard ProgressSign.isName(name), let value = ProgressSign.value(word[word.index(after: equals)...]) else { return }
    if let index = metrics.firstIndex(where: { $0.name == name }) {
      metrics[index].value = value
    } else if metrics.count < ProgressSign.mostMetrics {
      metrics.append(.init(String(name), value))
    }
  }

  /// `40/200`, or a share from 0 to 1.
  private static func share(_ word: Substring) -> (Double, Double?)? {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false)
    guard let first = parts.first, let done = number(first), done >= 0, done <= most else { return nil }
    if parts.count == 1 { return done <= 1 ? (done, nil) : nil }
    guard parts.count == 2, let total = number(parts[1]), total > 0, total <= most else { return nil }
    return (done, total)
  }

  private static func isName(_ name: Substring) -> Bool {
    guard !name.isEmpty, name.unicodeScalars.count <= longestName else { return false }
    return name.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_-./@%".unicodeScalars.contains(scalar)
    }
  }

  private static func value(_ text: Substring) -> Double? {
    switch text.lowercased() {
    case "nan": .nan
    case "inf", "+inf", "infinity": .infinity
    case "-inf", "-infinity": -.infinity
    case _: number(text)
    }
  }

  /// A decimal number as programs print it; nothing that is not finite.
  private static func number(_ text: Substring) -> Double? {
    let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
    guard isPlain, text.utf8.count <= longestNumber, let value = Double(text), value.isFinite else { return nil }
    return value
  }
}
