import PawlCore
import Yams

/// Finds where keys are written a second time; the parser only says where one of them stands first.
///
/// The first one is renamed in a copy of the text, which then parses, so that its sisters can be looked up in the tree.
struct DuplicateKeys {
  private let text: SourceText
  /// What the renamed keys were.
  private var originals: [String: String] = [:]
  private var found: [Diagnostic] = []
  private var visited = 0

  /// So many keys are reported at once; every one costs another parse.
  private let most: Int

  init(_ text: SourceText) {
    self.text = text
    most = text.bytes.count > 1 << 20 ? 1 : 20
  }

  /// One diagnostic for every repetition; `key` stands first at `mark`.
  mutating func diagnostics(of key: String, firstAt mark: Mark) -> [Diagnostic] {
    let fallback = Diagnostic(
      "yaml.duplicate-key", "`\(key)` is written twice in one map",
      at: text.location(line: mark.line, column: mark.column))
    var bytes = text.bytes
    var next = (key: key, mark: mark)
    while originals.count < most, rename(next.key, at: next.mark, in: &bytes) {
      do {
        let source = String(decoding: bytes, as: UTF8.self)
        guard let root = try Parser(yaml: source, resolver: .basic, encoding: .utf8).singleRoot() else { break }
        search(root)
        break
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        next = (keys.first ?? "", context.mark)
      } catch {
        break
      }
    }
    return found.isEmpty ? [fallback] : found
  }

  /// Puts private-use characters in the key's place, as many as it is long, so that columns stay.
  private mutating func rename(_ key: String, at mark: Mark, in bytes: inout [UInt8]) -> Bool {
    var current = SourceText(bytes, file: text.file)
    current.findLines(countingUnicodeBreaks: true)
    guard let scalar = Unicode.Scalar(0xE000 + UInt32(originals.count)),
      let token = MarkCursor(current).token(line: mark.line, column: mark.column, text: key)
    else { return false }
    let length = bytes[token].count { $0 & 0xC0 != 0x80 }
    let name = String(repeating: String(Character(scalar)), count: length)
    bytes.replaceSubrange(token, with: Array(name.utf8))
    originals[name] = key
    return true
  }

  private mutating func search(_ node: Yams.Node) {
    visited += 1
    guard visited <= YAML.mostRepeatedNodes else { return }
    switch node {
    case .scalar, .alias: return
    case .sequence(let items): for item in items { search(item) }
    case .mapping(let pairs):
      report(pairs)
      for (key, value) in pairs {
        search(key)
        search(value)
      }
    }
  }

  private mutating func report(_ pairs: Yams.Node.Mapping) {
    let names = Set(pairs.compactMap { $0.key.scalar.flatMap { originals[$0.string] } })
    guard !names.isEmpty else { return }
    var cursor = MarkCursor(text)
    var first: [String: Int] = [:]
    for (key, _) in pairs {
      guard let scalar = key.scalar, let mark = scalar.mark else { continue }
      let name = originals[scalar.string] ?? scalar.string
      guard names.contains(name) else { continue }
      guard let line = first[name] else {
        first[name] = mark.line
        continue
      }
      let diagnostic = Diagnostic(
        "yaml.duplicate-key", "`\(name)` is written twice in one map",
        at: cursor.scalar(line: mark.line, column: mark.column, text: name).location,
        cause: "the first stands in line \(line)",
        remedy: name == "<<" ? "write `<<: [*first, *second]`" : "keep one of them")
      if !found.contains(diagnostic) { found.append(diagnostic) }
    }
  }
}
