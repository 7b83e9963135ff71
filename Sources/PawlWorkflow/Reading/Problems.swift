import PawlCore
import PawlFormats

/// What is wrong with one file, collected while it is read, and the lines that tell where.
///
/// A reference on purpose: every section of a file reports to the same list, and the list lives as long as one load.
final class Problems {
  let file: String
  private let lines: [Substring]
  private var found: [Diagnostic] = []
  private var seen: Set<Diagnostic> = []
  private var counts: [Spot: Int] = [:]

  /// Asked for again by every instance of a stage.
  private var places: [ReferencePlace: SourceLocation?] = [:]

  private struct ReferencePlace: Hashable {
    var line: Int
    var column: Int
    var number: Int
    var written: String
  }

  private struct Spot: Hashable {
    var code: String
    var location: SourceLocation
  }

  init(file: String, bytes: [UInt8]) {
    self.file = file
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    lines = String(decoding: text, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
  }

  private init(file: String, lines: [Substring]) {
    self.file = file
    self.lines = lines
  }

  var hasErrors: Bool { found.contains { $0.severity == .error } }

  /// Every instance of a stage finds the same fault: each is kept once, and few that differ only in an instance's name.
  func add(_ diagnostic: Diagnostic) {
    guard seen.insert(diagnostic).inserted else { return }
    if let location = diagnostic.location {
      counts[Spot(code: diagnostic.code, location: location), default: 0] += 1
      guard counts[Spot(code: diagnostic.code, location: location), default: 0] <= 4 else { return }
    }
    found.append(diagnostic)
  }

  func add(_ failure: Failure) {
    for diagnostic in failure.diagnostics { add(diagnostic) }
  }

  func error(
    _ code: String, _ message: String, at location: SourceLocation?, cause: String? = nil, remedy: String? = nil
  ) {
    add(Diagnostic("workflow." + code, message, at: location, cause: cause, remedy: remedy))
  }

  func warning(
    _ code: String, _ message: String, at location: SourceLocation?, cause: String? = nil, remedy: String? = nil
  ) {
    add(Diagnostic("workflow." + code, message, severity: .warning, at: location, cause: cause, remedy: remedy))
  }

  /// What another file is wrong with.
  func add(_ other: Problems, errorsOnly: Bool = false) {
    for diagnostic in other.found where !errorsOnly || diagnostic.severity == .error { add(diagnostic) }
  }

  /// In the order of their places, other files after this one; what has no place comes first.
  var sorted: [Diagnostic] {
    let places = found.enumerated().map { (index, diagnostic) in
      let place = diagnostic.location
      let other = place.map { $0.file == file ? "" : $0.file } ?? ""
      return (diagnostic, other, place?.line ?? 0, place?.column ?? 0, index)
    }
    return places.sorted { ($0.1, $0.2, $0.3, $0.4) < ($1.1, $1.2, $1.3, $1.4) }.map(\.0)
  }

  /// Where the n-th `${` of a scalar stands (0-based), nil when the file does not show it there: folded and quoted
  /// text has other columns than its content, so the file's own lines are searched.
  func location(ofReference number: Int, written: String, in scalar: SourceLocation) -> SourceLocation? {
    let reference = ReferencePlace(line: scalar.line, column: scalar.column, number: number, written: written)
    if let place = places[reference] { return place }
    let place = find(number, written, in: scalar)
    places[reference] = .some(place)
    return place
  }

  private func find(_ number: Int, _ written: String, in scalar: SourceLocation) -> SourceLocation? {
    guard scalar.file == file, scalar.line >= 1, scalar.line <= lines.count else { return nil }
    var rest = number
    var line = scalar.line - 1
    var skip = max(0, scalar.column - 1)
    while line < lines.count, line < scalar.line + 2_000 {
      let text = Array(lines[line])
      var column = skip
      while column + 1 < text.count {
        if text[column] == "$", text[column + 1] == "{" {
          if rest == 0 {
            guard text[column...].starts(with: written) else { return nil }
            return SourceLocation(
              file: file, line: line + 1, column: column + 1, length: written.count, excerpt: excerpt(line))
          }
          rest -= 1
          column += 1
        }
        column += 1
      }
      line += 1
      skip = 0
    }
    return nil
  }

  /// A list of its own over the same file, for what may fail without harm.
  func scratch() -> Problems { Problems(file: file, lines: lines) }

  private func excerpt(_ line: Int) -> String? {
    lines[line].utf8.count <= 400 ? String(lines[line]) : nil
  }
}

/// `there are: a, b, c`, the nearest first; or what to do when there are none.
func choices(_ names: [String], near word: String, none: String) -> String {
  guard !names.isEmpty else { return none }
  let nearest = Suggestion.nearest(to: word, in: names)
  if names.count > 8, let nearest { return "did you mean `\(nearest)`?" }
  let ordered = names.filter { $0 == nearest } + names.filter { $0 != nearest }
  let rest = ordered.count - 8
  return "there are: " + ordered.prefix(8).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}

/// `did you mean …?` for one of a few words, else all of them.
func didYouMean(_ word: String, among names: [String]) -> String {
  if let nearest = Suggestion.nearest(to: word, in: names) { return "did you mean `\(nearest)`?" }
  return "there are: " + names.joined(separator: ", ")
}
