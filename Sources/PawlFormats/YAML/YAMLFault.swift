import PawlCore
import Yams

/// Says in our words, at the place that helps, what the parser found wrong.
struct YAMLFault {
  private let text: SourceText

  init(_ text: SourceText) { self.text = text }

  func diagnostic(for error: YamlError) -> Diagnostic {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      return syntax(context, problem, mark)
    case .reader(let problem, let offset, _, _):
      return Diagnostic("yaml.syntax", problem, at: text.location(offset: offset ?? 0))
    case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping:
      return Diagnostic("yaml.syntax", "this is not YAML: \(error)", at: text.location(line: 1, column: 1))
    }
  }

  private func syntax(_ context: YamlError.Context?, _ problem: String, _ mark: Mark) -> Diagnostic {
    if problem == "but found another document" {
      return Diagnostic(
        "yaml.several-documents", "a second document begins here", at: place(mark),
        remedy: "keep one document in a file")
    }
    if let line = bareInterpolation(context, mark) {
      return Diagnostic(
        "yaml.syntax", "`${…}` without quotes inside `{…}` or `[…]`", at: line,
        cause: "YAML reads its braces as a map of its own", remedy: "put the value in double quotes: \"${…}\"")
    }
    let found = character(at: mark)
    switch problem {
    case "found character that cannot start any token" where found == "\t":
      return Diagnostic("yaml.syntax", "a tab cannot indent YAML", at: place(mark), remedy: "indent with spaces")
    case "found character that cannot start any token":
      let shown = found.map { "`\($0)`" } ?? "this character"
      return Diagnostic(
        "yaml.syntax", "\(shown) cannot begin a value", at: place(mark), remedy: "put the value in quotes")
    case "mapping values are not allowed in this context":
      return Diagnostic(
        "yaml.syntax", "a `:` where no key can stand", at: place(mark),
        remedy: "put a value that holds `: ` in quotes, or look at the indentation")
    case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
      return unclosed(problem, context, mark)
    case "found unexpected end of stream":
      return Diagnostic("yaml.syntax", "this quote is never closed", at: place(context?.mark ?? mark))
    case "could not find expected ':'":
      return Diagnostic(
        "yaml.syntax", "a key without its `:`", at: place(context?.mark ?? mark), remedy: "write `key: value`")
    case "found undefined alias":
      return Diagnostic(
        "yaml.syntax", "no anchor of this name stands above", at: place(mark),
        remedy: "put the text in quotes, or write `&name` first")
    case "found unknown escape character":
      return Diagnostic(
        "yaml.syntax", "an unknown escape in double quotes", at: place(mark),
        remedy: "use single quotes, or `\\\\` for a backslash")
    case "did not find expected key":
      return Diagnostic(
        "yaml.syntax", "this line fits neither the map above nor a new one", at: place(mark),
        cause: context.map { "the map begins in line \($0.mark.line)" }, remedy: "look at the indentation")
    case "did not find expected '-' indicator":
      return Diagnostic(
        "yaml.syntax", "a list item that does not begin with `- `", at: place(mark),
        cause: context.map { "the list begins in line \($0.mark.line)" })
    default:
      let cause = context.map { "\($0.text) in line \($0.mark.line)" }
      return Diagnostic("yaml.syntax", problem, at: place(mark), cause: cause)
    }
  }

  /// A bracket that the parser misses the end of: the bracket itself, unless the fault is on its own line.
  private func unclosed(_ problem: String, _ context: YamlError.Context?, _ mark: Mark) -> Diagnostic {
    let bracket = problem.hasSuffix("']'") ? "[" : "{"
    let closing = bracket == "[" ? "]" : "}"
    if let context, context.mark.line < mark.line {
      return Diagnostic(
        "yaml.syntax", "this `\(bracket)` is never closed", at: place(context.mark), remedy: "add `\(closing)`")
    }
    return Diagnostic("yaml.syntax", "`,` or `\(closing)` should stand here", at: place(mark))
  }

  /// The place of a `${` outside quotes and inside brackets, on the lines that the fault concerns.
  private func bareInterpolation(_ context: YamlError.Context?, _ mark: Mark) -> SourceLocation? {
    let first = min(context?.mark.line ?? mark.line, mark.line)
    var flow = FlowWalk()
    for number in first...max(first, min(mark.line, first + 50)) {
      if let column = flow.bareInterpolation(text.line(number)) {
        return text.location(line: number, column: column, length: 2)
      }
    }
    return nil
  }

  private func place(_ mark: Mark) -> SourceLocation { text.location(line: mark.line, column: mark.column) }

  private func character(at mark: Mark) -> Character? {
    guard mark.column >= 1, mark.column <= SourceText.longestExcerpt else { return nil }
    return String(decoding: text.line(mark.line), as: UTF8.self).unicodeScalars.dropFirst(mark.column - 1).first
      .map(Character.init)
  }
}

/// Follows brackets and quotes from line to line.
private struct FlowWalk {
  private var depth = 0
  private var quote: UInt8?

  /// The 1-based column of a `${` that stands inside brackets and outside quotes.
  mutating func bareInterpolation(_ line: ArraySlice<UInt8>) -> Int? {
    var column = 0
    var previous: UInt8 = 0x20
    for byte in line {
      if byte & 0xC0 != 0x80 { column += 1 }
      defer { previous = byte }
      if let open = quote {
        if byte == open, !(open == UInt8(ascii: "\"") && previous == UInt8(ascii: "\\")) { quote = nil }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"): if " [{,:\t".utf8.contains(previous) { quote = byte }
      case UInt8(ascii: "#") where previous == 0x20 || previous == 0x09: return nil
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "{"):
        if previous == UInt8(ascii: "$"), depth > 0 { return column - 1 }
        depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
      default: break
      }
    }
    return nil
  }
}
